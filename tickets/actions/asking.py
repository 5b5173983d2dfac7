"""Writing a request and sending it."""

from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.enums import IT_STAFF, Role
from accounts.models import Branch, User
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from tickets.actions._parts import MOST_FILES, attach_all, attachment
from tickets.actions.talk import answer
from tickets.enums import Channel, Kind, TicketEvent
from tickets.models import Attachment, Draft, Guide, GuideHelp, Ticket

# A request cannot be asked in the future (but clocks of devices differ a little), nor long before it is written down.
EARLIEST, LATEST = timedelta(minutes=-2), timedelta(days=7)


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
    return attachment(name, file, by, draft=draft)


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
def say_it_helped(*, guide: Guide, by: User, draft: Draft | None = None) -> GuideHelp:
    """A guide has helped: it counts once for each person. The draft that is no longer needed is thrown away."""
    if draft is not None:
        discard(draft=draft, by=by)
    return GuideHelp.objects.get_or_create(guide=guide, person=by)[0]


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
    requester: User | None = None,
) -> Ticket:
    """A new request in the triage queue (SOP-A1); its two-hour clock starts when the person spoke (SOP-B4.3.1).

    `requester` is the person who spoke when somebody else writes it down (the telephone); `asked_at` is when they did.
    Raises NotPossible without title, description or branch, for an instant that cannot be, and for a file that is
    refused; PermissionDenied when somebody outside IT writes for another. The ledger then names both.
    """
    requester = requester or by
    title, place = " ".join(title.split())[:150], branch or requester.branch
    if asked_at and not timezone.now() - asked_at >= EARLIEST:
        raise NotPossible(_("This moment has not come yet. When did the person ask?"))
    if asked_at and timezone.now() - asked_at > LATEST:
        raise NotPossible(_("That is too long ago. Write down when the person asked within the last days."))
    if not title or not description.strip():
        raise NotPossible(_("Say in a few words what you need, and describe it."))
    if place is None:
        raise NotPossible(_("You do not belong to a branch yet. The administrator can mend that."))
    if requester.pk != by.pk and not by.holds(*IT_STAFF, branch_id=place.pk):
        raise PermissionDenied
    ticket = Ticket.objects.create(
        kind=kind,
        channel=channel,
        title=title,
        description=description.strip(),
        details=details or {},
        branch=place,
        requester=requester,
        created_at=asked_at or timezone.now(),
    )
    asker = requester if requester.pk != by.pk else None
    events.record(
        TicketEvent.OPENED, ticket, by=by, on_behalf_of=asker, title=title, kind=kind, channel=channel
    )
    clocks.start(
        promise=Promise.RESPONSE, subject=ticket, case=ticket, by=by, at=ticket.created_at, branch=place
    )
    attach_all(ticket, uploads or [], by)
    return ticket


@transaction.atomic
def write_down(
    *,
    requester: User,
    kind: Kind,
    title: str,
    description: str,
    by: User,
    channel: Channel = Channel.PHONE,
    asked_at: datetime | None = None,
    told: str = "",
    details: dict[str, Any] | None = None,
    uploads: list[tuple[str, BinaryIO]] | None = None,
    branch: Branch | None = None,
) -> Ticket:
    """IT writes down what somebody asked by telephone: the clock starts at the time of the call (SOP-B4.3.1).

    `told` is what the agent said to the caller: a first answer by a person, given now. Raises PermissionDenied for
    whoever is not IT staff of the caller's branch, and NotPossible as `open_ticket` does.
    """
    place = branch.pk if branch else requester.branch_id
    if not by.holds(*IT_STAFF, branch_id=place):
        raise PermissionDenied
    ticket = open_ticket(
        branch=branch,
        requester=requester, kind=kind, title=title, description=description.strip() or title, details=details,
        channel=channel, asked_at=asked_at, uploads=uploads, by=by,
    )  # fmt: skip
    if told.strip():
        answer(ticket=ticket, text=told, by=by, channel=channel)
    return ticket


@transaction.atomic
def write_down_for_stranger(
    *, caller: str, branch: Branch, title: str, description: str, by: User, **facts: Any
) -> Ticket:
    """A call of somebody whom the product does not know: the head of their branch asks for them, and hears of it.

    Nobody is enrolled by a telephone call. Where the branch has no head, whoever took the call asks for the caller, and
    the request says so; as nobody answers themselves, somebody else of IT answers it. Raises as `write_down` does.
    """
    if not by.holds(*IT_STAFF, branch_id=branch.pk):
        raise PermissionDenied
    head = User.objects.get_queryset().holding(Role.BRANCH_HEAD, branch_id=branch.pk).filter(branch=branch)
    found = head.order_by("pk").first()
    requester = found or by
    with translation.override(requester.language):
        whom = _("Called: %(caller)s") % {"caller": caller}
        if found is None:
            instead = {"branch": branch, "agent": by}
            whom += "\n" + _("%(branch)s has no head: %(agent)s asks for the caller.") % instead
    text = f"{whom}\n\n{description.strip() or title}"
    return write_down(requester=requester, branch=branch, title=title, description=text, by=by, **facts)


def _own_open_draft(draft: Draft, by: User) -> Draft:
    draft = Draft.objects.lock(draft)
    if draft.owner_id != by.pk:
        raise PermissionDenied
    if draft.ticket_id is not None:
        raise NotPossible(_("This request was already sent."))
    return draft
