"""From the first hour of work to the requester's word that it is right."""

from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.models import Team, User
from clocks import actions as clocks
from clocks.enums import Promise
from clocks.models import Clock
from core.errors import NotPossible
from core.transitions import why_not
from events import actions as events
from tickets.actions._parts import move, must_be_it_staff, stood_in_for, write
from tickets.enums import Status, TicketEvent
from tickets.models import Rating, Ticket


@transaction.atomic
def start(*, ticket: Ticket, by: User) -> Ticket:
    """Work on a repair or a data update begins."""
    ticket = Ticket.objects.lock(ticket)
    ticket.started_at = ticket.started_at or timezone.now()
    move(ticket, "start", by=by)
    events.record(TicketEvent.STARTED, ticket, by=by)
    return ticket


@transaction.atomic
def hand_over(
    *, ticket: Ticket, text: str, by: User, uploads: list[tuple[str, BinaryIO]] | None = None
) -> Ticket:
    """The worker says what was done and asks the requester to try it. That is a human answer, and stands among them.

    For one's own request it is none: nobody answers themselves (SOP-B4.3.1).

    From now on the requester's own clock runs: it reminds, and ends a repair that nobody complains about.
    """
    ticket = Ticket.objects.lock(ticket)
    if not text.strip():
        raise NotPossible(_("Say what was done and how the requester can try it."))
    ticket.asked_back_at = None
    move(ticket, "hand_over", by=by)
    said = write(ticket, text, by, TicketEvent.HANDED_OVER, uploads=uploads, told={"text": text.strip()})
    clocks.start(
        promise=Promise.CONFIRMATION,
        subject=ticket,
        case=ticket,
        by=by,
        at=said.created_at,
        branch=ticket.branch,
    )
    return ticket


def watch_tests(*, most: int = 200) -> int:
    """Give the tests for which no clock runs (they began before that clock existed) one from now on; how many."""
    return sum(_watch_test(ticket) for ticket in Ticket.objects.tested_unwatched()[:most])


@transaction.atomic
def _watch_test(ticket: Ticket) -> int:
    ticket = Ticket.objects.lock(ticket, "branch")
    if not Ticket.objects.tested_unwatched().filter(pk=ticket.pk).exists():
        return 0  # somebody was quicker
    facts = {"subject": ticket, "case": ticket, "branch": ticket.branch}
    clocks.start(promise=Promise.CONFIRMATION, by=robot("policy"), at=timezone.now(), **facts)
    return 1


@transaction.atomic
def send_back(
    *, ticket: Ticket, text: str, by: User, uploads: list[tuple[str, BinaryIO]] | None = None
) -> Ticket:
    """The requester tried it and says what is wrong, with pictures of it."""
    ticket = Ticket.objects.lock(ticket)
    if not text.strip():
        raise NotPossible(_("Say what is not right yet."))
    move(ticket, "send_back", by=by)
    write(ticket, text, by, TicketEvent.SENT_BACK, uploads=uploads, told={"text": text.strip()})
    clocks.stop(promise=Promise.CONFIRMATION, subject=ticket, by=by, at=timezone.now())
    return ticket


@transaction.atomic
def confirm(*, ticket: Ticket, by: User) -> Ticket:
    """The requester tried it and it is right: done."""
    ticket = Ticket.objects.lock(ticket)
    now = timezone.now()
    ticket.finished_at, ticket.confirmed_by, ticket.asked_back_at = now, by, None
    move(ticket, "confirm", by=by)
    events.record(TicketEvent.DONE, ticket, by=by)
    clocks.stop(promise=Promise.CONFIRMATION, subject=ticket, by=by, at=now)
    _nobody_waits_for_an_answer(ticket)
    return ticket


@transaction.atomic
def close_unconfirmed(*, ticket: Ticket, by: User) -> Ticket:
    """The policy ends a repair whose requester was reminded and said nothing; the timeline says so.

    Raises NotPossible while the requester still has time, and for anything but a repair (SOP-A6).
    """
    ticket = Ticket.objects.lock(ticket)
    now = timezone.now()
    if refusal := why_not(ticket, "close_unconfirmed", by):
        raise refusal
    clock = Clock.objects.of(ticket, Promise.CONFIRMATION).running().first()
    if clock is None or clock.is_paused or clock.due_at > now:
        raise NotPossible(_("The requester still has time to try it."))
    ticket.finished_at, ticket.confirmed_by, ticket.asked_back_at = now, by, None
    move(ticket, "close_unconfirmed", by=by)
    events.record(TicketEvent.CLOSED_UNCONFIRMED, ticket, by=by, days=(now - clock.started_at).days)
    clocks.cancel(promise=Promise.CONFIRMATION, subject=ticket, at=now)
    _nobody_waits_for_an_answer(ticket)
    return ticket


