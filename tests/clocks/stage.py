"""Hours, policies and promises for the tests of clocks, made by the actions alone."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clocks import actions as clocks
from clocks.counting import Counted
from clocks.enums import ClockEvent, Promise
from clocks.models import Calendar, Clock
from events.models import Event
from tests.cast import Cast
from tests.stages import Case, plain

WIB = ZoneInfo("Asia/Jakarta")
OFFICE = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}
LEAVE = {"date": "2026-11-24", "name": "Cuti bersama", "kind": "leave"}  # a Tuesday


def wib(day: int, clock: str = "08:00") -> datetime:
    """An instant in November 2026 in Bandung; the 23rd is a Monday."""
    hour, _colon, minute = clock.partition(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=WIB)


def office(cast: Cast, *, name: str = "Office", segments: Any = None, holidays: Any = ()) -> Calendar:
    """Monday to Friday, 8 to 12 and 13 to 17."""
    return clocks.open_calendar(
        name=name,
        segments=segments or OFFICE,
        holidays=list(holidays),
        note="As always.",
        by=cast.administrator,
    )


def promise(cast: Cast, *, hours: float = 2, promise: Promise = Promise.RESPONSE, **facts: Any) -> Any:
    """A policy from now on."""
    return clocks.publish_policy(
        promise=promise, length=timedelta(hours=hours), by=cast.administrator, **facts
    )


def publish(cast: Cast, calendar: Calendar, *, segments: Any = None, holidays: Any = ()) -> Any:
    """The next version."""
    return clocks.publish_calendar(
        calendar=calendar,
        segments=segments or OFFICE,
        holidays=list(holidays),
        note="It changed.",
        by=cast.administrator,
    )


def asked(cast: Cast) -> Case:
    """A request, just now."""
    return plain(cast, "opened")


def clock_of(case: Case, kind: str = "response") -> Clock:
    """Its newest promise of this kind, read afresh."""
    return Clock.objects.of(case.ticket, kind).order_by("-pk")[0]


def levels(case: Case, kind: str = "response") -> list[tuple[int, datetime]]:
    """What was told of it: the level and the instant that the event states."""
    told = Event.objects.about(case.ticket).filter(
        type__in=[ClockEvent.WARNED, ClockEvent.BREACHED], facts__promise=kind
    )
    return [(e.facts["level"], datetime.fromisoformat(e.facts["at_instant"])) for e in told]


def holds(clock: Clock) -> None:
    """What is stored is what follows from the facts (S3)."""
    instants = Counted([clock]).instants(clock)
    assert clock.due_at == instants[100]
    if clock.is_running:
        expected = None if clock.is_paused or clock.next_level is None else instants[clock.next_level]
        assert clock.next_level_at == expected
    assert (clock.breached_at is not None) == (clock.level == 100)
    if clock.state == "met":
        assert clock.breached_at is None
        assert clock.stopped_at <= clock.due_at  # type: ignore[operator]
    if clock.state == "late":
        assert clock.breached_at < clock.stopped_at  # type: ignore[operator]
        assert clock.due_at < clock.stopped_at or clock.excused_by_id  # type: ignore[operator]
