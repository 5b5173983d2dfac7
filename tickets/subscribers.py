"""Who is told what about tickets. One effect each, safe to run twice; nothing is decided here."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User, office_date
from clocks.enums import ClockEvent
from events.models import Event
from events.registry import subscribe
from notifications import actions as notifications
from tickets.enums import TicketEvent
from tickets.models import Ticket

Title = Callable[[Ticket, Event], str]


def managers(ticket: Ticket) -> list[User]:
    """The IT Manager of the ticket's branch, and whoever stands in for them today."""
    people = User.objects.get_queryset()
    return list(people.acting_as(Role.IT_MANAGER, on=office_date(), branch_id=ticket.branch_id))


def ticket_of(event: Event) -> Ticket:
    """The ticket in whose chain the event stands."""
    return Ticket.objects.with_list_columns().get(pk=event.subject_id)


def _tell(event: Event, ticket: Ticket, people: list[User | None], title: Title, text: Any = "") -> None:
    notifications.tell(
        event=event,
        people=[p for p in people if p is not None],
        title=lambda: title(ticket, event),
        text=text,
        path=ticket.get_absolute_url(),
    )


@subscribe(TicketEvent.OPENED)
def tell_manager_of_new_request(event: Event) -> None:
    """SOP-A1: the IT Manager hears of every request."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [*managers(ticket)],
        lambda t, _e: _("New request %(number)s from %(branch)s: %(title)s") % _names(t),
        ticket.description[:500],
    )


@subscribe(TicketEvent.OPENED)
def confirm_receipt(event: Event) -> None:
    """The requester knows that it arrived. This is automatic and stops no clock."""
    ticket = ticket_of(event)
    notifications.tell_oneself(
        event=event,
        person=ticket.requester,
        title=lambda: _("We have received your request %(number)s: %(title)s") % _names(ticket),
        text=lambda: _("The IT Manager looks at it first. You can follow it and write to us on its page."),
        path=ticket.get_absolute_url(),
    )


@subscribe(TicketEvent.ACCEPTED)
def tell_of_acceptance(event: Event) -> None:
    """The requester knows who does it; that person knows they have work."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester, ticket.assignee],
        lambda t, _e: _("%(number)s is accepted and goes to %(assignee)s") % _names(t),
    )


@subscribe(TicketEvent.ASSIGNED)
def tell_new_assignee(event: Event) -> None:
    """The new worker knows, the requester too."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester, ticket.assignee],
        lambda t, _e: _("%(number)s now goes to %(assignee)s") % _names(t),
    )


@subscribe(TicketEvent.REJECTED)
def tell_of_rejection(event: Event) -> None:
    """The requester reads why."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester],
        lambda t, _e: _("%(number)s was rejected: %(title)s") % _names(t),
        event.facts.get("reason", ""),
    )


@subscribe(TicketEvent.CANCELLED)
def tell_of_withdrawal(event: Event) -> None:
    """Nobody works on what is no longer wanted."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester, ticket.assignee, *managers(ticket)],
        lambda t, _e: _("%(number)s was withdrawn: %(title)s") % _names(t),
    )


@subscribe(TicketEvent.ANSWERED)
def tell_of_answer(event: Event) -> None:
    """Everyone in the case reads an answer."""
    ticket = ticket_of(event)
    people = [ticket.requester, ticket.assignee, *([] if ticket.assignee else managers(ticket))]
    _tell(
        event,
        ticket,
        people,
        lambda t, e: _("%(who)s wrote about %(number)s") % (_names(t) | {"who": e.who}),
        event.facts.get("excerpt", ""),
    )


@subscribe(TicketEvent.HANDED_OVER)
def ask_for_test(event: Event) -> None:
    """The requester is asked to try it."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester],
        lambda t, _e: _("Please try it and tell us whether it is right: %(number)s %(title)s") % _names(t),
        event.facts.get("text", ""),
    )


@subscribe(TicketEvent.SENT_BACK)
def tell_worker_what_is_wrong(event: Event) -> None:
    """The worker reads what is not right yet."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.assignee],
        lambda t, _e: _("%(number)s is not right yet") % _names(t),
        event.facts.get("text", ""),
    )


@subscribe(TicketEvent.STARTED)
def tell_of_start(event: Event) -> None:
    """The requester sees that work has begun."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester],
        lambda t, _e: _("Work on %(number)s has begun") % _names(t),
    )


@subscribe(TicketEvent.DONE)
def tell_of_end(event: Event) -> None:
    """Everyone in the case knows that it is done."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.requester, ticket.assignee, *managers(ticket)],
        lambda t, _e: _("%(number)s is done: %(title)s") % _names(t),
    )


@subscribe(ClockEvent.WARNED, ClockEvent.BREACHED)
def warn_of_clock(event: Event) -> None:
    """The IT Manager and the worker hear that time runs out, or has run out (SOP-B4.3.1)."""
    ticket = ticket_of(event)
    _tell(
        event,
        ticket,
        [ticket.assignee, *managers(ticket)],
        lambda t, e: f"{t.number}: {e.who} {e.sentence}",
        ticket.title,
    )


def _names(ticket: Ticket) -> dict[str, str]:
    return {
        "number": ticket.number,
        "title": ticket.title,
        "branch": str(ticket.branch),
        "assignee": str(ticket.assignee or "–"),
    }
