"""What may be typed about machines and keys."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import Branch
from core import widgets
from integrations.agents.enums import WRONG_KINDS
from integrations.agents.models import Identity, Machine
from inventory.models import Asset, AssetType

WHAT = [
    ("", gettext_lazy("Admitted")),
    ("waiting", gettext_lazy("Waiting for a decision")),
    ("wrong", gettext_lazy("With something wrong")),
    ("silent", gettext_lazy("Not heard of")),
    ("refused", gettext_lazy("Refused")),
    ("all", gettext_lazy("All")),
]


class Filter(forms.Form):
    """Which machines a list shows."""

    what = forms.ChoiceField(label=gettext_lazy("Which"), required=False, choices=WHAT)
    branch = forms.ModelChoiceField(
        label=gettext_lazy("Branch"), required=False, queryset=Branch.objects.none()
    )
    kind = forms.ChoiceField(label=gettext_lazy("What is wrong"), required=False)
    q = forms.CharField(label=gettext_lazy("Name or serial number"), required=False, max_length=100)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branch: Any = self.fields["branch"]
        branch.queryset = branches_of(user)
        branch.empty_label = _("All")
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Anything")), *((k.value, k.label) for k in WRONG_KINDS)]


def branches_of(user: Any) -> Any:
    """The branches whose machines somebody sees."""
    areas = user.note_areas
    rows = Branch.objects.visible_to(user).open()
    return rows if None in areas else rows.filter(pk__in=set(areas))


class Admit(forms.Form):
    """Which asset the machine stands for."""

    asset = forms.CharField(
        label=gettext_lazy("Asset"), required=False, max_length=30,
        help_text=gettext_lazy("The tag of an asset that is registered already. Leave it empty to register a new one."),
    )  # fmt: skip
    type = forms.ModelChoiceField(
        label=gettext_lazy("Type of the new asset"), required=False, queryset=AssetType.objects.none()
    )

    def __init__(self, *args: Any, machine: Machine, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.machine = user, machine
        kinds: Any = self.fields["type"]
        kinds.queryset = AssetType.objects.visible_to(user).in_use()

    def clean_asset(self) -> Asset | None:
        """An asset that whoever decides may see."""
        tag = self.cleaned_data["asset"].strip()
        if not tag:
            return None
        found = Asset.objects.visible_to(self.user).called([tag]).first()
        if found is None:
            raise forms.ValidationError(_("There is no asset with this tag."))
        return found

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        said = super().clean() or {}
        if not self.errors and not said.get("asset") and not said.get("type"):
            self.add_error("type", _("Choose an asset, or the type of a new one."))
        return said


class Bring(forms.Form):
    """Files that agents wrote on machines without network."""

    branch = forms.ModelChoiceField(label=gettext_lazy("Branch"), queryset=Branch.objects.none())
    reports = widgets.FilesField(
        label=gettext_lazy("Report files"),
        help_text=gettext_lazy("What the agent writes with the option --local: .json, .xml or .ocs."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branch: Any = self.fields["branch"]
        branch.queryset = Branch.objects.served_by(user)
        branch.initial = user.branch_id


class Reason(forms.Form):
    """Why it is decided so."""

    text = forms.CharField(
        label=gettext_lazy("Why?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whoever doubts it later reads your reason."),
    )  # fmt: skip


class Join(Reason):
    """With which machine."""

    other = forms.IntegerField(
        label=gettext_lazy("The machine that it is the same as"), min_value=1, max_value=2**62,
        help_text=gettext_lazy("Its number, as it stands on its page. What both reported is found there from now on."),
    )  # fmt: skip
    field_order = ["other", "text"]

    def __init__(self, *args: Any, machine: Machine, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.machine = user, machine

    def clean_other(self) -> Machine:
        """A machine that whoever decides may see."""
        found = Machine.objects.visible_to(self.user).filter(pk=self.cleaned_data["other"]).first()
        if found is None:
            raise forms.ValidationError(_("There is no machine with this number."))
        return found


class Separate(Reason):
    """Which marks belong to another machine."""

    identity = forms.ModelChoiceField(
        label=gettext_lazy("The marks that belong to another machine"), queryset=Identity.objects.none(),
        empty_label=None, widget=forms.RadioSelect,
    )  # fmt: skip
    field_order = ["identity", "text"]

    def __init__(self, *args: Any, machine: Machine, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marks: Any = self.fields["identity"]
        marks.queryset = Identity.objects.visible_to(user).filter(machine=machine).order_by("pk")
        marks.label_from_instance = told


def told(identity: Identity) -> str:
    """Marks in one line: name, agent, serial number."""
    parts = [identity.name, identity.agent_id, identity.serial, identity.system_uuid]
    return " · ".join(part for part in parts if part)


class NewKey(forms.Form):
    """A key for the agents of a branch."""

    branch = forms.ModelChoiceField(label=gettext_lazy("Branch"), queryset=Branch.objects.none())
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=100,
        help_text=gettext_lazy("What it is for, for example: all PCs since the roll-out in March."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [a.branch_id for a in user.authorities if a.role in (Role.IT_MANAGER, Role.ADMINISTRATOR)]
        rows = Branch.objects.visible_to(user).open()
        branch: Any = self.fields["branch"]
        branch.queryset = rows if None in held else rows.filter(pk__in=held)
