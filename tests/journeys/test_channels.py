"""Four ways to ask: browser, telephone, e-mail, a program. One queue, one clock, one conversation."""

import email
import email.policy
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from tests.fakes.dovecot import Dovecot
from tests.harness.browser import DESK, PATIENCE, PHONE, Person
from tests.journeys.conftest import crew
from tests.running.runner import Runner

pytestmark = pytest.mark.running

PRINTER = "Kertas tersangkut lagi di printer kasir"
SCALE = "Timbangan gudang tidak menyala"
LEDGER = "Aplikasi keuangan menutup sendiri"
SENSOR = "Sensor suhu gudang tidak mengirim angka"
BUDGET = "Anggaran bulan depan tidak bisa dibuka"
ENDANG, DEWI = "endang.lestari@kumala.example", "dewi.lestari@kumala.example"
LETTER = """Selamat pagi,

aplikasi keuangan menutup sendiri setiap kali saya mencetak jurnal. Foto layarnya saya sertakan.
"""
SIGNATURE = "Endang Lestari\nKepala Cabang Semarang"
QUESTION = "Apakah di komputer lain juga begitu?"
REPLY = "Sudah saya coba di komputer sebelah, di sana tidak apa-apa."

People = Callable[..., Person]


@dataclass(frozen=True)
class Asked:
    """A request: the path of its ticket, and the instant at which somebody spoke."""

    path: str
    spoken_at: datetime

    @property
    def key(self) -> int:
        """What the ticket is called in addresses."""
        return int(self.path.strip("/").rpartition("/")[2])

    @property
    def number(self) -> str:
        """What people call the ticket."""
        return f"T-{self.key:05d}"


@pytest.fixture(scope="module")
def somebody(
    product: Runner, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[People]:
    """The same people for the whole file: nobody signs in twice."""
    with crew(product, chromium, tmp_path_factory.mktemp("people")) as person:
        yield person


@pytest.fixture(scope="module")
def asked(mailbox: Dovecot, somebody: People, pictures: Path) -> dict[str, Asked]:
    """One request for each channel. The letters lie in the mailbox while the others ask."""
    written_at = writes(mailbox)
    return {
        "browser": asks_on_a_phone(somebody("requester", phone=True), pictures),
        "telephone": takes_a_call(somebody("agent"), pictures),
        "program": asks_by_program(somebody("requester")),
        "e-mail": Asked(arrived(somebody("it.manager"), LEDGER), written_at),
    }


# The four ways --------------------------------------------------------------------------------------------------


def asks_on_a_phone(requester: Person, pictures: Path) -> Asked:
    """A title, a guide that does not help, a similar request, three short steps and a photo."""
    requester.go("/requests/new/")
    requester.page.locator('main button[value="troubleshooting"]').click()
    requester.fill(title=PRINTER, description="Lampunya hijau, tetapi struknya tidak keluar sejak pagi.")
    hints = requester.page.locator("#hints")
    expect(hints).to_contain_text("Printer tidak mencetak")
    expect(hints).to_contain_text("Kertas tersangkut di printer lantai 1")
    pictured(requester, pictures, "asking", whole=True)
    hints.get_by_role("link", name="Printer tidak mencetak").click()
    requester.page.locator("main .form-actions > a").click()
    expect(requester.page.locator('[name="title"]')).to_have_value(PRINTER)
    requester.send()
    requester.fill(impact="some", place="Epson TM-T82, stiker BDG-0142")
    requester.send()
    requester.page.set_input_files(
        'main input[name="attachments"]',
        {"name": "printer.jpg", "mimeType": "image/jpeg", "buffer": photo("JPEG")},
    )
    spoken_at = datetime.now(UTC)
    requester.send("form[novalidate] button.btn-primary.btn-big")
    requester.sees("printer.jpg")
    return Asked(requester.page.url.removeprefix(requester.base), spoken_at)


def takes_a_call(agent: Person, pictures: Path) -> Asked:
    """A caller found by parts of the name, ten minutes ago: a few keys, and no mouse."""
    agent.go("/requests/phone/")
    keys = agent.page.keyboard
    keys.type("pras ek")
    expect(agent.page.locator("#callers label")).to_contain_text(["Eko Prasetyo"])
    keys.press("Enter")
    keys.type(SCALE)
    for key in ("Tab", "Tab", "ArrowRight", "ArrowRight"):
        keys.press(key)
    expect(agent.page.locator('[name="ago"][value="10"]')).to_be_checked()
    pictured(agent, pictures, "telephone", whole=True)
    spoken_at = datetime.now(UTC) - timedelta(minutes=10)
    with agent.page.expect_navigation():
        keys.press("Enter")
    agent.sees("Eko Prasetyo")
    return Asked(agent.page.url.removeprefix(agent.base), spoken_at)


def asks_by_program(owner: Person) -> Asked:
    """A key made on the page of keys; a request, and its deadline in the answer."""
    owner.go("/account/tokens/")
    owner.fill(name="Sensor gudang")
    owner.page.locator('[name="scope"]').select_option("write")
    owner.send()
    secret = owner.page.locator("code.secret").inner_text()
    spoken_at = datetime.now(UTC)
    answer = requests.post(
        f"{owner.base}/api/v1/tickets/",
        json={"kind": "troubleshooting", "title": SENSOR, "description": "Sejak pukul enam tidak ada angka."},
        headers={"Authorization": f"Token {secret}", "Idempotency-Key": "sensor-1"}, timeout=30,
    )  # fmt: skip
    made = answer.json()
    assert (answer.status_code, made["channel"], made["status"]) == (201, "api", "new")
    assert instant(made["response_due_at"]) - instant(made["created_at"]) == timedelta(hours=2)
    return Asked(f"/requests/{made['id']}/", spoken_at)


def writes(mailbox: Dovecot) -> datetime:
    """Endang writes with a photo between the lines, and Dewi from an address that nobody knows.

    The instant at which the mail server had the first letter: long before we look.
    """
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=12)
    written = letter(f"Endang Lestari <{ENDANG}>", f"{LETTER}\n-- \n{SIGNATURE}\n", subject=LEDGER)
    written.add_alternative(
        f'<p>{LETTER}</p><p><img src="cid:layar@kumala.example"></p><p>-- <br>{SIGNATURE}</p>', subtype="html"
    )
    page = written.get_payload()[1]  # type: ignore[index]
    facts = {"cid": "<layar@kumala.example>", "filename": "layar.png", "disposition": "inline"}
    page.add_related(photo("PNG"), "image", "png", **facts)  # type: ignore[union-attr]
    mailbox.put(written.as_bytes(), at=at)
    stranger = letter("Dewi L <dewi.l@mail.example>", "Berkasnya meminta kata sandi.", subject=BUDGET)
    mailbox.put(stranger.as_bytes(), at=at)
    return at


