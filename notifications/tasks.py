"""Sweeps of messages."""

from typing import Any

from celery import shared_task

from notifications import actions


@shared_task(name="notifications.send_mail")
def send_mail(**_: Any) -> None:
    """Send the letters that are due."""
    actions.send_mail()


@shared_task(name="notifications.gather")
def gather(**_: Any) -> None:
    """Write the letters that gather several messages."""
    actions.gather()
