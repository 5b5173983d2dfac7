"""Who has how much work, read from the rows: open estimates against the hours of each week, person by person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Substitution, User
from clocks.enums import Promise
from clocks.models import CalendarVersion, ClockPolicy
from clocks.working_time import Hours
from devflow.capacity import ZERO, Days, Load, Task, loads, monday
from devflow.models import DevelopmentRequest, HourEntry
from tickets.enums import Kind
from tickets.models import Ticket

AHEAD, BACK = 6, 2  # weeks of work to come, this one first; weeks of booked hours, this one first
_TENTH = Decimal("0.1")
MOST = 100  # people; nobody leads more


@dataclass(frozen=True)
class Workload:
    """From which day, for which weeks (by their Mondays) and which past ones; the people, the busiest first; the load
    of nobody; how many new developments nobody has decided on.
    """

    begin: date
    weeks: list[date]
    past: list[date]
    people: list[dict[str, Any]]
    nobody: Load | None
    undecided: int


def workload(user: User) -> Workload:
    """Of the developments that this person may see."""
    days = Days(_office_hours(user))
    today = days.working_day(timezone.localdate())
    this = monday(today)
    weeks = [this + timedelta(weeks=n) for n in range(AHEAD)]
    past = [monday(timezone.localdate()) - timedelta(weeks=n) for n in range(BACK)]
    found = loads(_tasks(user), weeks, today, days)
    _add_booked(found, user, past)
    nobody = found.pop(None, None)
    people = list(_people(user, found, past, weeks, today, days))[:MOST]
    undecided = Ticket.objects.visible_to(user).new().filter(kind=Kind.DEVELOPMENT).count()
    return Workload(today, weeks, past, people, nobody, undecided)


def _office_hours(user: User) -> Hours | None:
    """The hours that first answers are counted by, for all branches; None where these are round the clock."""
    try:
        policy = ClockPolicy.objects.visible_to(user).in_force(
            Promise.RESPONSE, branch_id=None, at=timezone.now()
        )
    except ClockPolicy.DoesNotExist:
        return None
    if policy.calendar_id is None:
        return None
    return CalendarVersion.objects.visible_to(user).newest(policy.calendar_id).hours


def _tasks(user: User) -> Iterator[Task]:
    rows = DevelopmentRequest.objects.visible_to(user).open().still_to_do()
    for person, left, start, finish in rows:
        yield Task(person, max(left or ZERO, ZERO), start, finish)


def _add_booked(found: dict[int | None, Load], user: User, past: list[date]) -> None:
    rows = HourEntry.objects.visible_to(user).by_week(past[-1])
    for person, week, hours in rows:
        found.setdefault(person, Load()).booked[week] = hours


def _people(
    user: User,
    found: dict[int | None, Load],
    past: list[date],
    weeks: list[date],
    today: date,
    days: Days,
) -> Iterator[dict[str, Any]]:
    """Everybody in IT, and whoever has work without being there any more: the busiest first."""
    in_it = User.objects.get_queryset().visible_to(user).in_it()
    names = dict(in_it.order_by().values_list("pk", "name"))
    others = User.objects.names(set(found) - set(names) - {None})
    away = _away(user, weeks)
    rows = [(pk, name, found.get(pk, Load())) for pk, name in [*names.items(), *others.items()]]
    for pk, name, load in sorted(rows, key=lambda row: (-row[2].total, row[1].lower())):
        cells = [_cell(load, week, today, days, away.get(pk, [])) for week in weeks]
        yield {
            "pk": pk,
            "name": name,
            "gone": pk not in names,
            "load": load,
            "cells": cells,
            "past": [load.booked.get(week) for week in past],
            "later": _rounded(load.later),
            "undated": _rounded(load.undated),
            "over": any(cell["over"] for cell in cells),
        }


def _cell(load: Load, week: date, today: date, days: Days, away: list[tuple[date, date]]) -> dict[str, Any]:
    """One week of one person: what is to do, what there is time for. Of the present week only what is left of it."""
    there = days.between(max(week, today), week + timedelta(days=6), away)
    todo = load.weeks.get(week, ZERO).quantize(_TENTH)
    share = min(todo / there, Decimal(1)) if there else Decimal(1 if todo else 0)
    return {"todo": todo, "there": there, "over": todo > there, "share": f"{share:.1%}"}


def _rounded(hours: Decimal) -> Decimal | None:
    return hours.quantize(_TENTH) or None


def _away(user: User, weeks: list[date]) -> dict[int, list[tuple[date, date]]]:
    """Days on which somebody else stands in for a person."""
    rows = Substitution.objects.visible_to(user).filter(
        last_date__gte=weeks[0], first_date__lte=weeks[-1] + timedelta(days=6)
    )
    found: dict[int, list[tuple[date, date]]] = {}
    for person, first, last in rows.order_by("pk").values_list("absent_id", "first_date", "last_date"):
        found.setdefault(person, []).append((first, last))
    return found
