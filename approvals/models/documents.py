"""The papers of a form: what was submitted, each signature under it, and the certificate of how it was decided."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from approvals.enums import Layer, Level
from approvals.models.decisions import Decision
from approvals.models.forms import Approval
from approvals.querysets import DocumentRows, SealingRows
from core.outbox import Queued


class Document(Queued):
    """The PDF of a form as it stands now: made when the form is submitted, signed as decisions come, kept by its hash.

    `code` leads from the paper (as a QR code) to the page that checks it; it changes when the form is submitted again.
    """

    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="document")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="id")
    code = models.CharField(_("code"), max_length=22, blank=True, default="", db_default="")
    level = models.CharField(
        _("level"), max_length=15, choices=Level, default=Level.NOT_CERTIFIED, db_default=Level.NOT_CERTIFIED
    )
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    # The sealed certificate of how the form was decided.
    audit_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    # When to ask the time-stamping authority again, for what carries only our own time.
    stamp_due_at = models.DateTimeField(_("time stamp due"), null=True)

    objects = DocumentRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [
            *Queued.Meta.indexes,
            models.Index(
                fields=["stamp_due_at"], condition=Q(stamp_due_at__isnull=False), name="document_stamp_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id}.pdf"

    @property
    def is_ready(self) -> bool:
        """The PDF exists."""
        return bool(self.sha256)


class Sealing(Queued):
    """One layer of a document, and the work of making it: each adds to the bytes of the one before, none is made twice.

    Written with the decision, in its transaction; a worker makes them in order.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="sealings")
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    layer = models.CharField(_("layer"), max_length=15, choices=Layer)
    decision = models.OneToOneField(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="sealing"
    )
    code = models.CharField(_("code"), max_length=22, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.PositiveIntegerField(default=0)
    is_stamped = models.BooleanField(_("has a time stamp"), default=False)

    objects = SealingRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("layer of a document")
        verbose_name_plural = _("layers of documents")
        indexes = [
            *Queued.Meta.indexes,
            models.Index(fields=["sha256"], condition=~Q(sha256=""), name="sealing_sha"),
            models.Index(fields=["code"], condition=~Q(code=""), name="sealing_code"),
        ]
        constraints = [
            *Queued.Meta.constraints,
            models.UniqueConstraint(
                fields=["document", "edition", "layer"],
                condition=Q(layer__in=[Layer.FORM, Layer.CERTIFICATE]),
                name="form_and_certificate_once_per_edition",
            ),
            models.CheckConstraint(
                condition=Q(layer=Layer.SIGNATURE) ^ Q(decision=None), name="signature_has_its_decision"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="sealing_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="sealing_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sha256__gt="")
                & (
                    pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256"))
                    | pgtrigger.Q(old__decision__df=pgtrigger.F("new__decision"))
                    | pgtrigger.Q(old__document__df=pgtrigger.F("new__document"))
                    | pgtrigger.Q(old__layer__df=pgtrigger.F("new__layer"))
                    | pgtrigger.Q(old__code__df=pgtrigger.F("new__code"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}: {self.layer}"
