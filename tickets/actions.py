"""Everything that changes a ticket."""

from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import IT_STAFF, Role
from accounts.models import Branch, User
from clocks import actions as clocks
from clocks.enums import Promise
from core import files
from core.errors import NotPossible, PermissionDenied
from core.numbers import plain
from core.transitions import fire, why_not
from events import actions as events
from events.enums import Audience
from tickets import rules
from tickets.enums import Channel, Kind, Priority, Status, TicketEvent
from tickets.hooks import on_accepted, on_cancelled
from tickets.models import Attachment, Comment, Draft, Ticket

MOST_FILES = 10


# Writing a request --------------------------------------------------------------------------------------------


@transaction.atomic
def begin_draft(*, kind: Kind, by: User) -> Draft:
    """A new draft, or the person's unfinished one of this kind: coming back finds what was written."""
    unfinished = Draft.objects.visible_to(by).filter(kind=kind, ticket=None).order_by("-pk").first()
    return unfinished or Draft.objects.create(owner=by, kind=kind)


@transaction.atomic
def write_draft(*, draft: Draft, fields: dict[str, Any], by: User) -> Draft:
    """Keep what was typed. Raises NotPossible once the draft was sent."""
    draft = _own_open_draft(draft, by)
    draft.fields = {**draft.fields, **fields}
    draft.save(update_fields=["fields", "updated_at"])
    return draft


@transaction.atomic
def attach_to_draft(*, draft: Draft, name: str, file: BinaryIO, by: User) -> Attachment:
    """Add a file to a draft. Raises NotPossible for a file that is refused, or too many of them."""
    draft = _own_open_draft(draft, by)
    if draft.attachments.count() >= MOST_FILES:
        raise NotPossible(_("At most %(most)s files. Put more of them into one ZIP.") % {"most": MOST_FILES})
    return _attachment(name, file, by, draft=draft)


@transaction.atomic
def detach(*, attachment: Attachment, by: User) -> None:
    """Take a file off one's draft; what belongs to a ticket stays."""
    if attachment.draft is None or attachment.draft.owner_id != by.pk:
        raise PermissionDenied
    attachment.delete()


@transaction.atomic
def discard(*, draft: Draft, by: User) -> None:
    """Throw an unsent draft away."""
    _own_open_draft(draft, by).delete()


@transaction.atomic
def send(*, draft: Draft, by: User, channel: Channel = Channel.BROWSER) -> Ticket:
    """Turn a draft into a ticket. Sending it twice gives the same ticket twice."""
    draft = Draft.objects.lock(draft)
    if draft.owner_id != by.pk:
        raise PermissionDenied
    if draft.ticket is not None:
        return draft.ticket
    fields = dict(draft.fields)
    ticket = open_ticket(
        kind=Kind(draft.kind),
        title=fields.pop("title", ""),
        description=fields.pop("description", ""),
        details=fields,
        channel=channel,
        by=by,
    )
    draft.attachments.update(ticket=ticket, draft=None)
    draft.ticket = ticket
    draft.save(update_fields=["ticket", "updated_at"])
    return ticket


@transaction.atomic
def open_ticket(
    *,
    kind: Kind,
    title: str,
    description: str,
    by: User,
    channel: Channel,
    details: dict[str, Any] | None = None,
    asked_at: datetime | None = None,
    branch: Branch | None = None,
    uploads: list[tuple[str, BinaryIO]] | None = None,
) -> Ticket:
    """A new request in the triage queue (SOP-A1); its two-hour clock starts when the person spoke (SOP-B4.3.1).

    Raises NotPossible without title, description or branch, and for a file that is refused.
    """
    title, place = " ".join(title.split())[:150], branch or by.branch
    if not title or not description.strip():
        raise NotPossible(_("Say in a few words what you need, and describe it."))
    if place is None:
        raise NotPossible(_("You do not belong to a branch yet. The administrator can mend that."))
    ticket = Ticket.objects.create(
        kind=kind,
        channel=channel,
        title=title,
        description=description.strip(),
        details=details or {},
        branch=place,
        requester=by,
        created_at=asked_at or timezone.now(),
    )
    events.record(TicketEvent.OPENED, ticket, by=by, title=title, kind=kind, channel=channel)
    clocks.start(
        promise=Promise.RESPONSE, subject=ticket, case=ticket, by=by, at=ticket.created_at, branch=place
    )
    _attach_all(ticket, uploads or [], by)
    return ticket


def _own_open_draft(draft: Draft, by: User) -> Draft:
    draft = Draft.objects.lock(draft)
    if draft.owner_id != by.pk:
        raise PermissionDenied
    if draft.ticket_id is not None:
        raise NotPossible(_("This request was already sent."))
    return draft


def _attachment(name: str, file: BinaryIO, by: User, **belongs: Any) -> Attachment:
    stored = files.store(file)
    return Attachment.objects.create(
        name=_safe_name(name), content_type=stored.content_type, size=stored.size, sha256=stored.sha256,
        added_by=by, **belongs,
    )  # fmt: skip


