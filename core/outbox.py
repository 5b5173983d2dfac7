"""Queues that live in PostgreSQL: rows that wait for an effect, claimed by any number of workers, never lost.

Used by `events.Delivery` (a subscriber must hear of an event) and `notifications.Mail` (a letter must leave).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import Rows

LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(
    seconds=20
)  # longer than an effect takes; a claim whose process died is free again after it
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

    state = models.CharField(_("state"), max_length=10, choices=QueueState, default=QueueState.PENDING)
    mailbox = models.CharField(_("mailbox"), max_length=100)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

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

    A row is claimed for a LEASE in one short transaction (so a process that dies leaves it to a later pass) and
    performed in a second one that holds its lock (so nobody performs it at the same time).
    """
    done = 0
    for _pass in range(most):
        row_id = _claim(model)
        if row_id is None:
            break
        done += _perform(model, row_id, perform)
    return done


def retry(row: Q) -> None:
    """Put a dead row back in the queue; a person asked for it."""
    row.state, row.attempts, row.due_at = QueueState.PENDING, 0, timezone.now()
    row.save(update_fields=["state", "attempts", "due_at"])


@transaction.atomic
def _claim(model: type[Q]) -> int | None:
    now = timezone.now()
    rows: QueuedRows[Q] = model._default_manager.get_queryset()  # type: ignore[assignment]
    free = rows.due(now).select_for_update(skip_locked=True, of=("self",))
    # A loop, for a long outage leaves any number of them.
    while (row := free.first()) is not None and row.attempts >= row.MOST_ATTEMPTS:
        row.state = QueueState.DEAD
        row.save(update_fields=["state"])
    if row is None:
        return None
    row.attempts += 1
    row.due_at = now + LEASE
    row.save(update_fields=["attempts", "due_at"])
    return int(row.pk)


@transaction.atomic
def _perform(model: type[Q], row_id: int, perform: Callable[[Q], None]) -> int:
    # Waits instead of skipping: whoever looked for work at this instant may still hold the lock for a moment.
    row = (
        model._default_manager.select_for_update(of=("self",))
        .filter(pk=row_id, state=QueueState.PENDING)
        .first()
    )
    if row is None:
        return 0
    try:
        with transaction.atomic():
            perform(row)
    except Exception as problem:
        row.last_error = f"{type(problem).__name__}: {problem}"[:2000]
        row.due_at = timezone.now() + backoff(row.attempts)
        row.save(update_fields=["last_error", "due_at"])
        return 0
    row.state, row.sent_at, row.last_error = QueueState.SENT, timezone.now(), ""
    row.save(update_fields=["state", "sent_at", "last_error"])
    return 1


def backoff(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: 2, 4, 8 ... seconds, one hour at the most."""
    return min(timedelta(seconds=2**attempts), LONGEST_WAIT)
