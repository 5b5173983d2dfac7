"""What hangs on a form while it is written: files, and scenarios to be used again."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.gates import form_gate
from approvals.models.forms import Approval
from approvals.querysets import FormFileRows, ScenarioSetRows

_FROZEN = (
    " SELECT * INTO a FROM approvals_approval WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.approval_id"
    " ELSE NEW.approval_id END;"
    + form_gate("a", "a.state <> 'draft'", "The files of a submitted form are frozen with it.")
    + form_gate("a", "TG_OP = 'UPDATE'", "A file is added or taken away, never exchanged.")
    + " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
)


class FormFile(models.Model):
    """A file of a BRM, or the evidence of a scenario of a UAT. Its hash stands in the form's content and is signed."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = FormFileRows.as_manager()

    class Meta:
        verbose_name = _("file of a form")
        verbose_name_plural = _("files of forms")
        triggers = [
            pgtrigger.Trigger(
                name="form_file_is_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("a", "approvals_approval")],
                func=_FROZEN,
            )
        ]

    def __str__(self) -> str:
        return self.name


class ScenarioSet(models.Model):
    """Scenarios of a UAT kept under a name, to be used again for the same system."""

    system = models.CharField(_("system"), max_length=200)
    name = models.CharField(_("name"), max_length=100)
    scenarios = models.JSONField(_("scenarios"), default=list)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = ScenarioSetRows.as_manager()

    class Meta:
        verbose_name = _("set of scenarios")
        verbose_name_plural = _("sets of scenarios")
        constraints = [
            models.UniqueConstraint(fields=["system", "name"], name="scenario_set_once_per_system")
        ]

    def __str__(self) -> str:
        return self.name
