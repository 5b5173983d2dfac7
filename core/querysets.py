"""What every queryset of ours can do besides its own adjectives."""

from typing import TypeVar

from django.db import models

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
