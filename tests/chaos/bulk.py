"""Runs inside the product: `bulk N` opens N tickets in one transaction, stops in the middle of it; `bulk 0` counts."""

import json
import sys
import time

import django

django.setup()

from django.db import transaction  # noqa: E402 - Django must be set up first

from accounts.models import User  # noqa: E402
from tickets import actions  # noqa: E402
from tickets.enums import Channel, Kind  # noqa: E402
from tickets.models import Ticket  # noqa: E402


def main(count: int) -> None:
    """All or nothing."""
    if count:
        asker = User.objects.get(email="asker0@chaos.example")
        with transaction.atomic():
            for number in range(count):
                if number == count // 2:
                    print("half", flush=True)
                    time.sleep(1)
                actions.open_ticket(
                    kind=Kind.TROUBLESHOOTING,
                    title="bulk",
                    description="Satu dari banyak.",
                    channel=Channel.API,
                    by=asker,
                )
    print(json.dumps({"rows": Ticket.objects.filter(title="bulk").count()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
