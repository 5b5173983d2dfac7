"""What several actions of backups share."""

from datetime import datetime, timedelta
from typing import Any

from accounts import actions as accounts
from accounts.models import User
from backups.enums import BackupEvent, Fault, RunKind, RunState
from backups.models import BackupPolicy, Run, Snapshot
from backups.rhythm import Timetable
from core.transitions import fire
from events import actions as events
from events.enums import Audience

NAME = "backups"  # the robot
TRIES = 3  # of one run, where trying again helps
PAUSE = timedelta(minutes=5)  # before the next try


def robot() -> User:
    """Who carries runs out."""
    return accounts.robot(NAME)


def record(event: BackupEvent, thing: Any, *, by: User, **facts: Any) -> None:
    """Into the chain of the target or repository, for IT."""
    events.record(event, thing.case, by=by, audience=Audience.STAFF, **facts)


def name_of(run: Run) -> str:
    """Of what a run is about."""
    return str(run.target or run.repository or "")


def timetable(policy: BackupPolicy) -> Timetable:
    """As arithmetic; the zone is that of the target's branch."""
    return Timetable(policy.at, policy.target.zone, policy.weekday, policy.day)


def latest_set(target: Any, *, repository: Any = None) -> Run | None:
    """The newest good backup that still has its copies."""
    kept = Snapshot.objects.kept().values("run")
    rows = Run.objects.good(RunKind.BACKUP).filter(target=target, pk__in=kept)
    if repository is not None:
        rows = rows.filter(repository=repository)
    found: Run | None = rows.order_by("-started_at", "-pk").first()
    return found


def failed(run: Run, fault: Fault, *, by: User, now: datetime, log: str = "") -> Run:
    """Say that a locked run failed, and try again where that helps."""
    run.fault, run.ended_at, run.log = fault, now, log[-20_000:]
    run.seconds = (now - run.started_at).total_seconds() if run.started_at else 0
    fire(run, "fail", by=by)
    return run


def is_open(run: Run) -> bool:
    """Nobody ended it yet."""
    return run.state in (RunState.QUEUED, RunState.RUNNING)
