"""What people write about a request, who follows it, and who has it open."""

from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotPossible, PermissionDenied
from core.transitions import why_not
from events import actions as events
from events.enums import Audience
from tickets import rules
from tickets.actions._parts import move, speaks_for_it, write
from tickets.enums import Channel, TicketEvent
from tickets.models import Comment, Presence, Ticket, Unsent, Watcher, Wording

LONGEST = 20_000  # characters of an answer
HERE = timedelta(seconds=45)  # a sign of presence counts so long; pages give one every 15 seconds


@transaction.atomic
def answer(
    *,
    ticket: Ticket,
    text: str,
    by: User,
    uploads: list[tuple[str, BinaryIO]] | None = None,
    channel: Channel = Channel.BROWSER,
    quoted: str = "",
    seen: int | None = None,
    said_at: datetime | None = None,
) -> Comment:
    """Write to everyone in the case; the first one by IT to the requester stops the response clock (SOP-B4.3.1).

    `quoted` is what a letter repeated of earlier ones; the page folds it away. `seen` is the last answer that the
    writer had read: raises NotPossible when somebody else has written since. A word from the requester's side ends
    the waiting for it. `said_at` is when our mail server received a letter that is written down only now: that
    instant counts, within the life of the request.
    """
    ticket = Ticket.objects.lock(ticket)
    _must_have_read(ticket, by, seen, move="answer")
    if not speaks_for_it(ticket, by):
        ticket.asked_back_at = None
    move(ticket, "answer", by=by)
    at = max(ticket.created_at, min(said_at or timezone.now(), timezone.now()))
    facts: dict[str, Any] = {"channel": channel, "quoted": quoted, "created_at": at}
    comment = write(ticket, text, by, TicketEvent.ANSWERED, uploads=uploads, **facts)
    _forget_unsent(comment)
    return comment


@transaction.atomic
def note(
    *,
    ticket: Ticket,
    text: str,
    by: User,
    uploads: list[tuple[str, BinaryIO]] | None = None,
    seen: int | None = None,
) -> Comment:
    """Write among IT. Never an answer to the requester, never shown to them. `seen` as for an answer."""
    ticket = Ticket.objects.lock(ticket)
    _must_have_read(ticket, by, seen, move="note")
    move(ticket, "note", by=by)
    comment = write(ticket, text, by, TicketEvent.NOTED, uploads=uploads, is_internal=True)
    _forget_unsent(comment)
    return comment


def _must_have_read(ticket: Ticket, by: User, seen: int | None, *, move: str) -> None:
    """Under the lock: of two who answer at once, the second one reads the first one's words before sending."""
    if refusal := why_not(ticket, move, by):
        raise refusal
    if seen is None:
        return
    newer = Comment.objects.visible_to(by).filter(ticket=ticket, pk__gt=seen).exclude(author=by)
    first = newer.select_related("author").order_by("pk").first()
    if first is not None:
        said = _("Meanwhile %(who)s has written. Read it, then send yours.")
        raise NotPossible(said % {"who": first.author})


@transaction.atomic
def edit(*, comment: Comment, text: str, by: User) -> Comment:
    """Change one's own words while the request is open; how they read before is kept for ever.

    Raises NotPossible for nothing at all and for a request that has ended, PermissionDenied for somebody else's words.
    """
    ticket = Ticket.objects.lock(comment.ticket)
    comment = Comment.objects.select_for_update().get(pk=comment.pk)
    if not rules.may_edit(comment, by):
        raise PermissionDenied
    if not rules.has_not_ended(ticket):
        raise NotPossible(rules.has_not_ended.message)
    if not text.strip():
        raise NotPossible(_("Write something first."))
    if text.strip() == comment.text:
        return comment
    now = timezone.now()
    Wording.objects.create(comment=comment, text=comment.text, replaced_by=by, replaced_at=now)
    comment.text, comment.edited_at = text.strip(), now
    comment.save(update_fields=["text", "edited_at"])
    ticket.changed_at = now
    ticket.save(update_fields=["changed_at"])
    audience = Audience.STAFF if comment.is_internal else Audience.EVERYONE
    events.record(TicketEvent.EDITED, ticket, by=by, audience=audience, comment=comment.pk)
    return comment


