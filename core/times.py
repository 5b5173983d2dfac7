"""How instants and deadlines are said to a person, in the time zone that is active for that person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

SOON = timedelta(minutes=30)
CLOSE = timedelta(hours=1)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """A promise in words: `state` is met, missed, calm, soon, late or stopped; `text` says it; `left` in seconds."""

    state: str
    text: str
    left: int


def words(value: datetime, now: datetime, *, seconds: bool = False) -> str:
    """`14:32 WIB` on the day of `now`, otherwise with the date, and with the year if that differs.

    With `seconds` an instant inside a minute is told exactly: `14:32:05 WIB`.
    """
    local, today = timezone.localtime(value), timezone.localtime(now)
    clock = f"{local:%H:%M:%S} {zone(local)}" if seconds and local.second else f"{local:%H:%M} {zone(local)}"
    if local.date() == today.date():
        return clock
    return f"{_on(local.date(), 'j M' if local.year == today.year else 'j M Y', get_language())} {clock}"


def full(value: datetime) -> str:
    """`Saturday, 21 November 2026 14:32 WIB`."""
    local = timezone.localtime(value)
    return f"{_on(local.date(), 'l, j F Y', get_language())} {local:%H:%M} {zone(local)}"


def to_the_second(value: datetime) -> str:
    """`21 Nov 2026 14:32:05 WIB`: where the order of what happened matters."""
    local = timezone.localtime(value)
    return f"{_on(local.date(), 'j M Y', get_language())} {local:%H:%M:%S} {zone(local)}"


@lru_cache(maxsize=2048)
def _on(day: date, pattern: str, _language: str | None) -> str:
    """A day in words: lists say the same few days hundreds of times."""
    return date_format(day, pattern)


def date_text(day: date) -> str:
    """`21 November 2026`, in the reader's words."""
    return _on(day, "j F Y", get_language())


def zone(local: datetime) -> str:
    """WIB, WITA or WIT for Indonesia's zones, the offset elsewhere."""
    return local.tzname() or f"{local:%z}"


def span(length: timedelta) -> str:
    """`5 min`, `2 h 5 min` or `3 days`: as exact as a person needs it."""
    if length < MINUTE:
        return _("under a minute")
    return exact(length - length % (DAY if length >= DAY else MINUTE))


def exact(length: timedelta) -> str:
    """`2 days 15 h`, `12 min 40 s`: to the second, so that such figures can be added up."""
    hours, seconds = divmod(length.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = [
        ngettext("%(days)d day", "%(days)d days", length.days) % {"days": length.days} if length.days else "",
        _("%(hours)d h") % {"hours": hours} if hours else "",
        _("%(minutes)d min") % {"minutes": minutes} if minutes else "",
        _("%(seconds)d s") % {"seconds": seconds} if seconds else "",
    ]
    return " ".join(filter(None, parts)) or _("%(minutes)d min") % {"minutes": 0}


def hours(minutes: int) -> str:
    """Minutes as hours with at most two decimals, in the reader's number format."""
    return str(number_format(f"{minutes / 60:.2f}".rstrip("0").rstrip("."), use_l10n=True))


def deadline(*, due_at: datetime, met_at: datetime | None, stopped: bool, now: datetime) -> Deadline:
    """What to say about a promise that is due at `due_at`, kept at `met_at` if it was, or stopped without either."""
    if met_at:
        at = words(met_at, now)
        text = _("in time, %(at)s") % {"at": at} if met_at <= due_at else _("late, %(at)s") % {"at": at}
        return Deadline("met" if met_at <= due_at else "missed", text, 0)
    left = due_at - now
    if stopped:
        return Deadline("stopped", _("stopped"), 0)
    seconds = int(left.total_seconds())
    if seconds < 0:
        return Deadline("late", _("late by %(span)s") % {"span": span(-left)}, seconds)
    if left > CLOSE:
        return Deadline("calm", _("before %(at)s") % {"at": words(due_at, now)}, seconds)
    return Deadline("soon" if left <= SOON else "calm", _("%(span)s left") % {"span": span(left)}, seconds)
