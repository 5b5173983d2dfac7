"""Requests that are being written, and files."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets import search
from tickets.enums import Kind
from tickets.models.talk import Comment
from tickets.models.ticket import Ticket
from tickets.querysets import AttachmentRows, DraftRows, GuideHelpRows, GuideRows


class Draft(models.Model):
    """A request that is being written: it outlives errors, closed browsers and ended sessions."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    fields = models.JSONField(default=dict)
    updated_at = models.DateTimeField(_("last written"), auto_now=True)
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, null=True, related_name="draft")

    objects = DraftRows.as_manager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = [
            models.Index(fields=["owner", "-id"], condition=models.Q(ticket=None), name="draft_of_owner")
        ]

    def __str__(self) -> str:
        return str(self.fields.get("title") or self.get_kind_display())


class Attachment(models.Model):
    """A file of a draft, a ticket or one of its comments; its content lies under its hash."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="attachments")
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="attachments")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, null=True, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = AttachmentRows.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False, draft=None)
                | models.Q(ticket=None, draft__isnull=False),
                name="attachment_belongs_to_ticket_or_draft",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Guide(models.Model):
    """How to help oneself: offered while the title of a request is typed."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="id")
    title = models.CharField(_("title"), max_length=150)
    text = models.TextField(_("text"))
    is_published = models.BooleanField(_("shown"), default=True)
    vector = SearchVectorField(null=True, editable=False)

    objects = GuideRows.as_manager()

    class Meta:
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        indexes = [GinIndex(fields=["vector"], name="guide_words")]
        triggers = [
            pgtrigger.Trigger(
                name="guide_words_are_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("title", "text"),  # type: ignore[no-untyped-call]
                func=search.ON_GUIDE,
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("tickets:guide", args=[self.pk])


class GuideHelp(models.Model):
    """Somebody says that a guide helped them; each person counts once for a guide."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    helped_at = models.DateTimeField(_("helped"), default=timezone.now)

    objects = GuideHelpRows.as_manager()

    class Meta:
        verbose_name = _("help of a guide")
        verbose_name_plural = _("help of guides")
        constraints = [models.UniqueConstraint(fields=["guide", "person"], name="guide_helped_once")]
        triggers = [
            pgtrigger.Protect(name="guide_helped_for_good", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.guide_id} {self.person_id}"
