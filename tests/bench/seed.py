# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Runs inside the bench's product as the owner of its tables: `seed --tickets N` fills the database up to N tickets.

By COPY, without indexes and triggers, which are made again afterwards; three answers, one clock and four events each.
One ticket in fifty is open, one title in a thousand contains the rare word. Prints what it made, as JSON.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import django
import psycopg2

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db.models import Max  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import actions as accounts  # noqa: E402
from accounts.enums import Role, Scope  # noqa: E402
from accounts.models import Branch, User  # noqa: E402
from clocks.models import Clock  # noqa: E402
from events import canon  # noqa: E402
from events.models import Delivery, Event  # noqa: E402
from tests.bench.copying import copy, sentences  # noqa: E402
from tickets.models import Comment, SearchText, Ticket  # noqa: E402

BRANCHES, REQUESTERS, AGENTS = 20, 2000, 20
OPEN_EVERY, NEWEST = 50, 1500  # one in so many is open; among so many the open ones are new
RARE = "kaleidoskop"
PASSWORD = "rimba-raya-4711-bench"
SAID = sentences(4000)
BIG = (Ticket, Comment, Clock, Event, Delivery, SearchText)


def main() -> None:
    """Fill, then say who may sign in with what."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, required=True)
    parser.add_argument(
        "--superuser", required=True, help="address of the database for who may switch triggers off"
    )
    asked = parser.parse_args()
    begun = time.monotonic()
    people = _people()
    first = Ticket.objects.aggregate(last=Max("pk"))["last"] or 0
    with closing(psycopg2.connect(asked.superuser)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        with _without_indexes(cursor):
            _copy_all(cursor, people, first + 1, asked.tickets)
        _restart_numbers(cursor)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda start: _words(asked, start), range(first + 1, asked.tickets + 1, 20_000)))
    _run_alone(asked.superuser, "VACUUM ANALYZE")
    _run_alone(asked.superuser, "CHECKPOINT")
    print(json.dumps(_keys(people) | {"seconds": time.monotonic() - begun}))


def _words(asked: argparse.Namespace, start: int) -> None:
    """The words of 20,000 tickets, as the triggers would have written them."""
    last = min(start + 19_999, asked.tickets)
    _run_alone(asked.superuser, "SELECT tickets_write_words(%s, %s)", [start, last])


def _run_alone(superuser: str, statement: str, parameters: list[int] | None = None) -> None:
    with closing(psycopg2.connect(superuser)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)


def _people() -> dict[str, list[int]]:
    robot = accounts.robot("bench")
    for number in range(BRANCHES):
        Branch.objects.get_or_create(
            code=f"B{number:02}", defaults={"name": f"Cabang {number}", "city": "Banjarmasin"}
        )
    branches = list(Branch.objects.order_by("pk")[:BRANCHES])
    known = set(User.objects.values_list("email", flat=True))
    wanted = [(f"asker{n}@bench.example", f"Penanya {n}", branches[n % BRANCHES]) for n in range(REQUESTERS)]
    User.objects.bulk_create(
        User(email=email, name=name, branch=branch, password="!")
        for email, name, branch in wanted
        if email not in known
    )
    for number in range(AGENTS):
        email = f"agent{number}@bench.example"
        if email not in known:
            agent = accounts.enrol(email=email, name=f"Agen {number}", branch=branches[0], password=PASSWORD)
            accounts.grant_role(user=agent, role=Role.AGENT, by=robot)
    if "boss@bench.example" not in known:
        boss = accounts.enrol(
            email="boss@bench.example", name="Manajer", branch=branches[0], password=PASSWORD
        )
        accounts.grant_role(user=boss, role=Role.IT_MANAGER, by=robot)
    everybody = User.objects.filter(email__endswith="@bench.example").order_by("pk")
    return {
        kind: list(everybody.filter(email__startswith=kind).values_list("pk", flat=True))
        for kind in ("asker", "agent", "boss")
    }


@contextmanager
def _without_indexes(cursor: Any) -> Iterator[None]:
    """Drop the indexes that no constraint needs, and make them again: ten times quicker than keeping them."""
    tables = [m._meta.db_table for m in BIG]
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " JOIN pg_class t ON t.oid = i.indrelid"
        " WHERE t.relname = ANY(%s) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [tables],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in found:
        cursor.execute(definition)


def _copy_all(cursor: Any, people: dict[str, list[int]], first: int, last: int) -> None:
    branch_of = dict(User.objects.filter(pk__in=people["asker"]).values_list("pk", "branch_id"))
    numbers = range(first, last + 1)
    now = timezone.now()
    copy(cursor, Ticket, (_ticket(n, last, now, people, branch_of) for n in numbers), numbered=True)
    copy(cursor, Comment, (row for n in numbers for row in _comments(n, last, now, people)))
    copy(cursor, Clock, (_clock(n, last, now, people, branch_of) for n in numbers))
    copy(cursor, Event, (row for n in numbers for row in _events(n, last, now, people)))
    cursor.execute(_DELIVERED, [first])


def _at(number: int, last: int, now: Any) -> Any:
    """One every five minutes, the last one a minute ago: as old as a table of this size is."""
    return now - timedelta(minutes=1 + 5 * (last - number))


def _is_open(number: int) -> bool:
    return number % OPEN_EVERY == 0


def _is_new(number: int, last: int) -> bool:
    return _is_open(number) and last - number < NEWEST


def _is_rejected(number: int) -> bool:
    return number % 25 == 0 and not _is_open(number)


def _status(number: int) -> str:
    """The open ones by turns: few are new, most are being worked on."""
    if not _is_open(number):
        return "rejected" if _is_rejected(number) else "done"
    return ("in_progress", "waiting", "user_testing", "in_progress", "waiting", "in_progress")[
        number // OPEN_EVERY % 6
    ]


def _is_of_the_measured(number: int) -> bool:
    """Those whose pages are measured have sixty open ones from long ago, whatever the size: as many rows to draw."""
    return number <= 60 * OPEN_EVERY and _is_open(number)


def _asker(number: int, people: dict[str, list[int]]) -> int:
    """The rest is shared evenly."""
    if _is_of_the_measured(number):
        return people["asker"][0]
    return people["asker"][1 + number * 7919 % (REQUESTERS - 1)]


def _worker(number: int, people: dict[str, list[int]]) -> int:
    """In turn."""
    return people["agent"][0 if _is_of_the_measured(number) else number // OPEN_EVERY % AGENTS]


def _ticket(
    number: int, last: int, now: Any, people: dict[str, list[int]], branch_of: dict[int, int]
) -> dict[str, Any]:
    at, status, new = _at(number, last, now), _status(number), _is_new(number, last)
    accepted = status != "rejected" and not new
    asker = _asker(number, people)
    rare = f"{RARE} " if number % 1000 == 0 else ""
    return {
        "id": number, "kind": ("troubleshooting", "data_update")[number % 2], "channel": "browser",
        "title": f"{rare}{SAID[number % 4000]}"[:150], "description": f"{SAID[number * 31 % 4000]} {SAID[number * 17 % 4000]}",
        "branch_id": branch_of[asker], "requester_id": asker, "status": "new" if new else status,
        "priority": ("high", "medium", "low")[number % 3] if accepted else "",
        "assignee_id": _worker(number, people) if accepted else None,
        "created_at": at, "changed_at": at + timedelta(hours=3),
        "accepted_by_id": people["boss"][0] if accepted else None,
        "accepted_at": at + timedelta(minutes=30) if accepted else None,
        "answered_at": None if new else at + timedelta(minutes=40),
        "started_at": at + timedelta(hours=1) if accepted else None,
        "finished_at": None if _is_open(number) else at + timedelta(days=1),
    }  # fmt: skip


def _comments(number: int, last: int, now: Any, people: dict[str, list[int]]) -> Iterator[dict[str, Any]]:
    at = _at(number, last, now)
    writers = (
        _worker(number, people),
        _asker(number, people),
        people["agent"][number % AGENTS],
    )
    for turn, writer in enumerate(writers):
        yield {
            "ticket_id": number, "author_id": writer,
            "text": f"{SAID[(number + turn) * 13 % 4000]} {SAID[(number + turn) * 7 % 4000]}",
            "is_internal": turn == 2, "created_at": at + timedelta(minutes=40 + turn),
        }  # fmt: skip


def _clock(
    number: int, last: int, now: Any, people: dict[str, list[int]], branch_of: dict[int, int]
) -> dict[str, Any]:
    at = _at(number, last, now)
    runs = _is_new(number, last)
    level = min(100, int((now - at) / timedelta(hours=2) * 100)) if runs else 0
    told = max((step for step in (50, 75, 100) if step <= level), default=0)
    following = next((step for step in (50, 75, 100) if step > told), None) if runs else None
    return {
        "promise": "response", "subject_type": "tickets.ticket", "subject_id": number,
        "case_type": "tickets.ticket", "case_id": number, "branch_id": branch_of[_asker(number, people)],
        "started_at": at, "due_at": at + timedelta(hours=2), "state": "running" if runs else "met", "level": told,
        "next_level_at": at + timedelta(hours=2) * following / 100 if following else None,
        "stopped_at": None if runs else at + timedelta(minutes=40),
    } | _OF_CLOCK  # fmt: skip


_OF_CLOCK: dict[str, Any] = {}


def _events(number: int, last: int, now: Any, people: dict[str, list[int]]) -> Iterator[dict[str, Any]]:
    """A chain as the ledger's verifier takes it (`Event.digest`), with what `portal.invariants` asks of a ticket."""
    before, subject = canon.FIRST_HASH, "tickets.ticket"
    at, actor = _at(number, last, now), people["agent"][number % AGENTS]
    comments = [{"comment": 1 + (number - 1) * 3 + turn} for turn in range(3)]
    told: list[tuple[str, dict[str, Any]]] = [
        ("ticket.opened", {"title": SAID[number % 4000]}),
        *(
            []
            if _is_new(number, last)
            else [(f"ticket.{'rejected' if _is_rejected(number) else 'accepted'}", {})]
        ),
        *zip(("ticket.answered", "ticket.answered", "ticket.noted"), comments, strict=True),
    ]
    for turn, (type_, facts) in enumerate(told):
        then, audience = at + timedelta(minutes=turn), "staff" if type_ == "ticket.noted" else "everyone"
        stated = [
            before,
            subject,
            number,
            turn + 1,
            type_,
            actor,
            "Agen",
            None,
            "",
            canon.instant(then),
            audience,
        ]
        own = canon.sha256(canon.text([*stated, facts]))
        yield {
            "type": type_, "subject_type": subject, "subject_id": number, "seq": turn + 1, "actor_id": actor,
            "actor_label": "Agen", "at": then, "audience": audience, "facts": facts, "previous_hash": before, "hash": own,
        }  # fmt: skip
        before = own


