"""Reading the ledger with suspicion: its chains, its seals, and the anchor outside the database.

Nothing in PostgreSQL is believed but rows: every hash is taken here. One pass over the events in the order in which
they were written checks chains, seals and anchor together; memory grows with the number of cases, not of events.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction

from core.lazily import lazily
from events import anchors, canon, keys
from events.anchors import File, Line
from events.canon import FIRST_HASH
from events.enums import Wrong
from events.models import Seal

if TYPE_CHECKING:
    from core import stamps
else:
    stamps = lazily("core.stamps")

_CHUNK = 5000  # rows fetched at once
_ONE_BY_ONE = (
    20  # so many events that are gone in a row are named; of more the first, the last and their number
)
_NO_END = 2**63 - 1
_ROWS = """
    SELECT id, subject_type, subject_id, seq, previous_hash, hash, type, actor_id, actor_label, on_behalf_of_id,
           on_behalf_label, at, audience, facts::text
      FROM events_event WHERE id > %s AND id <= %s ORDER BY id"""
_HEADS = """
    SELECT n.subject_type, n.subject_id, e.seq, e.hash
      FROM (SELECT DISTINCT subject_type, subject_id FROM events_event WHERE id > %(after)s AND id <= %(to)s) n
     CROSS JOIN LATERAL (
        SELECT seq, hash FROM events_event WHERE subject_type = n.subject_type AND subject_id = n.subject_id
           AND id <= %(after)s ORDER BY seq DESC LIMIT 1) e"""
_SHORT = """
    SELECT id, subject_type, subject_id, seq, hash FROM events_event WHERE id > %s AND id <= %s ORDER BY id"""


@dataclass(frozen=True)
class Broken:
    """A place where the ledger is not what was written. `event_id` is 0 where a seal is meant."""

    event_id: int
    subject: str
    seq: int
    wrong: Wrong
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """What is wrong, in the reader's language."""
        return f"{self.wrong.label}" % self.facts

    @property
    def mark(self) -> str:
        """The same place, wrong in the same way, has the same mark in every look."""
        return canon.sha256(canon.text([self.wrong, self.subject, self.seq, self.event_id, self.facts]))


class Row(NamedTuple):
    """An event as the loop needs it."""

    id: int
    subject_type: str
    subject_id: int
    seq: int
    hash: str

    @property
    def subject(self) -> str:
        """`tickets.ticket:17`."""
        return f"{self.subject_type}:{self.subject_id}"


def verify(*, since: int = 0, until: int | None = None, anchor: Path | None = None) -> Iterator[Broken]:
    """What is wrong with the seals, and with the events under those after `since` up to `until` (None: to the end).

    `anchor` is where the files of the anchor lie, without it that of the settings.
    """
    yield from Look(since=since, until=until, anchor=anchor or anchors.place()).broken()


@dataclass
class Look:
    """One pass; afterwards `events` says how many were read, with numbers after `after` up to `to`."""

    since: int = 0
    until: int | None = None
    anchor: Path | None = None
    events: int = 0
    after: int = 0
    to: int = _NO_END

    def broken(self) -> Iterator[Broken]:
        """Everything that is wrong. Files are measured first, seals read next: what is written meanwhile is not."""
        files = anchors.files(self.anchor)
        seals = list(Seal.objects.select_related("key", "stamp").defer("leaves").order_by("number"))
        yield from _seals_broken(seals)
        yield from _anchor_broken(seals, files)
        mine = [f for f in files if self._reads(f.number)]
        yield from (_of_seal(f.number, Wrong.ANCHOR_BROKEN) for f in mine if not f.is_whole())
        self.after = _end(seals, self.since)
        self.to = _NO_END if self.until is None else _end(seals, self.until)
        under = [seal for seal in seals if self._reads(seal.number)]
        known = _Anchored(mine, last=_last_of(files))
        yield from _stamps_broken(under)
        yield from self._events(under, known)

    def _reads(self, number: int) -> bool:
        return number > self.since and (self.until is None or number <= self.until)

    def _events(self, seals: list[Seal], known: "_Anchored") -> Iterator[Broken]:
        heads = _heads(self.after, self.to) if self.after else {}
        day = _Day(seals)
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(_ROWS, [self.after, self.to])
            while rows := cursor.fetchmany(_CHUNK):
                self.events += len(rows)
                for found in rows:
                    row = Row._make((*found[:4], found[5]))
                    yield from day.before(row.id)
                    yield from _chain_broken(row, found[4], heads)
                    if row.hash != _digest(found):
                        yield _of(row, Wrong.CHANGED)
                    day.take(row)
                    if known.waits_for(row.id):
                        yield from known.compare(row)
        yield from day.before(_NO_END)
        yield from known.rest()


