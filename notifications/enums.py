"""What a message is about, and how soon somebody wants its letter."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a message is about, seen by the person who gets it."""

    NEW_REQUEST = "new_request", _("A new request has arrived")
    REQUEST = "request", _("A request of mine moves on")
    CONVERSATION = "conversation", _("Somebody wrote in a request of mine")
    MENTION = "mention", _("Somebody mentioned me")
    TASK = "task", _("Something waits for me: work, a test, a question")
    SIGN = "sign", _("A form waits for my signature")
    WARNING = "warning", _("A promised time is running out")
    BREACH = "breach", _("A promised time has run out")


class Letter(models.TextChoices):
    """When a message becomes a letter."""

    NOW = "now", _("at once")
    DIGEST = "digest", _("gathered")
    NEVER = "never", _("never")
