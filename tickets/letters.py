"""What the news of a ticket are about, seen by each person, and how they read as letters."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from clocks.enums import ClockEvent, Promise
from events.models import Event
from notifications.enums import Kind as About
from notifications.hooks import kind_of, letter_of
from notifications.letters import Letter
from notifications.models import Notification
from tickets import rules
from tickets.enums import TicketEvent as T
from tickets.models import Rating, Ticket

# What an event is about: for whoever asked, and for everybody else. All others say that a request of theirs moves on.
_FOR_REQUESTER = {
    T.ANSWERED: About.CONVERSATION, T.ASKED_BACK: About.TASK, T.HANDED_OVER: About.TASK, T.MENTIONED: About.MENTION,
}  # fmt: skip
_FOR_OTHERS = {
    T.OPENED: About.NEW_REQUEST, T.SPLIT_OFF: About.NEW_REQUEST, T.ACCEPTED: About.TASK, T.ASSIGNED: About.TASK,
    T.ESCALATED: About.TASK, T.SENT_BACK: About.TASK, T.REOPENED: About.TASK, T.ANSWERED: About.CONVERSATION,
    T.NOTED: About.CONVERSATION, T.ASKED_BACK: About.CONVERSATION, T.MENTIONED: About.MENTION, T.WATCHED: About.MENTION,
}  # fmt: skip
_OF_CLOCKS = {ClockEvent.WARNED: About.WARNING, ClockEvent.BREACHED: About.BREACH}

# The letter of an event, likewise; everything else is the plain letter of a ticket.
_TO_REQUESTER = {
    T.OPENED: "received", T.ACCEPTED: "accepted", T.REJECTED: "rejected", T.ANSWERED: "answered", T.DONE: "done",
    T.ASKED_BACK: "asked_back", T.HANDED_OVER: "please_test", T.CLOSED_UNCONFIRMED: "done",
}  # fmt: skip
_TO_OTHERS = {
    T.OPENED: "new_request", T.SPLIT_OFF: "new_request", T.ACCEPTED: "task", T.ASSIGNED: "task", T.ESCALATED: "task",
    T.SENT_BACK: "task", T.REOPENED: "task", T.ANSWERED: "answered",
}  # fmt: skip

# What stands in the subject, where the words on the bell would be too short or too long for it.
_SUBJECT = {
    "accepted": gettext_lazy("%(number)s is accepted: %(title)s"),
    "answered": gettext_lazy("%(who)s wrote: %(number)s %(title)s"),
    "asked_back": gettext_lazy("%(who)s needs an answer from you: %(number)s %(title)s"),
    "please_test": gettext_lazy("Please try it: %(number)s %(title)s"),
    "reminder": gettext_lazy("We wait for your word: %(number)s %(title)s"),
    "warning": gettext_lazy("Time is running out (%(promise)s): %(number)s %(title)s"),
    "breach": gettext_lazy("Time has run out (%(promise)s): %(number)s %(title)s"),
}


@kind_of("ticket")
def kind(*, event: Event, person: User, subscriber: str) -> About:
    """What the event is about for this person."""
    if _is_relieved(event, person.pk):
        return About.REQUEST
    asked = Ticket.objects.filter(pk=event.subject_id, requester=person).exists()
    table: dict[Any, About] = _FOR_REQUESTER if asked else _FOR_OTHERS
    return table.get(event.type, About.REQUEST)


def _is_relieved(event: Event, person_id: int) -> bool:
    """Is it this person's work no longer? Then nothing waits for them."""
    return bool(event.facts.get("before_id") == person_id != event.facts.get("assignee_id"))


@kind_of("clock")
def kind_of_clock(*, event: Event, person: User, subscriber: str) -> About:
    """A promise of ours runs out or has run out; a requester's own is a task."""
    return About.TASK if _waits_for_requester(event) else _OF_CLOCKS[ClockEvent(event.type)]


@letter_of("ticket")
@letter_of("clock")
@letter_of("development")
def letter(*, note: Notification) -> Letter | None:
    """The letter of one piece of news about a ticket."""
    event = note.event
    ticket: Any = Ticket.objects.with_list_columns().filter(pk=event.subject_id).first()
    if ticket is None or event.subject_type != "tickets.ticket":
        return None
    asked = ticket.requester_id == note.person_id
    context = {
        "ticket": ticket,
        "facts": _facts(ticket, asked=asked),
        "due_at": ticket.response_due_at if ticket.answered_at is None else None,
        "level": event.facts.get("level", ""),
        "promise": _promise(event.facts.get("promise", "")),
        "unconfirmed": event.type == T.CLOSED_UNCONFIRMED,
        "may_reopen": rules.is_not_development(ticket),
        "rate_url": _rate_url(ticket),
    }
    template = "ticket" if _is_relieved(event, note.person_id) else _template(event, asked=asked)
    words = {"number": ticket.number, "title": ticket.title, "who": event.who, "promise": context["promise"]}
    return Letter(template, context, subject=str(_SUBJECT.get(template, "") % words))


def _template(event: Event, *, asked: bool) -> str:
    if event.type.startswith("clock."):
        if _waits_for_requester(event):
            return "reminder"
        return "breach" if event.type == ClockEvent.BREACHED else "warning"
    table: dict[Any, str] = _TO_REQUESTER if asked else _TO_OTHERS
    return table.get(event.type, "ticket")


def _waits_for_requester(event: Event) -> bool:
    return bool(event.facts.get("promise") == Promise.CONFIRMATION)


def _facts(ticket: Ticket, *, asked: bool) -> list[tuple[str, Any]]:
    """What a reader wants to recognise the request by, and how it stands; who asked knows that it was them."""
    facts = [
        (_("Number"), ticket.number),
        (_("Request"), ticket.title),
        (_("Status"), ticket.status_label),
        (_("Requester"), "" if asked else f"{ticket.requester}, {ticket.branch}"),
        (_("Priority"), ticket.get_priority_display()),
        (_("Who does it"), ticket.assignee),
    ]
    return [(label, value) for label, value in facts if value]


def _promise(name: str) -> str:
    return str(Promise(name).label) if name in Promise.values else ""


def _rate_url(ticket: Ticket) -> str:
    """Where satisfaction is asked for; nothing once it was said."""
    if Rating.objects.filter(ticket=ticket).exists():
        return ""
    return f"{settings.BASE_URL}{reverse('tickets:rate', args=[ticket.pk])}"
