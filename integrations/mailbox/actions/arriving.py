"""A letter comes in: first its bytes are safe, then it is read and placed, each in a transaction of its own."""

import logging
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from core import files
from core.outbox import backoff
from core.transitions import fire
from integrations.mailbox.actions._parts import robot
from integrations.mailbox.actions.placing import place
from integrations.mailbox.enums import Reason, State
from integrations.mailbox.models import Message
from integrations.mailbox.reader import Reader

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)  # longer than a letter takes; one whose reader died is read again after it
MOST_ATTEMPTS = 5


@transaction.atomic
def keep(
    *,
    raw: BinaryIO,
    mailbox: str,
    received_at: datetime,
    uid_validity: int | None = None,
    uid: int | None = None,
    size: int | None = None,
    is_whole: bool = True,
) -> tuple[Message, bool]:
    """Keep a letter as it came, and a row that says that it waits to be read; is it new?

    `received_at` is an instant of our own mail server. The same bytes from the same mailbox are the same letter,
    however often they are fetched.
    """
    now = timezone.now()
    stored = files.keep(raw, content_type="message/rfc822")
    facts = {
        "size": stored.size if size is None else size, "is_whole": is_whole, "received_at": min(received_at, now),
        "uid_validity": uid_validity, "uid": uid,
    }  # fmt: skip
    message, new = Message.objects.get_or_create(mailbox=mailbox, sha256=stored.sha256, defaults=facts)
    return message, new


def settle(*, most_seconds: float = 10) -> int:
    """Read and place the letters that wait; how many. Safe to run many at a time, and to be killed at any line."""
    done, until = 0, time.monotonic() + most_seconds
    with Reader() as reader:
        while time.monotonic() < until and (message := _claim()) is not None:
            done += _settle(message, reader)
    return done


@transaction.atomic
def _claim() -> Message | None:
    now = timezone.now()
    message = Message.objects.arrived(now=now).select_for_update(skip_locked=True, of=("self",)).first()
    if message is None:
        return None
    message.attempts += 1
    message.due_at = now + LEASE
    message.save(update_fields=["attempts", "due_at"])
    return message


def _settle(message: Message, reader: Reader) -> int:
    with tempfile.TemporaryDirectory(prefix="kumala-mail-") as folder:
        try:
            letter = reader.read(files.path_of(message.sha256), Path(folder))
            place(message=message, letter=letter)
        except Exception as problem:  # ours, not the letter's: it waits, and the next one gets its turn
            logger.exception("letter %s was not placed", message.pk)
            _postpone(message, problem)
            return 0
    return 1


@transaction.atomic
def _postpone(message: Message, problem: Exception) -> None:
    """Try again later; after some attempts a person must see it."""
    message = Message.objects.lock(message)
    if message.state != State.ARRIVED:
        return
    message.detail = f"{type(problem).__name__}: {problem}"[:2000]
    message.due_at = timezone.now() + backoff(message.attempts)
    if message.attempts < MOST_ATTEMPTS:
        message.save(update_fields=["detail", "due_at"])
        return
    message.reason, message.read_at = Reason.ERROR, timezone.now()
    fire(message, "give_up", by=robot())
