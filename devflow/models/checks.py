"""The table of what environments say about the version that runs there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from devflow.enums import Check
from devflow.models.systems import Environment
from devflow.querysets import VersionCheckRows


class VersionCheck(models.Model):
    """What the version address of one server told last, and when it is asked again."""

    environment = models.OneToOneField(Environment, on_delete=models.CASCADE, related_name="check_of")
    state = models.CharField(_("result"), max_length=10, choices=Check, blank=True)
    told = models.CharField(_("told"), max_length=200, blank=True)
    expected = models.CharField(_("deployed"), max_length=60, blank=True)
    looked_at = models.DateTimeField(_("looked"), null=True)
    since_at = models.DateTimeField(_("since"), null=True)
    due_at = models.DateTimeField(_("due"), db_index=True)

    objects = VersionCheckRows.as_manager()

    class Meta:
        verbose_name = _("check of a version")
        verbose_name_plural = _("checks of versions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["", *Check.values]), name="version_check_state_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.environment}: {self.told}"
