"""The timeline: planned and real work over twelve weeks, by system or by person, and plans that meet."""

from collections.abc import Iterator
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
from devflow.timeline import BY, WEEKS, Days, Window, clashes, planned, real, window_from
from devflow.views.board import looks, narrowed
from tickets.models.ticket import number_of

STEP = 4  # weeks that one turns
SIZE = 60  # rows of a page


@reads
def timeline(request: HttpRequest) -> HttpResponse:
    """Twelve weeks, a page of rows at a time."""
    today = timezone.localdate()
    window = window_from(request.GET.get("from", ""), today)
    by = request.GET.get("by", "") if request.GET.get("by") in BY else BY[0]
    rows, form = narrowed(request)
    touching = rows.worked_on(window.first, window.last, today).with_lane(by)
    context = page(request, touching.with_names(), size=SIZE, order=Order("lane", descending=False))
    meeting = clashes(rows, context["rows"], window)
    context |= {
        "form": form,
        "lanes": list(_lanes(context["rows"], meeting, window, today)),
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
    rows: list[DevelopmentRequest], meeting: dict[int, list[tuple[int, Days]]], window: Window, today: date
) -> Iterator[dict[str, Any]]:
    """The rows under the name of their system or person, in the order in which they begin."""
    for name, found in groupby(rows, key=lambda row: row.lane):  # type: ignore[attr-defined]
        drawn = [_drawn(row, meeting.get(row.pk, []), window, today) for row in found]
        yield {"name": name, "rows": sorted(drawn, key=lambda bar: bar["begins"])}


def _drawn(
    row: DevelopmentRequest, meeting: list[tuple[int, Days]], window: Window, today: date
) -> dict[str, Any]:
    plan, worked = planned(row), real(row, today)
    others = ", ".join(number_of(other) for other, _days in meeting)
    late = bool(plan and worked and worked[1] > plan[1])
    said = [
        _("planned %(days)s") % {"days": _span(*plan)} if plan else _("no dates planned"),
        _("worked on %(days)s") % {"days": _span(*worked)} if worked else "",
        _("later than planned") if late else "",
        _("overlaps with %(others)s on the same system") % {"others": others} if others else "",
    ]
    return {
        "row": row,
        "begins": (plan or worked or (today, today))[0],
        "plan": window.part(plan) if plan else None,
        "real": window.part(worked) if worked else None,
        "late": late,
        "clashes": [part for _other, days in meeting if (part := window.part(days))],
        "others": others,
        "said": "; ".join(part for part in said if part),
    }


def _span(start: date, finish: date) -> str:
    return f"{date_format(start, 'j M')} – {date_format(finish, 'j M Y')}"
