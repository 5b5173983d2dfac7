"""Who may do what to a ticket, and when."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from core.rules import rule
from tickets.enums import ENDED, Kind


@rule()
def is_it_manager(ticket: Any, user: Any) -> bool:
    """Every request passes the IT Manager or the dated substitute (SOP-A1)."""
    return bool(user.holds(Role.IT_MANAGER, branch_id=ticket.branch_id))


@rule()
def is_requester(ticket: Any, user: Any) -> bool:
    """The person who asked."""
    return bool(ticket.requester_id == user.pk)


@rule()
def is_requester_or_it_manager(ticket: Any, user: Any) -> bool:
    """Whoever asked may withdraw; the IT Manager may do it for them."""
    return is_requester(ticket, user) or is_it_manager(ticket, user)


@rule()
def is_worker(ticket: Any, user: Any) -> bool:
    """The one it was given to, or the IT Manager."""
    return bool(ticket.assignee_id == user.pk) or is_it_manager(ticket, user)


@rule()
def may_write(ticket: Any, user: Any) -> bool:
    """Who takes part in the conversation: the requester, IT staff, the head of the branch."""
    return is_requester(ticket, user) or bool(
        user.holds(*IT_STAFF, Role.BRANCH_HEAD, branch_id=ticket.branch_id)
    )


@rule()
def is_it_staff(ticket: Any, user: Any) -> bool:
    """Works in the IT division."""
    return bool(user.holds(*IT_STAFF, branch_id=ticket.branch_id))


@rule()
def anyone(ticket: Any, user: Any) -> bool:
    """Moves that an app above fires inside its own, already permitted action."""
    return True


@rule(_("The IT Manager has not accepted this request yet. Nothing is worked on before."), clause="SOP-A1")
def is_accepted(ticket: Any) -> bool:
    """The IT Manager has received it."""
    return ticket.accepted_by_id is not None


@rule(_("Give the request a priority and somebody who works on it."), clause="SOP-A1")
def is_triaged(ticket: Any) -> bool:
    """Accepting means deciding: priority and assignee are set."""
    return bool(ticket.priority) and ticket.assignee_id is not None


@rule(_("A development goes Trial, Training, Production; move it in its development panel."), clause="SOP-A2")
def is_not_development(ticket: Any) -> bool:
    """Only developments have stages; their status follows them."""
    return bool(ticket.kind != Kind.DEVELOPMENT)


@rule(_("Only developments follow the stages."), clause="SOP-A2")
def is_development(ticket: Any) -> bool:
    """The status of a development follows its stage."""
    return bool(ticket.kind == Kind.DEVELOPMENT)


@rule(_("This request has ended. Open a new one and mention its number."))
def has_not_ended(ticket: Any) -> bool:
    """Still open."""
    return ticket.status not in ENDED


@rule(
    _("Only the IT Manager lowers the estimate of a development; it decides who must approve."),
    clause="SOP-A5",
)
def may_lower(ticket: Any, user: Any, hours: Any) -> bool:
    """Whoever does the work may say that it takes longer; that it takes less is a decision of the IT Manager."""
    lowers = ticket.estimate_hours is not None and hours < ticket.estimate_hours
    return not lowers or not is_development(ticket) or is_it_manager(ticket, user)
