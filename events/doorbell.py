"""The doorbell: tells the workers that something new lies in PostgreSQL. Losing a ring costs seconds, nothing else.

It is PostgreSQL's own NOTIFY, heard by `kumala_itsm.doorman` in every worker: who rings needs no broker, and a request
never waits for one.
"""

import logging

from django.conf import settings
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)
CHANNEL = "doorbell"


def ring(task: str) -> None:
    """Ask for a pass of the sweep called `task` soon; never fails. After the commit, as NOTIFY makes commits queue."""
    if not settings.DOORBELL:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, task])
    except DatabaseError as problem:
        logger.warning("nobody hears the doorbell (%s); the next sweep looks anyway", problem)
