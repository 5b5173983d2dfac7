"""The product served from this process, with a case at every stage, and people signed in in a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from tests.cast import Cast
from tests.harness.browser import DESK
from tests.harness.events import deliver
from tests.scenes import everywhere

SignIn = Callable[..., Page]


@pytest.fixture
def scene(transactional_db: None) -> Any:
    """The people and their cases, everybody told."""
    cast = Cast()
    cases = everywhere(cast)
    deliver()
    return cast, cases


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
