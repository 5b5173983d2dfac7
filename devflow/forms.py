"""What people may type about developments."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import widgets
from devflow.enums import RISKS, TRIED, DeploymentResult
from devflow.models import Build, CheckItem, DevelopmentRequest, System
from devflow.models.work import HASH

MOST_TO_RESTORE = 20  # older builds than these are not put back


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
        label=_("Result"), choices=[(r.value, r.label) for r in TRIED], initial=DeploymentResult.SUCCEEDED,
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


class Hold(forms.Form):
    """Why the work stands still."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The requester reads it."),
    )  # fmt: skip


class Released(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A build with the request that it belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        """Versions of two requests may be called the same."""
        return f"{obj.version} ({obj.request.ticket.number})"


class RollBack(forms.Form):
    """Why a build is taken out of Production, and what runs there instead."""

    reason = forms.CharField(
        label=_("What is wrong with it?"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    restore = Released(
        label=_("Put back"), queryset=Build.objects.none(), required=False, empty_label=_("Nothing"),
        help_text=_("The build that runs there again."),
    )  # fmt: skip

    def __init__(self, *args: Any, bad: Build, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = Build.objects.to_restore(bad).values_list("pk", flat=True)[:MOST_TO_RESTORE]
        rows = Build.objects.filter(pk__in=list(newest)).select_related("request__ticket").order_by("-pk")
        self.fields["restore"].queryset = rows  # type: ignore[attr-defined]


class Emergency(forms.Form):
    """Why a build cannot wait for its test."""

    reason = forms.CharField(
        label=_("Why can it not wait for the test?"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The IT Manager, and a Database Manager or Director, read it before they agree."),
    )  # fmt: skip


class Agree(forms.Form):
    """What one agrees to; nothing to fill in."""

    asked = forms.CharField(
        label=_("Why it cannot wait"), disabled=True, required=False, widget=forms.Textarea
    )

    def __init__(self, *args: Any, build: Build, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fix, request = build.emergency, build.request
        self.fields["asked"].initial = f"{request.system} {build.version}. {fix.asked_by}: {fix.reason}"


class StopTimer(forms.Form):
    """What a timer becomes: hours, or nothing."""

    hours = forms.DecimalField(
        label=_("Hours"), min_value=0.25, max_value=12, max_digits=4, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
        help_text=_("As the timer counted. Make it less if you did something else in between."),
    )  # fmt: skip
    note = forms.CharField(label=_("What was done"), max_length=250, required=False)
    drop = forms.BooleanField(label=_("Throw this time away, nothing was worked"), required=False)

    def clean(self) -> dict[str, Any]:
        """What is booked says what was done."""
        typed = super().clean() or {}
        if not typed.get("drop") and not typed.get("note"):
            self.add_error("note", _("Say what was done."))
        return typed


def _risk_fields() -> dict[str, forms.Field]:
    choices = [("yes", _("Yes")), ("no", _("No"))]
    return {
        name: forms.ChoiceField(label=question, choices=choices, widget=widgets.Cards(short=True))
        for name, question in RISKS.items()
    }


class Prepare(forms.Form):
    """What may go wrong with the release, and how it is undone."""

    risk_notes = forms.CharField(
        label=_("About the risks"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    rollback_plan = forms.CharField(
        label=_("Roll-back plan"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How the release is undone if it goes wrong, step by step, and how long that takes."),
    )  # fmt: skip
    field_order = [*RISKS, "risk_notes", "rollback_plan"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= _risk_fields()
        self.order_fields(self.field_order)

    @property
    def risks(self) -> dict[str, bool]:
        """The answers."""
        return {name: self.cleaned_data[name] == "yes" for name in RISKS}


class Checklist(forms.Form):
    """The lines that are done, and new ones."""

    done = forms.ModelMultipleChoiceField(
        label=_("Done"),
        queryset=CheckItem.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new = forms.CharField(
        label=_("New lines"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line."),
    )  # fmt: skip

    def __init__(self, *args: Any, development: DevelopmentRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = CheckItem.objects.filter(request=development).order_by("pk")
        self.fields["done"].queryset = items  # type: ignore[attr-defined]
        self.fields["done"].initial = [item.pk for item in items if item.done_at]
        if not items:
            del self.fields["done"]


class LinkCommit(forms.Form):
    """A commit and where it lies."""

    commit = forms.CharField(label=_("Commit"), max_length=64, validators=[HASH])
    repository = forms.CharField(
        label=_("Repository"), max_length=200, required=False, validators=[URLValidator(["https"])],
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )  # fmt: skip


class Review(forms.Form):
    """What happened, and what is learnt from it."""

    review = forms.CharField(
        label=_("Review"), max_length=10000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What happened, what was changed, and how it is avoided next time."),
    )  # fmt: skip


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""
