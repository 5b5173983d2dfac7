"""Sweeps that belong to no single app: the ledger is guarded by a robot of the people's floor."""

from typing import Any

from celery import shared_task

from accounts.actions import robot
from events import actions as events


@shared_task(name="portal.anchor_ledger")
def anchor_ledger(**_: Any) -> None:
    """Write the hashes of new events into the anchor outside the database."""
    events.anchor(by=robot("ledger"))


@shared_task(name="portal.seal_ledger")
def seal_ledger(**_: Any) -> None:
    """Close the days that have ended, ask for missing time stamps, look at the ledger once a day."""
    events.seal(by=robot("ledger"))
    events.stamp()
    events.check(by=robot("ledger"))
