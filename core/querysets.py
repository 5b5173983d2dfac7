"""What every queryset of ours can do besides its own adjectives."""

from typing import Any, Self, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from core import locks

M = TypeVar("M", bound=models.Model)


class Rows(models.QuerySet[M]):
    """A queryset whose rows can be locked by the action that is about to change them."""

    def lock(self, row: M, *related: str) -> M:
        """Read `row` afresh and hold it until the transaction ends; `related` are fetched with it, not locked.

        First its whole case is held (`row.case`, or the row itself): everything that happens in one case is written
        into one chain, so all actions take their locks in the same order, the case and then its rows, and none can
        wait for another in a circle.
        """
        locks.hold_case(row)
        rows = self.select_related(*related) if related else self
        return rows.select_for_update(of=("self",)).get(pk=row.pk)

    def pointing_to(self, seen: models.QuerySet[Any], *fields: str) -> Self:
        """Those whose `fields`, none of them nullable, are all among `seen`."""
        return self if leaves_none_out(seen) else self.filter(**{f"{field}__in": seen for field in fields})


def leaves_none_out(rows: models.QuerySet[Any]) -> bool:
    """Whether `rows` are simply all: what points to them need not ask, and PostgreSQL need not plan it."""
    return not (rows.query.where or rows.query.is_sliced or rows.query.combinator)


def count_up_to(most: int, **rows: models.QuerySet[Any]) -> dict[str, int]:
    """How many rows each of them has, counted no further than `most`; all in one question."""
    found: dict[str, Any] = dict.fromkeys(rows, 0)
    parts: dict[str, tuple[str, Any]] = {}
    for name, asked in rows.items():
        try:
            parts[name] = asked.order_by().values("pk")[:most].query.sql_with_params()
        except EmptyResultSet:
            continue
    if parts:
        counted = ", ".join(f"(SELECT count(*) FROM ({part}) AS counted)" for part, _values in parts.values())
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {counted}", [v for _part, values in parts.values() for v in values])
            found |= zip(parts, cursor.fetchone() or (), strict=True)
    return found
