"""`make up`: starts, tells, starts again, stops; and says in a sentence what it cannot do."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from kumala_itsm.local import postgres, product
from tests.running.runner import Runner, still_there

pytestmark = pytest.mark.running

Start = Callable[..., Runner]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One state directory for this file: the first start makes it, the others find it."""
    place = tmp_path_factory.mktemp("running")
    for parent in (place, *place.parents):  # as root, PostgreSQL runs as another user and must get here
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    return place / "state"


@pytest.fixture
def up(state: Path) -> Iterator[Start]:
    """Start runners; whatever a test leaves is stopped."""
    started: list[Runner] = []

    def start(**env: str) -> Runner:
        started.append(Runner(state, **env))
        return started[-1]

    yield start
    for runner in started:
        left = runner.everything() if runner.process.poll() is None else []
        runner.stop()
        for process in left:
            if process.is_running():
                process.kill()


def test_a_second_start_finds_the_data_and_makes_nothing_anew(up: Start, state: Path) -> None:
    def made() -> tuple[str, float, object]:
        with closing(psycopg2.connect(postgres.url(state, postgres.OWNER))) as link, link.cursor() as cursor:
            cursor.execute("SELECT max(applied) FROM django_migrations")
            tables = cursor.fetchone()
        key, cluster = state / "secret_key", state / "postgres" / "data" / "PG_VERSION"
        return key.read_text(), cluster.stat().st_mtime, tables

    runner = up().ready()
    before = made()
    with (
        closing(psycopg2.connect(postgres.url(state, postgres.OWNER))) as link,
        link,
        link.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE remembered (word text); INSERT INTO remembered VALUES ('gotong royong')")
    assert runner.stop() == 0

    up().ready()
    assert made() == before
    with (
        closing(psycopg2.connect(postgres.url(state, postgres.OWNER))) as link,
        link,
        link.cursor() as cursor,
    ):
        cursor.execute("SELECT word FROM remembered")
        assert cursor.fetchone() == ("gotong royong",)
        cursor.execute("DROP TABLE remembered")


def test_every_part_is_in_order_and_said_with_one_line(up: Start) -> None:
    runner = up().ready()
    status, body = runner.get("/readyz")
    assert (status, '"ready": true' in body) == (200, True)
    assert runner.get("/healthz") == (200, "ok\n")
    for part in ("postgresql", "redis", "web", "worker", "scheduler"):
        assert runner.output.count(f"\n{part} ") + runner.output.startswith(part) == 1
    assert f"http://127.0.0.1:{runner.port}" in runner.output


def test_the_product_runs_as_a_role_that_owns_nothing(up: Start, state: Path) -> None:
    up().ready()
    with closing(psycopg2.connect(postgres.url(state))) as link, link.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchone() == (0,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("UPDATE events_event SET actor_label = 'somebody else'")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process(up: Start, number: int) -> None:
    runner = up().ready()
    processes = runner.everything()
    assert len(processes) > 8
    assert runner.stop(number, seconds=30) == 0
    assert still_there(processes) == []


def test_a_second_signal_hurries_but_leaves_nobody(up: Start) -> None:
    runner = up().ready()
    processes = runner.everything()
    runner.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    runner.process.send_signal(signal.SIGTERM)
    assert runner.process.wait(20) == 0
    assert still_there(processes) == []


def test_a_signal_during_the_start_leaves_nobody(up: Start) -> None:
    runner = up()
    runner.wait_for(r"^redis ")
    processes = runner.everything()
    assert runner.stop(seconds=30) == 0
    assert still_there(processes) == []


def test_after_a_killed_runner_nothing_lives_on_and_the_next_one_starts(up: Start) -> None:
    runner = up().ready()
    processes = runner.everything()
    runner.stop(signal.SIGKILL)
    again = up().ready()
    assert still_there(processes, seconds=5) == []
    assert again.get("/readyz")[0] == 200


@pytest.mark.parametrize("service", ["web", "worker", "scheduler", "postgresql", "redis"])
def test_a_part_that_dies_is_started_again(up: Start, service: str) -> None:
    runner = up().ready()
    left = psutil.Process(runner.pid_of(service)).children(recursive=True)
    os.kill(runner.pid_of(service), signal.SIGKILL)
    runner.wait_for(rf"^{service} .* started again")
    assert product.wait_until_ready(product.Place(runner.state, "127.0.0.1", runner.port)) == ""
    assert still_there(left, seconds=20) == []


def test_a_busy_port_is_one_sentence(up: Start) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        runner = up(PORT=str(port))
        assert runner.process.wait(30) == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in runner.output
    assert "Traceback" not in runner.output


def test_two_runners_do_not_share_a_state(up: Start) -> None:
    first = up().ready()
    second = up()
    assert second.process.wait(30) == 1
    assert f"already runs here (process {first.process.pid})" in second.output
    assert first.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "DATABASE_URL",
            "postgresql://kumala@127.0.0.1:1/kumala",
            "PostgreSQL at 127.0.0.1:1/kumala (DATABASE_URL)",
        ),
        ("DATABASE_URL", "mysql://somewhere/kumala", "DATABASE_URL must look like postgresql://"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0", "Redis at 127.0.0.1:1/0 (REDIS_URL)"),
        ("REDIS_URL", "nonsense", "REDIS_URL must look like redis://"),
        ("PORT", "99999", "PORT must be a number from 1 to 65535"),
    ],
)
def test_a_wrong_address_is_one_sentence(up: Start, variable: str, value: str, sentence: str) -> None:
    runner = up(**{variable: value})
    assert runner.process.wait(30) == 1
    assert sentence in runner.output
    assert "Traceback" not in runner.output
    assert "secret" not in runner.output


def test_a_broken_step_says_its_reason_and_stops_everything(up: Start) -> None:
    runner = up(UPLOAD_LIMIT_MB="many")
    assert runner.process.wait(60) == 1
    assert "UPLOAD_LIMIT_MB must be a whole number" in runner.output
    assert runner.output.rstrip().endswith("the lines above say why.")
