"""Is it alive, and can it work? For load balancers, container engines and the local runner."""

from collections.abc import Callable
from contextlib import closing
from functools import cache
from typing import Any

import psycopg2
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kumala_itsm.broker import ping

PATIENCE_SECONDS = 2
SILENCE_SECONDS = 45  # three beats may be missed

_UNKNOWN = "unknown: the database does not answer"
_Question = Callable[[Any], str]


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """`/healthz`: this process answers. It asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 while every part is in order, else 503; JSON names each part and what is wrong with it."""
    parts = _asked_of_database()
    answers = ping(settings.REDIS_URL, patience=PATIENCE_SECONDS)
    if answers != "ok":  # at once; that the workers do not reach it shows in their sign of life
        parts["broker"] = answers
    good = all(said == "ok" for said in parts.values())
    return JsonResponse({"ready": good} | parts, status=200 if good else 503)


def _asked_of_database() -> dict[str, str]:
    """Every answer that the database has, over a connection of its own that gives up after two seconds."""
    questions: dict[str, _Question] = {
        "database": lambda _: "ok",
        "migrations": _migrations,
        "broker": lambda cursor: _heartbeat(cursor, "broker"),
        "worker": lambda cursor: _heartbeat(cursor, "worker"),
        "scheduler": lambda cursor: _heartbeat(cursor, "scheduler"),
    }
    try:
        with closing(_connect()) as link, link.cursor() as cursor:
            return {name: ask(cursor) for name, ask in questions.items()}
    except psycopg2.Error as problem:
        reason = str(problem).strip().split("\n")[0] or type(problem).__name__
        return dict.fromkeys(questions, _UNKNOWN) | {"database": _public(reason)}


def _connect() -> Any:
    """The product's own database, but impatient: a probe must not wait as long as a person does."""
    address = {
        k: v for k, v in connection.get_connection_params().items() if k not in ("cursor_factory", "options")
    }
    impatient = {
        "connect_timeout": PATIENCE_SECONDS,
        "tcp_user_timeout": PATIENCE_SECONDS * 1000,
        "options": f"-c statement_timeout={PATIENCE_SECONDS * 1000}",
    }
    link = psycopg2.connect(**address | impatient)
    link.autocommit = True
    return link


def _public(reason: str) -> str:
    """What went wrong, without addresses and names of users: anybody may read this page."""
    for told in (
        "timeout",
        "refused",
        "authentication failed",
        "does not exist",
        "starting up",
        "shutting down",
    ):
        if told in reason:
            return f"away: {told}"
    return "away"


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _migrations(cursor: Any) -> str:
    cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return "none applied"
    cursor.execute("SELECT app, name FROM django_migrations")
    waiting = _known_migrations() - set(cursor.fetchall())
    return f"{len(waiting)} not applied" if waiting else "ok"


def _heartbeat(cursor: Any, name: str) -> str:
    """The database's clock decides: it wrote no beat, but every process may have a clock of its own."""
    cursor.execute("SELECT to_regclass('events_heartbeat') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return "unknown: its table is not there"
    cursor.execute(
        "SELECT extract(epoch FROM now() - beat_at)::int FROM events_heartbeat WHERE name = %s", [name]
    )
    found = cursor.fetchone()
    if found is None:
        return "never seen"
    return "ok" if found[0] < SILENCE_SECONDS else f"silent for {found[0]} seconds"