def _end(seals: list[Seal], number: int) -> int:
    """The last event under this seal, or under the last before it when it is gone."""
    return max((seal.last_event_id for seal in seals if seal.number <= number), default=0)


def _digest(found: tuple[Any, ...]) -> str:
    """As `Event.digest`, without making an Event of each row."""
    _id, subject_type, subject_id, seq, previous, _hash, type_, actor, *labels, at, audience, facts = found
    stated = [previous, subject_type, subject_id, seq, type_, actor, *labels, canon.instant(at), audience]
    return canon.sha256(canon.text([*stated, json.loads(facts)]))


# Chains ----------------------------------------------------------------------------------------------------------

_Heads = dict[tuple[str, int], tuple[int, str]]


def _heads(after: int, to: int) -> _Heads:
    """The last link before this part of each chain that goes on in it."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, {"after": after, "to": to})
        return {(type_, id_): (seq, hash_) for type_, id_, seq, hash_ in cursor.fetchall()}


def _chain_broken(row: Row, previous: str, heads: _Heads) -> Iterator[Broken]:
    chain = row.subject_type, row.subject_id
    seq, hash_ = heads.get(chain, (0, FIRST_HASH))
    if row.seq == seq + 1:
        if previous != hash_:
            yield _of(row, Wrong.FOREIGN)
    elif row.seq > seq:
        yield _of(row, Wrong.MISSING, count=row.seq - seq - 1)
    else:
        yield _of(row, Wrong.DISORDER)
        return
    heads[chain] = row.seq, row.hash


def _of(row: Row | Line, wrong: Wrong, **facts: object) -> Broken:
    return Broken(row.id, row.subject, row.seq, wrong, {name: str(value) for name, value in facts.items()})


# Seals -----------------------------------------------------------------------------------------------------------


def _of_seal(number: int, wrong: Wrong, **facts: object) -> Broken:
    return Broken(
        0, f"events.seal:{number}", number, wrong, {name: str(value) for name, value in facts.items()}
    )


def _seals_broken(seals: list[Seal]) -> Iterator[Broken]:
    ours = {seal.key_id: keys.is_ours(seal.key) for seal in seals}
    before: Seal | None = None
    for seal in seals:
        if not _continues(seal, before):
            yield _of_seal(seal.number, Wrong.SEAL_FOREIGN)
        statement = seal.statement
        if seal.hash != canon.sha256(statement):
            yield _of_seal(seal.number, Wrong.SEAL_CHANGED)
        elif not keys.is_signed(statement, signature=seal.signature, public=seal.key.public):
            yield _of_seal(seal.number, Wrong.SEAL_FORGED)
        elif not ours[seal.key_id]:
            yield _of_seal(seal.number, Wrong.SEAL_KEY)
        before = seal


def _stamps_broken(seals: list[Seal]) -> Iterator[Broken]:
    """Stamps are slow to check: only those of the part that is read."""
    for seal in seals:
        if seal.is_stamped and not _is_believed(seal):
            yield _of_seal(seal.number, Wrong.SEAL_STAMP)


def _is_believed(seal: Seal) -> bool:
    try:
        return stamps.told(bytes(seal.stamp.token), bytes.fromhex(seal.hash)) == seal.stamp.stamped_at
    except (stamps.Silent, ValueError):
        return False


def _continues(seal: Seal, before: Seal | None) -> bool:
    if before is None:
        return (seal.number, seal.previous_hash, seal.first_event_id) == (1, FIRST_HASH, 0)
    return (
        seal.number == before.number + 1
        and seal.previous_hash == before.hash
        and seal.first_event_id == before.last_event_id
        and seal.total == before.total + seal.events
        and seal.for_date > before.for_date
    )


class _Day:
    """Counts and hashes the events under one seal after the other, and says at its end what does not fit."""

    def __init__(self, seals: list[Seal]) -> None:
        self._seals = iter(seals)
        self._next()

    def _next(self) -> None:
        self._seal = next(self._seals, None)
        self._root, self._count = hashlib.sha256(), 0

    def take(self, row: Row) -> None:
        """One event, in the order of numbers."""
        if self._seal:
            self._root.update(canon.leaf(row.id, row.hash))
            self._count += 1

    def before(self, event_id: int) -> Iterator[Broken]:
        """Close what ended before this event."""
        while self._seal and event_id > self._seal.last_event_id:
            if (self._root.hexdigest(), self._count) != (self._seal.root, self._seal.events):
                yield _of_seal(
                    self._seal.number, Wrong.SEAL_BROKEN, events=self._seal.events, found=self._count
                )
                yield from _compared(self._seal)
            self._next()


def _compared(seal: Seal) -> Iterator[Broken]:
    """Which events are not those that were sealed: both lists of leaves, side by side.

    Nothing where the stored leaves are not those of the root themselves; the seal is named all the same.
    """
    stored = bytes(Seal.objects.values_list("leaves", flat=True).get(pk=seal.pk))
    if hashlib.sha256(stored).hexdigest() != seal.root:
        return
    sealed = [stored[at : at + 32] for at in range(0, len(stored), 32)]
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, [seal.first_event_id, seal.last_event_id])
        rows = [Row._make(found) for found in cursor.fetchall()]
    here = [canon.leaf(row.id, row.hash) for row in rows]
    left, there = set(here), set(sealed)
    before, i, at = Row(0, "events.seal", seal.number, seal.number, ""), 0, 0
    while i < len(sealed) or at < len(rows):
        gone, strange = i, at
        while i < len(sealed) and sealed[i] not in left:
            i += 1
        while at < len(rows) and here[at] not in there:
            at += 1
        yield from _apart(seal, before, i - gone, rows[strange:at])
        if at < len(rows):
            if i >= len(sealed) or sealed[i] != here[at]:
                yield _of(rows[at], Wrong.DISORDER)
            before, at = rows[at], at + 1
        i += 1


def _apart(seal: Seal, before: Row, gone: int, strange: list[Row]) -> Iterator[Broken]:
    """Between two events that both lists know: so many are gone, these are there."""
    day = seal.for_date.isoformat()
    for place, row in enumerate(strange):
        yield _of(row, Wrong.UNSEALED if place < gone else Wrong.INSERTED, day=day)
    if gone > len(strange):
        yield _of(before, Wrong.REMOVED, count=gone - len(strange), day=day)


# The anchor ------------------------------------------------------------------------------------------------------


def _anchor_broken(seals: list[Seal], files: list[File]) -> Iterator[Broken]:
    """Seals that the anchor knows and the database does not, or differently."""
    here = {seal.number: seal.record for seal in seals}
    for file in files:
        known = file.seal()
        if known is None:
            continue
        ours = here.get(file.number)
        if ours is None:
            yield _of_seal(file.number, Wrong.SEAL_GONE)
        elif (ours["statement"], ours["signature"]) != (known["text"], known["signature"]):
            yield _of_seal(file.number, Wrong.SEAL_REWRITTEN)


def _last_of(files: list[File]) -> int:
    return next((last for file in reversed(files) if (last := anchors.latest_event(file))), 0)


class _Anchored:
    """The events of the anchor, walked beside those of the database."""

    def __init__(self, files: list[File], *, last: int) -> None:
        lines = (line for file in files for line in file.lines() if isinstance(line, Line))
        self._lines, self._last = lines, last
        self._next = next(lines, None)

    def waits_for(self, event_id: int) -> bool:
        """Does the anchor reach as far as this event?"""
        return event_id <= self._last

    def compare(self, row: Row) -> Iterator[Broken]:
        """What stands before this event and is gone; is this one what the anchor knows?"""
        gone: list[Line] = []
        while self._next and self._next.id < row.id:
            gone.append(self._next)
            self._next = next(self._lines, None)
        yield from _gone(gone)
        if self._next is None or self._next.id != row.id:
            yield _of(row, Wrong.ANCHOR_UNKNOWN)
            return
        if self._next[1:] != row[1:]:
            yield _of(row, Wrong.ANCHOR_OTHER)
        self._next = next(self._lines, None)

    def rest(self) -> Iterator[Broken]:
        """What stands in the anchor behind the last event of the database."""
        yield from _gone([line for line in (self._next, *self._lines) if line])


def _gone(lines: list[Line]) -> Iterator[Broken]:
    if len(lines) > _ONE_BY_ONE:
        last = f"{lines[-1].subject} no. {lines[-1].seq}"
        yield _of(lines[0], Wrong.ANCHOR_CUT, count=len(lines), last=last)
    else:
        yield from (_of(line, Wrong.ANCHOR_GONE) for line in lines)
