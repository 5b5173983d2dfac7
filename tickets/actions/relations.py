"""Requests that belong together: duplicates, parts, links, and what is made out of a part of another one."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible, PermissionDenied
from core.transitions import why_not
from events import actions as events
from events.enums import Audience
from events.models import Event
from tickets import rules
from tickets.actions._parts import lock_both, move, must_see, stood_in_for
from tickets.actions.asking import open_ticket
from tickets.actions.triage import Decided, decide_each
from tickets.enums import Channel, Kind, TicketEvent, TieKind
from tickets.hooks import on_cancelled
from tickets.models import Attachment, Ticket, Tie, Watcher


@transaction.atomic
def merge(*, ticket: Ticket, into: Ticket, by: User) -> Ticket:
    """The IT Manager joins a duplicate with the older request, where it goes on (SOP-A1: both are theirs to decide on).

    The promise to answer the duplicate ends with it. Whoever asked for it or followed it follows the older one, as far
    as they may see it; nobody sees more by a merge, the others hear of its end on their own page. Raises NotPossible
    for another kind, for what has ended, for the newer of the two and for a request with parts of its own.
    """
    must_see(into, by)
    if ticket.pk == into.pk:
        raise NotPossible(_("A request cannot be joined with itself."))
    ticket, into = lock_both(ticket, into)
    if refusal := why_not(ticket, "merge", by):
        raise refusal
    if not rules.is_it_manager(into, by):
        raise PermissionDenied
    _must_be_duplicate(ticket, into)
    now = timezone.now()
    ticket.merged_into, ticket.finished_at, ticket.asked_back_at = into, now, None
    move(ticket, "merge", by=by)
    ticket.duplicates.update(merged_into=into)  # what was joined with this one goes on there as well
    into.changed_at = now
    into.save(update_fields=["changed_at"])
    instead_of = stood_in_for(ticket, by)
    events.record(
        TicketEvent.MERGED, ticket, by=by, on_behalf_of=instead_of, other=into.number, other_id=into.pk
    )
    events.record(
        TicketEvent.ABSORBED, into, by=by, on_behalf_of=instead_of, other=ticket.number, other_id=ticket.pk
    )
    clocks.cancel(promise=Promise.RESPONSE, subject=ticket, at=now)
    on_cancelled.ask(ticket.kind, ticket=ticket, by=by)
    _follow(into, ticket, by)
    return into


def merge_each(*, tickets: Sequence[Ticket], by: User) -> list[Decided]:
    """Join duplicates with the oldest of them, each by itself. What became of the others, oldest first.

    Fewer than two are left as they are. Raises PermissionDenied as `decide_each`.
    """
    rows = sorted(tickets, key=lambda ticket: (ticket.created_at, ticket.pk))
    return decide_each(
        tickets=rows[1:], decide=lambda ticket, by: merge(ticket=ticket, into=rows[0], by=by), by=by
    )


def _must_be_duplicate(ticket: Ticket, into: Ticket) -> None:
    if not rules.has_not_ended(into):
        raise NotPossible(_("%(number)s has ended. Choose one that is still open.") % {"number": into.number})
    if ticket.kind != into.kind:
        raise NotPossible(_("Only requests of the same kind can be joined."))
    if (ticket.created_at, ticket.pk) < (into.created_at, into.pk):
        raise NotPossible(
            _("%(number)s is the newer one. Join that one with this one.") % {"number": into.number}
        )
    if ticket.children.exists():
        raise NotPossible(_("It has parts of its own. Take them out first."))


def _follow(into: Ticket, duplicate: Ticket, by: User) -> None:
    """Whoever cared for the duplicate and may see the other one."""
    followers = User.objects.get_queryset().filter(pk__in=duplicate.watchers.values("person"))
    for person in {duplicate.requester, *followers} - {into.requester}:
        if Ticket.objects.visible_to(person).filter(pk=into.pk).exists():
            Watcher.objects.get_or_create(ticket=into, person=person, defaults={"added_by": by})


@transaction.atomic
def note_end_elsewhere(*, ticket: Ticket, by: User) -> None:
    """The request with which this duplicate was joined has ended: its own page says so, once for each end.

    Who asked for the duplicate may not see the other one; this is how they hear of it.
    """
    ticket = Ticket.objects.lock(ticket, "merged_into")
    into = ticket.merged_into
    if into is None or not into.has_ended:
        return
    end = str(into.finished_at)
    told = Event.objects.about(ticket).filter(type=TicketEvent.ENDED_ELSEWHERE, facts__ended_at=end)
    if not told.exists():
        events.record(
            TicketEvent.ENDED_ELSEWHERE, ticket, by=by, other=into.number, status=into.status, ended_at=end
        )


@transaction.atomic
def split(
    *, ticket: Ticket, title: str, description: str, by: User, kind: Kind | None = None,
    files: list[Attachment] | None = None,
) -> Ticket:  # fmt: skip
    """Make a request of its own out of a part of this one; it begins in the triage queue like every other (SOP-A1).

    It is the same requester's, and its two hours begin now: as a request of its own nobody could have answered it
    before, while the promise for what it was made of runs on untouched. `files` (public ones of this ticket) are shown
    there too. Raises NotPossible for a development: its hours count together (SOP-A5).
    """
    ticket = Ticket.objects.lock(ticket)
    kind = kind or Kind(ticket.kind)
    if refusal := why_not(ticket, "split", by):
        raise refusal
    if kind == Kind.DEVELOPMENT and ticket.parts.filter(kind=Kind.DEVELOPMENT).exists():
        raise NotPossible(rules.hours_stay_together.message, rule=rules.hours_stay_together.clause)
    part = open_ticket(
        kind=kind, title=title, description=description, by=by, channel=Channel(ticket.channel), branch=ticket.branch,
        requester=ticket.requester,
    )  # fmt: skip
    part.split_from = ticket
    part.save(update_fields=["split_from"])
    for file in files or []:
        _show_there(file, ticket, part, by)
    move(ticket, "split", by=by)
    events.record(TicketEvent.SPLIT, ticket, by=by, other=part.number, other_id=part.pk)
    events.record(TicketEvent.SPLIT_OFF, part, by=by, other=ticket.number, other_id=ticket.pk)
    return part


def _show_there(file: Attachment, ticket: Ticket, part: Ticket, by: User) -> None:
    """The content lies under its hash: a second row shows it, nothing is copied."""
    if file.ticket_id != ticket.pk or (file.comment is not None and file.comment.is_internal):
        raise PermissionDenied
    Attachment.objects.create(
        ticket=part,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        added_by=by,
    )


@transaction.atomic
def tie(*, ticket: Ticket, other: Ticket, by: User, kind: TieKind = TieKind.RELATED) -> Tie:
    """Say that two requests have to do with each other. IT alone sees it in the history; the link, who sees both."""
    must_see(other, by)
    if ticket.pk == other.pk:
        raise NotPossible(_("A request cannot be linked with itself."))
    ticket, other = lock_both(ticket, other)
    move(ticket, "tie", by=by)
    first, second = sorted((ticket, other), key=lambda t: t.pk)
    row, new = Tie.objects.get_or_create(first=first, second=second, defaults={"kind": kind, "added_by": by})
    if not new:
        raise NotPossible(_("They are linked already."))
    _record_on_both(TicketEvent.TIED, ticket, TicketEvent.TIED, other, by)
    return row


@transaction.atomic
def untie(*, ticket: Ticket, other: Ticket, by: User) -> None:
    """Take the link between two requests away. Raises NotPossible where there is none, and for whoever is not the IT
    Manager where the link makes their hours count together (SOP-A5).
    """
    must_see(other, by)
    ticket, other = lock_both(ticket, other)
    move(ticket, "tie", by=by)
    first, second = sorted((ticket, other), key=lambda t: t.pk)
    row = Tie.objects.filter(first=first, second=second).first()
    if row is None:
        raise NotPossible(_("They are not linked."))
    if row.kind == TieKind.SAME_PURPOSE:
        _must_part(ticket, by)
    row.delete()
    _record_on_both(TicketEvent.UNTIED, ticket, TicketEvent.UNTIED, other, by)


@transaction.atomic
def adopt(*, ticket: Ticket, parent: Ticket, by: User) -> Ticket:
    """Make a request a part of another one, which is tested only when all its parts have ended.

    There are wholes and parts, and nothing between: a part has no parts. Raises NotPossible for anything deeper, for
    itself and for a whole that has ended.
    """
    must_see(parent, by)
    ticket, parent = lock_both(ticket, parent) if ticket.pk != parent.pk else (ticket, ticket)
    if refusal := why_not(ticket, "adopt", by) or why_not(parent, "adopt", by):
        raise refusal
    if ticket.pk == parent.pk or parent.parent_id is not None or ticket.children.exists():
        raise NotPossible(
            _("A part has no parts of its own. Choose a request that is not a part of another one.")
        )
    if ticket.parent_id is not None:
        raise NotPossible(_("It is a part of another request already. Take it out there first."))
    ticket.parent = parent
    move(ticket, "adopt", by=by)
    _record_on_both(TicketEvent.ADOPTED, ticket, TicketEvent.PART_ADDED, parent, by)
    return ticket


@transaction.atomic
def disown(*, ticket: Ticket, by: User) -> Ticket:
    """Make a part independent again; a development only by the IT Manager: its hours count with the whole (SOP-A5)."""
    if refusal := why_not(ticket, "adopt", by):
        raise refusal
    whole = Ticket.objects.filter(children=ticket).first()
    ticket, parent = lock_both(ticket, whole or ticket)
    if whole is None or ticket.parent_id != parent.pk:  # somebody may have been quicker
        raise NotPossible(_("It is not a part of another request."))
    if rules.is_development(ticket):
        _must_part(ticket, by)
    ticket.parent = None
    move(ticket, "adopt", by=by)
    _record_on_both(TicketEvent.DISOWNED, ticket, TicketEvent.PART_REMOVED, parent, by)
    return ticket


def _must_part(ticket: Ticket, by: User) -> None:
    if not rules.may_part(ticket, by):
        raise NotPossible(rules.may_part.message, rule=rules.may_part.clause)


def _record_on_both(type_: TicketEvent, ticket: Ticket, there: TicketEvent, other: Ticket, by: User) -> None:
    """How requests hang together is for IT; a number alone tells the requester nothing."""
    for what, row, named in ((type_, ticket, other), (there, other, ticket)):
        events.record(what, row, by=by, audience=Audience.STAFF, other=named.number, other_id=named.pk)
    other.changed_at = timezone.now()
    other.save(update_fields=["changed_at"])
