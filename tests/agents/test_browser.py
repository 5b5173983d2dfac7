"""Machines in a real browser: nothing in a report runs, and somebody of IT finds their way."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from integrations.agents import actions
from integrations.agents.models import AgentKey, Machine
from inventory.models import AssetType
from tests.a11y.test_axe import AXE, EVERYTHING, violations
from tests.agents.bodies import as_json, changed, windows
from tests.cast import Cast
from tests.harness.browser import DESK, PHONE
from tests.mailbox.test_browser import PAYLOADS

# Where to put pictures of the pages, for whoever wants to look at them.
PICTURES = os.environ.get("AGENT_PICTURES", "")


@pytest.fixture
def somebody(transactional_db: None, live_server: Any, chromium: Browser) -> Any:
    """A page of the IT Manager that notices whatever runs in it."""
    cast = Cast()
    AssetType.objects.get_or_create(name="PC", defaults={"prefix": "PC"})
    context = chromium.new_context(base_url=live_server.url, viewport=DESK)
    client = Client()
    client.force_login(cast.it_manager)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page, ran = context.new_page(), []
    page.expose_function("ran", lambda: ran.append(page.url))
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    yield cast, page
    context.close()
    assert ran == []


def _hostile(payload: str) -> dict[str, Any]:
    """The payload in every text of a report, at every depth."""

    def poisoned(said: Any) -> Any:
        if isinstance(said, dict):
            return {key: poisoned(value) for key, value in said.items()}
        if isinstance(said, list):
            return [poisoned(value) for value in said]
        return payload

    full = windows(
        monitors=[{"caption": "x", "serial": "x", "manufacturer": "x"}], remote_mgmt=[{"type": "x", "id": "x"}],
        databases_services=[{"type": "x", "name": "x", "version": "x", "last_backup_date": "x"}],
    )  # fmt: skip
    return {name: poisoned(value) for name, value in full.items()}


def _report(key: AgentKey, content: dict[str, Any], agent: str, **around: Any) -> Machine:
    report, _new = actions.keep(
        raw=io.BytesIO(as_json(content, **around)), key=key, agent_id=agent, agent=agent
    )
    actions.settle()
    report.refresh_from_db()
    assert report.machine is not None
    return report.machine


def test_nothing_in_a_report_runs(somebody: Any) -> None:
    cast, page = somebody
    key, _secret = actions.issue_key(branch=cast.bandung, by=cast.it_manager)
    machines = [
        _report(key, _hostile(payload), f"agent-{n}{payload}", tag=payload, deviceid=payload)
        for n, payload in enumerate(PAYLOADS)
    ]
    kind = AssetType.objects.get(name="PC")
    for machine in Machine.objects.order_by("pk")[: len(machines) // 2]:
        actions.admit(machine=machine, type=kind, by=cast.agent)
    for address in ("/agents/?what=all", "/agents/security/", "/agents/reports/?what=all"):
        page.goto(address)
        assert page.locator("main tbody tr").count() > 0
    for machine in machines:
        page.goto(machine.get_absolute_url())
        assert page.locator("main h2").count() > 3
        page.locator("main details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.goto(machines[0].get_absolute_url())
    assert "<script>ran()" in page.locator("main").inner_text()


def test_a_machine_is_admitted_at_desk_and_phone(somebody: Any) -> None:
    cast, page = somebody
    assert cast.bandung
    page.goto("/agents/keys/")
    page.get_by_label("Cabang").select_option(str(cast.bandung.pk))
    page.get_by_role("button", name="Buat kunci").click()
    username = page.locator("main dd code").nth(1).inner_text()
    key = AgentKey.objects.get(username=username)
    assert page.locator("code.secret").inner_text()
    _report(key, changed(windows(antivirus=[]), "hardware", name="BDG-PC-017"), "agent-1")
    page.set_viewport_size(PHONE)
    page.goto("/agents/?what=waiting")
    page.get_by_role("link", name="BDG-PC-017").click()
    page.get_by_role("link", name="Terima mesin").click()
    page.get_by_label("Jenis aset baru").select_option(label="PC")
    page.get_by_role("button", name="Terima mesin").click()
    assert page.get_by_text("Tidak ada program antivirus.").first.is_visible()
    for name, size in (("phone", PHONE), ("desk", DESK)):
        page.set_viewport_size(size)
        for where in (
            "/agents/",
            "/agents/security/",
            "/agents/reports/?what=all",
            "/agents/keys/",
            Machine.objects.get().get_absolute_url(),
        ):
            page.goto(where)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
            _clean(page, where)
            if PICTURES:
                page.screenshot(
                    path=Path(PICTURES) / f"{name}{where.split('?')[0].replace('/', '-')}.png", full_page=True
                )


def _clean(page: Any, where: str) -> None:
    page.evaluate(AXE)
    assert violations(page, EVERYTHING) == [], where
