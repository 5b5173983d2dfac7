"""Sweeps of the inventory."""

from typing import Any

from celery import shared_task

from inventory import actions


@shared_task(name="inventory.look_after")
def look_after(**_: Any) -> None:
    """Warn of verifications that come due; plan the maintenance of this period; say what of it is overdue."""
    actions.look_after()
    actions.plan_ahead()
    actions.tell_overdue()
