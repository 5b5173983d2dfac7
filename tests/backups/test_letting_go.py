"""What leaves a repository: by retention, by a check that broke off, by the other end, by a try without an answer."""

import html
import os
import re
import shlex
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from backups import actions, pipes, restic, retention, vault
from backups.actions._parts import robot
from backups.enums import Fault, Removal, RepositoryKind, RunKind
from backups.models import BackupPolicy, Repository, Run, Snapshot
from tests.backups.stage import PASSWORD, Stage


def _left(run: Run) -> int:
    """Parts of it that are kept, as far as we know."""
    return Snapshot.objects.kept().of_set(run).count()


def _fails(stage: Stage, repository: Repository) -> Fault:
    waiting = actions.ask_check(repository=repository, by=stage.cast.agent)
    actions.perform(run=waiting, by=robot())
    return Fault(Run.objects.get(pk=waiting.pk).fault)


def _appends(repository: Repository) -> Repository:
    """As if it had refused the last try."""
    Repository.objects.filter(pk=repository.pk).update(removal=Removal.REFUSED)
    return Repository.objects.get(pk=repository.pk)


def test_a_check_that_breaks_off_after_retention_is_no_damage_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository, keep_daily=1, keep_weekly=0, keep_monthly=0)
    first, second = stage.good(target), stage.good(target)
    real, broken = restic.Store.check, [Fault.DAMAGED]

    def check(store: restic.Store, part: int) -> str:
        if broken:
            raise pipes.Broken(broken.pop(), "a pack")
        return real(store, part)

    monkeypatch.setattr(restic.Store, "check", check)
    assert _fails(stage, repository) == Fault.DAMAGED
    assert (_left(first), _left(second)) == (2, 2)  # nobody wrote down what had been let go
    BackupPolicy.objects.update(keep_daily=30)  # and now it would be kept
    stage.check(repository)
    assert (_left(first), _left(second)) == (0, 2)
    with vault.hand() as hand:  # what nobody let go is missed as before
        restic.Store(repository, hand).forget(
            [copy.reference for copy in Snapshot.objects.filter(run=second)]
        )
    assert _fails(stage, repository) == Fault.DAMAGED


def test_what_the_other_end_of_a_store_that_only_appends_let_go_is_no_damage(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository, keep_daily=1, keep_weekly=0, keep_monthly=0)
    first, second, third = (stage.good(target) for _ in range(3))
    with vault.hand() as hand:
        restic.Store(repository, hand).forget([copy.reference for copy in Snapshot.objects.filter(run=first)])
    stage.check(_appends(repository))
    assert (_left(first), _left(second), _left(third)) == (0, 2, 2)  # the second may go, and is there


