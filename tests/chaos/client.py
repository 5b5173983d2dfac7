"""A client that asks until it is answered: by the API with a key, by the pages like a browser, by e-mail."""

import imaplib
import re
import threading
import time
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import requests

from tests.chaos.journal import BY_MAIL, Journal
from tests.fakes.dovecot import Dovecot

PATIENCE_SECONDS = 15
_MARK = re.compile(r'name="(csrfmiddlewaretoken|typed_by)" value="([^"]+)"')
_TICKET = re.compile(r"/requests/(\d+)/?$")
_DRAFT = re.compile(r"(.*/\d+/)\d/?$")


class NotAnswered(Exception):
    """No answer, or one that promises nothing: ask again, with the same key."""


class Client:
    """One person with a browser session, a token and a mail program; takes the three ways by turns."""

    def __init__(
        self,
        number: int,
        address: str,
        person: dict[str, str],
        journals: Path,
        until: float,
        mailbox: Dovecot,
    ) -> None:
        self.number, self.address, self.person, self.until = number, address, person, until
        self.mailbox = mailbox
        self.journal = Journal(journals / f"client-{number}.jsonl")
        self.browser = requests.Session()
        self.acknowledged = self.repeated = 0
        self.slowest = 0.0
        self.unexpected: list[str] = []

    def ask(self, count: int, on_answer: Callable[[], None]) -> None:
        """File `count` tickets, each until it is acknowledged or the time is over."""
        for number in range(count):
            key = uuid.uuid4().hex
            self.journal.write("asked", key)
            begun = time.monotonic()
            ways = (self._by_api, self._by_page, self._by_mail)
            ticket = self._until_answered(ways[(number + self.number) % 3](key))
            if ticket is None:
                return
            self.journal.write("acknowledged", key, ticket=ticket)
            self.acknowledged += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)
            on_answer()

    def _until_answered(self, attempt: Callable[[], int]) -> int | None:
        while time.monotonic() < self.until:
            try:
                return attempt()
            except (requests.RequestException, OSError, imaplib.IMAP4.error, NotAnswered) as problem:
                self._note(problem)
                self.repeated += 1
                time.sleep(0.3)
        return None

    def _note(self, problem: Exception) -> None:
        if isinstance(problem, NotAnswered) and len(self.unexpected) < 20:
            self.unexpected.append(str(problem)[:200])

    # By the API ------------------------------------------------------------------------------------------------

    def _by_api(self, key: str) -> Callable[[], int]:
        def attempt() -> int:
            answer = requests.post(
                f"{self.address}/api/v1/tickets/",
                json={"kind": "troubleshooting", "title": f"chaos {key}", "description": "Printer mati."},
                headers={"Authorization": f"Token {self.person['token']}", "Idempotency-Key": key},
                timeout=PATIENCE_SECONDS,
            )
            if answer.status_code not in (200, 201):
                raise NotAnswered(f"API {answer.status_code}: {answer.text[:150]}")
            return int(answer.json()["id"])

        return attempt

    # By e-mail --------------------------------------------------------------------------------------------------

    def _by_mail(self, key: str) -> Callable[[], int]:
        """Handed over once the mail server has it; the same Message-ID when it is sent again."""
        letter = EmailMessage()
        letter["From"], letter["To"] = self.person["email"], "helpdesk@chaos.example"
        letter["Subject"], letter["Message-ID"] = f"chaos {key}", f"<{key}@chaos.example>"
        letter.set_content("Kasir tidak bisa mencetak.")

        def attempt() -> int:
            self.mailbox.put(letter.as_bytes())
            if int(key[0], 16) == 0:  # now and then a mail server hands a letter over twice
                self.mailbox.put(letter.as_bytes())
            return BY_MAIL

        return attempt

    # By the pages ----------------------------------------------------------------------------------------------

    def _by_page(self, key: str) -> Callable[[], int]:
        """The draft is the page's idempotency key: whoever comes back to a sent draft is shown its ticket."""
        draft: list[str] = []

        def attempt() -> int:
            if not draft:
                draft.append(self._begin())
            self._post(f"{draft[0]}1/", title=f"chaos {key}", description="Layar tetap hitam.")
            self._post(f"{draft[0]}2/", impact="me", place="")
            return self._number(self._post(f"{draft[0]}3/"))

        return attempt

    def _begin(self) -> str:
        answer = self._post("/requests/new/", kind="troubleshooting")
        found = _DRAFT.match(answer.url)
        if not found:
            raise NotAnswered(f"no draft but {answer.status_code} at {answer.url}")
        return found[1].removeprefix(self.address)

    def _post(self, path: str, **typed: str) -> requests.Response:
        """Open the page, fill its form, send it; the page where one ends."""
        page = self._get(path)
        if _TICKET.search(page.url):  # sent already; the answer was lost on its way
            return page
        marks = dict(_MARK.findall(page.text))
        answer = self.browser.post(
            self.address + path, data=marks | typed, headers={"Referer": page.url}, timeout=PATIENCE_SECONDS
        )
        if answer.status_code != 200:
            raise NotAnswered(f"page {path} {answer.status_code}")
        return answer

    def _get(self, path: str) -> requests.Response:
        page = self.browser.get(self.address + path, timeout=PATIENCE_SECONDS)
        if "/login" in page.url:
            self._sign_in(page)
            page = self.browser.get(self.address + path, timeout=PATIENCE_SECONDS)
        if page.status_code != 200:
            raise NotAnswered(f"page {path} {page.status_code}")
        return page

    def _sign_in(self, page: requests.Response) -> None:
        typed = {"login": self.person["email"], "password": self.person["password"]}
        self.browser.post(
            page.url,
            data=dict(_MARK.findall(page.text)) | typed,
            headers={"Referer": page.url},
            timeout=PATIENCE_SECONDS,
        )

    @staticmethod
    def _number(page: requests.Response) -> int:
        found = _TICKET.search(page.url)
        if not found:
            raise NotAnswered(f"no ticket but {page.status_code} at {page.url}")
        return int(found[1])


class Counter:
    """Counts answers over all clients."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """One more."""
        with self._lock:
            self.value += 1
