"""When releases are open, as arithmetic: weekly windows, freezes, and when the next window opens.

Pure: no Django, no clock, no database. `devflow.gates` says the same in PL/pgSQL; a test compares the two.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

AHEAD = timedelta(days=400)  # no further is looked for the next opening
_DAY = timedelta(days=1)
_MIDNIGHT = time()


@dataclass(frozen=True)
class Weekly:
    """On these days (Monday is 0) from `opens` until `closes` by the wall of `zone`; until the next day where it closes
    no later than it opens.
    """

    days: frozenset[int]
    opens: time
    closes: time
    zone: tzinfo

    def covers(self, at: datetime) -> bool:
        """Whether releases are open then."""
        local = at.astimezone(self.zone)
        today, before, now = (
            local.weekday() in self.days,
            (local.weekday() - 1) % 7 in self.days,
            local.time(),
        )
        if self.opens < self.closes:
            return today and self.opens <= now < self.closes
        return (today and now >= self.opens) or (before and now < self.closes)


@dataclass(frozen=True)
class Frozen:
    """Nothing is released between two instants, or each month in its last and first days by the wall of `zone`."""

    reason: str
    zone: tzinfo
    starts: datetime | None = None
    ends: datetime | None = None
    last_days: int = 0
    first_days: int = 0

    def covers(self, at: datetime) -> bool:
        """Whether nothing is released then."""
        if self.starts is not None and self.ends is not None:
            return self.starts <= at < self.ends
        local = at.astimezone(self.zone)
        length = monthrange(local.year, local.month)[1]
        return local.day <= self.first_days or local.day > length - self.last_days


@dataclass(frozen=True)
class Timetable:
    """What counts for one system. No window at all: always open, but for the freezes."""

    windows: tuple[Weekly, ...] = ()
    freezes: tuple[Frozen, ...] = ()

    def frozen(self, at: datetime) -> Frozen | None:
        """The freeze that counts then, or None."""
        return next((freeze for freeze in self.freezes if freeze.covers(at)), None)

    def is_open(self, at: datetime) -> bool:
        """Whether a release is let through then."""
        in_window = not self.windows or any(window.covers(at) for window in self.windows)
        return in_window and self.frozen(at) is None

    def opens_at(self, at: datetime) -> datetime | None:
        """The first instant from `at` on at which it is open; None if there is none within `AHEAD`."""
        if self.is_open(at):
            return at
        return next((edge for edge in sorted(self._edges(at)) if self.is_open(edge)), None)

    def _edges(self, at: datetime) -> set[datetime]:
        """Whenever something may open: the beginnings of windows, midnights, the ends of freezes."""
        found = {freeze.ends for freeze in self.freezes if freeze.ends is not None}
        for zone, wall in {(window.zone, window.opens) for window in self.windows} | self._midnights():
            found.update(_daily(at, zone, wall))
        return {edge for edge in found if edge > at}

    def _midnights(self) -> set[tuple[tzinfo, time]]:
        zones: Iterable[tzinfo] = {freeze.zone for freeze in self.freezes if freeze.starts is None}
        return {(zone, _MIDNIGHT) for zone in zones}


def _daily(at: datetime, zone: tzinfo, wall: time) -> Iterator[datetime]:
    day = at.astimezone(zone).date()
    for number in range(AHEAD.days):
        yield datetime.combine(day + number * _DAY, wall, tzinfo=zone)