def _safe_name(name: str) -> str:
    """The last part of a path, without control characters: a label for people, never a path for us."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:200] or "file"


# Receiving a request ------------------------------------------------------------------------------------------


@transaction.atomic
def accept(
    *, ticket: Ticket, priority: Priority, assignee: User, by: User, estimate_hours: Decimal | None = None,
    answer_text: str = "",
) -> Ticket:  # fmt: skip
    """The IT Manager receives the request: priority, who does it, how long it takes (SOP-A1, A3).

    `answer_text` is a first human answer to the requester and stops the response clock; accepting alone does not.
    """
    ticket = Ticket.objects.lock(ticket)
    _must_be_it_staff(assignee, ticket)
    now = timezone.now()
    ticket.priority, ticket.assignee, ticket.estimate_hours = priority, assignee, estimate_hours
    ticket.accepted_by, ticket.accepted_at = by, now
    if not rules.is_triaged(ticket):  # what the act itself brings; the button cannot know it
        raise NotPossible(rules.is_triaged.message, rule=rules.is_triaged.clause)
    fire(ticket, "accept", by=by)
    events.record(
        TicketEvent.ACCEPTED, ticket, by=by, on_behalf_of=_manager_stood_in_for(ticket, by),
        priority=priority, assignee=str(assignee), assignee_id=assignee.pk, estimate_hours=estimate_hours,
    )  # fmt: skip
    if estimate_hours is not None:
        events.record(
            TicketEvent.ESTIMATED, ticket, by=by, hours=plain(estimate_hours), before=None, reason=""
        )
    on_accepted.ask(ticket.kind, ticket=ticket, by=by)
    if answer_text.strip():
        answer(ticket=ticket, text=answer_text, by=by)
    return ticket


@transaction.atomic
def reject(*, ticket: Ticket, reason: str, by: User) -> Ticket:
    """The IT Manager says no. The reason is a human answer to the requester, so it stops the response clock."""
    ticket = Ticket.objects.lock(ticket)
    if not reason.strip():
        raise NotPossible(_("Say why; the requester will read it."))
    now = timezone.now()
    ticket.finished_at, ticket.answered_at = now, ticket.answered_at or now
    fire(ticket, "reject", by=by)
    events.record(
        TicketEvent.REJECTED,
        ticket,
        by=by,
        on_behalf_of=_manager_stood_in_for(ticket, by),
        reason=reason.strip(),
    )
    clocks.stop(promise=Promise.RESPONSE, subject=ticket, by=by, at=now)
    return ticket


@transaction.atomic
def cancel(*, ticket: Ticket, by: User) -> Ticket:
    """It is no longer wanted."""
    ticket = Ticket.objects.lock(ticket)
    ticket.finished_at = timezone.now()
    fire(ticket, "cancel", by=by)
    events.record(TicketEvent.CANCELLED, ticket, by=by)
    clocks.cancel(promise=Promise.RESPONSE, subject=ticket, at=ticket.finished_at)
    on_cancelled.ask(ticket.kind, ticket=ticket, by=by)
    return ticket


@transaction.atomic
def assign(*, ticket: Ticket, assignee: User, by: User) -> Ticket:
    """Somebody else does it."""
    ticket = Ticket.objects.lock(ticket)
    _must_be_it_staff(assignee, ticket)
    ticket.assignee = assignee
    fire(ticket, "assign", by=by)
    events.record(TicketEvent.ASSIGNED, ticket, by=by, assignee=str(assignee), assignee_id=assignee.pk)
    return ticket


@transaction.atomic
def estimate(*, ticket: Ticket, hours: Decimal, reason: str, by: User) -> Ticket:
    """A new estimate in hours; changing one needs a reason (SOP-A3)."""
    ticket = Ticket.objects.lock(ticket)
    if refusal := why_not(ticket, "estimate", by):  # who may, before what is missing
        raise refusal
    before = ticket.estimate_hours
    if before is not None and not reason.strip():
        raise NotPossible(_("Say why the estimate changes."))
    if not rules.may_lower(ticket, by, hours):
        raise NotPossible(rules.may_lower.message, rule=rules.may_lower.clause)
    ticket.estimate_hours = hours
    fire(ticket, "estimate", by=by)
    events.record(
        TicketEvent.ESTIMATED,
        ticket,
        by=by,
        hours=plain(hours),
        before=plain(before) or None,
        reason=reason.strip(),
    )
    return ticket


# Working on it ------------------------------------------------------------------------------------------------


@transaction.atomic
def start(*, ticket: Ticket, by: User) -> Ticket:
    """Work on a repair or a data update begins."""
    ticket = Ticket.objects.lock(ticket)
    ticket.started_at = ticket.started_at or timezone.now()
    fire(ticket, "start", by=by)
    events.record(TicketEvent.STARTED, ticket, by=by)
    return ticket


@transaction.atomic
def hand_over(*, ticket: Ticket, text: str, by: User) -> Ticket:
    """The worker says what was done and asks the requester to try it. That is a human answer."""
    ticket = Ticket.objects.lock(ticket)
    if not text.strip():
        raise NotPossible(_("Say what was done and how the requester can try it."))
    fire(ticket, "hand_over", by=by)
    events.record(TicketEvent.HANDED_OVER, ticket, by=by, text=text.strip())
    _first_answer(ticket, by, timezone.now())
    return ticket


@transaction.atomic
def send_back(*, ticket: Ticket, text: str, by: User) -> Ticket:
    """The requester tried it and says what is wrong."""
    ticket = Ticket.objects.lock(ticket)
    if not text.strip():
        raise NotPossible(_("Say what is not right yet."))
    fire(ticket, "send_back", by=by)
    events.record(TicketEvent.SENT_BACK, ticket, by=by, text=text.strip())
    return ticket


@transaction.atomic
def confirm(*, ticket: Ticket, by: User) -> Ticket:
    """The requester tried it and it is right: done."""
    ticket = Ticket.objects.lock(ticket)
    ticket.finished_at = timezone.now()
    fire(ticket, "confirm", by=by)
    events.record(TicketEvent.DONE, ticket, by=by)
    return ticket


@transaction.atomic
def follow(*, ticket: Ticket, status: Status, by: User) -> Ticket:
    """The status of a development follows its stage; called by the development's own actions, held by PostgreSQL."""
    ticket = Ticket.objects.lock(ticket)
    if ticket.status == status:
        return ticket
    now = timezone.now()
    ticket.started_at = ticket.started_at or now
    ticket.finished_at = now if status == Status.DONE else None
    fire(ticket, f"follow_to_{status}", by=by)
    if status == Status.DONE:
        events.record(TicketEvent.DONE, ticket, by=by)
    return ticket


