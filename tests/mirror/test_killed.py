"""A worker that is killed (kill -9) at any point leaves rows from which the next pass finds out what happened."""

import os
import signal
import time
import traceback
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from events.models import Event
from integrations.monday import actions
from integrations.monday.models import Batch
from tests.harness.events import deliver as tell
from tests.mirror.conftest import Mirror
from tests.stages import Case
from tickets import actions as tickets
from tickets.enums import Kind

pytestmark = pytest.mark.django_db(transaction=True)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _worker(*, dies_at: int) -> bool:
    """One pass in a process of its own that kills itself before its n-th statement; whether it died of that.

    It may not end in any other way than well.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            connection.connection = None  # the parent's own is not touched
            count = 0

            def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
                nonlocal count
                count += 1
                if count == dies_at:
                    _die()
                return execute(sql, params, many, context)

            with connection.execute_wrapper(counting):
                actions.deliver()
            code = 0
        finally:
            _leave(code)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, "it broke off by itself"
    return os.WIFSIGNALED(status)


def _leave(code: int) -> None:
    """End the child; what went wrong in it is told, for nothing else would."""
    if code:
        traceback.print_exc()
    os._exit(code)


def _work(mirror: Mirror) -> tuple[Case, Case]:
    """A new request, and one that changed on both sides."""
    cases = []
    for _n in range(2):
        case = Case(mirror.cast, kind=Kind.TROUBLESHOOTING)
        case.opened()
        case.accepted()
        tell()
        if not cases:
            mirror.turn()
        cases.append(case)
    changed, new = cases
    tickets.estimate(ticket=changed.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.set(changed, "priority", {"index": 2})
    mirror.fake.world.by(mirror.there["agent"]).rename(mirror.item(changed), "Another name")
    tell()
    mirror.fake.hooks.deliver()
    return changed, new


def test_of_many_workers_one_speaks_at_a_time(mirror: Mirror) -> None:
    """monday.com corrupts a board to which two write at once."""
    cases = [Case(mirror.cast, kind=Kind.TROUBLESHOOTING) for _n in range(6)]
    for case in cases:
        case.opened()
        case.accepted()
    tell()
    mirror.fake.latency = 0.05
    children = [_at_work(seconds=1.5) for _n in range(4)]
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert mirror.fake.calls("create_item")
    assert mirror.fake.most_at_once == 1
    for case in cases:
        assert mirror.link(case).item_id == mirror.item(case).id


def _at_work(*, seconds: float) -> int:
    """A process that passes again and again; its number."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            connection.connection = None
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                actions.deliver()
            code = 0
        finally:
            _leave(code)
    return child


@pytest.mark.parametrize("first", [1, 4, 7])
def test_killed_before_any_statement(mirror: Mirror, first: int) -> None:
    died = 0
    for dies_at in range(first, 200, 23):
        changed, new = _work(mirror)
        died += _worker(dies_at=dies_at)
        for _n in range(3):
            mirror.clock.forward(minutes=2)
            mirror.turn()
        for case in (changed, new):
            assert mirror.link(case).item_id == mirror.item(case).id
        assert mirror.shown(changed, "estimate") == "9"
        assert mirror.shown(changed, "priority") == "Low"
        assert mirror.item(changed).name == changed.ticket.title
        assert len(mirror.said(changed)) == 1
        assert Event.objects.about(changed.ticket).filter(type="ticket.prioritised").count() == 1
    assert Batch.objects.count() == 0
    assert died >= 3
