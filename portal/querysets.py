"""Figures of the dashboard: counted over what is open, never over what has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from accounts.enums import Role
from accounts.models import office_date
from approvals.models import Approval
from clocks.enums import ClockState, Promise
from clocks.models import Clock
from devflow.models import EmergencyFix
from events.models import Heartbeat
from tickets.enums import Status
from tickets.models import Ticket

AT_RISK = timedelta(minutes=30)
SILENCE = timedelta(seconds=60)  # a beat comes every five
MOST = 25  # of new and late tickets on the dashboard; lists show the others
SHOWN = 10  # rows of a table there


@dataclass(frozen=True)
class Day:
    """What the dashboard shows of tickets: `new` oldest first, `risk` most urgent first, `mine` newest first."""

    new: list[Any]
    risk: list[Any]
    mine: list[Any]


def day_of(user: Any, *, now: datetime) -> Day:
    """New ones, those whose first answer is late or nearly so, and the person's own work: read at once."""
    seen = Ticket.objects.visible_to(user).open()
    new = seen.new().values_list("pk")[:MOST]
    mine = seen.filter(assignee=user).order_by("-pk").values_list("pk")[:SHOWN]
    found = seen.filter(pk__in=new.union(mine, _due(user, now), all=True)).with_list_columns()
    tickets: list[Any] = list(found.order_by("pk"))
    return Day(
        new=[t for t in tickets if t.status == Status.NEW][:MOST],
        risk=sorted((t for t in tickets if _is_at_risk(t, now)), key=lambda t: (t.response_due_at, t.pk))[
            :50
        ],
        mine=[t for t in reversed(tickets) if t.assignee_id == user.pk][:SHOWN],
    )


def _due(user: Any, now: datetime) -> Any:
    """The tickets behind the most urgent clocks of the branches that the person works for."""
    due = Clock.objects.ticking().filter(
        promise=Promise.RESPONSE, subject_type="tickets.ticket", due_at__lte=now + AT_RISK
    )
    areas = user.note_areas
    seen = due if None in areas else due.filter(branch_id__in=areas)
    return seen.order_by("due_at", "pk").values_list("subject_id")[:MOST]


def _is_at_risk(ticket: Any, now: datetime) -> bool:
    due = ticket.response_due_at  # none while it is paused
    return bool(ticket.response_state == ClockState.RUNNING and due and due <= now + AT_RISK)


@dataclass
class Desk:
    """What one person has to do, by status."""

    name: str
    waiting: int = 0
    in_progress: int = 0
    user_testing: int = 0
    all: int = 0


def work_per_person(user: Any) -> tuple[list[Desk], int]:
    """The fullest desks first, and how many tickets are open altogether. Names are joined to counts, not to tickets."""
    seen = Ticket.objects.visible_to(user).open().order_by()
    counts = seen.values("assignee_id", "status").annotate(tickets=Count("*"))
    counted, values = counts.query.sql_with_params()
    desks: dict[int, Desk] = {}
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(_NAMED.format(counted=counted), values)
        for person, status, tickets, name in cursor.fetchall():
            total += tickets
            if person is not None:
                desk = desks.setdefault(person, Desk(name))
                desk.all += tickets
                setattr(desk, status, tickets)
    return sorted(desks.values(), key=lambda desk: (-desk.all, desk.name))[:20], total


_NAMED = """
    SELECT work.assignee_id, work.status, work.tickets, person.name FROM ({counted}) AS work
    LEFT JOIN accounts_user AS person ON person.id = work.assignee_id
"""


def silent_parts(*, now: datetime) -> list[Heartbeat]:
    """Worker or scheduler, when it gives no sign of life any more."""
    return list(Heartbeat.objects.filter(beat_at__lt=now - SILENCE).order_by("name"))


def urgent_for(user: Any) -> list[EmergencyFix]:
    """Emergency fixes on which this person's word is waited for; for the IT Manager also what is still owed."""
    if not user.holds_anywhere(Role.IT_MANAGER, Role.DB_MANAGER, Role.DIRECTOR):
        return []
    fixes = list(EmergencyFix.objects.turn_of(user)[:MOST])
    for fix in fixes:
        fix.is_late = fix.is_overdue(office_date())  # type: ignore[attr-defined]
    return fixes


@dataclass(frozen=True)
class Forms:
    """What the first page shows of forms: to sign and pending ones oldest first, own drafts newest first."""

    to_sign: list[Any]
    unfinished: list[Any]
    pending: list[Any]


def forms_of(user: Any, *, of_others: bool = False) -> Forms:
    """Forms that wait for this person or were left by them, and `of_others` what nobody has decided: read at once."""
    asked = Approval.objects.waiting_for(user).values("pk")[:SHOWN]
    mine = Q(requester=user) | Q(requested_by=user, kind="brm")
    wanted = [asked, Approval.objects.filter(mine, state="draft").order_by("-pk").values("pk")[:SHOWN]]
    if of_others:
        pending = Approval.objects.visible_to(user).pending().order_by("submitted_at", "pk")
        wanted.append(pending.values("pk")[:SHOWN])
    rows = Approval.objects.filter(reduce(or_, (Q(pk__in=some) for some in wanted))).with_list_columns()
    forms: list[Any] = list(rows.annotate(waits_for_me=Q(pk__in=asked)))
    pending_first = sorted(
        (form for form in forms if form.state != "draft"), key=lambda form: (form.submitted_at, form.pk)
    )
    return Forms(
        to_sign=[form for form in pending_first if form.waits_for_me],
        unfinished=sorted((form for form in forms if form.state == "draft"), key=lambda form: -form.pk),
        pending=pending_first[:SHOWN] if of_others else [],
    )
