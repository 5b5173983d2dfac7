"""What a list can be asked for: filters, orders and columns, by the names that stand in its address and in the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from django.db import models
from django.db.models import Case, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.pages import Order
from tickets.enums import OPEN, Priority, Status

if TYPE_CHECKING:
    from tickets.querysets import TicketRows

# Orders -----------------------------------------------------------------------------------------------------------

# Expressions of an index as well: what changes here changes there.
URGENCY = Case(
    When(priority=Priority.HIGH, then=3),
    When(priority=Priority.MEDIUM, then=2),
    When(priority=Priority.LOW, then=1),
    default=0,
    output_field=models.SmallIntegerField(),
)


def _instant(text: str) -> datetime:
    """An instant out of an address. Raises ValueError for anything else, also for one without its zone."""
    at = datetime.fromisoformat(text)
    if timezone.is_naive(at):
        raise ValueError(text)
    return at


ORDERS = {
    "newest": Order(),
    "oldest": Order(descending=False),
    "changed": Order("changed_at", write=datetime.isoformat, read=_instant),
    "priority": Order("urgency", read=int),
    "due": Order("answer_due_at", descending=False, write=datetime.isoformat, read=_instant),
}
ORDER_LABELS = [
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("changed", _("Last changed first")),
    ("priority", _("Most urgent first")),
    ("due", _("First answer due first (only those still waiting for it)")),
]

# Columns ----------------------------------------------------------------------------------------------------------

COLUMNS = [
    ("status", _("Status")),
    ("priority", _("Priority")),
    ("answer", _("First answer")),
    ("branch", _("Branch")),
    ("assignee", _("Who does it")),
    ("requester", _("Requester")),
    ("team", _("Team")),
    ("kind", _("Kind")),
    ("channel", _("Channel")),
    ("asked", _("Asked")),
    ("changed", _("Last changed")),
    ("start", _("Planned start")),
    ("finish", _("Planned finish")),
    ("estimate", _("Estimate")),
]
STAFF_COLUMNS = ["status", "priority", "answer", "branch", "assignee"]
REQUESTER_COLUMNS = ["status", "answer", "asked", "assignee"]

# Filters ----------------------------------------------------------------------------------------------------------

ALL, OPEN_ONES, ME, NOBODY = "all", "open", "me", "none"


def statuses(chosen: list[str]) -> set[str]:
    """The statuses that are wanted: those that are open when nothing was chosen; `all` and `open` stand for several."""
    if ALL in chosen:
        return set(Status.values)
    wanted = {status for status in chosen if status in Status.values}
    return wanted | set(OPEN) if OPEN_ONES in chosen or not wanted else wanted


@dataclass(frozen=True)
class Asking:
    """Who asks, and when: "me", "late" and the days of a calendar depend on it."""

    by: Any
    now: datetime


def _assignee(rows: "TicketRows", value: str, asking: Asking) -> Any:
    if value == NOBODY:
        return rows.filter(assignee=None)
    return rows.filter(assignee_id=asking.by.pk if value == ME else int(value))


def _requester(rows: "TicketRows", value: str, asking: Asking) -> Any:
    """A person's number, or a part of the name or address."""
    if value.isdecimal() and len(value) < 19:
        return rows.filter(requester_id=int(value))
    people: Any = rows.model._meta.apps.get_model("accounts", "User").objects
    named = Q(name__icontains=value) | Q(email__icontains=value)
    return rows.filter(requester__in=people.get_queryset().visible_to(asking.by).filter(named))


def _day(value: date, *, last: bool = False) -> datetime:
    """The first or the last instant of a day where the reader is."""
    return timezone.make_aware(datetime.combine(value, time.max if last else time.min))


Filter = Callable[["TicketRows", Any, Asking], Any]
FILTERS: dict[str, Filter] = {
    "q": lambda rows, value, asking: rows.saying(value, by=asking.by),
    "kind": lambda rows, value, _: rows.filter(kind=value),
    "priority": lambda rows, value, _: rows.filter(priority=value),
    "branch": lambda rows, value, _: rows.filter(branch=value),
    "team": lambda rows, value, _: rows.filter(team=value),
    "assignee": _assignee,
    "requester": _requester,
    "channel": lambda rows, value, _: rows.filter(channel=value),
    "asked_from": lambda rows, value, _: rows.filter(created_at__gte=_day(value)),
    "asked_to": lambda rows, value, _: rows.filter(created_at__lte=_day(value, last=True)),
    "waits": lambda rows, _value, _: rows.waiting_for_requester(),
    "late": lambda rows, _, asking: rows.late(asking.now),
}


def in_order(rows: "TicketRows", name: str) -> tuple["TicketRows", Order]:
    """`rows` with the key of the order called `name`, and the order; the newest first for any other name."""
    if name == "priority":
        rows = rows.annotate(urgency=URGENCY)
    if name == "due":
        rows = rows.open().filter(answered_at=None).with_answer_due()
    return rows, ORDERS.get(name, ORDERS["newest"])


def usual(query: str) -> str:
    """The address of a list in its usual form: what a list knows, sorted. Two that mean the same read the same."""
    known = {*FILTERS, "status", "sort", "cols"}
    return urlencode(sorted((name, value) for name, value in parse_qsl(query) if value and name in known))
