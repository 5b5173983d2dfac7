# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Anybody does anything at any time, by the actions: whatever comes of it, no request is past a gate it has not earned."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actions import robot
from approvals import actions as approvals
from approvals.models import Approval
from approvals.rules import BRM_REQUIRED
from core.errors import NotPossible, PermissionDenied
from devflow import actions as devflow
from devflow.enums import RISKS
from events.ledger import verify
from tests.cast import Cast
from tests.stages import Case, system
from tickets import actions as tickets
from tickets.models import Ticket

WHO = ("requester", "agent", "other_agent", "it_manager", "director", "board", "outsider")
# What the SOP forbids, said once more in SQL over all rows: each query must find nothing.
NEVER = {
    "A1: worked on before it was accepted": """
        SELECT id FROM tickets_ticket WHERE status IN ('waiting', 'in_progress', 'user_testing', 'done')
        AND (accepted_by_id IS NULL OR accepted_by_id NOT IN (SELECT user_id FROM accounts_roleassignment WHERE role = 'it_manager'))""",
    "A2: on a server without the one before": """
        SELECT d.id FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id
        WHERE e.kind <> 'trial' AND NOT EXISTS (SELECT 1 FROM devflow_deployment p JOIN devflow_environment f
          ON f.id = p.environment_id WHERE p.build_id = d.build_id AND p.id < d.id AND p.result = 'succeeded'
          AND f.kind = CASE e.kind WHEN 'training' THEN 'trial' ELSE 'training' END)""",
    "A5: deployed beyond what was approved": """
        SELECT r.id FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id = r.ticket_id
        WHERE r.stage = 'trial' AND NOT EXISTS (SELECT 1 FROM devflow_build b WHERE b.request_id = r.id)
        AND NOT EXISTS (SELECT 1 FROM events_event e WHERE e.subject_id = t.id AND e.type = 'development.hours_booked')
        AND NOT EXISTS (SELECT 1 FROM events_event e WHERE e.subject_id = t.id AND e.type = 'ticket.estimated' AND e.seq > 3)
        AND t.estimate_hours > GREATEST(r.brm_threshold_hours, COALESCE(r.approved_hours, 0))""",
    "A5: approved by fewer than two": """
        SELECT a.id FROM approvals_approval a WHERE a.kind = 'brm' AND a.state = 'approved' AND 2 > (
          SELECT count(DISTINCT d.decided_by_id) FROM approvals_decision d WHERE d.approval_id = a.id AND d.outcome = 'approve')""",
    "A6: done without a signed build in production": """
        SELECT t.id FROM tickets_ticket t JOIN devflow_developmentrequest r ON r.ticket_id = t.id WHERE t.status = 'done'
        AND NOT EXISTS (SELECT 1 FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id
          JOIN approvals_approval a ON a.subject_type = 'devflow.build' AND a.subject_id = d.build_id AND a.state = 'approved'
          WHERE d.build_id = r.signed_build_id AND e.kind = 'production' AND d.result = 'succeeded')""",
    "the ticket and its stage disagree": """
        SELECT t.id FROM tickets_ticket t JOIN devflow_developmentrequest r ON r.ticket_id = t.id
        WHERE (t.status, r.stage) NOT IN (('waiting', 'waiting'), ('in_progress', 'trial'), ('user_testing', 'training'),
          ('user_testing', 'ready'), ('done', 'done'), ('cancelled', 'cancelled'))
        AND (r.stage <> 'on_hold' OR (t.status, r.held_from) NOT IN (('waiting', 'waiting'), ('in_progress', 'trial'),
          ('user_testing', 'training'), ('user_testing', 'ready')))""",
    "a decision of somebody who is barred": """
        SELECT d.id FROM approvals_decision d JOIN approvals_approval a ON a.id = d.approval_id
        WHERE d.decided_by_id = ANY(a.barred)""",
}  # fmt: skip


def _form(case: Case, kind: str) -> Approval:
    return Approval.objects.in_case(case.ticket).filter(kind=kind).order_by("-pk")[0]


def _results(case: Case, result: str, by: Any) -> Any:
    uat = _form(case, "uat")
    return approvals.record_results(
        approval=uat, results=[(result, "")] * len(uat.content["scenarios"]), by=by
    )


def _write(case: Case, by: Any) -> Any:
    brm = _form(case, "brm")
    content = {field: "x" for field in BRM_REQUIRED if field != "estimate_hours"}
    return approvals.save_draft(approval=brm, content=content, version=brm.version, by=by)


def _deploy(kind: str) -> Callable[[Case, Any], Any]:
    return lambda case, by: devflow.deploy(build=case.build, kind=kind, by=by)  # type: ignore[arg-type]


def _decide(kind: str, outcome: str) -> Callable[[Case, Any], Any]:
    def act(case: Case, by: Any) -> Any:
        name = by.email.partition("@")[0]
        return case.decide(_form(case, kind), name, outcome=outcome, reason="No.")

    return act


