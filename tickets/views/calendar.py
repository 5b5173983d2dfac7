"""The calendar: planned work of a month, as weeks on a desk and as a list on a phone."""

from calendar import Calendar, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, get_format

from accounts.who import me
from core.http import reads
from tickets import forms
from tickets.models import Ticket
from tickets.querysets import choices_for

MOST = 200  # pieces of work in a month; nobody reads more of them in a grid


@dataclass(frozen=True)
class Bar:
    """A ticket in one week: from which day of it (1 to 7), over how many, and whether it goes on to either side."""

    ticket: Ticket
    day: int
    days: int
    begun: bool
    goes_on: bool


@reads
def calendar(request: HttpRequest) -> HttpResponse:
    """One month of planned starts and finishes."""
    user, today = me(request), timezone.localdate()
    first = _month(request.GET.get("month", "")) or today.replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    form = forms.Narrow(request.GET, choices=choices_for(user))
    form.is_valid()
    rows = (
        Ticket.objects.visible_to(user)
        .matching(by=user, now=timezone.now(), status="all", **form.cleaned_data)
        .planned(first, last)
    )
    found = list(rows.with_list_columns()[: MOST + 1])
    context = {
        "form": form,
        "title": date_format(first, "F Y"),
        "month": f"{first:%Y-%m}",
        "weeks": _weeks(first, found[:MOST], today),
        "names": _day_names(first),
        "rows": [(ticket, *_span(ticket)) for ticket in found[:MOST]],
        "most": MOST if len(found) > MOST else 0,
        **_around(request, first),
    }
    return render(request, "tickets/calendar.html", context)


def _month(text: str) -> date | None:
    """The first day of `2026-11`; None for anything that is no month of our times."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _around(request: HttpRequest, first: date) -> dict[str, str]:
    """Addresses of the months before and after, and of this one, with the same filters."""
    kept = {k: v for k, v in request.GET.items() if v and k in forms.Narrow.base_fields}
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return {
        "before": f"?{urlencode({'month': f'{before:%Y-%m}', **kept})}",
        "after": f"?{urlencode({'month': f'{after:%Y-%m}', **kept})}",
        "now": f"?{urlencode(kept)}",
    }


def _span(ticket: Ticket) -> tuple[date, date]:
    """From when to when; a plan with one end only is a day."""
    start, finish = ticket.start_date or ticket.finish_date, ticket.finish_date or ticket.start_date
    assert start is not None
    assert finish is not None
    return start, finish


def _weeks(first: date, tickets: list[Ticket], today: date) -> list[dict[str, Any]]:
    """The weeks of the month with their days and bars; weeks begin where the reader's language begins them."""
    weeks = Calendar(_first_weekday()).monthdatescalendar(first.year, first.month)
    return [
        {
            "days": [{"date": d, "outside": d.month != first.month, "today": d == today} for d in week],
            "bars": [bar for ticket in tickets if (bar := _bar(ticket, week[0]))],
        }
        for week in weeks
    ]


def _bar(ticket: Ticket, monday: date) -> Bar | None:
    start, finish = _span(ticket)
    end = monday + timedelta(days=6)
    if start > end or finish < monday:
        return None
    shown, until = max(start, monday), min(finish, end)
    return Bar(ticket, (shown - monday).days + 1, (until - shown).days + 1, start < monday, finish > end)


def _first_weekday() -> int:
    """0 is Monday, as `calendar` counts; Django's formats count from Sunday."""
    return (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7


def _day_names(first: date) -> list[str]:
    week = Calendar(_first_weekday()).monthdatescalendar(first.year, first.month)[0]
    return [date_format(day, "D") for day in week]