# What happens then ----------------------------------------------------------------------------------------------


def test_every_channel_starts_the_same_clock_when_somebody_speaks(
    somebody: People, asked: dict[str, Asked]
) -> None:
    """SOP-B4.3.1: two hours, counted from the words and not from the moment at which a machine saw them."""
    manager, minute = somebody("it.manager"), timedelta(minutes=1)
    promised = {channel: due(manager, ticket.path) - ticket.spoken_at for channel, ticket in asked.items()}
    assert {channel: round(promise / minute) for channel, promise in promised.items()} == dict.fromkeys(
        asked, 120
    )


def test_from_a_phone_to_a_satisfied_requester(
    somebody: People, asked: dict[str, Asked], pictures: Path
) -> None:
    """Accepted with priority, team and days; answered by a canned answer; confirmed; rated."""
    requester, manager, agent = somebody("requester"), somebody("it.manager"), somebody("agent")
    ticket = asked["browser"]
    manager.go("/")
    row = manager.page.locator("#triage tr", has_text=ticket.number)
    expect(row.locator("[data-clock]")).to_be_visible()
    row.locator("a.btn-primary").click()
    today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
    manager.fill(priority="high", assignee="Budi Santoso", team="Jaringan", answer="")
    manager.fill(start_date=today.isoformat(), finish_date=(today + timedelta(days=2)).isoformat())
    manager.send()
    expect(manager.page.locator("[data-clock]").first).to_be_visible()  # accepting answers nobody
    manager.go("/requests/calendar/")
    manager.sees(PRINTER)
    pictured(manager, pictures, "calendar")

    agent.go(ticket.path)
    agent.page.locator("[data-canned] summary").click()
    agent.page.locator("[data-insert]", has_text="Sudah kami terima").click()
    words = agent.page.locator('#conversation [name="text"]')
    expect(words).to_have_value(f"Halo Sari Wulandari,\n\n{ticket.number} sudah kami terima dan sedang "
                                "diperiksa. Kami kabari lagi hari ini.\n\nBudi Santoso")  # fmt: skip
    agent.send("#conversation .form-actions button")
    expect(agent.page.locator("[data-clock]")).to_have_count(0)
    agent.follow("/start/")
    agent.send()
    agent.follow("/hand-over/")
    agent.fill(text="Rol kertasnya sudah kami pasang ulang. Silakan coba satu struk.")
    agent.send()

    requester.go(ticket.path)
    requester.follow("/confirm/")
    requester.send()
    requester.follow("/rate/")
    requester.fill(score="5", text="Cepat dan jelas.")
    requester.send()
    requester.sees("Cepat dan jelas.")
    requester.was_told(PRINTER)


