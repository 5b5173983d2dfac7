# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Anybody does anything through page, API, action and raw SQL; after each step no request is past a gate it has not earned.

Raw SQL runs as the product's own database role, like everything else here. EXAMPLES and STEPS in the environment play more
than the tests do.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from rest_framework.test import APIClient

from core.errors import NotPossible, PermissionDenied
from devflow import actions as devflow
from devflow.enums import RISKS
from devflow.models import Build, Deployment, EmergencyFix, Environment, Freeze
from tests.cast import PASSWORD, Cast
from tests.contracts import test_machine as plays
from tests.stages import ORDER, Case, reach, system

EXAMPLES, STEPS = int(os.environ.get("EXAMPLES", "30")), int(os.environ.get("STEPS", "14"))
WHO = (
    "requester",
    "agent",
    "other_agent",
    "it_manager",
    "db_manager",
    "director",
    "board",
    "branch_head",
    "auditor",
    "outsider",
)
KINDS = ("trial", "training", "production")
COLUMNS = ("waiting", "in_progress", "user_testing", "deploy")
STAGES = ("waiting", "trial", "training", "ready", "done", "on_hold", "cancelled")
OF_REQUEST = ("plan", "start", "hours", "build", "brm", "prepare", "hold", "resume", "end")
OF_BUILD = (*KINDS, "roll-back", "emergency", "agree", "review")
PAGES = (*OF_REQUEST, *OF_BUILD)
# What the SOP forbids whoever wrote the rows, said once more in SQL: each query must find nothing.
_ROLE = (
    "EXISTS (SELECT 1 FROM accounts_roleassignment g WHERE g.user_id = {person} AND g.role = 'it_manager')"
)
_UAT = "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.kind = 'uat' AND a.state = 'approved' AND a.subject_type = 'devflow.build' AND a.subject_id = {build})"
_RAN = """EXISTS (SELECT 1 FROM devflow_deployment p JOIN devflow_environment f ON f.id = p.environment_id
    WHERE p.build_id = {build} AND p.result = 'succeeded' AND f.kind = '{kind}'{more})"""
# Before its UAT only by the word of two: the IT Manager, and a Database Manager or Director, neither of whom built it.
_AGREED = """EXISTS (SELECT 1 FROM devflow_emergencyfix f JOIN devflow_build x ON x.id = f.build_id
    JOIN accounts_roleassignment m ON m.user_id = f.manager_id AND m.role = 'it_manager'
    JOIN accounts_roleassignment s ON s.user_id = f.second_id AND s.role IN ('db_manager', 'director')
    WHERE f.build_id = {build} AND f.manager_id <> f.second_id AND x.registered_by_id NOT IN (f.manager_id, f.second_id))"""
