"""The daily look at the ledger: what is new wholly, the rest in rotation; what is found is told once."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import locks
from events import anchors
from events.actions.recording import record
from events.enums import Audience, LedgerEvent, Part
from events.ledger import Broken, Look
from events.models import LedgerCheck, LedgerFinding, Seal
from events.subjects import Subject

ROTATION_DAYS = 7  # within so many days every seal is looked at again
MOST_EVENTS = 1_000_000  # read in one pass, half a minute; a longer part is read by several
MOST_FINDINGS = 1000  # kept of one pass; the check counts all


@transaction.atomic
def check(*, by: Any) -> list[LedgerCheck]:
    """Look at what was not looked at today: all seals, what stands under new ones and under none, a piece of the rest.

    A finding that was not known yet is recorded, whereupon subscribers tell people; known ones are not told again.
    """
    if not locks.only_one("events.check"):
        return []
    ends = dict(Seal.objects.order_by("number").values_list("number", "total"))
    today = timezone.localdate(timezone=ZoneInfo(settings.TIME_ZONE))
    parts = [_new_part(ends, today), _old_part(ends, today)]
    return [_look(part, since, until, today, by) for part, since, until in filter(None, parts)]


_Piece = tuple[Part, int, int]


def _new_part(ends: dict[int, int], today: date) -> _Piece | None:
    """From where the last look at news ended."""
    latest = LedgerCheck.objects.filter(part=Part.NEW).order_by("-pk").first()
    since, newest = (latest.until if latest else 0), max(ends, default=0)
    if not ends or (latest and latest.for_date == today and since == newest):
        return None
    return Part.NEW, min(since, newest), _until(ends, min(since, newest), newest)


def _old_part(ends: dict[int, int], today: date) -> _Piece | None:
    """The next piece in rotation, once a day; none while everything is news."""
    latest = LedgerCheck.objects.filter(part=Part.OLD).order_by("-pk").first()
    news = LedgerCheck.objects.filter(part=Part.NEW).order_by("-pk").first()
    if news is None or (latest and latest.for_date == today):
        return None
    since = latest.until if latest and latest.until < news.until else 0
    piece = since + max(-(-news.until // ROTATION_DAYS), 1)
    return Part.OLD, since, _until(ends, since, min(piece, news.until))


def _until(ends: dict[int, int], since: int, newest: int) -> int:
    """As far as one pass reads: at least one seal, at most MOST_EVENTS."""
    limit = ends.get(since, 0) + MOST_EVENTS
    within = [number for number, total in ends.items() if since < number <= newest and total <= limit]
    return max(within, default=min(since + 1, newest))


def _look(part: Part, since: int, until: int, today: date, by: Any) -> LedgerCheck:
    began, newest = timezone.now(), Seal.objects.order_by("-number").values_list("number", flat=True)[0]
    to_the_end = part == Part.NEW and until == newest
    look = Look(since=since, until=None if to_the_end else until, anchor=anchors.place())
    found: dict[str, Broken] = {}
    wrong = 0
    for place in look.broken():
        wrong += 1
        if len(found) < MOST_FINDINGS:
            found[place.mark] = place
    _keep(found, look, began, by)
    return LedgerCheck.objects.create(
        for_date=today, part=part, since=since, until=until, events=look.events, wrong=wrong, began_at=began,
        ended_at=timezone.now(),
    )  # fmt: skip


def _keep(found: dict[str, Broken], look: Look, now: datetime, by: Any) -> None:
    """Write what was found, close what is seen no more, and record it when something was not known."""
    rows = LedgerFinding.objects.filter(mark__in=list(found))
    known = set(rows.open().values_list("mark", flat=True))
    again = set(rows.values_list("mark", flat=True)) - known
    rows.update(seen_at=now, gone_at=None)
    LedgerFinding.objects.bulk_create([
        LedgerFinding(
            mark=mark, wrong=place.wrong, subject=place.subject, seq=place.seq, event_id=place.event_id,
            facts=place.facts, found_at=now, seen_at=now,
        )
        for mark, place in found.items() if mark not in known | again
    ])  # fmt: skip
    here = Q(event_id=0) | Q(event_id__gt=look.after, event_id__lte=look.to)
    LedgerFinding.objects.open().filter(here).exclude(mark__in=list(found)).update(gone_at=now)
    new = [place for mark, place in found.items() if mark not in known]
    if new:
        first = f"{new[0].subject} no. {new[0].seq}"
        places = LedgerFinding.objects.open().count()
        record(
            LedgerEvent.FOUND_BROKEN, Subject("events.ledgerfinding", 0), by=by, audience=Audience.STAFF,
            places=places, first=first,
        )  # fmt: skip
