"""The product served from this process, with a case at every stage, and people signed in in a real browser."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from tests.cast import Cast
from tests.harness import database
from tests.harness.browser import DESK
from tests.harness.events import deliver
from tests.scenes import everywhere

SignIn = Callable[..., Page]


class Scene:
    """The people and their cases, everybody told: played once, and brought back as it was for every further test."""

    def __init__(self, media: Path) -> None:
        self.media = media
        self._tables: list[str] = []
        self._found: Any = None

    def set(self) -> Any:
        """The cast and its cases."""
        if self._found is None:
            cast = Cast()
            self._found = cast, everywhere(cast)
            deliver()
            self._tables = database.keep()
        else:
            database.bring_back(self._tables)
        return copy.deepcopy(self._found)  # what a test changes of them is its own


@pytest.fixture(scope="session")
def _scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def scene(transactional_db: None, _own_files: None, _scene: Scene, settings: Any) -> Any:
    """`cast, cases`, in the database and as files."""
    settings.MEDIA_ROOT = _scene.media
    return _scene.set()


@pytest.fixture
def sign_in(scene: Any, live_server: Any, chromium: Browser) -> Iterator[SignIn]:
    """`sign_in(cast.agent, language="en")` is a page of theirs; nothing may go wrong in its console."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def signed_in(person: User | None = None, *, language: str = "id", **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **({"viewport": DESK} | options))
        contexts.append(context)
        if person is not None:
            User.objects.filter(pk=person.pk).update(language=language)
            client = Client()
            client.force_login(person)
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("pageerror", lambda problem: errors.append(f"{page.url}: {problem}"))
        page.on("console", lambda m: errors.append(f"{page.url}: {m.text}") if _is_mistake(m) else None)
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert errors == []


def _is_mistake(message: Any) -> bool:
    # Chromium calls every status from 400 on an error, htmx an ended visit; both are visited on purpose.
    wanted = "status of 4" in message.text or "Error Code 401" in message.text
    return bool(message.type == "error" and not wanted)


def settled(page: Page, path: str) -> Any:
    """Open an address and wait until its parts have come; the answer."""
    answer = page.goto(path)
    expect(page.locator("main[aria-busy=true], main [aria-busy=true], .htmx-request")).to_have_count(0)
    return answer