NEVER = {
    "A1: begun without the IT Manager": f"""
        SELECT r.id FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id = r.ticket_id
        WHERE t.accepted_by_id IS NULL OR NOT {_ROLE.format(person='t.accepted_by_id')}""",
    "A2: on Training while another was on Trial": """
        SELECT d.id FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id
        WHERE e.kind = 'training' AND d.build_id IS DISTINCT FROM (SELECT p.build_id FROM devflow_deployment p
        JOIN devflow_environment f ON f.id = p.environment_id WHERE f.system_id = e.system_id AND f.kind = 'trial'
        AND p.result <> 'failed' AND p.id < d.id ORDER BY p.id DESC LIMIT 1)""",
    "A2: in Production without Training": f"""
        SELECT d.id FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id
        WHERE e.kind = 'production' AND NOT {_RAN.format(build='d.build_id', kind='training', more=' AND p.id < d.id')}""",
    "A2: on the server of another system": """
        SELECT d.id FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id JOIN devflow_build b
        ON b.id = d.build_id JOIN devflow_developmentrequest r ON r.id = b.request_id WHERE e.system_id <> r.system_id""",
    "A2: testing what is not on Training": f"""
        SELECT r.id FROM devflow_developmentrequest r WHERE r.stage IN ('training', 'ready', 'done') AND NOT EXISTS (
        SELECT 1 FROM devflow_build b WHERE b.request_id = r.id AND {_RAN.format(build='b.id', kind='training', more='')})""",
    "A1: begun work that nobody ended": f"""
        SELECT r.id FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id = r.ticket_id
        WHERE r.stage = 'cancelled' AND EXISTS (SELECT 1 FROM devflow_build b WHERE b.request_id = r.id)
        AND (t.status <> 'cancelled' OR r.end_reason = '' OR NOT {_ROLE.format(person='r.ended_by_id')})""",
    "A5: hours taken back by halves, twice, or by another": f"""
        SELECT h.id FROM devflow_hourentry h LEFT JOIN devflow_hourentry o ON o.id = h.takes_back_id
        WHERE (h.hours <= 0 OR h.takes_back_id IS NOT NULL) AND (o.id IS NULL OR o.takes_back_id IS NOT NULL
        OR (h.request_id, h.person_id, h.date, h.hours) IS DISTINCT FROM (o.request_id, o.person_id, o.date, -o.hours)
        OR (h.taken_back_by_id <> h.person_id AND NOT {_ROLE.format(person='h.taken_back_by_id')}))""",
    "A5: more hours than a day has": """
        SELECT h.person_id FROM devflow_hourentry h GROUP BY h.person_id, h.date HAVING SUM(h.hours) > 24""",
    "A6: a word without a proof": """
        SELECT f.id FROM devflow_emergencyfix f, LATERAL (VALUES (f.manager_id, f.manager_hash), (f.second_id, f.second_hash))
        w(who, over) WHERE w.who IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_confirmation c WHERE c.user_id = w.who
        AND c.about = w.over AND c.refusal = '')""",
    "A6: in Production without a signed UAT": f"""
        SELECT d.id FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id
        WHERE e.kind = 'production' AND d.result = 'succeeded' AND NOT {_UAT.format(build='d.build_id')}
        AND NOT {_AGREED.format(build='d.build_id')}""",
    "A6: released by another than the IT Manager, or by who built it": f"""
        SELECT d.id FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id JOIN devflow_build b
        ON b.id = d.build_id WHERE e.kind = 'production' AND d.result = 'succeeded' AND (d.deployed_by_id = b.registered_by_id
        OR NOT {_ROLE.format(person='d.deployed_by_id')})""",
    "A6: a signature that nobody gave": f"""
        SELECT r.id FROM devflow_developmentrequest r WHERE (r.signed_build_id IS NOT NULL AND NOT {_UAT.format(build='r.signed_build_id')})
        OR (r.stage IN ('ready', 'done') AND r.signed_build_id IS NULL)""",
    "A6: done without the signed build in Production": f"""
        SELECT t.id FROM tickets_ticket t LEFT JOIN devflow_developmentrequest r ON r.ticket_id = t.id
        WHERE t.kind = 'development' AND (t.status = 'done' OR r.stage = 'done') AND (r.stage <> 'done'
        OR NOT {_RAN.format(build='r.signed_build_id', kind='production', more='')})""",
}  # fmt: skip
# What counts at the moment of a step only, as hours may grow afterwards (SOP-A5): effort beyond approval.
OVER = """
    SELECT GREATEST(COALESCE(t.estimate_hours, 0), (SELECT COALESCE(SUM(h.hours), 0) FROM devflow_hourentry h WHERE h.request_id = r.id))
      > GREATEST(r.brm_threshold_hours, (SELECT COALESCE(MAX((a.content->>'estimate_hours')::numeric), 0) FROM approvals_approval a
        WHERE a.kind = 'brm' AND a.state = 'approved' AND a.subject_type = 'devflow.developmentrequest' AND a.subject_id = r.id))
    FROM devflow_developmentrequest r JOIN tickets_ticket t ON t.id = r.ticket_id WHERE t.id = %s"""
