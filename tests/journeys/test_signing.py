"""Signing on a telephone: Director and Board, each with a second factor of their own, from letter to last word."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import Browser, expect

from kumala_itsm.local.product import DEMO_PASSWORD
from tests.harness.browser import PATIENCE, Person
from tests.journeys.test_development import accepts, draws_signature, files_request, letter_with, number_of
from tests.running.runner import Runner

pytestmark = pytest.mark.running

BRM = {
    "business_unit": "Gudang dan Distribusi",
    "objective": "Satu laporan stok untuk semua gudang, setiap pagi.",
    "benefit_money": "3.000.000",
    "benefit_hours": "36",
    "if_not_done": "Tiga orang tetap menyalin angka dengan tangan setiap hari.",
    "scope": "Laporan harian per gudang; bukan peramalan.",
    "cost": "12.500.000",
    "risk": "Angka lama di dua gudang harus dirapikan dulu.",
    "alternatives": "Lembar kerja bersama, diisi setiap sore.",
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """The product with the rule that holds outside the demo: Director and Board never sign with a password alone.

    The people of the demo data have no devices; the rule begins when they have signed.
    """
    place = tmp_path_factory.mktemp("signing") / "state"
    Runner(place, DEMO="1").ready(seconds=240).stop()
    runner = Runner(place, DEMO="1", SIGNING_FACTOR_REQUIRED="1")
    try:
        yield runner.ready(seconds=240)
    finally:
        runner.stop()


@pytest.fixture
def crowd(strict: Runner, chromium: Browser) -> Iterator[Any]:
    """People with browsers; by the name of a site, for a passkey belongs to a name, not to a number."""
    known: dict[str, Person] = {}

    def person(name: str, *, phone: bool = False) -> Person:
        if name not in known:
            known[name] = Person(name, chromium, f"http://localhost:{strict.port}", phone=phone).sign_in()
        return known[name]

    yield person
    for somebody in known.values():
        somebody.leave()
    assert [error for p in known.values() for error in p.errors] == []


def has_passkey(person: Person) -> None:
    """The person's device has a fingerprint reader: Chromium's virtual authenticator."""
    session = person.page.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def proves_password(person: Person) -> None:
    """Before one's second factors are changed the password is asked once more."""
    if "reauthenticate" in person.page.url:
        person.page.fill("[name=password]", DEMO_PASSWORD)
        with person.page.expect_navigation():
            person.page.press("[name=password]", "Enter")


def sets_up_passkey(person: Person) -> None:
    """Led there from the form, and back to it."""
    person.page.locator('#approve a[href*="/account/factor/"]').click()
    person.page.wait_for_load_state()
    person.page.locator('main a[href$="/webauthn/add/"]').click()
    person.page.wait_for_load_state()
    proves_password(person)
    with person.page.expect_navigation():
        person.page.click("#mfa_webauthn_add")
    comes_back(person)


def sets_up_app(person: Person) -> str:
    """Another device shows codes now; its secret."""
    person.page.locator('#approve a[href*="/account/factor/"]').click()
    person.page.wait_for_load_state()
    person.page.locator('main a[href$="/totp/activate/"]').click()
    person.page.wait_for_load_state()
    proves_password(person)
    secret = person.page.locator("#authenticator_secret").input_value()
    person.page.fill("main form [name=code]", code(secret))
    with person.page.expect_navigation():
        person.page.press("main form [name=code]", "Enter")
    comes_back(person)
    return secret


def comes_back(person: Person) -> None:
    """The way back is offered wherever one is among the second factors."""
    with person.page.expect_navigation():
        person.page.locator('main a[href^="/approvals/"]').first.click()


