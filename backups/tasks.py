"""The sweep of backups."""

from typing import Any

from celery import shared_task

from backups import actions


@shared_task(name="backups.look_after")
def look_after(**_: Any) -> None:
    """Begin what is due, bury what is dead, give alarm where it is silent."""
    actions.look_after()