MOVES: dict[str, Callable[[Case, Any], Any]] = {
    "accept": lambda c, by: tickets.accept(ticket=c.ticket, priority="low", assignee=c.cast.agent, by=by, estimate_hours=c.hours),  # type: ignore[arg-type]
    "cancel": lambda c, by: tickets.cancel(ticket=c.ticket, by=by),
    "estimate": lambda c, by: tickets.estimate(ticket=c.ticket, hours=Decimal(30), reason="More.", by=by),
    "start_ticket": lambda c, by: tickets.start(ticket=c.ticket, by=by),
    "confirm": lambda c, by: tickets.confirm(ticket=c.ticket, by=by),
    "reopen": lambda c, by: tickets.reopen(ticket=c.ticket, text="Again.", by=by),
    "close_unconfirmed": lambda c, by: tickets.close_unconfirmed(ticket=c.ticket, by=robot("policy")),
    "ask_back": lambda c, by: tickets.ask_back(ticket=c.ticket, text="Which?", by=by),
    "split": lambda c, by: tickets.split(ticket=c.ticket, title="Half", description="Of it.", by=by),
    "merge": lambda c, by: tickets.merge(ticket=c.ticket, into=_another(c), by=by),
    "plan": lambda c, by: devflow.plan(request=c.request, system=system(), by=by),
    "prepare": lambda c, by: devflow.prepare(
        request=c.request, risks=dict.fromkeys(RISKS, False), rollback_plan="The one before.", by=by
    ),
    "start": lambda c, by: devflow.start(request=c.request, by=by),
    "hours_back": lambda c, by: devflow.take_back_hours(entry=c.request.hours.latest("pk"), reason="Mistyped.", by=by),
    "hours": lambda c, by: devflow.book_hours(request=c.request, hours=Decimal(9), day=c.ticket.created_at.date(), note="x", by=by),
    "build": lambda c, by: devflow.register_build(request=c.request, version=f"1.{c.request.builds.count()}", by=by),
    "trial": _deploy("trial"),
    "training": _deploy("training"),
    "production": _deploy("production"),
    "open_brm": lambda c, by: devflow.open_brm(request=c.request, by=by),
    "write": _write,
    "submit_brm": lambda c, by: approvals.submit(approval=_form(c, "brm"), by=by),
    "approve_brm": _decide("brm", "approve"),
    "refuse_brm": _decide("brm", "refuse"),
    "passed": lambda c, by: _results(c, "passed", by),
    "failed": lambda c, by: _results(c, "failed", by),
    "submit_uat": lambda c, by: approvals.submit(approval=_form(c, "uat"), by=by),
    "sign": _decide("uat", "approve"),
    "reject_uat": _decide("uat", "refuse"),
    "withdraw": lambda c, by: approvals.withdraw(approval=_form(c, "uat"), by=by),
}  # fmt: skip
# Whoever does it when things go right: chosen more often, so that random plays come far.
USUAL = {
    "accept": "it_manager", "cancel": "requester", "confirm": "requester", "production": "it_manager", "write": "requester",
    "reopen": "requester", "merge": "it_manager", "ask_back": "it_manager",
    "submit_brm": "requester", "approve_brm": "director", "refuse_brm": "director", "passed": "requester",
    "failed": "requester", "submit_uat": "requester", "sign": "requester", "reject_uat": "requester",
}  # fmt: skip


def _another(case: Case) -> Ticket:
    """An older request of the same kind, by somebody else."""
    older = Ticket.objects.exclude(pk=case.pk).filter(kind=case.kind).order_by("pk").first()
    assert older is not None
    return older


HAPPY = (
    "accept",
    "plan",
    "prepare",
    "start",
    "build",
    "trial",
    "training",
    "passed",
    "submit_uat",
    "sign",
    "production",
)
HELD = (
    "accept",
    "plan",
    "write",
    "submit_brm",
    "approve_brm",
    "start",
    "build",
    "trial",
    "training",
    "passed",
    "submit_uat",
)

step = st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from(("", "", "", *WHO)))
# A play: somewhere along a story that goes right, anything may happen in between.
play = st.tuples(
    st.sampled_from([HAPPY, HELD]),
    st.integers(0, 11),
    st.lists(step, min_size=3, max_size=10),
    st.sampled_from([8, 24]),
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False)
@given(play=play)
def test_no_play_of_anybody_gets_past_a_gate(play: Any) -> None:
    story, length, rest, hours = play
    with transaction.atomic():
        case = Case(Cast(), hours=Decimal(hours))
        _ = [case.cast[name] for name in WHO]
        Case(case.cast).opened()  # an older one to join with
        case.opened()
        for name, who in [*((name, "") for name in story[:length]), *rest]:
            _try(case, name, who or USUAL.get(name, "agent"))
            _nothing_forbidden(name)
        assert list(verify()) == []
        transaction.set_rollback(True)


def _try(case: Case, name: str, who: str) -> None:
    """Do it; being refused in one of the two ways is as good. Anything else, an error of PostgreSQL too, is a mistake."""
    try:
        with transaction.atomic():
            MOVES[name](case, case.cast.again(who))
    except (NotPossible, PermissionDenied):
        pass
    except Exception as problem:
        if type(problem).__name__ not in (
            "DoesNotExist",
            "RelatedObjectDoesNotExist",
            "IndexError",
        ):  # nothing there to act on
            raise


def _nothing_forbidden(last: str) -> None:
    with connection.cursor() as cursor:
        for rule, query in NEVER.items():
            cursor.execute(query)
            assert cursor.fetchall() == [], f"{rule}, after {last}"
