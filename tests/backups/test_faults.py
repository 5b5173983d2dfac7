"""The fault library: whatever goes wrong, no run is good, no target is green, and the next run goes on.

Every fault is injected into real programs: PostgreSQL, MariaDB, OpenSSH, restic of Debian.
"""

import importlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backups import actions, dumps, pipes, restic, vault, working
from backups.actions import queueing
from backups.actions._parts import robot
from backups.dumps import Server
from backups.enums import Apart, Fault, Health, RunKind, RunState, TargetKind
from backups.models import Repository, Run, Snapshot, Target
from core.errors import NotPossible
from events.models import Heartbeat
from tests.backups import servers
from tests.backups.stage import PASSWORD, Stage
from tests.harness.database import as_owner


def is_green(target: Target) -> bool:
    """What the register says."""
    fresh = Target.objects.get(pk=target.pk)
    return fresh.health(timezone.now(), list(fresh.policies.all())) == Health.GOOD


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Programs that lie, in front of the real ones."""
    place = tmp_path / "fakes"
    place.mkdir()
    monkeypatch.setattr(pipes, "PATH", f"{place}:{pipes.PATH}")
    real = dumps.program

    def fake(name: str, script: str) -> None:
        (place / name).write_text(f"#!/bin/bash\n{script}\n".replace("REAL", real(name)))
        (place / name).chmod(0o755)
        monkeypatch.setattr(
            dumps, "program", lambda wanted: str(place / wanted) if wanted == name else real(wanted)
        )

    return fake


VERSION = 'if [ "$1" = --version ]; then exec REAL --version; fi\n'

LIES = [
    ("an empty dump with exit code 0", VERSION + "exit 0", Fault.EMPTY),
    ("two kilobytes of nothing", VERSION + "head -c 2048 /dev/zero", Fault.EMPTY),
    ("a dump that ends early with exit code 0", VERSION + 'REAL "$@" | head -c 60000', Fault.TRUNCATED),
    ("a whole dump with exit code 1", VERSION + 'REAL "$@"; exit 1', Fault.DUMP),
    ("a dump that is killed", VERSION + 'REAL "$@" | head -c 60000; kill -9 $$', Fault.DUMP),
    ("a dump program of an older version", "echo 'pg_dump (PostgreSQL) 12.1'", Fault.VERSION),
]


@pytest.mark.parametrize(("lie", "script", "fault"), LIES, ids=[lie for lie, _script, _fault in LIES])
def test_a_dump_that_lies_is_never_a_success(
    stage: Stage, shop: Server, fakes: Callable[[str, str], None], lie: str, script: str, fault: Fault
) -> None:
    target = stage.postgres(shop)
    repository = stage.repository()
    stage.policy(target, repository)
    fakes("pg_dump", script)
    assert stage.bad(target) == fault
    assert not is_green(target)
    assert not Snapshot.objects.exists()
    assert _there(repository) == []


def _there(repository: Repository) -> list[dict[str, Any]]:
    with vault.hand() as hand:
        return restic.Store(repository, hand).snapshots()


def test_a_wrong_password_and_a_target_that_is_gone(stage: Stage, shop: Server) -> None:
    wrong = stage.postgres(shop, name="Wrong", given={"password": "not-it-at-all"})
    gone = stage.postgres(shop, name="Gone", host="/nowhere/at/all")
    repository = stage.repository()
    for target, fault in ((wrong, Fault.REFUSED), (gone, Fault.UNREACHABLE)):
        stage.policy(target, repository)
        assert stage.bad(target) == fault
        assert not is_green(target)


def test_grants_that_are_missing_in_postgres(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop)
    stage.policy(target, stage.repository())
    servers.ask(shop, "REVOKE pg_read_all_data FROM reader")
    try:
        assert stage.bad(target) == Fault.GRANTS
    finally:
        servers.ask(shop, "GRANT pg_read_all_data TO reader")
    assert not is_green(target)


def test_a_newest_row_that_is_too_old(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop, newest_in="old.at", newest_hours=24)
    servers.ask(shop, "CREATE TABLE old AS SELECT now() - interval '3 days' AS at")
    stage.policy(target, stage.repository())
    try:
        assert stage.bad(target) == Fault.STALE
    finally:
        servers.ask(shop, "DROP TABLE old")


def test_mariadb_leaves_nothing_out_silently(stage: Stage, mariadb_shop: servers.MariaDB) -> None:
    """A user who sees one table gets a whole-looking dump of that table, with exit code 0."""
    tell = mariadb_shop.tell
    tell(f"CREATE USER narrow@'%' IDENTIFIED BY '{servers.READER_PASSWORD}'")
    tell("GRANT SELECT ON shop.customers TO narrow@'%'")
    repository = stage.repository()
    target = stage.mariadb(mariadb_shop, name="Narrow", username="narrow")
    stage.policy(target, repository)
    assert stage.bad(target) == Fault.GRANTS
    wrong = stage.mariadb(mariadb_shop, name="Wrong", given={"password": "not-it-at-all"})
    stage.policy(wrong, repository)
    assert stage.bad(wrong) == Fault.REFUSED
    tell("CREATE TABLE shop.loose (id int) ENGINE=MyISAM")
    loose = stage.mariadb(mariadb_shop, name="Loose")
    stage.policy(loose, repository)
    assert stage.bad(loose) == Fault.ENGINE
    tell("DROP TABLE shop.loose")


@contextmanager
def small_disk(place: Path, size: str = "1m") -> Iterator[Path]:
    """A disk that is full soon."""
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_repository_that_is_full(stage: Stage, tmp_path: Path) -> None:
    target = stage.directory()
    (tmp_path / "documents" / "large").write_bytes(os.urandom(4_000_000))
    with small_disk(tmp_path / "small") as place:
        stage.policy(target, stage.repository("full", path=str(place / "store")))
        assert stage.bad(target) == Fault.FULL
    assert not is_green(target)


def test_a_repository_that_is_gone_wrong_or_damaged(stage: Stage, tmp_path: Path) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    stage.good(target)
    stage.good(target, RunKind.DRILL)
    store = Path(repository.path)
    # Gone: nothing is made anew in its place.
    store.rename(tmp_path / "aside")
    assert stage.bad(target) == Fault.GONE
    assert not store.exists()
    (tmp_path / "aside").rename(store)
    # Another password.
    kept = bytes(repository.secrets)
    Repository.objects.filter(pk=repository.pk).update(secrets=_sealed("another-password-1"))
    assert stage.bad(target) == Fault.WRONG_KEY
    Repository.objects.filter(pk=repository.pk).update(
        secrets=b"sealed by nobody, or with another SIGNING_KEY"
    )
    assert stage.bad(target) == Fault.SECRET
    Repository.objects.filter(pk=repository.pk).update(secrets=kept)
    # A flipped bit in each pack: the drill reads it, and so does the check.
    for pack in (store / "data").rglob("*"):
        if pack.is_file():
            pack.chmod(0o600)
            content = bytearray(pack.read_bytes())
            content[20] ^= 1
            pack.write_bytes(bytes(content))
    shutil.rmtree(Path(working.settings.BACKUP_HOME) / "cache", ignore_errors=True)
    assert stage.bad(target, RunKind.DRILL) in (Fault.DAMAGED, Fault.RESTORE)
    assert not is_green(target)


def _sealed(password: str) -> bytes:
    return vault.close({"password": password})


def test_a_snapshot_that_somebody_removed(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    stage.good(target)
    for snapshot in (Path(repository.path) / "snapshots").iterdir():
        snapshot.unlink()
    check = actions.ask_check(repository=repository, by=stage.cast.agent)
    actions.perform(run=check, by=robot())
    assert Run.objects.get(pk=check.pk).fault == Fault.DAMAGED
    assert stage.bad(target, RunKind.DRILL) in (Fault.GONE, Fault.RESTORE, Fault.DAMAGED)


def test_a_lock_of_a_dead_process_is_taken_away_and_of_a_living_one_not(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    stage.good(target)
    locks = Path(repository.path) / "locks"
    env = os.environ | {"RESTIC_REPOSITORY": repository.path, "RESTIC_PASSWORD": PASSWORD}
    feed = subprocess.Popen(
        ["restic", "backup", "--stdin"], env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    for _ in range(200):
        if any(locks.iterdir()):
            break
        time.sleep(0.05)
    check = actions.ask_check(repository=repository, by=stage.cast.agent)
    actions.perform(run=check, by=robot())
    assert Run.objects.get(pk=check.pk).fault == Fault.LOCKED  # it lives: wait
    feed.kill()
    feed.wait()
    assert feed.stdin is not None
    feed.stdin.close()
    assert any(locks.iterdir())
    stage.good(target)  # it is not in the way of another backup
    again = Run.objects.get(kind=RunKind.CHECK, repository=repository, ended_at=None)
    actions.perform(run=again, by=robot())  # the check that was put off takes it away
    assert not any(locks.iterdir())


def test_a_lock_that_keeps_backups_out_is_taken_away_when_its_process_is_dead(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    stage.good(target)

    def locked() -> bool:
        return any(len(lock.name) == 64 for lock in (Path(repository.path) / "locks").iterdir())

    env = os.environ | {"RESTIC_REPOSITORY": repository.path, "RESTIC_PASSWORD": PASSWORD}
    for _ in range(20):  # until one is killed while it holds the repository alone
        alone = subprocess.Popen(["restic", "prune"], env=env, stdout=subprocess.DEVNULL)
        while alone.poll() is None and not locked():
            time.sleep(0.002)
        alone.kill()
        alone.wait()
        if locked():
            break
    assert locked()
    stage.good(target)
    assert not locked()


def test_a_directory_that_is_missing_or_empty(stage: Stage, tmp_path: Path) -> None:
    repository = stage.repository()
    for name, fault in (("missing", Fault.MISSING), ("empty", Fault.EMPTY)):
        target = stage.target(TargetKind.DIRECTORY, name=name, path=str(tmp_path / "of" / name))
        stage.policy(target, repository)
        if name == "empty":
            Path(target.path).mkdir(parents=True)
        assert stage.bad(target) == fault


def test_another_server_with_another_host_key(stage: Stage, ssh: servers.Ssh, tmp_path: Path) -> None:
    (tmp_path / "remote").mkdir()
    (tmp_path / "remote" / "a").write_text("a")
    other = (
        ssh.host_key.rsplit(" ", 1)[0]
        + " AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )
    target = stage.target(
        TargetKind.FILES, path=str(tmp_path / "remote"), host="127.0.0.1", port=ssh.port, username=ssh.user,
        host_key=other, given={"key": ssh.key},
    )  # fmt: skip
    stage.policy(target, stage.repository())
    assert stage.bad(target) in (Fault.HOST_KEY, Fault.UNREACHABLE)


def test_what_comes_back_is_compared_with_what_was_there(stage: Stage, shop: Server) -> None:
    """The copy opens, but it is not what was backed up: rows, content, build, checksum."""
    target = stage.postgres(shop)
    stage.policy(target, stage.repository())
    run = stage.good(target)
    was = run.evidence["print"]
    orders, columns = was["tables"]["public.orders"], was["built"]["columns"]
    for change, fault in (
        ({"tables": was["tables"] | {"public.orders": [orders[0] + 1, orders[1]]}}, Fault.ROWS),
        ({"tables": was["tables"] | {"public.orders": [orders[0], "1"]}}, Fault.CHECKSUM),
        ({"built": was["built"] | {"columns": [columns[0], "x"]}}, Fault.SCHEMA),
    ):
        source = Run(pk=run.pk, evidence={"print": was | change})
        with pytest.raises(pipes.Broken) as broken:
            working.prints.compare(source.evidence["print"], was)
        assert broken.value.fault == fault


def test_a_target_without_a_drill_is_not_green(stage: Stage) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    stage.good(target)
    assert not is_green(target)
    stage.good(target, RunKind.DRILL)
    assert is_green(target)
    later = timezone.now() + timedelta(days=target.drill_days + 2)
    fresh = Target.objects.get(pk=target.pk)
    assert fresh.health(later, list(fresh.policies.all())) != Health.GOOD
    earlier = timezone.now() - timedelta(days=30)  # the clock went back
    assert fresh.health(earlier, list(fresh.policies.all())) == Health.CLOCK


def test_a_copy_in_the_same_place_is_refused_and_found_out_later(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.say_apart(Apart.SAME)
    with pytest.raises(NotPossible) as refusal:
        stage.policy(target, repository)
    assert refusal.value.rule == "SOP-B4.4.2"
    stage.say_apart(Apart.APART)
    stage.policy(target, repository)
    stage.say_apart(Apart.DISK)  # somebody mounted it elsewhere
    assert stage.bad(target) == Fault.SAME_PLACE


def test_silence_is_the_alarm_and_is_told_once(stage: Stage) -> None:
    target = stage.directory()
    due = target.next_alarm_at
    assert actions.alarm(by=robot(), now=due - timedelta(minutes=1)) == 0
    assert actions.alarm(by=robot(), now=due + timedelta(seconds=15)) == 1
    assert actions.alarm(by=robot(), now=due + timedelta(hours=9)) == 0


def test_a_run_that_hangs_for_a_day_is_silence_too(stage: Stage) -> None:
    """Its thread gives signs of life, whatever the rest of it waits for."""
    target = stage.directory()
    stage.policy(target, stage.repository())
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, by=stage.cast.agent)
    claimed = actions.claim(run=waiting, by=robot())
    assert claimed is not None
    late = target.next_alarm_at + timedelta(minutes=1)
    rows = Run.objects.filter(pk=claimed.pk)
    rows.update(beat_at=late, started_at=late - timedelta(hours=23))
    assert actions.alarm(by=robot(), now=late) == 0
    rows.update(started_at=late - timedelta(hours=25))
    assert actions.alarm(by=robot(), now=late) == 1


def test_a_program_that_comes_no_further_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "PATIENCE", 0.6)
    said = 'while :; do echo \'{"message_type": "status", "bytes_done": 7}\'; sleep 0.1; done'
    heard: list[Any] = []
    done = pipes.watched(pipes.Command(("sh", "-c", said)), heard.append)
    assert done.code == -9
    assert len(heard) > 2
    counts = "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo '{\"bytes_done\": '$n'}'; sleep 0.1; done"
    assert pipes.watched(pipes.Command(("sh", "-c", counts)), heard.append).code == 0
    source = pipes.Command(("printf", "content"))
    deaf = pipes.Command(("sh", "-c", "cat >/dev/null; sleep 60"))  # it has all, and does not end
    with pytest.raises(pipes.Broken) as broken:
        pipes.pump(source, deaf, lambda *_: None, lambda _bytes: None)
    assert broken.value.fault == Fault.STORE


def test_a_report_that_cannot_be_made_stops_no_backup(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, by=stage.cast.agent)
    sent: list[Run] = []
    monkeypatch.setattr(queueing, "_spawn", sent.append)

    def broken(**_: Any) -> None:
        raise RuntimeError("no report")

    monkeypatch.setattr(queueing, "report_when_due", broken)
    with pytest.raises(RuntimeError):
        actions.look_after()
    assert waiting in sent
    assert Heartbeat.objects.filter(name=queueing.HEARTBEAT).exists()


def test_a_policys_bandwidth_counts_also_when_somebody_backs_up_now(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, elsewhere, repository = stage.directory(), stage.repository("Elsewhere"), stage.repository()
    stage.policy(target, elsewhere)
    policy = stage.policy(target, repository, limit_kib=64_000)
    limits: list[Any] = []
    real = working.Store
    monkeypatch.setattr(
        working, "Store", lambda *given, **facts: limits.append(facts["limit_kib"]) or real(*given, **facts)
    )
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, repository=repository, by=stage.cast.agent)
    assert waiting.policy == policy
    actions.perform(run=waiting, by=robot())
    assert Run.objects.get(pk=waiting.pk).state == RunState.SUCCEEDED
    assert limits == [64_000]


def test_a_longer_grace_of_before_ends_with_the_migration(stage: Stage) -> None:
    target = stage.directory()
    migration = importlib.import_module("backups.migrations.0003_grace_is_short")
    with as_owner() as cursor:
        cursor.execute("ALTER TABLE backups_target DROP CONSTRAINT target_silence_is_told_soon")
        cursor.execute(
            "UPDATE backups_target SET grace_minutes = 60, alarm_at = alarm_at + interval '45 minutes'"
        )
        cursor.execute(migration.CLAMP)
    after = Target.objects.get(pk=target.pk)
    assert (after.grace_minutes, after.alarm_at) == (15, target.alarm_at)
    assert after.alarm_at == after.next_alarm_at


def test_no_grace_is_longer_than_a_quarter_of_an_hour(stage: Stage) -> None:
    target = stage.directory()
    with pytest.raises(IntegrityError, match="target_silence_is_told_soon"), transaction.atomic():
        Target.objects.filter(pk=target.pk).update(grace_minutes=16)


def test_a_run_that_died_or_came_too_late_has_failed_and_the_next_goes_on(stage: Stage) -> None:
    target = stage.directory()
    stage.policy(target, stage.repository())
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, by=stage.cast.agent)
    claimed = actions.claim(run=waiting, by=robot())
    assert claimed is not None
    assert actions.bury(by=robot(), now=timezone.now() + timedelta(seconds=46)) == 1
    dead = Run.objects.get(pk=claimed.pk)
    assert (dead.state, dead.fault) == (RunState.FAILED, Fault.KILLED)
    again = Run.objects.get(state=RunState.QUEUED)  # it is tried again
    assert again.attempt == 2
    assert actions.give_up_late(by=robot(), now=again.closes_at + timedelta(seconds=1)) == 1
    assert Run.objects.get(pk=again.pk).fault == Fault.WINDOW
    stage.good(target)


def test_a_policy_that_could_never_run_is_refused(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    for facts in (
        {"rhythm": "weekly"},
        {"rhythm": "monthly"},
        {"keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0},
    ):
        with pytest.raises(NotPossible):
            stage.policy(target, repository, **facts)
    repository.is_active = False
    with pytest.raises(NotPossible):
        stage.policy(target, repository)
