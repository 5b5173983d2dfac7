"""Nothing secret on a command line, in an environment, in a log or in a row."""

import threading
from pathlib import Path

import pytest

from backups import vault
from backups.dumps import Server
from backups.enums import RunState
from backups.models import Repository, Run, Target
from tests.backups.servers import READER_PASSWORD
from tests.backups.stage import PASSWORD, Stage


def _seen(wanted: tuple[str, ...], found: set[str], programs: set[str], over: threading.Event) -> None:
    while not over.is_set():
        for place in Path("/proc").iterdir():
            if not place.name.isdecimal():
                continue
            try:
                line, around = (place / "cmdline").read_bytes(), (place / "environ").read_bytes()
            except OSError:
                continue
            if b"restic" in line or b"pg_dump" in line:
                programs.add(line.split(b"\0")[0].decode())
                text = (line + around).decode(errors="replace")
                found.update(word for word in wanted if word in text)


def test_no_password_stands_on_a_command_line_or_in_an_environment(stage: Stage, shop: Server) -> None:
    target, repository = stage.postgres(shop), stage.repository()
    stage.policy(target, repository)
    found: set[str] = set()
    programs: set[str] = set()
    over = threading.Event()
    watch = threading.Thread(target=_seen, args=((PASSWORD, READER_PASSWORD), found, programs, over))
    watch.start()
    try:
        run = stage.good(target)
    finally:
        over.set()
        watch.join()
    assert programs, "the watch saw nothing"
    assert found == set()
    assert PASSWORD not in str(run.evidence) + run.log


def test_rows_hold_secrets_sealed_and_logs_are_scrubbed(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop, given={"password": "wrong-secret-99"})
    repository = stage.repository()
    stage.policy(target, repository)
    run = stage.run(target)
    assert run.state == RunState.FAILED
    for row in (
        Run.objects.get(pk=run.pk).log,
        bytes(Repository.objects.get().secrets),
        bytes(Target.objects.get().secrets),
    ):
        assert "wrong-secret-99" not in str(row)
        assert PASSWORD not in str(row)
    with vault.hand() as hand:
        hand.file("user:hidden-word", "hidden-word")
        assert hand.scrub("it said hidden-word twice: hidden-word") == "it said *** twice: ***"


@pytest.mark.parametrize("name", ["kumala", "dump"])
def test_files_in_memory_are_gone_afterwards(name: str) -> None:
    with vault.hand() as hand:
        path = Path(hand.file(f"secret of {name}"))
        assert path.read_text() == f"secret of {name}"
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()
