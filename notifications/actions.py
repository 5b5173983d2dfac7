"""Telling people, and sending the letters."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import User
from core import outbox
from core.errors import PermissionDenied
from events.models import Event
from notifications.models import Mail, Notification


def tell(
    *, event: Event, people: Iterable[User], title: Any, path: str, text: Any = "", subscriber: str = ""
) -> int:
    """Tell each person once about the event, in their language; the number of new messages.

    `title` and `text` are lazy translations or callables that give text. The one who did it is not told.
    Called by subscribers; running it twice adds nothing.
    """
    told = 0
    for person in {
        p.pk: p for p in people if p.pk != event.actor_id and p.is_active and not p.is_robot
    }.values():
        told += _tell(event, person, title, text, path, subscriber)
    return told


def tell_oneself(*, event: Event, person: User, title: Any, path: str, text: Any = "") -> int:
    """A receipt to the very person who acted."""
    return 0 if person.is_robot else _tell(event, person, title, text, path, "receipt")


@transaction.atomic
def _tell(event: Event, person: User, title: Any, text: Any, path: str, subscriber: str) -> int:
    with translation.override(person.language), timezone.override(person.zone):
        words = {"title": _spoken(title)[:250], "text": _spoken(text), "path": path}
    note, new = Notification.objects.get_or_create(
        event=event, person=person, subscriber=subscriber, defaults=words
    )
    if new:
        Mail.objects.create(notification=note, mailbox=f"mail:{person.pk}")
    return int(new)


def _spoken(text: Any) -> str:
    return str(text() if callable(text) else text)


def send_mail(*, most: int = 200) -> int:
    """Send the letters that are due; the number sent."""
    return outbox.drain(Mail, _send, most=most)


def _send(mail: Mail) -> None:
    note = Notification.objects.select_related("person__branch").get(pk=mail.notification_id)
    with translation.override(note.person.language), timezone.override(note.person.zone):
        context = {"note": note, "url": f"{settings.BASE_URL}{note.path}", "person": note.person}
        letter = EmailMultiAlternatives(
            subject=f"[Kumala ITSM] {' '.join(note.title.split())}",
            body=render_to_string("mail/notification.txt", context),
            to=[note.person.email],
            headers={
                "Message-ID": mail.message_id,
                "Auto-Submitted": "auto-generated",  # RFC 3834: no machine shall answer a machine
                "X-Auto-Response-Suppress": "All",
            },
        )
        letter.attach_alternative(render_to_string("mail/notification.html", context), "text/html")
    letter.send()


@transaction.atomic
def read(*, note: Notification, by: User) -> Notification:
    """Mark a message as read by the person it is for."""
    if note.person_id != by.pk:
        raise PermissionDenied
    note = Notification.objects.lock(note)
    note.read_at = note.read_at or timezone.now()
    note.save(update_fields=["read_at"])
    return note


def read_all(*, by: User) -> int:
    """Mark all of one's messages as read; how many there were."""
    return Notification.objects.visible_to(by).unread().update(read_at=timezone.now())


@transaction.atomic
def retry_mail(*, mail: Mail, by: User) -> None:
    """Give a letter that was given up another round of attempts."""
    if not by.runs_operations:
        raise PermissionDenied
    outbox.retry(Mail.objects.lock(mail))
