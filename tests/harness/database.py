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
    full = _with_rows()
    with _rewriting(full) as cursor:
        cursor.execute("; ".join(f"DELETE FROM {t} {_not_delivered(t)}" for t in full))
    with connection.cursor() as cursor:
        # The pages go as well: whoever counts what is read finds tables as small as they look.
        cursor.execute(f"VACUUM {', '.join(full)}")


def _with_rows() -> list[str]:
    """The tables that hold anything: a few of many, and to empty one that is empty takes as long."""
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {t}))" for t in tables))
        return [name for (name,) in cursor.fetchall()]


def _not_delivered(table: str) -> str:
    return DELIVERED[table].replace("IS NULL", "IS NOT NULL") if table in DELIVERED else ""


@contextmanager
def _rewriting(tables: list[str]) -> Iterator[Any]:
    """One transaction of the owner in which no trigger of these tables speaks; foreign keys hold at its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for state in ("DISABLE", "ENABLE"):
            cursor.execute("; ".join(f"ALTER TABLE {t} {state} TRIGGER USER" for t in tables))
            if state == "DISABLE":
                yield cursor
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def keep() -> list[str]:
    """Remember every row as it stands, under the names that `bring_back` wants."""
    full = _with_rows()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE; CREATE SCHEMA kept")
        cursor.execute("; ".join(f"CREATE UNLOGGED TABLE kept.{t} AS TABLE {t}" for t in full))
    return full


def bring_back(kept: list[str]) -> None:
    """Every row that was kept, in a database that was emptied."""
    with _rewriting(kept) as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND is_generated = 'NEVER' AND table_name = ANY(%s) GROUP BY 1",
            [kept],
        )
        for table, columns in cursor.fetchall():
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept.{table} ON CONFLICT DO NOTHING"
            )


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
