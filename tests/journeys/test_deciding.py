"""Who decides when somebody is away, when nobody holds the role, and when a colleague tests; mostly on telephones."""

import io
import re
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Locator, expect
from pypdf import PdfReader

from accounts.models import office_date
from kumala_itsm.local import postgres
from kumala_itsm.local.product import DEMO_PASSWORD
from tests.harness.browser import PATIENCE, Person
from tests.journeys.test_development import (
    accepts,
    deploys,
    files_request,
    fills_in_brm,
    hrefs,
    letter_with,
    number_of,
    prepares,
    signs,
)
from tests.running.runner import Runner

pytestmark = pytest.mark.running

BOTH = "Endang Lestari mewakili Bambang Hartono"
NOBODY = re.compile("Nobody can decide|Tidak ada yang dapat memutuskan")


def asks_director(people: Any, place: Path) -> str:
    """A request of 24 hours with its BRM on its way; the path of the form."""
    requester, manager = people("requester"), people("it.manager")
    requester.go("/")
    ticket = files_request(requester, place)
    accepts(manager, ticket, f"T-{int(ticket.strip('/').rpartition('/')[2]):05d}", place)
    return fills_in_brm(requester, ticket)


def paper(person: Person, form: str, name: str) -> PdfReader:
    """A paper of the form, as soon as the worker has made it."""
    person.go(form)
    person.page.locator(f'a[href$="{name}"]').wait_for(timeout=PATIENCE)
    return PdfReader(io.BytesIO(person.page.request.get(f"{person.base}{form}{name}").body()))


def hears(person: Person, words: str | re.Pattern[str]) -> Locator:
    """The message with these words behind the bell, as soon as the worker has told."""
    message = person.page.locator("main button.note", has_text=words).first
    deadline = time.monotonic() + PATIENCE / 1000
    person.go("/notifications/")
    while not message.count() and time.monotonic() < deadline:
        person.page.wait_for_timeout(500)
        person.page.reload()
    expect(message).to_be_visible()
    return message


def follows_bell(person: Person, words: str) -> None:
    """Where the message leads."""
    message = hears(person, words)
    with person.page.expect_navigation():
        message.click()


# Substitution ---------------------------------------------------------------------------------------------------------


def names_substitute(absent: Person, name: str, *, days: int) -> None:
    """From today on, for so many days, on one's own page."""
    absent.go("/account/substitutes/")
    absent.fill(
        substitute=name, first=f"{office_date()}", last=f"{office_date() + timedelta(days=days - 1)}",
        reason="Dinas luar kota",
    )  # fmt: skip
    absent.send("form[novalidate] button")
    absent.sees(name)


def a_day_goes_by(product: Runner) -> None:
    """For the substitutions: they began and end a day earlier. The product itself has no way to write that."""
    with (
        closing(psycopg2.connect(postgres.url(product.state, postgres.OWNER))) as link,
        link,
        link.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE accounts_substitution SET first_date = first_date - 1, last_date = last_date - 1"
        )


def test_a_substitute_signs_between_two_dates_and_no_longer(
    product: Runner, people: Any, tmp_path: Path, pictures: Path
) -> None:
    """Both names stand on the page, in the signature of the document, and in its certificate."""
    director, board = people("director", phone=True), people("board", phone=True)
    names_substitute(director, "Endang Lestari", days=1)
    substitute = people("endang.lestari", phone=True)
    form = asks_director(people, tmp_path)

    link = letter_with(product, substitute.email, number_of(form))
    signs(substitute, link, "Endang Lestari", draw=True)
    substitute.sees(BOTH)
    substitute.page.locator(".signatures").scroll_into_view_if_needed()
    substitute.picture(pictures / "substitute-phone.png")
    director.go(form)
    director.sees(BOTH)
    expect(director.page.locator("#decide")).to_have_count(0)
    signs(board, letter_with(product, board.email, number_of(form)), "Ratna Kusumawardhani")

    certificate = paper(board, form, "certificate.pdf")
    assert BOTH in " ".join(" ".join(page.extract_text() for page in certificate.pages).split())
    fields = (paper(board, form, "document.pdf").get_fields() or {}).values()
    assert any(BOTH in str(field["/V"].get("/Reason")) for field in fields if "/V" in field)

    others = substitute.page.locator('main a[href^="/approvals/"]', has_text="Rekonsiliasi bank otomatis")
    substitute.go("/approvals/")
    expect(others.first).to_be_visible()
    address = others.first.get_attribute("href") or ""
    a_day_goes_by(product)
    substitute.go("/approvals/")
    expect(others).to_have_count(0)
    assert substitute.page.request.get(f"{substitute.base}{address}").status == 404
    director.go(address)
    expect(director.page.locator("#decide")).to_be_visible()


# Vacancy --------------------------------------------------------------------------------------------------------------


def opens_person(administrator: Person, name: str) -> None:
    """Somebody's page in the administration."""
    administrator.go("/admin/accounts/user/")
    administrator.page.get_by_role("link", name=name).click()
    administrator.page.wait_for_load_state()


def saves(administrator: Person) -> None:
    """Save, and come back to the list."""
    with administrator.page.expect_navigation():
        administrator.page.click("[name=_save]")


