"""Writing the ledger: the only place where an event comes into being."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from core import locks, outbox
from core.errors import PermissionDenied
from events import doorbell, registry
from events.enums import Audience, LedgerEvent
from events.models import FIRST_HASH, Delivery, Event, Heartbeat
from events.subjects import Subject


def record(
    type: models.TextChoices,  # noqa: A002 - the ledger's word for it
    subject: models.Model | Subject,
    *,
    by: Any,
    on_behalf_of: Any = None,
    audience: Audience = Audience.EVERYONE,
    **facts: Any,
) -> Event:
    """Write what happened to `subject`, and who must hear of it, into the caller's transaction.

    `facts` are small and JSON: numbers as text, dates in ISO form, ids instead of objects. `on_behalf_of` is the
    absent colleague whose authority was used, or None. Raises AssertionError outside a transaction: an event that
    could be kept while its change is lost would be a lie.
    """
    assert connection.in_atomic_block, "record() belongs inside an action"
    name = Subject.of(subject)
    event = Event(
        type=type.value,
        subject_type=name.type,
        subject_id=name.id,
        actor=by,
        actor_label=str(by)[:200],
        on_behalf_of=on_behalf_of,
        on_behalf_label=str(on_behalf_of or "")[:200],
        at=timezone.now(),
        audience=audience,
        facts=json.loads(json.dumps(facts, cls=DjangoJSONEncoder)),
    )
    _chain(event)
    event.save(force_insert=True)
    _queue(event)
    return event


def _chain(event: Event) -> None:
    """Continue the chain of the subject; the lock makes sure that two writers cannot both continue the same link."""
    locks.wait_for("case", event.subject_type, event.subject_id)
    link = (
        Event.objects.filter(subject_type=event.subject_type, subject_id=event.subject_id)
        .order_by("-seq")
        .values_list("seq", "hash")
        .first()
    )
    event.seq = link[0] + 1 if link else 1
    event.previous_hash = link[1] if link else FIRST_HASH
    event.hash = event.digest()


def _queue(event: Event) -> None:
    mailbox = f"{event.subject_type}:{event.subject_id}"
    rows = [
        Delivery(event=event, subscriber=s.name, mailbox=f"{s.name}:{mailbox}"[:100])
        for s in registry.listeners(event.type)
    ]
    if rows:
        Delivery.objects.bulk_create(rows)
        transaction.on_commit(lambda: doorbell.ring("events.deliver"))


@transaction.atomic
def keep_reference(*, row: models.Model, fields: list[str], by: Any) -> models.Model:
    """Save a row of reference data (a branch, a server, a person's record); the ledger says who changed which fields.

    Raises PermissionDenied for anyone but administrators and the product's own robots.
    """
    if not (by.is_staff or by.is_robot):
        raise PermissionDenied
    row.save()
    what = f"{row._meta.verbose_name} {row}"
    record(
        LedgerEvent.REFERENCE_CHANGED,
        row,
        by=by,
        audience=Audience.STAFF,
        what=what,
        fields=", ".join(fields),
    )
    return row


def deliver(*, most: int = 500) -> int:
    """Tell subscribers what they have not heard; the number of deliveries made."""
    return outbox.drain(Delivery, _tell, most=most)


def _tell(delivery: Delivery) -> None:
    subscriber = registry.SUBSCRIBERS.get(delivery.subscriber)
    if subscriber is None:
        raise LookupError(f"nobody is called {delivery.subscriber} any more")
    subscriber.handler(delivery.event)


@transaction.atomic
def retry(*, delivery: Delivery, by: Any) -> None:
    """Give a dead letter another round of attempts. Raises PermissionDenied for anyone but operations staff."""
    if not by.runs_operations:
        raise PermissionDenied
    delivery = Delivery.objects.lock(delivery)
    outbox.retry(delivery)
    record(LedgerEvent.DELIVERY_RETRIED, delivery, by=by, audience=Audience.STAFF, what=delivery.subscriber)
    transaction.on_commit(lambda: doorbell.ring("events.deliver"))


def beat(*, name: str) -> None:
    """Leave a sign of life."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": timezone.now()})
