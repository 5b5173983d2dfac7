"""Pages of policies: who decides on what, since when, whom a request would ask, and the next version."""

from decimal import Decimal
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Branch, User
from accounts.who import me
from approvals import actions, forms
from approvals.enums import Kind
from approvals.models import Policy
from approvals.views.asking import in_words
from core.errors import NotPossible, PermissionDenied
from core.http import acts, attempt, reads
from core.numbers import shown
from core.pages import page

MORE = "more"  # the name of the button for one more rule


@reads
def policies(request: HttpRequest) -> HttpResponse:
    """Every policy there ever was, newest first; those in force for new forms are marked."""
    rows = Policy.objects.visible_to(me(request)).with_list_columns()
    in_force = Policy.objects.visible_to(me(request)).in_force_ids()
    may = me(request).holds(Role.ADMINISTRATOR)
    context = page(request, rows) | {"in_force": in_force, "kinds": Kind.choices if may else []}
    return render(request, "approvals/policies.html", context)


@reads
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its rules in words, and for the administrator and the IT Manager whom a request would ask today."""
    row = get_object_or_404(Policy.objects.visible_to(me(request)).with_list_columns(), pk=pk)
    context: dict[str, Any] = {"policy": row, "rules": told(row.rules), "facts": _facts(row)}
    if me(request).holds_anywhere(Role.ADMINISTRATOR, Role.IT_MANAGER):
        form = forms.Trying(request.GET if "hours" in request.GET else None)
        context |= {"form": form} | (_foreseen(row.rules, form) if form.is_valid() else {})
    return render(request, "approvals/policy.html", context)


def _facts(row: Policy) -> list[dict[str, Any]]:
    pairs = [
        (_("A form is needed from more than"), _("%(hours)s hours") % {"hours": shown(row.threshold_hours)}),
        (_("A man-day"), _("%(hours)s hours") % {"hours": shown(row.man_day_hours)}),
        (_("Reminders"), _reminders(row)),
        (_("Time to decide"), row.time_out_hours and _("%(hours)s hours") % {"hours": row.time_out_hours}),
        (_("Then"), row.time_out_hours and row.get_on_time_out_display()),
        (_("Who may decide then as well"), row.escalate_to and row.get_escalate_to_display()),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def _reminders(row: Policy) -> str:
    if row.remind_after_hours is None:
        return _("none")
    first = _("after %(hours)s hours") % {"hours": row.remind_after_hours}
    if row.remind_every_hours is None:
        return first
    then = _("then every %(hours)s hours") % {"hours": row.remind_every_hours}
    return f"{first}, {then}"


# Rules in words -------------------------------------------------------------------------------------------------------


def told(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each rule as a person reads it: its condition, and its steps one after the other."""
    people = {key for rule in rules for step in rule["steps"] for key in step["people"]}
    branches = {key for rule in rules for key in rule["when"].get("branches", [])}
    names = User.objects.names(people)
    places = Branch.objects.names(branches)
    return [
        {"when": _when(rule["when"], places), "steps": [step_in_words(step, names) for step in rule["steps"]]}
        for rule in rules
    ]


def _when(when: dict[str, Any], places: dict[int, str]) -> str:
    named = {"units": _("business unit: %(names)s"), "systems": _("system: %(names)s")}
    said = [
        template % {"figure": _in_figures(when[name])}
        for name, template in (
            ("hours_over", _("more than %(figure)s hours")),
            ("hours_up_to", _("up to %(figure)s hours")),
            ("cost_over", _("cost of more than Rp %(figure)s")),
            ("cost_up_to", _("cost up to Rp %(figure)s")),
        )
        if name in when
    ]
    if when.get("branches"):
        names = ", ".join(places.get(key, "–") for key in when["branches"])
        said.append(_("branch: %(names)s") % {"names": names})
    said += [
        template % {"names": ", ".join(when[name])} for name, template in named.items() if when.get(name)
    ]
    return "; ".join(said) or _("everything else")


def _in_figures(amount: str) -> str:
    """`12.500.000,5`, as Indonesia writes figures; exact."""
    whole, _point, rest = amount.partition(".")
    rest = rest.rstrip("0")
    return f"{int(whole):,}".replace(",", ".") + (f",{rest}" if rest else "")


def step_in_words(step: dict[str, Any], names: dict[int, str]) -> str:
    """`Board (more than half of them)`."""
    if step.get("tester"):
        return _("the one whom the form is for, or the tester they named")
    whom = [str(Role(role).label) for role in step["roles"]] + [names.get(key, "–") for key in step["people"]]
    return f"{', '.join(whom)} ({in_words(step['quorum'], step.get('number'))})"


