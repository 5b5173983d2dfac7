"""Whoever has our keys cannot remove a copy from a store that only appends (SOP-B4.4.2)."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from accounts.models import User
from backups import restic, vault
from backups.enums import Removal, RepositoryKind, RunKind
from backups.models import Snapshot
from backups.pipes import Broken
from tests.backups import servers
from tests.backups.stage import Stage


def test_a_stolen_key_adds_and_removes_nothing(stage: Stage, tmp_path: Path) -> None:
    store = tmp_path / "appended"
    store.mkdir()
    forced = f"rclone serve restic --stdio --append-only {store}"
    with servers.sshd(tmp_path / "keys", forced=forced) as ssh:
        repository = stage.repository(
            "appended", kind=RepositoryKind.APPEND, path="x", host="127.0.0.1", port=ssh.port, username=ssh.user,
            host_key=ssh.host_key, given={"key": ssh.key},
        )  # fmt: skip
        target = stage.directory()
        stage.policy(target, repository)
        run = stage.good(target)
        before = sorted(p.name for p in (store / "snapshots").iterdir())
        with vault.hand() as hand:
            door = restic.Store(repository, hand)
            with suppress(Broken):
                door.forget([copy.reference for copy in Snapshot.objects.filter(run=run)])
            known = {copy.reference for copy in Snapshot.objects.filter(run=run)}
            assert {row["id"] for row in door.snapshots()} == known
        assert sorted(p.name for p in (store / "snapshots").iterdir()) == before
        stage.good(target, RunKind.DRILL)
        stage.check(repository)
        assert (repository.removal, repository.only_appends) == (Removal.REFUSED, True)
        stage.check(repository)  # the same snapshot is tried again: the store does not grow by trying
        assert len(list((store / "snapshots").iterdir())) == len(before) + 1


def test_a_store_that_our_keys_can_empty_says_so(stage: Stage, page: Any) -> None:
    repository = stage.repository()
    assert repository.removal == Removal.UNTRIED
    stage.check(repository)
    assert (repository.removal, repository.only_appends) == (Removal.POSSIBLE, False)
    assert list((Path(repository.path) / "snapshots").iterdir()) == []  # nothing is left of the try
    User.objects.filter(pk=stage.cast.auditor.pk).update(language="en")
    said = page(stage.cast.auditor).get(repository.get_absolute_url()).content.decode()
    assert "can remove its copies" in said
