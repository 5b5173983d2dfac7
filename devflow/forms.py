"""What people may type about developments."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import widgets
from devflow.enums import DeploymentResult
from devflow.models import System


class Narrow(forms.Form):
    """Which developments a board, a timeline or a list shows."""

    system = forms.ChoiceField(label=_("System"), required=False)
    branch = forms.ChoiceField(label=_("Branch"), required=False)
    assignee = forms.ChoiceField(label=_("Who does it"), required=False)

    def __init__(self, data: Any, *, choices: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(data)
        for name, field in self.fields.items():
            field.choices = choices.get(name, [("", _("All"))])  # type: ignore[attr-defined]


class Plan(forms.Form):
    """Which system is changed."""

    system = forms.ModelChoiceField(label=_("System"), queryset=System.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].queryset = System.objects.in_use()  # type: ignore[attr-defined]


class Hours(forms.Form):
    """Hours that were worked."""

    day = forms.DateField(label=_("Day"), widget=widgets.Day, initial=timezone.localdate)
    hours = forms.DecimalField(
        label=_("Hours"), min_value=0.25, max_value=24, max_digits=4, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    note = forms.CharField(label=_("What was done"), max_length=250)


class NewBuild(forms.Form):
    """A build, known by its version and its artefact."""

    version = forms.CharField(label=_("Version"), max_length=60)
    commit = forms.CharField(label=_("Commit"), max_length=64, required=False)
    artefact_hash = forms.CharField(label=_("Hash of the artefact"), max_length=128, required=False)


class Deploy(forms.Form):
    """How putting a build on a server went."""

    result = forms.ChoiceField(
        label=_("Result"), choices=DeploymentResult.choices, initial=DeploymentResult.SUCCEEDED,
        widget=widgets.Cards(short=True),
    )  # fmt: skip
    notes = forms.CharField(
        label=_("Notes"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class DeployOnTraining(Deploy):
    """On Training, users test: say what."""

    scenarios = forms.CharField(
        label=_("What shall the user test?"), max_length=10000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One scenario a line. The tester may add more."),
    )  # fmt: skip


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""
