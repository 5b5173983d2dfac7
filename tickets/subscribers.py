"""Who is told what about tickets. One effect each, safe to run twice; nothing is decided here.

Most of it is a table: a message has a name in the queue, events, readers and words.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.enums import Role
from accounts.models import Branch, User, office_date
from clocks.enums import ClockEvent, Promise
from clocks.models import Clock
from core import times
from core.errors import NotPossible
from events.models import Event
from events.registry import subscribe
from inventory.enums import MaintenanceEvent, RenewableEvent
from inventory.models import MaintenanceTask, Renewable
from notifications import actions as notifications
from tickets import actions, rules
from tickets.enums import Channel, Kind
from tickets.enums import TicketEvent as T
from tickets.models import Comment, Ticket

Readers = Callable[[Ticket, Event], Iterable[User | None]]
Words = Callable[[Ticket, Event], Any]


def ticket_of(event: Event) -> Ticket:
    """The ticket in whose chain the event stands."""
    return Ticket.objects.with_list_columns().get(pk=event.subject_id)


# Readers -----------------------------------------------------------------------------------------------------------


def managers(ticket: Ticket) -> list[User]:
    """The IT Manager of the ticket's branch, and whoever stands in for them today."""
    people = User.objects.get_queryset()
    return list(people.acting_as(Role.IT_MANAGER, on=office_date(), branch_id=ticket.branch_id))


def watchers(ticket: Ticket) -> list[User]:
    """Those who follow the ticket and may still see it."""
    rows = User.objects.get_queryset().filter(pk__in=ticket.watchers.values("person"))
    return [p for p in rows if Ticket.objects.visible_to(p).filter(pk=ticket.pk).exists()]


def _requester(ticket: Ticket, _event: Event) -> list[User | None]:
    return [ticket.requester]


def _testers(ticket: Ticket, _event: Event) -> list[User | None]:
    """Who says whether it is right; for a data update of somebody who has left the head of the branch (SOP-A6)."""
    if ticket.requester.is_active or ticket.kind != Kind.DATA_UPDATE:
        return [ticket.requester]
    people = User.objects.get_queryset()
    return list(people.acting_as(Role.BRANCH_HEAD, on=office_date(), branch_id=ticket.branch_id))


def _worker(ticket: Ticket, _event: Event) -> list[User | None]:
    return [ticket.assignee]


def _followed(*readers: Readers) -> Readers:
    """These, and whoever follows the ticket; those who are mentioned hear of that instead."""

    def people(ticket: Ticket, event: Event) -> list[User | None]:
        named = set(event.facts.get("mentioned", []))
        found = [*(p for read in readers for p in read(ticket, event)), *watchers(ticket)]
        return [p for p in found if p is not None and p.pk not in named]

    return people


def _both(ticket: Ticket, _event: Event) -> list[User | None]:
    return [ticket.requester, ticket.assignee]


def _managers(ticket: Ticket, _event: Event) -> list[User | None]:
    return [*managers(ticket)]


def _worker_and_managers(ticket: Ticket, _event: Event) -> list[User | None]:
    return [ticket.assignee, *managers(ticket)]


def _everyone(ticket: Ticket, _event: Event) -> list[User | None]:
    return [ticket.requester, ticket.assignee, *managers(ticket)]


def _talkers(ticket: Ticket, _event: Event) -> list[User | None]:
    """Before anybody works on it the manager reads what is written."""
    return [ticket.requester, ticket.assignee, *([] if ticket.assignee else managers(ticket))]


def _named(fact: str) -> Readers:
    """The person whose number the event carries."""

    def people(_ticket: Ticket, event: Event) -> list[User | None]:
        return [*User.objects.get_queryset().filter(pk=event.facts.get(fact))]

    return people


def _readers_of_notes(ticket: Ticket, event: Event) -> list[User | None]:
    people = _followed(_worker)(ticket, event)
    return [p for p in people if p is not None and p.reads_notes(ticket.branch_id)]


def _experts(ticket: Ticket, event: Event) -> list[User | None]:
    experts = ticket.team.members.filter(is_active=True) if ticket.team else []
    before = _named("before_id")(ticket, event)
    return [*_everyone(ticket, event), *before, *(p for p in experts if rules.is_it_staff(ticket, p))]


# Words -------------------------------------------------------------------------------------------------------------


