"""The administrator connects the product, enters people, and finds out how it does, in a real browser."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from integrations.monday import actions
from integrations.monday.enums import LinkState
from integrations.monday.models import Connection, Link, MondayPerson
from tests.cast import Cast
from tests.fakes.monday import Monday, echo
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
        for theme in ("light", "dark") if PICTURES else ():
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(400)  # colours fade
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{size}-{theme}.png"), full_page=True)
    page.emulate_media(color_scheme="light")


def test_the_administrator_connects_and_looks_after_it(page: Any, settings: Any) -> None:
    with Monday(receiver=echo) as fake:
        settings.MONDAY_API_URL, settings.MONDAY_PLAN = fake.url, "pro"
        fake.costs = dict.fromkeys(("create_column", "create_status_column"), 100)
        _connects(*page, fake)
        _enters_people(*page, fake)
        _switches_on(*page, fake)
        _looks_after_it(*page)


def _connects(cast: Cast, tab: Any, fake: Monday) -> None:
    tab.goto("/integrations/monday/")
    assert "Tidak tersambung" in tab.inner_text("main")
    _picture(tab, "none")
    tab.click("text=Pengaturan")
    tab.fill("input[name=token]", fake.token)
    _picture(tab, "settings")
    tab.click("text=Simpan pengaturan")
    tab.wait_for_url("**/integrations/monday/")
    assert Connection.objects.get().token_sealed
    _picture(tab, "unmapped")
    tab.click("text=Papan dan kolom")
    tab.fill("input[name=title]", "Permintaan TI")
    tab.click("main form button[type=submit]")
    tab.wait_for_selector("text=Yang akan dilakukan")
    _picture(tab, "board")
    assert not fake.writes()
    tab.click("main form .btn-primary")
    tab.wait_for_url("**/integrations/monday/")
    assert [board.name for board in fake.world.boards.values()] == ["Permintaan TI"]


def _enters_people(cast: Cast, tab: Any, fake: Monday) -> None:
    manager, agent = fake.person(cast.it_manager.name, cast.it_manager.email), cast.agent
    other_address = fake.person(agent.name, "private@elsewhere.example")
    tab.goto("/integrations/monday/people/enter/")
    tab.select_option("select[name=user]", str(agent.pk))
    tab.fill("input[name=monday_id]", other_address.id)
    tab.click("main form button[type=submit]")
    tab.wait_for_url("**/people/")
    tab.click("form[action$='/match/'] button")
    tab.wait_for_load_state()
    accounts = dict(MondayPerson.objects.values_list("user_id", "monday_id"))
    assert accounts == {agent.pk: other_address.id, cast.it_manager.pk: manager.id}
    _picture(tab, "people")


def _switches_on(cast: Cast, tab: Any, fake: Monday) -> None:
    ticket = plain(cast, "started").ticket
    tab.goto("/integrations/monday/settings/")
    tab.check("input[name=is_active]")
    tab.click("text=Simpan pengaturan")
    tab.wait_for_url("**/integrations/monday/")
    assert actions.sweep()
    assert actions.deliver()
    (item,) = fake.world.all_items()
    assert item.name == ticket.title
    tab.goto("/integrations/monday/")
    assert "Tersambung" in tab.inner_text("main")
    _picture(tab, "works")
    assert "Bandingkan kedua sisi" not in tab.inner_text("main"), "it was just walked"
    Connection.objects.update(swept_at=timezone.now() - timedelta(hours=1))
    tab.reload()
    tab.click("text=Bandingkan kedua sisi")
    tab.wait_for_load_state()
    assert Connection.objects.get().report_due_at, "the next walk writes a report"
    assert "Kedua sisi sedang dibandingkan" in tab.inner_text("main")


def _looks_after_it(cast: Cast, tab: Any) -> None:
    rows = mirrored(plain(cast, "started").ticket)
    Link.objects.exclude(pk=rows["link"].pk).update(paused={"priority": "2026-11-30T00:00:00+00:00"})
    gone = Link.objects.create(ticket=plain(cast, "started").ticket, state=LinkState.GONE)
    differs = {"field": "estimate", "ours": "8", "theirs": "99"}
    report = [differs | {"ticket": gone.ticket.number, "url": gone.ticket.url}]
    Connection.objects.update(reported_at=timezone.now(), report=report)
    tab.goto("/integrations/monday/")
    _picture(tab, "index")
    tab.click(f"form[action='/integrations/monday/requests/{rows['link'].pk}/retry/'] button")
    tab.wait_for_load_state()
    assert not Link.objects.dead().exists()
    tab.click(f"form[action='/integrations/monday/requests/{gone.pk}/renew/'] button")
    tab.wait_for_load_state()
    assert Link.objects.get(pk=gone.pk).state == LinkState.NEW
