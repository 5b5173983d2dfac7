"""Sweeps of the promises."""

from typing import Any

from celery import shared_task

from clocks import actions


@shared_task(name="clocks.sweep")
def sweep(**_: Any) -> None:
    """Record what has come due."""
    actions.sweep()