def _names(ticket: Ticket, event: Event) -> dict[str, str]:
    return {
        "number": ticket.number,
        "title": ticket.title,
        "branch": str(ticket.branch),
        "assignee": str(ticket.assignee or "–"),
        "who": event.who,
        "team": str(event.facts.get("team", "")),
        "other": str(event.facts.get("other", "")),
    }


def _fact(name: str) -> Words:
    return lambda _ticket, event: event.facts.get(name, "")


def _as_on_the_timeline(ticket: Ticket, event: Event) -> str:
    return f"{ticket.number}: {event.who} {event.sentence}"


def _nothing(_ticket: Ticket, _event: Event) -> str:
    return ""


# The table ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """One message: `why` it is told, to whom, in which words. `name` is how its deliveries are called in the queue."""

    name: str
    types: tuple[Any, ...]
    readers: Readers
    title: Words
    why: str
    text: Words = _nothing


MESSAGES = [
    Message(
        "tell_manager_of_new_request", (T.OPENED,), _managers,
        lambda t, e: _("New request %(number)s from %(branch)s: %(title)s") % _names(t, e),
        "SOP-A1: the IT Manager hears of every request.", lambda t, _e: t.description[:500],
    ),
    Message(
        "tell_of_acceptance", (T.ACCEPTED,), _both,
        lambda t, e: _("%(number)s is accepted and goes to %(assignee)s") % _names(t, e),
        "The requester knows who does it; that person knows they have work.",
    ),
    Message(
        "tell_new_assignee", (T.ASSIGNED,), lambda t, e: [*_both(t, e), *_named("before_id")(t, e)],
        lambda t, e: _("%(number)s now goes to %(assignee)s") % _names(t, e),
        "The new worker knows, the requester too; whoever had it knows that it is no longer theirs.",
    ),
    Message(
        "tell_of_priority", (T.PRIORITISED,), _both, _as_on_the_timeline,
        "The requester and the worker know how urgent it is now, and why.",
    ),
    Message(
        "tell_of_kind", (T.RECLASSIFIED,), _followed(_requester), _as_on_the_timeline,
        "The requester knows as what it is treated, and why.",
    ),
    Message(
        "tell_who_took_it", (T.TAKEN,), lambda t, e: [t.requester, *_named("before_id")(t, e)],
        lambda t, e: _("%(number)s now goes to %(assignee)s") % _names(t, e),
        "The requester knows who of the experts does it; whoever had it knows that it is no longer theirs.",
    ),
    Message(
        "tell_of_escalation", (T.ESCALATED,), _experts,
        lambda t, e: _("%(number)s goes to the experts of %(team)s: %(title)s") % _names(t, e),
        "SOP-B4.3.2: the experts know, and everyone in the case.", _fact("reason"),
    ),
    Message(
        "tell_of_plan", (T.PLANNED,), _both, _as_on_the_timeline,
        "The requester can count on the days; the worker has them in the calendar.",
    ),
    Message(
        "tell_of_rejection", (T.REJECTED,), _followed(_requester),
        lambda t, e: _("%(number)s was rejected: %(title)s") % _names(t, e),
        "The requester reads why.", _fact("reason"),
    ),
    Message(
        "tell_of_withdrawal", (T.CANCELLED,), _followed(_everyone),
        lambda t, e: _("%(number)s was withdrawn: %(title)s") % _names(t, e),
        "Nobody works on what is no longer wanted.",
    ),
    Message(
        "tell_of_ending", (T.ENDED,), _followed(_everyone),
        lambda t, e: _("%(number)s was ended: %(title)s") % _names(t, e),
        "The requester reads why; nobody works on it any more.", _fact("reason"),
    ),
    Message(
        "tell_of_answer", (T.ANSWERED,), _followed(_talkers),
        lambda t, e: _("%(who)s wrote about %(number)s") % _names(t, e),
        "Everyone in the case reads an answer.", _fact("excerpt"),
    ),
    Message(
        "tell_of_note", (T.NOTED,), _readers_of_notes,
        lambda t, e: _("%(who)s wrote an internal note about %(number)s") % _names(t, e),
        "IT reads what IT writes; its words stay on the page.",
    ),
    Message(
        "tell_who_is_mentioned", (T.MENTIONED,), _named("person_id"),
        lambda t, e: _("%(who)s mentioned you in %(number)s: %(title)s") % _names(t, e),
        "Whoever is called by name hears it.", _fact("excerpt"),
    ),
    Message(
        "tell_who_follows", (T.WATCHED,), _named("person_id"),
        lambda t, e: _("%(who)s lets you follow %(number)s: %(title)s") % _names(t, e),
        "Nobody follows a request without knowing it.",
    ),
    Message(
        "tell_of_question", (T.ASKED_BACK,), _followed(_requester),
        lambda t, e: _("%(who)s asks you something about %(number)s") % _names(t, e),
        "The work waits for the requester's answer.", _fact("excerpt"),
    ),
    Message(
        "tell_of_start", (T.STARTED,), _followed(_requester),
        lambda t, e: _("Work on %(number)s has begun") % _names(t, e),
        "The requester sees that work has begun.",
    ),
    Message(
        "ask_for_test", (T.HANDED_OVER,), _followed(_testers),
        lambda t, e: _("Please try it and tell us whether it is right: %(number)s %(title)s") % _names(t, e),
        "The requester is asked to try it.", _fact("text"),
    ),
    Message(
        "tell_worker_what_is_wrong", (T.SENT_BACK,), _followed(_worker),
        lambda t, e: _("%(number)s is not right yet") % _names(t, e),
        "The worker reads what is not right yet.", _fact("text"),
    ),
    Message(
        "tell_of_end", (T.DONE, T.CLOSED_UNCONFIRMED), _followed(_everyone),
        lambda t, e: _("%(number)s is done: %(title)s") % _names(t, e),
        "Everyone in the case knows that it is done.",
    ),
    Message(
        "tell_of_reopening", (T.REOPENED,), _followed(_worker_and_managers),
        lambda t, e: _("%(number)s is open again: %(title)s") % _names(t, e),
        "Whoever did it reads that it came back.", _fact("text"),
    ),
    Message(
        "tell_of_rating", (T.RATED,), _worker_and_managers, _as_on_the_timeline,
        "Whoever did it, and the manager, learn how it was received.",
    ),
    Message(
        "tell_of_merge", (T.MERGED,), _followed(_both),
        lambda t, e: _("%(number)s goes on as %(other)s, which asks for the same") % _names(t, e),
        "Whoever asked knows where it goes on; the page says no more than they may see.",
    ),
    Message(
        "tell_of_duplicate", (T.ABSORBED,), _worker,
        lambda t, e: _("%(other)s asks for the same as %(number)s and was joined with it") % _names(t, e),
        "The worker knows that more people wait for it.",
    ),
    Message(
        "tell_of_end_elsewhere", (T.ENDED_ELSEWHERE,), _followed(_requester), _as_on_the_timeline,
        "Whoever asked for the duplicate hears of the end.",
    ),
    Message(
        "tell_of_part", (T.SPLIT,), _followed(_worker),
        lambda t, e: _("A part of %(number)s is now a request of its own: %(other)s") % _names(t, e),
        "Whoever works on the rest knows what is no longer in it.",
    ),
]  # fmt: skip


