"""The whole product, as `make up` starts it, and browsers for the people who use it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.fakes.dovecot import Dovecot
from tests.harness.browser import Person
from tests.running.runner import Runner

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Dovecot]:
    """The helpdesk's mailbox on a real IMAP server."""
    with tempfile.TemporaryDirectory(prefix="kumala-dovecot-") as place:
        server = Dovecot(Path(place))
        try:
            yield server.start()
        finally:
            server.stop()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, mailbox: Dovecot) -> Iterator[Runner]:
    """PostgreSQL, Redis, web, worker and scheduler with the demo data and a mailbox, for all journeys."""
    runner = Runner(
        tmp_path_factory.mktemp("journeys") / "state",
        DEMO="1", MAIL_IN_URL=mailbox.url(), MAIL_IN_ADDRESS="helpdesk+*@kumala.example",
    )  # fmt: skip
    try:
        yield runner.ready(seconds=240)
    finally:
        runner.stop()


@contextmanager
def crew(product: Runner, chromium: Browser, place: Path) -> Iterator[Callable[..., Person]]:
    """`person("director", phone=True)` is somebody with their own browser, signed in.

    What everybody sees at the end is kept as a picture in `place`: the first thing to look at when a journey fails.
    """
    known: dict[str, Person] = {}

    def person(name: str, *, phone: bool = False) -> Person:
        if name not in known:
            known[name] = Person(name, chromium, f"http://127.0.0.1:{product.port}", phone=phone).sign_in()
        return known[name]

    yield person
    for name, somebody in known.items():
        somebody.page.screenshot(path=place / f"{name}.png")
        (place / f"{name}.txt").write_text(somebody.page.url)
        somebody.leave()
    assert [error for p in known.values() for error in p.errors] == []


@pytest.fixture
def people(product: Runner, chromium: Browser, tmp_path: Path) -> Iterator[Any]:
    """The people of one journey."""
    with crew(product, chromium, tmp_path) as person:
        yield person


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the manual's pictures go."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
