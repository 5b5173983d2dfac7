# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Letters in a real browser: nothing in them runs, and somebody of IT finds their way."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from integrations.mailbox import actions
from integrations.mailbox.models import Message
from tests.a11y.test_axe import AXE, EVERYTHING, violations
from tests.cast import Cast
from tests.harness.browser import DESK, PHONE
from tests.mailbox.letters import letter, mixed, part
from tickets.models import Ticket

# Where to put pictures of the pages, for whoever wants to look at them.
PICTURES = os.environ.get("MAILBOX_PICTURES", "")
PAYLOADS = [
    "<script>ran()</script>", "<img src=x onerror=ran()>", "<svg/onload=ran()>", '"><script>ran()</script>',
    "'-ran()-'", "javascript:ran()", "<iframe srcdoc='<script>parent.ran()</script>'>", "{{ran()}}", "</title><script>ran()</script>",
    "<a href=javascript:ran()>x</a>", "<details open ontoggle=ran()>", "<style onload=ran()>", "<x hx-get='/' hx-trigger=load>",
    "]]><script>ran()</script>", "<math><mi//xlink:href='javascript:ran()'>", "<body onload=ran()>", "\u202e<script>ran()</script>",
]  # fmt: skip


@pytest.fixture
def somebody(transactional_db: None, live_server: Any, chromium: Browser) -> Any:
    """A page of a person of IT that notices whatever runs in it."""
    cast = Cast()
    context = chromium.new_context(base_url=live_server.url, viewport=DESK)
    client = Client()
    client.force_login(cast.agent)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page, ran = context.new_page(), []
    page.expose_function("ran", lambda: ran.append(page.url))
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    yield cast, page
    context.close()
    assert ran == []


def _receive(raw: bytes) -> Message:
    message, _new = actions.keep(raw=io.BytesIO(raw), mailbox="test", received_at=timezone.now())
    actions.settle(most_seconds=60)
    return Message.objects.get(pk=message.pk)


def _hostile(payload: str, sender: str) -> bytes:
    """The payload wherever a letter has room for it."""
    said = payload.encode()
    name = payload.replace('"', "").replace("\\", "")
    return mixed(
        part("Content-Type: text/plain; charset=utf-8", said),
        part("Content-Type: text/html; charset=utf-8", said),
        part(f'Content-Type: text/plain; name="{name.encode().decode("latin-1")}.txt"', said),
        part("Content-Type: image/svg+xml; name=a.svg", b"<svg onload=ran()>"),
        head=f"Subject: {payload}".encode().decode("latin-1"), sender=f'"{name}" <{sender}>'.encode().decode("latin-1"),
    )  # fmt: skip


def test_nothing_in_a_letter_runs(somebody: Any) -> None:
    cast, page = somebody
    for number, payload in enumerate(PAYLOADS):
        _receive(_hostile(payload, f"stranger{number}@evil.example"))
    _receive(_hostile(PAYLOADS[0] + PAYLOADS[1], cast.requester.email))
    page.goto("/mailbox-in/")
    assert page.locator("main tbody tr").count() == len(PAYLOADS)
    for message in Message.objects.order_by("pk"):
        page.goto(message.url)
        assert page.locator("main .typed").first.is_visible()
    ticket = Ticket.objects.get()
    page.goto(ticket.url)
    assert "<script>ran()" in page.locator("main").inner_text()
    for link in page.locator("main .files a").all():
        answer = page.request.get(link.get_attribute("href") or "")
        assert "attachment" in answer.headers["content-disposition"]


def test_somebody_of_it_takes_a_letter_in(somebody: Any) -> None:
    cast, page = somebody
    _ = cast.it_manager, cast.requester
    text = "Printer di lantai dua tidak mencetak sejak pagi.\n\nPada Sab, 21 Nov 2026 Budi menulis:\n> Halo"
    files = (("layar.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 4000),)
    message = _receive(
        letter("Sari <sari.pribadi@mail.example>", text, subject="Printer lantai dua", files=files)
    )
    _receive(mixed(*[part("", b"x")] * 300, head="Subject: Terlalu banyak bagian"))
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        page.set_viewport_size(size)
        for path in ("/mailbox-in/", message.url, f"{message.url}admit/"):
            page.goto(path)
            _looks_right(page, f"{name}-{path.strip('/').replace('/', '-')}")
    page.set_viewport_size(DESK)
    page.goto("/mailbox-in/")
    page.get_by_role("link", name="Printer lantai dua").click()
    page.locator(".verbs .btn-primary").click()
    page.fill("[name=person]", cast.requester.email)
    page.locator("main form .form-actions button").click()
    page.wait_for_url(f"**{message.url}")
    assert Ticket.objects.get().requester == cast.requester


def _looks_right(page: Page, name: str) -> None:
    page.evaluate(AXE)
    assert violations(page, EVERYTHING) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} sticks out"
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
