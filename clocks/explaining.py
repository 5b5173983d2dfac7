"""A figure of a clock in words, line by line: what was counted, what was not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from clocks.counting import Counted
from clocks.enums import ClockState
from clocks.models import Clock, Pause
from clocks.working_time import Break, Line, explain
from core.times import exact, words

MOST = 200  # lines on a page; a clock that has been late for a year has more


@dataclass(frozen=True)
class Told:
    """One line: whether it counts, from when to when, the sentence, and how long it is in seconds."""

    counted: bool
    start: datetime
    end: datetime
    text: str
    length: str
    seconds: int


@dataclass(frozen=True)
class Result:
    """How the promise stands by one version of the calendar."""

    by: str
    due_at: datetime
    kept: bool
    counts: bool


@dataclass(frozen=True)
class Explanation:
    """Everything behind the figure: `used` of `length` at the instant `until`; results are two where one is excused."""

    length: str
    used: str
    used_seconds: int
    length_seconds: int
    until: datetime
    lines: list[Told]
    left_out: int
    results: list[Result]


def explanation(clock: Clock, now: datetime, pauses: Sequence[Pause]) -> Explanation:
    """Explain a clock that was read `with_facts`; `pauses` are its own, with who paused it. Costs two statements."""
    terms = Counted([clock]).terms(clock)
    until = max(clock.stopped_at or now, clock.started_at)
    breaks = [Break(p.started_at, p.ended_at, p.reason, str(p.by)) for p in pauses]
    lines = [_whole(line) for line in explain(clock.started_at, until, terms.hours, terms.zone, breaks)]
    used = sum((line.length for line in lines if line.counted), timedelta())
    return Explanation(
        length=exact(terms.length),
        used=exact(used),
        used_seconds=int(used.total_seconds()),
        length_seconds=int(terms.length.total_seconds()),
        until=until,
        lines=[_told(line, now) for line in lines[:MOST]],
        left_out=max(len(lines) - MOST, 0),
        results=_results(clock, now),
    )


def _whole(line: Line) -> Line:
    """In whole seconds, as it is told: what a reader adds up is the sum that stands below."""
    return line._replace(start=line.start.replace(microsecond=0), end=line.end.replace(microsecond=0))


def _told(line: Line, now: datetime) -> Told:
    start, end = (words(at, now, seconds=True) for at in (line.start, line.end))
    facts = {"start": start, "end": end, "name": line.name, "by": line.by}
    return Told(
        line.counted,
        line.start,
        line.end,
        _sentence(line) % facts,
        exact(line.length),
        int(line.length.total_seconds()),
    )


def _sentence(line: Line) -> str:
    match line.why:
        case "working":
            return _("counted from %(start)s to %(end)s")
        case "pause":
            return _("not counted from %(start)s to %(end)s: paused by %(by)s, %(name)s")
        case "holiday":
            return _("not counted from %(start)s to %(end)s: %(name)s")
    return _("not counted from %(start)s to %(end)s: outside working hours")


def _results(clock: Clock, now: datetime) -> list[Result]:
    """By the newest calendar; and by the older one by which a breach was recorded: that is the one that counts."""
    at = clock.stopped_at or now
    name = str(clock.calendar_version) if clock.calendar_version else _("round the clock")
    newest = Result(name, clock.due_at, kept=at <= clock.due_at, counts=True)
    if clock.excused_by is None or clock.breached_at is None:
        return [newest]
    before = Result(_("the calendar as it was then"), clock.breached_at, kept=False, counts=True)
    return [before, Result(str(clock.excused_by), clock.due_at, kept=at <= clock.due_at, counts=False)]


def state_of(clock: Clock, now: datetime) -> str:
    """One word for people: paused, late while it runs, or the state itself."""
    if clock.is_paused:
        return _("Paused")
    if clock.is_running and (clock.breached_at or clock.due_at < now):
        return str(ClockState.LATE.label)
    return str(ClockState(clock.state).label)
