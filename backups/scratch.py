"""Throwaway servers and directories for drills: nothing that a copy brings can reach anything of ours.

Restoring is executing: a dump may carry functions and triggers. So it is restored into a server that was made a second
ago, listens on one socket in one directory, runs as a user without rights, and is gone afterwards.
"""

import os
import pwd
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg2
from django.conf import settings

from backups.dumps import Server, connect, program
from backups.enums import Fault
from backups.pipes import Broken, Command, killed_afterwards, run, start

_PATIENCE = 60  # seconds until a server answers
_PREFIX = "kumala-drill-"


@contextmanager
def directory() -> Iterator[Path]:
    """An empty directory that is removed afterwards, whatever happens."""
    home = Path(settings.BACKUP_SCRATCH) if settings.BACKUP_SCRATCH else Path(tempfile.gettempdir())
    home.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep(older_than: float) -> int:
    """Remove what killed drills left behind, older than so many seconds; how many directories."""
    home = Path(settings.BACKUP_SCRATCH) if settings.BACKUP_SCRATCH else Path(tempfile.gettempdir())
    old = [
        path for path in home.glob(f"{_PREFIX}*")
        if path.stat().st_uid == os.geteuid() and time.time() - path.stat().st_mtime > older_than
    ]  # fmt: skip
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


@contextmanager
def postgres() -> Iterator[Server]:
    """A server of PostgreSQL with an empty database. Raises Broken when its programs are not installed."""
    with directory() as home:
        user = _hand_over(home)
        words = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions")
        _made(Command((program("initdb"), f"--pgdata={home}/data", *words, *_locale()), user=user))
        options = {
            "listen_addresses": "", "unix_socket_directories": str(home), "fsync": "off", "full_page_writes": "off",
            "synchronous_commit": "off", "shared_buffers": "64MB", "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB", "logging_collector": "off",
        }  # fmt: skip
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (home / "log").open("wb") as log:
            server = start(
                Command((program("postgres"), "-D", f"{home}/data", *flags), user=user),
                stdout=log,
                stderr=log,
            )
            with killed_afterwards(server):
                here = Server("restored", str(home), None, "postgres")
                _until(
                    lambda: run(_psql(here, "postgres", "CREATE DATABASE restored")).code == 0, home / "log"
                )
                yield here


# One statement to its end: words, "names" and 'values', no comment, and no backslash by which a value could go on.
_ABOUT_ROLES = re.compile(
    r"""(CREATE ROLE|ALTER ROLE|GRANT) (?:[A-Za-z0-9_ ,=.()]|"[^"]*"|'[^'\\]*')+;""", re.ASCII
)


def require_roles(server: Server, statements: str) -> tuple[int, list[str]]:
    """How many roles `statements` (of pg_dumpall) make, and which of them did not come to be in the throwaway server.

    Roles that are there already, as that of its owner, are no error. What a copy brings is not ours: no program
    reads it that would obey a backslash, and of its lines only those that make and join roles are executed.
    """
    lines = statements.splitlines()
    names = sorted({_unquoted(line) for line in lines if line.startswith("CREATE ROLE ")})
    with closing(connect(replace(server, database="postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for line in filter(_ABOUT_ROLES.fullmatch, lines):
                with suppress(psycopg2.Error):
                    cursor.execute(line)
    said = run(_psql(server, "postgres", "SELECT rolname FROM pg_roles", "--tuples-only", "--no-align"))
    return len(names), [name for name in names if name not in said.out.splitlines()]


def _unquoted(line: str) -> str:
    name = line.removeprefix("CREATE ROLE ").rstrip().removesuffix(";")
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


_SOUND = """
    SELECT count(bt_index_check(c.oid, i.indisunique)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_am am ON am.oid = c.relam WHERE am.amname = 'btree' AND c.relpersistence = 'p' AND i.indisvalid"""
_HEAPS = """
    SELECT c.relname, v.msg FROM pg_class c, LATERAL verify_heapam(c.oid, check_toast => true) v
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' LIMIT 5"""


def require_sound(server: Server) -> int | None:
    """How many indexes amcheck found sound, and with them the pages of all tables and of what they keep beside them
    (TOAST); None where it is not installed.

    Raises Broken (DAMAGED), and RESTORE where the server does not answer.
    """
    words = ("--tuples-only", "--no-align")
    has = run(
        _psql(server, server.database, "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'", *words)
    )
    if has.code:
        raise Broken(Fault.RESTORE, has.said)
    if has.out.strip() != "1":
        return None
    made = run(_psql(server, server.database, "CREATE EXTENSION IF NOT EXISTS amcheck"))
    indexes = run(_psql(server, server.database, _SOUND, *words), patience=3600)
    heaps = run(_psql(server, server.database, _HEAPS, *words), patience=3600)
    if made.code or indexes.code or heaps.code or heaps.out.strip():
        raise Broken(Fault.DAMAGED, "\n".join([made.said, indexes.said, heaps.said, heaps.out]))
    return int(indexes.out.strip())


def _locale() -> tuple[str, ...]:
    said = run(Command((program("initdb"), "--version")), patience=30).out
    major = int("0" + "".join(c if c.isdigit() else " " for c in said).split()[0]) if said else 0
    builtin = 17  # the version that brought a provider which needs nothing of the system
    return ("--locale-provider=builtin", "--locale=C.UTF-8") if major >= builtin else ("--locale=C.UTF-8",)


def _psql(server: Server, database: str, statement: str, *more: str) -> Command:
    """One statement, which is ours."""
    words = (
        "--no-psqlrc",
        "--quiet",
        f"--host={server.host}",
        f"--username={server.user}",
        f"--dbname={database}",
    )
    return Command((program("psql"), *words, *more, "--set=ON_ERROR_STOP=1", f"--command={statement}"))


@contextmanager
def mariadb() -> Iterator[Server]:
    """A server of MariaDB with an empty database."""
    with directory() as home:
        user = _hand_over(home)
        name = pwd.getpwuid(os.geteuid() if user is None else user).pw_name
        data = f"--datadir={home}/data"
        words = ("--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db")
        _made(Command(("mariadb-install-db", *words), user=user))
        options = (f"--socket={home}/s", "--skip-networking", "--skip-grant-tables", f"--pid-file={home}/pid")
        fast = (
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
            "--skip-log-bin",
            "--event-scheduler=OFF",
        )
        with (home / "log").open("wb") as log:
            server = start(
                Command(("mariadbd", "--no-defaults", data, *options, *fast), user=user),
                stdout=log,
                stderr=log,
            )
            with killed_afterwards(server):
                here = Server("restored", f"{home}/s", None, name)
                made = Command(
                    ("mariadb", "--no-defaults", f"--socket={home}/s", "--execute=CREATE DATABASE restored")
                )
                _until(lambda: run(made).code == 0, home / "log")
                yield here


def _hand_over(home: Path) -> int | None:
    """Servers refuse to run as root: root's run as `nobody`, who gets the directory. The user's number, or None."""
    if os.geteuid():
        home.chmod(0o700)
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _made(command: Command) -> None:
    done = run(command, patience=300)
    if done.code:
        raise Broken(Fault.BUG, f"{command.words[0]}: {done.said or done.out}")


def _until(answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if answers():
            return
        time.sleep(0.1)
    raise Broken(Fault.BUG, log.read_text(errors="replace")[-4000:])
