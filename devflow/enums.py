"""Stages, environments and words of development."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


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


class DeploymentResult(models.TextChoices):
    """How a deployment went."""

    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


# The moves that PostgreSQL lets through; tests keep them equal to the transitions of the models.
STAGE_MOVES = [
    ("ready", "done"),
    ("ready", "trial"),
    ("training", "ready"),
    ("training", "trial"),
    ("trial", "training"),
    ("waiting", "trial"),
]
BUILD_MOVES = [("registered", "trial"), ("training", "production"), ("trial", "training")]


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
    BUILD_REGISTERED = "development.build_registered", _("registered build %(build)s")
    DEPLOYED = "development.deployed", _("deployed build %(build)s on %(environment)s")
    DEPLOYMENT_FAILED = (
        "development.deployment_failed",
        _("could not deploy build %(build)s on %(environment)s: %(notes)s"),
    )
    BACK_TO_TRIAL = "development.back_to_trial", _("sent the work back to Trial")
    READY = "development.ready", _("declared build %(build)s ready for Production: its UAT is signed")


words(environment=EnvironmentKind, result=DeploymentResult)
