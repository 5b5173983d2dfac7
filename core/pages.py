"""Lists that end: pages by key. The thousandth page costs what the first does, and no row is shown twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import F, Func, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import HttpRequest

_BETWEEN = "~"  # stands between key and number in an address


@dataclass(frozen=True)
class Order:
    """By `key` (a column or annotation that is never null; "" for none), then by primary key, both in one direction.

    `write` and `read` turn a key into the text of an address and back; `read` raises ValueError for nonsense.
    """

    key: str = ""
    descending: bool = True
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = str

    def sorted(self, rows: QuerySet[Any], *, backwards: bool = False) -> QuerySet[Any]:
        """`rows` in this order."""
        sign = "-" if self.descending != backwards else ""
        return rows.order_by(*(f"{sign}{name}" for name in (self.key, "pk") if name))

    def beyond(self, rows: QuerySet[Any], position: str, *, backwards: bool = False) -> QuerySet[Any]:
        """Those that come after the row at `position`. Raises ValueError for a position that no row can have."""
        key, _between, number = position.rpartition(_BETWEEN)
        if not number.isdecimal() or len(number) > 18 or bool(key) != bool(self.key):
            raise ValueError(position)
        compare = LessThan if self.descending != backwards else GreaterThan
        here: list[Any] = [Value(self.read(key)), Value(int(number))] if self.key else [Value(int(number))]
        there = [F(name) for name in (self.key, "pk") if name]
        return rows.filter(compare(_Row(*there), _Row(*here)))

    def position(self, row: Any) -> str:
        """Where `row` stands, as the text of an address."""
        if not self.key:
            return str(row.pk)
        return f"{self.write(getattr(row, self.key))}{_BETWEEN}{row.pk}"


class _Row(Func):
    """`(a, b)`: PostgreSQL compares rows as an index over both columns holds them."""

    template = "(%(expressions)s)"
    output_field = models.IntegerField()


NEWEST = Order()


def page(
    request: HttpRequest, rows: QuerySet[Any], *, size: int = 25, order: Order = NEWEST
) -> dict[str, Any]:
    """One page of `rows`: `rows`, `newer_url` (the page before), `older_url` (the page after), "" where there is none.

    `?before=17` is the page that follows row 17 (older ones, in the usual order), `?after=17` the one that leads to it.
    """
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    if after and (leading := _beyond(rows, order, after, backwards=True)) is not None:
        found = list(order.sorted(leading, backwards=True)[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        following = _beyond(rows, order, before) if before else None
        found = list(order.sorted(rows if following is None else following)[: size + 1])
        more_newer, more_older = following is not None, len(found) > size
        found = found[:size]
    return {
        "rows": found,
        "newer_url": _url(request, "after", order.position(found[0])) if found and more_newer else "",
        "older_url": _url(request, "before", order.position(found[-1])) if found and more_older else "",
    }


def walk(rows: QuerySet[Any], *, order: Order, size: int = 1000) -> Iterator[Any]:
    """All `rows` in order, read by the thousand: no transaction and no cursor is held meanwhile."""
    found = list(order.sorted(rows)[:size])
    while found:
        yield from found
        if len(found) < size:
            return
        found = list(order.sorted(order.beyond(rows, order.position(found[-1])))[:size])


def _beyond(
    rows: QuerySet[Any], order: Order, position: str, *, backwards: bool = False
) -> QuerySet[Any] | None:
    """Nonsense and numbers beyond any row are as good as no position: None."""
    try:
        return order.beyond(rows, position, backwards=backwards)
    except ValueError:
        return None


def _url(request: HttpRequest, name: str, position: str) -> str:
    kept = [(k, v) for k, values in request.GET.lists() for v in values if k not in ("before", "after") and v]
    return "?" + urlencode([*kept, (name, position)])
