"""Fifteen faults that other products had with their clocks, each as a sentence that must hold here."""

from datetime import UTC, datetime, timedelta

import pytest

from clocks import actions as clocks
from clocks.enums import Promise
from tests.cast import Cast
from tests.clocks.stage import (
    ALWAYS,
    LEAVE,
    OFFICE,
    WIB,
    asked,
    clock_of,
    levels,
    office,
    promise,
    publish,
    wib,
)
from tests.harness.clock import Clock
from tests.harness.events import deliver, names_told, told
from tests.stages import Case
from tickets import actions as tickets


@pytest.fixture
def case(cast: Cast, clock: Clock) -> Case:
    """Asked on a Monday at 16:00, with two office hours until the answer; the IT Manager may pause."""
    clock.to(wib(23, "07:00"))
    promise(cast, calendar=office(cast), may_pause=True)
    clock.to(wib(23, "16:00"))
    return asked(cast)


def _confirmation(case: Case) -> None:
    clocks.start(
        promise=Promise.CONFIRMATION, subject=case.ticket, case=case.ticket, by=case.cast.agent,
        at=wib(23, "16:00"), branch=case.ticket.branch,
    )  # fmt: skip


def test_a_changed_calendar_moves_the_deadlines_of_promises_that_run(case: Case) -> None:
    """Zammad #534."""
    assert clock_of(case).due_at == wib(24, "09:00")
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clocks.recount()
    assert clock_of(case).due_at == wib(25, "09:00")


def test_a_promise_that_no_longer_matters_tells_nobody_and_writes_no_letters(
    case: Case, clock: Clock
) -> None:
    """Zammad #4353: switched off, and still escalated, and still mailing."""
    clock.to(wib(24, "08:30"))
    clocks.sweep()
    told()
    clocks.cancel(promise=Promise.RESPONSE, subject=case.ticket, at=clock.now)
    clock.to(wib(27))
    assert clocks.sweep() == 0
    assert deliver() == []


def test_the_first_answer_takes_the_deadline_away(case: Case, clock: Clock) -> None:
    """Zammad #2082."""
    tickets.answer(ticket=case.ticket, text="We look at it.", by=case.cast.agent)
    clock.to(wib(27))
    assert clocks.sweep() == 0
    assert (clock_of(case).state, clock_of(case).next_level_at, levels(case)) == ("met", None, [])


@pytest.mark.parametrize("how", ["merged", "withdrawn"])
def test_a_request_that_was_merged_or_withdrawn_does_not_escalate(case: Case, clock: Clock, how: str) -> None:
    """Zammad #904: the duplicate ends with its promise, the one that goes on keeps its own."""
    newer = asked(case.cast)
    if how == "merged":
        tickets.merge(ticket=newer.ticket, into=case.ticket, by=case.cast.it_manager)
    else:
        tickets.cancel(ticket=newer.ticket, by=case.cast.requester)
    clock.to(wib(27))
    assert clocks.sweep() == 3
    assert levels(newer) == []
    assert [level for level, _at in levels(case)] == [50, 75, 100]


def test_round_the_clock_by_a_calendar_is_not_closed_for_a_minute_at_midnight(
    cast: Cast, clock: Clock
) -> None:
    """Zammad #3180."""
    clock.to(wib(23, "07:00"))
    promise(cast, hours=72, calendar=office(cast, segments=ALWAYS))
    assert clock_of(asked(cast)).due_at == wib(26, "07:00")


def test_another_promise_of_the_same_request_does_not_touch_the_first_answer(
    case: Case, clock: Clock
) -> None:
    """Zammad #5177."""
    before = clock_of(case).due_at
    _confirmation(case)
    clocks.stop(
        promise=Promise.CONFIRMATION, subject=case.ticket, by=case.cast.requester, at=wib(23, "16:30")
    )
    assert (clock_of(case).due_at, clock_of(case).state) == (before, "running")


def test_a_new_promise_on_the_same_day_escalates_again(case: Case, clock: Clock) -> None:
    """Zammad #4348: what was told once a day swallowed the next."""
    promise(case.cast, hours=1, promise=Promise.CONFIRMATION)
    for _round in range(2):
        _confirmation(case)
        clock.to(wib(23, "17:00"))
        assert clocks.sweep() >= 3
        clocks.stop(promise=Promise.CONFIRMATION, subject=case.ticket, by=case.cast.requester, at=clock.now)
    assert [level for level, _at in levels(case, "confirmation")] == [50, 75, 100] * 2


