"""A ring in PostgreSQL reaches the workers' queue: after the commit, once, and only what is in the schedule."""

import queue
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection

from events import doorbell
from events.models import Heartbeat
from kumala_itsm.doorman import Doorman, rung

pytestmark = pytest.mark.django_db(transaction=True)


class Broker:
    """Stands for the Celery application: keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: queue.Queue[tuple[str, str]] = queue.Queue()
        self.is_away = False
        client = SimpleNamespace(ping=lambda: None)
        self.pool = SimpleNamespace(acquire=lambda block: self._acquired(client))

    @contextmanager
    def _acquired(self, client: Any) -> Iterator[Any]:
        if self.is_away:
            raise ConnectionError("nobody there")
        yield SimpleNamespace(default_channel=SimpleNamespace(client=client))

    def send_task(self, task: str, *, queue: str, retry: bool, expires: int) -> None:
        if self.is_away:
            self.sent.put(("nobody takes", task))
            raise ConnectionError("nobody there")
        self.sent.put((queue, task))


@pytest.fixture
def broker(settings: Any) -> Iterator[Broker]:
    """With a doorman who has begun to listen."""
    settings.DOORBELL = True
    broker = Broker()
    door = Doorman(SimpleNamespace(app=broker))
    door.start(SimpleNamespace(app=broker))
    _until_heard(broker)
    yield broker
    door.stop(None)
    doorbell.ring("events.deliver")  # so that it need not wait
    door.thread.join(20)


def _until_heard(broker: Broker) -> None:
    """A ring is lost while nobody listens yet."""
    for _try in range(200):
        doorbell.ring("clocks.sweep")
        try:
            broker.sent.get(timeout=0.1)
        except queue.Empty:
            continue
        break
    doorbell.ring("mailbox.poll")
    while broker.sent.get(timeout=20)[1] != "mailbox.poll":
        pass


def test_a_ring_reaches_the_queue_of_its_task(broker: Broker) -> None:
    doorbell.ring("events.deliver")
    assert broker.sent.get(timeout=20) == ("deliver", "events.deliver")


def test_only_what_is_in_the_schedule_is_handed_on(broker: Broker) -> None:
    doorbell.ring("os.system")
    doorbell.ring("events.deliver")
    assert broker.sent.get(timeout=20) == ("deliver", "events.deliver")


def test_a_broker_that_is_away_costs_the_ring_and_nothing_else(broker: Broker) -> None:
    broker.is_away = True
    doorbell.ring("events.deliver")
    assert broker.sent.get(timeout=20) == ("nobody takes", "events.deliver")
    broker.is_away = False
    doorbell.ring("events.deliver")
    assert broker.sent.get(timeout=20) == ("deliver", "events.deliver")


def test_the_broker_leaves_a_sign_of_life(broker: Broker) -> None:
    doorbell.ring("events.deliver")
    broker.sent.get(timeout=20)
    assert Heartbeat.objects.filter(name="broker").exists()


def test_many_rings_are_one(settings: Any) -> None:
    settings.DOORBELL = True
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {doorbell.CHANNEL}")
        for task in ("clocks.sweep", "events.deliver", "clocks.sweep"):
            doorbell.ring(task)
        assert rung(patience=5) == ["clocks.sweep", "events.deliver"]
        assert rung(patience=0) == []
        cursor.execute("UNLISTEN *")


def test_a_database_that_is_away_stops_nobody(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DOORBELL = True

    def away() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(doorbell, "connection", SimpleNamespace(cursor=away))
    doorbell.ring("events.deliver")


def test_the_web_loads_neither_celery_nor_a_client_of_redis() -> None:
    """12 MB that each of its processes would copy by using them."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys, kumala_itsm.wsgi; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {"celery", "kombu", "redis", "amqp"} & set(said.stdout.split())
