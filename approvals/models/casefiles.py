"""Everything about one case in one sealed PDF."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.querysets import CaseFileRows
from core.outbox import Queued
from events.subjects import Subject


class CaseFile(Queued):
    """A case file that somebody asked for: made by a worker, as of the moment in which it is made."""

    case_type = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="id")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.PositiveIntegerField(default=0)

    objects = CaseFileRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("case file")
        verbose_name_plural = _("case files")
        indexes = [
            *Queued.Meta.indexes,
            models.Index(fields=["case_type", "case_id", "-id"], name="casefile_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.case_type} {self.case_id}"

    @property
    def case(self) -> Subject:
        """What it is about."""
        return Subject(self.case_type, self.case_id)

    @property
    def is_ready(self) -> bool:
        """The PDF exists."""
        return bool(self.sha256)
