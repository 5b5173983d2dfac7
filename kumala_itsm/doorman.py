"""Hears the doorbell: what is rung in PostgreSQL is handed to the workers as a message that says "look now".

A thread in the worker's own process, beside the pool. While it cannot hear, or the broker is away, the scheduler's
rings come as ever. Each worker has one: a ring that two of them hand on is heard twice, which does no harm.
"""

import logging
import select
import threading
import time
from typing import Any

from celery import bootsteps
from django.conf import settings
from django.db import DatabaseError, connection

from events.doorbell import CHANNEL

log = logging.getLogger(__name__)
BEATS_EVERY = 5.0  # seconds
EXPIRES = 30  # a ring that nobody takes for so long is not kept; the scheduler has rung again


class Doorman(bootsteps.StartStopStep):
    """Starts and stops with the worker."""

    def __init__(self, parent: Any, **options: Any) -> None:
        self._ended = threading.Event()
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        """Listen, until the worker ends."""
        self._app = parent.app
        self._queues = {
            entry["task"]: entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()
        }
        self.thread = threading.Thread(target=self._stand, name="doorman", daemon=True)
        self.thread.start()

    def stop(self, parent: Any) -> None:
        """With the worker."""
        self._ended.set()

    def _stand(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except DatabaseError as problem:
                log.warning("The doorman cannot hear PostgreSQL: %s", problem)
            except Exception:
                log.exception("The doorman stumbled and goes on")
            finally:
                connection.close()
            self._ended.wait(1)

    def _listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        beaten = 0.0
        while not self._ended.is_set():
            for task in rung(patience=BEATS_EVERY):
                self._hand_on(task)
            if time.monotonic() - beaten >= BEATS_EVERY:
                self._beat()
                beaten = time.monotonic()

    def _hand_on(self, task: str) -> None:
        """Whoever may connect may ring: only what is in the schedule is handed on."""
        if task not in self._queues:
            return
        try:
            self._app.send_task(task, queue=self._queues[task], retry=False, expires=EXPIRES)
        except Exception as problem:
            log.warning("The broker does not take %s (%s); the next sweep looks anyway", task, problem)

    def _beat(self) -> None:
        """The broker's sign of life; asking PostgreSQL to keep it shows at once that it is still there."""
        from events.actions import beat  # noqa: PLC0415 - Celery reads this before there are models

        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        try:
            with self._app.pool.acquire(block=True) as broker:
                broker.default_channel.client.ping()
        except Exception as problem:
            log.warning("The broker does not answer: %s", problem)
        else:
            beat(name="broker")


def rung(*, patience: float) -> list[str]:
    """What was rung since the last time, each once; waits `patience` seconds for the first. For one that listens."""
    link: Any = connection.connection
    if not link.notifies:
        select.select([link], [], [], patience)
        with connection.wrap_database_errors:
            link.poll()
    tasks = list(dict.fromkeys(notice.payload for notice in link.notifies))
    link.notifies.clear()
    return tasks
