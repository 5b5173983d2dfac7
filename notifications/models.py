"""Tables of messages."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.outbox import Queued
from events.models import Event
from notifications.querysets import MailRows, NotificationRows


class Notification(models.Model):
    """Something a person should know, in their language; shown on the bell, sent by e-mail."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    subscriber = models.CharField(max_length=100)
    title = models.CharField(_("title"), max_length=250)
    text = models.TextField(_("text"), blank=True)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NotificationRows.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person", "subscriber"], name="notification_once_per_event_and_person"
            )
        ]
        indexes = [models.Index(fields=["person", "-id"], name="notification_of_person")]

    def __str__(self) -> str:
        return self.title


class Mail(Queued):
    """A letter that must leave. Its Message-ID is fixed, so a repetition is recognised by whoever gets it twice."""

    MOST_ATTEMPTS = 60  # two days: mail servers are away for longer than we are

    notification = models.OneToOneField(Notification, on_delete=models.CASCADE, related_name="mail")

    objects = MailRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")

    def __str__(self) -> str:
        return f"{self.notification_id}"

    @property
    def message_id(self) -> str:
        """RFC 5322 Message-ID, the same for every attempt."""
        return f"<notification.{self.notification_id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>"
