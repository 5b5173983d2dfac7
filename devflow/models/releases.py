"""The table of releases that the IT Manager has given and a robot carries out."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devflow import gates
from devflow.models.development import Build
from devflow.models.systems import Environment
from devflow.querysets import ReleaseRows
from events.subjects import Subject

MOST_HOURS = 72  # that a release may wait to be carried out


class Release(models.Model):
    """The word of the IT Manager that this very build may go to Production, good for some hours (SOP-A6).

    A robot that is named there carries it out; everything else the gates ask is asked again at that moment.
    """

    build = models.ForeignKey(Build, on_delete=models.PROTECT, related_name="releases")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    until_at = models.DateTimeField(_("valid until"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)

    objects = ReleaseRows.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("given_at")), name="release_is_valid_for_a_while"
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="release_is_taken_back_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="release_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="release_is_only_taken_back",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["withdrawn_by", "withdrawn_at"]),
            ),
            pgtrigger.Protect(
                name="release_is_taken_back_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="release_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("b", "devflow_build"),
                    ("r", "devflow_developmentrequest"),
                    ("t", "tickets_ticket"),
                    ("e", "devflow_environment"),
                ],
                func=gates.RELEASE_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.build} → {self.environment}"

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the ticket."""
        return self.build.request.case
