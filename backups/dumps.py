"""Databases: how to reach one, the program that dumps it, and whether what it printed is whole."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection

from backups import vault
from backups.enums import Fault, TargetKind
from backups.pipes import Broken, Command, Judge, Stream, run

_ROW = 1  # a row takes at least so many bytes of a dump
_NO_ENTRY = ("password authentication failed", "no pg_hba.conf entry", "role", "access denied")
_GONE = (
    "could not connect", "connection to server", "terminating connection", "server closed", "can't connect",
    "lost connection", "gone away", "unknown server host", "connection refused", "shutdown in progress",
)  # fmt: skip
_GRANTS = (
    "permission denied", "row-level security", "command denied", "view_metadata", "insufficient privileges",
    "must be owner", "need (at least one of) the",
)  # fmt: skip
# What mariadb-dump leaves out silently when its user may not see it; routines are a right on another table.
_MARIADB_RIGHTS = ("SELECT", "LOCK TABLES", "SHOW VIEW", "TRIGGER", "EVENT")
_ROUTINES = "routines"


@dataclass(frozen=True)
class Server:
    """Where a database is, and as whom it is read."""

    database: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = ""
    tls: bool = False  # MariaDB offers it; PostgreSQL's programs find out by themselves

    @property
    def facts(self) -> dict[str, Any]:
        """For psycopg2; the password stays inside this process."""
        given = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return {name: value for name, value in given.items() if value} | {"dbname": self.database}

    @property
    def words(self) -> str:
        """For programs of PostgreSQL: nothing secret."""
        given = {"host": self.host, "port": self.port, "user": self.user, "dbname": self.database}
        said = " ".join(f"{name}='{_quoted(value)}'" for name, value in given.items() if value)
        return f"{said} keepalives_idle=30 keepalives_interval=10 keepalives_count=6 connect_timeout=20"


def _quoted(value: Any) -> str:
    return str(value).replace("\\", "\\\\").replace("'", "\\'")


def server_of(target: Any) -> Server:
    """The database of a target; that of this product is the one we are connected to. Raises core.secrets.WrongKey."""
    if target.kind == TargetKind.PRODUCT:
        return own_server()
    kept = vault.open_(target.secrets)
    tls = target.kind == TargetKind.MARIADB and offers_tls(target.host, target.port or 3306)
    return Server(target.database, target.host, target.port, target.username, kept.get("password", ""), tls)


def own_server() -> Server:
    """The database that we are connected to."""
    own = connection.settings_dict
    port = int(own["PORT"]) if own.get("PORT") else None
    host = own.get("HOST") or own.get("OPTIONS", {}).get("host", "")
    return Server(str(own["NAME"]), host, port, own.get("USER") or "", own.get("PASSWORD") or "")


# PostgreSQL ---------------------------------------------------------------------------------------------------------


def program(name: str) -> str:
    """A program of PostgreSQL: of the version that is set, else the one on the path."""
    return str(Path(settings.POSTGRES_PROGRAMS) / name) if settings.POSTGRES_PROGRAMS else name


def connect(server: Server) -> Any:
    """A connection of psycopg2. Raises Broken with UNREACHABLE or REFUSED."""
    try:
        return psycopg2.connect(**server.facts, connect_timeout=20, application_name="kumala backups")
    except psycopg2.OperationalError as problem:
        raise Broken(_no_entry(str(problem)), str(problem)) from None


def _no_entry(said: str) -> Fault:
    return Fault.REFUSED if any(words in said.lower() for words in _NO_ENTRY) else Fault.UNREACHABLE


def require_version(cursor: Any) -> None:
    """The dump program must not be older than the server. Raises Broken with VERSION."""
    cursor.execute("SHOW server_version_num")
    theirs = int(cursor.fetchone()[0]) // 10000
    said = run(Command((program("pg_dump"), "--version")), patience=30).out
    ours = int("".join(c if c.isdigit() else " " for c in said).split()[0]) if said else 0
    if ours < theirs:
        raise Broken(Fault.VERSION, f"{said.strip()} cannot dump PostgreSQL {theirs}.")


def pg_env(server: Server, hand: vault.Hand) -> dict[str, str]:
    """The password of a connection, as a file in memory."""
    if not server.password:
        return {}
    escaped = server.password.replace("\\", "\\\\").replace(":", "\\:")
    return {"PGPASSFILE": hand.file(f"*:*:*:*:{escaped}\n", server.password, escaped)}


def pg_dump(server: Server, snapshot: str, hand: vault.Hand) -> Command:
    """The whole database as one archive, seen as the exported `snapshot` sees it. Not compressed: the store does that,
    and finds again what it has.
    """
    words = (
        program("pg_dump"),
        "--format=custom",
        "--compress=0",
        "--no-password",
        "--lock-wait-timeout=120s",
    )
    return Command((*words, f"--snapshot={snapshot}", f"--dbname={server.words}"), pg_env(server, hand))


def pg_roles(server: Server, hand: vault.Hand) -> str:
    """Roles, memberships and settings of the whole server, without passwords: no dump of one database holds them.

    Raises Broken.
    """
    words = ("--roles-only", "--no-role-passwords", "--no-password", f"--database={server.words}")
    done = run(Command((program("pg_dumpall"), *words), pg_env(server, hand)), patience=600)
    if done.code:
        raise Broken(_pg_fault(done.said), hand.scrub(done.said))
    if "database cluster dump complete" not in done.out:
        raise Broken(Fault.TRUNCATED, "pg_dumpall")
    return done.out


def judge_pg(rows: int) -> Judge:
    """An archive is whole when its program says so, it begins and ends like one, and has room for the rows counted."""

    def judge(stream: Stream, code: int, said: str) -> Fault | None:
        if code:
            return _pg_fault(said)
        if not stream.head.startswith(b"PGDMP") or stream.size < rows * _ROW:
            return Fault.EMPTY if stream.size < max(1024, rows * _ROW) else Fault.TRUNCATED
        return None if stream.tail.endswith(b"\0\0\0\0") else Fault.TRUNCATED

    return judge


def _pg_fault(said: str) -> Fault:
    low = said.lower()
    if "server version mismatch" in low:
        return Fault.VERSION
    if any(words in low for words in _GRANTS):
        return Fault.GRANTS
    if any(words in low for words in _GONE):
        return Fault.UNREACHABLE
    return Fault.DUMP


# MariaDB, and MySQL as far as MariaDB's programs read it and its server takes it: only MariaDB has been tried ---------


def mariadb(name: str, server: Server, hand: vault.Hand, *words: str) -> Command:
    """A program of MariaDB with its connection; who and with which password stands in a file in memory."""
    lines = ["[client]", f"user={_ini(server.user)}", f"password={_ini(server.password)}"]
    if server.host.startswith("/"):
        lines.append(f"socket={_ini(server.host)}")
    else:
        lines += [f"host={_ini(server.host or '127.0.0.1')}", f"port={server.port or 3306}", "protocol=tcp"]
        lines += ["ssl", "skip-ssl-verify-server-cert"] if server.tls else []
    extra = hand.file("\n".join(lines) + "\n", server.password)
    return Command((name, f"--defaults-extra-file={extra}", *words))


_CLIENT_SSL = 0x0800  # of the capabilities in the first packet of a server


def offers_tls(host: str, port: int) -> bool:
    """Whether a server of MariaDB or MySQL says in its greeting that it can encrypt. Its programs do not ask."""
    if host.startswith("/"):
        return False
    try:
        with socket.create_connection((host or "127.0.0.1", port), timeout=20) as line:
            greeting = line.recv(512)
    except OSError:
        return False  # whoever connects next says so better
    after_version = greeting.find(b"\0", 5) + 1  # 4 bytes of header, 1 of protocol
    place = after_version + 4 + 8 + 1  # number of the thread, half of the salt, a zero
    return len(greeting) >= place + 2 and bool(
        int.from_bytes(greeting[place : place + 2], "little") & _CLIENT_SSL
    )


def _ini(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def ask_mariadb(server: Server, hand: vault.Hand, question: str) -> list[list[str]]:
    """Rows as text. Raises Broken."""
    words = ("--batch", "--skip-column-names", "--raw", "--connect-timeout=20", "--execute", question)
    done = run(mariadb("mariadb", server, hand, *words, server.database), patience=3600)
    if done.code:
        raise Broken(mariadb_fault(done.said), hand.scrub(done.said))
    return [line.split("\t") for line in done.out.splitlines()]


def require_rights(server: Server, hand: vault.Hand) -> None:
    """All that a whole dump needs, because what is missing would be left out without a word. Raises Broken (GRANTS)."""
    granted: set[str] = set()
    for (line,) in ask_mariadb(server, hand, "SHOW GRANTS"):
        what, _on, where = line.removeprefix("GRANT ").partition(" ON ")
        place = where.partition(" TO ")[0].replace("`", "").replace("\\", "")
        if place in ("*.*", f"{server.database}.*"):
            granted |= {right.strip() for right in what.split(",")}
        if place in ("*.*", "mysql.*", "mysql.proc") and {"SELECT", "ALL PRIVILEGES"} & set(what.split(", ")):
            granted.add(_ROUTINES)
    lacking = [right for right in _MARIADB_RIGHTS if right not in granted]
    if lacking and "ALL PRIVILEGES" not in granted:
        raise Broken(Fault.GRANTS, f"Missing on {server.database}: {', '.join(lacking)}.")
    if not granted & {_ROUTINES, "SHOW_ROUTINE", "SHOW CREATE ROUTINE", "ALL PRIVILEGES"}:
        raise Broken(
            Fault.GRANTS, "Missing: SELECT on mysql.proc. Procedures would be left out without a word."
        )


def require_innodb(server: Server, hand: vault.Hand) -> None:
    """A dump sees one moment only of tables that know transactions. Raises Broken (ENGINE)."""
    rows = ask_mariadb(
        server, hand,
        "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = DATABASE()"
        " AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'",
    )  # fmt: skip
    if rows:
        raise Broken(Fault.ENGINE, ", ".join(f"{name} ({engine})" for name, engine in rows))


def mariadb_dump(server: Server, hand: vault.Hand) -> Command:
    """One database as statements, as one transaction sees it."""
    words = (
        "--single-transaction",
        "--quick",
        "--routines",
        "--events",
        "--triggers",
        "--hex-blob",
        "--skip-dump-date",
    )
    return mariadb("mariadb-dump", server, hand, *words, "--default-character-set=utf8mb4", server.database)


def judge_mariadb(rows: int) -> Judge:
    """Statements are whole when the program says so in its exit code and in its last line."""

    def judge(stream: Stream, code: int, said: str) -> Fault | None:
        if code:
            return mariadb_fault(said)
        if stream.size < max(400, rows * _ROW):
            return Fault.EMPTY
        return None if b"-- Dump completed" in stream.tail else Fault.TRUNCATED

    return judge


def mariadb_fault(said: str) -> Fault:
    """What the words of MariaDB's programs mean."""
    low = said.lower()
    if "access denied for user" in low and "to database" not in low and "using password" in low:
        return Fault.REFUSED
    if any(words in low for words in (*_GRANTS, "access denied")):
        return Fault.GRANTS
    if any(words in low for words in _GONE):
        return Fault.UNREACHABLE
    return Fault.DUMP


# Directories of other servers ---------------------------------------------------------------------------------------


def tar(words: list[str], path: str) -> Command:
    """A directory of another server as one stream, over the connection `words`."""
    quoted = "'" + path.replace("'", "'\\''") + "'"
    return Command(
        (*words, f"tar --create --file=- --numeric-owner --one-file-system --directory={quoted} .")
    )


def judge_tar(stream: Stream, code: int, said: str) -> Fault | None:
    """An archive of tar ends with two blocks of nothing."""
    low = said.lower()
    if code == 255:
        if "host key verification failed" in low:
            return Fault.HOST_KEY
        return Fault.REFUSED if "permission denied" in low else Fault.UNREACHABLE
    if code:
        return Fault.MISSING if "cannot open" in low or "no such file" in low else Fault.PARTIAL
    if stream.size < 1024:
        return Fault.EMPTY
    return None if stream.tail.endswith(b"\0" * 200) else Fault.TRUNCATED
