"""The proof of a decision."""

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Factor
from approvals.enums import Method
from approvals.models.decisions import Decision
from approvals.querysets import SignatureRows


class Signature(models.Model):
    """The proof of a decision: by which factor, over which content, with which consent, when and from where."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="signature")
    method = models.CharField(_("how"), max_length=10, choices=Method)
    typed_name = models.CharField(_("typed name"), max_length=100, blank=True)
    image = models.BinaryField(_("drawing (PNG)"), blank=True, default=b"")
    content_hash = models.CharField(max_length=64)
    consent_version = models.CharField(max_length=10)
    consent_text = models.TextField()
    factor = models.CharField(_("confirmed by"), max_length=10, choices=Factor)
    evidence = models.JSONField(
        _("what proves it"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    signed_at = models.DateTimeField(_("signed"), default=timezone.now)

    objects = SignatureRows.as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(method="typed") & ~models.Q(typed_name="")
                | models.Q(method="drawn") & ~models.Q(image=b""),
                name="signature_is_drawn_or_typed",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="signature_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.typed_name or self.method}"
