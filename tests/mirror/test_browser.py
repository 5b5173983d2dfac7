"""The administrator connects the product, enters people, and finds out how it does, in a real browser."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from integrations.monday.models import Connection, Link, MondayPerson
from tests.cast import Cast
from tests.harness.browser import DESK, PHONE
from tests.stages import plain
from tests.world import mirrored

PICTURES = os.environ.get("MIRROR_PICTURES", "")


@pytest.fixture
def page(transactional_db: None, live_server: Any, chromium: Browser) -> Any:
    """A page of the administrator."""
    cast = Cast()
    context = chromium.new_context(base_url=live_server.url, viewport=DESK)
    client = Client()
    client.force_login(cast.administrator)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    yield cast, context.new_page()
    context.close()


def _picture(page: Any, name: str) -> None:
    for size, viewport in (("360", PHONE), ("1440", DESK)):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} at {size}"
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{size}.png"), full_page=True)


def test_the_administrator_connects_and_looks_after_it(page: Any) -> None:
    cast, tab = page
    tab.goto("/integrations/monday/")
    assert "Tidak tersambung" in tab.inner_text("main")
    _picture(tab, "none")
    tab.click("text=Pengaturan")
    tab.fill("input[name=token]", "a-secret-token")
    _picture(tab, "settings")
    tab.click("text=Simpan pengaturan")
    tab.wait_for_url("**/integrations/monday/")
    assert Connection.objects.get().token_sealed
    _ = cast.agent
    tab.goto("/integrations/monday/people/enter/")
    tab.select_option("select[name=user]", str(cast.agent.pk))
    tab.fill("input[name=monday_id]", "71")
    tab.click("main form button[type=submit]")
    tab.wait_for_url("**/people/")
    assert MondayPerson.objects.get().user == cast.agent
    _picture(tab, "people")
    rows = mirrored(plain(cast, "started").ticket)
    tab.goto("/integrations/monday/")
    _picture(tab, "index")
    tab.click(f"form[action='/integrations/monday/requests/{rows['link'].pk}/retry/'] button")
    tab.wait_for_load_state()
    assert not Link.objects.dead().exists()
