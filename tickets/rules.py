"""Who may do what to a ticket, and when."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from core.rules import rule
from tickets.enums import ENDED, REOPEN_WITHIN, Kind, Status


@rule()
def reads_broken(thing: Any, user: Any) -> bool:
    """Reads what breaks often: IT, auditors, and heads of branches for theirs."""
    return bool(user.is_staff_member or user.holds_anywhere(Role.BRANCH_HEAD))


@rule()
def is_it_manager(ticket: Any, user: Any) -> bool:
    """Every request passes the IT Manager or the dated substitute (SOP-A1)."""
    return bool(user.holds(Role.IT_MANAGER, branch_id=ticket.branch_id))


@rule()
def receives(thing: Any, user: Any) -> bool:
    """Receives the requests of some branch, as its IT Manager or in their place; each request asks for itself."""
    return bool(user.holds_anywhere(Role.IT_MANAGER))


@rule()
def is_requester(ticket: Any, user: Any) -> bool:
    """The person who asked."""
    return bool(ticket.requester_id == user.pk)


@rule()
def may_test(ticket: Any, user: Any) -> bool:
    """Whoever asked says whether it is right; of a data update whose requester has left, the head of the branch.

    Never somebody of IT: nobody declares their own work to be right (SOP-A6).
    """
    if is_requester(ticket, user):
        return True
    is_left = ticket.kind == Kind.DATA_UPDATE and not ticket.requester.is_active
    is_head = is_left and user.holds(Role.BRANCH_HEAD, branch_id=ticket.branch_id)
    return bool(is_head and not user.holds(*IT_STAFF, branch_id=ticket.branch_id))


@rule()
def is_requester_or_it_manager(ticket: Any, user: Any) -> bool:
    """Whoever asked may withdraw; the IT Manager may do it for them."""
    return is_requester(ticket, user) or is_it_manager(ticket, user)


@rule()
def is_worker(ticket: Any, user: Any) -> bool:
    """The one it was given to, or the IT Manager."""
    return bool(ticket.assignee_id == user.pk) or is_it_manager(ticket, user)


@rule(
    _("Their hours count together. Only the IT Manager says that they no longer do."),
    clause="SOP-A5",
)
def may_part(ticket: Any, user: Any) -> bool:
    """Whoever does the work may say that two requests serve one purpose; taking that back is for the IT Manager."""
    return is_it_manager(ticket, user)


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
def may_ask_back(ticket: Any, user: Any) -> bool:
    """The one who works on it, but nobody asks themselves."""
    return is_worker(ticket, user) and not is_requester(ticket, user)


@rule()
def may_take(ticket: Any, user: Any) -> bool:
    """The experts of the team to whom it was given (SOP-B4.3.2), as far as they work in IT."""
    in_team = ticket.team_id is not None and ticket.team_id in user.team_ids
    return in_team and ticket.assignee_id != user.pk and is_it_staff(ticket, user)


@rule()
def may_edit(comment: Any, user: Any) -> bool:
    """Everyone changes their own words only."""
    return bool(comment.author_id == user.pk)


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


@rule(_("Its development has begun. Let it end by its own stages."), clause="SOP-A2")
def is_not_being_developed(ticket: Any) -> bool:
    """A development is merged only before its work begins: hours and builds have one home."""
    return is_not_development(ticket) or ticket.status in (Status.NEW, Status.WAITING)


@rule(_("The hours of a development count together; it is not divided."), clause="SOP-A5")
def hours_stay_together(ticket: Any) -> bool:
    """A development cut into small ones would never reach the hours that Director and Board decide on."""
    return bool(ticket.kind != Kind.DEVELOPMENT)


@rule(_("It was made out of a part of another request; its kind stays."), clause="SOP-A5")
def may_change_kind(ticket: Any) -> bool:
    """Out of what a part was made, and as what, is history: developments are not divided by another name."""
    return ticket.split_from_id is None


@rule(_("A deployed development is not opened again. Ask for a new one."), clause="SOP-A6")
def may_be_reopened(ticket: Any) -> bool:
    """What is signed and deployed is finished; a repair or a data update can come back."""
    return bool(ticket.kind != Kind.DEVELOPMENT)


@rule(_("Parts of this request are still open. It is tested when all of them have ended."))
def parts_have_ended(ticket: Any) -> bool:
    """The whole is tested after its parts."""
    return not ticket.has_open_parts


@rule(_("You have already told us. Thank you."))
def is_unrated(ticket: Any) -> bool:
    """Satisfaction is asked once."""
    return not ticket.is_rated


@rule(_("Only a repair ends without the word of its requester."), clause="SOP-A6")
def is_troubleshooting(ticket: Any) -> bool:
    """Data and developments are tested by a person; a repair that nobody complains about has worked."""
    return bool(ticket.kind == Kind.TROUBLESHOOTING)


@rule()
def is_policy(ticket: Any, user: Any) -> bool:
    """The policy itself, after its reminders."""
    return bool(user.is_robot)


@rule(
    _("It ended too long ago to be opened again. Open a new request and mention its number."),
    depends_on_time=True,
)
def ended_lately(ticket: Any, now: datetime) -> bool:
    """Within the days that a requester has for coming back."""
    return ticket.finished_at is not None and now - ticket.finished_at <= REOPEN_WITHIN


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
