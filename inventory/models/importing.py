"""Imports: a file of assets on its way into the inventory, and what is wrong with its rows."""

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
from inventory import rules
from inventory.enums import IMPORT_MOVES, ImportMode, ImportState
from inventory.querysets import ImportRows, ProblemRows


class AssetImport(models.Model):
    """A file with assets, from its upload until its rows are in the inventory, all of them or none.

    `header` and `preview` are its first rows, `mapping` says for each column which field it is ("" for none),
    `defaults` what holds for rows that say nothing. `done` of `total` rows were gone through in this state. `found`
    are the figures of the last pass: new, changed, same, wrong.
    """

    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("size"))
    form = models.CharField(max_length=4, default="csv", db_default="csv")
    encoding = models.CharField(_("encoding"), max_length=20, blank=True, default="", db_default="")
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True, default="", db_default="")
    header = models.JSONField(default=list)
    preview = models.JSONField(default=list)
    mapping = models.JSONField(_("columns"), default=list)
    defaults = models.JSONField(default=dict)
    mode = models.CharField(_("what is done"), max_length=8, choices=ImportMode, default=ImportMode.BOTH)
    state = StateField(_("state"), default=ImportState.UPLOADED, choices=ImportState.choices, protected=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    asked_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    done = models.PositiveIntegerField(default=0, db_default=0)
    total = models.PositiveIntegerField(_("rows"), default=0, db_default=0)
    found = models.JSONField(default=dict)
    why = models.CharField(_("why it failed"), max_length=500, blank=True, default="", db_default="")

    objects = ImportRows.as_manager()
    get_state_display = labels.of("state", ImportState)

    class Meta:
        verbose_name = _("import of assets")
        verbose_name_plural = _("imports of assets")
        indexes = [
            models.Index(fields=["by", "-id"], name="import_of_person"),
            models.Index(
                fields=["id"], name="import_at_work", condition=models.Q(state__in=["checking", "running"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ImportState.values), name="import_state_is_known"
            )
        ]
        triggers = [
            pgtrigger.FSM(name="import_moves_as_declared", field="state", transitions=IMPORT_MOVES),
            pgtrigger.Protect(name="import_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("inventory:import", args=[self.pk])

    @property
    def number(self) -> str:
        """How people call it."""
        return f"IM-{self.pk:04d}"

    @property
    def case(self) -> Subject:
        """Its own chain."""
        return Subject("inventory.assetimport", self.pk)

    @property
    def is_at_work(self) -> bool:
        """The worker has it."""
        return self.state in (ImportState.CHECKING, ImportState.RUNNING)

    @property
    def percent(self) -> int:
        """Of its rows, gone through."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    @fsm.transition(
        state, source=["uploaded", "checked"], target="checking", permission=rules.uploaded,
        conditions=[rules.has_columns],
    )  # fmt: skip
    def check_rows(self) -> None:
        """Its columns are named; all rows are tried."""

    @fsm.transition(
        state, source="checked", target="running", permission=rules.uploaded, conditions=[rules.is_faultless]
    )
    def run(self) -> None:
        """The rows go into the inventory."""

    @fsm.transition(
        state, source=["uploaded", "checked", "failed"], target="cancelled", permission=rules.uploaded
    )
    def cancel(self) -> None:
        """It is not wanted any more."""

    @fsm.transition(state, source=["checking", "running"], target="checked", permission=rules.works)
    def to_checked(self) -> None:
        """All rows were tried, and nothing was kept."""

    @fsm.transition(state, source="running", target="done", permission=rules.works)
    def to_done(self) -> None:
        """All rows are in the inventory."""

    @fsm.transition(state, source=["checking", "running"], target="failed", permission=rules.works)
    def to_failed(self) -> None:
        """The file could not be read to its end."""


class ImportProblem(models.Model):
    """What is wrong with one row of a file, in the words of who uploaded it; from the last pass."""

    of = models.ForeignKey(AssetImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=100, blank=True, default="", db_default="")
    said = models.CharField(_("what is wrong"), max_length=300)

    objects = ProblemRows.as_manager()

    class Meta:
        verbose_name = _("problem of an import")
        verbose_name_plural = _("problems of imports")
        indexes = [models.Index(fields=["of", "row", "id"], name="problem_by_row")]

    def __str__(self) -> str:
        return f"{self.row}: {self.said}"
