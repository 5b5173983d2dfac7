"""Telling people, and sending the letters."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import locks, outbox
from core.errors import NotPossible, PermissionDenied
from events.models import Event
from notifications import letters, threads, wishes
from notifications.enums import Kind, Letter
from notifications.hooks import kind_of
from notifications.models import DigestTime, Mail, Notification, Preference

# More than so many letters to one person within this time are a flood: the rest is gathered into one.
FLOOD, WITHIN = 10, timedelta(minutes=10)


def tell(
    *,
    event: Event,
    people: Iterable[User],
    title: Any,
    path: str,
    text: Any = "",
    subscriber: str = "",
    kind: Kind | None = None,
) -> int:
    """Tell each person once about the event, in their language and as they prefer; the number of new messages.

    `title` and `text` are lazy translations or callables that give text. The one who did it is not told. `kind` is
    what the event is about for these people; without it the app of the event is asked (`notifications.hooks`).
    Called by subscribers; running it twice adds nothing.
    """
    told = 0
    for person in {
        p.pk: p for p in people if p.pk != event.actor_id and p.is_active and not p.is_robot
    }.values():
        told += _tell(event, person, title, text, path, subscriber, kind)
    return told


def tell_oneself(*, event: Event, person: User, title: Any, path: str, text: Any = "") -> int:
    """A receipt to the very person who acted."""
    return 0 if person.is_robot else _tell(event, person, title, text, path, "receipt")


@transaction.atomic
def _tell(
    event: Event, person: User, title: Any, text: Any, path: str, subscriber: str, kind: Kind | None = None
) -> int:
    kind = kind or _kind(event, person, subscriber)
    wish = wishes.wish(kind, person)
    if not wish.on_bell and wish.letter == Letter.NEVER:
        return 0
    with translation.override(person.language), timezone.override(person.zone):
        words = {"title": _spoken(title)[:250], "text": _spoken(text), "path": path}
    wanted = {"kind": kind, "on_bell": wish.on_bell, "gather_at": _gathered_at(person, wish)}
    note, new = Notification.objects.get_or_create(
        event=event, person=person, subscriber=subscriber, defaults=words | wanted
    )
    if new and wish.letter != Letter.NEVER and note.gather_at is None:
        _post(note)
    return int(new)


def _kind(event: Event, person: User, subscriber: str) -> Kind:
    found = kind_of.ask(event.type.partition(".")[0], event=event, person=person, subscriber=subscriber)
    return found or Kind.REQUEST


def _gathered_at(person: User, wish: wishes.Wish) -> datetime | None:
    """When the message joins a letter of several: at the person's hour, or at the end of a flood; None: not at all."""
    now = timezone.now()
    if wish.letter == Letter.NEVER:
        return None
    if wish.letter == Letter.DIGEST:
        return wishes.next_digest(person, now)
    mine = Notification.objects.filter(person=person)
    newest = mine.filter(mail__isnull=False).order_by("-pk").values_list("created_at", flat=True)[:FLOOD]
    times = list(newest)
    if len(times) < FLOOD or times[-1] <= now - WITHIN:
        return None
    return now + WITHIN


def _post(note: Notification) -> None:
    Mail.objects.create(notification=note, mailbox=f"mail:{note.person_id}")


def _spoken(text: Any) -> str:
    return str(text() if callable(text) else text)


def send_mail(*, most: int = 200) -> int:
    """Send the letters that are due; the number sent."""
    return outbox.drain(Mail, _send, most=most)


def _send(mail: Mail) -> None:
    note = Notification.objects.select_related("person__branch", "event").get(pk=mail.notification_id)
    with translation.override(note.person.language), timezone.override(note.person.zone):
        written = letters.write(note)
        letter = EmailMultiAlternatives(
            subject=written.subject,
            body=written.text,
            to=[note.person.email],
            headers={
                "Message-ID": mail.message_id,
                "Auto-Submitted": "auto-generated",  # RFC 3834: no machine shall answer a machine
                "X-Auto-Response-Suppress": "All",
                **threads.headers(note.thread),
            },
        )
        letter.attach_alternative(written.html, "text/html")
    letter.send()


def gather(*, most: int = 200) -> int:
    """Write the letters that gather several messages, for everybody whose hour has come; how many.

    What was read on the bell meanwhile is left out; a single message is a letter of its own. A pass that dies leaves
    its person to the next one.
    """
    due = Notification.objects.waiting().filter(gather_at__lte=timezone.now()).order_by()
    people = list(due.values_list("person_id", flat=True).distinct()[:most])
    return sum(_gather(person) for person in people)


@transaction.atomic
def _gather(person_id: int) -> int:
    if not locks.only_one("notifications.gather", person_id):
        return 0
    waiting = Notification.objects.waiting().filter(person_id=person_id)
    rows = list(waiting.select_related("person__branch", "event").order_by("pk"))
    if not any(row.gather_at and row.gather_at <= timezone.now() for row in rows):
        return 0  # somebody else was quicker
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(gather_at=None)
    unread = [row for row in rows if row.read_at is None and row.person.is_active]
    if not unread:
        return 0
    _post(unread[0] if len(unread) == 1 else _digest(unread))
    return 1


def _digest(notes: list[Notification]) -> Notification:
    """The one that stands for all of them; its letter is sent like every other."""
    person = notes[0].person
    with translation.override(person.language):
        title = ngettext("%(number)d message", "%(number)d messages", len(notes)) % {"number": len(notes)}
    whole = Notification.objects.create(
        event=notes[-1].event, person=person, subscriber=f"digest.{notes[0].pk}", title=title,
        path=reverse("notifications:list"), on_bell=False,
    )  # fmt: skip
    Notification.objects.filter(pk__in=[note.pk for note in notes]).update(gathered_in=whole)
    return whole


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


@transaction.atomic
def prefer(*, by: User, wanted: Mapping[Kind, tuple[bool, Letter]], hour: int | None) -> None:
    """Keep how somebody wants to hear of each kind of news (bell, letter), and at which hour gathered ones leave.

    `hour` is one of their own day, None means every full hour. Raises NotPossible for what nobody can switch off.
    """
    for kind, (on_bell, letter) in wanted.items():
        usual = wishes.default(kind, by)
        if usual.fixed and (on_bell, letter) != (usual.on_bell, usual.letter):
            raise NotPossible(_("“%(kind)s” cannot be switched off in your role.") % {"kind": kind.label})
        if usual.fixed:
            continue
        Preference.objects.update_or_create(
            person=by, kind=kind, defaults={"on_bell": on_bell, "letter": letter}
        )
    DigestTime.objects.update_or_create(person=by, defaults={"hour": hour})


@transaction.atomic
def prefer_defaults(*, by: User) -> None:
    """Forget what somebody chose: the defaults of their roles count again."""
    Preference.objects.visible_to(by).delete()
    DigestTime.objects.visible_to(by).delete()
