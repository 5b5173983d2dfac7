"""What people may type into forms and when they sign."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.confirming import Confirmed
from accounts.models import Branch, User, office_date
from approvals.asking import NAMED
from approvals.enums import ASKABLE, CONSENT_VERSION, Conclusion, Quorum, Result, TimeOut
from approvals.models import ScenarioSet
from approvals.rules import is_name_of
from core import widgets
from core.numbers import plain

_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+(,0+)?|\d+(,0+)?", re.ASCII)  # 12.500.000 or 12500000, also with ,00
_NOT_FROM_PEOPLE = ("version", "attachments")


class Rupiah(forms.DecimalField):
    """Whole rupiah, as Indonesia writes them: `12500000`, `12.500.000`, `Rp 12.500.000,00`. Exact, never rounded."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "short", "inputmode": "numeric"}))
        super().__init__(min_value=0, max_digits=15, decimal_places=0, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The amount. Raises ValidationError for cents and for anything that could be read in two ways."""
        text = re.sub(r"(?i)^rp\.?|\s", "", str(value or "").strip())
        if not text:
            return None
        if not _GROUPED.fullmatch(text):
            raise forms.ValidationError(_("Write whole rupiah, such as 12.500.000."))
        return Decimal(text.partition(",")[0].replace(".", ""))

    def prepare_value(self, value: Any) -> Any:
        """`12.500.000` in the box; what was typed wrongly stays as it was typed."""
        return f"{int(value):,}".replace(",", ".") if str(value or "").isdigit() else value


def _hours(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=1, max_value=8784, required=False,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )  # fmt: skip


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_digits=17, decimal_places=2, required=False,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip


def _names(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=500, help_text=_("Names, with commas between them.")
    )


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class Brm(forms.Form):
    """The Business Request Management form (SOP-A5). A draft may have gaps; a submitted form has none."""

    business_unit = forms.CharField(label=_("Business unit"), max_length=200)
    background = forms.CharField(label=_("Background and problem"), max_length=10000, widget=_area(4))
    objective = forms.CharField(label=_("Objective"), max_length=5000, widget=_area())
    benefit = forms.CharField(
        label=_("Benefit"),
        max_length=5000,
        widget=_area(),
        help_text=_("In words; below in money and hours where you can."),
    )
    benefit_money = Rupiah(label=_("Benefit in money (Rp per month)"), required=False)
    benefit_hours = forms.DecimalField(
        label=_("Hours saved per month"), min_value=0, max_value=100000, max_digits=8, decimal_places=2, required=False,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
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
    cost = Rupiah(label=_("Other cost (Rp)"), required=False)
    wanted_date = forms.DateField(label=_("Wanted by"), required=False, widget=widgets.Day)
    risk = forms.CharField(label=_("Risks"), max_length=5000, widget=_area())
    alternatives = forms.CharField(label=_("Alternatives"), max_length=5000, widget=_area(), required=False)
    attachments = widgets.FilesField(
        label=_("Files"),
        required=False,
        help_text=_("Offers, drawings, lists. They are signed with the form."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_wanted_date(self) -> Any:
        """A day that is still to come."""
        day = self.cleaned_data["wanted_date"]
        if day is not None and day < office_date():
            raise forms.ValidationError(_("This day has passed. Choose one that is still to come."))
        return day

    def content(self) -> dict[str, str]:
        """The answers as the form keeps them: text, numbers without needless zeros, ISO dates."""
        return {
            name: _text(value) for name, value in self.cleaned_data.items() if name not in _NOT_FROM_PEOPLE
        }


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
    """The tester's results: for each scenario, in their order, how it went, what happened, and screenshots; then the
    conclusion.
    """

    def __init__(self, *args: Any, scenarios: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scenarios = scenarios
        for number, scenario in enumerate(scenarios):
            self.fields |= _of_scenario(number, scenario)
        self.fields["conclusion"] = forms.ChoiceField(
            label=_("Your conclusion"), choices=Conclusion.choices, required=False, widget=widgets.Cards(),
        )  # fmt: skip
        self.fields["notes"] = forms.CharField(
            label=_("Notes"), required=False, max_length=5000, widget=_area(),
            help_text=_("What remains to be done, or why you reject."),
        )  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        """Each scenario with its fields, for the page."""
        return [
            {"scenario": s, "result": self[f"result_{n}"], "note": self[f"note_{n}"], "evidence": self[f"evidence_{n}"]}
            for n, s in enumerate(self.scenarios)
        ]  # fmt: skip

    def results(self) -> list[tuple[str, str]]:
        """The results in order; a scenario without one is not run."""
        typed = self.cleaned_data
        return [
            (typed[f"result_{n}"] or Result.NOT_RUN, typed[f"note_{n}"].strip())
            for n in range(len(self.scenarios))
        ]

    def screenshots(self) -> list[tuple[int, Any]]:
        """The pictures that were chosen, each with the number of its scenario."""
        return [(n, file) for n in range(len(self.scenarios)) for file in self.cleaned_data[f"evidence_{n}"]]


def _of_scenario(number: int, scenario: dict[str, Any]) -> dict[str, forms.Field]:
    result = forms.ChoiceField(
        label=scenario["name"], help_text=_to_do(scenario), choices=Result.choices,
        initial=scenario.get("result"), required=False, widget=widgets.Cards(short=True),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What happened?"),
        initial=scenario.get("note"),
        required=False,
        max_length=2000,
        widget=_area(2),
    )
    evidence = widgets.FilesField(
        label=_("Screenshots"), required=False, widget=widgets.Files(attrs={"accept": "image/*"})
    )
    return {f"result_{number}": result, f"note_{number}": note, f"evidence_{number}": evidence}


def _to_do(scenario: dict[str, Any]) -> str:
    """The steps, and what should happen: read before the result is chosen."""
    steps, expected = scenario.get("steps"), scenario.get("expected")
    said = [steps, expected and f"{_('Expected:')} {expected}"]
    return escape("\n".join(part for part in said if part))


class Scenario(forms.Form):
    """One more thing to test."""

    name = forms.CharField(label=_("What is tested?"), max_length=200)
    steps = forms.CharField(label=_("Steps"), max_length=2000, required=False, widget=_area(2))
    expected = forms.CharField(
        label=_("What should happen?"), max_length=2000, required=False, widget=_area(2)
    )


class WhichScenario(forms.Form):
    """A scenario by its place in the list that was shown."""

    number = forms.IntegerField(min_value=0)
    version = forms.IntegerField(min_value=1)


class Tester(forms.Form):
    """Somebody else who tests and signs."""

    tester = forms.ModelChoiceField(label=_("Who tests?"), queryset=User.objects.none())

    def __init__(self, *args: Any, approval: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = User.objects.get_queryset().people().exclude(pk__in=approval.barred)
        self.fields["tester"].queryset = people.filter(branch=approval.branch_id).order_by("name")  # type: ignore[attr-defined]


class KeepScenarios(forms.Form):
    """A name under which scenarios are kept for the next test of the system."""

    name = forms.CharField(label=_("Name"), max_length=100)


class TakeScenarios(forms.Form):
    """Scenarios that were kept for this system."""

    scenarios = forms.ModelChoiceField(label=_("Which ones?"), queryset=ScenarioSet.objects.none())

    def __init__(self, *args: Any, approval: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = ScenarioSet.objects.visible_to(user).of_system(str(approval.content.get("system", "")))
        self.fields["scenarios"].queryset = rows  # type: ignore[attr-defined]


class Approve(Confirmed):
    """Approving is signing what was shown, under the sentence that was shown."""

    shown = forms.CharField(widget=forms.HiddenInput)
    consent = forms.CharField(widget=forms.HiddenInput, required=False, initial=CONSENT_VERSION)
    signature = forms.Field(label=_("Type your full name"), widget=widgets.Signature)
    field_order = ["shown", "consent", "credential", "signature", "password"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["signature"].help_text = escape(user.name)
        self.user = user

    def clean_signature(self) -> dict[str, str]:
        """Typed or drawn, one of them is needed; what is typed is one's own name."""
        given: dict[str, str] = self.cleaned_data["signature"]
        if not given["typed"] and not given["drawn"]:
            raise forms.ValidationError(_("Draw your signature or type your name."))
        if given["typed"] and not is_name_of(given["typed"], self.user):
            said = _("Type your own name as your signature: %(name)s.")
            raise forms.ValidationError(said % {"name": self.user.name})
        return given


class Refuse(Confirmed):
    """Refusing needs a reason."""

    shown = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why not?"), max_length=5000, widget=_area())
    field_order = ["shown", "credential", "reason", "password"]


class Revise(Confirmed):
    """Sending back needs to say what is to be changed."""

    shown = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("What has to be changed?"), max_length=5000, widget=_area())
    field_order = ["shown", "credential", "reason", "password"]


