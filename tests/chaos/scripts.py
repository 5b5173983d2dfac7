# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Payloads that want to run, put wherever a person can type, and a browser that looks at them."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import requests
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
EACH_TICKET = 20
_RUNS = ("alert({n})", "fetch('{beacon}{n}')", "location='{beacon}{n}'", "import('{beacon}{n}')")
_SHAPES = (
    "<script>{run}</script>", "<img src=x onerror={run}>", "<svg onload={run}>", "<svg><script>{run}</script></svg>",
    "<iframe src=\"javascript:{run}\"></iframe>", "<a href=\"javascript:{run}\">x</a>", "<body onload={run}>",
    "<input autofocus onfocus={run}>", "<details open ontoggle={run}>", "<video><source onerror={run}></video>",
    "<math><mi xlink:href=\"javascript:{run}\">x</mi></math>", "<object data=\"javascript:{run}\"></object>",
    "<embed src=\"javascript:{run}\">", "<form action=\"javascript:{run}\"><button>x</button></form>",
    "<style>@import 'javascript:{run}';</style>", "<link rel=stylesheet href=\"javascript:{run}\">",
    "<meta http-equiv=refresh content=\"0;url=javascript:{run}\">", "<base href=\"javascript:{run}//\">",
    "\"><script>{run}</script>", "'><img src=x onerror={run}>", "</textarea><script>{run}</script>",
    "</title><script>{run}</script>", "--><script>{run}</script>", "]]><script>{run}</script>",
    "{{{{constructor.constructor('{run}')()}}}}", "${{{run}}}", "javascript:{run}", "data:text/html,<script>{run}</script>",
    "<img src=x:x onerror\n={run}>", "<ScRiPt>{run}</sCrIpT>", "<scr\x00ipt>{run}</scr\x00ipt>", "%3Cscript%3E{run}%3C/script%3E",
    "&lt;script&gt;{run}&lt;/script&gt;", "\\u003cscript\\u003e{run}\\u003c/script\\u003e", "<noscript><p title=\"</noscript><img src=x onerror={run}>\">",
    "<div hx-get=\"{beacon}{n}\" hx-trigger=load>", "<div data-hx-on:load=\"{run}\">", "<p hx-on::load=\"{run}\" hx-trigger=load>",
    "<template><script>{run}</script></template>", "<marquee onstart={run}>", "<table background=\"javascript:{run}\">",
)  # fmt: skip


def payloads(count: int, beacon: str) -> list[str]:
    """So many different ones, each with its number."""
    endless = itertools.cycle(itertools.product(_SHAPES, _RUNS))
    made = []
    for number, (shape, run) in zip(range(count), endless, strict=False):
        inner = run.format(n=number, beacon=beacon)
        made.append(shape.format(run=inner, beacon=beacon, n=number))
    return made


