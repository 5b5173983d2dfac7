"""What somebody of IT decides on a letter that was set aside."""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import IT_STAFF
from accounts.models import User
from core import files
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events
from events import doorbell
from events.enums import Audience
from integrations.mailbox.actions._parts import Content, asked_at, content, details
from integrations.mailbox.enums import MailEvent
from integrations.mailbox.models import Message
from integrations.mailbox.reader import Reader
from integrations.mailbox.reading import Letter
from tickets import actions as tickets
from tickets.enums import Channel, Kind
from tickets.models import Comment, Ticket


def admit(
    *,
    message: Message,
    person: User,
    by: User,
    ticket: Ticket | None = None,
    kind: Kind = Kind.TROUBLESHOOTING,
) -> Message:
    """Say who wrote the letter: it becomes their new request, or their answer in `ticket` (SOP-A1).

    The clock of a new request starts when the letter was received. Raises NotPossible for a person who cannot have
    written it or a request that has ended; PermissionDenied for anyone but IT staff of the whole group.
    """
    with Reader() as reader, tempfile.TemporaryDirectory(prefix="kumala-mail-") as folder:
        if refusal := why_not(message, "admit", by):
            raise refusal
        letter = reader.read(files.path_of(message.sha256), Path(folder))
        return _admit(message, letter, person, ticket, kind, by)


@transaction.atomic
def _admit(
    message: Message, letter: Letter, person: User, ticket: Ticket | None, kind: Kind, by: User
) -> Message:
    message = Message.objects.lock(message)
    if refusal := why_not(message, "admit", by):
        raise refusal
    if person.is_robot or not person.is_active:
        raise NotPossible(_("Choose a person who may sign in."))
    with content(letter, language=person.language) as told:
        comment = _answer(ticket, told, person, message, by) if ticket else None
        message.ticket = ticket or _open(told, person, kind, message, by)
    message.comment, message.person = comment, person
    message.decided_by, message.decided_at = by, timezone.now()
    fire(message, "admit", by=by)
    facts = {"sender": message.sender, "message": message.pk, "reason": message.reason}
    events.record(MailEvent.ADMITTED, message.ticket, by=by, audience=Audience.STAFF, **facts)
    return message


def _open(told: Content, person: User, kind: Kind, message: Message, by: User) -> Ticket:
    return tickets.open_ticket(
        kind=kind, title=told.title, description=told.words or told.title, by=by, requester=person,
        channel=Channel.EMAIL, asked_at=asked_at(message), uploads=told.uploads,
        details=details(message, told),
    )  # fmt: skip


def _answer(ticket: Ticket, told: Content, person: User, message: Message, by: User) -> Comment:
    if person.pk != by.pk and person.holds(*IT_STAFF, branch_id=ticket.branch_id):
        # Their answers stop clocks: nobody writes them for somebody else.
        raise NotPossible(_("A letter of IT staff is taken in by the one who wrote it."))
    try:
        return tickets.answer(
            ticket=ticket, text=told.words or told.title, quoted=told.quoted, uploads=told.uploads, by=person,
            channel=Channel.EMAIL, said_at=message.received_at,
        )  # fmt: skip
    except PermissionDenied:
        said = _("%(person)s does not take part in %(number)s. Choose another person or another request.")
        raise NotPossible(said % {"person": person, "number": ticket.number}) from None


@transaction.atomic
def discard(*, message: Message, reason: str, by: User) -> Message:
    """Nothing comes of the letter. It is kept, and the ledger says who decided so and why."""
    message = Message.objects.lock(message)
    if not reason.strip():
        raise NotPossible(_("Say why nothing comes of it."))
    message.remark = reason.strip()[:500]
    message.decided_by, message.decided_at = by, timezone.now()
    fire(message, "discard", by=by)
    facts = {"sender": message.sender, "reason": message.remark}
    events.record(MailEvent.DISCARDED, message, by=by, audience=Audience.STAFF, **facts)
    return message


@transaction.atomic
def read_again(*, message: Message, by: User) -> Message:
    """Let it be read and placed anew, as if it had just come; its time of receipt stays."""
    message = Message.objects.lock(message)
    message.attempts, message.due_at = 0, timezone.now()
    fire(message, "read_again", by=by)
    events.record(MailEvent.READ_AGAIN, message, by=by, audience=Audience.STAFF, sender=message.sender)
    transaction.on_commit(lambda: doorbell.ring("mailbox.poll"))
    return message
