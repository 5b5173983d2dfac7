"""Looking into the mailbox. A letter is marked there only after it is safe here, so a crash costs a second look."""

import logging
import time
from contextlib import nullcontext
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events import actions as events
from events.models import Heartbeat
from integrations.mailbox import client
from integrations.mailbox.actions.arriving import keep, settle
from integrations.mailbox.models import Mailbox, Message

logger = logging.getLogger(__name__)
HEARTBEAT = "mailbox"
MOST_SECONDS = 10  # of one look; the next one goes on
LEASE = timedelta(minutes=3)


def poll() -> int:
    """Fetch what is new in the mailbox and read what waits; the number of letters read."""
    if settings.MAIL_IN_URL:
        _look(settings.MAIL_IN_URL)
    else:
        Heartbeat.objects.filter(
            name=HEARTBEAT
        ).delete()  # nobody waits for signs of a mailbox that is not read
    return settle()


def _look(url: str) -> None:
    box = _lease(client.name_of(url))
    if box is None:
        return  # somebody else is looking
    try:
        with client.opened(client.Address.of(url)) as inbox:
            _fetch(box, inbox)
    except client.Trouble as problem:
        logger.warning("the mailbox %s cannot be read: %s", box.name, problem)
        box.failed_at, box.last_error = timezone.now(), str(problem)
    else:
        box.read_at, box.last_error = timezone.now(), ""
        events.beat(name=HEARTBEAT)
    finally:
        box.leased_at = timezone.now()
        box.save(update_fields=["leased_at", "read_at", "failed_at", "last_error"])


@transaction.atomic
def _lease(name: str) -> Mailbox | None:
    Mailbox.objects.get_or_create(name=name)
    now = timezone.now()
    box = Mailbox.objects.select_for_update(skip_locked=True).filter(name=name, leased_at__lte=now).first()
    if box is not None:
        box.leased_at = now + LEASE
        box.save(update_fields=["leased_at"])
    return box


def _fetch(box: Mailbox, inbox: client.Inbox) -> None:
    if (
        box.uid_validity != inbox.uid_validity
    ):  # its numbers begin anew; what is known is recognised by its content
        box.uid_validity, box.last_uid = inbox.uid_validity, 0
        box.save(update_fields=["uid_validity", "last_uid"])
    for uid in inbox.unmarked(box.last_uid):  # safe here, but the mark was not made
        _mark(box, inbox, uid)
    until = time.monotonic() + MOST_SECONDS
    for uid in inbox.after(box.last_uid):
        if time.monotonic() > until:
            break
        _fetch_one(box, inbox, uid)


def _fetch_one(box: Mailbox, inbox: client.Inbox, uid: int) -> None:
    fetched = inbox.fetch(uid, most=settings.MAIL_IN_LIMIT_MB * 1024 * 1024)
    with fetched.file if fetched else nullcontext() as raw, transaction.atomic():
        if fetched is not None and raw is not None:
            keep(
                raw=raw, mailbox=box.name, received_at=fetched.received_at or timezone.now(),
                uid_validity=box.uid_validity, uid=uid, size=fetched.size, is_whole=fetched.is_whole,
            )  # fmt: skip
        box.last_uid = uid
        box.save(update_fields=["last_uid"])
    if fetched is not None:
        inbox.mark(uid, is_whole=fetched.is_whole)


def _mark(box: Mailbox, inbox: client.Inbox, uid: int) -> None:
    mine = Message.objects.filter(mailbox=box.name, uid_validity=box.uid_validity, uid=uid)
    inbox.mark(uid, is_whole=not mine.filter(is_whole=False).exists())
