"""Tables of the times at which releases are open: weekly windows, and freezes like the closing of a month."""

from zoneinfo import ZoneInfo

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.enums import TimeZone
from core import times
from devflow.models.systems import System
from devflow.querysets import FreezeRows, WindowRows
from devflow.windows import Frozen, Weekly
from events.subjects import Subject

MOST_FROZEN_DAYS = 14  # of a month at its end, and as many at its beginning: some days must remain
_ENDED = models.Q(ended_at=None, ended_by=None) | models.Q(ended_at__isnull=False, ended_by__isnull=False)


class Window(models.Model):
    """Hours of the week in which Production may be released: of one system, or of all that have none of their own.

    It closes on the next day where it closes no later than it opens. Kept when it ends.
    """

    system = models.ForeignKey(
        System, verbose_name=_("system"), on_delete=models.PROTECT, null=True, related_name="windows"
    )
    days = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("days"), size=7)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    zone = models.CharField(_("time zone"), max_length=40, choices=TimeZone, default=TimeZone.WIB)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = WindowRows.as_manager()

    class Meta:
        verbose_name = _("release window")
        verbose_name_plural = _("release windows")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days__contained_by=list(range(7))) & ~models.Q(days=[]),
                name="window_has_days_of_a_week",
            ),
            models.CheckConstraint(
                condition=models.Q(zone__in=TimeZone.values), name="window_zone_is_indonesian"
            ),
            models.CheckConstraint(condition=_ENDED, name="window_is_ended_by_somebody"),
        ]
        triggers = [
            pgtrigger.Protect(name="window_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="window_is_only_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["ended_by", "ended_at"]),
            ),
            pgtrigger.Protect(
                name="window_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        days = ", ".join(str(WEEKDAYS_ABBR[day]) for day in sorted(self.days))
        return f"{days} {self.opens:%H:%M}–{self.closes:%H:%M} {self.get_zone_display()}"

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the system, or in that of all of them."""
        return Subject("devflow.system", self.system_id or 0)

    @property
    def weekly(self) -> Weekly:
        """As arithmetic."""
        return Weekly(frozenset(self.days), self.opens, self.closes, ZoneInfo(self.zone))


class Freeze(models.Model):
    """Days on which nothing is released, with the reason: between two instants, or around every end of a month."""

    system = models.ForeignKey(
        System, verbose_name=_("system"), on_delete=models.PROTECT, null=True, related_name="freezes"
    )
    reason = models.CharField(_("reason"), max_length=120)
    starts_at = models.DateTimeField(_("from"), null=True)
    ends_at = models.DateTimeField(_("until"), null=True)
    last_days = models.PositiveSmallIntegerField(
        _("last days of each month"), default=0, validators=[MaxValueValidator(MOST_FROZEN_DAYS)]
    )
    first_days = models.PositiveSmallIntegerField(
        _("first days of each month"), default=0, validators=[MaxValueValidator(MOST_FROZEN_DAYS)]
    )
    zone = models.CharField(_("time zone"), max_length=40, choices=TimeZone, default=TimeZone.WIB)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = FreezeRows.as_manager()

    class Meta:
        verbose_name = _("freeze")
        verbose_name_plural = _("freezes")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    starts_at__isnull=False, ends_at__gt=models.F("starts_at"), last_days=0, first_days=0
                )
                | models.Q(starts_at=None, ends_at=None) & ~models.Q(last_days=0, first_days=0),
                name="freeze_has_dates_or_days_of_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(last_days__lte=MOST_FROZEN_DAYS, first_days__lte=MOST_FROZEN_DAYS),
                name="freeze_leaves_days_of_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(zone__in=TimeZone.values), name="freeze_zone_is_indonesian"
            ),
            models.CheckConstraint(condition=_ENDED, name="freeze_is_ended_by_somebody"),
        ]
        triggers = [
            pgtrigger.Protect(name="freeze_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="freeze_is_only_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["ended_by", "ended_at"]),
            ),
            pgtrigger.Protect(
                name="freeze_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        if self.starts_at is None or self.ends_at is None:
            said = _("each month: its last days %(last)s, its first days %(first)s")
            return str(said % {"last": self.last_days, "first": self.first_days})
        begin, end = (timezone.localtime(at) for at in (self.starts_at, self.ends_at))
        day = "j M Y"
        return (
            f"{date_format(begin, day)} {begin:%H:%M} – {date_format(end, day)} {end:%H:%M} {times.zone(end)}"
        )

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the system, or in that of all of them."""
        return Subject("devflow.system", self.system_id or 0)

    @property
    def frozen(self) -> Frozen:
        """As arithmetic."""
        return Frozen(
            self.reason, ZoneInfo(self.zone), self.starts_at, self.ends_at, self.last_days, self.first_days
        )
