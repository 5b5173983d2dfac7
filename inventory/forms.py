"""What people may type about assets."""

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.confirming import Confirmed
from accounts.enums import IT_STAFF, Role
from accounts.models import Branch, User
from core import widgets
from inventory import columns, lists
from inventory.actions import LONGEST_NAMES, MOST_FIELDS, Item
from inventory.enums import Answer, AssetState, Condition, FieldKind, ImportMode, LineKind, RenewableKind
from inventory.labels import tag_in
from inventory.models import Asset, AssetType, Room
from inventory.querysets import AssetRows

MOST_PEOPLE = 200  # names that a field suggests; any other one can be typed


class PersonField(forms.CharField):
    """A person by name or e-mail address; the value is the person, or None for an empty field."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=150, widget=widgets.Suggest(), **kwargs)
        self.people = User.objects.get_queryset().none()

    def offer(self, people: Any, near: int | None) -> None:
        """Whoever may be meant; those of the branch `near` are suggested."""
        self.people = people.people()
        if near is not None:
            names = self.people.filter(branch_id=near).order_by("name", "pk").values_list("name", "email")
            self.widget.options = [(email, name) for name, email in names[:MOST_PEOPLE]]

    def clean(self, value: Any) -> Any:
        """The one person of that name or address."""
        typed = super().clean(value)
        if not typed:
            return None
        found = list(
            self.people.filter(email__iexact=typed)[:1] or self.people.filter(name__iexact=typed)[:2]
        )
        if len(found) == 1:
            return found[0]
        raise ValidationError(
            _("Several people are called that. Type the e-mail address.")
            if found
            else _("Nobody is called that. Type the name or the e-mail address.")
        )


class TagField(forms.CharField):
    """An asset by its tag; the value is the asset, or None for an empty field."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)
        self.assets: AssetRows = Asset.objects.none()

    def clean(self, value: Any) -> Any:
        """The asset with that tag, of those that the person may see."""
        typed = super().clean(value)
        if not typed:
            return None
        found = self.assets.select_related("branch").called([typed]).first()
        if found is None:
            raise ValidationError(_("There is no asset with this tag that you may see."))
        return found


class Place(forms.ChoiceField):
    """A branch, or one of its rooms, in one list; the value is (branch, room or None)."""

    def offer(self, branches: Any, rooms: Any) -> None:
        """What can be chosen."""
        self.branches = {row.pk: row for row in branches}
        self.rooms = {row.pk: row for row in rooms.in_use().filter(branch__in=list(self.branches))}
        self.choices = [("", "…")]
        for key, branch in self.branches.items():
            inside = [(f"r{r.pk}", f"{branch} · {r}") for r in self.rooms.values() if r.branch_id == key]
            self.choices += [(f"b{key}", str(branch)), *inside]

    def clean(self, value: Any) -> Any:
        """The branch, and the room if one was chosen."""
        chosen = super().clean(value)
        if not chosen:
            return None
        if chosen[0] == "b":
            return self.branches[int(chosen[1:])], None
        room = self.rooms[int(chosen[1:])]
        return self.branches[room.branch_id], room


def place_of(asset: Asset) -> str:
    """Where the asset is, as the field `Place` writes it."""
    return f"r{asset.room_id}" if asset.room_id else f"b{asset.branch_id}"


_NOT_ASKED = ("", "…")


