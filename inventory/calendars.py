"""Months and calendar files of maintenance: pure."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

_LONGEST = 75  # bytes of a line, RFC 5545 3.1


def day_of(text: str) -> date:
    """A day out of an address. Raises ValueError for anything else."""
    return date.fromisoformat(text)


@dataclass(frozen=True)
class Month:
    """A month by its first day."""

    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def before(self) -> str:
        """The month before it, as in an address."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The month after it."""
        return f"{self.last + timedelta(days=1):%Y-%m}"


def month_of(text: str, today: date) -> Month:
    """The month that an address names, as in 2026-11; this one for any other text."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = today.replace(day=1)
    return Month(first if 2000 <= first.year < 2100 else today.replace(day=1))


def weeks(month: Month, counts: dict[date, dict[str, int]]) -> list[list[dict[str, Any]]]:
    """The weeks of the month from Monday on, each day with how much is to do and done."""
    found = calendar.Calendar().monthdatescalendar(month.first.year, month.first.month)
    return [
        [{"day": day, "is_in": day.month == month.first.month, **counts.get(day, {})} for day in week]
        for week in found
    ]


def written(tasks: Iterable[Any]) -> str:
    """Tasks as an iCalendar file: a day each, with the address of its checklist."""
    made = f"{timezone.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Kumala Group//Kumala ITSM//EN",
        "CALSCALE:GREGORIAN",
    ]
    for task in tasks:
        place = f"{task.asset.branch}{f', {task.asset.room}' if task.asset.room else ''}"
        lines += [
            "BEGIN:VEVENT", f"UID:maintenance-{task.pk}@kumala-itsm", f"DTSTAMP:{made}",
            f"DTSTART;VALUE=DATE:{task.due_date:%Y%m%d}", f"SUMMARY:{_escaped(str(task))}",
            f"LOCATION:{_escaped(place)}", f"URL:{settings.BASE_URL}{task.get_absolute_url()}", "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join(_folded(line) for line in [*lines, "END:VCALENDAR", ""])


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.replace("\r", " ").split("\n"))


def _folded(line: str) -> str:
    """Long lines go on after a space, cut between characters."""
    parts, room = [""], _LONGEST
    for character in line:
        if len(parts[-1].encode()) + len(character.encode()) > room:
            parts.append("")
            room = _LONGEST - 1
        parts[-1] += character
    return "\r\n ".join(parts)
