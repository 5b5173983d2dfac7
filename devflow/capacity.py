"""Who has how much work in which week: what is still to do of the estimates, against the hours that a week has.

Pure arithmetic over rows that were read before: hours are `Decimal`, weeks are known by their Mondays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from clocks.working_time import Hours, worked

A_DAY = Decimal(8)  # hours that one person works on one day, at the most
_WORKDAYS = 5
ZERO = Decimal(0)


@dataclass(frozen=True)
class Task:
    """Open work: who does it (None: nobody), what is left of its estimate, and from when to when it is planned."""

    person: int | None
    left: Decimal
    start: date | None
    finish: date | None


@dataclass
class Load:
    """One person's hours: those still to do by week, later, and without dates; those booked by week."""

    weeks: dict[date, Decimal] = field(default_factory=dict)
    later: Decimal = ZERO
    undated: Decimal = ZERO
    booked: dict[date, Decimal] = field(default_factory=dict)
    tasks: int = 0

    @property
    def total(self) -> Decimal:
        """Everything still to do."""
        return sum(self.weeks.values(), ZERO) + self.later + self.undated


class Days:
    """Hours of single days, by the working calendar of the office: 8 at the most, Monday to Friday without one."""

    def __init__(self, hours: Hours | None) -> None:
        self._hours, self._known = hours, dict[date, Decimal]()
        self._zone = ZoneInfo(settings.TIME_ZONE)

    def on(self, day: date) -> Decimal:
        """How many hours a person works on this day."""
        if day not in self._known:
            self._known[day] = self._count(day)
        return self._known[day]

    def _count(self, day: date) -> Decimal:
        if self._hours is None:
            return A_DAY if day.weekday() < _WORKDAYS else ZERO
        begin = datetime.combine(day, time.min, self._zone)
        end = datetime.combine(day + timedelta(days=1), time.min, self._zone)
        counted = Decimal(int(worked(begin, end, self._hours, self._zone).total_seconds())) / 3600
        return min(counted, A_DAY)

    def working_day(self, day: date) -> date:
        """This day, or the next on which anybody works; the day itself where there is none for a month."""
        days = (day + timedelta(days=n) for n in range(31))
        return next((found for found in days if self.on(found)), day)

    def between(self, first: date, last: date, without: Iterable[tuple[date, date]] = ()) -> Decimal:
        """Hours of these days, both included, but for those on which somebody is away."""
        away = list(without)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return sum((self.on(day) for day in days if not any(a <= day <= b for a, b in away)), ZERO)


def monday(day: date) -> date:
    """The week of a day."""
    return day - timedelta(days=day.weekday())


def loads(tasks: Iterable[Task], weeks: Sequence[date], today: date, days: Days) -> dict[int | None, Load]:
    """What every person has to do in these weeks, the first of which is the present one.

    What is left is spread evenly over the working days until its planned finish; what is overdue is due now.
    """
    found: dict[int | None, Load] = {}
    for task in tasks:
        load = found.setdefault(task.person, Load())
        load.tasks += 1
        if task.finish is None:
            load.undated += task.left
            continue
        for week, hours in _spread(task, weeks, today, days).items():
            if week in weeks:
                load.weeks[week] = load.weeks.get(week, ZERO) + hours
            else:
                load.later += hours
    return found


def _spread(task: Task, weeks: Sequence[date], today: date, days: Days) -> Mapping[date, Decimal]:
    """Hours by week; those after the last week are counted to the week that follows it."""
    assert task.finish is not None
    begin = max(task.start or today, today)
    end = max(task.finish, begin)
    after = weeks[-1] + timedelta(weeks=1)
    shares: dict[date, Decimal] = {}
    first = monday(begin)
    while first <= end:
        week = min(first, after)
        if week == after:
            shares[after] = days.between(max(first, begin), end)
            break
        shares[week] = days.between(max(first, begin), min(first + timedelta(days=6), end))
        first += timedelta(weeks=1)
    whole = sum(shares.values(), ZERO)
    if not whole:  # planned on days off alone
        return {min(monday(begin), after): task.left}
    return {week: task.left * share / whole for week, share in shares.items()}
