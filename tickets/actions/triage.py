"""What the IT Manager decides on a request, or on several at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Team, User
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible, PermissionDenied
from core.numbers import plain
from core.transitions import why_not
from events import actions as events
from tickets import rules
from tickets.actions._parts import move, must_be_days, must_be_it_staff, stood_in_for, write
from tickets.actions.talk import answer
from tickets.enums import Kind, Priority, TicketEvent
from tickets.hooks import on_accepted, on_cancelled
from tickets.models import Comment, Ticket


@transaction.atomic
def accept(
    *, ticket: Ticket, priority: Priority, assignee: User, by: User, estimate_hours: Decimal | None = None,
    answer_text: str = "", team: Team | None = None, start_date: date | None = None, finish_date: date | None = None,
) -> Ticket:  # fmt: skip
    """The IT Manager receives the request: priority, who does it, how long and from when to when (SOP-A1, A3).

    `answer_text` is a first human answer to the requester and stops the response clock; accepting alone does not.
    """
    ticket = Ticket.objects.lock(ticket)
    must_be_it_staff(assignee, ticket)
    must_be_days(ticket, start_date, finish_date)
    now = timezone.now()
    ticket.priority, ticket.assignee, ticket.estimate_hours = priority, assignee, estimate_hours
    ticket.team, ticket.start_date, ticket.finish_date = team, start_date, finish_date
    ticket.accepted_by, ticket.accepted_at = by, now
    if not rules.is_triaged(ticket):  # what the act itself brings; the button cannot know it
        raise NotPossible(rules.is_triaged.message, rule=rules.is_triaged.clause)
    move(ticket, "accept", by=by)
    events.record(
        TicketEvent.ACCEPTED, ticket, by=by, on_behalf_of=stood_in_for(ticket, by), priority=priority,
        assignee=str(assignee), assignee_id=assignee.pk, estimate_hours=estimate_hours, team=str(team or ""),
    )  # fmt: skip
    if estimate_hours is not None:
        events.record(
            TicketEvent.ESTIMATED, ticket, by=by, hours=plain(estimate_hours), before=None, reason=""
        )
    if start_date or finish_date:
        _record_plan(ticket, by)
    on_accepted.ask(ticket.kind, ticket=ticket, by=by)
    if answer_text.strip():
        answer(ticket=ticket, text=answer_text, by=by)
    return ticket


@transaction.atomic
def reject(*, ticket: Ticket, reason: str, by: User) -> Ticket:
    """The IT Manager says no. The reason is a human answer to the requester, so it stops the response clock.

    Whoever rejects their own request answers nobody: the clock then ends without counting.
    """
    ticket = Ticket.objects.lock(ticket)
    if not reason.strip():
        raise NotPossible(_("Say why; the requester will read it."))
    now = timezone.now()
    ticket.finished_at, ticket.asked_back_at = now, None
    move(ticket, "reject", by=by)
    told = {"on_behalf_of": stood_in_for(ticket, by), "reason": reason.strip()}
    write(ticket, reason, by, TicketEvent.REJECTED, told=told, created_at=now)
    clocks.cancel(promise=Promise.RESPONSE, subject=ticket, at=now)
    return ticket


@transaction.atomic
def reclassify(*, ticket: Ticket, kind: Kind, reason: str, by: User) -> Ticket:
    """The IT Manager says before accepting it that a request is of another kind, and why: its requester reads it.

    What the form of the first kind was answered with stays, and so does the clock. Raises NotPossible for what was
    accepted already, for a part of another request (SOP-A5), without a reason and for the kind that it has.
    """
    ticket = Ticket.objects.lock(ticket)
    if refusal := why_not(ticket, "reclassify", by):  # who may, before what is missing
        raise refusal
    if ticket.kind == kind:
        raise NotPossible(_("It is of this kind already."))
    if not reason.strip():
        raise NotPossible(_("Say why the kind changes; the requester will read it."))
    before, ticket.kind = ticket.kind, kind
    move(ticket, "reclassify", by=by)
    events.record(
        TicketEvent.RECLASSIFIED, ticket, by=by, on_behalf_of=stood_in_for(ticket, by), new_kind=kind,
        before_kind=before, reason=reason.strip(),
    )  # fmt: skip
    return ticket


@dataclass(frozen=True)
class Decided:
    """What became of one of several tickets: `refused` says why nothing was done ("" if it was), `rule` the clause."""

    ticket: Ticket
    refused: str = ""
    rule: str = ""


def decide_each(
    *, tickets: Iterable[Ticket], decide: Callable[[Ticket, User], object], by: User
) -> list[Decided]:
    """Decide on each of several tickets by itself, in the order given: one that is refused holds up none of the others.

    `decide` is an act with what was typed. Raises PermissionDenied for who receives no requests at all.
    """
    if not rules.receives(None, by):
        raise PermissionDenied
    return [_decided(ticket, decide, by) for ticket in tickets]


def _decided(ticket: Ticket, decide: Callable[[Ticket, User], object], by: User) -> Decided:
    try:
        with transaction.atomic():
            decide(ticket, by)
    except NotPossible as refusal:
        return Decided(ticket, str(refusal), refusal.rule)
    except PermissionDenied:
        return Decided(ticket, str(_("You do not decide on requests of this branch.")))
    return Decided(ticket)


@transaction.atomic
def ask_back(*, ticket: Ticket, text: str, by: User) -> Comment:
    """Whoever works on it, or decides on it, asks the requester something: a human answer that waits for one.

    Until the requester writes, the page says so to both sides.
    """
    ticket = Ticket.objects.lock(ticket)
    ticket.asked_back_at = timezone.now()
    move(ticket, "ask_back", by=by)
    return write(ticket, text, by, TicketEvent.ASKED_BACK)


@transaction.atomic
def cancel(*, ticket: Ticket, by: User) -> Ticket:
    """It is no longer wanted."""
    ticket = Ticket.objects.lock(ticket)
    ticket.finished_at, ticket.asked_back_at = timezone.now(), None
    move(ticket, "cancel", by=by)
    events.record(TicketEvent.CANCELLED, ticket, by=by)
    clocks.cancel(promise=Promise.RESPONSE, subject=ticket, at=ticket.finished_at)
    on_cancelled.ask(ticket.kind, ticket=ticket, by=by)
    return ticket


@transaction.atomic
def assign(*, ticket: Ticket, assignee: User, by: User) -> Ticket:
    """Somebody else does it."""
    ticket = Ticket.objects.lock(ticket)
    must_be_it_staff(assignee, ticket)
    before, ticket.assignee = ticket.assignee_id, assignee
    move(ticket, "assign", by=by)
    who: dict[str, Any] = {"assignee": str(assignee), "assignee_id": assignee.pk, "before_id": before}
    events.record(TicketEvent.ASSIGNED, ticket, by=by, **who)
    return ticket


@transaction.atomic
def prioritise(*, ticket: Ticket, priority: Priority, reason: str, by: User) -> Ticket:
    """The IT Manager says anew how urgent it is (SOP-A3), and why: whoever waits reads it."""
    ticket = Ticket.objects.lock(ticket)
    if refusal := why_not(ticket, "prioritise", by):  # who may, before what is missing
        raise refusal
    if ticket.priority == priority:
        raise NotPossible(_("It has this priority already."))
    if not reason.strip():
        raise NotPossible(_("Say why the priority changes."))
    before, ticket.priority = ticket.priority, priority
    move(ticket, "prioritise", by=by)
    events.record(
        TicketEvent.PRIORITISED, ticket, by=by, on_behalf_of=stood_in_for(ticket, by), priority=priority,
        before_priority=before, reason=reason.strip(),
    )  # fmt: skip
    return ticket


@transaction.atomic
def plan(*, ticket: Ticket, start_date: date | None, finish_date: date | None, by: User) -> Ticket:
    """From when to when it is worked on (SOP-A3); None takes a day away again.

    Raises NotPossible for a finish before the start, and for days before anybody asked.
    """
    ticket = Ticket.objects.lock(ticket)
    if refusal := why_not(ticket, "plan", by):  # who may, before what is wrong
        raise refusal
    must_be_days(ticket, start_date, finish_date)
    ticket.start_date, ticket.finish_date = start_date, finish_date
    move(ticket, "plan", by=by)
    _record_plan(ticket, by)
    return ticket


def _record_plan(ticket: Ticket, by: User) -> None:
    start, finish = ticket.start_date or "–", ticket.finish_date or "–"
    events.record(TicketEvent.PLANNED, ticket, by=by, start=start, finish=finish)


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
    move(ticket, "estimate", by=by)
    events.record(
        TicketEvent.ESTIMATED,
        ticket,
        by=by,
        hours=plain(hours),
        before=plain(before) or None,
        reason=reason.strip(),
    )
    return ticket
