"""Tables of the applications of the group: whose they are, where they run, who may deploy there."""

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from devflow.enums import EnvironmentKind
from devflow.querysets import DeployerRows, EnvironmentRows, OwnerRows, SystemRows
from devflow.windows import Timetable
from events.subjects import Subject


def lines_of_text(label: Any) -> Any:
    """A short list of short sentences."""
    return ArrayField(
        models.CharField(max_length=200), verbose_name=label, default=list, blank=True, db_default=[]
    )


def timetable_of(key: int, windows: Iterable[Any], freezes: Iterable[Any]) -> Timetable:
    """Of these windows and freezes those that count for one system: its own windows go before those of all systems."""
    here = [window for window in windows if window.system_id in (key, None)]
    own = [window for window in here if window.system_id == key]
    frozen = (freeze.frozen for freeze in freezes if freeze.system_id in (key, None))
    return Timetable(tuple(window.weekly for window in own or here), tuple(frozen))


class System(models.Model):
    """An application of the group."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("what it is for"), max_length=250, blank=True)
    repositories = ArrayField(
        models.CharField(max_length=250, validators=[URLValidator(["https"])]),
        verbose_name=_("repositories"), default=list, blank=True, db_default=[],
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)
    # Copied into each request that changes this system; a request keeps what it was given.
    checklist = lines_of_text(_("checklist"))
    risk_questions = lines_of_text(_("risk questions"))
    owners = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owners"),
        related_name="+",
        through="SystemOwner",
        blank=True,
    )

    objects = SystemRows.as_manager()

    class Meta:
        verbose_name = _("system")
        verbose_name_plural = _("systems")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("devflow:system", args=[self.pk])

    @property
    def case(self) -> Subject:
        """Its events, and those of its servers, stand in one chain."""
        return Subject("devflow.system", self.pk)

    @cached_property
    def timetable(self) -> Timetable:
        """When its releases are open; asked of PostgreSQL once. Its own windows go before those of all systems."""
        windows: Any = apps.get_model("devflow", "Window").objects
        freezes: Any = apps.get_model("devflow", "Freeze").objects
        return timetable_of(
            self.pk, windows.of_system(self.pk).order_by("pk"), freezes.of_system(self.pk).order_by("pk")
        )

    def deployers_on(self, kind: str) -> frozenset[int]:
        """Who alone deploys on this server, by their keys; empty: whoever works on a request. Loaded by `for_rules`."""
        servers = [server for server in self.environments.all() if server.kind == kind]
        return frozenset(row.person_id for server in servers for row in server.deployers.all())


class SystemOwner(models.Model):
    """Somebody who answers for a system (SOP-B5)."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )

    objects = OwnerRows.as_manager()

    class Meta:
        verbose_name = _("owner of a system")
        verbose_name_plural = _("owners of systems")
        constraints = [models.UniqueConstraint(fields=["system", "person"], name="system_owner_once")]

    def __str__(self) -> str:
        return str(self.person)


class Environment(models.Model):
    """One server of a system: Trial, Training or Production (SOP-A2)."""

    system = models.ForeignKey(
        System, verbose_name=_("system"), on_delete=models.PROTECT, related_name="environments"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=EnvironmentKind)
    name = models.CharField(_("name"), max_length=60, blank=True, db_default="")
    address = models.CharField(_("address"), max_length=200, validators=[URLValidator(["http", "https"])])
    version_address = models.CharField(
        _("address that tells the version"), max_length=200, blank=True, db_default="",
        validators=[URLValidator(["http", "https"])],
    )  # fmt: skip

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

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the system."""
        return Subject("devflow.system", self.system_id)


class Deployer(models.Model):
    """Somebody, or a robot, who may deploy on a server that not everybody deploys on (SOP-B4.2.2).

    Nobody named: whoever works on a request. On Production the IT Manager releases; robots named there carry it out.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="deployers")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )

    objects = DeployerRows.as_manager()

    class Meta:
        verbose_name = _("who may deploy")
        verbose_name_plural = _("who may deploy")
        constraints = [models.UniqueConstraint(fields=["environment", "person"], name="deployer_once")]

    def __str__(self) -> str:
        return str(self.person)
