"""Sweeps of the promises."""

from typing import Any

from celery import shared_task

from clocks import actions
from events import doorbell


@shared_task(name="clocks.sweep")
def sweep(**_: Any) -> None:
    """Record what has come due."""
    actions.sweep()


@shared_task(name="clocks.recount")
def recount(**_: Any) -> None:
    """Count running clocks by the calendar that was published last; look again at once when there may be more."""
    if actions.recount():
        doorbell.ring("clocks.recount")
