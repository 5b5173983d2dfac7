"""What development answers to acceptances and decisions (synchronously), and who is told what (later)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User, office_date
from approvals.enums import Kind as FormKind
from approvals.hooks import contents_of, may_gather, on_decision, why_not_approve
from core.numbers import said
from devflow import actions, casefile, rules
from devflow.enums import DevelopmentEvent, EnvironmentKind, SystemEvent
from devflow.models import Build, DevelopmentRequest, System
from devflow.systems import plans_beside
from events.models import Event
from events.registry import subscribe
from notifications import actions as notifications
from tickets.enums import Kind, TicketEvent
from tickets.hooks import known_plans, on_accepted, on_cancelled
from tickets.models import Ticket
from tickets.subscribers import managers, ticket_of

on_accepted(Kind.DEVELOPMENT)(actions.open_work)
on_cancelled(Kind.DEVELOPMENT)(actions.end_work)
known_plans(Kind.DEVELOPMENT)(plans_beside)
on_decision(FormKind.BRM)(actions.brm_decided)
on_decision(FormKind.UAT)(actions.uat_decided)
why_not_approve(FormKind.UAT)(actions.why_not_sign)
may_gather(Ticket._meta.label_lower)(casefile.may_have)
contents_of(Ticket._meta.label_lower)(casefile.compose)


@subscribe(
    TicketEvent.ESTIMATED, DevelopmentEvent.HOURS_BOOKED, DevelopmentEvent.HOURS_TAKEN_BACK, TicketEvent.TIED,
    TicketEvent.UNTIED, TicketEvent.ADOPTED, TicketEvent.DISOWNED, TicketEvent.SPLIT_OFF, TicketEvent.ABSORBED,
    TicketEvent.CANCELLED, TicketEvent.ENDED,
)  # fmt: skip
def hold_when_hours_outgrow(event: Event) -> None:
    """Hours and links decide what counts together; what outgrew its approval opens the BRM (SOP-A5).

    The gates themselves do not wait for this.
    """
    actions.hold_purpose(ticket=ticket_of(event), by=event.actor)


@subscribe(DevelopmentEvent.HOURS_TAKEN_BACK)
def tell_whose_hours(event: Event) -> None:
    """Whoever booked the hours hears that the IT Manager took them back, and why."""
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=list(User.objects.get_queryset().filter(pk=event.facts["person_id"])),
        title=lambda: f"{ticket.number}: {event.who} {event.sentence}",
        path=ticket.get_absolute_url(),
    )


@subscribe(DevelopmentEvent.HELD)
def hold_the_others(event: Event) -> None:
    """What serves the same purpose is held with it, and says so on its own page (SOP-A5)."""
    ticket = ticket_of(event)
    for other in DevelopmentRequest.objects.of_same_purpose(ticket).exclude(ticket=ticket):
        actions.hold_too(request=other, because=ticket, hours=event.facts["hours"], by=event.actor)


@subscribe(DevelopmentEvent.HELD, DevelopmentEvent.HELD_TOO)
def tell_of_hold(event: Event) -> None:
    """Everyone concerned knows why nothing moves and whose turn it is."""
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=[p for p in (ticket.requester, ticket.assignee, *managers(ticket)) if p],
        title=lambda: (
            _("%(number)s waits for a BRM: %(hours)s hours need the approval of Director and Board")
            % {"number": ticket.number, "hours": said(event.facts["hours"])}
        ),
        path=ticket.get_absolute_url(),
    )


@subscribe(DevelopmentEvent.EMERGENCY_ASKED, DevelopmentEvent.EMERGENCY_LAPSED)
def ask_two_to_agree(event: Event) -> None:
    """Whoever may agree hears that something cannot wait."""
    ticket = ticket_of(event)
    build = Build.objects.for_rules().get(request__ticket=ticket, version=event.facts["build"])
    if build.request.is_over or rules.emergency_of(build).was_agreed:
        return  # told late: nobody is needed any more
    roles = (Role.IT_MANAGER, Role.DB_MANAGER, Role.DIRECTOR)
    people = User.objects.get_queryset().acting_as(*roles, on=office_date(), branch_id=ticket.branch_id)
    notifications.tell(
        event=event,
        people=[person for person in people if rules.may_agree(build, person)],
        title=lambda: (
            _("%(number)s: your agreement is needed to release %(build)s before its test")
            % {"number": ticket.number, "build": event.facts["build"]}
        ),
        path=reverse("devflow:deploy-agree", args=[build.pk]),
    )


@subscribe(
    DevelopmentEvent.EMERGENCY_AGREED, DevelopmentEvent.EMERGENCY_RELEASED, DevelopmentEvent.EMERGENCY_OVERDUE,
    DevelopmentEvent.EMERGENCY_SETTLED,
)  # fmt: skip
def tell_of_emergency(event: Event) -> None:
    """The worker and the IT Manager know what was agreed, what is owed, and what is paid."""
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=[p for p in (ticket.assignee, *managers(ticket)) if p],
        title=lambda: f"{ticket.number}: {event.who} {event.sentence}",
        path=ticket.get_absolute_url(),
    )


@subscribe(DevelopmentEvent.TIMER_FORGOTTEN)
def ask_how_long(event: Event) -> None:
    """Whoever forgot a timer says how long they really worked."""
    ticket = ticket_of(event)
    request = DevelopmentRequest.objects.get(ticket=ticket)
    notifications.tell(
        event=event,
        people=list(User.objects.get_queryset().filter(pk=event.facts["person_id"])),
        title=lambda: (
            _("%(number)s: your timer was stopped after twelve hours. Say how long it really was.")
            % {"number": ticket.number}
        ),
        path=reverse("devflow:timer-stop", args=[request.pk]),
    )


@subscribe(DevelopmentEvent.PUT_ON_HOLD, DevelopmentEvent.RESUMED, DevelopmentEvent.ROLLED_BACK)
def tell_of_halt(event: Event) -> None:
    """Everyone concerned knows that the work stands still, goes on, or was taken back."""
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=[p for p in (ticket.requester, ticket.assignee, *managers(ticket)) if p],
        title=lambda: f"{ticket.number}: {event.who} {event.sentence}",
        path=ticket.get_absolute_url(),
    )


@subscribe(DevelopmentEvent.STARTED, DevelopmentEvent.BACK_TO_TRIAL)
def tell_of_work_on_trial(event: Event) -> None:
    """The requester sees that work has begun, or begins again."""
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=[p for p in (ticket.requester, ticket.assignee) if p],
        title=lambda: f"{ticket.number}: {event.who} {event.sentence}",
        path=ticket.get_absolute_url(),
    )


@subscribe(DevelopmentEvent.DEPLOYED)
def tell_of_deployment(event: Event) -> None:
    """A build on Production concerns everyone; on Trial and Training the worker and the manager."""
    ticket = ticket_of(event)
    concerned = [ticket.assignee, *managers(ticket)]
    if event.facts["environment"] == EnvironmentKind.PRODUCTION:
        concerned.append(ticket.requester)
    notifications.tell(
        event=event,
        people=[p for p in concerned if p],
        title=lambda: f"{ticket.number}: {event.who} {event.sentence}",
        path=ticket.get_absolute_url(),
    )


@subscribe(SystemEvent.VERSION_DIFFERS, SystemEvent.VERSION_SILENT)
def tell_of_version(event: Event) -> None:
    """The owners of a system and the IT Manager of the group hear that a server does not run what it should."""
    system = System.objects.get(pk=event.subject_id)
    people = User.objects.get_queryset()
    managers_of_all = people.acting_as(Role.IT_MANAGER, on=office_date())
    notifications.tell(
        event=event,
        people=[*people.people().filter(pk__in=system.owners.values("pk")), *managers_of_all],
        title=lambda: f"{system}: {event.sentence}",
        path=system.get_absolute_url(),
    )


@subscribe(DevelopmentEvent.READY)
def ask_to_release(event: Event) -> None:
    """The IT Manager knows that a signed build waits for Production."""
    ticket = ticket_of(event)
    notifications.tell(
        event=event,
        people=[p for p in (*managers(ticket), ticket.assignee) if p],
        title=lambda: (
            _("%(number)s: build %(build)s is signed and may go to Production")
            % {"number": ticket.number, "build": event.facts["build"]}
        ),
        path=ticket.get_absolute_url(),
    )
