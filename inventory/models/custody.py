"""Custody: what changes hands between the IT division and a person, and who signed for it (SOP-B4.1.1)."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.enums import ApprovalState
from core import labels
from events.subjects import Subject
from inventory import gates
from inventory.enums import Condition, Direction
from inventory.models.assets import Asset
from inventory.querysets import HandoverLineRows, HandoverRows


class Handover(models.Model):
    """Several assets that go to a person or come back from one, with one signature under all of them.

    `approval` is the form that is signed: its state is the state of the hand-over, its document the receipt. `signer`
    is `person`, or the IT Manager who takes back what nobody is there to give (`without_reason` says why).
    """

    direction = models.CharField(_("what happens"), max_length=4, choices=Direction)
    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who signs"), on_delete=models.PROTECT, related_name="+"
    )
    without_reason = models.CharField(
        _("why without their signature"), max_length=500, blank=True, default="", db_default=""
    )
    note = models.TextField(_("note"), blank=True, default="", db_default="")
    approval = models.OneToOneField(
        "approvals.Approval", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = HandoverRows.as_manager()
    get_direction_display = labels.of("direction", Direction)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(direction__in=Direction.values), name="handover_direction_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(signer=models.F("person")) ^ ~models.Q(without_reason=""),
                name="handover_is_signed_or_says_why_not",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="handover_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=gates.HANDOVER,
            ),
            pgtrigger.Protect(name="handover_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("inventory:detail", args=[self.pk])

    @property
    def number(self) -> str:
        """The number on the receipt."""
        return self.approval.number if self.approval else ""

    @property
    def state(self) -> str:
        """Where its form stands."""
        return str(self.approval.state) if self.approval else str(ApprovalState.DRAFT)

    @property
    def is_signed(self) -> bool:
        """It has happened."""
        return self.state == ApprovalState.APPROVED

    @property
    def waits(self) -> bool:
        """It is not signed yet."""
        return self.state == ApprovalState.PENDING

    @property
    def case(self) -> Subject:
        """Its own chain."""
        return Subject("inventory.handover", self.pk)


class HandoverLine(models.Model):
    """One asset of a hand-over, and how it looked then."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="lines")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="handover_lines")
    condition = models.CharField(_("condition"), max_length=8, choices=Condition)
    note = models.CharField(_("note"), max_length=500, blank=True, default="", db_default="")

    objects = HandoverLineRows.as_manager()
    get_condition_display = labels.of("condition", Condition)

    class Meta:
        verbose_name = _("item of a hand-over")
        verbose_name_plural = _("items of hand-overs")
        constraints = [
            models.UniqueConstraint(fields=["handover", "asset"], name="handover_item_once"),
            models.CheckConstraint(
                condition=models.Q(condition__in=Condition.values), name="handover_condition_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="handover_item_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.handover_id}: {self.asset_id}"

    def as_content(self, photos: list[dict[str, Any]]) -> dict[str, Any]:
        """How it stands in the form that is signed."""
        asset = self.asset
        return {
            "asset": asset.pk, "tag": asset.tag, "title": asset.title, "type": asset.type.name, "serial": asset.serial,
            "condition": str(self.condition), "note": self.note, "photos": photos,
        }  # fmt: skip
