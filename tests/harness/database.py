# ruff: noqa: E501 - a table or a sentence reads better on one line
"""PostgreSQL under test: the product's role, an empty start, acts past the actions, and "nothing changed"."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

APP = "kumala"
LEDGER = ("events_event", "events_sealkey", "events_seal", "events_sealstamp")
# Written by migrations: what every installation begins with.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
# Of these the rows that the migrations wrote, and no others.
DELIVERED = {"clocks_clockpolicy": "WHERE by_id IS NULL", "approvals_policy": "WHERE published_by_id IS NULL"}
# Counters and visits: not the business of anybody who asks whether something happened.
OF_THE_VISIT = {
    "core_cache",
    "django_session",
    "django_migrations",
    "core_idempotencykey",
    "accounts_apitoken",
}


def make_role() -> None:
    """The role that the product runs as, where the server does not have it yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {APP}")
            cursor.execute(f"GRANT {APP} TO CURRENT_USER")


def is_transactional(request: pytest.FixtureRequest) -> bool:
    """Does this test commit? Then its threads act as the owner."""
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames


def empty() -> None:
    """After a test that commits: everything but what the migrations wrote. The ledger refuses it from everybody else."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        tables = sorted(set(connection.introspection.table_names()) - KEPT)
        # They point at tables that are emptied, so they are written again.
        for name, rows in DELIVERED.items():
            cursor.execute(
                f"CREATE TEMPORARY TABLE delivered_{name} ON COMMIT DROP AS SELECT * FROM {name} {rows}"
            )
        for state in ("DISABLE", "ENABLE"):
            for table in (*LEDGER, "approvals_policy"):
                cursor.execute(f"ALTER TABLE {table} {state} TRIGGER USER")
            if state == "DISABLE":
                cursor.execute(f"TRUNCATE {', '.join(tables)}")
                for name in DELIVERED:
                    cursor.execute(f"INSERT INTO {name} SELECT * FROM delivered_{name} ORDER BY id")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def as_owner() -> Iterator[Any]:
    """A cursor with the rights of the tables' owner, for tampering that the product's role cannot do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL ROLE NONE")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET LOCAL ROLE {APP}")


@contextmanager
def unguarded(*tables: str) -> Iterator[Any]:
    """As the owner, with the triggers of these tables switched off."""
    with as_owner() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def tables() -> list[str]:
    """Every table of our own models."""
    own = {m._meta.db_table for m in apps.get_models() if not m.__module__.startswith("django.contrib")}
    return sorted((own & set(connection.introspection.table_names())) - OF_THE_VISIT)


def fingerprint() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a hash over all of them."""
    parts = [
        f"SELECT '{t}', count(*), md5(coalesce(string_agg(x::text, '|' ORDER BY x::text), '')) FROM {t} x"
        for t in tables()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}


@contextmanager
def unchanged() -> Iterator[None]:
    """No row of any table of ours is another one afterwards."""
    before = fingerprint()
    yield
    after = fingerprint()
    assert after == before, f"changed: {[t for t in after if after[t] != before[t]]}"
