"""One run from claim to end. Anything may be killed at any line: what is left then is found by `queueing.bury`."""

import logging
import statistics
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from backups import vault, working
from backups.actions import _parts
from backups.enums import PASSING, BackupEvent, Fault, RunKind, RunState
from backups.models import BackupPolicy, Repository, Restore, Run, Snapshot, Target
from backups.pipes import Broken, Stopped, Ticker
from core import locks, secrets
from core.transitions import fire

BEAT = 2.0  # seconds between two signs of life
JUMP, JUMPS_OF = 3.0, 7  # so many times larger, smaller, slower than the median of so many runs is told
_LEAST_SECONDS, _LEAST_BYTES = 60, 1024 * 1024  # below these, everything jumps
log = logging.getLogger(__name__)


def perform(*, run: Run, by: User) -> Run | None:
    """Carry out a run that waits; None when somebody else has it, or it may not begin now. Never raises Broken."""
    claimed = claim(run=run, by=by)
    if claimed is None:
        return None
    Path(settings.BACKUP_HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
    with vault.hand() as hand, _alive(claimed) as beat:
        work = working.Work(claimed, hand, beat)
        try:
            result = working.DOES[claimed.kind](work)
        except Stopped:
            return None
        except Broken as broken:
            return end_badly(run=claimed, fault=broken.fault, said=hand.scrub(broken.said), by=by)
        except secrets.WrongKey as problem:
            return end_badly(run=claimed, fault=Fault.SECRET, said=str(problem), by=by)
        except Exception as problem:
            log.exception("A backup run broke")
            return end_badly(run=claimed, fault=Fault.BUG, said=hand.scrub(repr(problem)), by=by)
    return end_well(run=claimed, result=result, by=by)


@transaction.atomic
def claim(*, run: Run, by: User) -> Run | None:
    """Take a waiting run; None when it is not waiting, or its target or repository is busy.

    One run at a time of a target (also a constraint), and none in a repository that is being checked: a check removes.
    """
    locks.wait_for("backups", "repository", run.repository_id)
    run = Run.objects.lock(run, "target__branch", "repository", "policy", "source")
    now = timezone.now()
    if run.state != RunState.QUEUED or is_busy(run=run):
        return None
    run.started_at = run.beat_at = now
    run.progress = {"stage": "", "total": _expected(run)}
    try:
        with transaction.atomic():
            fire(run, "begin", by=by)
    except IntegrityError:  # somebody was quicker with another run of this target
        return None
    return run


def is_busy(*, run: Run) -> bool:
    """Whether something at work stands in its way."""
    others = Run.objects.running().exclude(pk=run.pk)
    if run.target_id is not None and others.filter(target=run.target_id).exists():
        return True
    beside = others.filter(repository=run.repository_id)
    in_the_way = beside if run.kind == RunKind.CHECK else beside.filter(kind=RunKind.CHECK)
    return bool(in_the_way.exists())


def _expected(run: Run) -> int:
    """Bytes of the last good run like it: what the time left is counted from."""
    rows = Run.objects.good(RunKind(run.kind)).filter(target=run.target_id)
    return rows.order_by("-pk").values_list("size", flat=True).first() or 0


@contextmanager
def _alive(run: Run) -> Iterator[Any]:
    """Signs of life from a thread of its own, and a way to say how far it is that stops a run which others ended."""
    state: dict[str, Any] = {"progress": dict(run.progress), "over": False, "begun": timezone.now()}

    def tick() -> None:
        with suppress(Exception):  # a database that restarts is no reason to stop; silence would be noticed
            now = timezone.now()
            alive = Run.objects.running().filter(pk=run.pk)
            state["over"] = not alive.update(beat_at=now, progress=_left(state, now))
        connection.close()

    def beat(facts: dict[str, Any]) -> None:
        if state["over"]:
            raise Stopped
        state["progress"] |= facts

    with Ticker(tick, BEAT):
        yield beat


def _left(state: dict[str, Any], now: datetime) -> dict[str, Any]:
    facts = dict(state["progress"])
    done, total = facts.get("bytes") or 0, facts.get("total") or 0
    spent = (now - state["begun"]).total_seconds()
    if total > done > 0 and not facts.get("left"):
        facts["left"] = int(spent * (total - done) / done)
    return facts


# The end ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def end_badly(*, run: Run, fault: Fault, said: str, by: User) -> Run:
    """It failed: told, and tried again within its window where that helps."""
    run = Run.objects.lock(run, "target__branch", "repository", "policy", "source")
    if not _parts.is_open(run):
        return run
    now = timezone.now()
    run = _parts.failed(run, fault, by=by, now=now, log=said)
    if again := _again(run, fault, now):
        again.save(force_insert=True)
        return run
    _tell(run, fault, by)
    return run


def _again(run: Run, fault: Fault, now: datetime) -> Run | None:
    due = now + _parts.PAUSE
    may = run.kind in (RunKind.BACKUP, RunKind.DRILL, RunKind.CHECK) and fault in PASSING
    if not may or run.attempt >= _parts.TRIES or due > run.closes_at:
        return None
    same = ("kind", "target", "repository", "policy", "source", "asked_by", "asked_at", "closes_at")
    return Run(
        **{name: getattr(run, name) for name in same},
        due_at=due,
        attempt=run.attempt + 1,
        evidence=run.evidence,
    )


def _tell(run: Run, fault: Fault, by: User) -> None:
    now = run.ended_at
    if run.kind == RunKind.BACKUP and run.target is not None:
        Target.objects.filter(pk=run.target.pk).update(failed_at=now)
    if run.kind == RunKind.DRILL and run.target is not None:  # what was proved before is no longer believed
        Target.objects.filter(pk=run.target.pk).update(proved_at=None)
    if run.kind == RunKind.RESTORE:
        _end_restore(run, "fail", by)
    facts = {"run": run.kind, "target": _parts.name_of(run), "fault": fault, "run_id": run.pk}
    _parts.record(BackupEvent.FAILED, run, by=by, **facts)


@transaction.atomic
def end_well(*, run: Run, result: working.Result, by: User) -> Run:
    """It went well: what it made is on record, what follows for its target or repository is counted.

    A run that somebody else ended meanwhile stays ended; its snapshots are on no record, and a check takes them away.
    """
    run = Run.objects.lock(run, "target__branch", "repository", "policy", "source")
    if run.state != RunState.RUNNING:
        return run
    now = timezone.now()
    run.ended_at, run.size, run.added = now, result.size, result.added
    run.seconds = (now - run.started_at).total_seconds() if run.started_at else 0
    run.log, run.evidence = result.log[-20_000:], run.evidence | result.evidence
    run.jump = _jump(run) if run.kind == RunKind.BACKUP else ""
    fire(run, "succeed", by=by)
    for copy in result.copies:
        assert run.repository is not None
        Snapshot.objects.create(
            run=run, repository=run.repository, part=copy.part, reference=copy.reference, size=copy.size,
            made_at=now,
        )  # fmt: skip
    Snapshot.objects.filter(pk__in=result.removed).update(removed_at=now)
    _follow(run, result, now, by)
    return run


def _follow(run: Run, result: working.Result, now: datetime, by: User) -> None:
    if run.kind == RunKind.BACKUP and run.target is not None:
        good(target=run.target, at=now, by=by)
        if run.policy is not None and result.apart is not None and result.apart != run.policy.apart:
            BackupPolicy.objects.filter(pk=run.policy.pk).update(apart=result.apart, judged_at=now)
    if run.kind == RunKind.DRILL and run.target is not None:
        Target.objects.filter(pk=run.target.pk).update(
            proved_at=now, drill_at=now + timedelta(days=run.target.drill_days)
        )
    if run.kind == RunKind.CHECK and run.repository is not None:
        Repository.objects.filter(pk=run.repository.pk).update(
            checked_at=now, check_part=run.evidence.get("part", 0), check_at=now + timedelta(days=1)
        )
        if removal := run.evidence.get("removal"):
            Repository.objects.filter(pk=run.repository.pk).update(removal=removal, removal_at=now)
    if run.kind == RunKind.RESTORE:
        _end_restore(run, "finish", by)
    facts = {"run": run.kind, "target": _parts.name_of(run), "run_id": run.pk}
    _parts.record(BackupEvent.SUCCEEDED, run, by=by, **facts)
    if run.jump:
        _parts.record(
            BackupEvent.JUMPED, run, by=by, target=_parts.name_of(run), what=run.jump, run_id=run.pk
        )


def good(*, target: Target, at: datetime, by: User) -> None:
    """A target has a good backup of that instant: silence is counted from there, alarms are over."""
    target.good_at = at
    facts: dict[str, Any] = {"good_at": at, "alarm_at": target.next_alarm_at, "alarmed_at": None}
    if target.drill_at is None and not target.is_reported:
        facts["drill_at"] = at
    Target.objects.filter(pk=target.pk).update(**facts)


def _end_restore(run: Run, move: str, by: User) -> None:
    wish = Restore.objects.select_related("target").get(run=run)
    fire(wish, move, by=by)
    done = move == "finish"
    facts = {"target": wish.target.name, "goal": wish.where} | ({} if done else {"fault": run.fault})
    _parts.record(BackupEvent.RESTORED if done else BackupEvent.RESTORE_FAILED, wish, by=by, **facts)


def _jump(run: Run) -> str:
    """What is unlike the runs before: figures with the median, in a few words of no language; "" when nothing is."""
    rows = Run.objects.good(RunKind.BACKUP).filter(target=run.target_id, repository=run.repository_id)
    before = list(rows.exclude(pk=run.pk).order_by("-pk").values_list("size", "seconds")[:JUMPS_OF])
    if len(before) < 3:
        return ""
    size, seconds = (statistics.median(values) for values in zip(*before, strict=True))
    told = []
    if max(size, run.size) > _LEAST_BYTES and not size / JUMP <= run.size <= size * JUMP:
        told.append(f"{run.size / 1e6:.1f} MB ({size / 1e6:.1f} MB)")
    if run.seconds > _LEAST_SECONDS and run.seconds > seconds * JUMP:
        told.append(f"{run.seconds:.0f} s ({seconds:.0f} s)")
    return ", ".join(told)
