"""Tables of promises, of the calendars that say which time counts, and of the policies that say how much."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.gates import holds_role
from clocks import rules
from clocks.enums import CLOCK_MOVES, LEVELS, ClockState, Promise
from clocks.querysets import CalendarRows, CalendarVersionRows, ClockPolicyRows, ClockRows, PauseRows
from clocks.working_time import Hours
from core.database import gate
from core.times import exact
from core.transitions import StateField
from events.subjects import Subject

State = ClockState
SHORTEST, LONGEST = 60, 366 * 24 * 3600  # seconds that a promise may last


class Calendar(models.Model):
    """The working hours of somebody, under a name. What they are stands in its versions."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    is_active = models.BooleanField(_("may be chosen"), default=True)

    objects = CalendarRows.as_manager()

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        triggers = [pgtrigger.Protect(name="calendar_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


_TIME = "'^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'"
# Every segment with the end of the one before it; texts like 08:30 sort as the times they say.
_CALENDAR_GATES = f"""
    SELECT count(*), COALESCE(bool_or(
             x.day !~ '^[0-6]$' OR jsonb_array_length(x.pair) <> 2 OR x.opens IS NULL OR x.closes IS NULL
             OR x.opens !~ {_TIME} OR x.closes !~ {_TIME} OR x.opens >= x.closes OR x.opens < x.before), false)
      INTO segments, wrong
      FROM (SELECT d.key AS day, s.value AS pair, (s.value->>0) COLLATE "C" AS opens,
                   (s.value->>1) COLLATE "C" AS closes,
                   (lag(s.value->>1) OVER (PARTITION BY d.key ORDER BY s.ordinality)) COLLATE "C" AS before
              FROM jsonb_each(NEW.segments) d, jsonb_array_elements(d.value) WITH ORDINALITY s) x;
    {gate("SOP-B4.3.1", "segments = 0", "A calendar without any working time would let no promise ever come due.")}
    {gate("SOP-B4.3.1", "wrong", "The hours of a day must follow each other, from 00:00 to 24:00, without overlap.")}
    RETURN NEW;
"""


class CalendarVersion(models.Model):
    """Which hours of a week count, and which days do not, since it was published. Never changed.

    `segments` is `{"0": [["08:00", "12:00"], ["13:00", "17:00"]], ...}`, Monday is 0; `holidays` is a list of
    `{"date", "name", "kind"}`.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    segments = models.JSONField(_("working hours"))
    holidays = models.JSONField(_("days off"), default=list)
    note = models.CharField(_("what changed"), max_length=200)
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = CalendarVersionRows.as_manager()

    class Meta:
        verbose_name = _("version of a calendar")
        verbose_name_plural = _("versions of calendars")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="calendar_version_is_history", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="calendar_has_working_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("segments", "integer"), ("wrong", "boolean")],
                func=_CALENDAR_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.number}"

    @property
    def hours(self) -> Hours:
        """As arithmetic."""
        return Hours.of(self.segments, self.holidays)


class ClockPolicy(models.Model):
    """How long a promise lasts. A change is a new row; clocks that run keep theirs."""

    promise = models.CharField(_("promise"), max_length=20, choices=Promise)
    branch = models.ForeignKey(
        "accounts.Branch",
        verbose_name=_("only for branch"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    length = models.PositiveIntegerField(_("seconds"))
    calendar = models.ForeignKey(
        Calendar, verbose_name=_("working calendar"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    may_pause = models.BooleanField(_("may be paused"), default=False)
    # From `valid_from` on the branch is counted by what is set for all; the other facts are those of that moment.
    follows_all = models.BooleanField(_("as for all branches"), default=False, db_default=False)
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ClockPolicyRows.as_manager()

    class Meta:
        verbose_name = _("policy of a promise")
        verbose_name_plural = _("policies of promises")
        indexes = [models.Index(fields=["promise", "-valid_from"], name="clock_policy_in_force")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(length__gte=SHORTEST, length__lte=LONGEST),
                name="clock_policy_has_a_length",
            ),
            models.CheckConstraint(
                condition=models.Q(promise__in=Promise.values), name="clock_policy_promise_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(follows_all=False) | models.Q(branch__isnull=False),
                name="clock_policy_of_all_follows_nobody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="clock_policy_is_history", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_promise_display()}: {_('as for all branches') if self.follows_all else self.lasts}"

    @property
    def lasts(self) -> str:
        """The length in words."""
        return exact(self.duration)

    @property
    def duration(self) -> timedelta:
        """The length as time."""
        return timedelta(seconds=self.length)


class Clock(models.Model):
    """One promise about one subject. `case_*` names the subject in whose chain its events stand.

    `due_at` and `next_level_at` follow from start, policy, calendar version, zone and pauses; they are kept because an
    index over them makes the sweep cheap. While it is paused there is no next level, and `due_at` is as it was.
    `untold_from` is set between the mark of a breach and its events: from which level on the ledger is still to hear.
    """

    promise = models.CharField(_("promise"), max_length=20, choices=Promise)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    case_type = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    branch = models.ForeignKey("accounts.Branch", on_delete=models.PROTECT, null=True, related_name="+")
    policy = models.ForeignKey(
        ClockPolicy, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    zone = models.CharField(
        _("time zone"), max_length=40, default=settings.TIME_ZONE, db_default=settings.TIME_ZONE
    )
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    level = models.PositiveSmallIntegerField(_("percent told"), default=0)
    untold_from = models.PositiveSmallIntegerField(_("percent told when it ran out"), null=True)
    next_level_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(_("paused since"), null=True)
    breached_at = models.DateTimeField(_("ran out"), null=True)
    excused_by = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    state = StateField(
        _("state"), max_length=10, choices=State.choices, default=State.RUNNING, protected=True
    )

    objects = ClockRows.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "subject_type", "subject_id"],
                condition=models.Q(promise="response"),
                name="response_is_promised_once",
            ),
            models.UniqueConstraint(
                fields=["promise", "subject_type", "subject_id"],
                condition=models.Q(state="running"),
                name="clock_runs_once",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gt=models.F("started_at")), name="clock_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", stopped_at=None)
                | models.Q(stopped_at__isnull=False) & ~models.Q(state="running"),
                name="clock_runs_until_stopped",
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="clock_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(paused_at=None) | models.Q(next_level_at=None, state="running"),
                name="clock_tells_nothing_while_paused",
            ),
            models.CheckConstraint(
                condition=models.Q(breached_at=None) | models.Q(level=LEVELS[-1]) & ~models.Q(state="met"),
                name="clock_is_not_both_met_and_breached",
            ),
            models.CheckConstraint(
                condition=models.Q(excused_by=None) | models.Q(breached_at__isnull=False),
                name="clock_excuses_a_breach",
            ),
            models.CheckConstraint(
                condition=models.Q(untold_from=None)
                | models.Q(breached_at__isnull=False, state="running", untold_from__lt=LEVELS[-1]),
                name="clock_owes_only_a_breach",
            ),
        ]
        indexes = [
            models.Index(fields=["next_level_at"], condition=models.Q(state="running"), name="clock_due"),
            models.Index(
                fields=["due_at", "id"], condition=models.Q(untold_from__isnull=False), name="clock_untold"
            ),
            models.Index(
                fields=["promise", "due_at"], condition=models.Q(state="running"), name="clock_running"
            ),
            models.Index(fields=["case_type", "case_id"], name="clock_of_case"),
            models.Index(
                fields=["calendar_version", "id"],
                condition=models.Q(state="running", calendar_version__isnull=False),
                name="clock_counted_by",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="clock_moves_as_declared", field="state", transitions=CLOCK_MOVES),
            pgtrigger.Protect(
                name="clock_result_is_final",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="running"),
            ),
            pgtrigger.Protect(name="clock_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.subject_type}:{self.subject_id}"

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
        return bool(self.state == State.RUNNING)

    @property
    def is_paused(self) -> bool:
        """Its time stands still."""
        return self.paused_at is not None

    @property
    def wall(self) -> ZoneInfo:
        """The time zone of the branch when the promise was made."""
        return ZoneInfo(self.zone)

    @fsm.transition(field=state, source=State.RUNNING, target=State.MET)
    def meet(self) -> None:
        """The promise was kept in time."""

    @fsm.transition(field=state, source=State.RUNNING, target=State.LATE)
    def miss(self) -> None:
        """The promise was kept late."""

    @fsm.transition(field=state, source=State.RUNNING, target=State.CANCELLED)
    def drop(self) -> None:
        """Nobody waits for it any more."""

    @fsm.transition(
        field=state, source=State.RUNNING, target=None, permission=rules.may_pause,
        conditions=[rules.policy_allows, rules.is_ticking, rules.is_not_broken],
    )  # fmt: skip
    def pause(self) -> None:
        """Its time stands still, for a reason that is written down."""

    @fsm.transition(
        field=state, source=State.RUNNING, target=None, permission=rules.may_pause, conditions=[rules.is_paused]
    )  # fmt: skip
    def resume(self) -> None:
        """Its time passes again."""


_IS_MANAGER = holds_role(role="'it_manager'", person="NEW.by_id", branch="c.branch_id")
_PAUSE_GATES = (
    "SELECT * INTO c FROM clocks_clock WHERE id = NEW.clock_id;"
    " SELECT COALESCE(bool_or(p.may_pause), false) INTO allowed FROM clocks_clockpolicy p WHERE p.id = c.policy_id;"
    + gate("SOP-B4.3.1", "c.state <> 'running'", "A promise that has ended is not paused.")
    + gate("SOP-B4.3.1", "NOT allowed", "The policy of this promise allows no pause.")
    + gate(
        "SOP-B4.3.1",
        f"NOT {_IS_MANAGER} AND NOT (c.promise = 'board' AND EXISTS"
        " (SELECT 1 FROM accounts_user u WHERE u.id = NEW.by_id AND u.is_robot))",
        "Only the IT Manager pauses a promise.",
    )
    + " RETURN NEW;"
)
_CLOSES_ONLY = (
    gate(
        "SOP-B4.3.1",
        "OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR (NEW.clock_id, NEW.started_at, NEW.by_id, NEW.reason)"
        " IS DISTINCT FROM (OLD.clock_id, OLD.started_at, OLD.by_id, OLD.reason)",
        "A pause is ended once, and nothing else of it changes.",
    )
    + " RETURN NEW;"
)


class Pause(models.Model):
    """Time that does not count for one promise: who stopped it, why, and who let it run again."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="pauses")
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    ended_at = models.DateTimeField(_("until"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = PauseRows.as_manager()

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=models.Q(ended_at=None), name="pause_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__gte=models.F("started_at"), ended_by__isnull=False),
                name="pause_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="pause_has_a_reason"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="pause_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("c", "clocks_clock"), ("allowed", "boolean")],
                func=_PAUSE_GATES,
            ),
            pgtrigger.Trigger(
                name="pause_is_only_ended",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_CLOSES_ONLY,
            ),
            pgtrigger.Protect(name="pause_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.reason