REACHED = """
    SELECT COALESCE(NULLIF(r.held_from, ''), r.stage) NOT IN ('waiting', 'cancelled'), (SELECT count(*) FROM devflow_deployment d JOIN devflow_build b ON b.id = d.build_id
      WHERE b.request_id = r.id) FROM devflow_developmentrequest r WHERE r.ticket_id = %s"""
# What counts at the moment of a step only, as a freeze may be written down afterwards (SOP-A2): releases that no emergency lets go.
RELEASED = f"""
    SELECT EXISTS (SELECT 1 FROM devflow_freeze f WHERE f.ended_at IS NULL AND now() >= f.starts_at AND now() < f.ends_at),
      (SELECT count(*) FROM devflow_deployment d JOIN devflow_environment e ON e.id = d.environment_id WHERE e.kind = 'production'
        AND d.result = 'succeeded' AND NOT {_AGREED.format(build="d.build_id")})"""
RAW = (
    *(f"UPDATE devflow_developmentrequest SET stage = '{stage}' WHERE id = {{r}}" for stage in STAGES),
    "UPDATE devflow_developmentrequest SET signed_build_id = {b} WHERE id = {r}",
    "UPDATE devflow_developmentrequest SET stage = 'ready', signed_build_id = {b} WHERE id = {r}",
    "UPDATE devflow_developmentrequest SET brm_threshold_hours = 999 WHERE id = {r}",
    "UPDATE devflow_developmentrequest SET approved_hours = 999 WHERE id = {r}",
    "UPDATE devflow_developmentrequest SET system_id = NULL WHERE id = {r}",
    "UPDATE devflow_developmentrequest SET booked_hours = 0 WHERE id = {r}",
    *(f"UPDATE tickets_ticket SET status = '{status}' WHERE id = {{t}}" for status in ("waiting", "in_progress", "user_testing", "done", "new")),
    "UPDATE tickets_ticket SET status = 'waiting', accepted_by_id = {who}, accepted_at = now(), assignee_id = {who}, priority = 'low' WHERE id = {t}",
    "UPDATE tickets_ticket SET accepted_by_id = {who} WHERE id = {t}",
    "UPDATE tickets_ticket SET kind = 'troubleshooting' WHERE id = {t}",
    *(f"UPDATE devflow_build SET reached = '{reached}' WHERE id = {{b}}" for reached in KINDS),
    "UPDATE devflow_build SET registered_by_id = {who} WHERE id = {b}",
    "UPDATE devflow_developmentrequest SET stage = 'on_hold', held_from = 'ready', hold_reason = 'x' WHERE id = {r}",
    "UPDATE devflow_developmentrequest SET held_from = 'training' WHERE id = {r}",
    "UPDATE devflow_emergencyfix SET manager_id = {who}, manager_agreed_at = now()",
    "UPDATE devflow_emergencyfix SET manager_id = {who}, manager_agreed_at = now(), manager_hash = second_hash",
    "UPDATE devflow_developmentrequest SET end_reason = 'x', ended_by_id = {who} WHERE id = {r}",
    "UPDATE tickets_ticket SET status = 'cancelled' WHERE id = {t}",
    "UPDATE devflow_emergencyfix SET second_id = {who}, second_agreed_at = now()",
    "UPDATE devflow_emergencyfix SET reviewed_by_id = {who}, reviewed_at = now(), review = 'x', settled_at = now()",
    "INSERT INTO devflow_emergencyfix (build_id, reason, asked_by_id, asked_at, manager_id, manager_agreed_at, second_id, second_agreed_at,"
    " review) VALUES ({b}, 'x', {who}, now(), {who}, now(), {who}, now(), '')",
    "UPDATE devflow_freeze SET ends_at = now()",
    "DELETE FROM devflow_freeze",
    "UPDATE devflow_environment SET kind = 'production' WHERE kind = 'trial'",
    "UPDATE devflow_deployment SET result = 'succeeded'",
    "DELETE FROM devflow_deployment",
    "DELETE FROM devflow_hourentry",
    "UPDATE devflow_hourentry SET hours = 0.25",
    "INSERT INTO devflow_hourentry (request_id, person_id, date, hours, note, booked_at, takes_back_id, taken_back_by_id)"
    " SELECT request_id, person_id, date, -hours, 'x', now(), id, {who} FROM devflow_hourentry WHERE request_id = {r}",
    "INSERT INTO devflow_hourentry (request_id, person_id, date, hours, note, booked_at) VALUES ({r}, {who}, '2026-11-01', -9, 'x', now())",
    "DELETE FROM devflow_developmentrequest WHERE id = {r}",
    "UPDATE approvals_approval SET state = 'approved'",
    "UPDATE approvals_approval SET content = content || '{{\"estimate_hours\": \"999\"}}'",
    "INSERT INTO accounts_roleassignment (user_id, role) VALUES ({who}, 'it_manager')",
    "ALTER TABLE devflow_deployment DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
)  # fmt: skip


