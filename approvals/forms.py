"""What people may type into forms and when they sign."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actions import asks_for_code
from approvals.enums import Result
from core import widgets
from core.numbers import plain


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class Brm(forms.Form):
    """The Business Request Management form (SOP-A5). A draft may have gaps; a submitted form has none."""

    background = forms.CharField(label=_("Background and problem"), max_length=10000, widget=_area(4))
    objective = forms.CharField(label=_("Objective"), max_length=5000, widget=_area())
    benefit = forms.CharField(
        label=_("Benefit"),
        max_length=5000,
        widget=_area(),
        help_text=_("With money or hours per month where you can."),
    )
    if_not_done = forms.CharField(label=_("What happens if it is not done?"), max_length=5000, widget=_area())
    scope = forms.CharField(
        label=_("Scope"),
        max_length=10000,
        widget=_area(4),
        help_text=_("What is part of it, and what is not."),
    )
    systems = forms.CharField(label=_("Systems touched"), max_length=500, required=False)
    estimate_hours = forms.DecimalField(
        label=_("Estimate in hours"), min_value=0, max_value=10000, max_digits=7, decimal_places=2,
        help_text=_("What you ask approval for. Work beyond it needs a new approval."),
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    cost = forms.DecimalField(
        label=_("Other cost (Rp)"), min_value=0, max_digits=15, decimal_places=0, required=False,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )  # fmt: skip
    wanted_date = forms.DateField(label=_("Wanted by"), required=False, widget=widgets.Day)
    risk = forms.CharField(label=_("Risks"), max_length=5000, widget=_area())
    alternatives = forms.CharField(label=_("Alternatives"), max_length=5000, widget=_area(), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def content(self) -> dict[str, str]:
        """The answers as the form keeps them: text, numbers without needless zeros, ISO dates."""
        return {name: _text(value) for name, value in self.cleaned_data.items() if name != "version"}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return plain(value) if isinstance(value, Decimal) else str(value).strip()


class Unfinished(Brm):
    """The same form while it is a draft: every answer may still be missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name == "version"


class Results(forms.Form):
    """The tester's results, one pair of fields per scenario, in their order."""

    def __init__(self, *args: Any, scenarios: list[dict[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scenarios = scenarios
        for number, scenario in enumerate(scenarios):
            self.fields[f"result_{number}"] = forms.ChoiceField(
                label=scenario["name"], choices=[(r.value, r.label) for r in (Result.PASSED, Result.FAILED)],
                initial=scenario.get("result"), required=False, widget=widgets.Cards(short=True),
            )  # fmt: skip
            self.fields[f"note_{number}"] = forms.CharField(
                label=_("Note"),
                initial=scenario.get("note"),
                required=False,
                max_length=2000,
                widget=_area(2),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each scenario with its two fields, for the page."""
        return [
            {"scenario": s, "result": self[f"result_{n}"], "note": self[f"note_{n}"]}
            for n, s in enumerate(self.scenarios)
        ]

    def results(self) -> list[tuple[str, str]]:
        """The results in order; a scenario without one is not run."""
        typed = self.cleaned_data
        return [
            (typed[f"result_{n}"] or Result.NOT_RUN, typed[f"note_{n}"].strip())
            for n in range(len(self.scenarios))
        ]


class Scenario(forms.Form):
    """One more thing to test."""

    name = forms.CharField(label=_("What is tested?"), max_length=200)
    steps = forms.CharField(label=_("Steps"), max_length=2000, required=False, widget=_area(2))
    expected = forms.CharField(
        label=_("What should happen?"), max_length=2000, required=False, widget=_area(2)
    )


class _Confirmed(forms.Form):
    """Whoever decides proves who they are once more: by the code of their app, or by their password."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        max_length=200,
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks_for_code(user):
            self.fields["password"].label = _("Code from your authenticator app")
            self.fields["password"].widget = forms.TextInput(
                attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}
            )


class Approve(_Confirmed):
    """Approving is signing what was shown."""

    shown = forms.CharField(widget=forms.HiddenInput)
    signature = forms.Field(label=_("Type your full name"), widget=widgets.Signature)
    field_order = ["shown", "signature", "password"]

    def clean_signature(self) -> dict[str, str]:
        """Typed or drawn, one of them is needed."""
        given: dict[str, str] = self.cleaned_data["signature"]
        if not given["typed"] and not given["drawn"]:
            raise forms.ValidationError(_("Draw your signature or type your name."))
        return given


class Refuse(_Confirmed):
    """Refusing needs a reason."""

    shown = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why not?"), max_length=5000, widget=_area())
    field_order = ["shown", "reason", "password"]


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""
