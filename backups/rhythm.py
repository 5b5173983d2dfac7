"""When a policy runs next, as arithmetic: no Django, no clock, no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_LONGEST = 33  # days between two runs of one policy, at the most


@dataclass(frozen=True)
class Timetable:
    """Every day, or on one day of the week (Monday is 0) or of the month, at a time on the wall of `zone`."""

    at: time
    zone: ZoneInfo
    weekday: int | None = None
    day: int | None = None

    def fits(self, date_: date) -> bool:
        """Whether it runs on that day."""
        return (self.weekday is None or date_.weekday() == self.weekday) and (
            self.day is None or date_.day == self.day
        )

    def next_after(self, instant: datetime) -> datetime:
        """The first time after `instant`. Raises ValueError for a timetable that never comes."""
        return next(self._following(instant))

    def is_plausible(self, next_at: datetime, now: datetime) -> bool:
        """False when `next_at` lies further ahead than it can: the clock went back since it was counted."""
        return next_at <= self.next_after(now)

    def _following(self, instant: datetime) -> Iterator[datetime]:
        day = instant.astimezone(self.zone).date() - _DAY
        for number in range(_LONGEST + 2):
            date_ = day + number * _DAY
            found = datetime.combine(date_, self.at, tzinfo=self.zone)
            if self.fits(date_) and found > instant:
                yield found
        raise ValueError("this timetable never comes")
