"""Tables beside a development: hours, timers, checklists, commits."""

from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devflow import gates
from devflow.models.development import DevelopmentRequest
from devflow.querysets import ChecklistRows, CommitRows, HourRows, TimerRows
from events.subjects import Subject

HASH = RegexValidator(r"^[0-9a-fA-F]{7,64}$", _("Write the 7 to 64 characters of the commit."))
LONGEST = timedelta(hours=12)  # a timer that runs longer was forgotten


class HourEntry(models.Model):
    """Hours that somebody worked on a development on one day. PostgreSQL marks those booked while it was held.

    Nothing is rewritten: what was wrong gets a counter-entry, the same with its hours negative, which `takes_back` the
    other. Its note is the reason; sums need to know nothing of it.
    """

    request = models.ForeignKey(DevelopmentRequest, on_delete=models.PROTECT, related_name="hours")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    date = models.DateField(_("day"))
    hours = models.DecimalField(
        _("hours"), max_digits=5, decimal_places=2, validators=[MinValueValidator(-24), MaxValueValidator(24)]
    )
    note = models.CharField(_("what was done"), max_length=250)
    booked_at = models.DateTimeField(_("booked"), default=timezone.now)
    while_held = models.BooleanField(
        _("while the work was held"), default=False, db_default=False, editable=False
    )

    takes_back = models.OneToOneField(
        "self", verbose_name=_("takes back"), on_delete=models.PROTECT, null=True, related_name="counter"
    )
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken back by"), on_delete=models.PROTECT, null=True,
        related_name="+", db_index=False,
    )  # fmt: skip

    objects = HourRows.as_manager()

    class Meta:
        verbose_name = _("booked hours")
        verbose_name_plural = _("booked hours")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(takes_back=None, taken_back_by=None, hours__gt=0, hours__lte=24)
                | models.Q(takes_back__isnull=False, taken_back_by__isnull=False, hours__lt=0, hours__gte=-24)
                & ~models.Q(note=""),
                name="hours_fit_into_a_day",
            )
        ]
        indexes = [
            models.Index(fields=["date"], name="hours_of_day")
        ]  # those of the last weeks, for the capacity
        triggers = [
            pgtrigger.Protect(name="hours_are_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="hours_are_marked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("r", "devflow_developmentrequest"), ("t", "tickets_ticket")],
                func=gates.MARKS_HOURS,
            ),
            pgtrigger.Trigger(
                name="hours_keep_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("r", "devflow_developmentrequest"),
                    ("t", "tickets_ticket"),
                    ("was", "devflow_hourentry"),
                ],
                func=gates.HOUR_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h"

    @property
    def taken_back(self) -> "HourEntry | None":
        """The counter-entry that took these hours back, or None."""
        return getattr(self, "counter", None)


class Timer(models.Model):
    """Somebody works on a development now. Stopped, it becomes hours; forgotten, it waits for its person's word.

    `stopped_at` without `closed_at` is a forgotten one: the product stopped it after twelve hours.
    """

    request = models.ForeignKey(DevelopmentRequest, on_delete=models.PROTECT, related_name="timers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    closed_at = models.DateTimeField(_("booked or thrown away"), null=True)
    entry = models.OneToOneField(HourEntry, on_delete=models.PROTECT, null=True, related_name="timer")

    objects = TimerRows.as_manager()

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        indexes = [
            models.Index(fields=["started_at"], name="timer_running", condition=models.Q(stopped_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], name="timer_one_per_person", condition=models.Q(closed_at=None)
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_at=None)
                | models.Q(stopped_at__gte=models.F("started_at"))
                & models.Q(stopped_at__lte=models.F("started_at") + LONGEST),
                name="timer_runs_twelve_hours_at_most",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, entry=None)
                | models.Q(closed_at__isnull=False, stopped_at__isnull=False),
                name="timer_is_stopped_before_it_is_closed",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="timer_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="timer_is_what_it_was",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("request", "person", "started_at"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.request}"

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the ticket."""
        return self.request.case

    @property
    def is_forgotten(self) -> bool:
        """The product stopped it; its person says how long they really worked."""
        return self.stopped_at is not None and self.closed_at is None


class CheckItem(models.Model):
    """One line of a checklist: ticked by whom and when."""

    request = models.ForeignKey(DevelopmentRequest, on_delete=models.PROTECT, related_name="checks")
    text = models.CharField(_("what to check"), max_length=200)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(_("ticked"), null=True)

    objects = ChecklistRows.as_manager()

    class Meta:
        verbose_name = _("line of a checklist")
        verbose_name_plural = _("lines of checklists")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_by=None, done_at=None)
                | models.Q(done_by__isnull=False, done_at__isnull=False),
                name="check_is_ticked_by_somebody",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="check_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="check_is_what_it_was",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("request", "text", "added_by"),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Commit(models.Model):
    """A commit of a repository that belongs to a development."""

    request = models.ForeignKey(DevelopmentRequest, on_delete=models.PROTECT, related_name="commits")
    hash = models.CharField(_("commit"), max_length=64, validators=[HASH])
    repository = models.CharField(
        _("repository"), max_length=200, blank=True, validators=[URLValidator(["https"])]
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = CommitRows.as_manager()

    class Meta:
        verbose_name = _("commit")
        verbose_name_plural = _("commits")
        constraints = [
            models.UniqueConstraint(fields=["request", "hash"], name="commit_once_per_development"),
        ]
        triggers = [pgtrigger.Protect(name="commit_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.hash[:12]
