# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What the mirror on monday.com spends: `python -m kumala_itsm.local run -- python -m tests.bench.mirror`.

Against the fake, which takes 20 ms for each call more than its own work: so many requests are exported to an empty board
(in the middle the process is killed, with SIGKILL, and an answer is lost), then some of them change, then the board is walked. Where
monday.com's limits say wait, the clock of both sides is put forward: `minutes` is what their clock says, `seconds` what it
took here. Prints JSON.
"""

import argparse
import json
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg2

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from integrations.monday import actions  # noqa: E402
from integrations.monday.actions._parts import touch  # noqa: E402
from integrations.monday.actions.making import make_place, plan_place  # noqa: E402
from integrations.monday.models import Connection, Incoming, Link, MondayPerson  # noqa: E402
from kumala_itsm.local import postgres  # noqa: E402
from tests.bench.copying import copy, sentences  # noqa: E402
from tests.cast import Cast  # noqa: E402
from tests.fakes.monday import Monday, echo  # noqa: E402
from tests.harness.clock import Clock  # noqa: E402
from tickets.models import Ticket  # noqa: E402

LATENCY = 0.02  # seconds
LONGEST_LIFE = 2.0  # seconds of a process that is killed
MESSAGES = 1000
WAIT = 10  # seconds by which the clock is put forward while nothing may be sent
PATIENCE = 24 * 360  # such waits, one day: then it is not within the budget
SAID = sentences(500)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--plan", default="standard")
    asked = parser.parse_args()
    settings.DOORBELL = False
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    cast = Cast()
    _fill(cast, asked.cards)
    with (
        Clock() as clock,
        Monday(plan=asked.plan, now=lambda: clock.now, receiver=echo, latency=LATENCY) as fake,
    ):
        settings.MONDAY_TOKEN, settings.MONDAY_API_URL, settings.MONDAY_PLAN = (
            fake.token,
            fake.url,
            asked.plan,
        )
        _connect(fake, cast)
        found = {
            "export": _export(fake, clock, asked.cards),
            "changes": _changes(fake, clock, asked.changed),
            "sweep": _sweep(fake, clock),
            "webhook": _webhook(),
            "misuses": fake.misuses,
        }
    print(json.dumps(found | {"cards": asked.cards, "changed": asked.changed, "plan": asked.plan}))


def _fill(cast: Cast, cards: int) -> None:
    """Accepted requests by COPY, triggers aside."""
    now = timezone.now()

    def rows() -> Iterator[dict[str, Any]]:
        for n in range(1, cards + 1):
            yield {
                "id": n, "kind": ("troubleshooting", "data_update")[n % 2], "channel": "browser", "title": SAID[n % 500][:150],
                "description": "-", "branch_id": cast.requester.branch_id, "requester_id": cast.requester.pk,
                "status": "waiting", "priority": ("high", "medium", "low")[n % 3], "assignee_id": cast.agent.pk,
                "created_at": now, "changed_at": now, "accepted_by_id": cast.it_manager.pk, "accepted_at": now, "answered_at": now,
                "estimate_hours": Decimal(1 + n % 16), "start_date": timezone.localdate(now),
                "finish_date": timezone.localdate(now) + timedelta(days=n % 9),
            }  # fmt: skip

    superuser = os.environ["DATABASE_OWNER_URL"].replace(f"{postgres.OWNER}@", "postgres@")
    with closing(psycopg2.connect(superuser)) as link, link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        copy(cursor, Ticket, rows(), numbered=True)


def _connect(fake: Monday, cast: Cast) -> None:
    by = cast.administrator
    make_place(by=by, planned=plan_place(by=by))
    actions.keep_connection(by=by, is_active=True)
    agent = fake.person(cast.agent.name, cast.agent.email)
    MondayPerson.objects.create(user=cast.agent, monday_id=agent.id)
    fake.forward(minutes=2)


def _until_quiet(clock: Clock, left: Any, *, at_most: int = PATIENCE) -> None:
    """Pass after pass; where nothing can be sent, time goes on."""
    waits = 0
    while left() and waits < at_most:
        if not actions.deliver():
            waits += 1
            clock.forward(seconds=WAIT)


def _killed(left: Any, clock: Clock) -> int:
    """The same in processes of their own, each killed (SIGKILL) at some moment, if it is still at work; how many were."""
    kills, dice = 0, random.Random(1)
    while left():
        child = os.fork()
        if child == 0:
            connection.connection = None  # the parent's own is not touched
            actions.deliver(seconds=60)
            os._exit(0)
        until = time.monotonic() + dice.uniform(0.05, LONGEST_LIFE)
        while time.monotonic() < until and not (ended := os.waitpid(child, os.WNOHANG)[0]):
            time.sleep(0.01)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
        clock.forward(seconds=WAIT)
    return kills


def _told(fake: Monday, clock: Clock, before: tuple[int, float, Any]) -> dict[str, float]:
    calls, began, at = before
    return {
        "calls": len(fake.journal) - calls, "seconds": time.perf_counter() - began,
        "minutes": (clock.now - at).total_seconds() / 60, "refused": sum(call.is_refused for call in fake.journal[calls:]),
    }  # fmt: skip


def _export(fake: Monday, clock: Clock, cards: int) -> dict[str, Any]:
    before = (len(fake.journal), time.perf_counter(), clock.now)
    actions.link_all()
    kills = _killed(lambda: Link.objects.exclude(item_id="").count() < cards // 2, clock)
    fake.fails("drop-after", on="create_item")  # done there, and nobody here knows
    _until_quiet(clock, lambda: Link.objects.filter(item_id="").exists())
    items = fake.world.items_by(Connection.objects.get().columns["key"])
    doubles = sum(len(found) - 1 for found in items.values())
    return _told(fake, clock, before) | {
        "made": len(items),
        "doubles": doubles,
        "left": cards - len(items),
        "kills": kills,
    }


def _changes(fake: Monday, clock: Clock, changed: int) -> dict[str, Any]:
    clock.forward(minutes=2)
    _until_quiet(clock, lambda: Link.objects.changed().exists())
    before = (len(fake.journal), time.perf_counter(), clock.now)
    ids = list(Ticket.objects.order_by("pk").values_list("pk", flat=True)[:changed])
    Ticket.objects.filter(pk__in=ids).update(estimate_hours=Decimal("17.5"))
    touch(ids)
    _until_quiet(clock, lambda: Link.objects.changed().exists())
    column = Connection.objects.get().columns["estimate"]
    arrived = sum(item.values.get(column) == Decimal("17.5") for item in fake.world.all_items())
    return _told(fake, clock, before) | {"arrived": arrived}


def _sweep(fake: Monday, clock: Clock) -> dict[str, Any]:
    clock.forward(days=1)
    actions.deliver()
    before = (len(fake.journal), time.perf_counter(), clock.now)
    walked = actions.sweep()
    return _told(fake, clock, before) | {"walked": walked, **Connection.objects.get().swept}


def _webhook() -> dict[str, float]:
    """How long a message takes to be kept and answered, beside ten thousand that came before; milliseconds."""
    board, browser = Connection.objects.get(), Client(HTTP_HOST=urlsplit(settings.BASE_URL).netloc)
    path = actions.webhook_url(connection=board).removeprefix(settings.BASE_URL.rstrip("/"))
    Incoming.objects.bulk_create(
        Incoming(trigger=f"before-{n}", kind="update_column_value") for n in range(10_000)
    )
    items, took = list(Link.objects.values_list("item_id", flat=True)[:MESSAGES]), []
    for number, item in enumerate(items):
        event = {
            "type": "update_column_value", "boardId": int(board.board_id), "pulseId": int(item), "userId": 7,
            "columnId": board.columns["priority"], "triggerUuid": f"now-{number}", "subscriptionId": 5,
        }  # fmt: skip
        began = time.perf_counter()
        answer = browser.post(path, json.dumps({"event": event}), content_type="application/json")
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
    kept = Incoming.objects.filter(trigger__startswith="now-").count()
    return {
        "p50": statistics.median(took),
        "p95": statistics.quantiles(took, n=20)[-1],
        "kept": kept,
        "sent": len(items),
    }


if __name__ == "__main__":
    main()
