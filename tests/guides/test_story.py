"""The guide for programs is a program: it plays the whole story against a real product and leaves two documents."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kumala_itsm.local import postgres, product, redis
from tests.running.runner import Runner

pytestmark = pytest.mark.running
SCRIPT = product.ROOT / "docs" / "guides" / "story.sh"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Web, worker, scheduler, PostgreSQL and Redis, with the demo data."""
    runner = Runner(tmp_path_factory.mktemp("guides") / "state", DEMO="1")
    try:
        yield runner.ready(seconds=240)
    finally:
        runner.stop()


def _beside(runner: Runner) -> dict[str, str]:
    """What `manage.py` finds by itself beside a `make up`; this one keeps its state elsewhere."""
    place = product.Place(runner.state, "127.0.0.1", runner.port)
    return product.environment(
        place,
        database=postgres.url(runner.state),
        owner=postgres.url(runner.state, postgres.OWNER),
        broker=redis.url(runner.state),
    )


def _play(runner: Runner, folder: Path) -> "subprocess.CompletedProcess[str]":
    env = _beside(runner) | {"BASE": f"http://127.0.0.1:{runner.port}", "PATH": os.environ["PATH"]}
    return subprocess.run(
        ["sh", str(SCRIPT), str(folder)], env=env, capture_output=True, text=True, timeout=240, check=False
    )


def test_the_story_by_curl_ends_with_two_documents(running: Runner, tmp_path: Path) -> None:
    assert shutil.which("curl"), "make test installs curl, or says that it is missing"
    played = _play(running, tmp_path / "papers")
    assert played.returncode == 0, played.stdout + played.stderr
    for name in ("BRM.pdf", "UAT.pdf"):
        assert (tmp_path / "papers" / name).read_bytes().startswith(b"%PDF-"), name
    for rule in ("SOP-A5", "SOP-A2", "SOP-A6"):
        assert f"refused by {rule}" in played.stdout


def test_a_refusal_ends_the_story_with_its_reason(running: Runner, tmp_path: Path) -> None:
    env = _beside(running) | {"BASE": f"http://127.0.0.1:{running.port}", "PASSWORD": "wrong"}
    ended = subprocess.run(
        ["sh", str(SCRIPT), str(tmp_path)], env=env, capture_output=True, text=True, timeout=240, check=False
    )
    assert ended.returncode != 0
    assert '"status":409' in ended.stderr.replace(" ", "")
    assert not list(tmp_path.iterdir())
