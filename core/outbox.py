"""Queues that live in PostgreSQL: rows that wait for an effect, claimed by any number of workers, never lost.

Used by `events.Delivery` (a subscriber must hear of an event) and `notifications.Mail` (a letter must leave).
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from billiard.exceptions import SoftTimeLimitExceeded  # Celery's own; the web need not load Celery for it
from django.db import OperationalError, connection, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import Rows

LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(
    seconds=20
)  # longer than an effect takes; a claim whose process died is free again after it
MOST_CRASHES = 5  # an effect that ends its process every time is given up before it has ended too many
LONGEST_DRAIN_SECONDS = 15.0  # a pass ends long before the time limit of its task; the next ring goes on
LOCK_PATIENCE_MS = 3000
SHARE = 20  # rows of one kind, before those of others that wait: a flood of one holds up no other
Q = TypeVar("Q", bound="Queued")


class QueueState(models.TextChoices):
    """Where a queued row stands."""

    PENDING = "pending", _("Pending")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Given up")


class QueuedRows(Rows[Q]):
    """Adjectives of every queue."""

    def due(self, now: Any) -> "QueuedRows[Q]":
        """Pending rows whose moment has come and that no older pending row of their mailbox holds back."""
        older = self.model._default_manager.filter(
            mailbox=OuterRef("mailbox"), state=QueueState.PENDING, pk__lt=OuterRef("pk")
        )
        return self.filter(~Exists(older), state=QueueState.PENDING, due_at__lte=now).order_by("due_at", "pk")

    def dead(self) -> "QueuedRows[Q]":
        """Rows that were given up and wait for a person."""
        return self.filter(state=QueueState.DEAD)


class Queued(models.Model):
    """One effect that must happen at least once, in order within its `mailbox`."""

    MOST_ATTEMPTS = 10  # a good half hour; what fails so often fails for a reason that a person must see
    KIND: str = (
        ""  # the column by which kinds take turns, with an index of its pending rows; "": all are of one kind
    )

    state = models.CharField(_("state"), max_length=10, choices=QueueState, default=QueueState.PENDING)
    mailbox = models.CharField(_("mailbox"), max_length=100)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    # Claims whose process never said how it went.
    crashes = models.PositiveSmallIntegerField(_("crashes"), default=0, db_default=0)

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="%(class)s_due"),
            models.Index(
                fields=["mailbox", "id"], condition=models.Q(state="pending"), name="%(class)s_mailbox"
            ),
            models.Index(fields=["-id"], condition=models.Q(state="dead"), name="%(class)s_dead"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=QueueState.values), name="%(class)s_state_is_known"
            )
        ]


def drain(model: type[Q], perform: Callable[[Q], None], *, most: int = 500) -> int:
    """Perform what is due in `model`, at most `most` rows; the number performed. Safe to run many at a time.

    The oldest goes first, until its kind has had its SHARE.

    A row is claimed for a LEASE in one short transaction (so a process that dies leaves it to a later pass) and
    performed in a second one that holds its lock (so nobody performs it at the same time).
    """
    begun, done = time.monotonic(), 0
    taken: Counter[str] = Counter()
    empty: set[str] = set()  # kinds of which nothing is free, until something else has been done
    for _turn in range(most):
        kinds = [kind for kind in _waiting_kinds(model) if kind not in empty]
        if not kinds or time.monotonic() - begun > LONGEST_DRAIN_SECONDS:
            break
        kind = min(kinds, key=lambda kind: taken[kind] // SHARE)  # the oldest where nobody has had more
        row_id = _claim(model, kind)
        if row_id is None:
            empty.add(kind)
            continue
        taken[kind] += 1
        empty.clear()
        done += _perform(model, row_id, perform)
    return done


# Skips from kind to kind in the index, however many rows wait of each, and asks each for its oldest.
_KINDS = """
    WITH RECURSIVE found (kind) AS (
        (SELECT {kind} FROM {table} WHERE state = 'pending' ORDER BY {kind} LIMIT 1)
        UNION ALL
        SELECT (SELECT {kind} FROM {table} WHERE state = 'pending' AND {kind} > found.kind ORDER BY {kind} LIMIT 1)
          FROM found WHERE found.kind IS NOT NULL)
    SELECT found.kind FROM found CROSS JOIN LATERAL (
        SELECT due_at, id FROM {table} WHERE state = 'pending' AND {kind} = found.kind AND due_at <= %s
         ORDER BY due_at, id LIMIT 1) oldest
     ORDER BY oldest.due_at, oldest.id"""


def _waiting_kinds(model: type[Q]) -> list[str]:
    """The kinds of which something is due, the one that waits longest first."""
    if not model.KIND:
        return [""]
    with connection.cursor() as cursor:
        cursor.execute(_KINDS.format(kind=model.KIND, table=model._meta.db_table), [timezone.now()])
        return [kind for (kind,) in cursor.fetchall()]


def retry(row: Q) -> None:
    """Put a dead row back in the queue; a person asked for it."""
    row.state, row.attempts, row.crashes, row.due_at = QueueState.PENDING, 0, 0, timezone.now()
    row.save(update_fields=["state", "attempts", "crashes", "due_at"])


@transaction.atomic
def _claim(model: type[Q], kind: str = "") -> int | None:
    now = timezone.now()
    only = {model.KIND: kind} if model.KIND else {}
    rows: QueuedRows[Q] = model._default_manager.filter(**only)  # type: ignore[assignment]
    free = rows.due(now).select_for_update(skip_locked=True, of=("self",))
    # A loop, for a long outage leaves any number of them.
    while (row := free.first()) is not None and _is_hopeless(row):
        row.state = QueueState.DEAD
        row.save(update_fields=["state", "last_error"])
    if row is None:
        return None
    row.attempts += 1
    row.crashes += 1  # until somebody says how it went
    row.due_at = now + LEASE
    row.save(update_fields=["attempts", "crashes", "due_at"])
    return int(row.pk)


def _is_hopeless(row: Queued) -> bool:
    if row.crashes >= MOST_CRASHES:
        row.last_error = f"Its process died, or hung, {row.crashes} times in a row."
        return True
    return row.attempts >= row.MOST_ATTEMPTS


@transaction.atomic
def _perform(model: type[Q], row_id: int, perform: Callable[[Q], None]) -> int:
    row = _held(model, row_id)
    if row is None:
        return 0
    row.crashes = 0
    try:
        with transaction.atomic():
            perform(row)
    except SoftTimeLimitExceeded:
        raise  # it hung: the claim stays counted as a crash, for trying it often would hold up the others
    except Exception as problem:
        row.last_error = f"{type(problem).__name__}: {problem}"[:2000]
        row.due_at = timezone.now() + backoff(row.attempts)
        row.save(update_fields=["last_error", "due_at", "crashes"])
        return 0
    row.state, row.sent_at, row.last_error = QueueState.SENT, timezone.now(), ""
    row.save(update_fields=["state", "sent_at", "last_error", "crashes"])
    return 1


def _held(model: type[Q], row_id: int) -> Q | None:
    """The claimed row under its lock; None when it is done, or when somebody who hangs still holds it.

    Waits a moment instead of skipping: whoever looked for work at this instant may hold the lock briefly.
    """
    rows = model._default_manager.select_for_update(of=("self",))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_PATIENCE_MS)])
            row = rows.filter(pk=row_id, state=QueueState.PENDING).first()
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
            return row
    except OperationalError:
        return None


def backoff(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: 2, 4, 8 ... seconds, one hour at the most."""
    return min(timedelta(seconds=2**attempts), LONGEST_WAIT)
