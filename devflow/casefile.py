"""A request with everything that hangs on it, as its case file shows it."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from approvals.casefiles import Contents
from core.numbers import shown
from devflow.models import Deployment, DevelopmentRequest, HourEntry
from events.models import Event
from tickets.enums import TicketEvent
from tickets.models import Attachment, Comment, Ticket


def may_have(*, case_id: int, person: User) -> bool:
    """Whoever reads what IT writes among itself about this branch: nothing of the case is kept from them."""
    ticket = Ticket.objects.visible_to(person).filter(pk=case_id).first()
    return ticket is not None and person.reads_notes(ticket.branch_id)


def compose(*, case_id: int, person: User) -> Contents:
    """The request, its conversation, estimates, builds, deployments, hours and the whole timeline."""
    ticket = Ticket.objects.with_list_columns().get(pk=case_id)
    development = DevelopmentRequest.objects.with_list_columns().filter(ticket=ticket).first()
    talk = Comment.objects.filter(ticket=ticket).select_related("author").order_by("created_at", "pk")
    timeline = Event.objects.about(ticket).visible_to(person, branch_id=ticket.branch_id)
    hours = list(HourEntry.objects.filter(request=development).with_list_columns().order_by("date", "pk"))
    context: dict[str, Any] = {
        "ticket": ticket,
        "facts": _facts(ticket, development),
        "talk": talk,
        "timeline": timeline.with_list_columns(),
        "files": Attachment.objects.filter(ticket=ticket).select_related("added_by").order_by("pk"),
        "estimates": Event.objects.about(ticket).filter(type=TicketEvent.ESTIMATED).order_by("seq"),
        "deployments": _deployments(development),
        "hours": hours,
        "booked": sum(entry.hours for entry in hours),
        "some_taken_back": any(entry.takes_back_id for entry in hours),
    }
    return Contents(ticket.number, ticket.title, "pdf/casefile.html", context)


def _facts(ticket: Ticket, development: DevelopmentRequest | None) -> list[tuple[str, Any]]:
    facts = [
        (_("Kind"), ticket.get_kind_display()),
        (_("Status"), ticket.status_label),
        (_("Branch"), ticket.branch.name),
        (_("Requester"), ticket.requester.name),
        (_("Assigned to"), ticket.assignee.name if ticket.assignee else "–"),
        (_("Estimate"), _hours(ticket.estimate_hours)),
    ]
    if development is not None:
        facts += [
            (_("System"), development.system.name if development.system else "–"),
            (_("Approved hours"), _hours(development.approved_hours)),
            (_("Booked hours"), _hours(development.booked_hours)),
        ]
    return facts


def _hours(value: Any) -> str:
    return "–" if value is None else _("%(hours)s hours") % {"hours": shown(value)}


def _deployments(development: DevelopmentRequest | None) -> Any:
    rows = Deployment.objects.filter(build__request=development).select_related(
        "build", "environment__system", "deployed_by"
    )
    return rows.order_by("deployed_at", "pk")
