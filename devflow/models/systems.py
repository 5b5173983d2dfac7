"""Tables of the applications of the group and of their servers."""

import pgtrigger
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from devflow.enums import EnvironmentKind
from devflow.querysets import EnvironmentRows, SystemRows


class System(models.Model):
    """An application of the group."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("what it is for"), max_length=250, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = SystemRows.as_manager()

    class Meta:
        verbose_name = _("system")
        verbose_name_plural = _("systems")

    def __str__(self) -> str:
        return self.name


class Environment(models.Model):
    """One server of a system: Trial, Training or Production (SOP-A2)."""

    system = models.ForeignKey(
        System, verbose_name=_("system"), on_delete=models.PROTECT, related_name="environments"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=EnvironmentKind)
    address = models.CharField(_("address"), max_length=200, validators=[URLValidator(["http", "https"])])

    objects = EnvironmentRows.as_manager()

    class Meta:
        verbose_name = _("server")
        verbose_name_plural = _("servers")
        constraints = [
            models.UniqueConstraint(fields=["system", "kind"], name="one_server_per_kind_and_system"),
            models.CheckConstraint(
                condition=models.Q(kind__in=EnvironmentKind.values), name="server_kind_is_known"
            ),
        ]
        triggers = [
            # What ran on Trial would count as having run on Training (SOP-A2).
            pgtrigger.Protect(
                name="server_is_what_it_was",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("system", "kind"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.get_kind_display()}"
