"""What goes wrong in the middle: an ended session, somebody who was quicker, a file that is refused."""

from typing import Any

import pytest
from playwright.sync_api import expect

from kumala_itsm.local.product import DEMO_PASSWORD
from tests.harness.browser import Person

pytestmark = pytest.mark.running


def asks(requester: Person, kind: str, title: str) -> str:
    """A new request, as quickly as possible. Returns the path of its ticket."""
    requester.go("/requests/new/")
    requester.page.locator(f'main button[value="{kind}"]').click()
    requester.fill(title=title, description="Mohon dibantu.")
    requester.send()
    requester.fill(impact="me")
    requester.send()
    requester.send("form[novalidate] button.btn-primary.btn-big")
    return requester.page.url.removeprefix(requester.base)


def test_what_was_typed_survives_an_ended_session(people: Any) -> None:
    """Signing in again leads back to the form, with the text in it."""
    requester = people("requester")
    requester.go("/requests/new/")
    requester.page.locator('main button[value="data_update"]').click()
    requester.fill(title="Nama pelanggan salah eja", description="Di faktur tertulis Budy, seharusnya Budi.")
    requester.page.context.clear_cookies(name="sessionid")
    requester.send()
    requester.page.fill("[name=login]", requester.email)
    requester.page.fill("[name=password]", DEMO_PASSWORD)
    requester.page.press("[name=password]", "Enter")
    expect(requester.page.locator('[name="title"]')).to_have_value("Nama pelanggan salah eja")
    expect(requester.page.locator('[name="description"]')).to_have_value(
        "Di faktur tertulis Budy, seharusnya Budi."
    )


def test_whoever_comes_second_reads_what_happened_meanwhile(people: Any) -> None:
    """The requester withdraws while the IT Manager is still deciding."""
    requester, manager = people("requester"), people("it.manager")
    ticket = asks(requester, "troubleshooting", "Monitor berkedip")
    manager.go(f"{ticket}accept/")
    requester.go(f"{ticket}cancel/")
    requester.send("form[novalidate] .form-actions button")
    manager.fill(priority="low", assignee="", answer="Kami datang sore ini.")
    manager.send()
    manager.sees("Sari Wulandari")
    expect(manager.page.locator('[name="answer"]')).to_have_value("Kami datang sore ini.")


def test_a_refused_file_is_named_and_the_others_stay(people: Any) -> None:
    """A web page dressed as a picture is refused by its content; the text file beside it is kept."""
    requester = people("requester")
    requester.go("/requests/new/")
    requester.page.locator('main button[value="troubleshooting"]').click()
    requester.fill(title="Berkas aneh", description="Ada berkas.")
    requester.send()
    requester.fill(impact="me")
    requester.send()
    page = {
        "name": "foto.png",
        "mimeType": "image/png",
        "buffer": b"<!DOCTYPE html><script>alert(1)</script>",
    }
    note = {"name": "catatan.txt", "mimeType": "text/plain", "buffer": b"catatan biasa"}
    requester.page.set_input_files('main input[name="attachments"]', [page, note])
    requester.send("form[novalidate] button.btn-primary.btn-big")
    expect(requester.page.locator("main [role=alert], main .errors").first).to_contain_text("foto.png")
    expect(requester.page.locator("main .files a")).to_have_text(["catatan.txt"])
