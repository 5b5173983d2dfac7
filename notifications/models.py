"""Tables of messages."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.outbox import Queued
from events.models import Event
from notifications import threads
from notifications.enums import Kind, Letter
from notifications.querysets import DigestTimeRows, MailRows, NotificationRows, PreferenceRows


class Notification(models.Model):
    """Something a person should know, in their language; shown on the bell, sent by e-mail, as they prefer.

    `gather_at` is set while it waits for the letter that gathers several (`gathered_in`).
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    subscriber = models.CharField(max_length=100)
    kind = models.CharField(_("about"), max_length=20, choices=Kind, default=Kind.REQUEST)
    title = models.CharField(_("title"), max_length=250)
    text = models.TextField(_("text"), blank=True)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    on_bell = models.BooleanField(_("on the bell"), default=True)
    gather_at = models.DateTimeField(null=True, blank=True)
    gathered_in = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="gathered", db_index=False
    )

    objects = NotificationRows.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person", "subscriber"], name="notification_once_per_event_and_person"
            )
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notification_of_person"),
            models.Index(
                fields=["gather_at", "person"],
                condition=models.Q(gather_at__isnull=False),
                name="notification_waits",
            ),
            models.Index(
                fields=["gathered_in"],
                condition=models.Q(gathered_in__isnull=False),
                name="notification_gathered",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def thread(self) -> threads.Thread:
        """The conversation this message is a part of; a letter that gathers several cases is one of its own."""
        if self.is_digest:
            return threads.Thread("notifications.digest", self.pk, self.person_id)
        return threads.Thread(self.event.subject_type, self.event.subject_id, self.person_id)

    @property
    def is_digest(self) -> bool:
        """It only gathers others into one letter."""
        return self.subscriber.startswith("digest.")


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
        """RFC 5322 Message-ID, the same for every attempt; an answer that quotes it finds its case."""
        return threads.message_id(f"notification.{self.notification_id}", self.notification.thread)


class Preference(models.Model):
    """How somebody wants to hear of one kind of news; without a row the default of their roles counts."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(_("about"), max_length=20, choices=Kind)
    on_bell = models.BooleanField(_("on the bell"), default=True)
    letter = models.CharField(_("by e-mail"), max_length=10, choices=Letter, default=Letter.NOW)

    objects = PreferenceRows.as_manager()

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="preference_once_per_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=Kind.values, letter__in=Letter.values),
                name="preference_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_letter_display()}"


class DigestTime(models.Model):
    """The hour of the day, where the person works, at which gathered news leave; None: every full hour."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="digest_time"
    )
    hour = models.PositiveSmallIntegerField(_("hour"), null=True)

    objects = DigestTimeRows.as_manager()

    class Meta:
        verbose_name = _("hour of the gathered letter")
        verbose_name_plural = _("hours of the gathered letters")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hour=None) | models.Q(hour__lte=23), name="digest_hour_is_of_a_day"
            )
        ]

    def __str__(self) -> str:
        return "" if self.hour is None else f"{self.hour:02}:00"