def _own_choice(field: dict[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(
        required=False, choices=[_NOT_ASKED, *((str(c), str(c)) for c in field["choices"])]
    )


def _own_number(_field: dict[str, Any]) -> forms.CharField:
    return forms.CharField(
        required=False, max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )


_OWN_FIELDS: dict[str, Any] = {
    FieldKind.TEXT: lambda _field: forms.CharField(required=False, max_length=500),
    FieldKind.NUMBER: _own_number,
    FieldKind.DATE: lambda _field: forms.DateField(required=False, widget=widgets.Day),
    FieldKind.CHOICE: _own_choice,
    FieldKind.YES_NO: lambda _field: forms.ChoiceField(
        required=False, choices=[_NOT_ASKED, ("yes", _("Yes")), ("no", _("No"))]
    ),
}


class AssetFacts(forms.Form):
    """Everything that is written down about an asset, its type's own fields among it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("The name in the network, or what people call it."),
    )
    place = Place(label=_("Where it is"))
    holder = PersonField(label=_("Holder"), required=False, help_text=_("Name or e-mail address."))
    serial = forms.CharField(label=_("Serial number"), max_length=100, required=False)
    maker = forms.CharField(label=_("Maker"), max_length=80, required=False)
    model = forms.CharField(label=_("Model"), max_length=100, required=False)
    parent = TagField(
        label=_("Belongs to"),
        required=False,
        help_text=_("The tag of the computer to which a monitor belongs."),
    )
    purchase_date = forms.DateField(label=_("Bought on"), required=False, widget=widgets.Day)
    supplier = forms.CharField(label=_("Supplier"), max_length=100, required=False)
    cost = forms.DecimalField(
        label=_("Cost (Rp)"), required=False, min_value=0, max_digits=15, decimal_places=2
    )
    warranty_date = forms.DateField(label=_("Warranty until"), required=False, widget=widgets.Day)
    note = forms.CharField(
        label=_("Note"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self, *args: Any, user: User, kind: AssetType, asset: Asset | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        people: Any = User.objects.get_queryset().visible_to(user)
        self.fields["holder"].offer(people, asset.branch_id if asset else user.branch_id)  # type: ignore[attr-defined]
        self.fields["parent"].assets = Asset.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["place"].offer(Branch.objects.served_by(user), Room.objects.visible_to(user))  # type: ignore[attr-defined]
        for own in kind.asked_fields:
            field = _OWN_FIELDS[own["kind"]](own)
            field.label = own.get("label") or own["name"]
            self.fields[f"own_{own['name']}"] = field

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as `register` and `change` take it."""
        typed = dict(self.cleaned_data)
        branch, room = typed.pop("place")
        own = {name[4:]: typed.pop(name) for name in list(typed) if name.startswith("own_")}
        return {**typed, "branch": branch, "room": room, "details": own}


class NewAsset(AssetFacts):
    """The same for a new one, with its tag if it has one already."""

    tag = forms.CharField(
        label=_("Tag"),
        max_length=30,
        required=False,
        help_text=_("Leave it empty and the next free one is given."),
    )
    field_order = ("tag",)


def as_typed(asset: Asset) -> dict[str, Any]:
    """What stands in the form before anything is changed."""
    names = ("name", "serial", "maker", "model", "purchase_date", "supplier", "cost", "warranty_date", "note")
    own = {
        f"own_{name}": {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        for name, value in asset.details.items()
    }
    people = {
        "holder": asset.holder.email if asset.holder else "",
        "parent": asset.parent.tag if asset.parent else "",
    }
    return {**{n: getattr(asset, n) for n in names}, **own, **people, "place": place_of(asset)}


class Reason(forms.Form):
    """Why the state changes."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of the asset."),
    )  # fmt: skip


class AfterRepair(Reason):
    """Where it was in repair: what that took."""

    cost = forms.DecimalField(
        label=_("What the repair cost (Rp)"), required=False, min_value=0, max_digits=15, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )  # fmt: skip

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asset.state != AssetState.REPAIR:
            del self.fields["cost"]

    @property
    def spent(self) -> Any:
        """The figure, or None."""
        return self.cleaned_data.get("cost")


class PutInUse(AfterRepair):
    """To whom and where it goes."""

    place = Place(label=_("Where it is"))
    holder = PersonField(label=_("Holder"), required=False, help_text=_("Name or e-mail address."))
    field_order = ("place", "holder", "cost", "reason")

    def __init__(self, *args: Any, user: User, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        people: Any = User.objects.get_queryset().visible_to(user)
        self.fields["holder"].offer(people, asset.branch_id)  # type: ignore[attr-defined]
        self.fields["place"].offer(Branch.objects.served_by(user), Room.objects.visible_to(user))  # type: ignore[attr-defined]


class Verify(forms.Form):
    """It exists; a remark and photos, if there is something to say."""

    note = forms.CharField(
        label=_("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    photos = widgets.FilesField(label=_("Photos"), required=False)


class Attach(forms.Form):
    """Documents and photos."""

    uploads = widgets.FilesField(label=_("Photos or files"))


class KeepRoom(forms.Form):
    """A room of a branch."""

    branch = forms.ModelChoiceField(label=_("Branch"), queryset=Branch.objects.none())
    name = forms.CharField(label=_("Name"), max_length=80)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, room: Room | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.served_by(user)  # type: ignore[attr-defined]
        if room is not None:  # a room does not move to another branch
            del self.fields["branch"]


class KeepType(forms.Form):
    """A type of asset, without its own fields."""

    name = forms.CharField(label=_("Name"), max_length=60)
    prefix: Any = forms.CharField(
        label=_("Tags begin with"), max_length=6, widget=forms.TextInput(attrs={"class": "short"}),
        help_text=_("PC makes tags like PC-00012. Tags that were given stay."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True,
        help_text=_("Of a type that is not in use no new asset is registered."),
    )  # fmt: skip

    def clean_prefix(self) -> str:
        """Always in capitals."""
        return str(self.cleaned_data["prefix"]).strip().upper()


class OwnField(forms.Form):
    """One own field of a type; an empty label is no field."""

    name = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)
    label = forms.CharField(label=_("Field"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("What stands in it"), choices=FieldKind.choices, required=False)
    choices = forms.CharField(
        label=_("Choices"), max_length=1000, required=False, help_text=_("With commas between them.")
    )
    is_active = forms.BooleanField(label=_("Is filled in"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        """A choice has something to choose from."""
        typed = super().clean() or {}
        if (
            typed.get("label")
            and typed.get("kind") == FieldKind.CHOICE
            and not _parts(typed.get("choices") or "")
        ):
            self.add_error("choices", _("A choice needs something to choose from."))
        return typed


OwnFields: Any = forms.formset_factory(
    OwnField, extra=3, max_num=MOST_FIELDS, validate_max=True, can_order=True, can_delete=True
)


def _parts(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def type_as_typed(row: AssetType) -> dict[str, Any]:
    """What stands in the form of a type."""
    return {"name": row.name, "prefix": row.prefix, "is_active": row.is_active}


def fields_as_typed(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands in the forms of its fields."""
    return [
        {
            "name": f["name"], "label": f.get("label") or f["name"], "kind": f["kind"],
            "choices": ", ".join(str(c) for c in f.get("choices", [])), "is_active": f.get("is_active", True),
        }
        for f in fields
    ]  # fmt: skip


def own_fields(typed: Any, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields in the order that was typed; a new one gets a name of its own for good, made of its label."""
    known = {f["name"] for f in before}
    rows = [form.cleaned_data for form in typed.ordered_forms if form.cleaned_data.get("label")]
    taken = {row["name"] for row in rows if row["name"] in known}
    made = []
    for row in rows:
        name = row["name"] if row["name"] in known else _free_name(row["label"], taken)
        taken.add(name)
        found = {"name": name, "label": row["label"], "kind": row["kind"], "is_active": row["is_active"]}
        made.append(found | ({"choices": _parts(row["choices"])} if row["kind"] == FieldKind.CHOICE else {}))
    return made


def _free_name(label: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:24]
    base = base if base[:1].isalpha() else f"f_{base}".strip("_")
    return next(name for n in range(1, 1000) if (name := base if n == 1 else f"{base}_{n}") not in taken)


class Filter(forms.Form):
    """What a list of assets shows and how; every choice is part of its address."""

    q = forms.CharField(label=_("Tag, serial number, name, model"), required=False, max_length=200)
    state = forms.ChoiceField(label=_("State"), choices=lists.STATES, required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    branch = forms.ChoiceField(label=_("Branch"), required=False)
    room = forms.IntegerField(required=False, widget=forms.HiddenInput)
    holder = forms.CharField(label=_("Holder"), required=False, max_length=100)
    due = forms.BooleanField(label=_("Verification is overdue"), required=False)
    warranty_to = forms.DateField(label=_("Warranty ends before"), required=False, widget=widgets.Day)
    sort = forms.ChoiceField(label=_("Order"), choices=lists.ORDER_LABELS, required=False)

    def __init__(self, data: Any, *, branches: Any, types: Any) -> None:
        super().__init__(data)
        self.fields["branch"].choices = [("", _("All branches")), *((str(b.pk), b.name) for b in branches)]  # type: ignore[attr-defined]
        self.fields["type"].choices = [("", _("All types")), *((str(t.pk), t.name) for t in types)]  # type: ignore[attr-defined]


class Sure(forms.Form):
    """Nothing to fill in."""


class PlainReason(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


# Custody ---------------------------------------------------------------------------------------------------------


class HandOver(forms.Form):
    """Who gets what: a person, and the tags of the things, typed or scanned one after the other."""

    person = PersonField(label=_("Who receives it"), required=False, help_text=_("Name or e-mail address."))
    tags = forms.CharField(
        label=_("Tags of the items"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on each line. Scanning a label adds it."),
    )  # fmt: skip
    code = forms.CharField(label=_("One more tag"), required=False, max_length=300)
    go = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        people: Any = User.objects.get_queryset().visible_to(user)
        self.fields["person"].offer(people, user.branch_id)  # type: ignore[attr-defined]
        self.rows = Asset.objects.visible_to(user)
        self.assets: list[Asset] = []

    def clean(self) -> dict[str, Any]:
        """The assets of all tags that were typed or scanned; a tag that is none keeps its place and its reason."""
        typed = super().clean() or {}
        tags = list(dict.fromkeys(re.split(r"[\s,;]+", typed.get("tags") or "")))
        if code := (typed.get("code") or "").strip():
            tags.append(tag_in(code))
            if not tag_in(code):
                self.add_error("code", _("This code belongs to somebody else; it is no label of ours."))
        self._find([tag for tag in dict.fromkeys(tags) if tag])
        if typed.get("go") and not typed.get("person") and "person" not in self.errors:
            self.add_error("person", _("Say who receives it."))
        if typed.get("go") and not self.assets and "tags" not in self.errors:
            self.add_error("tags", _("Name at least one item."))
        return typed

    def _find(self, tags: list[str]) -> None:
        known = {a.tag.upper(): a for a in self.rows.called(tags).with_page_columns()}
        self.assets = list(dict.fromkeys(known[t.upper()] for t in tags if t.upper() in known))
        if missing := [tag for tag in tags if tag.upper() not in known]:
            said = _("There is no asset with this tag that you may see.")
            self.add_error("tags", f"{', '.join(missing[:5])}: {said}")

    @property
    def listed(self) -> str:
        """The tags so far, as the next address carries them."""
        return "\n".join(asset.tag for asset in self.assets)


class Items(forms.Form):
    """How each thing looks as it changes hands, with photos; and what is said about the whole."""

    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    without_reason = forms.CharField(
        label=_("Nobody can sign. Why?"), max_length=500, required=False,
        help_text=_("Then you sign in your own name. It stands on the receipt."),
    )  # fmt: skip

    def __init__(self, *args: Any, assets: list[Asset], unsigned: bool, must: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.assets = assets
        if not unsigned:
            del self.fields["without_reason"]
        else:
            self.fields["without_reason"].required = must
        own: dict[str, forms.Field] = {}
        for asset in assets:
            label = f"{asset.tag} {asset.title or asset.type.name}"
            own[f"condition_{asset.pk}"] = forms.ChoiceField(
                label=label,
                choices=Condition.choices,
                initial=Condition.GOOD,
                widget=widgets.Cards(short=True),
            )
            own[f"note_{asset.pk}"] = forms.CharField(
                label=_("Remark on “%(line)s”") % {"line": label}, max_length=500, required=False
            )
            own[f"photos_{asset.pk}"] = widgets.FilesField(
                label=_("Photos of “%(line)s”") % {"line": label}, required=False,
                widget=widgets.Files(attrs={"accept": "image/*"}),
            )  # fmt: skip
        self.fields = own | self.fields

    @property
    def items(self) -> list[Item]:
        """As the actions take them."""
        typed = self.cleaned_data
        return [
            Item(
                asset, typed[f"condition_{asset.pk}"], typed[f"note_{asset.pk}"],
                [(file.name, file) for file in typed[f"photos_{asset.pk}"]],
            )
            for asset in self.assets
        ]  # fmt: skip

    @property
    def more(self) -> dict[str, str]:
        """The rest, by its names."""
        return {n: self.cleaned_data[n] for n in ("note", "without_reason") if n in self.cleaned_data}


# Stock-takes -----------------------------------------------------------------------------------------------------


def counted_branches(user: User) -> Any:
    """The branches in which the person may count."""
    areas: list[Any] = [a.branch_id for a in user.authorities if a.role in (*IT_STAFF, Role.BRANCH_HEAD)]
    rows = Branch.objects.open()
    return rows if None in areas else rows.filter(pk__in=areas)


class OpenTake(forms.Form):
    """What is counted: a branch, or one of its rooms."""

    place = Place(label=_("What is counted"), help_text=_("A whole branch, or one of its rooms."))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].offer(counted_branches(user), Room.objects.visible_to(user))  # type: ignore[attr-defined]


class Count(forms.Form):
    """One scan: what was read, when, and what else is said about it."""

    code = forms.CharField(
        label=_("Tag or code"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    room = forms.ModelChoiceField(
        label=_("Room"),
        queryset=Room.objects.none(),
        required=False,
        help_text=_("Where you are while you scan."),
    )
    correct = forms.BooleanField(
        label=_("Put its place right"), required=False, initial=True,
        help_text=_("An asset of this branch that is registered elsewhere is moved here."),
    )  # fmt: skip
    note = forms.CharField(label=_("Remark"), max_length=500, required=False)
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def __init__(self, *args: Any, take: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if take.room_id:
            del self.fields["room"]
        else:
            self.fields["room"].queryset = Room.objects.of(take.branch_id)  # type: ignore[attr-defined]


class SignTake(Confirmed):
    """The head of the branch stands for it."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(label=_("Type your full name"), max_length=100)
    field_order = ("shown", "credential", "name", "password")


# Maintenance -----------------------------------------------------------------------------------------------------

_LINE_HELP = _(
    "One line each. A reading is written with its unit and limits: “Temperature | °C | | 75” for at most 75 °C."
)


def _lines_of(text: str) -> list[dict[str, Any]]:
    """The checklist as it is typed: words, or words | unit | lowest | highest for a reading."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        words, *rest = (part.strip() for part in line.split("|"))
        unit, low, high = [*rest, "", "", ""][:3]
        kind = LineKind.READING if rest else LineKind.CHECK
        found.append({"text": words, "kind": kind, "unit": unit, "low": low, "high": high})
    return found


def lines_as_typed(lines: list[dict[str, Any]]) -> str:
    """The other way round."""
    return "\n".join(
        " | ".join([line["text"], line["unit"], line["low"], line["high"]]) if line["kind"] == LineKind.READING
        else line["text"]
        for line in lines
    )  # fmt: skip


class KeepPlan(forms.Form):
    """A plan of maintenance."""

    name = forms.CharField(label=_("Name"), max_length=100)
    type = forms.ModelChoiceField(label=_("Type of asset"), queryset=AssetType.objects.none())
    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), required=False, empty_label=_("All branches")
    )
    times_a_month = forms.IntegerField(
        label=_("Times a month"), initial=1, max_value=8, min_value=0,
        widget=forms.NumberInput(attrs={"class": "short"}), help_text=_("At least once (SOP-B4.1.2)."),
    )  # fmt: skip
    lines = forms.CharField(
        label=_("Checklist"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8}), help_text=_LINE_HELP
    )
    workers = forms.ModelMultipleChoiceField(
        label=_("Who does it"), queryset=User.objects.get_queryset().none(), widget=forms.CheckboxSelectMultiple,
        help_text=_("The work is spread evenly among them."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].queryset = AssetType.objects.visible_to(user).in_use()  # type: ignore[attr-defined]
        areas: list[Any] = [a.branch_id for a in user.authorities if a.role == Role.IT_MANAGER]
        branches = Branch.objects.open()
        self.fields["branch"].queryset = branches if None in areas else branches.filter(pk__in=areas)  # type: ignore[attr-defined]
        people: Any = User.objects.get_queryset().visible_to(user).in_it().order_by("name", "pk")
        self.fields["workers"].queryset = people  # type: ignore[attr-defined]

    def clean_lines(self) -> list[dict[str, Any]]:
        """As the action takes them."""
        return _lines_of(self.cleaned_data["lines"])


def _limits(line: dict[str, Any]) -> str:
    """Between which figures a reading is fine, with its unit."""
    low, high, unit = line["low"], line["high"], line["unit"]
    if low and high:
        return f"{low} – {high} {unit}".strip()
    if low or high:
        said = _("At least %(figure)s") if low else _("No more than %(figure)s")
        return said % {"figure": f"{low or high} {unit}".strip()}
    return str(unit)


class Finish(forms.Form):
    """The checklist of one task: an answer for each line, readings, remarks, photos."""

    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    photos = widgets.FilesField(label=_("Photos"), required=False)

    def __init__(self, *args: Any, task: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = task.plan.lines
        own: dict[str, forms.Field] = {}
        for number, line in enumerate(self.lines):
            if line["kind"] == LineKind.READING:
                own[f"value_{number}"] = forms.CharField(
                    label=line["text"], max_length=30, required=False, help_text=_limits(line),
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short"}),
                )  # fmt: skip
            else:
                own[f"answer_{number}"] = forms.ChoiceField(
                    label=line["text"], choices=Answer.choices, widget=widgets.Cards(short=True)
                )
            own[f"remark_{number}"] = forms.CharField(
                label=_("Remark on “%(line)s”") % {"line": line["text"]}, max_length=500, required=False
            )
        self.fields = own | self.fields

    @property
    def answers(self) -> list[dict[str, Any]]:
        """As the action takes them."""
        typed = self.cleaned_data
        return [
            {
                "answer": typed.get(f"answer_{n}", ""), "value": typed.get(f"value_{n}", ""),
                "remark": typed[f"remark_{n}"],
            }
            for n in range(len(self.lines))
        ]  # fmt: skip


class Reassign(forms.Form):
    """Who does it instead."""

    assignee = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.get_queryset().none())

    def __init__(self, *args: Any, task: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = (
            User.objects.get_queryset().visible_to(user).holding(*IT_STAFF, branch_id=task.branch_id)
        )
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]


# Imports ------------------------------------------------------------------------------------------------------------


class UploadAssets(forms.Form):
    """A file with assets."""

    file = forms.FileField(
        label=_("CSV file or Excel workbook"),
        help_text=_(
            "The first row holds the headings. Nothing is imported before you have seen what would happen."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class Columns(forms.Form):
    """What each column of a file is, and what holds for rows that do not say."""

    type = forms.ModelChoiceField(
        label=_("Type, where the row names none"),
        queryset=AssetType.objects.none(),
        required=False,
        empty_label="…",
    )
    branch = forms.ModelChoiceField(
        label=_("Branch, where the row names none"),
        queryset=Branch.objects.none(),
        required=False,
        empty_label="…",
    )
    mode = forms.ChoiceField(label=_("What is done"), choices=ImportMode.choices, initial=ImportMode.BOTH)
    empties = forms.BooleanField(
        label=_("An empty cell empties the field"),
        required=False,
        help_text=_("Otherwise it leaves what stands there."),
    )

    def __init__(self, *args: Any, user: User, job: Any, **kwargs: Any) -> None:
        usual = {"mode": job.mode, **job.defaults} | {f"c{n}": key for n, key in enumerate(job.mapping)}
        super().__init__(*args, **kwargs | {"initial": usual | kwargs.get("initial", {})})
        kinds = AssetType.objects.visible_to(user).in_use()
        self.fields["type"].queryset = kinds  # type: ignore[attr-defined]
        self.fields["branch"].queryset = Branch.objects.served_by(user)  # type: ignore[attr-defined]
        own = [(field.key, field.label) for field in columns.own_fields(kinds)]
        choices = [("", _("– leave out –")), *((f.key, f.label) for f in columns.FIELDS), *own]
        self.job = job
        for number, heading in enumerate(job.header):
            self.fields[f"c{number}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                required=False,
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each column with what stands in its first rows."""
        return [
            {
                "field": self[f"c{n}"],
                "samples": [row[n] for row in self.job.preview if n < len(row) and row[n]][:3],
            }
            for n in range(len(self.job.header))
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """As the action takes them."""
        typed = self.cleaned_data
        rows = {name: typed[name].pk for name in ("type", "branch") if typed[name]}
        return {
            "mapping": [typed[f"c{n}"] for n in range(len(self.job.header))], "mode": typed["mode"],
            "defaults": rows | {"empties": typed["empties"]},
        }  # fmt: skip


# Software and what runs out -----------------------------------------------------------------------------------------


class Versions(forms.Form):
    """Which machines with a title are shown."""

    how = forms.ChoiceField(
        label=_("Version"), required=False,
        choices=[
            ("", _("Any version")), ("below", _("Older than")), ("from", _("At least")), ("is", _("Exactly")),
            ("none", _("Without a version")),
        ],
    )  # fmt: skip
    version = forms.CharField(label=_("of the version"), required=False, max_length=100)
    branch = forms.ChoiceField(label=_("Branch"), required=False)

    def __init__(self, data: Any, *, branches: Any) -> None:
        super().__init__(data)
        self.fields["branch"].choices = [("", _("All branches")), *((str(b.pk), b.name) for b in branches)]  # type: ignore[attr-defined]


class RenewableFilter(forms.Form):
    """Which licences, contracts and certificates are shown."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *RenewableKind.choices]
    )
    what = forms.ChoiceField(
        label=_("Which"), required=False,
        choices=[
            ("", _("All that count")), ("month", _("Run out within a month")),
            ("quarter", _("Run out within three months")), ("over", _("Have run out")),
            ("overused", _("More installed than paid for")), ("ended", _("No longer renewed")),
        ],
    )  # fmt: skip


class KeepRenewable(forms.Form):
    """A licence, a contract or a certificate."""

    kind = forms.ChoiceField(label=_("Kind"), choices=RenewableKind.choices)
    name = forms.CharField(label=_("Name"), max_length=150)
    reference = forms.CharField(label=_("Number"), max_length=100, required=False)
    partner = forms.CharField(label=_("Supplier or issuer"), max_length=100, required=False)
    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), required=False, empty_label=_("The whole group")
    )
    responsible = PersonField(
        label=_("Who sees to it"), required=False, help_text=_("Warnings become a request of this person.")
    )
    starts_date = forms.DateField(label=_("From"), required=False, widget=widgets.Day)
    ends_date = forms.DateField(
        label=_("Until"),
        required=False,
        widget=widgets.Day,
        help_text=_("Empty for one that does not run out."),
    )
    lead_days = forms.CharField(
        label=_("Warn so many days before"), max_length=60, required=False, initial="60, 30, 7",
        help_text=_("Days, with commas between them. On the last day somebody is always warned."),
    )  # fmt: skip
    seats = forms.IntegerField(
        label=_("Seats"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=_("Of a licence: on so many machines."),
    )
    title_words = forms.CharField(
        label=_("Programs whose names begin with"), max_length=200, required=False,
        help_text=_("Of a licence: its seats are compared with where these are installed."),
    )  # fmt: skip
    publisher_words = forms.CharField(
        label=_("Of publishers whose names begin with"), max_length=150, required=False
    )
    cost = forms.DecimalField(
        label=_("Cost (Rp)"), required=False, min_value=0, max_digits=15, decimal_places=2
    )
    host_names = forms.CharField(
        label=_("Names that it is for"), max_length=LONGEST_NAMES, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Of a certificate: servers or people, one a line."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_whose(self, user)

    def clean_lead_days(self) -> list[int]:
        """As the action takes them."""
        words = self.cleaned_data["lead_days"].replace(";", ",").split(",")
        try:
            return [int(word) for word in words if word.strip()]
        except ValueError:
            raise ValidationError(_("Write days with commas between them, such as 60, 30, 7.")) from None

    @property
    def facts(self) -> dict[str, Any]:
        """As the action takes them."""
        return dict(self.cleaned_data)


def _offer_whose(form: forms.Form, user: User) -> None:
    """Branches and people of a licence, contract or certificate."""
    branch, responsible = (cast(Any, form.fields[name]) for name in ("branch", "responsible"))
    branch.queryset = Branch.objects.served_by(user)
    responsible.offer(User.objects.get_queryset().visible_to(user), user.branch_id)


class NewCertificate(forms.Form):
    """The file of a certificate."""

    file = forms.FileField(
        label=_("Certificate"), widget=forms.FileInput(attrs={"accept": ".pem,.crt,.cer,.der"}),
        help_text=_("PEM or DER (.pem, .crt, .cer), alone or with its chain. Never send the private key."),
    )  # fmt: skip


class ReadCertificate(NewCertificate):
    """A certificate that is not written down yet."""

    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), required=False, empty_label=_("The whole group")
    )
    responsible = PersonField(
        label=_("Who sees to it"), required=False, help_text=_("Warnings become a request of this person.")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_whose(self, user)


class Renew(forms.Form):
    """Until when it goes on."""

    ends_date = forms.DateField(label=_("New end"), widget=widgets.Day)
    note = forms.CharField(label=_("Remark"), max_length=500, required=False)
