"""Whose turn it is with a request: what a refusal on the board says after its reason."""

from typing import Any

from django.utils.translation import gettext as _

from devflow.enums import Stage
from tickets.enums import ENDED, Status


def whose_turn(ticket: Any, development: Any, managers: str) -> str:
    """A sentence, or "" for what has ended. `managers` are the names of those who receive requests of this branch."""
    if ticket.status in ENDED:
        return ""
    who = {
        "manager": managers,
        "requester": str(ticket.requester),
        "assignee": str(ticket.assignee or managers),
    }
    if ticket.status == Status.NEW:
        return _("It is the turn of %(manager)s (IT Manager), who decides on the request first.") % who
    if development is None:
        return _of_repair(ticket) % who
    return _of_development(development) % who


def _of_repair(ticket: Any) -> str:
    if ticket.status == Status.USER_TESTING:
        return _("It is the turn of %(requester)s, who tries it and says whether it is right.")
    return _("It is the turn of %(assignee)s, who works on it.")


def _of_development(development: Any) -> str:
    if development.stage == Stage.ON_HOLD:
        return _("It is on hold. It is the turn of %(assignee)s, who lets it go on.")
    if development.needs_brm:
        return _("It is the turn of the Director and the Board, who decide on its BRM.")
    if development.stage == Stage.TRAINING:
        return _("It is the turn of %(requester)s, who tests it on Training and signs the UAT.")
    if development.stage == Stage.READY:
        return _("It is the turn of %(manager)s (IT Manager), who releases it to Production.")
    return _("It is the turn of %(assignee)s, who works on it.")
