"""Who must decide: data with history, never code."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from approvals.enums import Kind
from approvals.querysets import PolicyRows


class Policy(models.Model):
    """Who decides on forms of one kind, and from how many hours on. A change is a new row; requests keep theirs."""

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    threshold_hours = models.DecimalField(
        _("more than so many hours"), max_digits=7, decimal_places=2, validators=[MinValueValidator(0)]
    )
    man_day_hours = models.DecimalField(
        _("hours of a man-day"), max_digits=4, decimal_places=2, validators=[MinValueValidator(1)]
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role), verbose_name=_("who decides, in this order")
    )
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now, editable=False)

    objects = PolicyRows.as_manager()

    class Meta:
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")
        constraints = [
            models.CheckConstraint(condition=models.Q(roles__len__gt=0), name="policy_names_somebody"),
            models.CheckConstraint(
                condition=models.Q(threshold_hours__gte=0), name="policy_threshold_is_hours"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="policy_is_history", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} > {self.threshold_hours} h"
