"""What people write about tickets."""

import re
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets import search
from tickets.enums import Channel, Kind
from tickets.models.ticket import Ticket
from tickets.querysets import CannedRows, CommentRows, PresenceRows, UnsentRows, WatcherRows, WordingRows


class Comment(models.Model):
    """Something that was written about a ticket: an answer to all, or an internal note of IT."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("text"))
    is_internal = models.BooleanField(_("internal note"), default=False)
    quoted = models.TextField(_("quoted text"), blank=True)  # what a letter repeated; folded away on the page
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.BROWSER)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(_("changed"), null=True)

    objects = CommentRows.as_manager()

    # Names after an @ that nobody, or more than one, is called by; known only to the act that wrote it.
    unclear_mentions: dict[str, list[Any]] = {}

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        triggers = [
            pgtrigger.Trigger(
                name="comment_words_are_kept",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("text"),  # type: ignore[no-untyped-call]
                func=search.ON_COMMENT,
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Wording(models.Model):
    """How an answer read before it was changed. Kept for ever."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="wordings")
    text = models.TextField(_("text"))
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(_("until"), default=timezone.now)

    objects = WordingRows.as_manager()

    class Meta:
        verbose_name = _("earlier wording")
        verbose_name_plural = _("earlier wordings")
        triggers = [
            pgtrigger.Protect(name="wording_is_history", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Watcher(models.Model):
    """Somebody who wants to hear of a ticket, or was mentioned in it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="watchers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = WatcherRows.as_manager()

    class Meta:
        verbose_name = _("watcher")
        verbose_name_plural = _("watchers")
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="watcher_once")]
        indexes = [models.Index(fields=["person", "ticket"], name="watcher_of_person")]

    def __str__(self) -> str:
        return str(self.person)


class Presence(models.Model):
    """Who has a ticket open at this moment, and who is writing: two people answering at once see each other."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)
    is_writing = models.BooleanField(default=False)

    objects = PresenceRows.as_manager()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.ticket_id}"


class Unsent(models.Model):
    """An answer or a note that somebody is writing: found again on every device, gone once it is sent."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_internal = models.BooleanField(_("internal note"), default=False)
    text = models.TextField(_("text"))
    updated_at = models.DateTimeField(_("last written"), default=timezone.now)

    objects = UnsentRows.as_manager()

    class Meta:
        verbose_name = _("unsent answer")
        verbose_name_plural = _("unsent answers")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "person", "is_internal"], name="unsent_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class CannedAnswer(models.Model):
    """A sentence that IT writes often, with places for names: {requester}, {number}, {title}, {agent}, {branch}."""

    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("text"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)

    objects = CannedRows.as_manager()

    class Meta:
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")

    def __str__(self) -> str:
        return self.title

    def filled(self, ticket: Ticket, agent: Any) -> str:
        """The text with its places filled; unknown braces stay as they are, and what is filled in is not read again."""
        places = {
            "requester": ticket.requester.name, "number": ticket.number, "title": ticket.title, "agent": agent.name,
            "branch": ticket.branch.name,
        }  # fmt: skip
        return re.sub(r"\{(\w+)\}", lambda found: places.get(found[1], found[0]), self.text)
