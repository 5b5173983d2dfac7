"""Every action takes its locks in one order, the case and then its rows: no two can wait for each other in a circle."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clocks import actions as clocks
from tests.cast import Cast
from tests.stages import HELD_ORDER, ORDER, Case
from tickets import actions as tickets

CASE = re.compile(r"pg_(try_)?advisory_xact_lock")
ROW = re.compile(r"FOR UPDATE(?! .*SKIP LOCKED)|^(UPDATE|DELETE)", re.IGNORECASE)


def order_of_locks(act: Callable[[], object]) -> list[str]:
    """ "case" and "row" in the order in which the act took such locks."""
    with CaptureQueriesContext(connection) as captured:
        act()
    statements = [query["sql"] for query in captured.captured_queries]
    return [
        "case" if CASE.search(sql) else "row" for sql in statements if CASE.search(sql) or ROW.search(sql)
    ]


@pytest.mark.parametrize("step", dict.fromkeys((*HELD_ORDER[1:], *ORDER[3:])))
def test_a_step_of_a_development_holds_its_case_first(cast: Cast, step: str) -> None:
    case = Case(cast, hours=24)
    way = [*HELD_ORDER, *ORDER[3:]]
    for name in way[: way.index(step)]:
        getattr(case, name)()
    assert order_of_locks(getattr(case, step))[0] == "case"


def test_an_answer_and_a_rejected_test_hold_the_case_first(cast: Cast) -> None:
    case = Case(cast, hours=8)
    for name in ORDER[: ORDER.index("uat_submitted") + 1]:
        getattr(case, name)()
    ticket, uat = case.ticket, case.uat
    assert order_of_locks(lambda: tickets.answer(ticket=ticket, text="Hello", by=cast.agent))[0] == "case"
    refused = {"outcome": "refuse", "reason": "The sum is wrong."}
    assert order_of_locks(lambda: case.decide(uat, "requester", **refused))[0] == "case"


def test_a_clock_that_is_due_is_looked_at_under_its_case(cast: Cast) -> None:
    Case(cast).opened()
    late = timezone.now() + timedelta(hours=3)
    assert order_of_locks(lambda: clocks.sweep(now=late))[0] == "case"
