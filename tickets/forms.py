"""What people may type about tickets."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from accounts.models import Branch, Team, TeamMember, User
from core import widgets
from core.templatetags.kumala import day
from inventory.models import Asset
from tickets import broken, lists
from tickets.enums import Channel, Kind, Priority, Status, TieKind
from tickets.models import AboutAsset, Attachment, Ticket


class What(forms.Form):
    """Step 1: what it is about, in a few words."""

    title = forms.CharField(
        label=_("In one line"), max_length=150, help_text=_("As you would say it on the telephone.")
    )
    description = forms.CharField(
        label=_("Tell us more"), max_length=20000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What did you do, what did you expect, what happened?"),
    )  # fmt: skip


class Trouble(forms.Form):
    """Step 2 of a repair."""

    impact = forms.ChoiceField(
        label=_("Who cannot work?"),
        choices=[("me", _("Only I")), ("some", _("Several of us")), ("branch", _("The whole branch"))],
        widget=widgets.Cards(short=True),
    )
    place = forms.CharField(
        label=_("Which device or application?"), max_length=150, required=False,
        help_text=_("The number on its sticker, if it has one."),
    )  # fmt: skip


class DataUpdate(forms.Form):
    """Step 2 of a data update."""

    application = forms.CharField(label=_("Which application?"), max_length=100)
    before = forms.CharField(
        label=_("How is it now?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    after = forms.CharField(
        label=_("How should it be?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class Development(forms.Form):
    """Step 2 of a development."""

    application = forms.CharField(
        label=_("Which application?"),
        max_length=100,
        required=False,
        help_text=_("Leave it empty if it does not exist yet."),
    )
    benefit = forms.CharField(
        label=_("What does it save or bring?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Hours per month, money, fewer mistakes: a guess is enough."),
    )  # fmt: skip
    wanted_date = forms.DateField(label=_("Wanted by"), required=False, widget=widgets.Day)

    def clean(self) -> dict[str, Any]:
        """The date travels as ISO text: drafts are JSON."""
        typed = super().clean() or {}
        if typed.get("wanted_date"):
            typed["wanted_date"] = typed["wanted_date"].isoformat()
        return typed


class Files(forms.Form):
    """Step 3: files, and a last look."""

    attachments = widgets.FilesField(
        label=_("Photos or files"), required=False,
        help_text=format_lazy(
            _("Pictures, PDF, office documents, ZIP or plain text, at most {limit} MB each."),
            limit=settings.UPLOAD_LIMIT_MB,
        ),
    )  # fmt: skip


def callers(agent: User) -> Any:
    """The people for whom this agent may write something down: those of the branches where the agent is IT staff."""
    people = User.objects.get_queryset().visible_to(agent).people().filter(branch__isnull=False)
    areas = [a.branch_id for a in agent.authorities if a.role in IT_STAFF]
    found = people if None in areas else people.filter(branch_id__in=areas)
    return found.select_related("branch")


class Call(forms.Form):
    """A request by telephone, written down while the caller speaks: who, what in one line; more if there is time."""

    MOST = 8  # people shown; a longer list is not read during a call
    AGO = (0, 5, 10, 30)  # minutes

    who = forms.CharField(
        label=_("Who is calling?"), max_length=100, help_text=_("Name, telephone number or branch."),
        widget=forms.TextInput(
            attrs={
                "autofocus": True, "autocomplete": "off", "data-callers": "callers", "hx-target": "#callers",
                "hx-get": reverse_lazy("tickets:callers"), "hx-trigger": "input changed delay:200ms",
                "hx-sync": "this:replace",
            }
        ),
    )  # fmt: skip
    caller = forms.ModelChoiceField(label=_("Caller"), queryset=User.objects.none(), required=False)
    stranger = forms.CharField(
        label=_("Name of the caller"),
        max_length=100,
        required=False,
        help_text=_("And a number to call back."),
    )
    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), required=False,
        help_text=_("The head of the branch asks for the caller and hears of everything. If it has none, you do."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("What is it about?"), choices=Kind.choices, initial=Kind.TROUBLESHOOTING,
        widget=widgets.Cards(short=True),
    )  # fmt: skip
    title = forms.CharField(label=_("In one line"), max_length=150)
    description = forms.CharField(
        label=_("What exactly?"), max_length=20000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    ago = forms.ChoiceField(label=_("When did they call?"), initial="0", widget=widgets.Cards(short=True))
    called_at = forms.DateTimeField(
        label=_("At which moment?"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("The two-hour clock starts then. In your own time zone."),
    )  # fmt: skip
    told = forms.CharField(
        label=_("What did you tell the caller?"), max_length=20000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("It counts as the first answer; the caller reads it."),
    )  # fmt: skip

    def __init__(self, *args: Any, agent: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = callers(agent)
        self.fields["who"].required = not (self.data.get("caller") or self.data.get("stranger"))
        branches = Branch.objects.visible_to(agent).open()
        areas = [a.branch_id for a in agent.authorities if a.role in IT_STAFF]
        self.fields["caller"].queryset = self.people  # type: ignore[attr-defined]
        self.fields["branch"].queryset = (  # type: ignore[attr-defined]
            branches if None in areas else branches.filter(pk__in=[pk for pk in areas if pk])
        )
        minutes = [(str(n), _("%(minutes)d min ago") % {"minutes": n}) for n in self.AGO[1:]]
        self.fields["ago"].choices = [("0", _("Just now")), *minutes, ("other", _("Earlier"))]  # type: ignore[attr-defined]

    @property
    def found(self) -> list[User]:
        """Those whom the typed words fit, one more than are shown."""
        return list(self.people.matching(str(self["who"].value() or ""))[: self.MOST + 1])

    def clean(self) -> dict[str, Any]:
        """Whose call, and when it was."""
        typed = super().clean() or {}
        if typed.get("ago") == "other" and not typed.get("called_at") and "called_at" not in self.errors:
            self.add_error("called_at", _("Say when the call was."))
        if (
            typed.get("who")
            and not typed.get("caller")
            and not typed.get("stranger")
            and "caller" not in self.errors
        ):
            self._look_up(typed)
        if typed.get("stranger") and not typed.get("caller") and not typed.get("branch"):
            self.add_error("branch", _("Say which branch the caller belongs to."))
        return typed

    def _look_up(self, typed: dict[str, Any]) -> None:
        """Whoever alone fits the typed words is meant; otherwise the agent chooses."""
        found = self.found
        if len(found) == 1:
            typed["caller"] = found[0]
        elif found:
            self.add_error("who", _("Several people fit. Choose one."))
        else:
            self.add_error("who", _("Nobody fits. Try another word, or write the name down below."))

    def asked_at(self, now: datetime) -> datetime:
        """The instant of the call."""
        typed = self.cleaned_data
        at: datetime = (
            typed["called_at"] if typed["ago"] == "other" else now - timedelta(minutes=int(typed["ago"]))
        )
        return at


DETAILS: dict[str, type[forms.Form]] = {
    Kind.TROUBLESHOOTING: Trouble,
    Kind.DATA_UPDATE: DataUpdate,
    Kind.DEVELOPMENT: Development,
}


def it_staff(branch_id: int | None) -> Any:
    """The people a ticket of this branch can be given to."""
    return User.objects.get_queryset().holding(*IT_STAFF, branch_id=branch_id)


class Accept(forms.Form):
    """The IT Manager's decision."""

    priority = forms.ChoiceField(
        label=_("Priority"),
        choices=Priority.choices,
        widget=widgets.Cards(
            icons={"high": "chevrons-up", "medium": "chevron-up", "low": "chevron-down"}, short=True
        ),
    )
    assignee = forms.ModelChoiceField(label=_("Who does it?"), queryset=User.objects.none())
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False)
    estimate_hours = forms.DecimalField(
        label=_("Estimate in hours"), min_value=0, max_value=10000, max_digits=7, decimal_places=2, required=False,
        help_text=_("Above the limit of the SOP a development needs a BRM."),
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    start_date = forms.DateField(label=_("Planned start"), required=False, widget=widgets.Day)
    finish_date = forms.DateField(label=_("Planned finish"), required=False, widget=widgets.Day)
    answer = forms.CharField(
        label=_("Answer to the requester"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your first answer stops the two-hour clock; accepting alone does not."),
    )  # fmt: skip

    def __init__(self, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = it_staff(branch_id)  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.get_queryset().open()  # type: ignore[attr-defined]


class Assign(forms.Form):
    """Somebody else does it."""

    assignee = forms.ModelChoiceField(label=_("Who does it?"), queryset=User.objects.none())

    def __init__(self, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = it_staff(branch_id)  # type: ignore[attr-defined]


class Prioritise(forms.Form):
    """How urgent it is from now on."""

    priority = forms.ChoiceField(label=_("How urgent is it now?"), choices=Priority.choices)
    reason = forms.CharField(label=_("Why does it change?"), max_length=500)


class Reclassify(forms.Form):
    """What it really is."""

    kind = forms.ChoiceField(
        label=_("What is it really?"), choices=Kind.choices, widget=widgets.Cards(short=True)
    )
    reason = forms.CharField(
        label=_("Why does it change?"), max_length=500, help_text=_("The requester reads it.")
    )


class Estimate(forms.Form):
    """A new estimate."""

    hours = forms.DecimalField(
        label=_("Estimate in hours"), min_value=0, max_value=10000, max_digits=7, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why does it change?"), max_length=500, required=False)


class Reason(forms.Form):
    """A sentence that the other side reads."""

    text = forms.CharField(label=_("Your words"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


class Shown(Reason):
    """A sentence, and pictures of what it speaks of."""

    attachments = widgets.FilesField(label=_("Photos or files"), required=False)

    @property
    def uploads(self) -> list[tuple[str, Any]]:
        """The files as actions take them."""
        return [(file.name, file) for file in self.cleaned_data["attachments"]]


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""


class Answer(forms.Form):
    """Something written to everyone in the case."""

    text = forms.CharField(label=_("Your answer"), max_length=20000, widget=forms.Textarea(attrs={"rows": 4}))
    attachments = widgets.FilesField(label=_("Files"), required=False)


class Note(forms.Form):
    """Something written among IT."""

    text = forms.CharField(
        label=_("Internal note"), max_length=20000, widget=forms.Textarea(attrs={"rows": 3})
    )
    attachments = widgets.FilesField(label=_("Files"), required=False)


class Plan(forms.Form):
    """From when to when it is worked on; an empty day is not planned yet."""

    start_date = forms.DateField(label=_("Planned start"), required=False, widget=widgets.Day)
    finish_date = forms.DateField(label=_("Planned finish"), required=False, widget=widgets.Day)


class Escalate(forms.Form):
    """Which experts, and why."""

    team = forms.ModelChoiceField(label=_("Which team of experts?"), queryset=Team.objects.none())
    member = forms.ModelChoiceField(
        label=_("Somebody of them"), queryset=User.objects.none(), required=False,
        help_text=_("Leave it empty, and whoever of the team takes it does it."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why are experts needed?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everyone in the case reads it."),
    )  # fmt: skip

    def __init__(self, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.get_queryset().open()  # type: ignore[attr-defined]
        experts = it_staff(branch_id).filter(pk__in=TeamMember.objects.values("person"))
        self.fields["member"].queryset = experts  # type: ignore[attr-defined]


class Other(forms.Form):
    """Another request, by its number; those that speak of the same are suggested."""

    MOST = 8
    other = forms.CharField(
        label=_("Which request?"), max_length=20, help_text=_("Its number, like T-00017."),
        widget=widgets.Suggest(attrs={"class": "short"}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        rows = self.candidates(ticket).exclude(pk=ticket.pk).alike(ticket.title, by=user).order_by("-pk")
        field: Any = self.fields["other"]
        field.widget.options = [(row.number, row.title) for row in rows[: self.MOST]]

    def candidates(self, ticket: Ticket) -> Any:
        """Among which the suggested ones are."""
        return Ticket.objects.visible_to(self.user).open()

    def clean_other(self) -> Ticket:
        """One that the person may see; any other is as good as none."""
        typed = self.cleaned_data["other"].strip().upper().removeprefix("T-").removeprefix("#")
        key = int(typed) if typed.isdecimal() and len(typed) < 19 else 0
        found = Ticket.objects.visible_to(self.user).filter(pk=key).first()
        if found is None:
            raise forms.ValidationError(_("There is no request with this number that you may see."))
        return found


class Older(Other):
    """The request with which a duplicate goes on: an older one of the same kind."""

    def candidates(self, ticket: Ticket) -> Any:
        """Those that can go on."""
        return super().candidates(ticket).filter(kind=ticket.kind, created_at__lte=ticket.created_at)


class Tie(Other):
    """Two requests that have to do with each other."""

    kind = forms.ChoiceField(label=_("How do they belong together?"), choices=TieKind.choices)

    def candidates(self, ticket: Ticket) -> Any:
        """Also those that have ended."""
        return Ticket.objects.visible_to(self.user)


class Untie(forms.Form):
    """Which link is taken away."""

    other = forms.ModelChoiceField(label=_("The link with"), queryset=Ticket.objects.none())

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = (  # type: ignore[attr-defined]
            Ticket.objects.visible_to(user).tied_to(ticket).order_by("pk")
        )


class Broken(forms.Form):
    """Of which time and branch the report is."""

    months = forms.TypedChoiceField(
        label=_("Of the last months"), choices=[(n, str(n)) for n in (3, 6, 12, 24, 36)], coerce=int, required=False,
        empty_value=None, initial=broken.USUAL,
    )  # fmt: skip
    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), required=False, empty_label=_("All branches")
    )

    def __init__(self, *args: Any, branches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]


class NameAsset(forms.Form):
    """Which asset it is about."""

    asset = forms.CharField(label=_("Tag of the asset"), max_length=30)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_asset(self) -> Asset:
        """The one with this tag, if the person may see it."""
        found = Asset.objects.visible_to(self.user).called([self.cleaned_data["asset"].strip()]).first()
        if found is None:
            raise forms.ValidationError(_("There is no asset with this tag that you may see."))
        return found


class UnnameAsset(forms.Form):
    """Which asset it is not about."""

    asset = forms.ModelChoiceField(label=_("Asset"), queryset=Asset.objects.none())

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = AboutAsset.objects.visible_to(user).filter(ticket=ticket)
        self.fields["asset"].queryset = Asset.objects.filter(pk__in=named.values("asset"))  # type: ignore[attr-defined]


class Split(forms.Form):
    """A part that becomes a request of its own."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Kind.choices)
    title = forms.CharField(label=_("In one line"), max_length=150)
    description = forms.CharField(
        label=_("What belongs to it"), max_length=20000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The requester reads it."),
    )  # fmt: skip
    attachments = forms.ModelMultipleChoiceField(
        label=_("Files that are shown there too"), queryset=Attachment.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Attachment.objects.visible_to(user).filter(ticket=ticket).exclude(comment__is_internal=True)
        self.fields["attachments"].queryset = found.order_by("pk")  # type: ignore[attr-defined]
        if not found.exists():
            del self.fields["attachments"]


class AddWatcher(forms.Form):
    """Somebody who follows it from now on."""

    person = forms.ModelChoiceField(
        label=_("Who follows it?"), queryset=User.objects.none(),
        help_text=_("Only people who may see this request anyway."),
    )  # fmt: skip

    def __init__(self, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = (*IT_STAFF, Role.BRANCH_HEAD)
        self.fields["person"].queryset = (  # type: ignore[attr-defined]
            User.objects.get_queryset().holding(*roles, branch_id=branch_id)
        )


class Rate(forms.Form):
    """How satisfied the requester was."""

    score = forms.TypedChoiceField(
        label=_("How satisfied are you?"), coerce=int,
        choices=[
            (5, _("5 – very")), (4, _("4 – rather")), (3, _("3 – so-so")), (2, _("2 – little")),
            (1, _("1 – not at all")),
        ],
        widget=widgets.Cards(),
    )  # fmt: skip
    text = forms.CharField(
        label=_("What could be better?"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class Edit(forms.Form):
    """One's own words, changed."""

    text = forms.CharField(label=_("Your words"), max_length=20000, widget=forms.Textarea(attrs={"rows": 6}))


class BulkAccept(Accept):
    """One decision on several new requests."""

    FIELDS = ("priority", "assignee", "team", "estimate_hours", "answer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {name: self.fields[name] for name in self.FIELDS}
        self.fields["estimate_hours"].help_text = _("Of each development among them; others take none.")


class BulkReject(forms.Form):
    """One reason for several new requests."""

    text = forms.CharField(label=_("Your reason"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))


class BulkAsk(forms.Form):
    """One question to the requesters of several new requests."""

    text = forms.CharField(
        label=_("Your question"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class Filter(forms.Form):
    """What a list shows and how; every choice is part of its address."""

    LOOKS = ("sort", "cols")  # they change how the list looks, not what is in it
    FOR_ALL = ("q", "status", "kind", "waits", "asked_from", "asked_to", "sort")
    q = forms.CharField(label=_("Words or number"), required=False, max_length=200, strip=True)
    status = forms.MultipleChoiceField(
        label=_("Status"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("open", _("All that are open")), *Status.choices, ("all", _("All"))],
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Kind.choices], required=False)
    priority = forms.ChoiceField(
        label=_("Priority"), choices=[("", _("All priorities")), *Priority.choices], required=False
    )
    assignee = forms.ChoiceField(label=_("Who does it"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    branch = forms.ChoiceField(label=_("Branch"), required=False)
    requester = forms.CharField(
        label=_("Requester"),
        required=False,
        max_length=100,
        help_text=_("A part of the name or the address."),
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )
    asked_from = forms.DateField(label=_("Asked from"), required=False, widget=widgets.Day)
    asked_to = forms.DateField(label=_("Asked until"), required=False, widget=widgets.Day)
    waits = forms.BooleanField(label=_("Waits for the requester"), required=False)
    late = forms.BooleanField(label=_("Late: the first answer or the planned finish"), required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=lists.ORDER_LABELS, required=False)
    cols = forms.MultipleChoiceField(
        label=_("Columns"), choices=lists.COLUMNS, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, choices: dict[str, list[tuple[str, str]]], staff: bool) -> None:
        super().__init__(data)
        if not staff:
            self.fields = {name: self.fields[name] for name in self.FOR_ALL}
            self.fields["waits"].label = _("Your turn")
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """What narrows the list, as `TicketRows.matching` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.LOOKS}

    def in_words(self, name: str, value: str) -> tuple[str, str]:
        """One choice for a person: the label of its field and what was chosen; a tick says all with its label."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return "", str(field.label)
        if isinstance(field, forms.DateField):
            return str(field.label), day(value)
        return str(field.label), str(dict(getattr(field, "choices", ())).get(value, value))


class Narrow(forms.Form):
    """Whose work a board or a calendar shows."""

    branch = forms.ChoiceField(label=_("Branch"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    assignee = forms.ChoiceField(label=_("Who does it"), required=False)

    def __init__(self, data: Any, *, choices: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(data)
        for name, field in self.fields.items():
            field.choices = choices.get(name, [("", _("All"))])  # type: ignore[attr-defined]


class SaveView(forms.Form):
    """A name for a list."""

    name = forms.CharField(label=_("Name of the list"), max_length=60)
    is_shared = forms.BooleanField(label=_("Show it to everyone in IT"), required=False)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, shares: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not shares:
            del self.fields["is_shared"]
