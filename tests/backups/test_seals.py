"""A set is whole when it is sealed: whatever is killed at whatever line, what has no seal is never restored."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from backups import actions, restic, seals, vault, working
from backups.actions._parts import robot
from backups.enums import Fault, Part, RunKind, TargetKind
from backups.models import Run, Snapshot, Target
from tests.backups.stage import Stage

CARRIES = """
import sys, time
from pathlib import Path
from backups import pipes
store, mark, when = sys.argv[1:4]
env = {"RESTIC_REPOSITORY": store, "RESTIC_PASSWORD_FILE": mark + ".password", "RESTIC_CACHE_DIR": mark + ".cache"}
source = pipes.Command(("bash", "-c", "head -c 3000000 /dev/urandom; " + ("sleep 60" if when == "dumping" else ":")))
wrote, written = pipes._write, []
def write(pipe, chunk):
    written.append(len(chunk))
    if when == "ending" and len(written) == 2:  # the last bytes, after the first
        Path(mark).write_text("ending")
        time.sleep(60)
    wrote(pipe, chunk)
pipes._write = write
def judge(stream, code, said):
    if when == "ending":
        return None
    Path(mark).write_text("judging")
    time.sleep(60)
def beat(number):
    if when == "dumping" and number > 1000000:
        Path(mark).write_text("dumping")
pipes.pump(source, pipes.Command(("restic", "backup", "--stdin", "--tag", "run-1-1,product"), env), judge, beat)
"""


@pytest.mark.parametrize("when", ["dumping", "judging", "ending"])
def test_a_carrier_that_is_killed_leaves_no_snapshot(stage: Stage, tmp_path: Path, when: str) -> None:
    """In the middle of the dump, after its end, before anybody said that it is whole, and before its last bytes."""
    repository, mark = stage.repository(), tmp_path / "mark"
    Path(f"{mark}.password").write_text("repository-secret-42")
    for _ in range(3):
        mark.unlink(missing_ok=True)
        words = [sys.executable, "-c", CARRIES, repository.path, str(mark), when]
        env = os.environ | {"PYTHONPATH": str(Path.cwd()), "DJANGO_SETTINGS_MODULE": "kumala_itsm.settings"}
        carrier = subprocess.Popen(words, env=env)
        deadline = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert mark.exists()
        carrier.send_signal(signal.SIGKILL)
        carrier.wait()
    with vault.hand() as hand:
        store = restic.Store(repository, hand)
        while True:  # the kernel ends those who were left behind; their locks can then be taken away
            store.unlock()
            if not list((Path(repository.path) / "locks").iterdir()) or time.monotonic() > deadline:
                break
        assert store.snapshots() == []


def _failed(target: Target) -> Run:
    """A backup that was asked for and failed."""
    waiting = actions.ask_run(target=target, kind=RunKind.BACKUP, by=robot())
    return actions.end_badly(run=waiting, fault=Fault.WINDOW, said="", by=robot())


def test_what_has_no_seal_is_not_restored_and_goes_with_the_next_check(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    run = stage.good(target)
    with vault.hand() as hand:
        store = restic.Store(repository, hand)
        dead = _failed(target)
        left = store.save_paths(target.path, tag=seals.tag(dead), hear=lambda _said: None)
        there, marks = store.snapshots(), {seals.mark(dead)}
        assert seals.left_behind(there, marks, timezone.now()) == []  # it may be in the making
        (name,) = seals.left_behind(there, marks, timezone.now() + timedelta(days=2))
        assert name.startswith(left.reference)
        found = seals.newest(store, TargetKind.DIRECTORY)
        assert found is not None
        assert found.mark == seals.mark(run)
        assert set(found.parts) == {"files"}
        assert seals.newest(store, TargetKind.PRODUCT) is None
    monkeypatch.setattr(seals, "_PATIENCE", timedelta(0))
    assert stage.check(repository).evidence["unfinished"] == 1
    with vault.hand() as hand:
        here = {row["id"] for row in restic.Store(repository, hand).snapshots()}
    assert here == {copy.reference for copy in Snapshot.objects.filter(run=run)}
    stage.good(target, RunKind.DRILL)


def test_a_sealed_set_of_a_run_that_was_given_up_goes_and_that_of_another_product_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    run = stage.good(target)
    dead = _failed(target)
    theirs = Run(pk=dead.pk, target=target, asked_at=dead.asked_at - timedelta(days=400))
    waits = Run(pk=run.pk, target=target, asked_at=run.asked_at - timedelta(days=400))
    with vault.hand() as hand:
        store = restic.Store(repository, hand)
        for one in (dead, theirs, waits):  # each of them whole and sealed
            copy = working.Copy(
                Part.FILES, store.save_paths(target.path, tag=seals.tag(one), hear=print).reference, 1
            )
            seals.close(store, one, [copy], "")
        before = len(store.snapshots())
    monkeypatch.setattr(seals, "_PATIENCE", timedelta(0))
    assert stage.check(repository).evidence["unfinished"] == 2
    with vault.hand() as hand:
        tags = {tag for row in restic.Store(repository, hand).snapshots() for tag in row["tags"]}
        assert len(restic.Store(repository, hand).snapshots()) == before - 2
    assert {seals.mark(run), seals.mark(theirs), seals.mark(waits)} <= tags
    assert seals.mark(dead) not in tags
    assert stage.check(repository).evidence["strangers"] == 4


def test_the_seal_is_written_after_its_parts_were_read_back_and_names_them_whole(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    run = stage.good(target)
    with vault.hand() as hand:
        found = seals.newest(restic.Store(repository, hand), TargetKind.DIRECTORY)
    assert found is not None
    copies = {copy.part: copy.reference for copy in Snapshot.objects.filter(run=run)}
    assert {part: facts["snapshot"] for part, facts in found.parts.items()} == {"files": copies[Part.FILES]}
    assert found.reference == copies[Part.SET]
    closed: list[object] = []
    monkeypatch.setattr(seals, "close", lambda *facts: closed.append(facts))
    monkeypatch.setattr(restic.Store, "snapshots", lambda _store: [])  # nothing of it is there
    assert stage.bad(target) == Fault.STORE
    assert closed == []


def test_a_part_that_fails_takes_the_parts_before_it_along(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    monkeypatch.setattr(
        restic.Store, "in_full", lambda *_: (_ for _ in ()).throw(restic.Broken(restic.Fault.STORE, "gone"))
    )
    assert stage.bad(target) == restic.Fault.STORE
    with vault.hand() as hand:
        assert restic.Store(repository, hand).snapshots() == []
