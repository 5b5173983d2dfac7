"""Runs inside the bench's product: the backlog of reports is read as the worker reads it, in its order."""

import argparse
import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

import django

django.setup()

from core.outbox import QueueState  # noqa: E402 - Django must be set up first
from integrations.agents import actions  # noqa: E402
from integrations.agents.models import Report  # noqa: E402


def main() -> None:
    """Read for so many seconds at most; how many a second, whether in order, and with how much memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    waited = Report.objects.filter(state=QueueState.PENDING).count()
    begun, done = time.monotonic(), 0
    while time.monotonic() - begun < asked.seconds and (more := actions.settle()):
        done += more
    seconds = time.monotonic() - begun
    read = Report.objects.filter(state=QueueState.SENT).order_by("sent_at", "pk")
    order = list(read.values_list("mailbox", "pk", "received_at"))
    troubled = Report.objects.filter(state=QueueState.SENT).exclude(trouble="").count()
    found = {
        "waited": waited, "read": done, "seconds": seconds, "per_second": done / seconds if seconds else 0,
        "in_order": _is_in_order(order), "troubled": troubled,
        "reader_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "worker_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(found))


def _is_in_order(read: list[tuple[str, int, datetime]]) -> bool:
    """Those of one agent one after the other, and none before one that had come a second earlier."""
    newest: dict[str, int] = {}
    latest = datetime(2000, 1, 1, tzinfo=UTC)
    for mailbox, number, came in read:
        if number < newest.get(mailbox, 0) or came < latest - timedelta(seconds=1):
            return False
        newest[mailbox], latest = number, max(latest, came)
    return True


if __name__ == "__main__":
    sys.exit(main())
