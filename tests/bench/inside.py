# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Runs inside the bench's product: `inside bare|sweep`. What needs the models and a connection of one's own, as JSON."""

import argparse
import json
import sys
import time
from contextlib import closing
from typing import Any

import django
import psycopg2

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from clocks import actions as clocks  # noqa: E402
from clocks.models import Clock  # noqa: E402
from core.outbox import QueueState  # noqa: E402
from events.canon import HASH  # noqa: E402
from events.models import Delivery, Event  # noqa: E402
from events.registry import listeners  # noqa: E402
from tests.bench.copying import copy, default  # noqa: E402
from tests.bench.load import Timing  # noqa: E402
from tests.bench.pages import Page, pages  # noqa: E402
from tickets.models import Ticket  # noqa: E402

Statement = tuple[str, tuple[Any, ...]]


def main() -> None:
    """Do what was asked and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bare", "sweep"])
    parser.add_argument("--facts", required=True, help="JSON: last, keys, cursor, superuser, clocks, due")
    asked = parser.parse_args()
    facts = json.loads(asked.facts)
    if asked.what == "sweep":
        print(json.dumps(sweep(facts)))
        return
    keys = facts["keys"]
    print(json.dumps(bare(keys, pages(facts["last"], keys["people"], facts["cursor"]))))


# Bare SQL and numbers of statements ------------------------------------------------------------------------------


def bare(keys: dict[str, Any], asked: list[Page]) -> dict[str, Any]:
    """For every page: milliseconds of its bare SQL, and how many statements the page itself sends."""
    found = {}
    for page in asked:
        statements = _inserts(keys["people"]) if page.body else page.bare
        found[page.name] = {"bare": _time(statements).p50, "queries": _statements(page, keys)}
    return found


def _time(statements: tuple[Statement, ...], *, seconds: float = 3.0) -> Timing:
    took: list[float] = []
    with closing(psycopg2.connect(**_address())) as link, link.cursor() as cursor:
        link.autocommit = True
        begun = time.perf_counter()
        while (time.perf_counter() - begun < seconds or len(took) < 20) and len(took) < 2000:
            started = time.perf_counter()
            for text, values in statements:
                cursor.execute(text, values)
                if cursor.description:
                    cursor.fetchall()
            took.append(time.perf_counter() - started)
    return Timing.of(took, time.perf_counter() - begun)


def _address() -> dict[str, Any]:
    wanted = connection.get_connection_params()
    return {k: v for k, v in wanted.items() if k not in ("cursor_factory", "options", "context")}


def _inserts(people: dict[str, int]) -> tuple[Statement, ...]:
    """The rows without which nothing was created: ticket, clock, event, and who must hear of it."""
    asker = people["other"]  # not the one whose list is measured again at the next size
    now = timezone.now()
    same = {"subject_type": "tickets.ticket", "subject_id": _New("tickets_ticket")}
    rows: list[tuple[type[models.Model], dict[str, Any]]] = [
        (Ticket, {"kind": "troubleshooting", "channel": "api", "title": "Printer kasir mati", "status": "new",
                  "description": "Lampunya berkedip merah.", "branch_id": _Asked("branch", asker), "requester_id": asker,
                  "created_at": now}),
        (Clock, {"promise": "response", **same, "case_type": "tickets.ticket", "case_id": _New("tickets_ticket"),
                 "branch_id": _Asked("branch", asker), "started_at": now, "due_at": now + timezone.timedelta(hours=2),
                 "next_level_at": now + timezone.timedelta(hours=1), "state": "running", "policy_id": _Asked("policy", 0)}),
        (Event, {"type": "ticket.opened", **same, "seq": 1, "actor_id": asker, "actor_label": "Penanya", "at": now,
                 "audience": "everyone", "facts": {"title": "Printer kasir mati"}, "previous_hash": "0" * 64}),
    ]  # fmt: skip
    rows += [
        (Delivery, {"event_id": _New("events_event"), "subscriber": s.name, "mailbox": f"bench:{s.name}",
                    "state": QueueState.SENT, "due_at": now})
        for s in listeners("ticket.opened")
    ]  # fmt: skip
    inserts = [
        _hashed(*_insert(model, row)) if model is Event else _insert(model, row) for model, row in rows
    ]
    return (("BEGIN", ()), *inserts, ("COMMIT", ()))


def _hashed(text: str, values: tuple[Any, ...]) -> Statement:
    """The same row of the ledger with the hash of what it says: PostgreSQL refuses any other."""
    into, given = text.split(" VALUES ")
    names = into.partition("(")[2].rstrip(")")
    kinds = ", ".join(
        f"NULL::{f.db_type(connection)}" for f in Event._meta.concrete_fields if not f.primary_key
    )
    taken = ", ".join(HASH if name == '"hash"' else f"NEW.{name}" for name in names.split(", "))
    # The first, empty row gives the columns their types.
    rows = f"(SELECT {kinds} WHERE false UNION ALL SELECT {given[1:-1]}) NEW ({names})"
    return f"{into} SELECT {taken} FROM {rows}", values


class _New(str):
    """The id of the row that this transaction just wrote into a table."""

    __slots__ = ()


class _Asked:
    """A value that the database knows."""

    def __init__(self, what: str, key: int) -> None:
        self.sql = {
            "branch": f"(SELECT branch_id FROM accounts_user WHERE id = {int(key)})",
            "policy": "(SELECT max(id) FROM clocks_clockpolicy WHERE promise = 'response')",
        }[what]


def _insert(model: type[models.Model], row: dict[str, Any]) -> Statement:
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    names, places, values = [], [], []
    for field in fields:
        value = row.get(field.attname, default(field))
        names.append(f'"{field.column}"')
        if isinstance(value, _New):
            places.append(f"currval(pg_get_serial_sequence('{value}', 'id'))")
        elif isinstance(value, _Asked):
            places.append(value.sql)
        else:
            places.append("%s")
            values.append(json.dumps(value) if isinstance(value, dict | list) else value)
    return f'INSERT INTO "{model._meta.db_table}" ({", ".join(names)}) VALUES ({", ".join(places)})', tuple(
        values
    )


def _statements(page: Page, keys: dict[str, Any]) -> int:
    """Statements of one request, the person's session included; transactions' own commands left out."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0].replace("*", "localhost")})
    asked = page.asked(keys)
    if page.actor != "token":
        client.cookies[keys["cookie"]] = keys["sessions"][page.actor]
    extra = {"HTTP_AUTHORIZATION": asked.headers["Authorization"]} if page.actor == "token" else {}
    call = client.post if page.body else client.get
    more: dict[str, Any] = (
        {"data": asked.body.decode(), "content_type": "application/json"} if page.body else {}
    )
    call(asked.path, **more, **extra)  # what is read once per process
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = call(asked.path, **more, **extra)
    assert answer.status_code == asked.status, answer.content[:300]
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return sum(not q["sql"].startswith(words) for q in seen.captured_queries)


