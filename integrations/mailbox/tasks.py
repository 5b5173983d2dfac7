"""Looking into the mailbox."""

from typing import Any

from celery import shared_task

from integrations.mailbox import actions


@shared_task(name="mailbox.poll")
def poll(**_: Any) -> None:
    """Fetch letters, read them, place them."""
    actions.poll()
