"""Kinds and states of promises."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class Promise(models.TextChoices):
    """What is promised."""

    RESPONSE = "response", _("first response")
    BOARD = "board", _("decision of Director and Board")
    CONFIRMATION = "confirmation", _("answer of the requester")


class ClockState(models.TextChoices):
    """Whether the promise still runs, was kept, or ended otherwise."""

    RUNNING = "running", _("Running")
    MET = "met", _("In time")
    LATE = "late", _("Late")
    CANCELLED = "cancelled", _("Ended")


class Where(models.TextChoices):
    """For whom a policy counts, where it names no branch."""

    ALL = "*", _("all branches")


class DayOff(models.TextChoices):
    """Why a day does not count."""

    HOLIDAY = "holiday", _("public holiday")
    LEAVE = "leave", _("collective leave")


# The moves that PostgreSQL lets through: a promise ends once, and its result stays.
CLOCK_MOVES = [
    (ClockState.RUNNING.value, end.value) for end in (ClockState.MET, ClockState.LATE, ClockState.CANCELLED)
]
LEVELS = (50, 75, 100)  # percent of the time at which somebody is told; 100 is the breach
# Promises of IT, of Director and Board: when one is broken, the IT Manager must hear of it (SOP-B4.3.1).
ESCALATED = (Promise.RESPONSE, Promise.BOARD)
# Of whatever stands here the clocks are seen by whoever sees it.
CASES = ("tickets.ticket",)


@event_types
class ClockEvent(models.TextChoices):
    """What happens to a promise, and to how it is counted."""

    STARTED = "clock.started", _("started the clock for the %(promise)s, due %(due)s")
    WARNED = "clock.warned", _("warns: %(level)s %% of the time for the %(promise)s has passed")
    BREACHED = (
        "clock.breached",
        _("warns: the time for the %(promise)s has run out; told: %(escalated_to)s"),
    )
    MET = "clock.met", _("kept the promise in time: %(promise)s")
    LATE = "clock.late", _("kept the promise late: %(promise)s")
    PAUSED = "clock.paused", _("paused the clock for the %(promise)s: %(reason)s")
    RESUMED = "clock.resumed", _("let the clock for the %(promise)s run again, due %(due)s")
    EXCUSED = "clock.excused", _("noted: by %(calendar)s the %(promise)s was not late, it is due %(due)s")
    CALENDAR_PUBLISHED = "clock.calendar_published", _("published %(calendar)s: %(note)s")
    POLICY_PUBLISHED = (
        "clock.policy_published",
        _("set the time for the %(promise)s to %(length)s, for %(where)s"),
    )
    POLICY_RETURNED = (
        "clock.policy_returned",
        _("let the time for the %(promise)s in %(where)s be as for all branches again"),
    )


words(promise=Promise, where=Where)
