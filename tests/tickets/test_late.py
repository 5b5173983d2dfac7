"""What is late is found by an index over what could be: a page costs what it shows, however many are late."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from clocks import actions as clocks
from clocks.models import Clock as Promised
from core.pages import NEWEST
from tests.cast import Cast
from tests.clocks.stage import promise
from tests.harness.clock import Clock
from tests.stages import plain
from tests.tickets.desk import asked
from tickets import actions as tickets
from tickets.models import Ticket

MANY = 12_000
# Copies of one request and of its promise, without asking the gates thousands of times.
_COPIES = """
    INSERT INTO tickets_ticket ({columns})
    SELECT {values} FROM tickets_ticket t, generate_series(1, %s) n WHERE t.id = %s
"""
_PROMISES = """
    INSERT INTO clocks_clock (promise, subject_type, subject_id, case_type, case_id, branch_id, policy_id, zone,
                              started_at, due_at, level, state)
    SELECT c.promise, c.subject_type, t.id, c.case_type, t.id, c.branch_id, c.policy_id, c.zone, c.started_at, c.due_at,
           c.level, c.state
      FROM tickets_ticket t, clocks_clock c WHERE c.subject_id = %s AND c.promise = 'response' AND t.id <> c.subject_id
"""


def _late() -> list[int]:
    return sorted(Ticket.objects.late(timezone.now()).values_list("pk", flat=True))


def test_an_answer_is_late_from_its_deadline_until_it_is_given(cast: Cast, clock: Clock) -> None:
    ticket = asked(cast)
    clock.forward(hours=1, minutes=59)
    assert _late() == []
    clock.forward(minutes=2)
    assert _late() == [ticket.pk]
    tickets.answer(ticket=ticket, text="We come.", by=cast.agent)
    assert _late() == []


def test_a_plan_is_late_from_the_day_after_its_finish(cast: Cast, clock: Clock) -> None:
    ticket = plain(cast, "started").ticket
    tickets.answer(ticket=ticket, text="We come.", by=cast.agent)
    tickets.plan(ticket=ticket, start_date=None, finish_date=timezone.localdate(), by=cast.agent)
    assert _late() == []
    clock.forward(days=1)
    assert _late() == [ticket.pk]


def test_a_paused_promise_is_not_late_and_neither_is_what_has_ended(cast: Cast, clock: Clock) -> None:
    _ = cast.it_manager
    promise(cast, may_pause=True)
    paused, ended = asked(cast), asked(cast)
    clocks.pause(clock=Promised.objects.of(paused, "response").get(), reason="Part.", by=cast.it_manager)
    tickets.cancel(ticket=ended, by=cast.requester)
    clock.forward(hours=5)
    assert _late() == []


def _plan(rows: Any) -> dict[str, Any]:
    sql, facts = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", facts)
        found = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in _nodes(part))]


def _gates(cursor: Any, how: str) -> None:
    for table in ("tickets_ticket", "clocks_clock"):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


@pytest.fixture
def many(cast: Cast, clock: Clock) -> Ticket:
    """Twelve thousand open requests whose answer is late, and twelve thousand that were answered after them."""
    _ = cast.it_manager
    ticket = asked(cast)
    columns = [f.column for f in Ticket._meta.concrete_fields if f.column != "id"]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        _gates(cursor, "DISABLE")
        facts = {"columns": ", ".join(columns), "values": ", ".join(f"t.{name}" for name in columns)}
        cursor.execute(_COPIES.format(**facts), [MANY, ticket.pk])
        cursor.execute(_PROMISES, [ticket.pk])
        answered = ", ".join("now()" if name == "answered_at" else f"t.{name}" for name in columns)
        cursor.execute(_COPIES.format(**(facts | {"values": answered})), [MANY, ticket.pk])
        _gates(cursor, "ENABLE")
        cursor.execute("ANALYZE tickets_ticket")
        cursor.execute("ANALYZE clocks_clock")
    clock.forward(hours=3)
    return ticket


@pytest.mark.parametrize("backwards", [False, True], ids=["newest", "oldest"])
def test_a_page_of_late_ones_reads_what_it_shows(many: Ticket, *, backwards: bool) -> None:
    late = Ticket.objects.late(timezone.now())
    assert late.count() == MANY + 1
    plan = _plan(NEWEST.sorted(late.with_list_columns(), backwards=backwards)[:26])
    nodes = _nodes(plan)
    assert "ticket_could_be_late" in {node.get("Index Name") for node in nodes}, json.dumps(plan)[:3000]
    # The few people and branches may be read whole for each row; the requests and their clocks never.
    large = [node for node in nodes if node.get("Relation Name") in {"tickets_ticket", "clocks_clock"}]
    read = max(node["Actual Rows"] * node["Actual Loops"] for node in large)
    assert read <= 26, json.dumps(plan)[:3000]
    dropped = sum(node.get("Rows Removed by Filter", 0) for node in large)
    assert dropped <= 26, json.dumps(plan)[:3000]


def test_a_test_from_before_the_clock_gets_one_from_now_on(cast: Cast, clock: Clock) -> None:
    old, ticking = plain(cast, "handed_over").ticket, plain(cast, "handed_over").ticket
    waiting = Promised.objects.of(old, "confirmation").get()
    clocks.cancel(promise=waiting.promise, subject=old, at=clock.now)  # type: ignore[arg-type]
    clock.forward(days=3)
    assert (tickets.watch_tests(), tickets.watch_tests()) == (1, 0)
    started = Promised.objects.of(old, "confirmation").running().get()
    assert (started.started_at, started.due_at) == (clock.now, clock.now + timedelta(days=7))
    assert Promised.objects.of(ticking, "confirmation").count() == 1
    clock.forward(days=7, minutes=1)
    clocks.sweep()
    assert Promised.objects.get(pk=started.pk).level == 100


@pytest.mark.parametrize("stage", ["opened", "started", "confirmed"])
def test_what_nobody_tests_gets_none(cast: Cast, stage: str) -> None:
    plain(cast, stage)
    assert tickets.watch_tests() == 0
