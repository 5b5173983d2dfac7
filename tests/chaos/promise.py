# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Runs inside the product: `promise TICKET` lets its response clock run out now; `promise --told CLOCK` asks who knows."""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402 - Django must be set up first

from clocks.models import Clock  # noqa: E402
from tickets.models import Ticket  # noqa: E402


def main(words: list[str]) -> None:
    """Move the instants, not the promise: as if the ticket were two hours old."""
    if words[0] == "--told":
        clock = Clock.objects.get(pk=words[1])
        print(json.dumps({"told": clock.level == 100 and clock.untold_from is None}))
        return
    clock = Clock.objects.get(promise="response", subject_type="tickets.ticket", subject_id=words[0])
    earlier = timezone.now() - timedelta(hours=2)
    moved = {
        "started_at": earlier,
        "due_at": earlier + timedelta(hours=2),
        "next_level_at": earlier + timedelta(hours=1),
    }
    Clock.objects.filter(pk=clock.pk).update(**moved)
    Ticket.objects.filter(pk=words[0]).update(created_at=earlier)
    print(json.dumps({"clock": clock.pk}))


if __name__ == "__main__":
    main(sys.argv[1:])
