# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Payloads that want to run, put wherever a person can type, and a browser that looks at them."""

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import requests
from playwright.sync_api import Page, sync_playwright

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


def inject(address: str, person: dict[str, str], *, count: int) -> tuple[list[str], int]:
    """Send `count` payloads through the API, look at every page that shows them: those that ran, and how many were seen."""
    beacon = Beacon()
    sent = payloads(count, beacon.url)
    tickets = list(_file(address, person["token"], sent))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=address)
        page.on("dialog", lambda dialog: (beacon.heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
        _sign_in(page, person)
        shown = sum(_look(page, ticket, part) for ticket, part in tickets)
        for path in (
            "/",
            "/requests/",
            "/requests/?status=all",
            *(f"/requests/?q={quote(p[:90])}" for p in sent[:20]),
        ):
            page.goto(path, wait_until="load")
        page.wait_for_timeout(500)  # time for what has been loaded to run
        browser.close()
    beacon.server.shutdown()
    return list(beacon.heard), shown


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


def _sign_in(page: Page, person: dict[str, str]) -> None:
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
