"""Tables of the emergency path: what went to Production before its UAT, and who agreed."""

import hashlib
from datetime import date, datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devflow import gates
from devflow.enums import SEATS, WORD_COUNTS
from devflow.models.development import Build
from devflow.querysets import EmergencyRows
from events.subjects import Subject


def _person(**facts: Any) -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **facts)


def _hash() -> Any:
    return models.CharField(_("over which content"), max_length=64, blank=True, default="", db_default="")


def _proof() -> Any:
    """By what they confirmed, from where; for a passkey what a third party can check again."""
    empty = models.Value({}, models.JSONField())
    return models.JSONField(_("proof"), default=dict, db_default=empty, blank=True)


class EmergencyFix(models.Model):
    """One build that may go to Production before its UAT: asked for, agreed by two, tested and reviewed afterwards.

    A word counts for a day and for the content that was read (`content_hash`). `due_date` is known once it was
    released: by then its UAT is signed and the review written. `settled_at` is when both were done, or the build was
    replaced and reviewed.
    """

    build = models.OneToOneField(Build, on_delete=models.PROTECT, related_name="emergency")
    reason = models.TextField(_("why it cannot wait for the test"))
    asked_by = _person()
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    manager = _person(null=True)
    manager_agreed_at = models.DateTimeField(_("agreed by the IT Manager"), null=True)
    manager_hash, manager_proof = _hash(), _proof()
    second = _person(null=True)
    second_agreed_at = models.DateTimeField(_("agreed by Database Manager or Director"), null=True)
    second_hash, second_proof = _hash(), _proof()
    due_date = models.DateField(_("UAT and review until"), null=True)
    review = models.TextField(_("review"), blank=True)
    reviewed_by = _person(null=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    told_overdue_at = models.DateTimeField(_("told that it is overdue"), null=True)

    objects = EmergencyRows.as_manager()

    class Meta:
        verbose_name = _("emergency fix")
        verbose_name_plural = _("emergency fixes")
        indexes = [
            models.Index(
                fields=["due_date"], name="emergency_to_settle",
                condition=models.Q(due_date__isnull=False, settled_at=None),
            )
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=models.Q(manager=None, manager_agreed_at=None)
                | models.Q(manager__isnull=False, manager_agreed_at__isnull=False),
                name="emergency_manager_agreed_at_some_time",
            ),
            models.CheckConstraint(
                condition=models.Q(second=None, second_agreed_at=None)
                | models.Q(second__isnull=False, second_agreed_at__isnull=False),
                name="emergency_second_agreed_at_some_time",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None, reviewed_at=None, review="")
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~models.Q(review=""),
                name="emergency_review_is_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="emergency_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="emergency_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[
                    ("b", "devflow_build"),
                    ("r", "devflow_developmentrequest"),
                    ("t", "tickets_ticket"),
                ],
                func=gates.EMERGENCY_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.build}: {self.reason[:60]}"

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the ticket."""
        return self.build.request.case

    @property
    def content_hash(self) -> str:
        """The fingerprint of what the two agree to: this very build, why it cannot wait, its risks and the way back.

        `gates.EMERGENCY_CONTENT` is the same in SQL.
        """
        build, request = self.build, self.build.request
        risks = ",".join(f"{k}={'true' if v else 'false'}" for k, v in sorted(request.risks.items()))
        parts = (
            build.pk, build.version, build.commit, build.artefact_hash, request.system_id, self.reason,
            request.rollback_plan, risks,
        )  # fmt: skip
        text = "".join(f"{len(str(part))}:{part}" for part in parts)
        return hashlib.sha256(text.encode()).hexdigest()

    def counts(self, seat: str, now: datetime) -> bool:
        """Somebody has agreed in this seat, within the last day, to what it still is."""
        at = getattr(self, f"{seat}_agreed_at")
        fresh = at is not None and now - at < WORD_COUNTS
        return fresh and getattr(self, f"{seat}_hash") == self.content_hash

    def is_agreed_at(self, now: datetime) -> bool:
        """Both have agreed, and their words count then."""
        return all(self.counts(seat, now) for seat in SEATS)

    @property
    def is_agreed(self) -> bool:
        """Both have agreed, and their words count now."""
        return self.is_agreed_at(timezone.now())

    @property
    def was_agreed(self) -> bool:
        """Both had agreed once."""
        return self.manager_id is not None and self.second_id is not None

    @property
    def is_due(self) -> bool:
        """It was released, and its UAT or its review is still owed."""
        return self.due_date is not None and self.settled_at is None

    def is_overdue(self, today: date) -> bool:
        """What is owed is owed for too long."""
        return self.is_due and self.due_date is not None and today > self.due_date
