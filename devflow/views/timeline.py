"""The timeline: planned and real work over twelve weeks, by system or by person, and plans that meet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.http import reads
from core.pages import Order, page
from devflow import forms
from devflow.models import DevelopmentRequest
from devflow.querysets import DevelopmentRows
from devflow.views.board import looks, narrowed
from tickets.models.ticket import number_of

WEEKS, BEFORE, STEP = 12, 2, 4  # shown; of them before this one; how far one turns
SIZE = 60  # rows of a page
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


@reads
def timeline(request: HttpRequest) -> HttpResponse:
    """Twelve weeks, a page of rows at a time."""
    today = timezone.localdate()
    window = _window(request.GET.get("from", ""), today)
    by = request.GET.get("by", "") if request.GET.get("by") in BY else BY[0]
    rows, form = narrowed(request)
    touching = rows.worked_on(window.first, window.last, today).with_lane(by)
    context = page(request, touching.with_names(), size=SIZE, order=Order("lane", descending=False))
    clashes = _clashes(rows, context["rows"], window)
    context |= {
        "form": form,
        "lanes": list(_lanes(context["rows"], clashes, window, today)),
        "weeks": [window.first + timedelta(weeks=n) for n in range(WEEKS)],
        "today": window.part((today, today)),
        "over": _span(window.first, window.last),
        "by": by,
        "looks": looks(request),
        "orders": _orders(request, by),
        "undated": rows.unplanned().count(),
        "kept": [(k, request.GET[k]) for k in ("by", "from") if request.GET.get(k)],
        **_around(request, window.first),
    }
    return render(request, "devflow/timeline.html", context)


def _window(text: str, today: date) -> Window:
    """Twelve weeks from the Monday of the day in the address, usually from two weeks ago."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today - timedelta(weeks=BEFORE)
    day = day if 2000 <= day.year <= 2100 else today
    monday = day - timedelta(days=day.weekday())
    return Window(monday, monday + timedelta(weeks=WEEKS, days=-1))


def _kept(request: HttpRequest, **facts: str) -> str:
    known = (*forms.Narrow.base_fields, "by", "from")
    kept = {k: v for k, v in request.GET.items() if k in known}
    return "?" + urlencode({k: v for k, v in (kept | facts).items() if v})


def _around(request: HttpRequest, first: date) -> dict[str, str]:
    """Addresses of the weeks before and after, and of now, with the same filters."""
    step = timedelta(weeks=STEP)
    return {
        "before": _kept(request, **{"from": f"{first - step}"}),
        "after": _kept(request, **{"from": f"{first + step}"}),
        "now": _kept(request, **{"from": ""}),
    }


def _orders(request: HttpRequest, by: str) -> list[dict[str, Any]]:
    labels = {"system": _("By system"), "person": _("By person")}
    return [{"label": labels[b], "url": _kept(request, by=b), "active": b == by} for b in BY]


# Rows -----------------------------------------------------------------------------------------------------------------


def _lanes(
    rows: list[DevelopmentRequest], clashes: dict[int, list[tuple[int, Days]]], window: Window, today: date
) -> Iterator[dict[str, Any]]:
    """The rows under the name of their system or person, in the order in which they begin."""
    for name, found in groupby(rows, key=lambda row: row.lane):  # type: ignore[attr-defined]
        drawn = [_drawn(row, clashes.get(row.pk, []), window, today) for row in found]
        yield {"name": name, "rows": sorted(drawn, key=lambda bar: bar["begins"])}


def _drawn(
    row: DevelopmentRequest, clashes: list[tuple[int, Days]], window: Window, today: date
) -> dict[str, Any]:
    planned, real = _planned(row), _real(row, today)
    others = ", ".join(number_of(other) for other, _days in clashes)
    said = [
        _("planned %(days)s") % {"days": _span(*planned)} if planned else _("no dates planned"),
        _("worked on %(days)s") % {"days": _span(*real)} if real else "",
        _("overlaps with %(others)s on the same system") % {"others": others} if others else "",
    ]
    return {
        "row": row,
        "begins": (planned or real or (today, today))[0],
        "plan": window.part(planned) if planned else None,
        "real": window.part(real) if real else None,
        "late": bool(planned and real and real[1] > planned[1]),
        "clashes": [part for _other, days in clashes if (part := window.part(days))],
        "others": others,
        "said": "; ".join(part for part in said if part),
    }


def _planned(row: DevelopmentRequest) -> Days | None:
    """From when to when it is planned; a plan with one end only is a day."""
    ticket = row.ticket
    start, finish = ticket.start_date or ticket.finish_date, ticket.finish_date or ticket.start_date
    return (start, finish) if start and finish else None


def _real(row: DevelopmentRequest, today: date) -> Days | None:
    """From when to when it was worked on; until today where it is not finished."""
    if row.ticket.started_at is None:
        return None
    ended = row.ticket.finished_at
    return timezone.localdate(row.ticket.started_at), timezone.localdate(ended) if ended else today


def _span(start: date, finish: date) -> str:
    return f"{date_format(start, 'j M')} – {date_format(finish, 'j M Y')}"


# Conflicts ------------------------------------------------------------------------------------------------------------


def _clashes(
    rows: DevelopmentRows, shown: list[DevelopmentRequest], window: Window
) -> dict[int, list[tuple[int, Days]]]:
    """For each row that is shown: other open work planned on the same system on the same days, the first few."""
    systems = {row.system_id for row in shown if row.system_id}
    plans: dict[int, list[tuple[int, int, Days]]] = {}
    for system, pk, ticket, start, finish in rows.plans_of(systems, window.first, window.last):
        plans.setdefault(system, []).append((pk, ticket, (start, finish)))
    found = {}
    for row in shown:
        planned = _planned(row)
        if planned and not row.is_over and row.system_id:
            found[row.pk] = list(_overlapping(row.pk, planned, plans.get(row.system_id, [])))
    return found


def _overlapping(own: int, planned: Days, plans: list[tuple[int, int, Days]]) -> Iterator[tuple[int, Days]]:
    left = NAMED
    for pk, ticket, (start, finish) in plans:
        if pk != own and start <= planned[1] and finish >= planned[0]:
            yield ticket, (max(start, planned[0]), min(finish, planned[1]))
            left -= 1
            if not left:
                return
