"""Sweeps of the ledger."""

from typing import Any

from celery import shared_task

from events import actions


@shared_task(name="events.deliver")
def deliver(**_: Any) -> None:
    """Deliver what is due."""
    actions.deliver()


@shared_task(name="events.heartbeat")
def heartbeat(**_: Any) -> None:
    """A worker executes tasks: leave its sign of life."""
    actions.beat(name="worker")