_DELIVERED = """
    INSERT INTO events_delivery (event_id, subscriber, mailbox, state, attempts, due_at, sent_at, last_error)
    SELECT id, 'tickets.tell_manager_of_new_request', 'tickets.tell_manager_of_new_request:tickets.ticket:' || subject_id, 'sent', 1, at, at, ''
      FROM events_event WHERE type = 'ticket.opened' AND subject_id >= %s"""


def _restart_numbers(cursor: Any) -> None:
    """Tickets brought their own numbers: the next one goes on after them."""
    table = Ticket._meta.db_table
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _keys(people: dict[str, list[int]]) -> dict[str, Any]:
    """Session keys and a token: measuring must not measure the hashing of passwords."""
    names = {"requester": people["asker"][0], "agent": people["agent"][0], "manager": people["boss"][0]}
    asks = people["asker"][-1]
    users = {name: User.objects.get(pk=pk) for name, pk in names.items()}
    _token, secret = accounts.issue_token(
        user=users["agent"], name="bench", scope=Scope.WRITE, by=users["agent"]
    )
    return {
        "people": names | {"other": asks},
        "sessions": {name: _session(user) for name, user in users.items()},
        "token": secret,
        "cookie": settings.SESSION_COOKIE_NAME,
    }


def _session(user: User) -> str:
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    sys.exit(main())
