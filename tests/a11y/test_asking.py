"""Asking in a real browser: a call by keyboard, hints while a title is typed, a photo made smaller on its way."""

import io
import random
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts.models import User
from tests.a11y.conftest import SignIn, settled
from tests.a11y.test_axe import AXE, EVERYTHING, violations
from tests.harness.browser import PHONE
from tests.tickets.test_guides import _solved as solved
from tickets import actions as tickets
from tickets.enums import Kind
from tickets.models import Attachment, Draft, Guide, Ticket


def _call(page: Any) -> None:
    settled(page, "/requests/phone/")


def test_a_call_is_written_down_by_keyboard_alone(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    User.objects.filter(branch=cast.bandung).update(phone="0811-22-33")
    page = sign_in(cast.agent)
    _call(page)
    expect(page.locator("#id_who")).to_be_focused()
    page.keyboard.type("bandung")
    expect(page.locator("#callers input")).to_have_count(3)
    page.evaluate(AXE)
    assert violations(page, EVERYTHING) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#id_title")).to_be_focused()
    page.keyboard.type("Kasir 3 tidak menyala")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    settled(page, "/requests/guides/")
    ticket = Ticket.objects.order_by("-pk")[0]
    assert (ticket.title, ticket.channel) == ("Kasir 3 tidak menyala", "phone")
    assert ticket.requester.name == "Hendra Gunawan", "the second of the three"


def test_an_earlier_call_shows_the_field_for_its_moment(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.agent, viewport=PHONE)
    _call(page)
    expect(page.locator("#id_called_at")).to_be_hidden()
    page.locator("[name=ago][value=other]").check(force=True)
    expect(page.locator("#id_called_at")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hints_come_while_the_title_is_typed_and_the_words_stay(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    Guide.objects.create(title="Printer tidak mencetak", text="Lihat lampunya.", language="id")
    case = solved(cast, "Printer kasir tidak mencetak struk")
    draft = tickets.begin_draft(kind=Kind.TROUBLESHOOTING, by=cast.requester)
    page = sign_in(cast.requester)
    settled(page, f"/requests/drafts/{draft.pk}/1/")
    page.fill("#id_title", "")
    page.type("#id_title", "Printer kasir mati")
    hints = page.locator("#hints")
    expect(hints).to_contain_text("Printer tidak mencetak")
    expect(hints).to_contain_text(case.ticket.number)
    expect(page.locator("#id_title")).to_be_focused()
    page.evaluate(AXE)
    assert violations(page, EVERYTHING) == []
    page.locator("#hints a").first.click()
    page.evaluate(AXE)
    assert violations(page, EVERYTHING) == []
    page.locator(f'main a[href$="/drafts/{draft.pk}/1/"]').first.click()
    expect(page.locator("#id_title")).to_have_value("Printer kasir mati")
    expect(page.locator("#hints")).to_contain_text("Printer tidak mencetak")


def test_being_helped_ends_the_draft(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    guide = Guide.objects.create(title="Printer tidak mencetak", text="Lihat lampunya.", language="id")
    draft = tickets.begin_draft(kind=Kind.TROUBLESHOOTING, by=cast.requester)
    page = sign_in(cast.requester)
    settled(page, f"/requests/guides/{guide.pk}/?draft={draft.pk}")
    page.locator("button[name=draft]").click()
    page.wait_for_url("**/")
    assert not Draft.objects.filter(pk=draft.pk).exists()


@pytest.fixture
def photo() -> bytes:
    """As a telephone takes it: large, of noise, 4000 by 3000."""
    rough = Image.frombytes("RGB", (400, 300), random.Random(1).randbytes(400 * 300 * 3))
    out = io.BytesIO()
    rough.resize((4000, 3000)).save(out, "JPEG", quality=95)
    return out.getvalue()


def test_a_photo_from_the_camera_is_shown_made_smaller_and_sent(
    scene: Any, sign_in: SignIn, photo: bytes
) -> None:
    cast, _cases = scene
    draft = tickets.begin_draft(kind=Kind.TROUBLESHOOTING, by=cast.requester)
    fields = {"title": "Kasir mati", "description": "Layarnya gelap.", "impact": "me"}
    tickets.write_draft(draft=draft, fields=fields, by=cast.requester)
    page = sign_in(cast.requester, viewport=PHONE, has_touch=True, is_mobile=True)
    settled(page, f"/requests/drafts/{draft.pk}/3/")
    camera = page.locator("[data-camera]")
    expect(camera).to_be_visible()
    assert camera.locator("input").get_attribute("capture") == "environment"
    shot = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo}
    camera.locator("input").set_input_files([shot])
    expect(page.locator(".files img")).to_have_count(1)
    expect(page.locator(".drop .files")).to_contain_text(re.compile(r" (\d+ KB|1,\d MB)"))
    with page.expect_navigation():
        page.locator(".form-actions .btn-primary").click()
    stored = Attachment.objects.get(ticket__isnull=False, name="IMG_1.jpg")
    assert len(photo) > 2 * stored.size


def test_on_a_desk_there_is_no_camera_button(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    draft = tickets.begin_draft(kind=Kind.TROUBLESHOOTING, by=cast.requester)
    tickets.write_draft(draft=draft, fields={"title": "x", "description": "y"}, by=cast.requester)
    page = sign_in(cast.requester)
    settled(page, f"/requests/drafts/{draft.pk}/3/")
    expect(page.locator("[data-camera]")).to_be_hidden()
