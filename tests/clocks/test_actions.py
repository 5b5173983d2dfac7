"""Pauses, calendars and policies: who may, when, and what it does to promises that run and to those that ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts import actions as accounts
from accounts.models import office_date
from clocks import actions as clocks
from clocks.enums import ClockEvent, Promise
from clocks.models import CalendarVersion, Clock, ClockPolicy, Pause
from events.models import Event
from tests.cast import Cast
from tests.clocks.stage import LEAVE, OFFICE, asked, clock_of, holds, levels, office, promise, publish, wib
from tests.harness.clock import Clock as Time
from tests.harness.database import unchanged
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import Case, plain
from tickets import actions as tickets


@pytest.fixture
def case(cast: Cast, clock: Time) -> Case:
    """Monday 16:00, two office hours, may be paused: due on Tuesday at 9:00."""
    clock.to(wib(23, "07:00"))
    promise(cast, calendar=office(cast), may_pause=True)
    clock.to(wib(23, "16:00"))
    return asked(cast)


def _pause(case: Case, by: Any = None, reason: str = "Waits for a part.") -> Clock:
    return clocks.pause(clock=clock_of(case), reason=reason, by=by or case.cast.it_manager)


# Pauses ------------------------------------------------------------------------------------------------------------


def test_a_pause_stops_the_time_and_says_who_when_and_why(case: Case, clock: Time) -> None:
    clock.to(wib(23, "16:30"))
    with recorded(ClockEvent.PAUSED) as events:
        _pause(case)
    pause = Pause.objects.get()
    assert (pause.by, pause.reason, pause.started_at) == (
        case.cast.it_manager,
        "Waits for a part.",
        clock.now,
    )
    assert (events[0].facts["reason"], events[0].audience) == ("Waits for a part.", "staff")
    clock.to(wib(25))
    assert clocks.sweep() == 0
    with recorded(ClockEvent.RESUMED):
        clocks.resume(clock=clock_of(case), by=case.cast.it_manager)
    assert clock_of(case).due_at == wib(25, "09:30")


def test_what_had_come_before_the_pause_is_told(case: Case, clock: Time) -> None:
    clock.to(wib(23, "17:00"))
    with recorded(ClockEvent.WARNED, ClockEvent.PAUSED):
        _pause(case)
    assert levels(case) == [(50, wib(23, "17:00"))]


def test_an_answer_during_a_pause_is_in_time_and_ends_the_pause(case: Case, clock: Time) -> None:
    clock.to(wib(23, "16:30"))
    _pause(case)
    clock.to(wib(27))
    tickets.answer(ticket=case.ticket, text="The part is here.", by=case.cast.agent)
    pause = Pause.objects.get()
    assert (clock_of(case).state, pause.ended_by, pause.ended_at) == ("met", case.cast.agent, clock.now)


def test_a_withdrawal_during_a_pause_ends_both(case: Case, clock: Time) -> None:
    _pause(case)
    tickets.cancel(ticket=case.ticket, by=case.cast.requester)
    assert clock_of(case).state == "cancelled"
    assert Pause.objects.get().ended_at is not None


def test_a_substitute_pauses_in_the_managers_place(cast: Cast) -> None:
    promise(cast, may_pause=True)
    case = asked(cast)
    accounts.name_substitute(
        absent=cast.it_manager, substitute=cast.agent, first=office_date(), last=office_date(), reason="Ill",
        by=cast.it_manager,
    )  # fmt: skip
    _pause(case, by=cast.again("agent"))
    event = Event.objects.about(case.ticket).get(type=ClockEvent.PAUSED)
    assert event.on_behalf_of == cast.it_manager


@pytest.mark.parametrize("who", ["agent", "requester", "auditor", "administrator", "foreign_it_manager"])
def test_nobody_else_pauses_or_resumes(case: Case, who: str) -> None:
    person, running = case.cast[who], clock_of(case)
    with not_yours():
        clocks.pause(clock=running, reason="Because.", by=person)
    _pause(case)
    with not_yours():
        clocks.resume(clock=running, by=person)


def test_a_pause_needs_a_reason_a_policy_and_time_that_is_left(cast: Cast, case: Case, clock: Time) -> None:
    with not_possible("say why"):
        _pause(case, reason="  ")
    _pause(case)
    with not_possible("paused already"):
        _pause(case)
    clocks.resume(clock=clock_of(case), by=cast.it_manager)
    with not_possible("not paused"):
        clocks.resume(clock=clock_of(case), by=cast.it_manager)
    clock.to(wib(24, "09:01"))
    with not_possible("has run out", rule="SOP-B4.3.1"):
        _pause(case)
    tickets.answer(ticket=case.ticket, text="Hello", by=cast.agent)
    with not_possible("late"):
        _pause(case)


def test_where_the_policy_says_nothing_of_pauses_there_are_none(cast: Cast) -> None:
    case = asked(cast)
    _ = cast.it_manager
    with not_possible("allows no pause", rule="SOP-B4.3.1"):
        _pause(case)


def test_postgres_keeps_the_rules_of_pauses(cast: Cast, case: Case, clock: Time) -> None:
    _pause(case)
    clocks.resume(clock=clock_of(case), by=cast.it_manager)
    pk, other = clock_of(case).pk, asked(cast)
    insert = "INSERT INTO clocks_pause (clock_id, by_id, reason, started_at) VALUES (%s, %s, 'x', now())"
    for sql, facts in (
        (insert, [pk, cast.agent.pk]),
        ("UPDATE clocks_pause SET ended_at = ended_at + interval '1 hour'", []),
        ("UPDATE clocks_pause SET reason = 'Another one'", []),
    ):
        with refused_by_postgres("SOP-B4.3.1"), connection.cursor() as cursor:
            cursor.execute(sql, facts)
    with refused_by_postgres("Cannot delete"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM clocks_pause")
    tickets.answer(ticket=other.ticket, text="Hello", by=cast.agent)
    with refused_by_postgres("SOP-B4.3.1"), connection.cursor() as cursor:
        cursor.execute(insert, [clock_of(other).pk, cast.it_manager.pk])


# Calendars ---------------------------------------------------------------------------------------------------------


def test_only_administrators_publish(cast: Cast) -> None:
    calendar = office(cast)
    for who in ("it_manager", "agent", "auditor", "requester"):
        with not_yours():
            clocks.publish_calendar(calendar=calendar, segments=OFFICE, holidays=[], note="x", by=cast[who])
        with not_yours():
            clocks.publish_policy(promise=Promise.RESPONSE, length=timedelta(hours=1), by=cast[who])
        with not_yours():
            clocks.open_calendar(name="Mine", segments=OFFICE, holidays=[], note="x", by=cast[who])


@pytest.mark.parametrize(
    ("segments", "holidays", "saying"),
    [
        ({}, [], "without any working time"),
        ({"0": []}, [], "without any working time"),
        ({"0": [["17:00", "08:00"]]}, [], "no working hours"),
        ({"0": [["08:00", "12:00"], ["11:00", "13:00"]]}, [], "no working hours"),
        (OFFICE, [{"date": "2026-02-30", "name": "Never", "kind": "holiday"}], "no working hours"),
        (OFFICE, [{"date": "2026-02-03", "name": "", "kind": "holiday"}], "no working hours"),
        (OFFICE, [{"date": "2026-02-03", "name": "Day", "kind": "party"}], "no working hours"),
    ],
)
def test_a_calendar_by_which_nothing_would_ever_be_due_is_refused(
    cast: Cast, segments: Any, holidays: Any, saying: str
) -> None:
    calendar = office(cast)
    with not_possible(saying, rule="SOP-B4.3.1"):
        clocks.publish_calendar(
            calendar=calendar, segments=segments, holidays=holidays, note="x", by=cast.administrator
        )


@pytest.mark.parametrize(
    "segments",
    ['{}', '{"0": []}', '{"0": [["17:00", "08:00"]]}', '{"0": [["08:00", "12:00"], ["11:00", "13:00"]]}',
     '{"8": [["08:00", "12:00"]]}', '{"0": [["8:00", "12:00"]]}', '{"0": [["08:00", "25:00"]]}', '{"0": [["08:00"]]}'],
)  # fmt: skip
def test_postgres_refuses_the_same_calendars(cast: Cast, segments: str) -> None:
    calendar = office(cast)
    with refused_by_postgres("SOP-B4.3.1"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clocks_calendarversion (calendar_id, number, segments, holidays, note, published_at,"
            " published_by_id) VALUES (%s, 2, %s, '[]', 'x', now(), %s)",
            [calendar.pk, segments, cast.administrator.pk],
        )


@pytest.mark.parametrize(
    "table", ["clocks_calendarversion", "clocks_clockpolicy", "clocks_calendar", "clocks_clock"]
)
def test_history_is_not_rewritten(case: Case, table: str) -> None:
    tickets.answer(ticket=case.ticket, text="Hello", by=case.cast.agent)
    with (
        refused_by_postgres(
            "Cannot delete" if table in ("clocks_calendar", "clocks_clock") else "Cannot update or"
        ),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")
    if table == "clocks_calendar":
        return
    with refused_by_postgres("Cannot update"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")


def test_a_new_calendar_moves_no_result_of_the_past(case: Case, clock: Time) -> None:
    tickets.answer(ticket=case.ticket, text="Hello", by=case.cast.agent)
    before = clock_of(case)
    publish(case.cast, before.policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    assert clocks.recount() == 0
    after = clock_of(case)
    assert (after.due_at, after.state, after.calendar_version_id) == (
        before.due_at, before.state, before.calendar_version_id,
    )  # fmt: skip


def test_a_recorded_breach_stays_and_is_noted_as_excused(case: Case, clock: Time) -> None:
    clock.to(wib(24, "10:00"))
    clocks.sweep()
    calendar = clock_of(case).policy.calendar  # type: ignore[union-attr]
    with recorded(ClockEvent.CALENDAR_PUBLISHED, ClockEvent.EXCUSED):
        publish(case.cast, calendar, holidays=[LEAVE])  # type: ignore[arg-type]
        clocks.recount()
        clocks.recount()
    found = clock_of(case)
    assert (found.breached_at, found.due_at, found.excused_by.number) == (
        wib(24, "09:00"),
        wib(25, "09:00"),
        2,
    )  # type: ignore[union-attr]
    clock.to(wib(25, "08:30"))
    tickets.answer(ticket=case.ticket, text="Hello", by=case.cast.agent)
    assert (clock_of(case).state, clock_of(case).excused_by_id) == ("late", found.excused_by_id)


def test_whoever_is_late_by_the_new_calendar_too_is_not_excused(case: Case, clock: Time) -> None:
    clock.to(wib(24, "10:00"))
    clocks.sweep()
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clocks.recount()
    clock.to(wib(25, "09:30"))
    tickets.answer(ticket=case.ticket, text="Hello", by=case.cast.agent)
    assert (clock_of(case).state, clock_of(case).excused_by) == ("late", None)


def test_a_sweep_between_publishing_and_counting_anew_tells_nothing_wrong(case: Case, clock: Time) -> None:
    clock.to(wib(23, "16:59"))
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clock.to(wib(24, "10:00"))
    clocks.sweep()
    assert levels(case) == [(50, wib(23, "17:00"))]
    holds(clock_of(case))


def test_an_answer_between_publishing_and_counting_anew_is_judged_by_the_new_calendar(
    case: Case, clock: Time
) -> None:
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clock.to(wib(25, "08:30"))
    tickets.answer(ticket=case.ticket, text="Hello", by=case.cast.agent)
    assert clock_of(case).state == "met"


def test_an_earlier_deadline_repeats_no_level(case: Case, clock: Time) -> None:
    clock.to(wib(23, "17:00"))
    clocks.sweep()
    longer = OFFICE | {"0": [["08:00", "22:00"]]}
    publish(case.cast, clock_of(case).policy.calendar, segments=longer)  # type: ignore[union-attr, arg-type]
    clocks.recount()
    clock.to(wib(23, "18:00"))
    clocks.sweep()
    assert levels(case) == [(50, wib(23, "17:00")), (75, wib(23, "17:30")), (100, wib(23, "18:00"))]


# Policies ----------------------------------------------------------------------------------------------------------


def test_as_delivered_everything_is_as_before(cast: Cast) -> None:
    lengths = {p.promise: p.length / 3600 for p in ClockPolicy.objects.all()}
    assert lengths == {"response": 2, "board": 48, "confirmation": 168}
    assert not ClockPolicy.objects.exclude(calendar=None, may_pause=False, branch=None).exists()


def test_a_new_policy_counts_for_new_promises_only(cast: Cast) -> None:
    old = asked(cast)
    promise(cast, hours=4)
    new = asked(cast)
    lengths = [clock_of(c).due_at - clock_of(c).started_at for c in (old, new)]
    assert lengths == [timedelta(hours=2), timedelta(hours=4)]


def test_a_branchs_own_policy_comes_first_and_touches_no_other(cast: Cast) -> None:
    promise(cast, hours=1, branch=cast.bandung)
    promise(cast, hours=4)
    case, foreign = asked(cast), Case(cast)
    foreign.requester = "outsider"
    foreign.opened()
    lengths = [clock_of(c).due_at - clock_of(c).started_at for c in (case, foreign)]
    assert lengths == [timedelta(hours=1), timedelta(hours=4)]


def test_a_policy_may_begin_later_and_never_earlier(cast: Cast, clock: Time) -> None:
    promise(cast, hours=4, valid_from=clock.now + timedelta(days=1))
    assert clock_of(asked(cast)).policy.length == 7200  # type: ignore[union-attr]
    clock.forward(days=1)
    assert clock_of(asked(cast)).policy.length == 4 * 3600  # type: ignore[union-attr]
    with not_possible("in the past"):
        promise(cast, hours=1, valid_from=clock.now - timedelta(hours=1))


@pytest.mark.parametrize("hours", [0, 0.01, 9000])
def test_a_promise_lasts_a_minute_at_least_and_a_year_at_most(cast: Cast, hours: float) -> None:
    _ = cast.administrator
    with not_possible("at most a year", rule="SOP-B4.3.1"):
        promise(cast, hours=hours)


def test_a_call_that_is_written_down_later_is_judged_by_the_policy_of_its_moment(
    cast: Cast, clock: Time
) -> None:
    before = clock.now
    clock.forward(minutes=30)
    promise(cast, hours=4)
    made = clocks.start(
        promise=Promise.CONFIRMATION,
        subject=cast.bandung,
        case=cast.bandung,
        by=cast.agent,
        at=before,
        branch=None,
    )
    assert made.policy.length == 7 * 24 * 3600  # type: ignore[union-attr]
    with unchanged(), pytest.raises(ClockPolicy.DoesNotExist):
        ClockPolicy.objects.in_force("nonsense", branch_id=None, at=clock.now)


# Escalation and sight ----------------------------------------------------------------------------------------------


def test_a_breach_names_those_to_whom_it_escalates(cast: Cast, clock: Time) -> None:
    plain(cast, "opened")
    accounts.name_substitute(
        absent=cast.it_manager, substitute=cast.agent, first=office_date(),
        last=office_date() + timedelta(days=1), reason="Ill", by=cast.it_manager,
    )  # fmt: skip
    clock.forward(hours=2)
    with recorded(ClockEvent.WARNED, ClockEvent.WARNED, ClockEvent.BREACHED) as events:
        clocks.sweep()
    assert events[-1].facts["escalated_to"] == f"{cast.agent}, {cast.it_manager}"
    assert str(cast.it_manager) in events[-1].sentence


def test_a_late_answer_that_no_sweep_saw_is_a_breach_all_the_same(cast: Cast, clock: Time) -> None:
    case = plain(cast, "opened")
    due = clock_of(case).due_at
    clock.forward(hours=3)
    tickets.answer(ticket=case.ticket, text="Sorry.", by=cast.agent)
    assert [level for level, _at in levels(case)] == [50, 75, 100]
    assert (clock_of(case).state, clock_of(case).breached_at) == ("late", due)


def test_after_a_recorded_breach_an_earlier_instant_does_not_make_it_in_time(cast: Cast, clock: Time) -> None:
    case = plain(cast, "opened")
    clock.forward(hours=2)
    clocks.sweep()
    earlier = clock.now - timedelta(seconds=5)
    clocks.stop(promise=Promise.RESPONSE, subject=case.ticket, by=cast.agent, at=earlier)
    assert clock_of(case).state == "late"


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("it_manager", True), ("agent", True), ("auditor", True), ("requester", True), ("branch_head", True),
        ("colleague", False), ("outsider", False), ("foreign_agent", False), ("administrator", False),
    ],
)  # fmt: skip
def test_a_clock_is_seen_with_its_case(cast: Cast, who: str, sees: bool) -> None:
    case = plain(cast, "opened")
    assert Clock.objects.visible_to(cast[who]).filter(case_id=case.pk).exists() is sees


def test_a_version_is_found_as_it_was_published(cast: Cast) -> None:
    calendar = office(cast)
    publish(cast, calendar, holidays=[LEAVE])
    assert [v.number for v in CalendarVersion.objects.filter(calendar=calendar).order_by("number")] == [1, 2]
    with not_possible("name that no other"):
        office(cast, name="  OFFICE ")
    with not_possible("what changed"):
        clocks.publish_calendar(
            calendar=calendar, segments=OFFICE, holidays=[], note=" ", by=cast.administrator
        )
