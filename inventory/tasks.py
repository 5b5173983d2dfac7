"""Sweeps of the inventory."""

from typing import Any

from celery import shared_task

from inventory import actions


@shared_task(name="inventory.look_after")
def look_after(**_: Any) -> None:
    """Warn of verifications that come due and of what runs out; plan this period's maintenance; say what is late."""
    actions.look_after()
    actions.tell_expiring()
    actions.count_seats()
    actions.plan_ahead()
    actions.tell_overdue()


@shared_task(name="inventory.bring_in")
def bring_in(**_: Any) -> None:
    """Start what imports the files that wait, each in a process of its own."""
    actions.bring_in()