class Beacon:
    """A server that hears who ran."""

    def __init__(self) -> None:
        heard: list[str] = []

        class Ear(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Silence."""

        self.heard = heard
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ran/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


Person = dict[str, str]
BY_OTHER_WAYS = 24  # payloads through the pages, as many by telephone, and as many by e-mail
_SHOWN = (
    "/", "/requests/", "/requests/?status=all", "/requests/board/", "/requests/calendar/", "/notifications/",
)  # fmt: skip
_FOR_IT = ("/requests/triage/", "/mailbox-in/", "/mailbox-in/?state=all", "/requests/phone/")


def inject(
    address: str, asker: Person, manager: Person, put: Callable[[bytes], None], *, count: int
) -> tuple[list[str], int, list[str]]:
    """Send `count` payloads through the API, others by pages and e-mail, and look at every page that shows them.

    Gives those that ran, how many were seen as text, and what else is wrong.
    """
    beacon = Beacon()
    sent = payloads(count, beacon.url)
    tickets = list(_file(address, asker["token"], sent))
    few = [p.replace("\x00", "").replace("\n", " ") for p in sent[:BY_OTHER_WAYS]]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        wrong = [] if _fires(browser, beacon) else ["the beacon hears nothing: nothing is proved"]
        page, desk = _desk(browser, address, beacon, asker), _desk(browser, address, beacon, manager)
        _answer_by_page(page, tickets[0][0], few)
        _call(desk, few)
        _write_letters(put, asker, few)
        wrong += _until_read(desk, len(few))
        shown = sum(_look(page, ticket, part) for ticket, part in tickets)
        searches = [f"/requests/?q={quote(p[:90])}" for p in few[:20]]
        for somebody, paths in ((page, (*_SHOWN, *searches)), (desk, (*_SHOWN, *searches, *_FOR_IT))):
            for path in paths:
                somebody.goto(path, wait_until="load")
        _look_at_letters(desk)
        wrong += _is_saved_not_shown(desk)
        desk.wait_for_timeout(500)  # time for what has been loaded to run
        browser.close()
    beacon.server.shutdown()
    return [heard for heard in beacon.heard if not heard.endswith("proof")], shown, wrong


def _desk(browser: Browser, address: str, beacon: Beacon, person: Person) -> Page:
    page = browser.new_context(base_url=address).new_page()
    page.on("dialog", lambda dialog: (beacon.heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
    _sign_in(page, person)
    return page


def _fires(browser: Browser, beacon: Beacon) -> bool:
    """A page that is careless on purpose: were one of ours like it, the beacon would hear of it."""
    page = browser.new_page()
    run = f"fetch('{beacon.url}proof', {{mode: 'no-cors'}})"
    page.set_content(f'<img src="x:x" onerror="{run}">')
    for _try in range(50):
        if any(heard.endswith("proof") for heard in beacon.heard):
            break
        page.wait_for_timeout(100)
    page.close()
    return any(heard.endswith("proof") for heard in beacon.heard)


def _answer_by_page(page: Page, ticket: int, few: list[str]) -> None:
    for payload in few:
        page.goto(f"/requests/{ticket}/answer/", wait_until="load")
        page.locator("main textarea[name=text]").fill(payload)
        file = {"name": f"{payload[:60]}.txt".replace("/", "_"), "mimeType": "text/plain", "buffer": b"x"}
        page.locator("main input[name=attachments]").set_input_files([file])  # type: ignore[list-item]
        page.locator("main form button.btn-primary").first.click()
        page.wait_for_load_state("load")


def _call(desk: Page, few: list[str]) -> None:
    """A stranger telephones: the name, the title and the words."""
    for payload in few:
        desk.goto("/requests/phone/", wait_until="load")
        desk.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        desk.locator("[name=stranger]").fill(payload[:100])
        desk.locator("[name=branch]").select_option(index=1)
        desk.locator("[name=title]").fill(payload[:150])
        desk.locator("[name=description]").fill(payload)
        desk.locator("main form button.btn-primary").first.click()
        desk.wait_for_load_state("load")


def _write_letters(put: Callable[[bytes], None], asker: Person, few: list[str]) -> None:
    """By e-mail, half of them from a stranger: subject, name, text, HTML part and the name of a file."""
    for number, payload in enumerate(few):
        letter = EmailMessage()
        address = asker["email"] if number % 2 else f"stranger{number}@elsewhere.example"
        letter["From"] = str(Address(display_name=payload, addr_spec=address))
        letter["To"], letter["Subject"] = "helpdesk@chaos.example", f"L{number} {payload}"
        letter["Message-ID"] = f"<script-{number}-{time.time_ns()}@elsewhere.example>"
        letter.set_content(payload)
        letter.add_alternative(f"<p>{payload}</p>", subtype="html")
        letter.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{payload[:60]}.txt")
        put(letter.as_bytes())


def _until_read(desk: Page, count: int) -> list[str]:
    """Until those of strangers are set aside: then the others have been read as well, or nearly."""
    for _try in range(90):
        desk.goto("/mailbox-in/", wait_until="load")
        if desk.locator("main a[href^='/mailbox-in/']").count() >= count // 2:
            return []
        desk.wait_for_timeout(1000)
    return ["letters were not read within 90 s"]


def _look_at_letters(desk: Page) -> None:
    desk.goto("/mailbox-in/?state=all", wait_until="load")
    found = desk.locator("main a[href^='/mailbox-in/']").evaluate_all(
        "links => links.map(a => a.getAttribute('href'))"
    )
    for path in dict.fromkeys(found):
        if path.strip("/").rpartition("/")[2].isdigit():
            desk.goto(path, wait_until="load")


def _is_saved_not_shown(desk: Page) -> list[str]:
    """Lists that leave are files: saved, never shown in our origin."""
    wrong = []
    for form in ("csv", "xlsx"):
        answer = desk.request.get(f"/requests/export/{form}/?status=all")
        kind, way = answer.headers.get("content-type", ""), answer.headers.get("content-disposition", "")
        if (
            "html" in kind
            or not way.startswith("attachment")
            or answer.headers.get("x-content-type-options") != "nosniff"
        ):
            wrong.append(f"the {form} is shown: {kind}, {way}")
    return wrong


def _file(address: str, token: str, sent: list[str]) -> Iterator[tuple[int, list[str]]]:
    """A payload as title, description and file name; further ones as answers to it."""
    headers = {"Authorization": f"Token {token}"}
    for start in range(0, len(sent), EACH_TICKET):
        part = sent[start : start + EACH_TICKET]
        first = part[0].replace("\x00", "")
        answer = requests.post(
            f"{address}/api/v1/tickets/", headers=headers, timeout=30,
            data={"kind": "troubleshooting", "title": f"{first[:140]}", "description": first},
            files={"attachments": (f"{first[:60]}.txt".replace("/", "_"), b"hello")},
        )  # fmt: skip
        answer.raise_for_status()
        number = answer.json()["id"]
        for payload in part[1:]:
            requests.post(
                f"{address}/api/v1/tickets/{number}/answer/", json={"text": payload.replace("\x00", "")}, headers=headers,
                timeout=30,
            ).raise_for_status()  # fmt: skip
        yield number, part


def _sign_in(page: Page, person: Person) -> None:
    page.goto("/")
    page.locator("[name=login]").fill(person["email"])
    page.locator("[name=password]").fill(person["password"])
    page.locator("form button[type=submit], form button").last.click()
    page.wait_for_load_state()


def _look(page: Page, ticket: int, part: list[str]) -> int:
    """Open the ticket and its history; how many payloads stand there as text."""
    page.goto(f"/requests/{ticket}/timeline/", wait_until="load")
    page.goto(f"/requests/{ticket}/", wait_until="networkidle")
    text = page.locator("main").inner_text()
    squeezed = "".join(text.split())
    return sum("".join(p.replace("\x00", "").split()) in squeezed for p in part)