def _subscriber(message: Message) -> Callable[[Event], None]:
    def handler(event: Event) -> None:
        _tell(event, message.readers, message.title, message.text)

    handler.__name__, handler.__doc__ = message.name, message.why
    return handler


def _tell(event: Event, readers: Readers, title: Words, text: Words = _nothing) -> None:
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=[p for p in readers(ticket, event) if p is not None],
        title=lambda: title(ticket, event),
        text=lambda: text(ticket, event),
        path=ticket.get_absolute_url(),
    )


for message in MESSAGES:
    subscribe(*message.types)(_subscriber(message))


# What is no line of the table --------------------------------------------------------------------------------------


@subscribe(T.OPENED)
def confirm_receipt(event: Event) -> None:
    """The requester knows that it arrived. This is automatic and stops no clock."""
    ticket = ticket_of(event)
    notifications.tell_oneself(
        event=event,
        person=ticket.requester,
        title=lambda: _("We have received your request %(number)s: %(title)s") % _names(ticket, event),
        text=lambda: _("The IT Manager looks at it first. You can follow it and write to us on its page."),
        path=ticket.get_absolute_url(),
    )


@subscribe(T.DONE, T.CLOSED_UNCONFIRMED, T.CANCELLED, T.ENDED, T.REJECTED)
def pass_the_end_on(event: Event) -> None:
    """What was joined with it says on its own page that it has ended."""
    for duplicate in ticket_of(event).duplicates.order_by("pk"):
        actions.note_end_elsewhere(ticket=duplicate, by=robot("policy"))


def _waits_for_requester(event: Event) -> bool:
    return bool(event.facts.get("promise") == Promise.CONFIRMATION)