def test_a_call_and_a_program_are_received_together_by_keyboard(
    somebody: People, asked: dict[str, Asked], pictures: Path
) -> None:
    """j goes down, x ticks, a goes to the decision; each request is decided on by itself."""
    manager, wanted = somebody("it.manager"), (asked["telephone"], asked["program"])
    manager.go("/requests/triage/")
    keys, found = manager.page.keyboard, 0
    while found < len(wanted):
        keys.press("j")
        if manager.page.evaluate("Number(document.activeElement.value)") in {t.key for t in wanted}:
            keys.press("x")
            found += 1
    keys.press("a")
    expect(manager.page.locator("[data-chosen]")).to_have_text("2")
    expect(manager.page.locator('[name="accept-priority"]').first).to_be_focused()
    keys.press("ArrowDown")
    expect(manager.page.locator('[name="accept-priority"][value="medium"]')).to_be_checked()
    manager.fill(**{"accept-assignee": "Budi Santoso"})
    pictured(manager, pictures, "receiving")
    manager.fill(**{"accept-answer": "Baik, kami periksa pagi ini."})
    manager.send('button[value="accept"]')
    for ticket in wanted:
        expect(manager.page.locator("#results li", has_text=ticket.number)).to_be_visible()


def test_a_letter_becomes_a_conversation(
    product: Runner, mailbox: Dovecot, somebody: People, asked: dict[str, Asked], pictures: Path
) -> None:
    """A photo between the lines is kept, a signature is folded away, and an answer finds its way back."""
    manager, agent, ticket = somebody("it.manager"), somebody("agent"), asked["e-mail"]
    manager.go(f"{ticket.path}accept/")
    manager.fill(priority="medium", assignee="Budi Santoso", answer="")
    manager.send()
    agent.go(ticket.path)
    expect(agent.page.locator("main .typed").first).to_contain_text("setiap kali saya mencetak jurnal")
    expect(agent.page.locator("main .typed").first).not_to_contain_text("Kepala Cabang")
    expect(agent.page.locator("main .files a")).to_contain_text(["layar.png"])
    agent.fill(text=QUESTION)
    agent.send("#conversation .form-actions button")

    got = letter_to(product, ENDANG, QUESTION)
    quoted = "\n".join(f"> {line}" for line in words_of(got).splitlines()[:8])
    reply = letter(
        f"Endang Lestari <{ENDANG}>", f"{REPLY}\n\nPada Sab, 21 Nov 2026, Budi Santoso menulis:\n{quoted}\n"
    )
    reply["In-Reply-To"] = got["Message-ID"]
    reply["References"] = f"{got['References']} {got['Message-ID']}"
    reply.replace_header("To", str(got["Reply-To"]))
    reply["Subject"] = f"Re: {got['Subject']}"
    mailbox.put(reply.as_bytes())
    said = agent.page.locator("#conversation li", has_text=REPLY)
    until(lambda: agent.go(ticket.path) and said.count())
    expect(said.locator("> .typed")).to_have_text(REPLY)
    expect(said.locator("details .typed")).to_contain_text(QUESTION)
    expect(said.locator("details .typed")).not_to_be_visible()
    expect(agent.page.locator("#conversation .talk .person")).to_contain_text(
        ["Budi Santoso", "Endang Lestari"]
    )
    pictured(agent, pictures, "conversation", whole=True)
    agent.page.locator('main a[href^="/clocks/"]').first.click()
    agent.page.wait_for_url("**/clocks/*/")
    pictured(agent, pictures, "clock")


