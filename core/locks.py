"""Advisory locks of PostgreSQL: one at a time, across processes, gone with the transaction."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection, models


def wait_for(*name: object) -> None:
    """Hold the lock called `name` until the end of this transaction, waiting for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key(*name)])


def only_one(*name: object) -> bool:
    """Take the lock called `name` until the end of this transaction; False if somebody has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key(*name)])
        return bool(cursor.fetchone()[0])


@contextmanager
def alone(*name: object) -> Iterator[bool]:
    """Hold the lock called `name` for longer than a transaction, without waiting; False: somebody has it.

    It belongs to the connection: with its process, or its connection, it is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key(*name)])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key(*name)])


def hold_case(row: models.Model) -> None:
    """Hold the case in whose chain the events of `row` stand: its `case` (a label and a number), or the row itself."""
    hold(*getattr(row, "case", (row._meta.label_lower, row.pk)))


def hold(label: str, number: int) -> None:
    """Hold one case, and with it a share of all cases of its kind: who wants those waits until nobody has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s), pg_advisory_xact_lock(%s)",
            [key("cases", label), key("case", label, number)],
        )


def hold_all(label: str) -> None:
    """Hold every case of a kind until the end of this transaction, those to come as well.

    For an act upon more of them than PostgreSQL has room for locks. It must be the first lock that it takes.
    """
    wait_for("cases", label)


def hold_cases(cases: Iterable[tuple[str, int]]) -> None:
    """Hold many cases (label, number), in one order for everybody: no two can wait for each other in a circle."""
    wanted = set(cases)
    kinds = sorted({key("cases", label) for label, _number in wanted})
    keys = sorted({key("case", *case) for case in wanted})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(k) FROM (SELECT k FROM unnest(%s::bigint[]) k ORDER BY k) x",
            [kinds],
        )
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest(%s::bigint[]) k ORDER BY k) x", [keys]
        )


def hold_free_cases(cases: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Hold those of the cases that nobody holds, without waiting for the others; which ones that are."""
    keys = {key("case", *case): case for case in cases}
    kinds = {key("cases", label) for label, _number in keys.values()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k FROM unnest(%s::bigint[]) k WHERE NOT pg_try_advisory_xact_lock_shared(k)",
            [list(kinds)],
        )
        if cursor.fetchall():
            return set()
        cursor.execute(
            "SELECT k FROM unnest(%s::bigint[]) k WHERE pg_try_advisory_xact_lock(k)", [list(keys)]
        )
        return {keys[row[0]] for row in cursor.fetchall()}


def key(*name: object) -> int:
    """The number of the lock called `name`, for statements that take it themselves."""
    text = "\x1f".join(map(str, name)).encode()
    return (zlib.crc32(text) << 31) | zlib.adler32(text) & 0x7FFFFFFF
