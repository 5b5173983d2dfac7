"""Which act leads a request from one status to another. The board asks, and whoever else moves cards."""

from typing import Any

from django.utils.translation import gettext as _

from core.errors import NotPossible
from events.verbs import Verb
from tickets.enums import Status
from tickets.verbs import VERBS

# from -> to: the act that leads there.
STEPS = {
    (Status.NEW, Status.WAITING): "accept",
    (Status.WAITING, Status.IN_PROGRESS): "start",
    (Status.IN_PROGRESS, Status.USER_TESTING): "hand-over",
    (Status.USER_TESTING, Status.IN_PROGRESS): "send-back",
    (Status.USER_TESTING, Status.DONE): "confirm",
}


def step(ticket: Any, to: str) -> Verb:
    """The act that leads from where the ticket stands to `to`. Raises NotPossible where no single one does."""
    for (start, end), name in STEPS.items():
        if (start, end) == (ticket.status, to):
            return VERBS[name]
    said = _("There is no step from “%(here)s” to that column.")
    raise NotPossible(said % {"here": ticket.status_label})