def test_a_stranger_waits_until_somebody_takes_the_letter_in(
    somebody: People, asked: dict[str, Asked], pictures: Path
) -> None:
    """Nobody believes an unknown address; the clock of the admitted letter began when it arrived."""
    manager = somebody("it.manager")
    manager.go("/mailbox-in/")
    manager.sees(BUDGET)
    pictured(manager, pictures, "quarantine")
    manager.page.get_by_role("link", name=BUDGET).click()
    manager.page.locator(".verbs .btn-primary").click()
    manager.fill(person=DEWI)
    manager.send()
    manager.page.locator('main a[href^="/requests/"]', has_text=BUDGET).first.click()
    manager.page.wait_for_url("**/requests/*/")
    manager.sees("Dewi Lestari")
    path = manager.page.url.removeprefix(manager.base)
    assert due(manager, path) == asked["e-mail"].spoken_at + timedelta(hours=2)


def test_the_desk_at_a_glance(somebody: People, asked: dict[str, Asked], pictures: Path) -> None:
    """The list finds a word that was said on the telephone; the board shows it where it stands."""
    agent = somebody("agent")
    agent.go("/requests/")
    pictured(agent, pictures, "list")
    agent.page.locator('main [name="q"]').fill("timbangan gudang")
    agent.page.locator('main [name="q"]').press("Enter")
    expect(agent.page.locator("main tbody")).to_contain_text(asked["telephone"].number)
    agent.go("/requests/board/")
    expect(agent.page.locator("#lane-in_progress + .lane-cards .board-card").first).to_be_visible()
    pictured(agent, pictures, "work-board")


# Helpers --------------------------------------------------------------------------------------------------------


def pictured(person: Person, pictures: Path, name: str, *, whole: bool = False) -> None:
    """The page as it looks on a desk and on a phone, `whole` or its beginning."""
    usual = person.page.viewport_size
    assert usual is not None
    person.page.wait_for_load_state("networkidle")
    for ending, size in (("", DESK), ("-phone", PHONE)):
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        person.picture(pictures / f"{name}{ending}.png", whole=whole)
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} sticks out"
        )
    person.page.set_viewport_size(usual)


def photo(kind: str) -> bytes:
    """A printer with a red lamp, as a file of this kind."""
    drawn = Image.new("RGB", (640, 480), "#d9dde0")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((140, 160, 500, 360), fill="#3c4650")
    pen.rectangle((200, 90, 440, 170), fill="#ffffff", outline="#9aa3ab", width=3)
    pen.ellipse((430, 300, 460, 330), fill="#d92d20")
    file = io.BytesIO()
    drawn.save(file, kind)
    return file.getvalue()


def letter(sender: str, text: str, *, subject: str = "") -> EmailMessage:
    """A letter to the helpdesk."""
    made = EmailMessage()
    made["From"], made["To"] = sender, "helpdesk@kumala.example"
    made["Message-ID"] = make_msgid(domain="mail.example")
    if subject:
        made["Subject"] = subject
    made.set_content(text)
    return made


def letter_to(product: Runner, address: str, words: str) -> EmailMessage:
    """The letter with these words that a worker wrote to this address; waits until it is there."""
    found: list[EmailMessage] = []

    def look() -> bool:
        for path in sorted((product.state / "mail").glob("*.eml"), reverse=True):
            got = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if got["To"] == address and words in words_of(got):
                found.append(got)
        return bool(found)

    until(look)
    return found[0]


def words_of(got: EmailMessage) -> str:
    """The plain text of a letter."""
    body = got.get_body(preferencelist=("plain",))
    assert body is not None
    return str(body.get_content())


def arrived(manager: Person, title: str) -> str:
    """The path of the request that the worker made of a letter, as soon as it waits to be received."""
    row = manager.page.locator(".choose", has_text=title)
    until(lambda: manager.go("/requests/triage/") and row.count())
    return str(row.locator("a").first.get_attribute("href"))


def due(person: Person, path: str) -> datetime:
    """Until when the first answer is promised."""
    answer = person.page.request.get(f"{person.base}/api/v1{path.replace('requests', 'tickets')}")
    return instant(answer.json()["response_due_at"])


def instant(text: str) -> datetime:
    """As the API writes it."""
    return datetime.fromisoformat(text)


def until(look: Callable[[], object]) -> None:
    """Look once a second for as long as a worker may take."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not look():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.5)
