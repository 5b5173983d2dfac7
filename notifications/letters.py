"""How a message reads as a letter."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from notifications.hooks import letter_of
from notifications.models import Notification

MOST_LINES = 50  # of a letter that gathers several; the others are on the bell


@dataclass(frozen=True)
class Letter:
    """A template of templates/mail/ (its name without ending) and what it needs beside note, person and url.

    `subject` is the message's title unless it says something better.
    """

    template: str = "notification"
    context: dict[str, Any] = field(default_factory=dict)
    subject: str = ""


@dataclass(frozen=True)
class Written:
    """The finished letter in both forms."""

    subject: str
    text: str
    html: str


def write(note: Notification) -> Written:
    """The letter of a message, in the language and time zone that are active."""
    letter = _digest(note) if note.is_digest else _of_event(note)
    context = {
        "note": note,
        "person": note.person,
        "can_reply": bool(settings.MAIL_IN_ADDRESS) and not note.is_digest,
        "said": "\n".join(f"  {line}" for line in note.text.splitlines()),
        "url": f"{settings.BASE_URL}{note.path}",
        "preferences_url": f"{settings.BASE_URL}{reverse('notifications:preferences')}",
        **letter.context,
    }
    return Written(
        subject=f"[Kumala ITSM] {' '.join((letter.subject or note.title).split())}",
        text=_airy(render_to_string(f"mail/{letter.template}.txt", context)),
        html=render_to_string(f"mail/{letter.template}.html", context),
    )


def _of_event(note: Notification) -> Letter:
    found: Letter | None = letter_of.ask(note.event.type.partition(".")[0], note=note)
    return found or Letter()


def _digest(note: Notification) -> Letter:
    gathered = note.gathered.order_by("pk")
    rows = [(row, f"{settings.BASE_URL}{row.path}") for row in gathered[:MOST_LINES]]
    return Letter("digest", {"rows": rows, "more": max(gathered.count() - MOST_LINES, 0)})


def _airy(text: str) -> str:
    """Blocks that stayed empty leave no holes: one blank line between two paragraphs, none at the ends."""
    lines: list[str] = []
    for line in text.splitlines():
        kept = line if line == "-- " else line.rstrip()  # the mark before a signature ends in a blank
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip("\n") + "\n"
