"""Scripts that report, the watch outside, restores by two, files taken out of copies."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from backups import actions, forms, restic, vault, working
from backups.actions._parts import robot
from backups.dumps import Server
from backups.enums import (
    BackupEvent,
    Health,
    Part,
    RepositoryKind,
    RestoreState,
    RunKind,
    RunState,
    TargetKind,
)
from backups.models import Restore, Run, Snapshot, Target
from core.errors import NotPossible, PermissionDenied
from events.models import Event
from notifications.models import Notification
from tests.backups import played, servers
from tests.backups.servers import OWNER_PASSWORD
from tests.backups.stage import Stage
from tests.harness.events import deliver
from tickets.models import Ticket


def test_a_script_reports_how_it_went(stage: Stage) -> None:
    target = stage.target(TargetKind.REPORTED, name="Payroll")
    token = actions.issue_ping(target=target, by=stage.cast.it_manager)
    outside, address = Client(), f"/api/v1/backups/ping/{token}"
    assert outside.post(f"{address}/start").json()["state"] == "running"
    said = outside.post(f"{address}/success?size=412000000", "12 files", content_type="text/plain").json()
    run = Run.objects.get(pk=said["run"])
    assert (run.state, run.size, run.log) == (RunState.SUCCEEDED, 412_000_000, "12 files")
    assert Run.objects.count() == 1  # the run that began
    outside.post(f"{address}/fail", "disk full", content_type="text/plain")
    target.refresh_from_db()
    assert target.health(timezone.now(), []) == Health.FAILING
    deliver()
    assert Ticket.objects.count() == 1  # failure is work for somebody (SOP-A1)
    outside.post(f"{address}/fail")
    deliver()
    assert Ticket.objects.count() == 1
    assert outside.post("/api/v1/backups/ping/nobody-has-this").status_code == 404
    assert outside.get(address).status_code == 405
    newer = actions.issue_ping(target=target, by=stage.cast.it_manager)
    assert newer != token
    assert outside.post(address).status_code == 404


def test_a_watch_outside_hears_of_silence_without_names(stage: Stage) -> None:
    outside = Client()
    assert outside.get("/api/v1/backups/alive").json()["problems"] == ["sweep"]
    actions.look_after(send=False)
    assert outside.get("/api/v1/backups/alive").status_code == 200
    Target.objects.filter(pk=stage.directory(name="Contracts").pk).update(
        began_at=timezone.now() - timedelta(days=3)
    )
    answer = outside.get("/api/v1/backups/alive")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["silent"])
    assert "Contracts" not in answer.content.decode()


def test_the_sweep_begins_what_is_due_once(stage: Stage) -> None:
    target = stage.directory()
    policy = stage.policy(target, stage.repository())
    actions.queue_due(by=robot(), now=policy.next_at - timedelta(seconds=1))
    assert not Run.objects.exists()
    for _ in range(2):
        actions.queue_due(by=robot(), now=policy.next_at + timedelta(seconds=5))
    run = Run.objects.get()
    assert (run.due_at, run.closes_at) == (policy.next_at, policy.next_at + timedelta(minutes=180))


def test_a_restore_over_its_source_needs_two_persons(stage: Stage, shop: Server, tmp_path: Path) -> None:
    cast = stage.cast
    target = stage.directory()
    stage.policy(target, stage.repository())
    run = stage.good(target)
    lost = Path(target.path) / "a.txt"
    kept = lost.read_text()
    lost.write_text("overwritten by mistake")
    wish = actions.ask_restore(source=run, over_source=True, reason="A mistake.", by=cast.it_manager)
    assert (wish.state, wish.run) == (RestoreState.ASKED, None)
    with pytest.raises(NotPossible) as refusal:
        actions.agree_restore(restore=wish, by=cast.it_manager)
    assert refusal.value.rule == "SOP-A4"
    with pytest.raises(PermissionDenied):
        actions.agree_restore(restore=wish, by=cast.agent)
    wish = actions.agree_restore(restore=wish, by=cast.db_manager)
    assert wish.run is not None
    actions.perform(run=wish.run, by=robot())
    assert Restore.objects.get(pk=wish.pk).state == RestoreState.DONE
    assert lost.read_text() == kept


def test_a_single_file_and_a_database_come_back_beside(stage: Stage, shop: Server, settings: Any) -> None:
    cast = stage.cast
    folder = stage.directory()
    repository = stage.repository()
    stage.policy(folder, repository)
    wish = actions.ask_restore(
        source=stage.good(folder),
        reason="One page.",
        by=cast.db_manager,
        path="/deep/c.txt",
        destination="one_page",
    )
    actions.perform(run=_run(wish), by=robot())
    assert _run(wish).fault == "", _run(wish).log
    found = [p for p in (settings.BACKUP_RESTORED / "one_page").rglob("*") if p.is_file()]
    assert [p.name for p in found] == ["c.txt"]
    given = {"restore_user": "owner", "restore_password": OWNER_PASSWORD}
    target = stage.postgres(shop, name="Orders", given=given)
    stage.policy(target, repository)
    wish = actions.ask_restore(
        source=stage.good(target), reason="To look.", by=cast.it_manager, destination="to_look"
    )
    actions.perform(run=_run(wish), by=robot())
    assert _run(wish).fault == "", _run(wish).log
    restored = Server("to_look", shop.host, None, "postgres")
    assert servers.ask(restored, "SELECT count(*) FROM orders") == [(3000,)]


def _run(wish: Restore) -> Run:
    return Run.objects.get(pk=wish.run_id)


def test_a_file_is_taken_out_on_record(stage: Stage, page: Any) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    run = stage.good(target)
    browser = page(stage.cast.db_manager)
    assert b"a.txt" in browser.get(f"/backups/runs/{run.pk}/files/").content
    snapshot = Snapshot.objects.get(run=run, part=Part.FILES)
    answer = browser.post(f"/backups/copies/{snapshot.pk}/take/", {"path": "/a.txt"})
    assert b"".join(answer.streaming_content).startswith(b"content of a.txt")
    event = Event.objects.get(type=BackupEvent.DOWNLOADED)
    assert (event.actor, event.facts["path"]) == (stage.cast.db_manager, "/a.txt")
    assert (
        page(stage.cast.agent).post(f"/backups/copies/{snapshot.pk}/take/", {"path": "/a.txt"}).status_code
        == 403
    )


def test_pages_of_a_backup_can_be_read(stage: Stage, page: Any) -> None:
    target = stage.directory()
    repository = stage.repository()
    stage.policy(target, repository)
    run = stage.good(target)
    drill = stage.good(target, RunKind.DRILL)
    browser = page(stage.cast.it_manager)
    for address in (
        "/backups/", target.get_absolute_url(), repository.get_absolute_url(), run.get_absolute_url(),
        drill.get_absolute_url(), f"/backups/runs/{run.pk}/restore/",
    ):  # fmt: skip
        assert browser.get(address).status_code == 200, address
    typed = {"over_source": "beside", "destination": "look", "reason": "To look.", "plan": "1"}
    assert b"/look" in browser.post(f"/backups/runs/{run.pk}/restore/", typed).content
    assert not Restore.objects.exists()


def test_silence_opens_one_ticket_within_fifteen_minutes(stage: Stage) -> None:
    target = stage.directory()
    due = target.began_at + timedelta(hours=target.period_hours)
    assert target.next_alarm_at - due == timedelta(minutes=15)
    assert actions.alarm(by=robot(), now=due + timedelta(minutes=15)) == 1
    deliver()
    ticket = Ticket.objects.get()
    target.refresh_from_db()
    assert (target.ticket, ticket.branch) == (ticket, target.branch)
    assert target.name in ticket.title
    Target.objects.filter(pk=target.pk).update(
        alarmed_at=None
    )  # it went silent again before anybody mended it
    assert actions.alarm(by=robot(), now=due + timedelta(days=1)) == 1
    deliver()
    assert Ticket.objects.count() == 1
    facts = {name: getattr(target, name) for name in forms.KeepTarget.Meta.fields}
    form = forms.KeepTarget(facts | {"branch": target.branch_id, "grace_minutes": 16}, instance=target)
    assert "grace_minutes" in form.errors


def test_a_run_at_work_is_no_silence(stage: Stage) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, by=stage.cast.agent)
    assert actions.claim(run=waiting, by=robot()) is not None
    due = target.next_alarm_at + timedelta(minutes=1)
    Run.objects.update(beat_at=due, started_at=due - timedelta(hours=2))
    assert actions.alarm(by=robot(), now=due) == 0
    assert (
        actions.alarm(by=robot(), now=due + timedelta(minutes=1)) == 1
    )  # its sign of life is older than that


def test_a_backup_that_takes_much_longer_than_before_is_told(stage: Stage) -> None:
    target = played.target(stage.cast, "Slower")
    for _ in range(3):
        played.run(stage.cast, target)
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, by=stage.cast.agent)
    begun = actions.claim(run=waiting, by=robot())
    assert begun is not None
    Run.objects.filter(pk=begun.pk).update(started_at=timezone.now() - timedelta(minutes=10))
    result = working.Result(size=2_000_000, copies=[working.Copy(Part.FILES, "f" * 64, 2_000_000)])
    done = actions.end_well(run=begun, result=result, by=robot())
    assert done.jump.startswith("600 s (0 s)")
    event = Event.objects.get(type=BackupEvent.JUMPED)
    assert event.facts["what"] == done.jump
    deliver()
    assert Notification.objects.filter(
        event=event, person=stage.cast.agent
    ).exists()  # the contact of its policy


def test_a_restore_is_typed_at_the_console(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    stage.good(target)
    asked = {"by": stage.cast.db_manager.email, "to": "look", "path": "/b.txt", "reason": "To look."}
    call_command("restore", target.name, **asked)
    assert "makes" in capsys.readouterr().out
    assert not Restore.objects.exists()  # only the plan
    call_command("restore", target.name, yes=True, **asked)
    assert "Restored." in capsys.readouterr().out
    found = Path(django_settings.BACKUP_RESTORED) / "look"
    assert [path.name for path in found.rglob("*") if path.is_file()] == ["b.txt"]
    call_command(
        "restore", target.name, yes=True, over=True, by=stage.cast.it_manager.email, reason="A mistake."
    )
    assert "second person" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Only the IT Manager"):
        call_command(
            "restore", target.name, yes=True, by=stage.cast.agent.email, to="mine", reason="To look."
        )


def test_three_two_one_is_shown(stage: Stage, page: Any, ssh: servers.Ssh, tmp_path: Path) -> None:
    target = stage.directory()
    User.objects.filter(pk=stage.cast.auditor.pk).update(language="en")
    browser = page(stage.cast.auditor)
    stage.policy(target, stage.repository())
    assert "2 copies with the original, 2 kinds of place, 0 in another building" in _shown(browser, target)
    far = {"host": "127.0.0.1", "port": ssh.port, "username": ssh.user, "host_key": ssh.host_key}
    repository = stage.repository(
        "far",
        kind=RepositoryKind.SFTP,
        path=str(tmp_path / "far"),
        is_offsite=True,
        given={"key": ssh.key},
        **far,
    )
    stage.policy(target, repository)
    said = _shown(browser, target)
    assert "3 copies with the original, 3 kinds of place, 1 in another building" in said
    assert "tone-jade" in said.split("3-2-1")[1]


def _shown(browser: Any, target: Target) -> str:
    return str(browser.get(target.get_absolute_url()).content.decode())


def test_a_policy_has_its_own_bandwidth(stage: Stage, tmp_path: Path) -> None:
    target, repository = stage.directory(), stage.repository()
    (Path(target.path) / "large").write_bytes(random.Random(7).randbytes(3_000_000))
    policy = stage.policy(target, repository, limit_kib=1024)
    actions.queue_due(by=robot(), now=policy.next_at)
    actions.perform(run=Run.objects.get(policy=policy), by=robot())
    done = Run.objects.get(policy=policy)
    assert (done.state, done.fault) == (RunState.SUCCEEDED, "")
    assert done.seconds > 2  # three megabytes at one in a second
    with vault.hand() as hand:
        repository.limit_kib = 512
        assert "512" in restic.Store(repository, hand, limit_kib=1024).command("backup").words