@pytest.fixture
def dated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The instant as of which snapshots are made, while there is one."""
    when: list[str] = []
    real = restic.Store.command

    def command(store: restic.Store, *words: str, bare: bool = False) -> pipes.Command:
        made = ("--time", when[0]) if when and words[0] == "backup" else ()
        return real(store, words[0], *made, *words[1:], bare=bare)

    monkeypatch.setattr(restic.Store, "command", command)
    return when


def test_the_printed_command_lets_whole_sets_go_and_of_each_target_only_what_is_old(
    stage: Stage, dated: list[str], page: Any
) -> None:
    """Executed as it is printed: two targets, one of which was not backed up for long."""
    repository, target, dormant = stage.repository(), stage.directory(), stage.directory(name="Dormant")
    for one in (target, dormant):
        stage.policy(one, repository)
    dated.append("2025-01-01 02:00:00")
    old, only = stage.good(target), stage.good(dormant)
    dated[:] = ["2026-06-01 02:00:00"]
    kept = stage.good(target)
    dated.clear()
    newest = stage.good(target)
    repository = _appends(repository)
    User.objects.filter(pk=stage.cast.auditor.pk).update(language="en")
    said = page(stage.cast.auditor).get(repository.get_absolute_url()).content.decode()
    (line,) = re.findall(r"<pre[^>]*>(restic forget .*?)</pre>", said)
    env = os.environ | {"RESTIC_REPOSITORY": repository.path, "RESTIC_PASSWORD": PASSWORD}
    subprocess.run(shlex.split(html.unescape(line)), env=env, check=True, capture_output=True)
    with vault.hand() as hand:
        here = {row["id"] for row in restic.Store(repository, hand).snapshots()}
    lasting = Snapshot.objects.filter(run__in=[only, kept, newest])
    assert here == {copy.reference for copy in lasting}
    stage.check(repository)
    assert [_left(run) for run in (old, only, kept, newest)] == [0, 2, 2, 2]


def test_the_printed_command_keeps_what_the_longest_policy_keeps() -> None:
    assert retention.months([]) == 13
    assert retention.months([retention.Rule(7, 4, 12), retention.Rule(0, 0, 24)]) == 25
    assert retention.months([retention.Rule(90, 0, 0)]) == 5
    assert retention.months([retention.Rule(0, 9, 1)]) == 4


def test_seals_are_saved_under_one_path_for_each_target(stage: Stage) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    for _ in range(2):
        stage.good(target)
    with vault.hand() as hand:
        rows = [row for row in restic.Store(repository, hand).snapshots() if "sealed" in row["tags"]]
    assert len(rows) == 2
    assert len({tuple(row["paths"]) for row in rows}) == 1
    assert {row["hostname"] for row in rows} == {f"kumala-{target.pk}"}
    assert not Path(rows[0]["paths"][0]).exists()


def test_a_locked_repository_says_nothing_about_removing(stage: Stage) -> None:
    repository = stage.repository()
    env = os.environ | {"RESTIC_REPOSITORY": repository.path, "RESTIC_PASSWORD": PASSWORD}
    words = ["restic", "backup", "--stdin"]
    other = subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if any((Path(repository.path) / "locks").iterdir()):
                break
            time.sleep(0.05)
        with vault.hand() as hand:
            with pytest.raises(pipes.Broken) as broken:
                restic.Store(repository, hand).can_remove()
            assert broken.value.fault == Fault.LOCKED
    finally:
        other.kill()
        other.wait()
    assert other.stdin is not None
    other.stdin.close()
    with vault.hand() as hand:
        store = restic.Store(repository, hand)
        store.unlock()
        assert store.can_remove()
    repository.refresh_from_db()
    assert repository.removal == Removal.UNTRIED


@pytest.mark.parametrize(
    ("code", "said", "refuses"),
    [
        (
            1,
            "unable to remove <snapshot/5d5f> from the repository\nserver response: 403 Forbidden (403)",
            True,
        ),
        (1, "unable to remove <snapshot/5d5f> from the repository\nread: connection reset by peer", False),
        (1, "unable to create lock in backend: repository is already locked by PID 31631", False),
        (-9, "Remove(<snapshot/5d5f>) returned error, retrying", False),
        (0, "", False),
    ],
)
def test_only_an_answer_of_the_store_is_a_refusal(code: int, said: str, refuses: bool) -> None:
    assert restic.is_refusal(pipes.Ended(code, "", said)) is refuses


def test_the_pages_say_what_was_tried_and_by_which_mark_a_set_is_known(stage: Stage, page: Any) -> None:
    target, repository = stage.directory(), stage.repository()
    stage.policy(target, repository)
    run = stage.good(target)
    User.objects.filter(pk=stage.cast.auditor.pk).update(language="en")
    browser = page(stage.cast.auditor)
    assert f"run-{run.pk}-{run.asked_at:%Y%m%d%H%M%S}" in browser.get(run.get_absolute_url()).content.decode()
    assert "has not been tried everywhere yet" in browser.get(target.get_absolute_url()).content.decode()
    stage.check(repository)
    assert "None of them refuses" in browser.get(target.get_absolute_url()).content.decode()
    Repository.objects.filter(pk=repository.pk).update(kind=RepositoryKind.APPEND, host="backup.example")
    said = browser.get(repository.get_absolute_url()).content.decode()
    assert "This one should be such a server" in said
    assert "We can only add here" not in said
    assert Run.objects.filter(kind=RunKind.CHECK).count() == 1