def _foreseen(rules: list[dict[str, Any]], form: forms.Trying) -> dict[str, Any]:
    """Whom a request of this size would ask today, and where nobody could answer."""
    typed = form.cleaned_data
    number, steps = actions.foresee(
        rules=rules, hours=typed["hours"], cost=typed["cost"] or Decimal(0), branch=typed["branch"],
        systems=typed["systems"], unit=typed["unit"], requester=None,
    )  # fmt: skip
    names = {person.pk: person.name for step in steps for person in step.people}
    return {
        "fits": number + 1,
        "foreseen": [
            {
                "whom": step_in_words(step.asked, names),
                "needed": step.needed,
                "people": [str(person) for person in step.people],
                "blocks": step.blocks and not step.asked.get("tester"),
            }
            for step in steps
        ],
    }


# The next version -----------------------------------------------------------------------------------------------------


@acts
def new_policy(request: HttpRequest, kind: str) -> HttpResponse:
    """The next version, filled with the present one; it can be tried on a request before it is published."""
    if kind not in Kind.values:
        raise Http404
    if not me(request).holds(Role.ADMINISTRATOR):
        raise PermissionDenied
    before = Policy.objects.visible_to(me(request)).current(kind)
    facts, rules = _bound(request, before)
    context: dict[str, Any] = {"kind": Kind(kind), "facts_form": facts, "rules_form": rules}
    if request.method == "POST" and MORE not in request.POST and facts.is_valid() and rules.is_valid():
        if "try" in request.POST:
            context |= _tried(request, kind, rules, facts)
        elif attempt(facts, _publish, kind=Kind(kind), facts=facts, rules=rules, by=me(request)):
            messages.success(request, _("It counts for new forms; those that are open keep theirs."))
            return redirect("approvals:policies")
    context.setdefault("form", forms.Trying(request.POST if "try" in request.POST else None, prefix="try"))
    wrong = request.method == "POST" and (facts.errors or not rules.is_valid()) and MORE not in request.POST
    return render(request, "approvals/policy_edit.html", context, status=422 if wrong else 200)


def _bound(request: HttpRequest, before: Policy) -> tuple[forms.PolicyFacts, Any]:
    posted = request.POST.copy() if request.method == "POST" else None
    if posted is not None and MORE in posted:
        posted["rule-TOTAL_FORMS"] = str(int(posted.get("rule-TOTAL_FORMS", "1") or 1) + 1)
    made = django_forms.formset_factory(
        forms.PolicyRule,
        formset=forms.Rules,
        extra=0,
        can_order=True,
        can_delete=True,
        max_num=50,
        absolute_max=50,
    )
    names = [name for name in forms.PolicyFacts.base_fields if name not in ("note", "after")]
    initial = {name: getattr(before, name) for name in names} | {"after": before.pk}
    facts = forms.PolicyFacts(posted, initial=initial)
    facts.fields["note"].required = "try" not in (posted or {})  # trying changes nothing
    people = {key for rule in before.rules for step in rule["steps"] for key in step["people"]}
    # Whoever keeps policies reads all whom they name: somebody left out here would be left out of the next version.
    addresses = dict(User.objects.get_queryset().filter(pk__in=people).values_list("pk", "email"))
    typed = [forms.as_typed(rule, addresses) for rule in before.rules]
    room = max(forms.PolicyRule.STEPS, *(len(forms.untested(rule)) + 1 for rule in before.rules))
    room = 0 if before.kind == Kind.BAST else min(room, actions.MOST_STEPS)  # nobody else signs a hand-over
    known = {"tester": before.kind != Kind.BRM, "steps": room}
    return facts, made(posted, prefix="rule", initial=typed, form_kwargs=known)


def _tried(request: HttpRequest, kind: str, rules: Any, facts: Any) -> dict[str, Any]:
    form = forms.Trying(request.POST, prefix="try")
    if not form.is_valid():
        return {"form": form}
    try:
        return {"form": form} | _foreseen(actions.clean(kind=Kind(kind), rules=rules.rules()), form)
    except NotPossible as refusal:
        facts.add_error(None, str(refusal))
        return {"form": form}


def _publish(*, kind: Kind, facts: forms.PolicyFacts, rules: Any, by: Any) -> None:
    typed = facts.cleaned_data
    actions.publish(
        kind=kind, rules=rules.rules(), note=typed["note"], by=by, timing=facts.timing(), after=typed["after"],
        threshold_hours=typed["threshold_hours"], man_day_hours=typed["man_day_hours"],
    )  # fmt: skip