@transaction.atomic
def keep_unsent(*, ticket: Ticket, text: str, by: User, is_internal: bool = False) -> None:
    """What somebody has typed so far; nothing typed is forgotten at once. No event: nobody else reads it.

    What was sent is no draft, also when the page says so a moment later. Raises as `answer` and `note` do for whoever
    may not write.
    """
    if refusal := why_not(ticket, "note" if is_internal else "answer", by):
        raise refusal
    mine: dict[str, Any] = {"ticket": ticket, "person": by, "is_internal": is_internal}
    said = Comment.objects.filter(ticket=ticket, author=by, is_internal=is_internal, text=text.strip())
    if not text.strip() or said.exists():
        Unsent.objects.filter(**mine).delete()
        return
    written = {"text": text[:LONGEST], "updated_at": timezone.now()}
    Unsent.objects.update_or_create(**mine, defaults=written)


def _forget_unsent(comment: Comment) -> None:
    if comment.channel == Channel.BROWSER:  # a letter leaves alone what is typed on the page
        mine = Unsent.objects.filter(ticket_id=comment.ticket_id, person_id=comment.author_id)
        mine.filter(is_internal=comment.is_internal).delete()


# Who follows it ----------------------------------------------------------------------------------------------------


@transaction.atomic
def watch(*, ticket: Ticket, by: User, person: User | None = None) -> Watcher:
    """Follow a request, or let somebody follow it. Whoever follows it hears of it; nobody sees more by that.

    Raises NotPossible for somebody who may not see it anyway, PermissionDenied when others are named by anyone but IT.
    """
    ticket = Ticket.objects.lock(ticket)
    person = person or by
    move(ticket, "watch" if person.pk == by.pk else "add_watcher", by=by)
    if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists() or not person.is_active:
        raise NotPossible(_("%(name)s may not see this request.") % {"name": person})
    row, new = Watcher.objects.get_or_create(ticket=ticket, person=person, defaults={"added_by": by})
    if new:
        _record_watching(TicketEvent.WATCHED, ticket, person, by)
    return row


@transaction.atomic
def unwatch(*, ticket: Ticket, by: User, person: User | None = None) -> None:
    """No longer follow it, or no longer let somebody follow it."""
    ticket = Ticket.objects.lock(ticket)
    person = person or by
    move(ticket, "watch" if person.pk == by.pk else "add_watcher", by=by)
    gone, _rows = Watcher.objects.filter(ticket=ticket, person=person).delete()
    if gone:
        _record_watching(TicketEvent.UNWATCHED, ticket, person, by)


def _record_watching(type_: TicketEvent, ticket: Ticket, person: User, by: User) -> None:
    events.record(type_, ticket, by=by, audience=Audience.STAFF, person=person.name, person_id=person.pk)


# Who has it open ---------------------------------------------------------------------------------------------------


@transaction.atomic
def be_here(*, ticket: Ticket, is_writing: bool, by: User) -> None:
    """A sign of life from somebody of IT who has the request open. No event: it is forgotten within a minute."""
    if not rules.is_it_staff(ticket, by):
        raise PermissionDenied
    Presence.objects.update_or_create(
        ticket=ticket, person=by, defaults={"seen_at": timezone.now(), "is_writing": is_writing}
    )


def forget_presences(*, most: int = 5000) -> int:
    """Sweep away signs of life that no longer count; how many."""
    old = Presence.objects.filter(seen_at__lt=timezone.now() - HERE).order_by("pk").values("pk")[:most]
    return Presence.objects.filter(pk__in=old).delete()[0]
