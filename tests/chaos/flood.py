"""Runs inside the product: `flood N` queues N messages of one kind; `flood --dead` says what became of the poison."""

import json
import sys

import django

django.setup()

from django.db import transaction  # noqa: E402 - Django must be set up first

from accounts.actions import robot  # noqa: E402
from core.outbox import QueueState  # noqa: E402
from events import actions as events  # noqa: E402
from events.enums import LedgerEvent  # noqa: E402
from events.models import Delivery  # noqa: E402
from events.subjects import Subject  # noqa: E402
from tests.chaos.poison import subscribers  # noqa: E402

POISON, FLOOD = "tests.chaos.poison.swallow", "tests.chaos.poison.drown"


def main(words: list[str]) -> None:
    """Queue, or look."""
    assert subscribers.drown  # their module registers them
    if words[0] == "--dead":
        rows = Delivery.objects.filter(subscriber=POISON, event__facts__title__startswith="poison")
        dead = rows.filter(state=QueueState.DEAD)
        print(json.dumps({
            "dead": dead.count(), "attempts": list(dead.values_list("attempts", flat=True)),
            "pending": rows.filter(state=QueueState.PENDING).count(),
        }))  # fmt: skip
        return
    by = robot("chaos")
    with transaction.atomic():
        rows = [
            events.record(
                LedgerEvent.REFERENCE_CHANGED, Subject("chaos.flood", n), by=by, what="flood", fields="x"
            )
            for n in range(int(words[0]))
        ]
        Delivery.objects.bulk_create(
            Delivery(event=event, subscriber=FLOOD, mailbox=f"flood:{event.pk}") for event in rows
        )
    print(json.dumps({"queued": int(words[0])}))


if __name__ == "__main__":
    main(sys.argv[1:])
