"""The whole product, as `make up` starts it, and browsers for the people who use it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.harness.browser import Person
from tests.running.runner import Runner

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """PostgreSQL, Redis, web, worker and scheduler with the demo data, for all journeys."""
    runner = Runner(tmp_path_factory.mktemp("journeys") / "state", DEMO="1")
    try:
        yield runner.ready(seconds=240)
    finally:
        runner.stop()


@pytest.fixture
def people(product: Runner, chromium: Browser, tmp_path: Path) -> Iterator[Any]:
    """`people("director", phone=True)` is somebody with their own browser, signed in.

    What everybody sees at the end is kept as a picture: the first thing to look at when a journey fails.
    """
    known: dict[str, Person] = {}

    def person(name: str, *, phone: bool = False) -> Person:
        if name not in known:
            known[name] = Person(name, chromium, f"http://127.0.0.1:{product.port}", phone=phone).sign_in()
        return known[name]

    yield person
    for name, somebody in known.items():
        somebody.page.screenshot(path=tmp_path / f"{name}.png")
        (tmp_path / f"{name}.txt").write_text(somebody.page.url)
        somebody.leave()
    assert [error for p in known.values() for error in p.errors] == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the manual's pictures go."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
