# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Five hundred scripts in the fields of agents' reports: pages, files, labels and letters show them and run none."""

import io
import re
import zipfile
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser
from python_calamine import CalamineWorkbook

from core import tables
from integrations.agents import actions
from integrations.agents.models import AgentKey, Machine
from inventory import actions as inventory
from inventory.models import AssetType, SoftwareTitle
from tests.agents import bodies
from tests.cast import Cast
from tests.chaos.scripts import payloads
from tests.harness.events import deliver

BEACON = "http://127.0.0.1:9/ran/"
SENT = [
    *(text.replace("\x00", "") for text in payloads(480, BEACON)),
    *("=cmd|'/c calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "＝1", "=HYPERLINK(\"javascript:alert(1)\")", "'=1"),
    *("{{ 7 * 7 }}", "{% load x %}", "${7*7}", "<%= 7 %>", "\u202egnp.exe", "\ud7ff\ufeff", "\u202eabc", "a\nb: c", "%0d%0aX: y"),
    *("<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>", "<![CDATA[<script>alert(1)</script>]]>", "<!--"),
]  # fmt: skip
OTHER_UUID = "11112222-3333-4444-5555-666677778888"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")


def hostile() -> dict[str, Any]:
    """The content of a report with a payload in every field, every program one of its own."""
    software = [
        {"name": text[:200], "publisher": SENT[-n][:150], "version": SENT[n // 2][:100]} for n, text in enumerate(SENT, start=1)
    ]  # fmt: skip
    content = bodies.windows(softwares=software)
    for section in ("hardware", "bios", "operatingsystem"):
        facts = {
            name: SENT[n * 7]
            for n, name in enumerate(content[section])
            if name not in ("uuid", "memory", "ssn")
        }
        content = bodies.changed(content, section, **facts)
    return content


@pytest.fixture
def machine(cast: Cast, key: tuple[AgentKey, str], tell: Any, kind: AssetType) -> Machine:
    """Admitted after a hostile report."""
    assert len(SENT) >= 500
    told = tell(bodies.as_json(hostile()))
    assert not told.trouble, told.detail
    found = told.machine
    assert found is not None
    return actions.admit(machine=found, type=kind, by=cast.agent)


def pages(browser: Any, machine: Machine) -> dict[str, str]:
    """Every page that shows what the report said."""
    addresses = [
        machine.get_absolute_url(), machine.asset.get_absolute_url(), "/agents/", "/agents/reports/?what=all", "/agents/security/",  # type: ignore[union-attr]
        "/assets/", f"/agents/for-asset/{machine.asset_id}/", "/assets/renewables/",
    ]  # fmt: skip
    addresses += [
        f"/assets/software/{pk}/"
        for pk in SoftwareTitle.objects.order_by("pk").values_list("pk", flat=True)[:45]
    ]
    following = "/assets/software/"
    found = {}
    while following:
        found[following] = browser.get(following).content.decode()
        older = re.findall(r'href="(\?[^"]*before=[^"]+)"', found[following])
        following = f"/assets/software/{older[-1].replace('&amp;', '&')}" if older else ""
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.content.decode()
    return found


def test_no_page_holds_markup_of_a_report(page: Any, cast: Cast, machine: Machine) -> None:
    inventory.keep_renewable(kind="licence", name="All", title_words="<", seats=1, by=cast.it_manager)
    found = pages(page(cast.agent), machine)
    shown = "".join(unquote(text) for text in found.values())
    assert shown.count("alert(") + shown.count(BEACON) > 500, "they are shown, as text"
    for address, text in found.items():
        for element in BeautifulSoup(text, "html.parser").find_all(True):
            acts = [
                name for name in element.attrs if name.lower().startswith("on") or "hx-on" in name.lower()
            ]
            leads = [
                str(element.get(name, "")).strip().lower()
                for name in ("href", "src", "action", "hx-get", "data", "background")
            ]
            bad = [word for word in leads if word.startswith(("javascript:", "data:text", BEACON))]
            assert not acts, f"{address}: {element}"
            assert not bad, f"{address}: {element}"
            assert element.name != "script" or element.get("src", "").startswith("/static/"), (
                f"{address}: {element}"
            )


def test_nothing_runs_even_without_our_policy(
    page: Any, cast: Cast, machine: Machine, chromium: Browser
) -> None:
    """In a real browser, without the Content-Security-Policy that would hold it back anyway."""
    found = pages(page(cast.agent), machine)
    window = chromium.new_page()
    ran: list[str] = []
    window.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    window.on("request", lambda asked: ran.append(asked.url) if BEACON in asked.url else None)
    window.route("**/*", lambda route: route.abort())
    window.set_content('<img src="x:x" onerror="alert(1)">')
    window.wait_for_timeout(200)
    assert ran == ["1"], "it hears what runs"
    ran.clear()
    for text in found.values():
        window.set_content(text, wait_until="load")
    window.wait_for_timeout(300)
    window.close()
    assert ran == []


def test_files_hold_text_and_no_formulas(page: Any, cast: Cast, machine: Machine, tmp_path: Any) -> None:
    browser = page(cast.agent)
    inventory.change(asset=machine.asset, name=SENT[-1][:100], note="=1+1", maker="@x", by=cast.agent)  # type: ignore[arg-type]
    addresses = ["/assets/export/{}/"]
    addresses += [
        f"/assets/software/{pk}/export/{{}}/"
        for pk in SoftwareTitle.objects.values_list("pk", flat=True)[:10]
    ]
    for number, address in enumerate(addresses):
        answer = browser.get(address.format("csv"))
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        file = tmp_path / f"{number}.csv"
        file.write_bytes(b"".join(answer.streaming_content))
        with tables.opened(file) as table:
            assert not [
                cell for _row, cells in table.rows for cell in cells if cell.lstrip(" ").startswith(FORMULA)
            ]
        book = b"".join(browser.get(address.format("xlsx")).streaming_content)
        with zipfile.ZipFile(io.BytesIO(book)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet.lower()
        assert CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).total_height >= 1


def test_papers_and_letters_carry_no_scripts(page: Any, cast: Cast, machine: Machine, tell: Any) -> None:
    inventory.change(asset=machine.asset, name=SENT[0][:100], by=cast.agent)  # type: ignore[arg-type]
    paper = page(cast.agent).get(f"/assets/labels/?only={machine.asset_id}").content
    assert paper.startswith(b"%PDF")
    for word in (b"/JavaScript", b"/JS ", b"/Launch", b"/EmbeddedFile"):
        assert word not in paper
    _ = cast.it_manager
    deliver()
    copied = bodies.changed(bodies.changed(hostile(), "bios", ssn="OTHER-77"), "hardware", uuid=OTHER_UUID)
    clone = tell(bodies.as_json(copied)).machine
    assert clone.alarm
    assert machine.name.startswith("<")
    letters = deliver()
    assert [letter for letter in letters if machine.name in letter.subject], "the alarm names the machine"
    for letter in letters:
        ((html, kind_),) = letter.alternatives  # type: ignore[attr-defined]
        assert kind_ == "text/html"
        soup = BeautifulSoup(str(html), "html.parser")
        assert not soup.find(["script", "iframe", "svg", "object", "embed", "form"])
        assert machine.name in soup.get_text(), "shown, as text"
        assert "\n" not in letter.subject
