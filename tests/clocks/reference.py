"""Working time, slow and obvious: look at the wall once every minute. What the engine must agree with."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from clocks.working_time import Break, Hours

MINUTE = timedelta(minutes=1)
ZONES = (
    "Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/New_York",
)  # fmt: skip
# Nights in which the wall is set, leap days, and the turn of a year: where mistakes live.
DELICATE = (
    date(2024, 2, 28), date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 24), date(2026, 10, 31), date(2027, 12, 30),
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """One clock, in whole minutes of UTC."""

    start: datetime
    zone: str
    segments: dict[str, list[list[str]]] | None
    holidays: tuple[date, ...] = ()
    pauses: tuple[tuple[datetime, datetime], ...] = field(default=())

    @property
    def engine(self) -> dict[str, Any]:
        """The same for `clocks.working_time`."""
        days = [{"date": day.isoformat(), "name": "off"} for day in self.holidays]
        return {
            "hours": None if self.segments is None else Hours.of(self.segments, days),
            "zone": ZoneInfo(self.zone),
            "breaks": [Break(a, b) for a, b in self.pauses],
        }

    def counts(self, minute: datetime) -> bool:
        """Does the minute that begins now count?"""
        if any(a <= minute < b for a, b in self.pauses):
            return False
        if self.segments is None:
            return True
        wall = minute.astimezone(ZoneInfo(self.zone))
        if wall.date() in self.holidays:
            return False
        shown = f"{wall:%H:%M}"
        return any(opens <= shown < closes for opens, closes in self.segments.get(str(wall.weekday()), []))


def worked(facts: Facts, end: datetime) -> timedelta:
    """Minute by minute until `end`."""
    minute, total = facts.start, timedelta()
    while minute < end:
        total += MINUTE if facts.counts(minute) else timedelta()
        minute += MINUTE
    return total


def instant_after(facts: Facts, length: timedelta, *, most: timedelta) -> datetime | None:
    """Minute by minute until so much has counted; None when that takes longer than `most`."""
    minute, left = facts.start, length
    while left > timedelta():
        if minute > facts.start + most:
            return None
        left -= MINUTE if facts.counts(minute) else timedelta()
        minute += MINUTE
    return minute


def day_of(cuts: list[int]) -> list[list[str]]:
    """Segments between every two of the minutes, in order; 1440 is 24:00."""
    cuts = sorted(set(cuts))[: len(set(cuts)) // 2 * 2]
    return [[_text(a), _text(b)] for a, b in zip(cuts[::2], cuts[1::2], strict=True)]


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def any_facts(dice: Random) -> Facts:
    """A clock that somebody could dream up."""
    first = (
        dice.choice(DELICATE) if dice.random() < 0.6 else date(2024, 1, 1) + timedelta(dice.randrange(1461))
    )
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(
        minutes=dice.randrange(3 * 1440)
    )
    week = {str(d): day_of([dice.randrange(1441) for _ in range(2 * dice.randrange(4))]) for d in range(7)}
    week[str(dice.randrange(7))] = dice.choice(
        [
            [["00:00", "24:00"]],
            [["08:00", "12:00"], ["13:00", "17:00"]],
            [["00:00", "06:00"], ["22:00", "24:00"]],
        ]
    )
    off = tuple(start.date() + timedelta(dice.randrange(-1, 8)) for _ in range(dice.randrange(4)))
    pauses, at = [], start
    for _number in range(dice.randrange(3)):
        at += timedelta(minutes=dice.randrange(2000))
        end = at + timedelta(minutes=dice.randrange(1, 2000))
        pauses.append((at, end))
        at = end
    return Facts(start, dice.choice(ZONES), None if dice.random() < 0.1 else week, off, tuple(pauses))
