"""The product's own authority: its certificates, those of the people who sign, and their sealed keys."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.enums import Rank
from approvals.querysets import AuthorityRows, CertificateRows, RevocationListRows


class Authority(models.Model):
    """The root, and the authority below it that signs the certificates of people. Made with the first signature."""

    rank = models.CharField(_("rank"), max_length=10, choices=Rank)
    certificate = models.BinaryField(_("certificate"))
    key = models.BinaryField(_("private key, sealed"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = AuthorityRows.as_manager()

    class Meta:
        verbose_name = _("certificate authority")
        verbose_name_plural = _("certificate authorities")
        constraints = [
            models.UniqueConstraint(fields=["rank"], name="one_authority_of_each_rank"),
            models.CheckConstraint(condition=Q(rank__in=Rank.values), name="rank_is_known"),
        ]
        triggers = [
            pgtrigger.Protect(name="authority_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return str(self.get_rank_display())


class Certificate(models.Model):
    """The certificate one person signs with; without a person it is the product's own, for seals."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, null=True,
        related_name="certificates",
    )  # fmt: skip
    serial = models.CharField(_("serial number"), max_length=40, unique=True)
    certificate = models.BinaryField(_("certificate"))
    key = models.BinaryField(_("private key, sealed"))
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_reason = models.CharField(_("why it was revoked"), max_length=200, blank=True, default="")

    objects = CertificateRows.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        indexes = [
            models.Index(fields=["person", "-id"], name="certificate_of_person"),
            models.Index(
                fields=["revoked_at"], condition=Q(revoked_at__isnull=False), name="certificate_revoked"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None) ^ ~Q(revoked_reason=""), name="revocation_has_a_reason"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="certificate_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="certificate_is_only_revoked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False)
                | pgtrigger.Q(old__certificate__df=pgtrigger.F("new__certificate"))
                | pgtrigger.Q(old__key__df=pgtrigger.F("new__key"))
                | pgtrigger.Q(old__person__df=pgtrigger.F("new__person"))
                | pgtrigger.Q(old__serial__df=pgtrigger.F("new__serial"))
                | pgtrigger.Q(old__expires_at__df=pgtrigger.F("new__expires_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or 'Kumala ITSM'} ({self.serial[:8]}…)"


class RevocationList(models.Model):
    """A list of revoked certificates as it was published: made daily and after each revocation, kept for ever.

    The newest is served while the authority's key is out of reach.
    """

    content = models.BinaryField(_("list"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = RevocationListRows.as_manager()

    class Meta:
        verbose_name = _("revocation list")
        verbose_name_plural = _("revocation lists")
        triggers = [
            pgtrigger.Protect(name="revocation_list_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
