"""One development request, from a branch to production, as the SOP wants it; six people in their own browsers."""

import email
import email.policy
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from kumala_itsm.local.product import DEMO_PASSWORD
from tests.harness.browser import PATIENCE, Person
from tests.running.runner import Runner

pytestmark = pytest.mark.running

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
BRM = {
    "objective": "Satu laporan stok untuk semua gudang, setiap pagi.",
    "if_not_done": "Tiga orang tetap menyalin angka dengan tangan setiap hari.",
    "scope": "Laporan harian per gudang; bukan peramalan.",
    "risk": "Angka lama di dua gudang harus dirapikan dulu.",
}


def letter_with(product: Runner, to: str, number: str) -> str:
    """The link in the real letter about the BRM with this number that the worker wrote to `to`; waits for it."""
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        for path in sorted((product.state / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == to and re.search(rf"BRM-\d+{number}", str(message["Subject"])):
                body = message.get_body(preferencelist=("plain",)).get_content()  # type: ignore[union-attr]
                return re.search(r"https?://\S+", body).group()  # type: ignore[union-attr]
        time.sleep(0.2)
    raise AssertionError(f"no letter to {to} about {number!r}")


def files_request(requester: Person, pictures: Path) -> str:
    """Three short steps, with a photo. Returns the path of the ticket."""
    requester.picture(pictures / "home.png")
    requester.page.locator('main button[value="development"]').click()
    requester.fill(
        title="Laporan stok per gudang", description="Kami menyalin stok tiga gudang dengan tangan."
    )
    requester.send()
    requester.fill(application="HRIS", benefit="Tiga jam kerja setiap hari.")
    requester.send()
    requester.page.set_input_files(
        'main input[name="attachments"]', {"name": "stok.png", "mimeType": "image/png", "buffer": PNG}
    )
    requester.send("form[novalidate] button.btn-primary.btn-big")
    requester.sees("stok.png")
    return requester.page.url.removeprefix(requester.base)


def accepts(manager: Person, ticket: str, number: str, pictures: Path) -> None:
    """The triage queue with its clocks; the IT Manager decides."""
    manager.go("/")
    row = manager.page.locator("#triage tr", has_text=number)
    expect(row.locator("[data-clock]")).to_be_visible()
    manager.picture(pictures / "triage.png")
    row.locator("a.btn-primary").click()
    manager.fill(priority="high", assignee="Budi Santoso", estimate_hours="24", answer="Baik, kami pelajari.")
    manager.send()
    manager.sees("SOP-A5")
    expect(manager.page.locator("#development .rule").first).to_have_text("SOP-A5")
    manager.picture(pictures / "ticket.png")


def fills_in_brm(requester: Person, ticket: str) -> str:
    """The form that the product opened, completed and submitted. Returns its path."""
    requester.go(ticket)
    requester.page.locator("#development .notice a.btn-primary").click()
    requester.page.wait_for_load_state()
    requester.follow("/edit/")
    requester.fill(**BRM)
    requester.send('button[name="submit"]')
    return requester.page.url.removeprefix(requester.base)


def number_of(form: str) -> str:
    """How letters name the form at this path: the end of BRM-2026-00016."""
    return f"-{int(form.strip('/').rpartition('/')[2]):05d}"


def signs(decider: Person, link: str, name: str, *, draw: bool = False) -> None:
    """From the letter: read one page, confirm with the password, sign, approve."""
    decider.go(link)
    if draw:
        draws_signature(decider)
        mistypes(decider, name)
    decider.fill(**{"approve-signature": name, "approve-password": DEMO_PASSWORD})
    decider.send("#decide form .btn-primary")
    expect(decider.page.locator("#decide")).to_have_count(0)


def mistypes(decider: Person, name: str) -> None:
    """The form comes back with what was drawn on its canvas."""
    decider.fill(**{"approve-signature": name, "approve-password": "mistyped"})
    decider.send("#decide form .btn-primary")
    state = decider.page.locator("#decide [data-signature-state]").first
    expect(state).to_have_text(state.get_attribute("data-drawn") or "", timeout=PATIENCE)


def draws_signature(person: Person) -> None:
    """A stroke on the canvas."""
    canvas = person.page.locator("#decide canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    person.page.mouse.move(box["x"] + 20, box["y"] + 20)
    person.page.mouse.down()
    for step in range(1, 8):
        person.page.mouse.move(box["x"] + 20 + 20 * step, box["y"] + 20 + (15 if step % 2 else 45))
    person.page.mouse.up()


def opens_pdf(person: Person, form: str, *words: str) -> None:
    """The document appears by itself, and says what was decided."""
    person.go(form)
    person.page.locator('a[href$="document.pdf"]').wait_for(timeout=PATIENCE)
    answer = person.page.request.get(f"{person.base}{form}document.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages)
    for word in words:
        assert word in text


def prepares(agent: Person) -> None:
    """What every release asks for: the risks, and the way back. From the page of the request."""
    agent.page.locator("#development .verbs-more summary").click()
    agent.page.locator('#development a[href$="/prepare/"]').click()
    agent.fill(
        money="no", data="no", downtime="no", irreversible="no", rollback_plan="Build lama dipasang kembali."
    )
    agent.send()


def deploys(person: Person, ticket: str, server: str, **fields: str) -> None:
    """Record that the build was put on a server."""
    person.go(ticket)
    person.page.locator(f'#development a[href$="/{server}/"]').first.click()
    person.fill(result="succeeded", **fields)
    person.send()


def runs_uat(requester: Person, form: str, pictures: Path) -> None:
    """Mark each scenario on Training, then finish and sign."""
    requester.go(f"{form}edit/")
    requester.picture(pictures / "uat.png", whole=True)
    requester.fill(result_0="passed", note_0="Angka sama dengan kartu stok.", result_1="passed")
    requester.send('button[name="submit"]')
    requester.fill(**{"approve-signature": "Sari Wulandari", "approve-password": DEMO_PASSWORD})
    requester.send("#decide form .btn-primary")


def test_a_development_goes_from_a_branch_to_production(product: Runner, people: Any, pictures: Path) -> None:
    """The whole story of SOP-A1, A2, A5 and A6, and what it refuses on the way."""
    requester, manager, agent = people("requester"), people("it.manager"), people("agent")
    director, board = people("director", phone=True), people("board", phone=True)
    auditor = people("auditor")

    ticket = files_request(requester, pictures)
    number = f"T-{int(ticket.strip('/').rpartition('/')[2]):05d}"
    accepts(manager, ticket, number, pictures)

    # SOP-A5: 24 hours are more than 20, so the agent cannot start.
    agent.go(ticket)
    agent.page.locator('#development a[href$="/plan/"]').click()
    agent.fill(system="")
    agent.send()
    expect(agent.page.locator('#development a[href$="/start/"]')).to_have_count(0, timeout=PATIENCE)
    agent.sees("SOP-A5")

    brm = fills_in_brm(requester, ticket)
    signs(director, letter_with(product, director.email, number_of(brm)), "Bambang Hartono", draw=True)
    link = letter_with(product, board.email, number_of(brm))
    board.go(link)
    board.picture(pictures / "board-phone.png", whole=True)
    signs(board, link, "Ratna Kusumawardhani")
    for person in (requester, manager, agent, director, board, auditor):
        opens_pdf(person, brm, "Laporan stok per gudang")

    agent.go(ticket)
    prepares(agent)
    agent.page.locator('#development a[href$="/start/"]').click()
    agent.send()
    agent.page.locator('#development a[href$="/hours/"]').click()
    agent.fill(hours="6.5", note="Membuat laporan")
    agent.send()
    agent.page.locator('#development a[href$="/build/"]').click()
    agent.fill(version="2026.11.1", commit="4f1c2ab")
    agent.send()
    deploys(agent, ticket, "trial", notes="Berjalan di Trial")
    deploys(agent, ticket, "training", scenarios="Buka laporan stok\nUnduh sebagai berkas")
    expect(agent.page.locator(".tone-plum").first).to_contain_text("User Testing", timeout=PATIENCE)

    uat = next(a for a in hrefs(requester, ticket) if a.startswith("/approvals/") and a != brm).removesuffix(
        "edit/"
    )
    runs_uat(requester, uat, pictures)
    opens_pdf(requester, uat, "2026.11.1")

    # SOP-A6: another build than the signed one goes nowhere.
    agent.go(ticket)
    agent.page.locator('#development a[href$="/build/"]').click()
    agent.fill(version="2026.11.2")
    agent.send()
    manager.go(ticket)
    manager.page.locator('#development a[href$="/production/"]').wait_for()
    other = manager.page.locator("#development li", has_text="2026.11.2")
    assert other.locator('a[href$="/production/"]').count() == 0
    released = manager.page.locator('#development a[href$="/production/"]').get_attribute("href")
    wrong = re.sub(r"/(\d+)/production/", lambda m: f"/{int(m[1]) + 1}/production/", released or "")
    manager.go(wrong)
    manager.sees("SOP-")
    deploys(manager, ticket, "production", notes="Rilis")

    expect(manager.page.locator(".tone-jade", has_text=re.compile("Deploy")).first).to_be_visible()
    auditor.go(ticket)
    expect(auditor.page.locator("main .verbs a, main .form-actions button")).to_have_count(0)
    requester.go(f"{ticket}timeline/")
    for words in ("Budi Santoso", "2026.11.1", "Production", "BRM-", "UAT-"):
        requester.sees(words)
    requester.picture(pictures / "timeline.png", whole=True)
    for person in (requester, manager, agent, director, board):
        person.was_told("Laporan stok per gudang")


def hrefs(person: Person, ticket: str) -> list[str]:
    """The links on the ticket's page, its slots included."""
    person.go(ticket)
    person.page.wait_for_load_state("networkidle")
    return [
        a
        for a in person.page.locator("main a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        if a
    ]
