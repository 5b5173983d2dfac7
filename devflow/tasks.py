"""Sweeps of developments."""

from typing import Any

from celery import shared_task

from devflow import actions


@shared_task(name="devflow.look_after")
def look_after(**_: Any) -> None:
    """Say which emergency fixes are overdue; stop the timers that were forgotten."""
    actions.look_after()
    actions.stop_forgotten()
