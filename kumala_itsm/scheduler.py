"""The scheduler: Celery's own, leaving a sign of life in the database."""

import logging
import time
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections

from events import actions

log = logging.getLogger(__name__)
EVERY_SECONDS = 5.0


class Scheduler(PersistentScheduler):
    """Beats after a completed pass: a scheduler that hangs falls silent, and /readyz says so."""

    _beaten = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One pass over the schedule; the seconds until the next one."""
        wait = float(super().tick(*args, **kwargs))
        if time.monotonic() - self._beaten >= EVERY_SECONDS:
            self._beat()
        return min(wait, EVERY_SECONDS)

    def _beat(self) -> None:
        # A database that is away must not end the scheduler: the missing beat says enough.
        close_old_connections()
        try:
            actions.beat(name="scheduler")
            self._beaten = time.monotonic()
        except DatabaseError as problem:
            log.warning("No sign of life left: %s", problem)
