"""`up`: everything, until told to stop. `run`: a command beside a fresh PostgreSQL and Redis."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from kumala_itsm.local import addresses, postgres, product, redis, translations
from kumala_itsm.local.process import Service, clear_leftovers
from kumala_itsm.local.trouble import Trouble

_LONGEST_BACK_OFF = 30.0
_STEADY_SECONDS = 60.0


class Stopped(Exception):
    """Somebody asked the runner to end while it was still starting."""


@dataclass
class Signals:
    """Ctrl-C, SIGTERM and a closed terminal mean the same: stop everything. A second one: hurry."""

    count: int = 0
    starting: bool = True

    def install(self) -> None:
        """From now on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.take)

    def take(self, number: int, frame: FrameType | None) -> None:
        """Count; leave the start at once."""
        self.count += 1
        if self.starting:
            self.starting = False
            raise Stopped


@dataclass
class Watched:
    """A service and how it has been doing."""

    service: Service
    failures: int = 0
    since: float = field(default_factory=time.monotonic)
    again_at: float | None = None


def say(line: str) -> None:
    """One line for the person at the keyboard."""
    print(line, flush=True)


@contextmanager
def held(state: Path) -> Iterator[None]:
    """The state directory, ours alone. Raises Trouble when another runner has it."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("a+")
    except PermissionError as problem:
        raise Trouble(
            f"{problem.filename} belongs to another user: start as that user, or remove {state}."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            other = lock.read().strip()
            raise Trouble(f"Kumala ITSM already runs here (process {other}): stop that one first.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def up(place: product.Place) -> int:
    """Run the whole product until a signal; the exit code. Raises Trouble for what it cannot mend."""
    signals = Signals()
    signals.install()
    running: list[Watched] = []
    with held(place.state):
        try:
            clear_leftovers(place.state)
            product.require_port(place)
            _start(place, running)
            signals.starting = False
            while not signals.count:
                _watch(running)
                time.sleep(0.2)
        except Stopped:
            pass
        finally:
            signals.starting = False
            _stop(running, signals)
    return 0


def _start(place: product.Place, running: list[Watched]) -> None:
    database, owner, broker = _stores(place.state, running)
    env = product.environment(place, database=database, owner=owner, broker=broker)
    say("preparing   tables, static files, demo data")
    product.make_ready(place, env)
    for service in product.services(place, env):
        _launch(service, running)
    if problem := product.wait_until_ready(place):
        raise Trouble(f"{problem}\nNot ready after a minute: the line above is from {place.address}/readyz.")
    _announce(place, env)


def _stores(state: Path, running: list[Watched], *, hasty: bool = False) -> tuple[str, str, str]:
    """Addresses of the database, the database for its owner, and the broker: those given, or servers of our own."""
    database = os.environ.get("DATABASE_URL", "")
    owner = os.environ.get("DATABASE_OWNER_URL", "") or database
    broker = os.environ.get("REDIS_URL", "")
    if database:
        addresses.require_database("DATABASE_URL", database)
        if owner != database:
            addresses.require_database("DATABASE_OWNER_URL", owner)
        say(f"postgresql  {addresses.where(database)} (DATABASE_URL)")
    if broker:
        addresses.require_broker("REDIS_URL", broker)
        say(f"redis       {addresses.where(broker)} (REDIS_URL)")
    if not database:
        server = postgres.service(state, hasty=hasty)
        running.append(Watched(server))
        postgres.start(server, hasty=hasty)
        database, owner = postgres.url(state), postgres.url(state, postgres.OWNER)
        say(f"postgresql  process {server.pid}, {state / 'postgres'}")
    if not broker:
        server = redis.service(state)
        running.append(Watched(server))
        redis.start(server)
        broker = redis.url(state)
        say(f"redis       process {server.pid}, {state / 'redis'}")
    return database, owner, broker


def _launch(service: Service, running: list[Watched]) -> None:
    running.append(Watched(service))
    _fresh_log(service)
    service.start()
    say(f"{service.name:<11} process {service.pid}, {service.log}")


def _fresh_log(service: Service) -> None:
    if service.log.exists():
        service.log.replace(service.log.with_suffix(".log.1"))


def _watch(running: list[Watched]) -> None:
    """Start again what died: at once the first time, then after 1, 2, 4 ... 30 seconds."""
    now = time.monotonic()
    for watched in running:
        service = watched.service
        if service.pid is not None:
            if watched.failures and now - watched.since > _STEADY_SECONDS:
                watched.failures = 0
        elif watched.again_at is None:
            _mourn(watched, now)
        elif now >= watched.again_at:
            service.start()
            watched.since, watched.again_at = now, None
            say(f"{service.name:<11} process {service.pid}, started again")


def _mourn(watched: Watched, now: float) -> None:
    service = watched.service
    code = service.process.returncode if service.process else 0
    service.bury()
    wait = min(2.0 ** (watched.failures - 1), _LONGEST_BACK_OFF) if watched.failures else 0.0
    watched.failures += 1
    watched.again_at = now + wait
    say(f"{service.name:<11} ended ({code}); starts again in {wait:.0f} s. It said:\n{service.last_words(3)}")


def _stop(running: list[Watched], signals: Signals) -> None:
    """In the opposite order of the start; web, worker and scheduler together, the stores after them."""
    if running:
        say("stopping")
    stores = [w.service for w in running if w.service.name in ("postgresql", "redis")]
    others = [w.service for w in running if w.service not in stores]
    for service in others:
        if service.pid:
            service.process.send_signal(service.stop_signal)  # type: ignore[union-attr]
    _wait_for(others, signals)
    for service in reversed(stores):
        service.stop()
    if running:
        say("stopped")


def _wait_for(services: list[Service], signals: Signals) -> None:
    """Until each has ended or used up its patience; a second signal ends the patience."""
    hurried = signals.count + 1 if signals.count else 1
    begun = time.monotonic()
    for service in services:
        while service.pid and time.monotonic() - begun < service.patience and signals.count < max(hurried, 2):
            time.sleep(0.05)
        service.bury()


def _announce(place: product.Place, env: dict[str, str]) -> None:
    say(f"\nKumala ITSM is ready: {place.address}   (Ctrl-C stops everything)")
    if env.get("DEMO") == "1":
        say(f"Demo accounts, all with the password {env['DEMO_PASSWORD']}")
        say("  " + "  ".join(f"{name}@kumala.example" for name in product.DEMO_PEOPLE))


def run(command: list[str]) -> int:
    """Run `command` beside a PostgreSQL and a Redis in a fresh directory (or those given); its exit code."""
    signals = Signals()
    signals.install()
    running: list[Watched] = []
    state = Path(tempfile.mkdtemp(prefix="kumala-"))
    state.chmod(0o711)
    try:
        database, owner, broker = _quiet_stores(state, running)
        translations.compile_changed(product.ROOT)
        signals.starting = False
        return _command(command, _test_environment(state, database, owner, broker), signals)
    except Stopped:
        return 130
    finally:
        signals.starting = False
        for watched in reversed(running):
            watched.service.stop(patience=10)
        shutil.rmtree(state, ignore_errors=True)


def _quiet_stores(state: Path, running: list[Watched]) -> tuple[str, str, str]:
    output, sys.stdout = sys.stdout, sys.stderr
    try:
        return _stores(state, running, hasty=True)
    finally:
        sys.stdout = output


def _test_environment(state: Path, database: str, owner: str, broker: str) -> dict[str, str]:
    """The owner's address for both: a test database must be made, and tests step down to the product's role."""
    usual = {
        "SECRET_KEY": "only-for-tests-" + "x" * 50,
        "SIGNING_KEY": "only-for-tests-" + "y" * 50,
        "MEDIA_ROOT": str(state / "media"),
        "MAIL_URL": f"file://{state / 'mail'}",
        "BACKUP_HOME": str(state / "backups"),
        # Two runs at once share no folder: pytest closes theirs to others when it starts, PostgreSQL's user too.
        "PYTEST_DEBUG_TEMPROOT": str(state),
    }
    usual |= {} if os.environ.get("DATABASE_URL") else {"POSTGRES_PROGRAMS": str(postgres.programs())}
    return usual | os.environ | {"DATABASE_URL": owner, "DATABASE_OWNER_URL": owner, "REDIS_URL": broker}


def _command(command: list[str], env: dict[str, str], signals: Signals) -> int:
    process = subprocess.Popen(command, env=env)
    told = 0
    while process.poll() is None:
        if signals.count > told:
            told = signals.count
            process.send_signal(signal.SIGTERM if told == 1 else signal.SIGKILL)
        time.sleep(0.05)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
