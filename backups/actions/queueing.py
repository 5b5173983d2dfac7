"""Looking at the clock: what is due begins, what is dead is buried, silence is an alarm. Safe to run twice or late."""

import subprocess
import sys
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from backups import register, retention, rules, scratch
from backups.actions import _parts
from backups.actions.performing import end_badly, is_busy
from backups.actions.reporting import report_when_due
from backups.enums import BackupEvent, Fault, RunKind, RunState
from backups.models import BackupPolicy, Repository, Run, Snapshot, Target
from core.errors import NotPossible
from events import actions as events

LEASE = timedelta(seconds=45)  # without a sign of life after which a run is dead
RESEND = timedelta(seconds=60)  # a process that was sent for a run and did not take it
DAY = timedelta(days=1)
HEARTBEAT = "backups"
SOON = timedelta(hours=6)  # within which a drill, a check or a wished run must begin


def look_after(*, send: bool = True) -> None:
    """All of it, in the order in which one thing leads to another."""
    by, now = _parts.robot(), timezone.now()
    bury(by=by, now=now)
    queue_due(by=by, now=now)
    queue_drills(by=by, now=now)
    queue_checks(by=by, now=now)
    give_up_late(by=by, now=now)
    alarm(by=by, now=now)
    events.beat(name=HEARTBEAT)
    if send:
        send_for(now=now)
    report_when_due(by=by, now=now)  # last: no backup waits because a report cannot be made


@transaction.atomic
def queue_due(*, by: User, now: datetime) -> list[Run]:
    """A run for every policy whose hour has come. A policy counted while the clock was wrong is counted again."""
    rows = BackupPolicy.objects.counting().select_related("target__branch")
    ahead = rows.filter(next_at__gt=now + timedelta(hours=1)).select_for_update(
        of=("self",), skip_locked=True
    )
    for policy in ahead:
        table = _parts.timetable(policy)
        if not table.is_plausible(
            policy.next_at, now
        ):  # the clock went back: the next hour is not a month away
            policy.next_at = table.next_after(now)
            policy.save(update_fields=["next_at"])
    due = rows.due(now).select_for_update(of=("self",), skip_locked=True)
    return [_queued(policy, by, now) for policy in due]


def _queued(policy: BackupPolicy, by: User, now: datetime) -> Run:
    """One run, also when several hours were slept through."""
    due = policy.next_at
    window = timedelta(minutes=policy.window_minutes)
    policy.next_at = _parts.timetable(policy).next_after(now)
    policy.save(update_fields=["next_at"])
    late = now - due > window  # nobody was there: better late than in the next night
    return Run.objects.create(
        kind=RunKind.BACKUP, target=policy.target, repository_id=policy.repository_id, policy=policy, asked_by=by,
        asked_at=now, due_at=due, closes_at=now + window if late else due + window,
    )  # fmt: skip


@transaction.atomic
def queue_drills(*, by: User, now: datetime) -> list[Run]:
    """The newest set of every target whose turn it is, from its repositories in turn."""
    made = []
    for target in Target.objects.due_for_drill(now).select_for_update(skip_locked=True):
        source = _in_turn(target)
        if source is not None and not _has_open(target, RunKind.DRILL):
            made.append(
                _wanted(
                    RunKind.DRILL, by, now, target=target, repository_id=source.repository_id, source=source
                )
            )
        target.drill_at = now + DAY  # a passed drill moves it further
        target.save(update_fields=["drill_at"])
    return made


def _in_turn(target: Target) -> Run | None:
    """The newest good set of the repository whose copies were proved longest ago."""
    drilled = Run.objects.filter(kind=RunKind.DRILL, target=target).order_by("-pk")
    latest = drilled.values_list("repository", flat=True).first()
    kept = Snapshot.objects.kept().filter(run__target=target).values_list("repository", flat=True)
    others = sorted(set(kept) - {latest}) or sorted(set(kept))
    return _parts.latest_set(target, repository=others[0]) if others else None


def _has_open(target: Target, kind: RunKind) -> bool:
    return Run.objects.filter(
        target=target, kind=kind, state__in=[RunState.QUEUED, RunState.RUNNING]
    ).exists()


def _wanted(kind: RunKind, by: User, now: datetime, **facts: object) -> Run:
    return Run.objects.create(kind=kind, asked_by=by, asked_at=now, due_at=now, closes_at=now + SOON, **facts)


@transaction.atomic
def queue_checks(*, by: User, now: datetime) -> list[Run]:
    """Once a day each repository: retention, structure, a part read back."""
    made = []
    for repository in Repository.objects.due_for_check(now).select_for_update(skip_locked=True):
        repository.check_at = now + DAY
        repository.save(update_fields=["check_at"])
        if repository.is_made:
            made.append(
                _wanted(
                    RunKind.CHECK,
                    by,
                    now,
                    repository=repository,
                    evidence={"removable": removable(repository=repository)},
                )
            )
    return made


def removable(*, repository: Repository) -> list[int]:
    """The runs whose copies retention lets go, by the policies that fill this repository; none without a policy."""
    rows = BackupPolicy.objects.filter(repository=repository, ended_at=None).select_related("target__branch")
    gone: list[int] = []
    by_target: dict[int, list[BackupPolicy]] = {}
    for policy in rows:
        by_target.setdefault(policy.target_id, []).append(policy)
    for policies in by_target.values():
        rule = register.rule(policies)
        target = policies[0].target
        gone += sorted(retention.removable(_sets(target, repository), rule, target.zone))
    return gone


