"""Kinds and states of promises."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class Promise(models.TextChoices):
    """What is promised."""

    RESPONSE = "response", _("first response")
    BOARD = "board", _("decision of Director and Board")


class ClockState(models.TextChoices):
    """Whether the promise still runs, was kept, or ended otherwise."""

    RUNNING = "running", _("Running")
    MET = "met", _("In time")
    LATE = "late", _("Late")
    CANCELLED = "cancelled", _("Ended")


# SOP-B4.3.1: two hours, round the clock. The Board's own time is measured apart, so that it is not booked on IT.
LENGTH = {Promise.RESPONSE: timedelta(hours=2), Promise.BOARD: timedelta(hours=48)}
LEVELS = (50, 75, 100)  # percent of the time at which somebody is told; 100 is the breach


@event_types
class ClockEvent(models.TextChoices):
    """What happens to a promise."""

    STARTED = "clock.started", _("started the clock for the %(promise)s, due %(due)s")
    WARNED = "clock.warned", _("warns: %(level)s %% of the time for the %(promise)s has passed")
    BREACHED = "clock.breached", _("warns: the time for the %(promise)s has run out")
    MET = "clock.met", _("kept the promise in time: %(promise)s")
    LATE = "clock.late", _("kept the promise late: %(promise)s")


words(promise=Promise)