# Talking about it ---------------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    *, ticket: Ticket, text: str, by: User, uploads: list[tuple[str, BinaryIO]] | None = None
) -> Comment:
    """Write to everyone in the case. The first one by IT to the requester stops the response clock (SOP-B4.3.1)."""
    ticket = Ticket.objects.lock(ticket)
    fire(ticket, "answer", by=by)
    comment = _comment(ticket, text, by, uploads or [], is_internal=False)
    events.record(TicketEvent.ANSWERED, ticket, by=by, comment=comment.pk, excerpt=comment.text[:300])
    if by.holds(*IT_STAFF, branch_id=ticket.branch_id) and by.pk != ticket.requester_id and not by.is_robot:
        _first_answer(ticket, by, comment.created_at)
    return comment


@transaction.atomic
def note(
    *, ticket: Ticket, text: str, by: User, uploads: list[tuple[str, BinaryIO]] | None = None
) -> Comment:
    """Write among IT. Never an answer to the requester, never shown to them."""
    ticket = Ticket.objects.lock(ticket)
    fire(ticket, "note", by=by)
    comment = _comment(ticket, text, by, uploads or [], is_internal=True)
    events.record(TicketEvent.NOTED, ticket, by=by, audience=Audience.STAFF, comment=comment.pk)
    return comment


def _comment(
    ticket: Ticket, text: str, by: User, uploads: list[tuple[str, BinaryIO]], *, is_internal: bool
) -> Comment:
    if not text.strip():
        raise NotPossible(_("Write something first."))
    comment = Comment.objects.create(ticket=ticket, author=by, text=text.strip(), is_internal=is_internal)
    _attach_all(ticket, uploads, by, comment=comment)
    return comment


def _attach_all(ticket: Ticket, uploads: list[tuple[str, BinaryIO]], by: User, **belongs: Any) -> None:
    if len(uploads) > MOST_FILES:
        raise NotPossible(_("At most %(most)s files. Put more of them into one ZIP.") % {"most": MOST_FILES})
    for name, file in uploads:
        _attachment(name, file, by, ticket=ticket, **belongs)


def _first_answer(ticket: Ticket, by: User, at: datetime) -> None:
    """The response time is the one stored in the answer, whoever commits first."""
    if ticket.answered_at is None:
        ticket.answered_at = at
        ticket.save(update_fields=["answered_at"])
        clocks.stop(promise=Promise.RESPONSE, subject=ticket, by=by, at=at)


def _must_be_it_staff(person: User, ticket: Ticket) -> None:
    if person.is_robot or not person.is_active or not person.holds(*IT_STAFF, branch_id=ticket.branch_id):
        raise NotPossible(_("%(name)s does not work in IT. Choose somebody else.") % {"name": person})


def _manager_stood_in_for(ticket: Ticket, by: User) -> User | None:
    return by.stands_in_for(Role.IT_MANAGER, branch_id=ticket.branch_id)
