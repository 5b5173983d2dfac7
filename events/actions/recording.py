"""Writing the ledger, and telling those who listen: the only place where an event comes into being."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from core import locks, outbox
from core.errors import PermissionDenied
from events import doorbell, registry
from events.canon import FIRST_HASH
from events.enums import Audience, LedgerEvent
from events.models import Delivery, Event, Heartbeat
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
    entry = Entry(type, Subject.of(subject), facts, by=by, on_behalf_of=on_behalf_of, audience=audience)
    event = entry.event()
    _chain(event)
    event.save(force_insert=True)
    _queue([event])
    return event


@dataclass(frozen=True)
class Entry:
    """What `record` is told, for `record_many`."""

    type: models.TextChoices
    subject: Subject
    facts: dict[str, Any] = field(default_factory=dict)
    by: Any = None
    on_behalf_of: Any = None
    audience: Audience = Audience.EVERYONE

    def event(self) -> Event:
        """The row, not yet in its chain."""
        return Event(
            type=self.type.value,
            subject_type=self.subject.type,
            subject_id=self.subject.id,
            actor=self.by,
            actor_label=str(self.by)[:200],
            on_behalf_of=self.on_behalf_of,
            on_behalf_label=str(self.on_behalf_of or "")[:200],
            at=timezone.now(),
            audience=self.audience,
            facts=json.loads(
                json.dumps(self.facts, cls=DjangoJSONEncoder), parse_float=str, parse_constant=str
            ),
        )


def record_many(*, entries: Sequence[Entry], are_held: bool = False) -> list[Event]:
    """`record` for many subjects with a few statements: the same chains, hashes and deliveries, in the given order.

    For sweeps and for what comes by the thousand. Whoever calls it holds the cases already or waits for nobody else;
    `are_held`: all of them are (`locks.hold_all`), or nobody can know of them yet. Raises AssertionError outside a
    transaction.
    """
    assert connection.in_atomic_block, "record_many() belongs inside an action"
    if not entries:
        return []
    events = [entry.event() for entry in entries]
    if not are_held:
        locks.hold_cases({(event.subject_type, event.subject_id) for event in events})
    links = _last_links({entry.subject for entry in entries})
    for event in events:
        name = Subject(event.subject_type, event.subject_id)
        seq, before = links.get(name, (0, FIRST_HASH))
        event.seq, event.previous_hash = seq + 1, before
        event.hash = event.digest()
        links[name] = event.seq, event.hash
    Event.objects.bulk_create(events)
    _queue(events)
    return events


_LAST_LINKS = """
    SELECT n.type, n.id, e.seq, e.hash FROM unnest(%s::text[], %s::bigint[]) n (type, id) CROSS JOIN LATERAL (
        SELECT seq, hash FROM events_event WHERE subject_type = n.type AND subject_id = n.id
         ORDER BY seq DESC LIMIT 1) e"""


def _last_links(subjects: set[Subject]) -> dict[Subject, tuple[int, str]]:
    """Number and hash of the newest event of each chain that has one."""
    names = list(subjects)
    with connection.cursor() as cursor:
        cursor.execute(_LAST_LINKS, [[n.type for n in names], [n.id for n in names]])
        return {Subject(type_, id_): (seq, hash_) for type_, id_, seq, hash_ in cursor.fetchall()}


def _chain(event: Event) -> None:
    """Continue the chain of the subject; the lock makes sure that two writers cannot both continue the same link."""
    locks.hold(event.subject_type, event.subject_id)
    link = (
        Event.objects.filter(subject_type=event.subject_type, subject_id=event.subject_id)
        .order_by("-seq")
        .values_list("seq", "hash")
        .first()
    )
    event.seq = link[0] + 1 if link else 1
    event.previous_hash = link[1] if link else FIRST_HASH
    event.hash = event.digest()


def _queue(events: Sequence[Event]) -> None:
    rows = [
        Delivery(
            event=event,
            subscriber=s.name,
            mailbox=f"{s.name}:{event.subject_type}:{event.subject_id}"[:100],
        )
        for event in events
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


@transaction.atomic
def report_silence(*, part: str, since: datetime, by: Any) -> bool:
    """Record once that a part of the system has given no sign of life since then; False when that is known already."""
    place = Subject("events.heartbeat", 0)
    locks.hold(*place)
    known = Event.objects.about(place).filter(type=LedgerEvent.FELL_SILENT, facts__part=part)
    if known.filter(facts__since=json.loads(json.dumps(since, cls=DjangoJSONEncoder))).exists():
        return False
    record(LedgerEvent.FELL_SILENT, place, by=by, audience=Audience.STAFF, part=part, since=since)
    return True


def beat(*, name: str) -> None:
    """Leave a sign of life."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": timezone.now()})
