"""Kinds, statuses and words of tickets."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class Kind(models.TextChoices):
    """What is asked for (SOP-A1)."""

    TROUBLESHOOTING = "troubleshooting", _("Something is broken")
    DATA_UPDATE = "data_update", _("Data must be corrected")
    DEVELOPMENT = "development", _("Build or change an application")


class Channel(models.TextChoices):
    """How the request reached us."""

    BROWSER = "browser", _("Browser")
    API = "api", _("API")


class Status(models.TextChoices):
    """Where a ticket stands; the four in the middle are those of SOP-A3."""

    NEW = "new", _("New")
    WAITING = "waiting", _("Waiting")
    IN_PROGRESS = "in_progress", _("In Progress")
    USER_TESTING = "user_testing", _("User Testing")
    DONE = "done", _("Done")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")


class Priority(models.TextChoices):
    """How urgent it is (SOP-A3); the IT Manager says so."""

    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


OPEN = (Status.NEW, Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING)
ENDED = (Status.DONE, Status.REJECTED, Status.CANCELLED)
# The moves that PostgreSQL lets through; a test keeps them equal to the transitions of the model.
TICKET_MOVES = [
    ("in_progress", "user_testing"),
    ("new", "cancelled"),
    ("new", "rejected"),
    ("new", "waiting"),
    ("user_testing", "done"),
    ("user_testing", "in_progress"),
    ("waiting", "cancelled"),
    ("waiting", "in_progress"),
]


@event_types
class TicketEvent(models.TextChoices):
    """What happens to a ticket."""

    OPENED = "ticket.opened", _("asked: %(title)s")
    ACCEPTED = (
        "ticket.accepted",
        _("accepted the request with priority %(priority)s and gave it to %(assignee)s"),
    )
    ESTIMATED = "ticket.estimated", _("estimated %(hours)s hours")
    REJECTED = "ticket.rejected", _("rejected the request: %(reason)s")
    CANCELLED = "ticket.cancelled", _("withdrew the request")
    ASSIGNED = "ticket.assigned", _("gave the request to %(assignee)s")
    STARTED = "ticket.started", _("started work")
    HANDED_OVER = "ticket.handed_over", _("asked for a test: %(text)s")
    SENT_BACK = "ticket.sent_back", _("says it is not right yet: %(text)s")
    DONE = "ticket.done", _("finished the request")
    ANSWERED = "ticket.answered", _("wrote")
    NOTED = "ticket.noted", _("wrote an internal note")


words(status=Status, priority=Priority)
