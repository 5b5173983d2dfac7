"""Looking at the mirror."""

from typing import Any

from celery import shared_task

from integrations.monday import actions


@shared_task(name="monday.work")
def work(**_: Any) -> None:
    """Send what changed here, take what changed there."""
    actions.deliver()


@shared_task(name="monday.sweep")
def sweep(**_: Any) -> None:
    """Walk the whole board when it is time."""
    actions.sweep()