class Flow(RuleBasedStateMachine):
    """One development, and everybody who could do something to it. Nothing of it is kept."""

    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.outside = transaction.atomic()
        self.outside.__enter__()
        self.cast = Cast()
        self.case: Case | None = None
        self.other: Case | None = None
        self.before: tuple[bool, int] = (False, 0)
        self.released: tuple[bool, int] = (False, 0)

    def teardown(self) -> None:
        """As if it had never been."""
        transaction.set_rollback(True)
        self.outside.__exit__(None, None, None)

    @initialize(stage=st.sampled_from(ORDER[:-1]), hours=st.sampled_from([8, 24]))
    def begins(self, stage: str, hours: int) -> None:
        """Somewhere along a story that went right."""
        _ = [self.cast[name] for name in WHO]
        system()
        Case(self.cast).opened()  # an older one to join with
        self.case = reach(self.cast, stage, hours=hours)
        self.before, self.released = self._reached(), self._released()

    # Ways ------------------------------------------------------------------------------------------------------

    @rule(who=st.sampled_from(WHO), act=st.sampled_from(PAGES))
    def a_page_is_posted(self, who: str, act: str) -> None:
        """The pages of the verbs, with fields that fit."""
        fields: dict[str, Any] = {
            "plan": {"system": system().pk},
            "hours": {"day": timezone.localdate().isoformat(), "hours": "9", "note": "worked"},
            "build": {"version": f"2.{Build.objects.count()}"},
            "prepare": {"rollback_plan": "The one before."} | dict.fromkeys(RISKS, "no"),
            "hold": {"reason": "Waits for the vendor."},
            "roll-back": {"reason": "It counts twice."},
            "end": {"reason": "Bought instead."},
            "emergency": {"reason": "Salaries are paid today."},
            "agree": {"shown": self._shown(), "password": PASSWORD},
            "review": {"review": "It was read twice."},
        }.get(act, {"result": "succeeded", "notes": "", "scenarios": "Print"} if act in KINDS else {})
        address = f"builds/{self._build()}/{act}" if act in OF_BUILD else f"{self._row()}/{act}"
        self._send(
            "page", lambda: self._browser(who).post(f"/developments/{address}/", fields).status_code < 400
        )

    @rule(who=st.sampled_from(WHO), column=st.sampled_from(COLUMNS))
    def a_card_is_dropped(self, who: str, column: str) -> None:
        """The board."""
        sent = {"move": f"{self._row()}:{column}"}
        accept = {"Accept": "application/json"}
        self._send(
            "board",
            lambda: self._browser(who).post("/developments/board/", sent, headers=accept).status_code == 200,
        )

    @rule(who=st.sampled_from(WHO), act=st.sampled_from(["plan", "start", "hours", "builds", *KINDS]))
    def a_program_asks(self, who: str, act: str) -> None:
        """The API."""
        body: dict[str, Any] = {
            "plan": {"system": system().pk},
            "hours": {"day": timezone.localdate().isoformat(), "hours": "9", "note": "worked"},
            "builds": {"version": f"3.{Build.objects.count()}"},
        }.get(
            act, {"build": self._build(), "environment": act, "scenarios": ["Print"]} if act in KINDS else {}
        )
        path = "deployments/" if act in KINDS else f"developments/{self._row()}/{act}/"
        program = APIClient()
        program.force_authenticate(self.cast.again(who))
        self._send("api", lambda: program.post(f"/api/v1/{path}", body, format="json").status_code < 400)

    @rule(who=st.sampled_from(["", "", *WHO]), act=st.sampled_from(sorted(plays.MOVES)))
    def somebody_acts(self, who: str, act: str) -> None:
        """What has no page of this app: accepting, forms, tests, signatures."""
        assert self.case is not None
        case, person = self.case, self.cast.again(who or plays.USUAL.get(act, "agent"))

        def do() -> bool:
            plays.MOVES[act](case, person)
            return True

        self._send("action", do)

    @rule(who=st.sampled_from(WHO), statement=st.sampled_from(RAW))
    def a_statement_is_sent(self, who: str, statement: str) -> None:
        """What somebody with the product's own password could try."""
        assert self.case is not None
        text = statement.format(
            r=self._row(), t=self.case.pk, b=self._build() or "NULL", who=self.cast[who].pk
        )

        def do() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(text)
                return bool(cursor.rowcount)

        self._send("sql", do)

    @rule(who=st.sampled_from(WHO), kind=st.sampled_from(KINDS))
    def a_deployment_is_written(self, who: str, kind: str) -> None:
        """The row itself, without the action around it."""

        def do() -> bool:
            place = Environment.objects.get(system=system(), kind=kind)
            Deployment.objects.create(
                build_id=self._build(),
                environment=place,
                deployed_by=self.cast[who],
                deployed_at=timezone.now(),
            )
            return True

        self._send("row", do)

    @rule(kind=st.sampled_from(KINDS[:2]), seldom=st.integers(0, 2))
    def another_request_takes_the_server(self, kind: str, seldom: int) -> None:
        """All requests on a system share its servers; seldom, as the one that is watched should come far."""
        if seldom:
            return

        def do() -> bool:
            self.other = self.other or reach(self.cast, "built")
            devflow.deploy(build=self.other.build, kind=kind, by=self.cast.agent)  # type: ignore[arg-type]
            return True

        self._send("another", do)

    @rule(who=st.sampled_from(("it_manager", *WHO)), ends=st.booleans(), seldom=st.integers(0, 3))
    def releases_are_frozen(self, who: str, ends: bool, seldom: int) -> None:
        """Or thawed again, by whoever tries; seldom, as little happens inside a freeze."""
        if seldom:
            return
        today, running = timezone.now(), Freeze.objects.filter(ended_at=None).first()
        body = {
            "reason": "Closing.",
            "starts_at": today - timedelta(days=1),
            "ends_at": today + timedelta(days=1),
        }
        path = f"freezes/{running.pk}/end/" if ends and running else "freezes/"
        program = APIClient()
        program.force_authenticate(self.cast.again(who))
        self._send("freeze", lambda: program.post(f"/api/v1/{path}", body, format="json").status_code < 400)

    def _send(self, way: str, act: Callable[[], bool]) -> None:
        """Refused is as good as done; what breaks half-way is as if it had not been."""
        try:
            with transaction.atomic():
                done = act()
        except (NotPossible, PermissionDenied, DatabaseError):
            done = False
        except Exception as problem:  # nothing there to act on
            if type(problem).__name__ not in ("DoesNotExist", "RelatedObjectDoesNotExist", "IndexError"):
                raise
            done = False
        (self.done if done else self.refused)[way] += 1

    def _browser(self, who: str) -> Client:
        browser = Client()
        browser.force_login(self.cast.again(who))
        return browser

    def _row(self) -> int:
        assert self.case is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM devflow_developmentrequest WHERE ticket_id = %s", [self.case.pk])
            return (cursor.fetchone() or (0,))[0]

    def _shown(self) -> str:
        """What whoever agrees to an emergency fix reads just now."""
        fix = EmergencyFix.objects.with_list_columns().filter(build=self._build()).first()
        return fix.content_hash if fix else ""

    def _build(self) -> int:
        newest = Build.objects.filter(request=self._row()).order_by("-pk").values_list("pk", flat=True)
        return newest.first() or 0

    # What never is ---------------------------------------------------------------------------------------------

    @invariant()
    def no_gate_is_passed_unearned(self) -> None:
        """Over all rows, whoever wrote them."""
        with connection.cursor() as cursor:
            for said, query in NEVER.items():
                cursor.execute(query)
                assert cursor.fetchall() == [], said

    @invariant()
    def nothing_moves_beyond_what_was_approved(self) -> None:
        """Work neither begins nor is deployed while its hours exceed the approval (SOP-A5)."""
        if self.case is None:
            return
        before, self.before = self.before, self._reached()
        if self.before != before and (self.before[0] > before[0] or self.before[1] > before[1]):
            with connection.cursor() as cursor:
                cursor.execute(OVER, [self.case.pk])
                assert cursor.fetchone() == (False,), "A5: it moved while held"

    @invariant()
    def nothing_is_released_inside_a_freeze(self) -> None:
        """Whoever writes the row: but for an emergency on which two have agreed (SOP-A2)."""
        if self.case is None:
            return
        (was_frozen, before), self.released = self.released, self._released()
        assert not (was_frozen and self.released[1] > before), "A2: released inside a freeze"

    def _released(self) -> tuple[bool, int]:
        with connection.cursor() as cursor:
            cursor.execute(RELEASED)
            frozen, releases = cursor.fetchone() or (False, 0)
        return frozen, releases

    def _reached(self) -> tuple[bool, int]:
        assert self.case is not None
        with connection.cursor() as cursor:
            cursor.execute(REACHED, [self.case.pk])
            return cursor.fetchone() or (False, 0)


