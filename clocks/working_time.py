"""Working time, as arithmetic: how much of it lies between two instants, and when so much of it will have passed.

Pure: no Django, no clock, no database. Instants are aware datetimes; inside they are whole microseconds since 1970 in
UTC, so nothing is rounded. Time counts while the wall of the branch shows a time inside a segment of a day that is no
holiday; a night in which the wall is set back counts its hour twice, one in which it is set forward lacks an hour.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_ONE = timedelta(microseconds=1)
_SECOND, _MINUTE, _DAY = 1_000_000, 60_000_000, 86_400_000_000
_FOREVER = 2**62
_LONGEST_GAP = 3653 * _DAY  # ten years
_SATURDAY = 5
_THURSDAY = 3  # the weekday of the first day of 1970; Monday is 0

Interval = tuple[int, int]


class NoWorkingTime(ValueError):
    """The calendar has no working time, or none within ten years."""


class Malformed(ValueError):
    """Working hours that are none: a wrong time, a segment that ends before it begins, or two that overlap."""


@dataclass(frozen=True)
class Hours:
    """One version of a calendar: for Monday to Sunday the segments in microseconds since midnight, and days off.

    A day off is known by its number, the days since 1970.
    """

    week: tuple[tuple[Interval, ...], ...]
    holidays: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, segments: Mapping[str, Sequence[Sequence[str]]], holidays: Iterable[Mapping[str, str]] = ()
    ) -> "Hours":
        """As the database keeps them: `{"0": [["08:00", "12:00"]]}` and `[{"date": "2026-08-17", "name": ...}]`.

        Raises Malformed for what is no week, NoWorkingTime for a week without any working time.
        """
        if not isinstance(segments, Mapping) or set(segments) - set("0123456"):
            raise Malformed("days are 0 (Monday) to 6 (Sunday)")
        week = tuple(_segments(segments.get(str(day), ())) for day in range(7))
        if not any(week):
            raise NoWorkingTime("no day has working time")
        return cls(week, {_number(date.fromisoformat(h["date"])): h.get("name", "") for h in holidays})

    def counts(self, day: date) -> bool:
        """Whether any time of this day counts."""
        return bool(self.week[day.weekday()]) and _number(day) not in self.holidays


def _segments(given: Sequence[Sequence[str]]) -> tuple[Interval, ...]:
    """One day, in order. A segment may end where the next begins."""
    found = []
    for pair in given:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise Malformed("a segment is a beginning and an end")
        found.append((minutes(pair[0]) * _MINUTE, minutes(pair[1]) * _MINUTE))
    for begin, end in found:
        if begin >= end:
            raise Malformed("a segment ends after it begins")
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise Malformed("segments of a day follow each other and do not overlap")
    return tuple(found)


def minutes(text: str) -> int:
    """`08:30` as minutes since midnight; `24:00` is the end of the day. Raises Malformed for anything else."""
    hour, colon, minute = str(text).partition(":")
    if not (
        colon and len(hour) == len(minute) == 2 and (hour + minute).isascii() and (hour + minute).isdigit()
    ):
        raise Malformed(f"{text} is no time of a day")
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > 1440:
        raise Malformed(f"{text} is no time of a day")
    return value


@dataclass(frozen=True)
class Break:
    """A pause from `start` until `end` (None: it still lasts); `note` and `by` are for the explanation."""

    start: datetime
    end: datetime | None = None
    note: str = ""
    by: str = ""


class Line(NamedTuple):
    """One line of an explanation: `why` is working, pause, holiday or closed; `name` is the holiday or the reason."""

    why: str
    start: datetime
    end: datetime
    name: str = ""
    by: str = ""

    @property
    def counted(self) -> bool:
        """Is this time part of the figure?"""
        return self.why == "working"

    @property
    def length(self) -> timedelta:
        """Real time between the two instants."""
        return self.end - self.start


def worked(
    start: datetime, end: datetime, hours: Hours | None, zone: tzinfo, breaks: Sequence[Break] = ()
) -> timedelta:
    """How much time counts between two instants; round the clock without `hours`."""
    until, total = _us(end), 0
    for begin, stop in _counted(_us(start), hours, zone, breaks, until):
        if begin >= until:
            break
        total += min(stop, until) - begin
    return timedelta(microseconds=total)


def instants_after(
    start: datetime,
    lengths: Sequence[timedelta],
    hours: Hours | None,
    zone: tzinfo,
    breaks: Sequence[Break] = (),
) -> list[datetime | None]:
    """For each length, in rising order, the earliest instant at which so much time has counted.

    None where a pause that still lasts stands before it. Raises NoWorkingTime for a calendar that stays closed for
    ten years.
    """
    wanted = [length // _ONE for length in lengths]
    found: list[datetime | None] = [start for length in wanted if length <= 0]
    passed, intervals = 0, _counted(_us(start), hours, zone, breaks, _FOREVER)
    for begin, stop in intervals:
        while len(found) < len(wanted) and passed + stop - begin >= wanted[len(found)]:
            found.append(_instant(begin + wanted[len(found)] - passed))
        if len(found) == len(wanted):
            break
        passed += stop - begin
    return found + [None] * (len(wanted) - len(found))


def instant_after(
    start: datetime,
    length: timedelta,
    hours: Hours | None,
    zone: tzinfo,
    breaks: Sequence[Break] = (),
) -> datetime | None:
    """The earliest instant at which `length` has counted: `worked(start, that instant) == length`."""
    return instants_after(start, [length], hours, zone, breaks)[0]


def day_after(start: date, days: int, hours: Hours | None) -> date:
    """The day that is `days` working days after `start`: Monday to Friday without `hours`, else those of the calendar.

    Raises NoWorkingTime for a calendar that stays closed for ten years.
    """
    day, left, closed = start, days, 0
    while left > 0:
        day, closed = day + timedelta(days=1), closed + 1
        if hours.counts(day) if hours else day.weekday() < _SATURDAY:
            left, closed = left - 1, 0
        if closed > _LONGEST_GAP // _DAY:
            raise NoWorkingTime("closed for ten years")
    return day


def explain(
    start: datetime, end: datetime, hours: Hours | None, zone: tzinfo, breaks: Sequence[Break] = ()
) -> list[Line]:
    """The whole time between two instants without a gap: what counts, and what does not, and why.

    The lengths of the lines that count add up to `worked` of the same facts.
    """
    first, until = _us(start), _us(end)
    lines: list[Line] = []
    at = first
    for pause in sorted(breaks, key=lambda b: b.start):
        begin = max(_us(pause.start), at)
        stop = min(_us(pause.end) if pause.end else until, until)
        if stop > begin:
            lines += _plain(at, begin, hours, zone)
            lines.append(Line("pause", _instant(begin), _instant(stop), pause.note, pause.by))
            at = stop
    return _joined([*lines, *_plain(at, until, hours, zone)])


# Intervals in microseconds ---------------------------------------------------------------------------------------


def _us(instant: datetime) -> int:
    return (instant - _EPOCH) // _ONE


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _counted(
    start: int, hours: Hours | None, zone: tzinfo, breaks: Sequence[Break], until: int
) -> Iterator[Interval]:
    """What counts from `start` on: working time without pauses, in order; it may reach beyond `until`."""
    pauses = _pauses(breaks)
    for begin, stop in _working(start, hours, zone, until):
        at = begin
        for pause_begin, pause_stop in pauses:
            if pause_stop <= at or pause_begin >= stop:
                continue
            if pause_begin > at:
                yield at, pause_begin
            at = pause_stop
        if at >= _FOREVER:
            return
        if at < stop:
            yield at, stop


def _pauses(breaks: Sequence[Break]) -> list[Interval]:
    """In order; two that overlap are one after the other all the same, for what is skipped twice is skipped."""
    return sorted((_us(b.start), _us(b.end) if b.end else _FOREVER) for b in breaks)


def _working(start: int, hours: Hours | None, zone: tzinfo, until: int) -> Iterator[Interval]:
    """Working time from `start` on; beyond `until` only as far as the day goes. Raises NoWorkingTime."""
    if hours is None:
        yield start, _FOREVER
        return
    last = start
    for day, begin, stop, offset in _days(start, zone):
        if begin >= until:
            return
        for piece in _pieces(day, begin + offset, stop + offset, hours):
            last = piece[1] - offset
            yield piece[0] - offset, last
        if stop - last > _LONGEST_GAP:
            raise NoWorkingTime("no working time within ten years")


def _pieces(day: int, begin: int, stop: int, hours: Hours) -> Iterator[Interval]:
    """The working time between two instants of one day, all by the wall."""
    if day in hours.holidays:
        return
    midnight = day * _DAY
    for opens, closes in hours.week[(day + _THURSDAY) % 7]:
        piece = max(begin, midnight + opens), min(stop, midnight + closes)
        if piece[0] < piece[1]:
            yield piece


def _number(day: date) -> int:
    return day.toordinal() - _FIRST_DAY


def _days(start: int, zone: tzinfo) -> Iterator[tuple[int, int, int, int]]:
    """Time from `start` on, day by day of the wall: the day's number, two instants, and the offset between them.

    A day in which the wall is set comes in two parts, for the offset is another one.
    """
    offset = _offset(start, zone)
    while True:
        day = (start + offset) // _DAY
        end = (day + 1) * _DAY - offset
        after = _offset(end, zone)
        if after != offset:
            end = _change(start, end, offset, zone)
            after = _offset(end, zone)
        yield day, start, end, offset
        start, offset = end, after


def _offset(us: int, zone: tzinfo) -> int:
    shift = _instant(us).astimezone(zone).utcoffset()
    assert shift is not None
    return shift // _ONE


def _change(start: int, end: int, offset: int, zone: tzinfo) -> int:
    """The instant at which the wall is set: the first whole second with another offset."""
    low, high = start // _SECOND, end // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle * _SECOND, zone) == offset:
            low = middle
        else:
            high = middle
    return high * _SECOND


# Lines of an explanation --------------------------------------------------------------------------------------------


def _plain(start: int, end: int, hours: Hours | None, zone: tzinfo) -> list[Line]:
    """Time without pauses: working time, and between it the days that are off and the hours that are closed."""
    lines: list[Line] = []
    if hours is None:
        return [Line("working", _instant(start), _instant(end))] if start < end else []
    for day, begin, stop, offset in _days(start, zone):
        if begin >= end:
            break
        wall = _on_the_wall(day, begin + offset, min(stop, end) + offset, hours)
        lines += [Line(why, _instant(a - offset), _instant(b - offset), name) for why, a, b, name in wall]
    return lines


def _on_the_wall(day: int, begin: int, stop: int, hours: Hours) -> Iterator[tuple[str, int, int, str]]:
    """A part of one day without a gap: what is open, what is closed, or a day off with its name."""
    if (name := hours.holidays.get(day)) is not None:
        yield "holiday", begin, stop, name
        return
    at = begin
    for piece in _pieces(day, begin, stop, hours):
        if piece[0] > at:
            yield "closed", at, piece[0], ""
        yield "working", *piece, ""
        at = piece[1]
    if at < stop:
        yield "closed", at, stop, ""


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Neighbours that say the same are one line."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last and (last.why, last.name, last.by, last.end) == (line.why, line.name, line.by, line.start):
            found[-1] = last._replace(end=line.end)
        else:
            found.append(line)
    return found
