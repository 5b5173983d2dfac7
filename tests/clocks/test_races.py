"""Two at a time: an answer and the sweep at the very deadline, two sweeps, a calendar that moves under both."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clocks import actions as clocks
from clocks.enums import ClockEvent, Promise
from clocks.models import Clock
from core import locks
from events.ledger import verify
from events.models import Event
from tests.cast import Cast
from tests.clocks.stage import LEAVE, asked, clock_of, office, promise, publish
from tests.harness.at_once import at_once
from tests.stages import Case
from tickets import actions as tickets

ROUNDS = int(os.environ.get("CHAOS_RACES", "40"))  # `make chaos` plays more
both = pytest.mark.django_db(transaction=True)


def _let_it_end(case: Case, *, seconds: float) -> None:
    """As if it had been asked two hours ago, less so many seconds."""
    row = Clock.objects.of(case.ticket, "response")
    clock = row.get()
    start = clock.started_at - timedelta(hours=2) + timedelta(seconds=seconds)
    end = start + timedelta(hours=2)
    row.update(started_at=start, due_at=end, next_level_at=start + timedelta(hours=1))


@both
def test_an_answer_and_the_sweep_at_the_deadline_agree(transactional_db: None) -> None:
    """S5: never both in time and broken; the stored instants alone say which."""
    cast = Cast()
    ends = []
    for number in range(ROUNDS):
        case = asked(cast)
        _let_it_end(case, seconds=0.03 * (number % 8) / 4)
        ticket = case.ticket
        at_once(
            lambda ticket=ticket: tickets.answer(ticket=ticket, text="Hello", by=cast.agent),  # type: ignore[misc]
            lambda: [clocks.sweep() for _ in range(3)],
        )
        clock = clock_of(case)
        late = case.ticket.answered_at > clock.due_at
        ends.append(clock.state)
        assert clock.state == ("late" if late else "met")
        assert (clock.breached_at == clock.due_at) is late
        told = Event.objects.about(case.ticket).filter(type=ClockEvent.BREACHED).count()
        assert told == late
    assert set(ends) <= {"met", "late"}
    assert list(verify()) == []


@both
def test_two_sweeps_at_once_tell_everything_once(transactional_db: None) -> None:
    cast = Cast()
    cases = [asked(cast) for _ in range(12)]
    for case in cases:
        _let_it_end(case, seconds=0)
    at_once(*[lambda: [clocks.sweep() for _ in range(4)]] * 4)
    clocks.sweep()
    for case in cases:
        found = Event.objects.about(case.ticket).filter(type__in=[ClockEvent.WARNED, ClockEvent.BREACHED])
        assert [e.facts["level"] for e in found] == [50, 75, 100]
    assert list(verify()) == []


@both
def test_a_case_in_which_somebody_acts_is_left_to_the_next_pass(transactional_db: None) -> None:
    cast = Cast()
    busy, free = asked(cast), asked(cast)
    for case in (busy, free):
        _let_it_end(case, seconds=0)
    held, done = threading.Event(), threading.Event()

    def somebody() -> None:
        with transaction.atomic():
            locks.hold_case(busy.ticket)
            held.set()
            done.wait(10)

    def sweep() -> None:
        held.wait(10)
        try:
            assert clocks.sweep() == 3
        finally:
            done.set()

    at_once(somebody, sweep)
    assert (clock_of(busy).level, clock_of(free).level) == (0, 100)
    assert clocks.sweep() == 3


@both
def test_a_calendar_is_published_while_promises_begin_and_end(transactional_db: None) -> None:
    cast = Cast()
    calendar = office(cast)
    promise(cast, hours=40, calendar=calendar)
    cases = [asked(cast) for _ in range(6)]
    at_once(
        lambda: [publish(cast, calendar, holidays=[LEAVE] * (n % 2)) and clocks.recount() for n in range(4)],
        lambda: [asked(cast) for _ in range(4)],
        lambda: [tickets.answer(ticket=c.ticket, text="Hello", by=cast.agent) for c in cases[:3]],
        lambda: [clocks.sweep() or clocks.recount() for _ in range(6)],
    )
    clocks.recount()
    newest = calendar.versions.order_by("-number")[0]
    assert not Clock.objects.running().exclude(calendar_version=newest).exists()
    assert {clock_of(c).state for c in cases[:3]} == {"met"}


@both
def test_a_promise_is_not_made_twice_at_once(transactional_db: None) -> None:
    cast = Cast()
    case = asked(cast)
    ticket, made, refused = case.ticket, [], []

    def begin() -> None:
        try:
            facts = {
                "promise": Promise.CONFIRMATION,
                "subject": ticket,
                "case": ticket,
                "branch": ticket.branch,
            }
            made.append(clocks.start(by=cast.agent, at=ticket.created_at, **facts))
        except IntegrityError as problem:
            refused.append(str(problem))

    at_once(begin, begin)
    assert (len(made), len(refused)) == (1, 1)
    assert "clock_runs_once" in refused[0]
