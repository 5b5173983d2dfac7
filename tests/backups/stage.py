"""How far a backup has come, reached by the actions alone."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from backups import actions, working
from backups.actions._parts import robot
from backups.dumps import Server
from backups.enums import Apart, Fault, RepositoryKind, Rhythm, RunKind, RunState, TargetKind
from backups.models import BackupPolicy, Repository, Run, Target
from tests.backups.servers import READER_PASSWORD
from tests.cast import Cast

PASSWORD = "repository-secret-42"


class Stage:
    """One repository, targets, runs."""

    def __init__(self, cast: Cast, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.cast, self.folder, self.patch = cast, folder, patch
        self.say_apart(Apart.APART)

    def say_apart(self, apart: Apart) -> None:
        """As if the copy lay there: everything in a test lies on one machine."""
        here: Any = {"mount": "server:/data", "marks": [], "device": None}
        self.patch.setattr(working, "judge_places", lambda target, repository: (apart, here, here))

    def repository(self, name: str = "Store", **facts: Any) -> Repository:
        """A directory, unless `facts` say another place."""
        usual = {"kind": RepositoryKind.LOCAL, "path": str(self.folder / name)}
        given = {"password": PASSWORD} | facts.pop("given", {})
        row = Repository(name=name, **(usual | facts))
        return actions.keep_repository(repository=row, fields=[], given=given, by=self.cast.it_manager)

    def target(self, kind: TargetKind, name: str = "Shop", **facts: Any) -> Target:
        """On the register."""
        given = facts.pop("given", {})
        row = Target(name=name, kind=kind, branch=self.cast.bandung, **facts)
        return actions.keep_target(target=row, fields=[], given=given, by=self.cast.it_manager)

    def postgres(self, server: Server, **facts: Any) -> Target:
        """A database of PostgreSQL, read by the user of the set-up page."""
        usual = {"host": server.host, "database": server.database, "username": "reader"}
        given = {"password": READER_PASSWORD} | facts.pop("given", {})
        return self.target(TargetKind.POSTGRESQL, given=given, **(usual | facts))

    def mariadb(self, server: Server, **facts: Any) -> Target:
        """A database of MariaDB."""
        usual = {"host": server.host, "port": server.port, "database": server.database, "username": "reader"}
        given = {"password": READER_PASSWORD} | facts.pop("given", {})
        return self.target(TargetKind.MARIADB, given=given, **(usual | facts))

    def directory(self, **facts: Any) -> Target:
        """A directory with three files."""
        place = self.folder / "documents"
        (place / "deep").mkdir(parents=True, exist_ok=True)
        for name in ("a.txt", "b.txt", "deep/c.txt"):
            (place / name).write_text(f"content of {name}\n" * 100)
        return self.target(TargetKind.DIRECTORY, path=str(place), **facts)

    def policy(self, target: Target, repository: Repository, **facts: Any) -> BackupPolicy:
        """Daily at two in the morning."""
        usual = {"rhythm": Rhythm.DAILY, "at": time(2), "window_minutes": 180}
        return actions.add_policy(
            target=target, repository=repository, by=self.cast.it_manager, **(usual | facts)
        )  # fmt: skip

    def run(self, target: Target, kind: RunKind = RunKind.BACKUP) -> Run:
        """Asked for and carried out; as it ended."""
        waiting = actions.ask_run(target=target, kind=kind, by=self.cast.agent)
        actions.perform(run=waiting, by=robot())
        for again in Run.objects.filter(target=target, state=RunState.QUEUED):  # its next try
            actions.end_badly(run=again, fault=Fault.WINDOW, said="", by=robot())
        waiting = Run.objects.get(pk=waiting.pk)
        target.refresh_from_db()
        return waiting

    def good(self, target: Target, kind: RunKind = RunKind.BACKUP) -> Run:
        """It must succeed."""
        run = self.run(target, kind)
        assert run.state == RunState.SUCCEEDED, (run.fault, run.log)
        return run

    def check(self, repository: Repository) -> Run:
        """Checked, and found well."""
        waiting = actions.ask_check(repository=repository, by=self.cast.agent)
        actions.perform(run=waiting, by=robot())
        done = Run.objects.get(pk=waiting.pk)
        assert done.state == RunState.SUCCEEDED, (done.fault, done.log)
        repository.refresh_from_db()
        return done

    def bad(self, target: Target, kind: RunKind = RunKind.BACKUP) -> Fault:
        """It must fail; why."""
        run = self.run(target, kind)
        assert run.state == RunState.FAILED, "a green light"
        return Fault(run.fault)