@pytest.mark.usefixtures("db")
def test_nobody_gets_past_a_gate_by_any_way() -> None:
    Flow.done.clear()
    Flow.refused.clear()
    asked = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Flow, settings=asked)  # type: ignore[no-untyped-call]
    print(f"{EXAMPLES} walks of {STEPS} steps: done {dict(Flow.done)}, refused {dict(Flow.refused)}")
    assert Flow.done.total(), "everything was refused"


@pytest.mark.usefixtures("db")
def test_every_way_leads_somewhere() -> None:
    """What the walks send does something where it may: else they would collect nothing but refusals."""
    Flow.done.clear()
    flow = Flow()
    try:
        flow.begins(stage="on_trial", hours=8)
        flow.a_page_is_posted(who="agent", act="hours")
        flow.a_program_asks(who="agent", act="hours")
        flow.a_card_is_dropped(who="agent", column="user_testing")
        for act in sorted(plays.MOVES):
            flow.somebody_acts(who="", act=act)
        for statement in RAW:
            flow.a_statement_is_sent(who="agent", statement=statement)
        flow.releases_are_frozen(who="it_manager", ends=False, seldom=0)
        for kind in KINDS[:2]:
            flow.another_request_takes_the_server(kind=kind, seldom=0)
    finally:
        flow.teardown()
    assert all(Flow.done[way] for way in ("page", "api", "board", "action", "sql", "freeze", "another")), (
        Flow.done
    )


def test_the_invariants_see_what_they_should(cast: Cast) -> None:
    """A deployment that a trigger would have refused is found: were the triggers away, the machine would say so."""
    case = reach(cast, "on_trial", hours=Decimal(8))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE devflow_deployment DISABLE TRIGGER USER")
        place = Environment.objects.get(system=system(), kind="production")
        Deployment.objects.create(build=case.build, environment=place, deployed_by=cast.agent)
        found = set()
        for said, query in NEVER.items():
            cursor.execute(query)
            found |= {said[:2]} if cursor.fetchall() else set()
    assert found == {"A2", "A6"}