def _sets(target: Target, repository: Repository) -> list[retention.Kept]:
    """All sets that are kept, with whether a drill passed on them."""
    proved = set(Run.objects.good(RunKind.DRILL).filter(target=target).values_list("source", flat=True))
    rows = Snapshot.objects.kept().filter(repository=repository, run__target=target)
    runs = dict(rows.values_list("run", "run__started_at"))
    return [retention.Kept(pk, at, pk in proved) for pk, at in runs.items() if at is not None]


def bury(*, by: User, now: datetime) -> int:
    """Runs whose process ended without a word are failed; what drills left on the disk is removed."""
    dead = Run.objects.quiet_since(now - LEASE).exclude(target__kind="reported")
    count = 0
    for run in dead[:100]:
        end_badly(run=run, fault=Fault.KILLED, said="", by=by)
        count += 1
    scratch.sweep(older_than=24 * 3600)
    return count


def give_up_late(*, by: User, now: datetime) -> int:
    """Runs that could not begin within their window have failed: nothing is skipped silently."""
    late = Run.objects.filter(state=RunState.QUEUED, closes_at__lt=now).order_by("pk")
    count = 0
    for run in late[:100]:
        end_badly(run=run, fault=Fault.WINDOW, said="", by=by)
        count += 1
    return count


def alarm(*, by: User, now: datetime) -> int:
    """Targets that have gone silent; each is told once until a good backup comes.

    A run at work is no silence, unless it began more than a day ago: one that hangs gives signs of life too.
    """
    count, running = 0, Run.objects.running().filter(kind=RunKind.BACKUP)
    at_work = running.filter(beat_at__gt=now - LEASE, started_at__gt=now - DAY)
    for target in Target.objects.gone_silent(now).exclude(pk__in=at_work.values("target"))[:100]:
        with transaction.atomic():
            held = Target.objects.lock(target)
            if held.alarmed_at is None and held.alarm_at is not None and held.alarm_at <= now:
                held.alarmed_at = now
                held.save(update_fields=["alarmed_at"])
                _parts.record(
                    BackupEvent.SILENT, held, by=by, target=held.name, due=held.alarm_at.date().isoformat()
                )
                count += 1
    return count


def send_for(*, now: datetime) -> list[int]:
    """Start a process for every run whose turn it is; those of one target one after the other."""
    sent: list[int] = []
    for run in Run.objects.queued(now).select_related("target", "repository")[:50]:
        if Run.objects.running().count() + len(sent) >= settings.BACKUP_AT_ONCE:
            break
        if not is_busy(run=run) and _take_turn(run, now):
            _spawn(run)
            sent.append(run.pk)
    return sent


@transaction.atomic
def _take_turn(run: Run, now: datetime) -> bool:
    fresh = Run.objects.filter(pk=run.pk, state=RunState.QUEUED).exclude(sent_at__gt=now - RESEND)
    return bool(fresh.update(sent_at=now))


def _spawn(run: Run) -> None:
    """A process of its own: it outlives the worker's connection to Redis, and its memory goes with it."""
    words = [sys.executable, str(settings.ROOT / "manage.py"), "perform_backup_run", str(run.pk)]
    subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, cwd=settings.ROOT
    )


# Wished by somebody -------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_run(*, target: Target, kind: RunKind, by: User, repository: Repository | None = None) -> Run:
    """A backup, as the oldest policy into that place has it done, or a drill, as soon as there is room.

    Raises PermissionDenied, NotPossible where it cannot begin.
    """
    rules.only(rules.starts, target, by)
    target = Target.objects.lock(target, "branch")
    source, policy, now = None, None, timezone.now()
    if target.is_reported:
        raise NotPossible(_("Its own script backs it up. It cannot be started from here."))
    if _has_open(target, kind):
        raise NotPossible(_("One waits or runs already."))
    if kind == RunKind.DRILL:
        source = _in_turn(target)
        if source is None:
            raise NotPossible(_("There is no copy that could be restored."))
        repository = source.repository
    else:
        policies = BackupPolicy.objects.counting().filter(target=target).order_by("pk")
        policy = (policies.filter(repository=repository) if repository else policies).first()
        repository = repository or (policy.repository if policy else None)
    if repository is None:
        raise NotPossible(_("Add a policy first: nobody said where its copies go."), rule="SOP-B4.4.2")
    run = _wanted(kind, by, now, target=target, repository=repository, source=source, policy=policy)
    _parts.record(BackupEvent.ASKED, run, by=by, run=kind, target=target.name)
    return run


@transaction.atomic
def ask_check(*, repository: Repository, by: User) -> Run:
    """A check of the store as soon as there is room. Raises PermissionDenied, NotPossible."""
    rules.only(rules.starts, repository, by)
    repository = Repository.objects.lock(repository)
    waiting = Run.objects.filter(repository=repository, kind=RunKind.CHECK, ended_at=None)
    if waiting.exists():
        raise NotPossible(_("One waits or runs already."))
    now = timezone.now()
    run = _wanted(
        RunKind.CHECK,
        by,
        now,
        repository=repository,
        evidence={"removable": removable(repository=repository)},
    )
    _parts.record(BackupEvent.ASKED, run, by=by, run=RunKind.CHECK, target=repository.name)
    return run
