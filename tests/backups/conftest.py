"""One PostgreSQL, one MariaDB, one OpenSSH for all tests of backups; a stage with a repository for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backups.actions import performing
from backups.dumps import Server
from tests.backups import servers
from tests.backups.stage import Stage
from tests.cast import Cast


@pytest.fixture(scope="session")
def shop() -> Iterator[Server]:
    """A PostgreSQL with a database worth keeping."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_shop() -> Iterator[Server]:
    """The same in MariaDB."""
    with servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Ssh]:
    """Another server, by SSH."""
    with servers.sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_HOME = tmp_path / "home"
    settings.BACKUP_SCRATCH = ""  # directly below /tmp: servers of other users must pass through
    settings.BACKUP_RESTORED = tmp_path / "restored"


@pytest.fixture
def stage(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A repository and what is needed to fill it, inside the test's own transaction: no sign of life is written."""
    monkeypatch.setattr(performing, "BEAT", 3600)
    return Stage(cast, tmp_path, monkeypatch)
