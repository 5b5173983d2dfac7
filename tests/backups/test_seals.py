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

from backups import restic, seals, vault
from backups.enums import RunKind, TargetKind
from backups.models import Run, Snapshot
from tests.backups.stage import Stage

CARRIES = """
import sys, time
from pathlib import Path
from backups import pipes
store, mark, when = sys.argv[1:4]
env = {"RESTIC_REPOSITORY": store, "RESTIC_PASSWORD_FILE": mark + ".password", "RESTIC_CACHE_DIR": mark + ".cache"}
source = pipes.Command(("bash", "-c", "head -c 3000000 /dev/urandom; " + ("sleep 60" if when == "dumping" else ":")))
def judge(stream, code, said):
    Path(mark).write_text("judging")
    time.sleep(60)
def beat(number):
    if when == "dumping" and number > 1000000:
        Path(mark).write_text("dumping")
pipes.pump(source, pipes.Command(("restic", "backup", "--stdin", "--tag", "run-1-1,product"), env), judge, beat)
"""


@pytest.mark.parametrize("when", ["dumping", "judging"])
def test_a_carrier_that_is_killed_leaves_no_snapshot(stage: Stage, tmp_path: Path, when: str) -> None:
    """In the middle of the dump, and after its end, before anybody said that it is whole."""
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


def test_what_has_no_seal_is_not_restored_and_goes_with_the_next_check(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    run = stage.good(target)
    with vault.hand() as hand:
        store = restic.Store(repository, hand)
        dead = Run(pk=4711, target=target, asked_at=timezone.now())
        left = store.save_paths(target.path, tag=seals.tag(dead), hear=lambda _said: None)
        there = store.snapshots()
        assert seals.unfinished(there, timezone.now()) == []  # it may be in the making
        (name,) = seals.unfinished(there, timezone.now() + timedelta(days=2))
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