def _nobody_waits_for_an_answer(ticket: Ticket) -> None:
    """Who did their own request was answered by nobody, and waits for nobody any more."""
    assert ticket.finished_at is not None
    clocks.cancel(promise=Promise.RESPONSE, subject=ticket, at=ticket.finished_at)


@transaction.atomic
def reopen(*, ticket: Ticket, text: str, by: User) -> Ticket:
    """The requester says that it came back; only within the days after its end, never for a development (SOP-A6)."""
    ticket = Ticket.objects.lock(ticket)
    if refusal := why_not(ticket, "reopen", by):
        raise refusal
    if not text.strip():
        raise NotPossible(_("Say what happened again."))
    move(ticket, "reopen", by=by)  # asked while its end is known
    ticket.finished_at, ticket.confirmed_by = None, None
    ticket.save(update_fields=["finished_at", "confirmed_by"])
    write(ticket, text, by, TicketEvent.REOPENED, told={"text": text.strip()})
    return ticket


@transaction.atomic
def rate(*, ticket: Ticket, score: int, by: User, text: str = "") -> Rating:
    """How satisfied the requester was, from 1 to 5, and what could be better. Asked once, never changed."""
    ticket = Ticket.objects.lock(ticket)
    if not 1 <= score <= 5:
        raise NotPossible(_("Choose one of the five."))
    move(ticket, "rate", by=by)
    rating = Rating.objects.create(ticket=ticket, score=score, text=text.strip(), given_by=by)
    events.record(TicketEvent.RATED, ticket, by=by, score=score)
    return rating


@transaction.atomic
def escalate(*, ticket: Ticket, team: Team, reason: str, by: User, member: User | None = None) -> Ticket:
    """Hand it to experts, with the reason (SOP-B4.3.2).

    `member` does it from now on; without one it stays with whoever has it until one of the team takes it.
    Raises NotPossible without a reason, for a team that takes nothing or has nobody, and for a member who is none.
    """
    ticket = Ticket.objects.lock(ticket)
    if refusal := why_not(ticket, "escalate", by):
        raise refusal
    if not reason.strip():
        raise NotPossible(_("Say why experts are needed; everyone in the case reads it."), rule="SOP-B4.3.2")
    _must_take_requests(team, member)
    before = ticket.assignee_id
    if member is not None:
        must_be_it_staff(member, ticket)
        ticket.assignee = member
    ticket.team = team
    move(ticket, "escalate", by=by)
    who: dict[str, Any] = (
        {"assignee": str(member), "assignee_id": member.pk, "before_id": before} if member else {}
    )
    events.record(
        TicketEvent.ESCALATED, ticket, by=by, team=team.name, team_id=team.pk, reason=reason.strip(), **who
    )
    return ticket


def _must_take_requests(team: Team, member: User | None) -> None:
    experts = team.members.filter(is_active=True)
    if not team.is_active or not experts.exists():
        raise NotPossible(_("%(team)s takes no requests. Choose another team.") % {"team": team})
    if member is not None and not experts.filter(pk=member.pk).exists():
        raise NotPossible(_("%(name)s does not belong to %(team)s.") % {"name": member, "team": team})


@transaction.atomic
def take(*, ticket: Ticket, by: User) -> Ticket:
    """One of the experts takes on what their team was given."""
    ticket = Ticket.objects.lock(ticket)
    move(ticket, "take", by=by)  # asked before it is theirs
    before, ticket.assignee = ticket.assignee_id, by
    ticket.save(update_fields=["assignee"])
    events.record(TicketEvent.TAKEN, ticket, by=by, before_id=before)
    return ticket


@transaction.atomic
def end_begun(*, ticket: Ticket, reason: str, by: User) -> Ticket:
    """Begun work of a development is ended, with the reason; called by the development's own action (SOP-A1).

    Raises PermissionDenied for anyone but the IT Manager.
    """
    ticket = Ticket.objects.lock(ticket)
    ticket.finished_at, ticket.asked_back_at = timezone.now(), None
    move(ticket, "follow_to_cancelled", by=by)
    events.record(TicketEvent.ENDED, ticket, by=by, on_behalf_of=stood_in_for(ticket, by), reason=reason)
    clocks.cancel(promise=Promise.RESPONSE, subject=ticket, at=ticket.finished_at)
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
    move(ticket, f"follow_to_{status}", by=by)
    if status == Status.DONE:
        events.record(TicketEvent.DONE, ticket, by=by)
    return ticket
