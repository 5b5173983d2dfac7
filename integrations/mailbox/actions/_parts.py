"""What several actions do on the way: a letter's words and files as tickets take them."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.models import User
from core import files
from core.errors import NotPossible
from integrations.mailbox import text
from integrations.mailbox.models import Message
from integrations.mailbox.reading import Letter
from tickets.actions import MOST_FILES
from tickets.actions.asking import LATEST

MOST_WORDS = 20_000  # characters, as everywhere where people write; the whole text goes along as a file


def robot() -> User:
    """The program that reads the letters."""
    return accounts.robot("mailbox")


@dataclass(frozen=True)
class Content:
    """A letter as it is written into a ticket."""

    title: str
    words: str
    quoted: str
    uploads: list[tuple[str, BinaryIO]]


@contextmanager
def content(letter: Letter, *, language: str) -> Iterator[Content]:
    """The letter as a ticket takes it, with its files open. What could not be taken is said in the words."""
    with ExitStack() as stack:
        with translation.override(language):
            told = _told(letter, stack)
        yield told


def _told(letter: Letter, stack: ExitStack) -> Content:
    words = letter.said.strip()
    uploads, remarks = _accepted([(f.name, Path(f.path)) for f in letter.files], stack)
    if len(words) > MOST_WORDS:
        uploads = [(_("whole text") + ".txt", io.BytesIO(words.encode())), *uploads[: MOST_FILES - 1]]
        words = words[:MOST_WORDS] + "\n\n" + _("[The text goes on in a file.]")
    if not words and uploads:
        words = _("(only files)")
    told = "\n\n".join(piece for piece in (words, *remarks) if piece)
    return Content(_title(letter), told, letter.quoted.strip()[:MOST_WORDS], uploads)


def _accepted(
    parts: list[tuple[str, Path]], stack: ExitStack
) -> tuple[list[tuple[str, BinaryIO]], list[str]]:
    """The files that are taken, each once, and a remark for each that is not."""
    uploads: list[tuple[str, BinaryIO]] = []
    remarks, known = [], set()
    for name, path in parts:
        file = stack.enter_context(path.open("rb"))
        try:
            stored = files.store(file)
            if stored.sha256 in known:
                continue
            if len(uploads) >= MOST_FILES:
                raise NotPossible(_("A request takes at most %(most)s files.") % {"most": MOST_FILES})
        except NotPossible as refusal:
            remarks.append(_("[%(name)s was left in the e-mail: %(why)s]") % {"name": name, "why": refusal})
            continue
        known.add(stored.sha256)
        file.seek(0)
        uploads.append((name, file))
    return uploads, remarks


def _title(letter: Letter) -> str:
    """The subject without Re: and its kind; else the first words; else a name for it."""
    subject = text.without_prefixes(letter.subject)
    first = next((line.strip() for line in letter.said.splitlines() if line.strip()), "")
    return (subject or first or _("E-mail without a subject"))[:150]


def asked_at(message: Message) -> datetime:
    """The instant at which the clock starts: when our mail server received it, as far back as a request may begin."""
    return max(message.received_at, _earliest())


def _earliest() -> datetime:
    return timezone.now() - LATEST + timedelta(hours=1)


def details(message: Message, told: Content) -> dict[str, str]:
    """What the ticket keeps of the letter beside its words; also when it was received, if its clock starts later."""
    found = {"quoted": told.quoted} if told.quoted else {}
    if message.received_at < _earliest():
        found["received_at"] = message.received_at.isoformat()
    return found
