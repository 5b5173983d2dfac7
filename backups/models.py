"""Tables of backups."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from backups import gates, rules
from backups.enums import (
    RESTORE_MOVES,
    RUN_MOVES,
    Apart,
    Fault,
    Health,
    Part,
    Removal,
    RepositoryKind,
    RestoreState,
    Rhythm,
    RunKind,
    RunState,
    TargetKind,
)
from backups.querysets import (
    AcknowledgementRows,
    BackupPolicyRows,
    ContactRows,
    MonthlyReportRows,
    RepositoryRows,
    RestoreRows,
    RunRows,
    SnapshotRows,
    TargetRows,
)
from core.transitions import StateField
from events.subjects import Subject

MOST_DAYS = 28  # of a month: the 31st would come seven times a year
MOST_GRACE = 15  # minutes between the hour by which a good backup had to be there and the alarm
_SEALED = models.BinaryField  # JSON sealed by core.secrets; never shown again


class Repository(models.Model):
    """A place of copies: a directory, a server, an object store. What stands in it is encrypted."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=RepositoryKind)
    path = models.CharField(
        _("path or bucket"), max_length=250,
        help_text=_("A directory; for S3 the bucket and a prefix, as backups/itsm."),
    )  # fmt: skip
    host = models.CharField(_("host"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), null=True, blank=True)
    username = models.CharField(_("user name"), max_length=100, blank=True)
    host_key = models.TextField(
        _("host key"), blank=True, help_text=_("A line of known_hosts, as ssh-keyscan prints it.")
    )
    secrets = _SEALED(default=bytes, editable=False)
    is_offsite = models.BooleanField(_("in another building"), default=False)
    limit_kib = models.PositiveIntegerField(_("bandwidth limit, KiB per second"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    place = models.JSONField(default=dict, editable=False)  # where it lies, as far as we could see
    is_made = models.BooleanField(default=False, editable=False)
    check_at = models.DateTimeField(_("next check"), default=timezone.now, editable=False)
    checked_at = models.DateTimeField(_("last passed check"), null=True, editable=False)
    check_part = models.PositiveSmallIntegerField(default=0, editable=False)  # of so many, in rotation
    removal = models.CharField(
        _("removing copies with our keys"),
        max_length=10,
        choices=Removal,
        default=Removal.UNTRIED,
        editable=False,
    )
    removal_at = models.DateTimeField(_("removing was tried"), null=True, editable=False)

    objects = RepositoryRows.as_manager()

    class Meta:
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=RepositoryKind.values), name="repository_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(removal__in=Removal.values), name="repository_removal_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=RepositoryKind.LOCAL) | ~models.Q(host=""),
                name="repository_elsewhere_has_a_host",
            ),
        ]
        triggers = [pgtrigger.Protect(name="repository_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("backups:repository", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events stand in a chain of its own."""
        return Subject("backups.repository", self.pk)

    @property
    def only_appends(self) -> bool:
        """We remove nothing there: it is said that whoever has our keys cannot, or it was tried. What is said only may
        be untrue (`removal`); then the page says so, and the other end must be mended.
        """
        return self.kind == RepositoryKind.APPEND or self.removal == Removal.REFUSED


class Target(models.Model):
    """Something that must not be lost."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=TargetKind)
    branch = models.ForeignKey(
        Branch, verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+",
        help_text=_("Its time zone counts, and tickets about failures belong there."),
    )  # fmt: skip
    is_sop = models.BooleanField(
        _("under SOP-B4.4.2"), default=True, help_text=_("Its copies must lie apart from the main server.")
    )
    host = models.CharField(_("host"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), null=True, blank=True)
    database = models.CharField(_("database"), max_length=100, blank=True)
    path = models.CharField(_("directory"), max_length=250, blank=True)
    username = models.CharField(_("user name"), max_length=100, blank=True)
    host_key = models.TextField(
        _("host key"), blank=True, help_text=_("A line of known_hosts, as ssh-keyscan prints it.")
    )
    secrets = _SEALED(default=bytes, editable=False)
    newest_in = models.CharField(
        _("column that tells its age"), max_length=150, blank=True,
        help_text=_("table.column of an instant that every working day moves, as orders.created_at."),
    )  # fmt: skip
    newest_hours = models.PositiveIntegerField(
        _("hours that its newest row may be old"), null=True, blank=True
    )
    period_hours = models.PositiveIntegerField(
        _("a good backup every so many hours"), default=24, validators=[MinValueValidator(1)]
    )
    grace_minutes = models.PositiveIntegerField(
        _("minutes of grace"), default=MOST_GRACE, validators=[MaxValueValidator(MOST_GRACE)]
    )
    drill_days = models.PositiveSmallIntegerField(
        _("a restore drill every so many days"), default=7,
        validators=[MinValueValidator(1), MaxValueValidator(92)],
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    place = models.JSONField(default=dict, editable=False)
    # What followed from its runs; the sweeps look for these.
    good_at = models.DateTimeField(_("last good backup"), null=True, editable=False)
    proved_at = models.DateTimeField(_("last passed drill"), null=True, editable=False)
    failed_at = models.DateTimeField(_("last failure"), null=True, editable=False)
    began_at = models.DateTimeField(_("on the register since"), default=timezone.now, editable=False)
    alarm_at = models.DateTimeField(_("alarm if nothing comes until"), null=True, editable=False)
    alarmed_at = models.DateTimeField(_("alarm was given"), null=True, editable=False)
    drill_at = models.DateTimeField(_("next drill"), null=True, editable=False)
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = TargetRows.as_manager()

    class Meta:
        verbose_name = _("backup target")
        verbose_name_plural = _("backup targets")
        indexes = [
            models.Index(
                fields=["alarm_at"], condition=models.Q(is_active=True, alarmed_at=None), name="target_alarm"
            ),
            models.Index(fields=["drill_at"], condition=models.Q(is_active=True), name="target_drill"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=TargetKind.values), name="target_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["postgresql", "mariadb"]) | ~models.Q(database=""),
                name="target_database_has_a_name",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["directory", "files"]) | models.Q(path__startswith="/"),
                name="target_directory_is_absolute",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="product"), name="target_product_once"
            ),
            models.CheckConstraint(
                condition=models.Q(grace_minutes__lte=MOST_GRACE), name="target_silence_is_told_soon"
            ),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~models.Q(token_hash=""), name="target_token_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="target_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="target_stays_what_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("kind"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("backups:target", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events, and those of its runs, stand in one chain."""
        return Subject("backups.target", self.pk)

    @property
    def zone(self) -> ZoneInfo:
        """Of its branch."""
        return ZoneInfo(self.branch.time_zone)

    @property
    def is_reported(self) -> bool:
        """Its own script backs it up; we only hear of it, and can neither restore nor drill it."""
        return self.kind == TargetKind.REPORTED

    @property
    def next_alarm_at(self) -> datetime:
        """When silence is an alarm, counted from the last good backup or the beginning."""
        since = self.good_at or self.began_at
        return since + timedelta(hours=self.period_hours, minutes=self.grace_minutes)

    def health(self, now: datetime, policies: "list[BackupPolicy]") -> Health:
        """What the register says. Green only after a restore, whatever programs reported."""
        counting = [policy for policy in policies if policy.is_counting]
        if any(at is not None and at > now + timedelta(minutes=5) for at in (self.good_at, self.proved_at)):
            return Health.CLOCK
        if self.good_at is None:
            return Health.SILENT if now >= self.next_alarm_at else Health.NEVER
        if now >= self.next_alarm_at:
            return Health.SILENT
        if self.failed_at is not None and self.failed_at > self.good_at:
            return Health.FAILING
        if self.is_reported:
            return Health.UNPROVED
        if not counting:
            return Health.PLANLESS
        if self.is_sop and not any(policy.apart == Apart.APART for policy in counting):
            return Health.MISPLACED
        if self.proved_at is None or now - self.proved_at > timedelta(days=self.drill_days, hours=24):
            return Health.UNPROVED
        return Health.GOOD


class BackupPolicy(models.Model):
    """When a target is backed up into a repository, and how long copies are kept there."""

    target = models.ForeignKey(
        Target, verbose_name=_("target"), on_delete=models.PROTECT, related_name="policies"
    )
    repository = models.ForeignKey(
        Repository, verbose_name=_("repository"), on_delete=models.PROTECT, related_name="policies"
    )
    rhythm = models.CharField(_("how often"), max_length=10, choices=Rhythm)
    at = models.TimeField(_("at, by the clock of the branch"))
    weekday = models.PositiveSmallIntegerField(
        _("day of the week"), null=True, blank=True, validators=[MaxValueValidator(6)]
    )
    day = models.PositiveSmallIntegerField(
        _("day of the month"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )  # fmt: skip
    window_minutes = models.PositiveIntegerField(
        _("minutes within which it must begin"), default=180, validators=[MinValueValidator(5)]
    )
    keep_daily = models.PositiveSmallIntegerField(_("daily copies kept"), default=7)
    keep_weekly = models.PositiveSmallIntegerField(_("weekly copies kept"), default=4)
    keep_monthly = models.PositiveSmallIntegerField(_("monthly copies kept"), default=12)
    limit_kib = models.PositiveIntegerField(
        _("bandwidth limit, KiB per second"), null=True, blank=True, validators=[MinValueValidator(64)],
        help_text=_("Of this policy; the smaller of it and that of the repository counts."),
    )  # fmt: skip
    next_at = models.DateTimeField(_("next run"), editable=False)
    apart = models.CharField(_("lies"), max_length=10, choices=Apart, default=Apart.UNKNOWN, editable=False)
    judged_at = models.DateTimeField(_("compared"), null=True, editable=False)
    same_place_reason = models.CharField(_("why it lies there"), max_length=250, blank=True, editable=False)
    same_place_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = BackupPolicyRows.as_manager()

    class Meta:
        verbose_name = _("backup policy")
        verbose_name_plural = _("backup policies")
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(ended_at=None), name="policy_next_run")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rhythm__in=Rhythm.values), name="policy_rhythm_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(rhythm="daily")
                | models.Q(rhythm="weekly", weekday__isnull=False)
                | models.Q(rhythm="monthly", day__isnull=False),
                name="policy_has_its_day",
            ),
            models.CheckConstraint(
                condition=models.Q(day=None) | models.Q(day__range=(1, MOST_DAYS)),
                name="policy_day_comes_every_month",
            ),
            models.CheckConstraint(condition=models.Q(window_minutes__gte=5), name="policy_window_is_open"),
            models.CheckConstraint(
                condition=models.Q(limit_kib=None) | models.Q(limit_kib__gte=64),
                name="policy_limit_lets_through",
            ),
            models.CheckConstraint(
                condition=models.Q(keep_daily__gte=1)
                | models.Q(keep_weekly__gte=1)
                | models.Q(keep_monthly__gte=1),
                name="policy_keeps_something",
            ),
            models.UniqueConstraint(
                fields=["target", "repository", "rhythm"],
                condition=models.Q(ended_at=None),
                name="policy_once_per_rhythm",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="backup_policy_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="backup_policy_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=gates.POLICY,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_rhythm_display()} {self.at:%H:%M}"

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of its target."""
        return Subject("backups.target", self.target_id)

    @property
    def is_counting(self) -> bool:
        """Not ended, into a repository in use."""
        return self.ended_at is None and self.repository.is_active

    @property
    def is_red(self) -> bool:
        """Its copies do not lie apart, with a reason of the IT Manager."""
        return self.apart != Apart.APART


class Contact(models.Model):
    """Somebody whom failure and silence of a policy alarm, beside the IT Manager."""

    policy = models.ForeignKey(BackupPolicy, on_delete=models.CASCADE, related_name="contacts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ContactRows.as_manager()

    class Meta:
        verbose_name = _("alert contact")
        verbose_name_plural = _("alert contacts")
        constraints = [models.UniqueConstraint(fields=["policy", "person"], name="contact_once_per_policy")]

    def __str__(self) -> str:
        return str(self.person)


class Run(models.Model):
    """One piece of work of the engine: a backup, a drill, a check, a restore."""

    kind = models.CharField(_("kind"), max_length=10, choices=RunKind)
    target = models.ForeignKey(
        Target, verbose_name=_("target"), on_delete=models.PROTECT, null=True, related_name="runs"
    )
    repository = models.ForeignKey(
        Repository, verbose_name=_("repository"), on_delete=models.PROTECT, null=True, related_name="runs"
    )
    policy = models.ForeignKey(BackupPolicy, on_delete=models.PROTECT, null=True, related_name="runs")
    source = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    state = StateField(_("state"), default=RunState.QUEUED, choices=RunState.choices, protected=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    closes_at = models.DateTimeField(_("must begin before"))
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    sent_at = models.DateTimeField(null=True)  # when a process was last sent for it
    started_at = models.DateTimeField(_("started"), null=True)
    beat_at = models.DateTimeField(_("last sign of life"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    progress = models.JSONField(_("progress"), default=dict)
    size = models.BigIntegerField(_("size"), default=0)
    added = models.BigIntegerField(_("newly stored"), default=0)
    seconds = models.FloatField(_("duration"), default=0)
    fault = models.CharField(_("reason"), max_length=12, choices=Fault, blank=True)
    log = models.TextField(_("log"), blank=True)
    evidence = models.JSONField(_("evidence"), default=dict)
    jump = models.CharField(_("unlike those before"), max_length=200, blank=True)

    objects = RunRows.as_manager()

    class Meta:
        verbose_name = _("backup run")
        verbose_name_plural = _("backup runs")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="queued"), name="run_queued"),
            models.Index(fields=["beat_at"], condition=models.Q(state="running"), name="run_running"),
            models.Index(fields=["target", "-id"], name="run_of_target"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=RunKind.values), name="run_kind_is_known"),
            models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="run_state_is_known"),
            models.UniqueConstraint(
                fields=["target"], condition=models.Q(state="running"), name="run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(fault=""), name="run_failed_says_why"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="succeeded") | models.Q(fault=""), name="run_good_has_no_fault"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running"], ended_at=None)
                | models.Q(state__in=["succeeded", "failed"], ended_at__isnull=False),
                name="run_ended_says_when",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="run_moves_as_declared", field="state", transitions=RUN_MOVES),
            pgtrigger.Protect(name="run_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(  # what has ended stays as it was told
                name="run_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target or self.repository}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("backups:run", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of what it is about."""
        if self.target_id is not None:
            return Subject("backups.target", self.target_id)
        return Subject("backups.repository", self.repository_id or 0)

    @property
    def is_open(self) -> bool:
        """Waits or works."""
        return self.state in (RunState.QUEUED, RunState.RUNNING)

    @property
    def why(self) -> str:
        """The fault in words."""
        return str(self.get_fault_display()) if self.fault else ""

    @property
    def percent(self) -> int:
        """How far it is, as far as it knows."""
        total = self.progress.get("total") or 0
        return min(99, int(100 * (self.progress.get("bytes") or 0) / total)) if total else 0

    @fsm.transition(field=state, source=RunState.QUEUED, target=RunState.RUNNING, permission=rules.is_runner)
    def begin(self) -> None:
        """A process has it."""

    @fsm.transition(
        field=state, source=RunState.RUNNING, target=RunState.SUCCEEDED, permission=rules.is_runner
    )
    def succeed(self) -> None:
        """Whole, and judged."""

    @fsm.transition(
        field=state, source=[RunState.QUEUED, RunState.RUNNING], target=RunState.FAILED,
        permission=rules.is_runner,
    )  # fmt: skip
    def fail(self) -> None:
        """For the reason in `fault`."""