def test_standing_still_and_running_again_repeats_nothing(case: Case, clock: Clock) -> None:
    """GLPI #1996, #2408: more than one letter a minute; the chain began anew after every wait."""
    clock.to(wib(23, "17:00"))
    assert clocks.sweep() == 1
    for _round in range(3):
        clocks.pause(clock=clock_of(case), reason="Waits for a part.", by=case.cast.it_manager)
        clock.forward(minutes=10)
        assert clocks.sweep() == 0
        clocks.resume(clock=clock_of(case), by=case.cast.it_manager)
        assert clocks.sweep() == 0
    assert [level for level, _at in levels(case)] == [50]


def test_every_level_fires_not_only_the_first(case: Case, clock: Clock) -> None:
    """GLPI #5319."""
    for moment in (wib(23, "17:00"), wib(24, "08:30"), wib(24, "09:00"), wib(24, "09:30")):
        clock.to(moment)
        clocks.sweep()
    assert levels(case) == [(50, wib(23, "17:00")), (75, wib(24, "08:30")), (100, wib(24, "09:00"))]


def test_a_warning_lies_where_its_share_of_the_working_time_has_passed(case: Case) -> None:
    """GLPI PR #22678: an hour before the end became midnight of the next day."""
    assert clock_of(case).next_level_at == wib(23, "17:00")


def test_what_is_asked_at_night_is_not_late_when_it_begins(cast: Cast, clock: Clock) -> None:
    """GLPI #15429."""
    clock.to(wib(21, "07:00"))
    promise(cast, calendar=office(cast))
    clock.to(wib(21, "23:00"))  # a Saturday
    case = asked(cast)
    assert clocks.sweep() == 0
    clock.to(wib(23, "08:59"))
    assert clocks.sweep() == 0
    assert clock_of(case).due_at == wib(23, "10:00")


def test_a_pause_over_night_costs_only_the_working_time_in_it(case: Case, clock: Clock) -> None:
    """GLPI #10594, #9082: pauses in real seconds, deadlines in working seconds."""
    clock.to(wib(23, "16:30"))
    clocks.pause(clock=clock_of(case), reason="Waits for the requester.", by=case.cast.it_manager)
    clock.to(wib(24, "08:30"))
    clocks.resume(clock=clock_of(case), by=case.cast.it_manager)
    assert clock_of(case).due_at == wib(24, "10:00")


def test_a_pause_survives_a_new_calendar(case: Case, clock: Clock) -> None:
    """GLPI #6902."""
    clock.to(wib(23, "16:30"))
    clocks.pause(clock=clock_of(case), reason="Waits for the requester.", by=case.cast.it_manager)
    clock.to(wib(23, "16:45"))
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clocks.recount()
    assert clock_of(case).is_paused
    clocks.resume(clock=clock_of(case), by=case.cast.it_manager)
    assert clock_of(case).due_at == wib(25, "09:15")


def test_the_levels_of_one_promise_follow_its_own_length(case: Case, clock: Clock) -> None:
    """GLPI #2828, #2908, #4170: levels of one time ran against another."""
    _confirmation(case)
    clock.to(wib(24, "09:00"))
    clocks.sweep()
    assert [level for level, _at in levels(case)] == [50, 75, 100]
    assert levels(case, "confirmation") == []
    assert clock_of(case, "confirmation").next_level_at == wib(23, "16:00") + timedelta(days=3, hours=12)


def test_nobody_is_reminded_at_midnight_or_on_a_weekend(cast: Cast, clock: Clock) -> None:
    """Zammad #4432."""
    clock.to(wib(23, "07:00"))
    promise(cast, hours=10, calendar=office(cast))
    for hour in range(0, 24 * 7, 5):
        clock.to(wib(23, "00:00") + timedelta(days=1, hours=hour))
        case = asked(cast)
        clock.forward(days=9)
        clocks.sweep()
        assert len(levels(case)) == 3
        for _level, at in levels(case):
            local = at.astimezone(WIB)
            assert local.weekday() < 5
            assert 8 <= local.hour <= 17


def test_the_branch_s_own_wall_counts_and_no_other(cast: Cast, clock: Clock) -> None:
    """Not in their lists, but under many of them: an office in Denpasar opens an hour before one in Bandung."""
    clock.to(wib(20, "07:00"))
    promise(cast, calendar=office(cast, segments=OFFICE))
    clock.to(datetime(2026, 11, 22, 12, tzinfo=UTC))  # a Sunday
    case = Case(cast)
    case.requester = "outsider"
    case.opened()
    assert clock_of(case).due_at == wib(23, "09:00")
    told()
    clock.to(wib(23, "08:00"))
    clocks.sweep()
    deliver()
    assert "foreign_it_manager" not in names_told()  # nobody made them yet: the group's own manager is told
    assert "it_manager" in names_told()
