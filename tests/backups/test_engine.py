"""Every kind of target backed up, proved by a drill, and restored, with the real programs."""

from pathlib import Path

from backups import actions
from backups.actions._parts import robot
from backups.dumps import Server
from backups.enums import Part, RunKind, TargetKind
from backups.models import Run, Snapshot
from tests.backups.servers import Ssh
from tests.backups.stage import Stage


def test_postgres_is_backed_up_and_proved(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop, newest_in="orders.created_at", newest_hours=24)
    stage.policy(target, stage.repository())
    run = stage.good(target)
    assert run.evidence["print"]["tables"]["public.orders"][0] == 3000
    assert run.size > 100_000
    assert {copy.part for copy in Snapshot.objects.filter(run=run)} == {Part.DATABASE, Part.SET}
    drill = stage.good(target, RunKind.DRILL)
    assert drill.evidence["rows"] == 3200
    assert drill.evidence["built"]["functions"] == 1
    assert drill.evidence["newest"]
    assert target.proved_at is not None


def test_mariadb_is_backed_up_and_proved(stage: Stage, mariadb_shop: Server) -> None:
    target = stage.mariadb(mariadb_shop, newest_in="orders.created_at", newest_hours=24)
    stage.policy(target, stage.repository())
    stage.good(target)
    drill = stage.good(target, RunKind.DRILL)
    assert drill.evidence["rows"] == 3200
    assert drill.evidence["built"]["triggers"] == 1


def test_a_directory_is_backed_up_and_proved(stage: Stage) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    assert stage.good(target).evidence["files"] == 3
    assert stage.good(target, RunKind.DRILL).evidence["files"] == 3


def test_files_of_another_server_come_by_ssh_into_a_store_reached_by_sftp(
    stage: Stage, ssh: Ssh, tmp_path: Path
) -> None:
    (tmp_path / "remote").mkdir()
    (tmp_path / "remote" / "letter with a space.txt").write_text("isi\n" * 1000)
    elsewhere = {
        "host": "127.0.0.1", "port": ssh.port, "username": ssh.user, "host_key": ssh.host_key,
        "given": {"key": ssh.key},
    }  # fmt: skip
    target = stage.target(TargetKind.FILES, path=str(tmp_path / "remote"), **elsewhere)
    stage.policy(target, stage.repository("far", kind="sftp", path=str(tmp_path / "far"), **elsewhere))
    stage.good(target)
    assert (tmp_path / "far" / "config").exists()
    assert stage.good(target, RunKind.DRILL).evidence["files"] == 1


def test_a_repository_is_checked_part_by_part(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop)
    repository = stage.repository()
    stage.policy(target, repository)
    stage.good(target)
    for part in (1, 2):
        run = actions.ask_check(repository=repository, by=stage.cast.agent)
        actions.perform(run=run, by=robot())
        done = Run.objects.get(pk=run.pk)
        assert (done.fault, done.evidence["part"]) == ("", part), done.log
        repository.refresh_from_db()