def test_a_role_that_nobody_holds_holds_the_form_and_says_so(
    people: Any, tmp_path: Path, pictures: Path
) -> None:
    """The form names the role that is missing; who can mend it is told; with the role given, it goes on."""
    administrator, requester, manager = people("admin"), people("requester", phone=True), people("it.manager")
    opens_person(administrator, "Bambang Hartono")
    administrator.page.check("[name=roles-0-DELETE]")
    saves(administrator)

    form = asks_director(people, tmp_path)
    waits = requester.page.locator(".notice", has_text=NOBODY)
    expect(waits).to_contain_text("Direktur")
    expect(waits.locator(".rule")).to_have_text("SOP-A5")
    waits.scroll_into_view_if_needed()
    requester.picture(pictures / "vacancy-phone.png")
    hears(manager, NOBODY)
    manager.go(form)
    manager.sees("Administrator harus menunjuknya")
    follows_bell(administrator, number_of(form))
    administrator.sees("Bambang Hartono")

    opens_person(administrator, "Bambang Hartono")
    administrator.page.locator(".add-row a").click()
    administrator.page.select_option("[name=roles-0-role]", "director")
    saves(administrator)
    director = people("director", phone=True)
    director.page.locator(f'main a[href="{form}"]').first.click()
    signs(director, form, "Bambang Hartono")
    requester.go(form)
    requester.sees("Bambang Hartono")
    expect(waits).to_have_count(0)


# A colleague tests ----------------------------------------------------------------------------------------------------


def goes_to_training(agent: Person, ticket: str, version: str) -> None:
    """A build, on Trial and then on Training."""
    agent.go(ticket)
    agent.page.locator('#development a[href$="/build/"]').click()
    agent.fill(version=version)
    agent.send()
    deploys(agent, ticket, "trial")
    deploys(agent, ticket, "training", scenarios="Buka laporan stok\nUnduh sebagai berkas")


def names_tester(requester: Person, ticket: str, name: str) -> str:
    """Somebody else tests the newest build; the path of its form."""
    forms = [path for path in hrefs(requester, ticket) if re.fullmatch(r"/approvals/\d+/", path)]
    form = max(forms, key=lambda path: int(path.split("/")[2]))
    requester.go(form)
    requester.follow("/tester/")
    requester.fill(tester=name)
    requester.send()
    return form


def photographs(tester: Person, number: int) -> None:
    """A screenshot by the camera of the telephone; it is listed before it is sent."""
    zone = tester.page.locator("[data-upload]", has=tester.page.locator(f"[name=evidence_{number}]"))
    expect(zone.locator("[data-camera]")).to_be_visible()
    shot = {"name": "layar.png", "mimeType": "image/png", "buffer": tester.page.screenshot()}
    zone.locator("[data-camera] input").set_input_files([shot])
    expect(zone.locator("li")).to_contain_text("layar.png")


def test_a_colleague_tests_on_a_telephone(people: Any, tmp_path: Path, pictures: Path) -> None:
    """Named by the requester: one scenario fails, the next build is accepted with notes, and only then released."""
    requester, manager, agent = people("requester"), people("it.manager"), people("agent")
    tester = people("dewi.lestari", phone=True)
    requester.go("/")
    ticket = files_request(requester, tmp_path)
    manager.go(f"{ticket}accept/")
    manager.fill(priority="high", assignee="Budi Santoso", estimate_hours="8", answer="Baik, kami kerjakan.")
    manager.send()
    agent.go(ticket)
    agent.page.locator('#development a[href$="/plan/"]').click()
    agent.fill(system="")
    agent.send()
    prepares(agent)
    agent.page.locator('#development a[href$="/start/"]').click()
    agent.send()

    goes_to_training(agent, ticket, "1.0")
    form = names_tester(requester, ticket, "Dewi Lestari")
    follows_bell(tester, "Laporan stok per gudang")
    tester.follow("/edit/")
    assert tester.page.url.endswith(f"{form}edit/")
    tester.fill(result_0="passed", result_1="failed", note_1="Berkasnya kosong.")
    photographs(tester, 1)
    tester.page.locator("[data-upload] li").evaluate("shot => shot.scrollIntoView({block: 'center'})")
    tester.picture(pictures / "uat-phone.png")
    tester.send('button[name="submit"]')
    expect(tester.page.locator(".shots img")).to_have_js_property("complete", value=True)
    tester.fill(**{"refuse-reason": "Berkas unduhan kosong.", "refuse-password": DEMO_PASSWORD})
    tester.send("#refuse button")
    agent.go(ticket)
    agent.page.locator('#development a[href$="/build/"]').wait_for()
    assert agent.page.locator('#development a[href$="/production/"]').count() == 0

    goes_to_training(agent, ticket, "1.1")
    form = names_tester(requester, ticket, "Dewi Lestari")
    tester.go(f"{form}edit/")
    tester.fill(
        result_0="passed", result_1="failed", note_1="Berkasnya terisi; judul kolom masih Inggris.",
        conclusion="accepted_with_notes", notes="Judul kolom menyusul dalam bahasa Indonesia.",
    )  # fmt: skip
    tester.send('button[name="submit"]')
    signs(tester, form, "Dewi Lestari", draw=True)
    text = " ".join(page.extract_text() for page in paper(tester, form, "document.pdf").pages)
    for words in ("1.1", "Dewi Lestari", "Judul kolom menyusul"):
        assert words in text
    deploys(manager, ticket, "production")
    requester.go(f"{ticket}timeline/")
    requester.sees("Production")
