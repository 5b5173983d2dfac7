"""The paper of a decided form."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from approvals.models.forms import Approval
from approvals.querysets import DocumentRows
from core.outbox import Queued


class Document(Queued):
    """The PDF of a decided form: queued with the decision, rendered by a worker, kept by its hash."""

    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="document")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="id")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)

    objects = DocumentRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return f"{self.approval_id}.pdf"

    @property
    def is_ready(self) -> bool:
        """The PDF exists."""
        return bool(self.sha256)
