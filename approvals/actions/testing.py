"""A UAT while the user tests: who tests, what is tested, what came of it."""

from typing import Any, BinaryIO

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from approvals.actions._parts import facts_of
from approvals.actions.writing import entry_of, keep_file
from approvals.enums import ApprovalEvent, Kind, Result
from approvals.models import Approval, FormFile, ScenarioSet
from core import files
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events

MOST_SCENARIOS = 200
MOST_LETTERS = 200_000  # of all scenarios: some sixty pages, which a worker prints in ten seconds


@transaction.atomic
def name_tester(*, approval: Approval, tester: User, by: User) -> Approval:
    """Let somebody else test and sign in one's place; the requester alone says who, while the test is open.

    Raises NotPossible for whoever built it (SOP-A6) and for people who cannot sign in; PermissionDenied for others.
    """
    approval = Approval.objects.lock(approval)
    if refusal := why_not(approval, "name_tester", by):
        raise refusal
    if tester.pk in approval.barred:
        raise NotPossible(_("Whoever built it does not test it. Name somebody else."), rule="SOP-A6")
    if tester.is_robot or not tester.is_active:
        raise NotPossible(_("%(name)s cannot sign in, so they cannot test.") % {"name": tester})
    approval.tester = None if tester.pk == approval.requester_id else tester
    fire(approval, "name_tester", by=by)
    events.record(
        ApprovalEvent.TESTER_NAMED, approval.case, by=by, **facts_of(approval), tester=str(tester), person=tester.pk
    )  # fmt: skip
    return approval


@transaction.atomic
def add_scenarios(*, approval: Approval, scenarios: list[dict[str, str]], by: User) -> Approval:
    """Add test scenarios (`name`, `steps`, `expected`) to a UAT that is not submitted; each begins as not run.

    Raises NotPossible for more than MOST_SCENARIOS, or more words than a paper should have.
    """
    approval = Approval.objects.lock(approval)
    if refusal := why_not(approval, "save_draft", by):
        raise refusal
    known = approval.content.get("scenarios", [])
    if len(known) + len(scenarios) > MOST_SCENARIOS:
        raise NotPossible(_("At most %(most)s scenarios in one test.") % {"most": MOST_SCENARIOS})
    new = [
        {"steps": "", "expected": "", **s, "result": Result.NOT_RUN, "note": "", "evidence": []}
        for s in scenarios
    ]
    _fit_on_paper([*known, *new])
    approval.content = {**approval.content, "scenarios": [*known, *new]}
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


@transaction.atomic
def remove_scenario(*, approval: Approval, number: int, version: int, by: User) -> Approval:
    """Take a scenario away that nobody has run: `number` counts from 0 in the list that was shown at `version`."""
    approval = Approval.objects.lock(approval)
    if refusal := why_not(approval, "save_draft", by):
        raise refusal
    scenarios = approval.content.get("scenarios", [])
    if version != approval.version or not 0 <= number < len(scenarios):
        raise NotPossible(_("The list of scenarios changed while you were testing. Look at it again."))
    if scenarios[number]["result"] != Result.NOT_RUN or scenarios[number].get("evidence"):
        raise NotPossible(_("This scenario was already run; what came of it stays."), rule="SOP-A6")
    approval.content = {**approval.content, "scenarios": scenarios[:number] + scenarios[number + 1 :]}
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


@transaction.atomic
def record_results(
    *,
    approval: Approval,
    results: list[tuple[str, str]],
    by: User,
    conclusion: str | None = None,
    notes: str | None = None,
) -> Approval:
    """Write the tester's result and note beside each scenario, in their order, and what they conclude; None leaves the
    conclusion as it is. Only the tester does (SOP-A6). Raises NotPossible for more words than a paper should have.
    """
    approval = Approval.objects.lock(approval)
    if by.pk != approval.tester_key:
        raise PermissionDenied
    scenarios = approval.content.get("scenarios", [])
    if len(results) != len(scenarios):
        raise NotPossible(_("The list of scenarios changed while you were testing. Look at it again."))
    tried = [{**s, "result": r, "note": n} for s, (r, n) in zip(scenarios, results, strict=True)]
    _fit_on_paper(tried)
    said = {"conclusion": conclusion, "notes": notes}
    approval.content = {
        **approval.content,
        **{name: value for name, value in said.items() if value is not None},
        "scenarios": tried,
    }
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


def _fit_on_paper(scenarios: list[dict[str, Any]]) -> None:
    letters = sum(
        len(str(s.get(part, ""))) for s in scenarios for part in ("name", "steps", "expected", "note")
    )
    if letters > MOST_LETTERS:
        most, many = (number_format(number, force_grouping=True) for number in (MOST_LETTERS, letters))
        raise NotPossible(
            _(
                "One test has at most %(most)s letters, and this would be %(many)s. Shorten it, or test in two parts."
            )
            % {"most": most, "many": many}
        )


@transaction.atomic
def attach_evidence(*, approval: Approval, number: int, name: str, file: BinaryIO, by: User) -> FormFile:
    """Add a screenshot to a scenario, by its place in the list. The tester does, while the test is open (SOP-A6).

    Raises NotPossible for anything but a picture.
    """
    approval = Approval.objects.lock(approval)
    if by.pk != approval.tester_key:
        raise PermissionDenied
    scenarios = approval.content.get("scenarios", [])
    if approval.kind != Kind.UAT or not 0 <= number < len(scenarios):
        raise NotPossible(_("The list of scenarios changed while you were testing. Look at it again."))
    row = keep_file(approval=approval, name=name, file=file, by=by)
    if row.content_type not in files.PICTURES:
        raise NotPossible(_("Evidence is a picture. Send a screenshot or a photo."))
    shown = [*scenarios[number].get("evidence", []), entry_of(row=row)]
    scenarios[number] = {**scenarios[number], "evidence": shown}
    approval.content = {**approval.content, "scenarios": scenarios}
    fire(approval, "save_draft", by=by)
    return row


# Scenarios that are used again ------------------------------------------------------------------------------------


@transaction.atomic
def keep_scenarios(*, approval: Approval, name: str, by: User) -> ScenarioSet:
    """Keep the scenarios of a UAT under a name, for the next test of the same system; the same name is replaced.

    IT does. Results, notes and evidence are not kept.
    """
    approval = Approval.objects.lock(approval)
    fire(approval, "prepare", by=by)
    scenarios = [
        {key: s.get(key, "") for key in ("name", "steps", "expected")}
        for s in approval.content.get("scenarios", [])
    ]
    if not scenarios:
        raise NotPossible(_("There is no scenario to keep yet."))
    row, _made = ScenarioSet.objects.update_or_create(
        system=str(approval.content.get("system", "")), name=name.strip()[:100],
        defaults={"scenarios": scenarios, "saved_by": by},
    )  # fmt: skip
    events.record(ApprovalEvent.SCENARIOS_KEPT, approval.case, by=by, **facts_of(approval), name=row.name)
    return row


@transaction.atomic
def take_scenarios(*, approval: Approval, scenarios: ScenarioSet, by: User) -> Approval:
    """Add kept scenarios to a UAT, those left out that are there already by name. IT does."""
    approval = Approval.objects.lock(approval)
    fire(approval, "prepare", by=by)
    there = {s["name"] for s in approval.content.get("scenarios", [])}
    new = [s for s in scenarios.scenarios if s["name"] not in there]
    if not new:
        raise NotPossible(_("All of these scenarios are in the test already."))
    return add_scenarios(approval=approval, scenarios=new, by=by)
