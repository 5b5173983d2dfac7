"""The poison itself."""

import os
import signal
import time
from datetime import timedelta

from core import outbox
from events.models import Event
from events.registry import subscribe
from tickets.enums import TicketEvent

# `python -m tests.chaos --lease 5`: a claim counts as lost after five seconds instead of the product's twenty.
if _lease := float(os.environ.get("CHAOS_LEASE", "0")):
    outbox.LEASE = timedelta(seconds=_lease)


@subscribe(TicketEvent.OPENED)
def swallow(event: Event) -> None:
    """Dies of one title, falls asleep over another."""
    title = str(event.facts.get("title", ""))
    if title == "poison kills":
        os.kill(os.getpid(), signal.SIGKILL)
    if title == "poison hangs":
        time.sleep(3600)


@subscribe()
def drown(event: Event) -> None:
    """Hears nothing but a flood."""
