"""Stages, environments and words of development."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words
from tickets.enums import Status


class EnvironmentKind(models.TextChoices):
    """The three servers of SOP-A2, in their order."""

    TRIAL = "trial", _("Trial")
    TRAINING = "training", _("Training")
    PRODUCTION = "production", _("Production")


class Stage(models.TextChoices):
    """Where a development stands."""

    WAITING = "waiting", _("Waiting")
    TRIAL = "trial", _("Trial")
    TRAINING = "training", _("Training")
    READY = "ready", _("Ready for Production")
    DONE = "done", _("Done")
    ON_HOLD = "on_hold", _("On hold")
    CANCELLED = "cancelled", _("Cancelled")


class Column(models.TextChoices):
    """The four columns of the board, as SOP-A3 names them."""

    WAITING = "waiting", _("Waiting")
    IN_PROGRESS = "in_progress", _("In Progress")
    USER_TESTING = "user_testing", _("User Testing")
    DEPLOY = "deploy", _("Deploy")


COLUMN_OF: dict[str, Column] = {
    Stage.WAITING: Column.WAITING,
    Stage.TRIAL: Column.IN_PROGRESS,
    Stage.TRAINING: Column.USER_TESTING,
    Stage.READY: Column.DEPLOY,
    Stage.DONE: Column.DEPLOY,
}


class Reached(models.TextChoices):
    """How far a build has come."""

    REGISTERED = "registered", _("Registered")
    TRIAL = "trial", _("Trial")
    TRAINING = "training", _("Training")
    PRODUCTION = "production", _("Production")
    ROLLED_BACK = "rolled_back", _("Rolled back")


class DeploymentResult(models.TextChoices):
    """How a deployment went."""

    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    ROLLED_BACK = "rolled_back", _("Rolled back")
    RESTORED = "restored", _("Put back")


RUNS = (DeploymentResult.SUCCEEDED, DeploymentResult.RESTORED)  # afterwards the build runs there
TRIED = (DeploymentResult.SUCCEEDED, DeploymentResult.FAILED)  # how putting a build on a server can go
# The way of a development; it may stand still beside it, or end before its end.
WAY = (Stage.WAITING, Stage.TRIAL, Stage.TRAINING, Stage.READY, Stage.DONE)
# The status of the ticket at each stage (SOP-A3); while it stands still, that of the stage where it stood.
STATUS_OF = {
    Stage.WAITING: Status.WAITING,
    Stage.TRIAL: Status.IN_PROGRESS,
    Stage.TRAINING: Status.USER_TESTING,
    Stage.READY: Status.USER_TESTING,
    Stage.DONE: Status.DONE,
    Stage.CANCELLED: Status.CANCELLED,
}


class Check(models.TextChoices):
    """Whether a server runs what was deployed there, by its own word."""

    FITS = "fits", _("runs what was deployed")
    DIFFERS = "differs", _("runs something else")
    SILENT = "silent", _("does not say")


# The moves that PostgreSQL lets through; tests keep them equal to the transitions of the models.
STAGE_MOVES = [
    ("done", "trial"),
    ("on_hold", "cancelled"),
    ("on_hold", "ready"),
    ("on_hold", "training"),
    ("on_hold", "trial"),
    ("on_hold", "waiting"),
    ("ready", "cancelled"),
    ("ready", "done"),
    ("ready", "on_hold"),
    ("ready", "trial"),
    ("training", "cancelled"),
    ("training", "on_hold"),
    ("training", "ready"),
    ("training", "trial"),
    ("trial", "cancelled"),
    ("trial", "on_hold"),
    ("trial", "training"),
    ("waiting", "cancelled"),
    ("waiting", "on_hold"),
    ("waiting", "trial"),
]
BUILD_MOVES = [
    ("production", "rolled_back"),
    ("registered", "trial"),
    ("training", "production"),
    ("trial", "training"),
]


# So long the word of one of the two counts who let an emergency fix go before its test. What can wait longer than a day
# can wait for its test.
WORD_COUNTS = timedelta(hours=24)
HOURS_OF_A_DAY = 24  # so many hours a person can have worked on one day, over all requests
# The seats of the two.
SEATS = ("manager", "second")

# What is asked before every release; yes or no. A system may add questions of its own.
RISKS: dict[str, Any] = {
    "money": _("Does it touch money, stock or salaries?"),
    "data": _("Does it change or move data that is there already?"),
    "downtime": _("Does the system stand still while it is released?"),
    "irreversible": _("Is there anything that cannot be undone?"),
}


@event_types
class DevelopmentEvent(models.TextChoices):
    """What happens to a development."""

    OPENED = "development.opened", _("opened the development")
    HELD = "development.held", _("holds the work: %(hours)s hours need an approved BRM (SOP-A5)")
    HELD_TOO = (
        "development.held_too",
        _("holds the work: with %(other)s, which serves the same purpose, it is %(hours)s hours (SOP-A5)"),
    )
    PLANNED = "development.planned", _("chose the system %(system)s")
    STARTED = "development.started", _("started work on Trial")
    HOURS_BOOKED = "development.hours_booked", _("booked %(hours)s hours: %(note)s")
    HOURS_TAKEN_BACK = (
        "development.hours_taken_back",
        _("took back %(hours)s hours that %(person)s had booked for %(day)s: %(reason)s"),
    )
    TIMER_STARTED = "development.timer_started", _("started a timer")
    TIMER_FORGOTTEN = (
        "development.timer_forgotten",
        _("stopped the timer of %(person)s after twelve hours and asks how long it really was"),
    )
    TIMER_DROPPED = "development.timer_dropped", _("threw the time of a timer away")
    PREPARED = "development.prepared", _("answered the risk questions and wrote the roll-back plan: %(plan)s")
    CHECK_ADDED = "development.check_added", _("added to the checklist: %(text)s")
    CHECKED = "development.checked", _("ticked: %(text)s")
    UNCHECKED = "development.unchecked", _("took the tick away: %(text)s")
    COMMIT_LINKED = "development.commit_linked", _("linked commit %(commit)s")
    BUILD_REGISTERED = "development.build_registered", _("registered build %(build)s")
    DEPLOYED = "development.deployed", _("deployed build %(build)s on %(environment)s")
    DEPLOYMENT_FAILED = (
        "development.deployment_failed",
        _("could not deploy build %(build)s on %(environment)s: %(notes)s"),
    )
    PUT_ON_HOLD = "development.put_on_hold", _("put the work on hold: %(reason)s")
    LEFT_RUNNING = (
        "development.left_running",
        _("left build %(build)s on %(environment)s, where it runs until another one is deployed"),
    )
    RESUMED = "development.resumed", _("let the work go on at %(stage)s")
    ROLLED_BACK = (
        "development.rolled_back",
        _("took build %(build)s out of Production (now runs: %(restored)s): %(reason)s"),
    )
    EMERGENCY_ASKED = (
        "development.emergency_asked",
        _("asks to release build %(build)s before its UAT: %(reason)s"),
    )
    EMERGENCY_AGREED = (
        "development.emergency_agreed",
        _("agreed to release build %(build)s before its UAT, as %(role)s"),
    )
    EMERGENCY_LAPSED = (
        "development.emergency_lapsed",
        _("asks again to release build %(build)s before its UAT: risks or roll-back plan have changed"),
    )
    EMERGENCY_RELEASED = (
        "development.emergency_released",
        _("released build %(build)s as an emergency fix; UAT and review are due on %(due)s"),
    )
    EMERGENCY_OVERDUE = (
        "development.emergency_overdue",
        _("warns: UAT and review of the emergency fix %(build)s were due on %(due)s"),
    )
    EMERGENCY_REVIEWED = (
        "development.emergency_reviewed",
        _("reviewed the emergency fix %(build)s: %(review)s"),
    )
    EMERGENCY_SETTLED = "development.emergency_settled", _("settled the emergency fix %(build)s")
    BACK_TO_TRIAL = "development.back_to_trial", _("sent the work back to Trial")
    RELEASE_GIVEN = (
        "development.release_given",
        _("gave build %(build)s free for Production, for %(hours)s hours; a robot carries it out"),
    )
    RELEASE_WITHDRAWN = "development.release_withdrawn", _("took the release of build %(build)s back")
    READY = "development.ready", _("declared build %(build)s ready for Production: its UAT is signed")


@event_types
class SystemEvent(models.TextChoices):
    """What happens to an application of the group and to its servers."""

    ADDED = "system.added", _("added the system %(system)s")
    CHANGED = "system.changed", _("changed the system %(system)s: %(fields)s")
    SERVER_CHANGED = "system.server_changed", _("changed the server %(environment)s: %(fields)s")
    VERSION_FITS = "system.version_fits", _("saw build %(build)s on %(environment)s, as deployed")
    VERSION_DIFFERS = (
        "system.version_differs",
        _("saw “%(told)s” on %(environment)s, where build %(build)s was deployed"),
    )
    VERSION_SILENT = "system.version_silent", _("got no version from %(environment)s: %(told)s")
    WINDOW_ADDED = "system.window_added", _("opened a release window: %(what)s")
    WINDOW_ENDED = "system.window_ended", _("ended the release window %(what)s")
    FREEZE_ADDED = "system.freeze_added", _("froze releases (%(reason)s): %(what)s")
    FREEZE_ENDED = "system.freeze_ended", _("ended the freeze (%(reason)s): %(what)s")


words(environment=EnvironmentKind, result=DeploymentResult, stage=Stage)
