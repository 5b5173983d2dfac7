"""The second waker: while the scheduler is silent, every worker rings the sweeps itself.

A thread in the worker's own process, beside the pool. It reads the scheduler's sign of life in PostgreSQL, by the
clock of the database; rings that others send too do no harm.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import bootsteps
from django.conf import settings
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)
LOOKS_EVERY = 5.0  # seconds
PATIENCE = timedelta(seconds=30)
_BEAT = "SELECT beat_at, now() - beat_at FROM events_heartbeat WHERE name = 'scheduler'"


class Silence:
    """What one worker knows of the scheduler: since when it is silent, and what was rung in its place and when."""

    def __init__(self, ring: Callable[[dict[str, Any]], None], report: Callable[[datetime], Any]) -> None:
        self._ring, self._report = ring, report
        self._rung: dict[str, float] = {}
        self._reported: datetime | None = None

    def look(self, at: float) -> int:
        """Ring every entry of the schedule that is due at `at` (seconds of a monotonic clock); how many."""
        since = silent_since()
        if since is None:
            self._rung.clear()
            return 0
        due = [
            entry for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if self._is_due(name, entry, at)
        ]
        for entry in due:
            self._ring(entry)
        if since != self._reported:
            self._report(since)
            self._reported = since
        return len(due)

    def _is_due(self, name: str, entry: dict[str, Any], at: float) -> bool:
        if at - self._rung.get(name, float("-inf")) < entry["schedule"]:
            return False
        self._rung[name] = at
        return True


def silent_since() -> datetime | None:
    """The scheduler's last sign of life when it is older than PATIENCE. None for one that lives, or never lived."""
    with connection.cursor() as cursor:
        cursor.execute(_BEAT)
        found = cursor.fetchone()
    return found[0] if found and found[1] > PATIENCE else None


class Waker(bootsteps.StartStopStep):
    """Starts and stops with the worker."""

    def __init__(self, parent: Any, **options: Any) -> None:
        self._ended = threading.Event()
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        """Look, until the worker ends."""
        self._app = parent.app
        threading.Thread(target=self._watch, name="waker", daemon=True).start()

    def stop(self, parent: Any) -> None:
        """With the worker."""
        self._ended.set()

    def _watch(self) -> None:
        silence = Silence(self._ring, _report)
        while not self._ended.wait(LOOKS_EVERY):
            try:
                silence.look(time.monotonic())
            except DatabaseError as problem:
                log.warning("The second waker cannot see the scheduler: %s", problem)
            except Exception:
                log.exception("The second waker stumbled and goes on")
            finally:
                connection.close()  # the pool's children are forked beside it

    def _ring(self, entry: dict[str, Any]) -> None:
        self._app.send_task(entry["task"], retry=False, **entry["options"])


def _report(since: datetime) -> None:
    from accounts.actions import robot  # noqa: PLC0415 - Celery reads this before there are models
    from events.actions import report_silence  # noqa: PLC0415

    log.error("The scheduler has been silent since %s: this worker rings in its place", since)
    report_silence(part="scheduler", since=since, by=robot("watch"))
