"""Kinds, statuses and words of tickets."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, figures, words


class Kind(models.TextChoices):
    """What is asked for (SOP-A1)."""

    TROUBLESHOOTING = "troubleshooting", _("Something is broken")
    DATA_UPDATE = "data_update", _("Data must be corrected")
    DEVELOPMENT = "development", _("Build or change an application")


class Channel(models.TextChoices):
    """How the request reached us."""

    BROWSER = "browser", _("Browser")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    API = "api", _("API")
    MONDAY = "monday", "monday.com"


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


class TieKind(models.TextChoices):
    """How two tickets belong together."""

    RELATED = "related", _("has to do with")
    SAME_CAUSE = "same_cause", _("has the same cause as")
    SAME_PURPOSE = "purpose", _("serves the same purpose as (hours count together)")


OPEN = (Status.NEW, Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING)
ENDED = (Status.DONE, Status.REJECTED, Status.CANCELLED)
REOPEN_WITHIN = timedelta(days=7)  # a requester may say that it came back
# The moves that PostgreSQL lets through; a test keeps them equal to the transitions of the model.
TICKET_MOVES = [
    ("done", "in_progress"),
    ("in_progress", "cancelled"),
    ("in_progress", "user_testing"),
    ("new", "cancelled"),
    ("new", "rejected"),
    ("new", "waiting"),
    ("user_testing", "cancelled"),
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
    RECLASSIFIED = (
        "ticket.reclassified",
        _("changed the kind from “%(before_kind)s” to “%(new_kind)s”: %(reason)s"),
    )
    ESTIMATED = "ticket.estimated", _("estimated %(hours)s hours")
    REJECTED = "ticket.rejected", _("rejected the request: %(reason)s")
    CANCELLED = "ticket.cancelled", _("withdrew the request")
    ENDED = "ticket.ended", _("ended the work: %(reason)s")
    ASSIGNED = "ticket.assigned", _("gave the request to %(assignee)s")
    PRIORITISED = (
        "ticket.prioritised",
        _("changed the priority from %(before_priority)s to %(priority)s: %(reason)s"),
    )
    TAKEN = "ticket.taken", _("took the request on")
    STARTED = "ticket.started", _("started work")
    HANDED_OVER = "ticket.handed_over", _("asked for a test: %(text)s")
    SENT_BACK = "ticket.sent_back", _("says it is not right yet: %(text)s")
    DONE = "ticket.done", _("finished the request")
    ANSWERED = "ticket.answered", _("wrote")
    NOTED = "ticket.noted", _("wrote an internal note")
    ASKED_BACK = "ticket.asked_back", _("asked the requester: %(excerpt)s")
    MERGED = "ticket.merged", _("joined this request with %(other)s, which asks for the same")
    ABSORBED = "ticket.absorbed", _("joined %(other)s with this request: it asks for the same")
    ENDED_ELSEWHERE = (
        "ticket.ended_elsewhere",
        _("notes that %(other)s, with which this request was joined, is now “%(status)s”"),
    )
    SPLIT = "ticket.split", _("made a request of its own out of a part of this one: %(other)s")
    SPLIT_OFF = "ticket.split_off", _("made this request out of a part of %(other)s")
    TIED = "ticket.tied", _("linked this request with %(other)s")
    UNTIED = "ticket.untied", _("took the link with %(other)s away")
    ADOPTED = "ticket.adopted", _("made this request a part of %(other)s")
    PART_ADDED = "ticket.part_added", _("made %(other)s a part of this request")
    DISOWNED = "ticket.disowned", _("took this request out of %(other)s")
    PART_REMOVED = "ticket.part_removed", _("took %(other)s out of this request")
    ESCALATED = "ticket.escalated", _("gave the request to the experts of %(team)s: %(reason)s")
    PLANNED = "ticket.planned", _("planned the work from %(start)s to %(finish)s")
    ASSET_NAMED = "ticket.asset_named", _("noted that it is about %(tag)s")
    ASSET_UNNAMED = "ticket.asset_unnamed", _("noted that it is not about %(tag)s")
    REOPENED = "ticket.reopened", _("opened the request again: %(text)s")
    CLOSED_UNCONFIRMED = (
        "ticket.closed_unconfirmed",
        _("ended the request: no word from the requester for %(days)s days"),
    )
    RATED = "ticket.rated", _("is satisfied with %(score)s of 5")
    EDITED = "ticket.edited", _("changed what was written")
    WATCHED = "ticket.watched", _("lets %(person)s follow the request")
    UNWATCHED = "ticket.unwatched", _("no longer lets %(person)s follow the request")
    MENTIONED = "ticket.mentioned", _("mentioned %(person)s")


words(
    status=Status, priority=Priority, before_priority=Priority, tie=TieKind, before_kind=Kind, new_kind=Kind
)
figures("hours")