# The sweep -------------------------------------------------------------------------------------------------------


def sweep(facts: dict[str, Any]) -> dict[str, Any]:
    """So many running clocks of which some are due: seconds for those, milliseconds for nothing due."""
    count, due = facts["clocks"], facts["due"]
    _fill(facts["superuser"], count, due, facts["last"])
    clocks.sweep(now=timezone.now() - timezone.timedelta(days=30))  # connect, import
    begun = time.perf_counter()
    told = 0
    while done := clocks.sweep():
        told += done
    seconds = time.perf_counter() - begun
    took = []
    for _number in range(300):
        started = time.perf_counter()
        assert clocks.sweep() == 0
        took.append(time.perf_counter() - started)
    return {
        "clocks": Clock.objects.running().count(), "due": due, "told": told, "seconds": seconds,
        "empty": Timing.of(took, 1.0).p50, "empty_p95": Timing.of(took, 1.0).p95,
    }  # fmt: skip


def _fill(superuser: str, count: int, due: int, last: int) -> None:
    """Running clocks of a second kind, so that each stands beside the one its ticket has already."""
    now = timezone.now()
    later, earlier = now + timezone.timedelta(days=5), now - timezone.timedelta(seconds=1)
    model = Clock.objects.order_by("pk").last()
    assert model is not None
    shared = {f.attname: getattr(model, f.attname) for f in Clock._meta.concrete_fields if not f.primary_key}

    def rows() -> Any:
        for number in range(count):
            soon = number % max(1, count // due) == 0 and number // max(1, count // due) < due
            start = earlier - timezone.timedelta(days=1) if soon else now
            yield shared | {
                "promise": "board", "subject_type": "bench.form", "subject_id": number,
                "case_type": "tickets.ticket", "case_id": number % last + 1, "started_at": start,
                "due_at": start + timezone.timedelta(days=2) if soon else later, "level": 0, "state": "running",
                "next_level_at": earlier if soon else later, "stopped_at": None,
            }  # fmt: skip

    with closing(psycopg2.connect(superuser)) as link:
        with link, link.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE clocks_clock SET next_level_at = NULL WHERE next_level_at IS NOT NULL")
            copy(cursor, Clock, rows())
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('clocks_clock', 'id'), (SELECT max(id) FROM clocks_clock))"
            )
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE clocks_clock")


if __name__ == "__main__":
    sys.exit(main())
