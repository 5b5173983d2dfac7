"""Repairs: from when to when, why, and what they cost."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.models.assets import Asset
from inventory.querysets import RepairRows


class Repair(models.Model):
    """One stay in repair. It begins and ends with the state of the asset; the cost is told when it comes back."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="repairs", db_index=False)
    reason = models.CharField(_("reason"), max_length=500)
    cost = models.DecimalField(
        _("cost (Rp)"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    started_at = models.DateTimeField(_("begun"), default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = RepairRows.as_manager()

    class Meta:
        verbose_name = _("repair")
        verbose_name_plural = _("repairs")
        indexes = [
            models.Index(fields=["asset", "-started_at"], name="repair_of_asset"),
            models.Index(fields=["started_at"], name="repair_by_start"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=models.Q(ended_at=None), name="one_repair_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(cost=None) | models.Q(cost__gte=0), name="repair_cost_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}: {self.reason}"
