"""Runs inside the product, afterwards: compares the clients' journals with the database. Prints findings as JSON.

Exit code 2 while deliveries or letters, in either direction, are still on their way: ask again.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 - Django must be set up first

from clocks.models import Clock  # noqa: E402
from core.outbox import QueueState  # noqa: E402
from events.ledger import verify  # noqa: E402
from events.models import Delivery, Event  # noqa: E402
from notifications.models import Mail  # noqa: E402
from portal.invariants import broken  # noqa: E402
from tests.chaos.journal import BY_MAIL, read  # noqa: E402
from tickets.models import Ticket  # noqa: E402

SUBJECT = "tickets.ticket"


def main(place: Path) -> int:
    """0 and the findings; 2 when it is too early."""
    pending = {
        m.__name__.lower(): m.objects.filter(state=QueueState.PENDING).exclude(**_poisoned(m)).count()
        for m in (Delivery, Mail)
    }
    acknowledged = read(place)
    tickets = {
        t.title.split()[-1]: t.pk for t in Ticket.objects.filter(title__startswith="chaos ").order_by("pk")
    }
    pending["letters"] = sum(pk == BY_MAIL and key not in tickets for key, pk in acknowledged.items())
    if any(pending.values()):
        print(json.dumps({"pending": pending}))
        return 2
    titles = Counter(Ticket.objects.filter(title__startswith="chaos ").values_list("title", flat=True))
    print(json.dumps({
        "lost": sorted(key for key in acknowledged if key not in tickets),
        "doubled": sorted(title for title, count in titles.items() if count > 1),
        "answered with another number": sorted(
            k for k, pk in acknowledged.items() if pk != BY_MAIL and tickets.get(k) not in (None, pk)
        ),
        "never acknowledged": sorted(set(tickets) - set(acknowledged)),
        **_around(sorted(tickets.values())),
        "broken chains": [f"{b.subject} no. {b.seq}: {b.why}" for b in verify()],
        **_broken(),
        "letters": [m.message_id for m in Mail.objects.filter(state=QueueState.SENT)],
        "figures": _figures(),
    }))  # fmt: skip
    return 0


def _poisoned(model: Any) -> dict[str, Any]:
    return {"subscriber": "tests.chaos.poison.swallow"} if model is Delivery else {"pk": 0}


def _around(ids: list[int]) -> dict[str, list[int]]:
    """What every ticket must have, and exactly once."""
    events = Event.objects.filter(subject_type=SUBJECT)
    opened = Counter(events.filter(type="ticket.opened").values_list("subject_id", flat=True))
    clocks = Counter(
        Clock.objects.filter(subject_type=SUBJECT, promise="response").values_list("subject_id", flat=True)
    )
    told = set(
        Delivery.objects.filter(event__subject_type=SUBJECT).values_list("event__subject_id", flat=True)
    )
    return {
        "without exactly one opening event": [pk for pk in ids if opened[pk] != 1],
        "without exactly one response clock": [pk for pk in ids if clocks[pk] != 1],
        "without a delivery": [pk for pk in ids if pk not in told],
    }


def _broken() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        return broken(cursor)


def _figures() -> dict[str, int]:
    rows = {"tickets": Ticket.objects.count(), "events": Event.objects.count()}
    for model in (Delivery, Mail):
        for state in (QueueState.SENT, QueueState.DEAD):
            rows[f"{model.__name__.lower()} {state.value}"] = model.objects.filter(state=state).count()
    rows["delivery attempts"] = sum(Delivery.objects.values_list("attempts", flat=True))
    return rows


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
