"""Runs inside the bench's product: the backlog of reports is read as the worker reads it, in its order."""

import argparse
import json
import resource
import sys
import time

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
    while time.monotonic() - begun < asked.seconds and (read := actions.settle()):
        done += read
    seconds = time.monotonic() - begun
    order = list(
        Report.objects.filter(state=QueueState.SENT).order_by("sent_at", "pk").values_list("pk", flat=True)
    )
    troubled = Report.objects.filter(state=QueueState.SENT).exclude(trouble="").count()
    found = {
        "waited": waited, "read": done, "seconds": seconds, "per_second": done / seconds if seconds else 0,
        "in_order": order == sorted(order), "troubled": troubled,
        "reader_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "worker_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    sys.exit(main())