class Snapshot(models.Model):
    """One part of a set of copies, as our own run made it. Written once; retention only says when it was removed."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="snapshots")
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="snapshots")
    part = models.CharField(_("part"), max_length=10, choices=Part)
    reference = models.CharField(_("snapshot"), max_length=64)
    size = models.BigIntegerField(_("size"), default=0)
    # Nobody fills or reads it; it goes with a later release.
    checksum = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    removed_at = models.DateTimeField(_("removed"), null=True)

    objects = SnapshotRows.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [
            models.UniqueConstraint(fields=["run", "part"], name="snapshot_once_per_part"),
            models.CheckConstraint(condition=models.Q(part__in=Part.values), name="snapshot_part_is_known"),
        ]
        triggers = [
            pgtrigger.Protect(name="snapshot_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="snapshot_is_only_removed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["removed_at"]),
            ),
        ]

    def __str__(self) -> str:
        return self.reference[:8]


class Restore(models.Model):
    """A wish to restore a copy, beside its source or over it; over it two persons must agree (SOP-A4)."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="restores")
    source = models.ForeignKey(Run, verbose_name=_("copy"), on_delete=models.PROTECT, related_name="restores")
    over_source = models.BooleanField(_("over the source"), default=False)
    path = models.CharField(_("only this file or directory"), max_length=500, blank=True)
    destination = models.CharField(_("where to"), max_length=250, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    plan = models.JSONField(default=list)
    state = StateField(_("state"), default=RestoreState.ASKED, choices=RestoreState.choices, protected=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("IT Manager"), on_delete=models.PROTECT, null=True,
        related_name="+",
    )  # fmt: skip
    db_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Database Manager"), on_delete=models.PROTECT, null=True,
        related_name="+",
    )  # fmt: skip
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RestoreRows.as_manager()

    class Meta:
        verbose_name = _("restore")
        verbose_name_plural = _("restores")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RestoreState.values), name="restore_state_is_known"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="restore_has_a_reason"),
        ]
        triggers = [
            pgtrigger.FSM(name="restore_moves_as_declared", field="state", transitions=RESTORE_MOVES),
            pgtrigger.Protect(name="restore_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="restore_stays_what_was_asked",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "target", "source", "over_source", "path", "destination", "reason", "asked_by"
                ),
            ),
            pgtrigger.Trigger(
                name="restore_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=gates.RESTORE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("backups:restore", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the target."""
        return Subject("backups.target", self.target_id)

    @property
    def where(self) -> str:
        """In words."""
        return str(_("over the source")) if self.over_source else self.destination

    @fsm.transition(
        field=state, source=RestoreState.ASKED, target=RestoreState.AGREED, permission=rules.restores,
        conditions=[rules.is_not_the_product_itself, rules.has_both_words],
    )  # fmt: skip
    def agree(self) -> None:
        """Whoever must agree has."""

    @fsm.transition(
        field=state, source=RestoreState.ASKED, target=RestoreState.REFUSED, permission=rules.restores
    )
    def refuse(self) -> None:
        """Nothing is restored."""

    @fsm.transition(
        field=state, source=RestoreState.AGREED, target=RestoreState.DONE, permission=rules.is_runner
    )
    def finish(self) -> None:
        """It is there."""

    @fsm.transition(
        field=state, source=RestoreState.AGREED, target=RestoreState.FAILED, permission=rules.is_runner
    )
    def fail(self) -> None:
        """Its run failed."""


class MonthlyReport(models.Model):
    """What the register said of one month, for the Board. Written once."""

    month = models.DateField(_("month"), unique=True)  # its first day
    content = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = MonthlyReportRows.as_manager()

    class Meta:
        verbose_name = _("monthly report on backups")
        verbose_name_plural = _("monthly reports on backups")
        constraints = [
            models.CheckConstraint(condition=models.Q(month__day=1), name="monthly_report_begins_the_month")
        ]
        triggers = [
            pgtrigger.Protect(name="monthly_report_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("backups:report", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events stand in a chain of its own."""
        return Subject("backups.monthlyreport", self.pk)

    @property
    def number(self) -> str:
        """By which people name it."""
        return f"{self.month:%Y-%m}"

    @property
    def month_name(self) -> str:
        """In the reader's language."""
        return date_format(self.month, "F Y")


class Acknowledgement(models.Model):
    """A member of the Board or a Director has read a monthly report. Written once."""

    report = models.ForeignKey(MonthlyReport, on_delete=models.PROTECT, related_name="acknowledgements")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("acknowledged"), default=timezone.now)

    objects = AcknowledgementRows.as_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [
            models.UniqueConstraint(fields=["report", "person"], name="acknowledgement_once_per_person")
        ]
        triggers = [
            pgtrigger.Protect(name="acknowledgement_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person}"
