"""Which periods a month has: pure arithmetic."""

import calendar
from datetime import date, timedelta


def period(day: date, times: int) -> tuple[date, date]:
    """The first and last day of the period around `day`, when a month is divided into `times` equal parts."""
    days = calendar.monthrange(day.year, day.month)[1]
    starts = [1 + n * days // times for n in range(times)] + [days + 1]
    number = max(n for n in range(times) if starts[n] <= day.day)
    first = day.replace(day=starts[number])
    return first, first + timedelta(days=starts[number + 1] - starts[number] - 1)
