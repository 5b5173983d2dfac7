"""Maintenance: plans for types of assets, and what is to be done on each asset in each period (SOP-B4.1.2)."""

from typing import Any

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import labels
from core.transitions import StateField
from events.subjects import Subject
from inventory import gates, rules
from inventory.enums import TASK_MOVES, TaskState
from inventory.models.assets import Asset, AssetType
from inventory.querysets import PlanRows, TaskRows, WorkerRows


class MaintenancePlan(models.Model):
    """What is done how often on the assets of a type, of one branch or of all.

    `lines` is the checklist: `{"text": "Temperature", "kind": "reading", "unit": "°C", "low": "", "high": "75"}`.
    """

    name = models.CharField(_("name"), max_length=100)
    type = models.ForeignKey(AssetType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="+")
    branch = models.ForeignKey(
        "accounts.Branch",
        verbose_name=_("only for branch"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    times_a_month = models.PositiveSmallIntegerField(
        _("times a month"), default=1, validators=[MaxValueValidator(8)]
    )
    lines = models.JSONField(_("checklist"), default=list)
    workers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("who does it"), related_name="+", through="PlanWorker"
    )
    started_date = models.DateField(_("from"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    planned_to_date = models.DateField(_("planned until"), null=True, editable=False)

    objects = PlanRows.as_manager()

    class Meta:
        verbose_name = _("maintenance plan")
        verbose_name_plural = _("maintenance plans")
        triggers = [
            pgtrigger.Trigger(
                name="plan_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=gates.MONTHLY,
            ),
            pgtrigger.Protect(name="plan_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name


class PlanWorker(models.Model):
    """Somebody among whom the work of a plan is spread."""

    plan = models.ForeignKey(MaintenancePlan, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )

    objects = WorkerRows.as_manager()

    class Meta:
        verbose_name = _("who does maintenance")
        verbose_name_plural = _("who does maintenance")
        constraints = [models.UniqueConstraint(fields=["plan", "person"], name="plan_worker_once")]

    def __str__(self) -> str:
        return str(self.person)


class MaintenanceTask(models.Model):
    """The maintenance of one asset in one period. `results` are the lines as they were answered."""

    plan = models.ForeignKey(MaintenancePlan, on_delete=models.PROTECT, related_name="tasks")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="maintenance")
    period_date = models.DateField(_("period from"))
    due_date = models.DateField(_("due"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who does it"), on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    state = StateField(_("state"), default=TaskState.OPEN, choices=TaskState.choices, protected=True)
    results = models.JSONField(_("results"), default=list)
    note = models.TextField(_("note"), blank=True, default="", db_default="")
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    overdue_told_at = models.DateTimeField(null=True, editable=False)

    objects = TaskRows.as_manager()
    get_state_display = labels.of("state", TaskState)

    class Meta:
        verbose_name = _("maintenance task")
        verbose_name_plural = _("maintenance tasks")
        indexes = [
            models.Index(
                fields=["assignee", "due_date"], name="task_of_assignee", condition=models.Q(state="open")
            ),
            models.Index(fields=["due_date", "id"], name="task_by_due", condition=models.Q(state="open")),
            models.Index(fields=["asset", "-id"], name="task_of_asset"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "asset", "period_date"], name="task_once_in_a_period"),
            models.CheckConstraint(
                condition=models.Q(state__in=TaskState.values), name="task_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", done_at=None, done_by=None)
                | ~models.Q(state="open") & models.Q(done_at__isnull=False, done_by__isnull=False),
                name="task_is_done_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="task_moves_as_declared", field="state", transitions=TASK_MOVES),
            pgtrigger.Trigger(
                name="task_keeps_the_sop", when=pgtrigger.Before, operation=pgtrigger.Update, func=gates.DONE
            ),
            pgtrigger.Protect(name="task_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.asset.tag}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("inventory:task", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the asset."""
        return Subject("inventory.asset", self.asset_id)

    @property
    def branch_id(self) -> int:
        """Where the asset is: roles are held per branch."""
        return self.asset.branch_id

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The lines that were not in order."""
        return [line for line in self.results if line.get("answer") == "problem"]

    @fsm.transition(state, source="open", target="done", permission=rules.keeps)
    def finish(self) -> None:
        """It was done."""

    @fsm.transition(state, source="open", target="dropped", permission=rules.keeps)
    def drop(self) -> None:
        """It is not done in this period, for a reason."""

    @fsm.transition(state, source="open", target=None, permission=rules.keeps)
    def reassign(self) -> None:
        """Somebody else does it."""
