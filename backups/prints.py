# ruff: noqa: E501 - a question or a line of words reads better whole
"""What a database is like, in few words: its tables with their rows, how it is built, how old its newest row is.

Taken from the source in the very snapshot that is dumped, and again from what a drill restored; the two are compared.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from psycopg2 import sql

from backups import vault
from backups.dumps import Server, ask_mariadb
from backups.enums import Fault
from backups.pipes import Broken

FEW = 20_000  # rows up to which a table is compared by its content as well as by its count
Print = dict[str, Any]
_CASTS = re.compile(r"::(?:character varying|text|bpchar|name)(?:\(\d+\))?(?:\[\])?")
_BRACKETS = str.maketrans("", "", "() \n\t")

_TABLES = """
    SELECT n.nspname, c.relname, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2"""
_OURS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
# Each gives lines of text. Names are written in full on both sides, whatever the path of a session is.
_BUILT = {
    "columns": f"""SELECT n.nspname||'.'||c.relname||'.'||a.attname||' '||format_type(a.atttypid, a.atttypmod)||' '||
          a.attnotnull||' '||coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm') AND {_OURS}""",
    "constraints": f"""SELECT n.nspname||'.'||c.conname||' '||pg_get_constraintdef(c.oid)
        FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype <> 'n' AND {_OURS}""",
    "indexes": f"""SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}""",
    "triggers": f"""SELECT pg_get_triggerdef(t.oid)||' '||t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {_OURS}""",
    "functions": f"""SELECT n.nspname||'.'||p.proname||' '||md5(p.prosrc) FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE {_OURS} AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "views": f"""SELECT n.nspname||'.'||c.relname||' '||pg_get_viewdef(c.oid) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_OURS}""",
    "sequences": f"""SELECT n.nspname||'.'||c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'S' AND {_OURS}""",
}


def of_postgres(cursor: Any, newest_in: str = "") -> Print:
    """The print of the database behind `cursor`, whose transaction sees one moment."""
    cursor.execute("SET LOCAL search_path TO ''; SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO'")
    cursor.execute(_TABLES)
    tables: dict[str, list[Any]] = {}
    for schema, name, guess in cursor.fetchall():
        tables[f"{schema}.{name}"] = _table(cursor, sql.Identifier(schema, name), guess)
    return {
        "tables": tables,
        "built": {kind: _digest(cursor, question) for kind, question in _BUILT.items()},
        "newest": _newest_pg(cursor, newest_in) if newest_in else "",
    }


def _table(cursor: Any, name: sql.Identifier, guess: float) -> list[Any]:
    """Its rows, and for small tables a sum over their content ("" for large ones).

    PostgreSQL guesses -1 for what it never looked at. That may be any size: it is counted before it is summed.
    """
    if not 0 <= guess <= FEW:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
        count = cursor.fetchone()[0]
        if count > FEW:
            return [count, ""]
    cursor.execute(
        sql.SQL(
            "SELECT count(*), coalesce(sum(('x'||left(pg_catalog.md5(t::text), 15))::bit(60)::bigint::numeric), 0)"
            " FROM {} t"
        ).format(name)
    )
    count, total = cursor.fetchone()
    return [count, str(total) if count <= FEW else ""]


def _digest(cursor: Any, question: str) -> list[Any]:
    cursor.execute(question)
    lines = sorted(_plain(str(row[0])) for row in cursor.fetchall())
    return [len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]]


def _plain(line: str) -> str:
    """PostgreSQL writes casts and brackets of lists otherwise once it has read its own dump: they are left out."""
    return _CASTS.sub("", line).translate(_BRACKETS)


def _newest_pg(cursor: Any, newest_in: str) -> str:
    *table, column = newest_in.split(".")
    place = table if len(table) > 1 else ["public", *table]
    cursor.execute(
        sql.SQL("SELECT max({})::timestamptz FROM {}").format(sql.Identifier(column), sql.Identifier(*place))
    )
    found = cursor.fetchone()[0]
    return found.isoformat() if found else ""


def rows(found: Print) -> int:
    """How many rows there are in all."""
    return sum(int(table[0]) for table in found["tables"].values())


def age_hours(found: Print, now: datetime) -> float | None:
    """How old the newest row is; None where nobody said which column tells."""
    if not found.get("newest"):
        return None
    return (now - datetime.fromisoformat(found["newest"])).total_seconds() / 3600


def require_fresh(target: Any, found: Print, now: datetime) -> None:
    """Raises Broken (STALE) when the newest row is older than it may be, or there is none."""
    if not target.newest_in or not target.newest_hours:
        return
    age = age_hours(found, now)
    if age is None or age > target.newest_hours:
        raise Broken(Fault.STALE, f"{target.newest_in}: {found.get('newest') or 'no row'}")


def compare(was: Print, now: Print) -> None:
    """Raises Broken (SCHEMA, ROWS or CHECKSUM) naming what differs."""
    built = [kind for kind, facts in was["built"].items() if now["built"].get(kind) != facts]
    missing = sorted(set(was["tables"]) ^ set(now["tables"]))
    if built or missing:
        raise Broken(Fault.SCHEMA, ", ".join([*built, *missing]))
    other = [name for name, facts in was["tables"].items() if not _fits(facts[0], now["tables"][name][0])]
    if other:
        said = (
            f"{name}: {was['tables'][name][0]} before, {now['tables'][name][0]} restored" for name in other
        )
        raise Broken(Fault.ROWS, "\n".join(said))
    changed = [
        name for name, (_count, total) in was["tables"].items()
        if total and now["tables"][name][1] and total != now["tables"][name][1]
    ]  # fmt: skip
    if changed:
        raise Broken(Fault.CHECKSUM, ", ".join(changed))


def _fits(was: Any, now: int) -> bool:
    """A count, or the least and the most that it was while the dump ran."""
    least, most = was if isinstance(was, list) else (was, was)
    return bool(least <= now <= most)


# MariaDB: the dump's own transaction cannot be shared, so counts are taken before and after it ------------------------


def of_mariadb(server: Server, hand: vault.Hand, newest_in: str = "") -> Print:
    """The print of one database."""

    def ask(question: str) -> list[list[str]]:
        return ask_mariadb(server, hand, question)

    names = [
        row[0] for row in ask(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_type = 'BASE TABLE' ORDER BY 1"
        )
    ]  # fmt: skip
    tables: dict[str, list[Any]] = {}
    if names:
        counts = " UNION ALL ".join(f"SELECT {_text(name)}, count(*) FROM {_named(name)}" for name in names)
        tables = {row[0]: [int(row[1]), ""] for row in ask(counts)}
    for name, facts in tables.items():
        if facts[0] <= FEW:
            facts[1] = ask(f"CHECKSUM TABLE {_named(name)} EXTENDED")[0][1]
    return {"tables": tables, "built": _built_mariadb(ask), "newest": _newest_mariadb(ask, newest_in)}


def _built_mariadb(ask: Callable[[str], list[list[str]]]) -> dict[str, list[Any]]:
    questions = {
        "columns": "SELECT table_name, column_name, column_type, is_nullable, column_default, extra, collation_name"
        " FROM information_schema.columns WHERE table_schema = DATABASE()",
        "indexes": "SELECT table_name, index_name, seq_in_index, column_name, non_unique FROM"
        " information_schema.statistics WHERE table_schema = DATABASE()",
        "constraints": "SELECT table_name, constraint_name, constraint_type FROM"
        " information_schema.table_constraints WHERE table_schema = DATABASE()",
        "triggers": "SELECT trigger_name, event_object_table, md5(action_statement) FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE()",
        "routines": "SELECT routine_name, routine_type FROM information_schema.routines"
        " WHERE routine_schema = DATABASE()",
        "events": "SELECT event_name FROM information_schema.events WHERE event_schema = DATABASE()",
        "views": "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE()",
    }
    found = {}
    for kind, question in questions.items():
        lines = sorted("\t".join(row) for row in ask(question))
        found[kind] = [len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]]
    return found


def _newest_mariadb(ask: Callable[[str], list[list[str]]], newest_in: str) -> str:
    if not newest_in:
        return ""
    *table, column = newest_in.split(".")
    found = ask(
        f"SELECT convert_tz(max({_named(column)}), @@session.time_zone, '+00:00') FROM {_named(table[-1])}"
    )[0][0]
    return "" if found == "NULL" else datetime.fromisoformat(found).replace(tzinfo=UTC).isoformat()


def _named(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def between(before: Print, after: Print) -> Print:
    """The print of a dump that ran between the two: counts as ranges where they moved, sums only where they did not."""
    tables: dict[str, list[Any]] = {}
    for name, (count, total) in before["tables"].items():
        later, sum_later = after["tables"].get(name, [count, total])
        same = (count, total) == (later, sum_later)
        tables[name] = [count, total] if same else [sorted((count, later)), ""]
    return before | {"tables": tables}
