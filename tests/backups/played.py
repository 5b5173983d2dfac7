"""Backups without their programs: rows as the actions leave them, for tests that are about everything."""

from datetime import date, time, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone

from backups import actions
from backups.actions import keeping
from backups.actions._parts import robot
from backups.enums import Apart, Fault, Part, RepositoryKind, Rhythm, RunKind, TargetKind
from backups.models import Repository, Restore, Run, Snapshot, Target
from backups.working import Copy, Result
from tests.cast import Cast


def repository(cast: Cast, name: str = "Played store") -> Repository:
    """A place that nobody reaches for."""
    known = Repository.objects.filter(name=name).first()
    if known is not None:
        return known
    row = Repository(name=name, kind=RepositoryKind.LOCAL, path="/proc/nowhere")
    with mock.patch.object(keeping, "_reach"):
        return actions.keep_repository(
            repository=row, fields=[], given={"password": "x" * 20}, by=cast.it_manager
        )


def target(cast: Cast, name: str, **facts: Any) -> Target:
    """A directory on the register, with a daily policy whose copies lie in the same place for a reason."""
    usual = {"kind": TargetKind.DIRECTORY, "path": "/srv/played"}
    row = Target(name=name, branch=cast.bandung, **(usual | facts))
    made = actions.keep_target(target=row, fields=[], given={}, by=cast.it_manager)
    actions.add_policy(
        target=made, repository=repository(cast), rhythm=Rhythm.DAILY, at=time(2), by=cast.it_manager,
        reason="The second server comes in January.", contacts=[cast.agent],
    )  # fmt: skip
    return made


def run(
    cast: Cast, of: Target, kind: RunKind = RunKind.BACKUP, *, size: int = 2_000_000, fault: str = ""
) -> Run:
    """Asked for, begun and ended."""
    waiting = actions.ask_run(target=of, kind=kind, by=cast.agent)
    return end(waiting, size=size, fault=fault)


def end(waiting: Run, *, size: int = 2_000_000, fault: str = "") -> Run:
    """A waiting run, begun and ended."""
    begun = actions.claim(run=waiting, by=robot())
    assert begun is not None
    if fault:
        return actions.end_badly(run=begun, fault=Fault(fault), said="It said so.", by=robot())
    copies = [Copy(Part.FILES, f"{begun.pk:064}", size)] if begun.kind == RunKind.BACKUP else []
    apart = begun.policy.apart if begun.policy else Apart.SAME
    result = Result(size=size, added=size, copies=copies, apart=Apart(apart))
    return actions.end_well(run=begun, result=result, by=robot())


def backed_up(cast: Cast) -> Target:
    """One more target with a good backup."""
    made = target(cast, f"Played {Target.objects.count()}")
    run(cast, made)
    return made


def restore_waits(cast: Cast) -> Restore:
    """The IT Manager wants a copy over its source."""
    source = run(cast, target(cast, "Played restore"))
    return actions.ask_restore(source=source, over_source=True, reason="A mistake.", by=cast.it_manager)


def everything(cast: Cast) -> None:
    """Every event and every move."""
    by = cast.it_manager
    store = repository(cast)
    with mock.patch.object(keeping, "_reach"):
        actions.keep_repository(repository=store, fields=["is_offsite"], given={}, by=by)
    made = target(cast, "Played everything")
    actions.keep_target(target=made, fields=["grace_minutes"], given={}, by=by)
    for size in (2_000_000, 2_000_000, 2_000_000, 20_000_000):
        good = run(cast, made, size=size)
    run(cast, made, RunKind.DRILL)
    run(cast, made, RunKind.DRILL, fault=Fault.ROWS)
    end(actions.ask_check(repository=store, by=cast.agent))
    actions.end_badly(
        run=actions.ask_run(target=made, kind=RunKind.BACKUP, by=by), fault=Fault.WINDOW, said="", by=robot()
    )
    actions.alarm(by=robot(), now=timezone.now() + timedelta(days=9))
    _restores(cast, good)
    actions.note_download(snapshot=Snapshot.objects.filter(run=good).get(), path="/a.txt", by=by)
    reported = Target(name="Played reported", kind=TargetKind.REPORTED, branch=cast.bandung)
    reported = actions.keep_target(target=reported, fields=[], given={}, by=by)
    token = actions.issue_ping(target=reported, by=by)
    for signal in ("start", "success", "fail"):
        actions.ping(token=token, signal=signal, by=robot(), said="12 files")
    report = actions.make_report(month=date(2026, 2, 1), by=robot(), now=timezone.now())
    assert report is not None
    actions.acknowledge_report(report=report, by=cast.board)
    actions.end_policy(policy=made.policies.get(), by=by)


def _restores(cast: Cast, source: Run) -> None:
    for fault in ("", "restore"):
        wish = actions.ask_restore(source=source, over_source=True, reason="A mistake.", by=cast.it_manager)
        wish = actions.agree_restore(restore=wish, by=cast.db_manager)
        assert wish.run is not None
        end(wish.run, fault=fault)
    wish = actions.ask_restore(source=source, over_source=True, reason="A mistake.", by=cast.db_manager)
    actions.refuse_restore(restore=wish, reason="Nothing is lost.", by=cast.it_manager)
