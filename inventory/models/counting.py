"""Stock-takes: what was expected in a place, what was found there, and every scan as it came (SOP-B4.1.1)."""

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import labels
from core.transitions import StateField
from events.subjects import Subject
from inventory import gates, rules
from inventory.enums import COUNT_MOVES, CountState, Found
from inventory.models.assets import Asset, AssetFile, Room
from inventory.querysets import LineRows, ScanRows, TakeRows


class StockTake(models.Model):
    """The counting of a branch or of one of its rooms, from the opening to the signature of the branch head."""

    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+"
    )
    room = models.ForeignKey(
        Room, verbose_name=_("room"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = StateField(_("state"), default=CountState.COUNTING, choices=CountState.choices, protected=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    counted_at = models.DateTimeField(_("counted"), null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    signed_at = models.DateTimeField(_("signed"), null=True)
    signed_name = models.CharField(_("signed as"), max_length=100, blank=True, default="", db_default="")
    signed_by_factor = models.CharField(
        _("confirmed by"), max_length=10, blank=True, default="", db_default=""
    )
    content_hash = models.CharField(max_length=64, blank=True, default="", db_default="")

    objects = TakeRows.as_manager()
    get_state_display = labels.of("state", CountState)

    class Meta:
        verbose_name = _("stock-take")
        verbose_name_plural = _("stock-takes")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=CountState.values), name="count_state_is_known"),
            models.UniqueConstraint(
                fields=["branch", "room"], condition=models.Q(state="counting"), name="one_count_of_a_place_at_a_time",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at=None, signed_by=None)
                | models.Q(signed_at__isnull=False, signed_by__isnull=False),
                name="count_is_signed_by_somebody",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.FSM(name="count_moves_as_declared", field="state", transitions=COUNT_MOVES),
            pgtrigger.Trigger(
                name="count_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=gates.COUNT,
            ),
            pgtrigger.Protect(name="count_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.place}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("inventory:take", args=[self.pk])

    @property
    def number(self) -> str:
        """How people call it: SO-0007, as in "stock opname"."""
        return f"SO-{self.pk:04d}"

    @property
    def place(self) -> str:
        """What is counted."""
        return f"{self.branch} · {self.room}" if self.room_id else str(self.branch)

    @property
    def case(self) -> Subject:
        """Its own chain."""
        return Subject("inventory.stocktake", self.pk)

    @fsm.transition(state, source="counting", target=None, permission=rules.may_count)
    def count(self) -> None:
        """A scan, a correction, a photo."""

    @fsm.transition(state, source="counting", target="counted", permission=rules.may_count)
    def end(self) -> None:
        """Everything was counted; what was not found is missing."""

    @fsm.transition(state, source="counted", target="counting", permission=rules.may_count)
    def reopen(self) -> None:
        """Somebody looks once more."""

    @fsm.transition(state, source="counted", target="signed", permission=rules.heads)
    def sign(self) -> None:
        """The head of the branch stands for it."""

    @fsm.transition(state, source="counting", target="cancelled", permission=rules.may_count)
    def cancel(self) -> None:
        """It was opened by mistake."""


class CountLine(models.Model):
    """One asset, or one code that is none, in a stock-take."""

    take = models.ForeignKey(StockTake, on_delete=models.PROTECT, related_name="lines")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.CharField(_("code"), max_length=300)
    is_expected = models.BooleanField(_("expected"), default=False)
    result = models.CharField(_("result"), max_length=10, choices=Found, default=Found.EXPECTED)
    is_corrected = models.BooleanField(_("place corrected"), default=False)
    was_at = models.CharField(_("registered at"), max_length=200, blank=True, default="", db_default="")
    note = models.CharField(_("note"), max_length=500, blank=True, default="", db_default="")
    photo = models.ForeignKey(AssetFile, on_delete=models.PROTECT, null=True, related_name="+")
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField(_("seen"), null=True)

    objects = LineRows.as_manager()
    get_result_display = labels.of("result", Found)

    class Meta:
        verbose_name = _("line of a stock-take")
        verbose_name_plural = _("lines of stock-takes")
        constraints = [
            models.UniqueConstraint(fields=["take", "code"], name="count_line_once"),
            models.CheckConstraint(condition=models.Q(result__in=Found.values), name="count_result_is_known"),
        ]
        indexes = [models.Index(fields=["take", "result"], name="count_line_by_result")]
        triggers = [
            pgtrigger.Trigger(
                name="count_line_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=gates.LINE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.result}"


class Scan(models.Model):
    """One reading of one code, as the phone kept it; `key` is made there, so that sending twice counts once."""

    take = models.ForeignKey(StockTake, on_delete=models.PROTECT, related_name="scans")
    key = models.UUIDField(unique=True)
    code = models.CharField(_("code"), max_length=300)
    scanned_at = models.DateTimeField(_("scanned"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(CountLine, on_delete=models.PROTECT, related_name="scans")
    result = models.CharField(_("result"), max_length=10, choices=Found)

    objects = ScanRows.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        triggers = [pgtrigger.Protect(name="scan_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.code
