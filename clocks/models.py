"""Tables of promises."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from clocks.enums import LEVELS, ClockState, Promise
from clocks.querysets import ClockRows
from events.subjects import Subject


class Clock(models.Model):
    """One promise about one subject. `case_*` names the subject in whose chain its events stand."""

    promise = models.CharField(_("promise"), max_length=10, choices=Promise)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    case_type = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    branch = models.ForeignKey("accounts.Branch", on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    level = models.PositiveSmallIntegerField(_("percent told"), default=0)
    next_level_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=ClockState, default=ClockState.RUNNING)

    objects = ClockRows.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "subject_type", "subject_id"], name="clock_once_per_promise"
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gt=models.F("started_at")), name="clock_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", stopped_at=None)
                | models.Q(stopped_at__isnull=False) & ~models.Q(state="running"),
                name="clock_runs_until_stopped",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ClockState.values), name="clock_state_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["next_level_at"], condition=models.Q(state="running"), name="clock_due"),
            models.Index(
                fields=["promise", "due_at"], condition=models.Q(state="running"), name="clock_running"
            ),
            models.Index(fields=["case_type", "case_id"], name="clock_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.subject_type}:{self.subject_id}"

    def level_at(self, percent: int) -> datetime:
        """The instant at which `percent` of the time has passed."""
        return self.started_at + (self.due_at - self.started_at) * percent / 100

    @property
    def case(self) -> Subject:
        """In whose chain the events of this clock stand."""
        return Subject(self.case_type, self.case_id)

    @property
    def next_level(self) -> int | None:
        """The next percentage at which somebody is told; None after the breach."""
        return next((p for p in LEVELS if p > self.level), None)

    @property
    def is_running(self) -> bool:
        """Not yet answered."""
        return self.state == ClockState.RUNNING