def code(secret: str) -> str:
    """What the app shows in this half minute."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))


def opens_letter(product: Runner, person: Person, form: str) -> str:
    """The link of the letter, on the name by which the person knows the site."""
    link = re.sub(r"127\.0\.0\.1", "localhost", letter_with(product, person.email, number_of(form)))
    person.go(link)
    return link


def touches(person: Person, button: str) -> None:
    """Press a button that first asks the passkey, and wait until the form has gone."""
    with person.page.expect_navigation():
        person.page.locator(f"{button} [data-passkey]").click()


def writes_brm(requester: Person, ticket: str) -> str:
    """The form keeps itself while it is typed; a file is signed with it."""
    requester.go(ticket)
    requester.page.locator("#development .notice a.btn-primary").click()
    requester.page.wait_for_load_state()
    requester.follow("/edit/")
    requester.fill(**BRM)
    expect(requester.page.locator("#saved")).to_contain_text(re.compile("Kept|Tersimpan"), timeout=PATIENCE)
    requester.page.set_input_files(
        'main input[name="attachments"]',
        {"name": "penawaran.txt", "mimeType": "text/plain", "buffer": b"Rp 12.500.000"},
    )
    requester.send('button[name="attach"]')
    requester.sees("penawaran.txt")
    assert requester.page.locator("[name=objective]").input_value() == BRM["objective"]
    requester.send('button[name="submit"]')
    return requester.page.url.removeprefix(requester.base)


def asks(crowd: Any, pictures: Path) -> tuple[str, str]:
    """A request that needs Director and Board: its page, and its form."""
    requester, manager = crowd("requester"), crowd("it.manager")
    requester.go("/")
    ticket = files_request(requester, pictures)
    accepts(manager, ticket, f"T-{int(ticket.strip('/').rpartition('/')[2]):05d}", pictures)
    return ticket, writes_brm(requester, ticket)


def sends_back_and_refuses(strict: Runner, crowd: Any, tmp_path: Path) -> None:
    """Sent back, the form is written again and comes back as its next version; refused, that is its end."""
    _ticket, form = asks(crowd, tmp_path)
    requester, director = crowd("requester"), crowd("director", phone=True)
    opens_letter(strict, director, form)
    director.page.locator("#revise summary").first.click()
    director.fill(**{"revise-reason": "Tuliskan juga gudang Semarang."})
    touches(director, "#revise")
    requester.go(form)
    requester.sees("Tuliskan juga gudang Semarang.")
    requester.go(f"{form}edit/")
    requester.fill(scope="Laporan harian per gudang, juga Semarang.")
    requester.send('button[name="submit"]')

    director.go(form)
    director.page.locator("#all summary").click()
    director.sees("juga Semarang")
    director.page.locator('.decide-bar a[href="#refuse"]').click()
    director.fill(**{"refuse-reason": "Tahun depan saja."})
    touches(director, "#refuse")
    expect(director.page.locator("#decide")).to_have_count(0)
    requester.go(form)
    requester.sees("Tahun depan saja.")


def test_director_and_board_sign_on_a_telephone(
    strict: Runner, crowd: Any, tmp_path: Path, pictures: Path
) -> None:
    """Each sets up a second factor on the way; one signs with a finger, the other with a code."""
    _ticket, form = asks(crowd, tmp_path)
    director, board = crowd("director", phone=True), crowd("board", phone=True)
    has_passkey(director)

    opens_letter(strict, director, form)
    for words in ("Rp 12.500.000", BRM["objective"], BRM["risk"]):
        director.sees(words)
    director.picture(pictures / "signing-read-phone.png")
    sets_up_passkey(director)
    assert director.page.url.endswith(form)
    draws_signature(director)
    director.fill(**{"approve-signature": "Bambang Hartono"})
    director.page.locator("#approve").scroll_into_view_if_needed()
    director.picture(pictures / "signing-passkey-phone.png")
    touches(director, "#approve")
    expect(director.page.locator("#decide")).to_have_count(0)

    opens_letter(strict, board, form)
    secret = sets_up_app(board)
    board.fill(**{"approve-signature": "Ratna Kusumawardhani", "approve-password": "000000"})
    with board.page.expect_navigation():
        board.page.locator("#approve .hold button").click()
    assert board.page.locator('[name="approve-signature"]').input_value() == "Ratna Kusumawardhani"
    board.fill(**{"approve-password": code(secret)})
    with board.page.expect_navigation():
        board.page.locator("#approve .hold button").click()
    expect(board.page.locator(".signatures li")).to_have_count(2)
    board.page.locator('a[href$="document.pdf"]').wait_for(timeout=PATIENCE)
    # The same people once more: whoever has a second factor needs it from now on to sign in as well.
    sends_back_and_refuses(strict, crowd, tmp_path)
