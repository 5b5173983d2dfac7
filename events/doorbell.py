"""The doorbell: tells a worker that something new lies in PostgreSQL. Losing a ring costs seconds, nothing else.

A request never waits for the broker: rings are sent by a thread, many rings become one.
"""

import logging
import threading

from celery import current_app
from django.conf import settings

logger = logging.getLogger(__name__)
_wanted = threading.Event()
_tasks: set[str] = set()
_start = threading.Lock()
_ringer: threading.Thread | None = None


def ring(task: str) -> None:
    """Ask for a pass of the sweep called `task` soon; returns at once and never fails."""
    global _ringer  # noqa: PLW0603 - one thread per process, started by the first ring after a fork
    if not settings.DOORBELL:
        return
    with _start:
        _tasks.add(task)
        _wanted.set()
        if _ringer is None or not _ringer.is_alive():
            _ringer = threading.Thread(target=_loop, name="doorbell", daemon=True)
            _ringer.start()


def _loop() -> None:
    while True:
        _wanted.wait()
        with _start:
            tasks = sorted(_tasks)
            _tasks.clear()
            _wanted.clear()
        for task in tasks:
            _send(task)


def _send(task: str) -> None:
    """The queue of a task is written where the task is; here only its name is known."""
    queue = next(
        (e["options"]["queue"] for e in settings.CELERY_BEAT_SCHEDULE.values() if e["task"] == task), None
    )
    try:
        current_app.send_task(task, queue=queue, retry=False, expires=30)
    except Exception as problem:
        logger.warning("the broker does not hear the doorbell (%s); the next sweep looks anyway", problem)