class Asking(forms.Form):
    """What somebody wants to know before they decide."""

    text = forms.CharField(label=_("Your question"), max_length=5000, widget=_area())


class Answering(forms.Form):
    """The answer to the oldest open question."""

    text = forms.CharField(label=_("Your answer"), max_length=5000, widget=_area())

    def __init__(self, *args: Any, question: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = escape(question)


class Superseding(forms.Form):
    """What has changed since it was approved."""

    reason = forms.CharField(
        label=_("What has changed since it was approved?"), max_length=5000, widget=_area(),
        help_text=_("Estimate, cost or scope. Those who approved read it, and are asked again by a new form."),
    )  # fmt: skip


class PolicyFacts(forms.Form):
    """Of a policy, everything but its rules: its figures, reminders and what follows when nobody decides."""

    after = forms.IntegerField(
        widget=forms.HiddenInput, required=False
    )  # the version that the page was made from
    note = forms.CharField(
        label=_("What changes?"), max_length=200, help_text=_("It stands in the history of the policy.")
    )
    threshold_hours = forms.DecimalField(
        label=_("A form is needed from more than so many hours"), min_value=0, max_value=99999, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    man_day_hours = forms.DecimalField(
        label=_("Hours of a man-day"), min_value=1, max_value=24, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    remind_after_hours = _hours(_("First reminder after so many hours"))
    remind_every_hours = _hours(_("Then every so many hours"))
    time_out_hours = _hours(_("Time to decide in each step, in hours"))
    on_time_out = forms.ChoiceField(label=_("When it has run out"), choices=TimeOut)
    escalate_to = forms.ChoiceField(label=_("Who may decide then as well"), required=False)
    question_pauses = forms.BooleanField(
        label=_("An open question stops the clock of the Board"), required=False,
        help_text=_("Where the promise of the Board may be paused."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("nobody else")), *((role.value, role.label) for role in ASKABLE)]
        self.fields["escalate_to"].choices = choices  # type: ignore[attr-defined]

    def timing(self) -> dict[str, Any]:
        """For the action."""
        names = ("remind_after_hours", "remind_every_hours", "time_out_hours", "on_time_out", "escalate_to")
        return {name: self.cleaned_data[name] for name in (*names, "question_pauses")}


class PolicyRule(forms.Form):
    """One rule of a policy: when it counts, and its steps; room for `STEPS`, and for one more than there are."""

    STEPS = 4

    hours_over = _amount(_("More than so many hours"))
    hours_up_to = _amount(_("Up to so many hours"))
    cost_over = _amount(_("Other cost of more than Rp"))
    cost_up_to = _amount(_("Other cost up to Rp"))
    branches = forms.ModelMultipleChoiceField(
        label=_("Only for branches"), queryset=Branch.objects.none(), required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )  # fmt: skip
    units = _names(_("Only for business units"))
    systems = _names(_("Only for systems"))

    def __init__(self, *args: Any, tester: bool = False, steps: int = STEPS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tester, self.places = tester, range(1, steps + 1)
        # A branch that has closed since stays in its rule until somebody takes it out.
        named = Branch.objects.filter(pk__in=self.initial.get("branches", ()))
        self.fields["branches"].queryset = named | Branch.objects.get_queryset().open()  # type: ignore[attr-defined]
        for n in self.places:
            self.fields[f"roles_{n}"] = forms.MultipleChoiceField(
                label=_("Roles"), choices=[(r.value, r.label) for r in ASKABLE], required=False,
                widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
            self.fields[f"people_{n}"] = forms.CharField(
                label=_("Persons"), required=False, max_length=2000,
                help_text=_("Their e-mail addresses, with commas between them."),
            )  # fmt: skip
            self.fields[f"quorum_{n}"] = forms.ChoiceField(
                label=_("How many must approve?"), choices=Quorum, required=False
            )
            self.fields[f"number_{n}"] = forms.IntegerField(
                label=_("How many, where it is a number"), min_value=1, max_value=1000, required=False,
                widget=forms.NumberInput(attrs={"class": "short"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Addresses become people; an address that nobody has is said."""
        typed: dict[str, Any] = super().clean() or {}
        for n in self.places:
            addresses = [a.strip().lower() for a in (typed.get(f"people_{n}") or "").split(",") if a.strip()]
            known = dict(
                User.objects.get_queryset().people().filter(email__in=addresses).values_list("email", "pk")
            )
            if unknown := [a for a in addresses if a not in known]:
                self.add_error(
                    f"people_{n}", _("Nobody here has the address %(address)s.") % {"address": unknown[0]}
                )
            typed[f"keys_{n}"] = sorted(known.values())
        return typed

    def rule(self) -> dict[str, Any]:
        """For the action; steps that name nobody are left out."""
        typed = self.cleaned_data
        when = {name: typed[name] for name in ("hours_over", "hours_up_to", "cost_over", "cost_up_to")}
        when = {name: f"{value:f}" for name, value in when.items() if value is not None}
        when["branches"] = [branch.pk for branch in typed["branches"]]
        for condition in NAMED:
            when[condition] = [name.strip() for name in typed[condition].split(",") if name.strip()]
        steps = [self._step(n) for n in self.places]
        first = (
            [{"roles": [], "people": [], "quorum": Quorum.ONE.value, "tester": True}] if self.tester else []
        )
        return {"when": when, "steps": first + [step for step in steps if step["roles"] or step["people"]]}

    def _step(self, n: int) -> dict[str, Any]:
        typed = self.cleaned_data
        quorum = typed[f"quorum_{n}"] or Quorum.ONE.value
        step = {"roles": typed[f"roles_{n}"], "people": typed[f"keys_{n}"], "quorum": quorum}
        return step | ({"number": typed[f"number_{n}"]} if quorum == Quorum.NUMBER else {})

    def groups(self) -> list[list[Any]]:
        """The fields of each step, for the page."""
        return [
            [self[f"{name}_{n}"] for name in ("roles", "people", "quorum", "number")] for n in self.places
        ]


class Rules(forms.BaseFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """The rules in their order; those that were struck out or left empty are left out."""

    def rules(self) -> list[dict[str, Any]]:
        """For the action."""
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        kept.sort(key=lambda form: form.cleaned_data.get("ORDER") or len(self.forms))
        return [form.rule() for form in kept]


def untested(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps that can be chosen: the tester's stands by itself."""
    return [step for step in rule["steps"] if not step.get("tester")]


def as_typed(rule: dict[str, Any], addresses: dict[int, str]) -> dict[str, Any]:
    """A rule as somebody would type it, to be changed."""
    when = rule["when"]
    typed: dict[str, Any] = {
        name: when.get(name) for name in ("hours_over", "hours_up_to", "cost_over", "cost_up_to")
    }
    typed |= {"branches": when.get("branches", [])} | {name: ", ".join(when.get(name, [])) for name in NAMED}
    for n, step in enumerate(untested(rule), start=1):
        typed |= {
            f"roles_{n}": step["roles"], f"quorum_{n}": step["quorum"], f"number_{n}": step.get("number"),
            f"people_{n}": ", ".join(addresses[key] for key in step["people"] if key in addresses),
        }  # fmt: skip
    return typed


class Trying(forms.Form):
    """A request that does not exist: whom would it ask?"""

    hours = forms.DecimalField(
        label=_("Hours"), min_value=0, max_value=99999, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    cost = forms.DecimalField(
        label=_("Other cost (Rp)"), min_value=0, max_digits=15, decimal_places=0, required=False,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )  # fmt: skip
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=Branch.objects.none())
    unit = forms.CharField(label=_("Business unit"), required=False, max_length=200)
    systems = forms.CharField(label=_("Systems touched"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.get_queryset().open()  # type: ignore[attr-defined]


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""


class Paper(forms.Form):
    """A document that somebody wants to have checked."""

    file = forms.FileField(
        label=_("PDF"),
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf", "data-remove": _("Remove")}),
    )
