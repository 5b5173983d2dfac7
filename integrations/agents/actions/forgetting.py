"""Raw reports are kept for so many days; then their bytes go, and what was read from them stays."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from core import files, locks
from integrations.agents.models import Report

BATCH = 500
YOUNG = 24 * 3600  # seconds: a file that was written so lately may belong to a row that is not committed yet


def forget_raw(*, now: datetime | None = None) -> int:
    """Let the bytes of reports go that are older than AGENTS_KEEP_RAW_DAYS (0: never); how many.

    Kept are those that could not be read or wait for a decision (an alarm), the newest one of each machine, and bytes
    that anything else points at. Safe to run twice and to be killed at any line: a row says that its bytes are gone in
    the transaction that removes them.
    """
    if not settings.AGENTS_KEEP_RAW_DAYS:
        return 0
    now = now or timezone.now()
    before, done, after = now - timedelta(days=settings.AGENTS_KEEP_RAW_DAYS), 0, 0
    while found := list(Report.objects.forgettable(before).filter(pk__gt=after).order_by("pk")[:BATCH]):
        used = _used({row.sha256 for row in found})
        for row in found:
            done += _forget(row, before, now, keeps_file=row.sha256 in used)
        after = found[-1].pk
    return done


@transaction.atomic
def _forget(row: Report, before: datetime, now: datetime, *, keeps_file: bool) -> int:
    hold_raw(sha256=row.sha256)
    held = Report.objects.forgettable(before).select_for_update(of=("self",)).filter(pk=row.pk).first()
    if held is None:
        return 0
    others = Report.objects.filter(sha256=held.sha256, raw_gone_at=None).exclude(pk=held.pk).exists()
    place = files.path_of(held.sha256)
    if not keeps_file and not others and place.exists():
        if time.time() - place.stat().st_mtime < YOUNG:
            return 0
        place.unlink()
    held.raw_gone_at = now
    held.save(update_fields=["raw_gone_at"])
    return 1


def hold_raw(*, sha256: str) -> None:
    """Hold these bytes until the end of the transaction: they do not go while somebody brings them again."""
    locks.wait_for("agents", "raw", sha256)


def _used(hashes: Iterable[str]) -> set[str]:
    """Those of the hashes that a row of another table points at: files are kept once, whoever brought them."""
    wanted, found = list(hashes), set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_hash = isinstance(field, models.CharField) and field.name.endswith("sha256")
            if is_hash and model is not Report:
                rows = model._default_manager.filter(**{f"{field.name}__in": wanted}).order_by()
                found |= set(rows.values_list(field.name, flat=True))
    return found
