# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Runs inside the bench's product: `developments seed|bare`. Board and timeline over so many open developments.

They are added when the pages of tickets have been measured: those pages should not read them.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django
import psycopg2

django.setup()

from django.db.models import Max  # noqa: E402 - Django must be set up first
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from devflow.models import Build, DevelopmentRequest, System  # noqa: E402
from tests.bench.copying import copy, sentences  # noqa: E402
from tests.bench.inside import bare  # noqa: E402
from tests.bench.plans import pages  # noqa: E402
from tickets.models import Ticket  # noqa: E402

SYSTEMS = 40
# Stage and status by turns: most wait or are being worked on, one in eight is ready.
TURNS = (
    ("waiting", "waiting"), ("waiting", "waiting"), ("trial", "in_progress"), ("trial", "in_progress"),
    ("trial", "in_progress"), ("training", "user_testing"), ("training", "user_testing"), ("ready", "user_testing"),
)  # fmt: skip
SAID = sentences(500)


def main() -> None:
    """Do what was asked and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["seed", "bare"])
    parser.add_argument("--facts", required=True, help="JSON: requests, superuser, keys")
    asked = parser.parse_args()
    facts = json.loads(asked.facts)
    print(json.dumps(seed(facts) if asked.what == "seed" else bare(facts["keys"], pages())))


def seed(facts: dict[str, Any]) -> dict[str, int]:
    """Write the rows by COPY, triggers aside, as `seed.py` does."""
    System.objects.bulk_create(
        (System(name=f"Aplikasi {n:02}") for n in range(SYSTEMS)), ignore_conflicts=True
    )
    last = Ticket.objects.aggregate(last=Max("pk"))["last"] or 0
    numbers = range(last + 1, last + 1 + facts["requests"])
    people = {
        kind: list(
            User.objects.filter(email__startswith=kind, email__endswith="@bench.example")
            .order_by("pk")
            .values_list("pk", "branch_id")
        )
        for kind in ("asker", "agent", "boss")
    }
    systems = list(System.objects.order_by("pk").values_list("pk", flat=True))
    with closing(psycopg2.connect(facts["superuser"])) as link, link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        copy(cursor, Ticket, _tickets(numbers, people), numbered=True)
        copy(cursor, DevelopmentRequest, _requests(numbers, systems))
        cursor.execute(
            "SELECT id FROM devflow_developmentrequest WHERE stage = 'ready' AND signed_build_id IS NULL"
        )
        copy(cursor, Build, _builds([pk for (pk,) in cursor.fetchall()], people))
        cursor.execute(
            "UPDATE devflow_developmentrequest r SET signed_build_id = b.id FROM devflow_build b WHERE b.request_id = r.id"
        )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('tickets_ticket', 'id'), (SELECT max(id) FROM tickets_ticket))"
        )
    with closing(psycopg2.connect(facts["superuser"])) as link:
        link.autocommit = True
        link.cursor().execute("VACUUM ANALYZE tickets_ticket, devflow_developmentrequest, devflow_build")
    return {"requests": DevelopmentRequest.objects.count()}


def _tickets(numbers: range, people: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    now = timezone.now()
    for n in numbers:
        asker, branch = people["asker"][n * 7919 % len(people["asker"])]
        start = timezone.localdate(now) + timedelta(days=n * 31 % 112 - 56)
        status = TURNS[n % len(TURNS)][1]
        yield {
            "id": n, "kind": "development", "channel": "browser", "title": SAID[n % 500][:150], "description": SAID[n * 31 % 500],
            "branch_id": branch, "requester_id": asker, "status": status, "priority": ("high", "medium", "low")[n % 3],
            "assignee_id": people["agent"][n % len(people["agent"])][0], "created_at": now - timedelta(days=n % 90),
            "changed_at": now, "accepted_by_id": people["boss"][0][0], "accepted_at": now - timedelta(days=n % 90),
            "answered_at": now - timedelta(days=n % 90), "estimate_hours": Decimal(4 + n % 30),
            "started_at": None if status == "waiting" else now - timedelta(days=n % 40),
            "start_date": start, "finish_date": start + timedelta(days=3 + n % 17),
        }  # fmt: skip


def _requests(numbers: range, systems: list[int]) -> Iterator[dict[str, Any]]:
    now = timezone.now()
    for n in numbers:
        yield {
            "ticket_id": n, "system_id": systems[n % len(systems)], "stage": TURNS[n % len(TURNS)][0],
            "stage_at": now - timedelta(days=n % 30), "brm_threshold_hours": Decimal(20),
            "approved_hours": Decimal(40) if n % 30 > 16 and n % 5 else None, "booked_hours": Decimal(n % 9),
        }  # fmt: skip


def _builds(requests: list[int], people: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for request in requests:
        yield {
            "request_id": request, "version": "1.0", "reached": "training",
            "registered_by_id": people["agent"][0][0], "registered_at": timezone.now(),
        }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
