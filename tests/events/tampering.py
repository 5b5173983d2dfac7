"""What somebody with all rights over the database can do to the ledger, at random. For tests and for `make chaos`."""

import hashlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from events import actions as events
from events import canon, keys
from events.enums import LedgerEvent
from events.models import Event, Seal, SealKey
from events.subjects import Subject
from tests.harness.clock import Clock

TABLES = ("events_event", "events_seal", "events_sealkey", "events_sealstamp")
KIND = "test.case"
_COLUMNS = ("type", "actor_label", "on_behalf_label", "at", "audience", "facts", "actor_id")


def written(clock: Clock, *, by: Any, other: Any, start: datetime, days: int, each: int) -> None:
    """So many days with so many events each, in a few cases, sealed and anchored; then half a day that is open."""
    for day in range(days + 1):
        clock.to(start + timedelta(days=day))
        events.seal(by=by)
        for n in range(each if day < days else each // 2):
            clock.forward(seconds=30)
            case = Subject(KIND, 1 + (n * 7 + day * 3) % max(each // 4, 3))
            person = other if n % 5 == 0 else by
            with transaction.atomic():
                events.record(
                    LedgerEvent.REFERENCE_CHANGED, case, by=person, what=f"baris {n}", fields="nama"
                )
        events.anchor(by=by)


class Tamperer:
    """Acts at random over what is there; each act leaves at least one row that is not what was written."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.acts: list[Callable[[Any], str]] = [
            self.change, self.change_and_rehash, self.rewrite_a_chain, self.remove, self.remove_and_renumber,
            self.cut_a_chain, self.remove_a_chain, self.empty, self.cut_the_tail, self.insert_at_an_end,
            self.insert_between, self.exchange_numbers, self.exchange_places, self.replay, self.replay_and_go_on,
            self.change_a_seal, self.remove_seals, self.forge_everything, self.rewrite_with_our_key,
        ]  # fmt: skip

    def tamper(self, cursor: Any) -> str:
        """One act; what was done."""
        return self.dice.choice(self.acts)(cursor)

    # Events ------------------------------------------------------------------------------------------------------

    def _any(self) -> Event:
        return Event.objects.get(pk=self.dice.choice(list(Event.objects.filter(subject_type=KIND).values_list("pk", flat=True))))  # fmt: skip # noqa: E501

    def _chain(self, event: Event) -> list[Event]:
        return list(Event.objects.about(Subject(event.subject_type, event.subject_id)))

    def change(self, cursor: Any) -> str:
        """A column of one event."""
        event, column = self._any(), self.dice.choice(_COLUMNS)
        self._distort(event, column)
        _store(cursor, event, rehash=False)
        return f"changed {column} of {event.pk}"

    def _distort(self, event: Event, column: str) -> None:
        other = Event.objects.exclude(actor_id=event.actor_id).values_list("actor_id", flat=True).first()
        values = {
            "at": event.at + timedelta(microseconds=self.dice.randint(1, 10**9)), "facts": {**event.facts, "x": "1"},
            "audience": "staff" if event.audience == "everyone" else "everyone", "actor_id": other,
        }  # fmt: skip
        setattr(event, column, values.get(column, f"{getattr(event, column)}x"))

    def change_and_rehash(self, cursor: Any) -> str:
        """One event, with the hash that fits."""
        event = self._any()
        self._distort(event, self.dice.choice(_COLUMNS))
        _store(cursor, event)
        return f"changed and rehashed {event.pk}"

    def rewrite_a_chain(self, cursor: Any) -> str:
        """One event and everything after it in its case."""
        event = self._any()
        chain = self._chain(event)
        self._distort(chain[event.seq - 1], "facts")
        _relink(cursor, chain)
        return f"rewrote the chain of {event.pk}"

    def remove(self, cursor: Any) -> str:
        """One event."""
        event = self._any()
        cursor.execute("DELETE FROM events_event WHERE id = %s", [event.pk])
        return f"removed {event.pk}"

    def remove_and_renumber(self, cursor: Any) -> str:
        """One event, and its chain closed over the gap."""
        event = self._any()
        chain = [e for e in self._chain(event) if e.pk != event.pk]
        cursor.execute("DELETE FROM events_event WHERE id = %s", [event.pk])
        _relink(cursor, chain)
        return f"removed {event.pk} and renumbered"

    def cut_a_chain(self, cursor: Any) -> str:
        """The newest events of one case."""
        event = self._any()
        cursor.execute("DELETE FROM events_event WHERE subject_type = %s AND subject_id = %s AND seq >= %s",
                       [event.subject_type, event.subject_id, event.seq])  # fmt: skip
        return f"cut the chain of {event.pk}"

    def remove_a_chain(self, cursor: Any) -> str:
        """One case altogether."""
        event = self._any()
        cursor.execute("DELETE FROM events_event WHERE subject_type = %s AND subject_id = %s",
                       [event.subject_type, event.subject_id])  # fmt: skip
        return f"removed the chain of {event.pk}"

    def empty(self, cursor: Any) -> str:
        """Everything, or everything but the seals."""
        whole = self.dice.random() < 0.5
        for table in ("events_sealstamp", "events_seal", "events_event") if whole else ("events_event",):
            cursor.execute(f"DELETE FROM {table}")
        return "emptied it, with its seals" if whole else "emptied it"

    def cut_the_tail(self, cursor: Any) -> str:
        """The newest events of all cases, without touching seals."""
        event = self._any()
        cursor.execute("DELETE FROM events_event WHERE id >= %s", [event.pk])
        return f"cut the tail from {event.pk}"

    def insert_at_an_end(self, cursor: Any) -> str:
        """A well-made event behind a chain, with a number among those that are there: the gap of one that is moved."""
        event = self._any()
        _open_a_gap(cursor, event.pk)
        last = self._chain(event)[-1]
        made = _copy(last, id=event.pk, seq=last.seq + 1, actor_label="somebody")
        _relink(cursor, [*self._chain(event), made], new=made)
        return f"inserted at the end of a chain at {event.pk}"

    def insert_between(self, cursor: Any) -> str:
        """An event in the middle of a chain, which is written anew behind it."""
        event = self._any()
        _open_a_gap(cursor, event.pk)
        chain = self._chain(event)
        made = _copy(event, id=event.pk, actor_label="somebody")
        chain.insert(event.seq - 1, made)
        _relink(cursor, chain, new=made)
        return f"inserted before {event.pk}"

    def exchange_numbers(self, cursor: Any) -> str:
        """Two events in the order of the ledger."""
        one, two = self._any(), self._any()
        while two.pk == one.pk:
            two = self._any()
        cursor.execute("UPDATE events_event SET id = CASE id WHEN %s THEN -1 ELSE -2 END WHERE id IN (%s, %s)",
                       [one.pk, one.pk, two.pk])  # fmt: skip
        cursor.execute(
            "UPDATE events_event SET id = CASE id WHEN -1 THEN %s ELSE %s END WHERE id < 0", [two.pk, one.pk]
        )
        return f"exchanged {one.pk} and {two.pk}"

    def exchange_places(self, cursor: Any) -> str:
        """Two events within one case, hashes made to fit."""
        event = self._any()
        chain = self._chain(event)
        while len(chain) < 2:
            event = self._any()
            chain = self._chain(event)
        at = self.dice.randrange(len(chain) - 1)
        chain[at], chain[at + 1] = chain[at + 1], chain[at]
        _relink(cursor, chain)
        return f"exchanged two places in the chain of {event.pk}"

    # Copies ------------------------------------------------------------------------------------------------------

    def replay(self, cursor: Any) -> str:
        """An older copy: what was written and sealed after some moment is not in it."""
        event = self._any()
        cursor.execute("DELETE FROM events_sealstamp WHERE seal_id IN (SELECT number FROM events_seal WHERE last_event_id >= %s)", [event.pk])  # fmt: skip # noqa: E501
        cursor.execute("DELETE FROM events_seal WHERE last_event_id >= %s", [event.pk])
        cursor.execute("DELETE FROM events_event WHERE id >= %s", [event.pk])
        return f"replayed a copy from before {event.pk}"

    def replay_and_go_on(self, cursor: Any) -> str:
        """An older copy in which work went on as if nothing had been."""
        event = self._any()
        said = self.replay(cursor)
        cut = int(said.rsplit(" ", 1)[1])
        for at in range(3):
            last = Event.objects.filter(subject_type=KIND, subject_id=1).order_by("-seq").first()
            made = _copy(
                last or event, id=cut + at, subject_id=1, seq=last.seq + 1 if last else 1, actor_label="new"
            )
            made.previous_hash = last.hash if last else canon.FIRST_HASH
            _store(cursor, made, new=True)
        return f"{said}, and went on"

    # Seals -------------------------------------------------------------------------------------------------------

    def change_a_seal(self, cursor: Any) -> str:
        """One of its columns, perhaps with the hash that fits."""
        seal = self.dice.choice(list(Seal.objects.select_related("key")))
        column = self.dice.choice(["root", "events", "for_date", "sealed_at", "last_event_id", "signature"])
        values: dict[str, Any] = {
            "for_date": seal.for_date - timedelta(days=4000), "sealed_at": seal.sealed_at + timedelta(seconds=1),
            "events": seal.events + 1, "last_event_id": seal.last_event_id + 10**9,
        }  # fmt: skip
        setattr(seal, column, values[column] if column in values else "a" * len(getattr(seal, column)))
        if self.dice.random() < 0.5:
            seal.hash = canon.sha256(seal.statement)
        _store_seal(cursor, seal)
        return f"changed {column} of seal {seal.number}"

    def remove_seals(self, cursor: Any) -> str:
        """Those from some day on."""
        first = self.dice.choice(list(Seal.objects.values_list("number", flat=True)))
        cursor.execute("DELETE FROM events_sealstamp WHERE seal_id IN (SELECT number FROM events_seal WHERE number >= %s)", [first])  # fmt: skip # noqa: E501
        cursor.execute("DELETE FROM events_seal WHERE number >= %s", [first])
        return f"removed the seals from {first} on"

    def forge_everything(self, cursor: Any) -> str:
        """A chain and all seals written anew, signed with a key of one's own."""
        said = self.rewrite_a_chain(cursor)
        public, secret = keys.pair()
        cursor.execute("INSERT INTO events_sealkey (public, secret, made_at) VALUES (%s, %s, now()) RETURNING id",
                       [public, b"x" + secret])  # fmt: skip
        _reseal(cursor, SealKey(pk=cursor.fetchone()[0], public=public, secret=secret))
        return f"{said}, and sealed it with a foreign key"

    def rewrite_with_our_key(self, cursor: Any) -> str:
        """The same by somebody who has SIGNING_KEY as well: only the anchor outside knows."""
        said = self.rewrite_a_chain(cursor)
        _reseal(cursor, SealKey.objects.order_by("-pk")[0])
        return f"{said}, and sealed it with our own key"


def _copy(event: Event, **changes: Any) -> Event:
    fields = {f.attname: getattr(event, f.attname) for f in Event._meta.concrete_fields}
    return Event(**{**fields, **changes})


def _open_a_gap(cursor: Any, number: int) -> None:
    """Events from `number` on get numbers that are larger by one: what is inserted stands among them."""
    cursor.execute("UPDATE events_event SET id = -id - 1 WHERE id >= %s", [number])
    cursor.execute("UPDATE events_event SET id = -id WHERE id < 0")


def _store(cursor: Any, event: Event, *, rehash: bool = True, new: bool = False) -> None:
    if rehash:
        event.hash = event.digest()
    fields = [f for f in Event._meta.concrete_fields if new or not f.primary_key]
    values = [f.get_db_prep_save(getattr(event, f.attname), connection) for f in fields]
    names = ", ".join(f.column for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    if new:
        cursor.execute(f"INSERT INTO events_event ({names}) VALUES ({marks})", values)
    else:
        cursor.execute(f"UPDATE events_event SET ({names}) = ({marks}) WHERE id = %s", [*values, event.pk])


def _relink(cursor: Any, chain: list[Event], new: Event | None = None) -> None:
    """Write the chain with numbers and hashes that fit."""
    before = canon.FIRST_HASH
    cursor.execute("UPDATE events_event SET seq = seq + 1000000 WHERE subject_type = %s AND subject_id = %s",
                   [chain[0].subject_type, chain[0].subject_id] if chain else ["", 0])  # fmt: skip
    for seq, event in enumerate(chain, 1):
        event.seq, event.previous_hash = seq, before
        _store(cursor, event, new=event is new)
        before = event.hash


def _store_seal(cursor: Any, seal: Seal) -> None:
    fields = [f for f in Seal._meta.concrete_fields if not f.primary_key]
    values = [f.get_db_prep_save(getattr(seal, f.attname), connection) for f in fields]
    names = ", ".join(f'"{f.column}"' for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    cursor.execute(f"UPDATE events_seal SET ({names}) = ({marks}) WHERE number = %s", [*values, seal.pk])


def _reseal(cursor: Any, key: SealKey) -> None:
    """Every seal over what is there now."""
    before = canon.FIRST_HASH
    for seal in Seal.objects.select_related("key").order_by("number"):
        rows = Event.objects.filter(pk__gt=seal.first_event_id, pk__lte=seal.last_event_id).order_by("pk")
        seal.leaves = b"".join(canon.leaf(pk, hash_) for pk, hash_ in rows.values_list("pk", "hash"))
        seal.root, seal.previous_hash, seal.key = hashlib.sha256(seal.leaves).hexdigest(), before, key
        seal.hash = canon.sha256(seal.statement)
        seal.signature = keys.sign(key, seal.statement)
        _store_seal(cursor, seal)
        before = seal.hash