@subscribe(ClockEvent.WARNED, ClockEvent.BREACHED)
def warn_of_clock(event: Event) -> None:
    """The IT Manager and the worker hear that time runs out, or has run out (SOP-B4.3.1)."""
    if not _waits_for_requester(event):
        _tell(event, _worker_and_managers, _as_on_the_timeline, lambda t, _e: t.title)


@subscribe(ClockEvent.WARNED, ClockEvent.BREACHED)
def remind_requester(event: Event) -> None:
    """The requester is reminded to try what was done. A repair ends by itself in the end: that is no reminder."""
    over = event.type == ClockEvent.BREACHED
    if _waits_for_requester(event) and not (over and rules.is_troubleshooting(ticket_of(event))):
        _tell(
            event, _testers, lambda t, e: _("%(number)s waits for your test: %(title)s") % _names(t, e), _what_then
        )  # fmt: skip


def _what_then(ticket: Ticket, event: Event) -> str:
    if not rules.is_troubleshooting(ticket):
        return _("It ends when you have said that it is right.")
    due = Clock.objects.filter(pk=event.facts.get("clock")).values_list("due_at", flat=True).first()
    if due is None:
        return ""
    said = _("If we hear nothing before %(time)s, it ends by itself. You can open it again then.")
    return said % {"time": times.words(due, timezone.now())}


@subscribe(ClockEvent.BREACHED)
def end_what_nobody_confirms(event: Event) -> None:
    """The policy ends a repair of whose requester nothing was heard (SOP-A6: nothing else ends without their word)."""
    if not _waits_for_requester(event):
        return
    try:
        actions.close_unconfirmed(ticket=ticket_of(event), by=robot("policy"))
    except NotPossible:
        return  # they have spoken meanwhile, or it is none that ends without them


@subscribe(MaintenanceEvent.FOUND)
def ask_for_repair(event: Event) -> None:
    """What was not in order in a maintenance becomes a request, of whoever found it; one for each finding.

    Maintenance is done in the branch of the asset, so that is whose request it is. It goes through the IT Manager like
    any other (SOP-A1).
    """
    task = MaintenanceTask.objects.with_list_columns().get(pk=event.facts["task"])
    told = Ticket.objects.filter(requester=event.actor, created_at__gte=event.at, details__finding=event.pk)
    if told.exists():
        return
    actions.open_ticket(
        kind=Kind.TROUBLESHOOTING,
        title=f"{task.asset.tag}: {event.facts['finding']}",
        description=f"{event.facts['plan']}: {event.facts['finding']}\n{task.asset}",
        details={"place": task.asset.tag, "impact": "me", "finding": event.pk},
        branch=task.asset.branch,
        channel=Channel.BROWSER,
        by=event.actor,
    )


@subscribe(T.OPENED, T.ANSWERED, T.NOTED)
def find_assets(event: Event) -> None:
    """The assets whose tags stand in what was written are what the request is about, as far as the writer sees them."""
    ticket = ticket_of(event)
    written: list[Any] = [ticket.title, ticket.description, *ticket.details.values()]
    if event.type != T.OPENED:
        written = list(Comment.objects.filter(pk=event.facts.get("comment")).values_list("text", flat=True))
    actions.note_assets(ticket=ticket, words=written, by=event.actor)


@subscribe(RenewableEvent.EXPIRING)
def ask_for_renewal(event: Event) -> None:
    """What runs out becomes a request, once for each end: of the first warning, whatever the later ones say.

    It is the request of whoever sees to it, or of the program where nobody does, and goes through the IT Manager like
    any other (SOP-A1).
    """
    row = Renewable.objects.select_related("branch", "responsible__branch").get(pk=event.subject_id)
    by = row.responsible if row.responsible and row.responsible.is_active else event.actor
    branch = row.branch or by.branch or Branch.objects.open().first()
    told = Ticket.objects.filter(
        requester__in=[by, event.actor], created_at__gte=event.at, details__renewable=event.pk
    )
    if branch is None or not event.facts["is_first"] or told.exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        actions.open_ticket(
            kind=Kind.TROUBLESHOOTING,
            title=_("Renew “%(name)s”: it runs out on %(until)s")
            % {"name": row.name[:100], "until": times.date_text(date.fromisoformat(event.facts["until"]))},
            description=f"{row.get_kind_display()} {row.name} {row.reference}\n{row.partner}\n{row.note}".strip(),
            details={"place": row.name[:100], "impact": "me", "renewable": event.pk},
            branch=branch,
            channel=Channel.API,
            by=by,
        )
