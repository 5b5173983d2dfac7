"""Closing the days of the ledger: seals, their time stamps, and the anchor outside the database."""

import hashlib
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from core import locks
from core.lazily import lazily
from events import anchors, canon, keys
from events.actions.recording import record
from events.anchors import Line
from events.canon import FIRST_HASH
from events.enums import Audience, LedgerEvent
from events.models import Seal, SealKey, SealStamp
from events.subjects import Subject

if TYPE_CHECKING:
    from core import stamps
else:
    stamps = lazily("core.stamps")

log = logging.getLogger(__name__)
MOST_AT_ONCE = 50  # days closed, or stamps asked for, in one pass; the next ring goes on
_PATIENCE_MS = 1000  # so long a seal may hold up writers while it waits for those who have begun
_CHUNK = 5000
_DAYS = """
    SELECT (at AT TIME ZONE %s)::date AS day, max(id) FROM events_event WHERE id > %s AND id <= %s
     GROUP BY day ORDER BY day"""
_LEAVES = """
    SELECT count(*),
           COALESCE(string_agg(sha256(convert_to(id || ':' || hash, 'UTF8')), ''::bytea ORDER BY id), ''::bytea)
      FROM events_event WHERE id > %s AND id <= %s"""
_LINES = """
    SELECT id, subject_type, subject_id, seq, hash FROM events_event WHERE id > %s AND id <= %s ORDER BY id"""


def seal(*, by: Any) -> list[Seal]:
    """Close each day at head office that has ended and is still open, one seal for each, the oldest first.

    After an outage every day gets its own; a day belongs to one seal however many sweeps run. Nothing while somebody
    writes for longer than a second: the next ring tries again. Raises core.secrets.WrongKey when no key can sign.
    """
    settled = _settled()
    return [] if settled is None else _close_days(settled, by)


def _settled() -> int | None:
    """The largest number below which no event can still appear: nobody who has drawn one is unfinished. None: busy."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(_PATIENCE_MS)])
            locks.wait_for("ledger")
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
            cursor.execute("SELECT COALESCE(max(id), 0) FROM events_event")
            return int(cursor.fetchone()[0])
    except OperationalError:
        return None


@transaction.atomic
def _close_days(settled: int, by: Any) -> list[Seal]:
    if not locks.only_one("events.seal"):
        return []
    latest = Seal.objects.with_list_columns().order_by("-number").first()
    done = latest.last_event_id if latest else 0
    ends = _ends(done, settled)
    if not ends and latest is None:
        return []  # nothing has happened yet
    day = latest.for_date + timedelta(days=1) if latest else next(iter(ends))
    made: list[Seal] = []
    while day < _today() and len(made) < MOST_AT_ONCE:
        done = max([done, *(last for of, last in ends.items() if of <= day)])
        latest = _close(day, done, latest, by)
        made.append(latest)
        day += timedelta(days=1)
    return made


def _today() -> date:
    return timezone.localdate(timezone=ZoneInfo(settings.TIME_ZONE))


def _ends(after: int, to: int) -> dict[date, int]:
    """The last event of each day at head office, in the order of days."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [settings.TIME_ZONE, after, to])
        return dict(cursor.fetchall())


def _close(day: date, last: int, before: Seal | None, by: Any) -> Seal:
    first = before.last_event_id if before else 0
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [first, last])
        count, leaves = cursor.fetchone()
    made = Seal(
        number=before.number + 1 if before else 1, for_date=day, first_event_id=first, last_event_id=last,
        events=count, total=count + (before.total if before else 0), leaves=bytes(leaves),
        root=hashlib.sha256(leaves).hexdigest(), previous_hash=before.hash if before else FIRST_HASH, key=_key(by),
    )  # fmt: skip
    made.hash = canon.sha256(made.statement)
    made.signature = keys.sign(made.key, made.statement)
    made.save(force_insert=True)
    record(
        LedgerEvent.SEALED, made, by=by, audience=Audience.STAFF, day=day, events=str(count), head=made.hash
    )
    return made


def _key(by: Any) -> SealKey:
    """The newest key that SIGNING_KEY opens; made where there is none."""
    newest = SealKey.objects.order_by("-pk").first()
    if newest and keys.is_ours(newest):
        return newest
    public, secret = keys.pair()
    made = SealKey.objects.create(public=public, secret=secret)
    record(LedgerEvent.KEY_MADE, made, by=by, audience=Audience.STAFF, key=public)
    return made


# Time stamps -----------------------------------------------------------------------------------------------------


def stamp() -> int:
    """Ask the authority (TSA_URL) for what seals still lack, the newest first; how many were stamped.

    The first that fails ends the pass: the authority is away, and a later ring asks again.
    """
    if not settings.TSA_URL:
        return 0
    done = 0
    for row in Seal.objects.with_list_columns().filter(stamp=None).order_by("-number")[:MOST_AT_ONCE]:
        try:
            token = stamps.stamp(bytes.fromhex(row.hash))
            at = stamps.told(token, bytes.fromhex(row.hash))
        except stamps.Silent as problem:
            log.warning("seal %s has no time stamp yet: %s", row.number, problem)
            break
        facts = {"token": token, "authority": settings.TSA_URL[:200], "stamped_at": at}
        done += SealStamp.objects.get_or_create(seal=row, defaults=facts)[1]
    return done


# The anchor ------------------------------------------------------------------------------------------------------


def anchor(*, by: Any) -> int:
    """Write the hashes of new events, and seals, behind what the anchor holds; how many events.

    An anchor that was not there begins with the first event of all, and the ledger says so. Nothing without
    LEDGER_ANCHOR_DIR. Raises OSError when the directory cannot be written.
    """
    directory = anchors.place()
    settled = _settled() if directory else None
    return 0 if directory is None or settled is None else _anchor(directory, settled, by)


@transaction.atomic
def _anchor(directory: Path, settled: int, by: Any) -> int:
    if not locks.only_one("events.anchor"):
        return 0
    files = anchors.files(directory)
    if not files and settled:
        number = Seal.objects.count()
        place = Subject("events.anchor", 0)
        record(LedgerEvent.ANCHOR_BEGUN, place, by=by, audience=Audience.STAFF, number=number)
    number, last, written = *_where(files), 0
    for row in Seal.objects.with_list_columns().filter(number__gte=number).order_by("number"):
        written += _write(directory, row.number, last, row.last_event_id, row)
        number, last = row.number + 1, row.last_event_id
    return written + (_write(directory, number, last, settled) if settled > last else 0)


def _where(files: list[anchors.File]) -> tuple[int, int]:
    """The file that is open, and the last event that the anchor holds."""
    if not files:
        return 1, 0
    newest = files[-1]
    closed = newest.seal()
    if closed:
        return newest.number + 1, int(closed["statement"]["last_event"])
    return newest.number, anchors.latest_event(newest) or _where(files[:-1])[1]


def _write(directory: Path, number: int, after: int, to: int, closing: Seal | None = None) -> int:
    count = 0

    def lines() -> Iterator[str]:
        nonlocal count
        with connection.chunked_cursor() as cursor:
            cursor.execute(_LINES, [after, to])
            while rows := cursor.fetchmany(_CHUNK):
                count += len(rows)
                yield from (anchors.event_line(Line._make(row)) for row in rows)
        if closing:
            yield anchors.seal_line(closing.record)

    anchors.append(directory, number, lines())
    return count
