"""Sweeps of developments."""

from typing import Any

from celery import shared_task

from accounts.actions import robot
from devflow import actions


@shared_task(name="devflow.look_after")
def look_after(**_: Any) -> None:
    """Say which emergency fixes are overdue; stop the timers that were forgotten."""
    actions.look_after()
    actions.stop_forgotten()


@shared_task(name="devflow.look_at_versions")
def look_at_versions(**_: Any) -> None:
    """Ask the servers whose time has come which version they run."""
    actions.look_at_versions(by=robot("devflow"))
