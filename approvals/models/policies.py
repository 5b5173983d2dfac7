"""Who must decide: data with history, never code."""

import pgtrigger
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from approvals import gates
from approvals.enums import Kind, TimeOut
from approvals.querysets import PolicyRows


class Policy(models.Model):
    """Who decides on forms of one kind. A change is a new row; a form keeps the one it was opened under.

    `rules` is a list; the first whose conditions (`when`) a form meets names its `steps`, in order. `approvals.asking`
    reads it.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    threshold_hours = models.DecimalField(
        _("more than so many hours"), max_digits=7, decimal_places=2, validators=[MinValueValidator(0)]
    )
    man_day_hours = models.DecimalField(
        _("hours of a man-day"), max_digits=4, decimal_places=2, validators=[MinValueValidator(1)]
    )
    rules = models.JSONField(_("rules"), default=list)
    remind_after_hours = models.PositiveSmallIntegerField(_("first reminder after hours"), null=True)
    remind_every_hours = models.PositiveSmallIntegerField(_("then every so many hours"), null=True)
    time_out_hours = models.PositiveSmallIntegerField(_("time to decide, in hours"), null=True)
    on_time_out = models.CharField(
        _("when it has run out"), max_length=10, choices=TimeOut, default=TimeOut.NOTHING
    )
    escalate_to = models.CharField(_("who may decide then"), max_length=20, choices=Role, blank=True)
    question_pauses = models.BooleanField(_("a question stops the clock"), default=False)
    note = models.CharField(_("what changes"), max_length=200, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("published by"), on_delete=models.PROTECT, null=True,
        related_name="+",
    )  # fmt: skip
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now, editable=False)

    objects = PolicyRows.as_manager()

    class Meta:
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(threshold_hours__gte=0), name="policy_threshold_is_hours"
            ),
            models.CheckConstraint(
                condition=models.Q(on_time_out__in=TimeOut.values)
                & (models.Q(on_time_out="nothing") | models.Q(time_out_hours__gt=0))
                & (models.Q(escalate_to="") ^ models.Q(on_time_out="escalate")),
                name="policy_says_what_follows_when",
            ),
            models.CheckConstraint(
                condition=models.Q(remind_every_hours=None) | models.Q(remind_every_hours__gt=0),
                name="policy_reminds_now_and_then",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="policy_is_history", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="policy_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=gates.POLICY_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} > {self.threshold_hours} h"
