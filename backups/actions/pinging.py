"""What scripts of targets report: started, went well, failed. Silence is judged by the sweep, as for all targets."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from backups.actions import _parts
from backups.actions.keeping import digest
from backups.actions.performing import end_badly, good
from backups.enums import BackupEvent, Fault, RunKind, RunState
from backups.models import Run, Target
from core.transitions import fire

LONGEST_LOG = 10_000  # characters of a report that are kept
PATIENCE = timedelta(days=1)  # how long a started script may say nothing


@transaction.atomic
def ping(*, token: str, signal: str, by: User, said: str = "", size: int = 0) -> Run | None:
    """A report (`start`, `success` or `fail`) with its log. None for an address that nobody has."""
    found = Target.objects.in_use().filter(token_hash=digest(token)).first()
    if found is None:
        return None
    target = Target.objects.lock(found, "branch")
    run = _running(target, by)
    said = said[-LONGEST_LOG:].replace("\0", "")
    if signal == "start":
        return run
    if signal == "fail":
        return end_badly(run=run, fault=Fault.REPORTED, said=said, by=by)
    now = timezone.now()
    run.ended_at, run.size, run.log = now, max(0, size), said
    run.seconds = (now - run.started_at).total_seconds() if run.started_at else 0
    fire(run, "succeed", by=by)
    good(target=target, at=now, by=by)
    _parts.record(BackupEvent.SUCCEEDED, run, by=by, run=run.kind, target=target.name, run_id=run.pk)
    return run


def _running(target: Target, by: User) -> Run:
    """The run that its script began, or a new one."""
    rows = Run.objects.running().filter(target=target).select_for_update(of=("self",))
    known: Run | None = rows.first()
    if known is not None:
        return known
    now = timezone.now()
    run = Run.objects.create(
        kind=RunKind.BACKUP, target=target, asked_by=by, asked_at=now, due_at=now, closes_at=now + PATIENCE,
        state=RunState.QUEUED, started_at=now, beat_at=now,
    )  # fmt: skip
    fire(run, "begin", by=by)
    return run
