"""Tables that are made once: a dump of the empty database, as long as no migration changes.

An empty database has its tables after half a minute of migrations; a copy of one has them after a second. The dump
lies in .local/tests under a name made of every migration, so a changed one is never met with old tables; what runs
after every migration (content types, permissions) runs on the copy too.
"""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

NAME = "kumala_made"
ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".local" / "tests"


def offer() -> None:
    """Let the test database be a copy of the kept one, where there is a dump of it."""
    if settings.POSTGRES_PROGRAMS and (dump := _dump()).exists():
        with connection._nodb_cursor() as cursor:
            # Two test processes share the server: one fills the copy, the other waits and finds it.
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [NAME])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {NAME}")
                _run(["pg_restore", "--no-owner", "--dbname", _address(NAME), str(dump)])
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [NAME])
        connection.settings_dict["TEST"]["TEMPLATE"] = NAME


def keep() -> None:
    """After the migrations and before the first test: a dump for the next run. One that fails is none."""
    if settings.POSTGRES_PROGRAMS and not (dump := _dump()).exists():
        HOME.mkdir(parents=True, exist_ok=True)
        for old in HOME.glob("*.dump"):
            old.unlink(missing_ok=True)
        making = dump.with_suffix(f".{os.getpid()}")
        database = str(connection.settings_dict["NAME"])
        _run(["pg_dump", "--format=custom", "--compress=1", "--file", str(making), _address(database)])
        making.rename(dump)


def _dump() -> Path:
    made = hashlib.sha256(settings.POSTGRES_PROGRAMS.encode())
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("integrations/*/migrations/*.py")]):
        made.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    made.update((ROOT / "requirements" / "run.txt").read_bytes())
    return HOME / f"{made.hexdigest()[:16]}.dump"


def _address(database: str) -> str:
    there = connection.settings_dict
    return f"postgresql://{there['USER']}@/{database}?host={there['HOST']}"


def _run(command: Sequence[str]) -> None:
    programs = settings.POSTGRES_PROGRAMS
    subprocess.run([str(Path(programs) / command[0]), *command[1:]], check=True)
