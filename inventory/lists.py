"""What a list of assets can be asked for: filters and orders, by the names that stand in its address and in the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.pages import Order
from inventory.enums import KEPT, AssetState

if TYPE_CHECKING:
    from inventory.querysets import AssetRows

ALL, PRESENT, ME, NOBODY = "all", "present", "me", "none"


def _instant(text: str) -> datetime:
    """An instant out of an address. Raises ValueError for anything else, also for one without its zone."""
    at = datetime.fromisoformat(text)
    if timezone.is_naive(at):
        raise ValueError(text)
    return at


ORDERS = {
    "newest": Order(),
    "tag": Order("tag", descending=False),
    "changed": Order("changed_at", write=datetime.isoformat, read=_instant),
    "due": Order("due_at", descending=False, write=datetime.isoformat, read=_instant),
}
ORDER_LABELS = [
    ("newest", _("Newest first")),
    ("tag", _("By tag")),
    ("changed", _("Last changed first")),
    ("due", _("To be verified first")),
]
STATES = [("", _("All that are there")), *AssetState.choices, (ALL, _("All"))]


@dataclass(frozen=True)
class Asking:
    """Who asks, and when."""

    by: Any
    now: datetime


def _holder(rows: "AssetRows", value: str, asking: Asking) -> Any:
    if value == NOBODY:
        return rows.filter(holder=None)
    if value == ME:
        return rows.filter(holder=asking.by)
    if value.isdecimal() and len(value) < 19:
        return rows.filter(holder_id=int(value))
    people: Any = rows.model._meta.get_field("holder").related_model
    named = Q(name__icontains=value) | Q(email__icontains=value)
    return rows.filter(holder__in=people.objects.get_queryset().visible_to(asking.by).filter(named))


def _state(rows: "AssetRows", value: str, _asking: Asking) -> Any:
    if value == ALL:
        return rows
    return rows.filter(state=value) if value in AssetState.values else rows.filter(state__in=KEPT)


Filter = Callable[["AssetRows", Any, Asking], Any]
FILTERS: dict[str, Filter] = {
    "q": lambda rows, value, _: rows.saying(value),
    "type": lambda rows, value, _: rows.filter(type=value),
    "branch": lambda rows, value, _: rows.filter(branch=value),
    "room": lambda rows, value, _: rows.filter(room=value),
    "holder": _holder,
    "due": lambda rows, _value, asking: rows.due_before(asking.now),
    "warranty_to": lambda rows, value, _: rows.filter(warranty_date__lte=value),
}


def matching(rows: "AssetRows", asked: dict[str, Any], asking: Asking) -> "AssetRows":
    """`rows` narrowed by what was asked; without a state those that are there."""
    rows = _state(rows, asked.get("state") or "", asking)
    for name, narrow in FILTERS.items():
        if asked.get(name):
            rows = narrow(rows, asked[name], asking)
    return rows


def in_order(name: str) -> Order:
    """The order called `name`; the newest first for any other name."""
    return ORDERS.get(name, ORDERS["newest"])


# What runs out -------------------------------------------------------------------------------------------------------

BY_END = Order("until", descending=False, write=date.isoformat, read=date.fromisoformat)
_SPANS = {"month": timedelta(days=30), "quarter": timedelta(days=90), "over": timedelta(0)}


def runs_out_before(rows: Any, what: str, today: date) -> Any:
    """`rows` that run out within a `month` or `quarter`, are `over`, `overused` or `ended`; all for other words."""
    if what == "ended":
        return rows.exclude(state="active")
    if what == "overused":
        return rows.filter(used__gt=F("seats"))
    return rows.filter(ends_date__lt=today + _SPANS[what]) if what in _SPANS else rows
