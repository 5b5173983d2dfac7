"""Licences, contracts and certificates: written down, renewed, ended; warnings before they run out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.models import User, office_date
from core import files, times
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events
from inventory import rules
from inventory.actions._parts import clean
from inventory.certificates import LARGEST, holds_key
from inventory.enums import RenewableEvent, RenewableKind
from inventory.models import Installation, Renewable, RenewableFile

FIELDS = (
    "kind", "name", "reference", "partner", "branch", "responsible", "title_words", "publisher_words", "seats",
    "starts_date", "ends_date", "cost", "lead_days", "note", "host_names",
)  # fmt: skip
MOST_LEADS, LONGEST_LEAD = 6, 400  # warnings; days
FIRST_END = date(1990, 1, 1)  # what ended before was never kept here
MOST_FILES = 50
COUNT_EVERY = timedelta(hours=6)
_COUNTED_BY = {"kind", "title_words", "publisher_words", "branch"}  # what is counted as used, and where
_TEXTS = ("name", "reference", "partner", "title_words", "publisher_words", "note", "host_names")
LONGEST_NAMES = 10_000  # characters of the names of a certificate


@transaction.atomic
def keep_renewable(*, by: User, renewable: Renewable | None = None, **facts: Any) -> Renewable:
    """A licence, contract or certificate, new or changed; `facts` are among FIELDS. By the IT staff of its branch.

    One without a branch is the whole group's: for IT staff of the group. Raises PermissionDenied, or NotPossible
    where a fact does not fit. Another end is warned of anew.
    """
    kept = Renewable.objects.lock(renewable, "branch", "responsible") if renewable else Renewable()
    if renewable and (refusal := why_not(kept, "change", by)):
        raise refusal
    before = {name: getattr(kept, name) for name in FIELDS}
    for name, value in facts.items():
        if name not in FIELDS:
            raise TypeError(f"a renewable has no field {name}")
        setattr(kept, name, (value or "").strip().replace("\r\n", "\n") if name in _TEXTS else value)
    if not rules.keeps(kept, by):
        raise PermissionDenied
    _check(kept)
    changed = [name for name, old in before.items() if getattr(kept, name) != old]
    if renewable and not changed:
        return kept
    if "ends_date" in changed or not renewable:
        kept.warn_date = _first_warning(kept)
    elif "lead_days" in changed:
        kept.warn_date = _next_warning(kept, office_date())
    if _COUNTED_BY & set(changed):
        kept.used = kept.counted_at = None
    kept.save()
    what = RenewableEvent.CHANGED if renewable else RenewableEvent.WRITTEN
    events.record(what, kept, by=by, name=kept.name, fields=", ".join(changed), until=_iso(kept.ends_date))
    return kept


def _check(kept: Renewable) -> None:
    clean(
        kept,
        "kind",
        "name",
        "reference",
        "partner",
        "title_words",
        "publisher_words",
        "seats",
        "cost",
        "note",
    )
    if len(kept.host_names) > LONGEST_NAMES:
        raise NotPossible(_("The names take more than %(most)s characters.") % {"most": LONGEST_NAMES})
    if kept.ends_date and kept.ends_date < FIRST_END:
        raise NotPossible(
            _("An end before %(year)s is mistyped. Write the year in full.") % {"year": FIRST_END.year}
        )
    if kept.starts_date and kept.ends_date and kept.ends_date < kept.starts_date:
        raise NotPossible(_("It ends before it begins."))
    if kept.host_names and kept.kind != RenewableKind.CERTIFICATE:
        raise NotPossible(_("Only a certificate is for names of servers or people."))
    if kept.kind != RenewableKind.LICENCE and (
        kept.seats is not None or kept.title_words or kept.publisher_words
    ):
        raise NotPossible(_("Only a licence has seats and programs."))
    if kept.publisher_words and not kept.title_words:
        raise NotPossible(_("Say how the names of the programs begin."))
    if kept.responsible is not None and (kept.responsible.is_robot or not kept.responsible.is_active):
        raise NotPossible(_("%(name)s cannot see to it. Choose somebody else.") % {"name": kept.responsible})
    kept.lead_days = _leads(kept.lead_days)


def _leads(given: Any) -> list[int]:
    if not isinstance(given, list) or len(given) > MOST_LEADS:
        raise NotPossible(_("Name at most %(most)s warnings.") % {"most": MOST_LEADS})
    if not all(isinstance(lead, int) and 0 < lead <= LONGEST_LEAD for lead in given):
        raise NotPossible(_("A warning comes 1 to %(most)s days before.") % {"most": LONGEST_LEAD})
    return sorted(set(given), reverse=True)


def _days(kept: Renewable) -> list[date]:
    """The days on which somebody is warned, the end itself among them."""
    ends = kept.ends_date
    return sorted(ends - timedelta(days=lead) for lead in {0, *kept.lead_days}) if ends else []


def _first_warning(kept: Renewable) -> date | None:
    """What is past already is said at once, by one warning."""
    return max(_days(kept)[0], office_date()) if kept.ends_date else None


def _next_warning(kept: Renewable, today: date) -> date | None:
    return next((day for day in _days(kept) if day > today), None)


def must_end_later(*, held: Renewable, ends_date: date) -> None:
    """Raises NotPossible where a new end is not later than the one that it has."""
    if held.ends_date is not None and ends_date <= held.ends_date:
        said = _("The new end must be later than %(day)s.")
        raise NotPossible(said % {"day": times.date_text(held.ends_date)})


@transaction.atomic
def renew(*, renewable: Renewable, ends_date: date, by: User, note: str = "") -> Renewable:
    """It goes on until another day. Raises NotPossible for one that is not later than its end, PermissionDenied."""
    held = Renewable.objects.lock(renewable, "branch")
    if refusal := why_not(held, "change", by):
        raise refusal
    must_end_later(held=held, ends_date=ends_date)
    before, held.ends_date = held.ends_date, ends_date
    _check(held)
    held.warn_date = _first_warning(held)
    fire(held, "change", by=by)
    events.record(
        RenewableEvent.RENEWED, held, by=by, name=held.name, before=_iso(before), until=_iso(ends_date),
        note=note.strip()[:500],
    )  # fmt: skip
    return held


@transaction.atomic
def end_renewable(*, renewable: Renewable, reason: str, by: User) -> Renewable:
    """It is not renewed any more, and nobody is warned of it. Needs a reason."""
    held = Renewable.objects.lock(renewable, "branch")
    if not reason.strip():
        raise NotPossible(_("Say why. The reason stands in its history."))
    held.warn_date = None
    fire(held, "end", by=by)
    events.record(RenewableEvent.ENDED, held, by=by, name=held.name, reason=reason.strip()[:500])
    return held


@transaction.atomic
def attach_document(
    *, renewable: Renewable, uploads: Sequence[tuple[str, BinaryIO]], by: User
) -> list[RenewableFile]:
    """Its documents, all or none. Raises NotPossible for a file that is refused, PermissionDenied."""
    held = Renewable.objects.lock(renewable, "branch")
    if refusal := why_not(held, "change", by):
        raise refusal
    if held.files.count() + len(uploads) > MOST_FILES:
        raise NotPossible(_("No more than %(count)s files for one of these.") % {"count": MOST_FILES})
    return [_attach(held, name, file, by) for name, file in uploads]


def _attach(held: Renewable, name: str, file: BinaryIO, by: User) -> RenewableFile:
    if holds_key(file.read(LARGEST)):
        raise NotPossible(_("%(name)s holds a private key, which is not kept here.") % {"name": name[:100]})
    file.seek(0)
    stored = files.store(file)
    added = RenewableFile.objects.create(
        renewable=held, name=files.safe_name(name), content_type=stored.content_type, size=stored.size,
        sha256=stored.sha256, added_by=by,
    )  # fmt: skip
    events.record(RenewableEvent.FILE_ADDED, held, by=by, name=added.name)
    return added


# Sweeps --------------------------------------------------------------------------------------------------------------


def tell_expiring(*, today: date | None = None, most: int = 500) -> int:
    """Warn of what runs out; how many warnings. Each is one event, in the transaction that says when the next is due.

    Safe to run twice: whoever comes second finds the day of the next warning.
    """
    today = today or office_date()
    due = Renewable.objects.to_warn(today).order_by("warn_date", "pk")[:most]
    return sum(_warn(row, today) for row in due)


@transaction.atomic
def _warn(row: Renewable, today: date) -> int:
    row = Renewable.objects.lock(row)
    if row.warn_date is None or row.warn_date > today or row.ends_date is None:
        return 0
    is_first = row.warned_for_date != row.ends_date
    row.warn_date, row.warned_for_date = _next_warning(row, today), row.ends_date
    row.save(update_fields=["warn_date", "warned_for_date"])
    events.record(
        RenewableEvent.EXPIRING, row, by=robot("inventory"), name=row.name, until=_iso(row.ends_date),
        days=(row.ends_date - today).days, is_first=is_first,
    )  # fmt: skip
    return 1


def count_seats(*, now: datetime | None = None, most: int = 20) -> int:
    """On how many assets the programs of licences are installed, those first that were counted longest ago.

    A figure is kept only where nobody counted meanwhile, or changed what is counted.
    """
    now = now or timezone.now()
    due = Renewable.objects.to_count(now - COUNT_EVERY)[:most]
    for row in due:
        used = Installation.objects.of_licence(row).values("asset").distinct().count()
        Renewable.objects.filter(
            pk=row.pk, kind=row.kind, title_words=row.title_words, publisher_words=row.publisher_words,
            branch=row.branch_id, counted_at=row.counted_at,
        ).update(used=used, counted_at=now)  # fmt: skip
    return len(due)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else "–"
