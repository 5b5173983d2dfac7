"""The timeline as facts: which weeks, when a row is planned and was really worked on, and which plans meet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from devflow.models import DevelopmentRequest
from devflow.querysets import DevelopmentRows

WEEKS, BEFORE = 12, 2  # shown; of them before this one
NAMED = 3  # plans that a conflict names
BY = ("system", "person")
Days = tuple[date, date]


@dataclass(frozen=True)
class Window:
    """The days that are shown, the last included."""

    first: date
    last: date

    def part(self, days: Days) -> dict[str, str] | None:
        """Where a bar lies, in percent of the width; None for one outside."""
        start, finish = max(days[0], self.first), min(days[1], self.last)
        if start > finish:
            return None
        whole = (self.last - self.first).days + 1
        x, width = (start - self.first).days, (finish - start).days + 1
        return {"x": f"{x / whole:.3%}", "width": f"{width / whole:.3%}"}


def window_from(text: str, today: date) -> Window:
    """Twelve weeks from the Monday of the day in the address, usually from two weeks ago."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today - timedelta(weeks=BEFORE)
    day = day if 2000 <= day.year <= 2100 else today
    monday = day - timedelta(days=day.weekday())
    return Window(monday, monday + timedelta(weeks=WEEKS, days=-1))


def planned(row: DevelopmentRequest) -> Days | None:
    """From when to when it is planned; a plan with one end only is a day."""
    ticket = row.ticket
    start, finish = ticket.start_date or ticket.finish_date, ticket.finish_date or ticket.start_date
    return (start, finish) if start and finish else None


def real(row: DevelopmentRequest, today: date) -> Days | None:
    """From when to when it was worked on; until today where it is not finished."""
    if row.ticket.started_at is None:
        return None
    ended = row.ticket.finished_at
    return timezone.localdate(row.ticket.started_at), timezone.localdate(ended) if ended else today


def clashes(
    rows: DevelopmentRows, shown: list[DevelopmentRequest], window: Window
) -> dict[int, list[tuple[int, Days]]]:
    """For each row that is shown: other open work planned on the same system on the same days, the first few."""
    systems = {row.system_id for row in shown if row.system_id}
    plans: dict[int, list[tuple[int, int, Days]]] = {}
    for system, pk, ticket, start, finish in rows.plans_of(systems, window.first, window.last):
        plans.setdefault(system, []).append((pk, ticket, (start, finish)))
    found = {}
    for row in shown:
        plan = planned(row)
        if plan and not row.is_over and row.system_id:
            found[row.pk] = list(_overlapping(row.pk, plan, plans.get(row.system_id, [])))
    return found


def _overlapping(own: int, planned: Days, plans: list[tuple[int, int, Days]]) -> Iterator[tuple[int, Days]]:
    left = NAMED
    for pk, ticket, (start, finish) in plans:
        if pk != own and start <= planned[1] and finish >= planned[0]:
            yield ticket, (max(start, planned[0]), min(finish, planned[1]))
            left -= 1
            if not left:
                return
