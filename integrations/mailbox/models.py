"""Tables of letters that come in."""

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.transitions import StateField
from integrations.mailbox import rules
from integrations.mailbox.enums import MESSAGE_MOVES, Reason, State
from integrations.mailbox.querysets import DomainRows, MailboxRows, MessageRows


class Mailbox(models.Model):
    """How far a mailbox was read. A new UIDVALIDITY means that its numbers begin anew."""

    name = models.CharField(_("mailbox"), max_length=150, unique=True)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    leased_at = models.DateTimeField(_("taken until"), default=timezone.now)
    read_at = models.DateTimeField(_("last read"), null=True)
    failed_at = models.DateTimeField(_("last failed"), null=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = MailboxRows.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return self.name

    @property
    def is_failing(self) -> bool:
        """The last attempt to read it failed."""
        return self.failed_at is not None and (self.read_at is None or self.failed_at > self.read_at)


class Message(models.Model):
    """A letter that came in. Its bytes lie under `sha256` as they came, for ever."""

    mailbox = models.CharField(_("mailbox"), max_length=150)
    uid_validity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    is_whole = models.BooleanField(default=True)  # False: too large, only its beginning is kept here
    received_at = models.DateTimeField(
        _("received")
    )  # by our mail server's clock, never by the letter's word
    arrived_at = models.DateTimeField(_("fetched"), default=timezone.now)
    # What the letter says of itself.
    message_id = models.CharField(max_length=250, blank=True)
    from_address = models.CharField(_("from"), max_length=254, blank=True)
    from_name = models.CharField(_("name"), max_length=100, blank=True)
    to = models.TextField(_("to"), blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    text = models.TextField(_("text"), blank=True)
    quoted = models.TextField(_("quoted text"), blank=True)
    parts = models.JSONField(_("files"), default=list, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    # What became of it.
    state = StateField(_("state"), default=State.ARRIVED, choices=State.choices, protected=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sender"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    ticket = models.ForeignKey(
        "tickets.Ticket", verbose_name=_("ticket"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    comment = models.ForeignKey("tickets.Comment", on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)

    objects = MessageRows.as_manager()

    class Meta:
        verbose_name = _("incoming e-mail")
        verbose_name_plural = _("incoming e-mails")
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(state="arrived"), name="message_arrived"
            ),
            models.Index(
                fields=["-id"],
                condition=models.Q(state__in=["quarantined", "failed"]),
                name="message_waiting",
            ),
            models.Index(fields=["state", "-id"], name="message_by_state"),
            models.Index(
                fields=["person", "received_at"],
                condition=models.Q(state="accepted"),
                name="message_of_person",
            ),
            models.Index(
                fields=["ticket", "received_at"],
                condition=models.Q(state="accepted"),
                name="message_of_ticket",
            ),
            models.Index(
                fields=["fingerprint"], name="message_by_print", condition=~models.Q(fingerprint="")
            ),
            models.Index(fields=["message_id"], name="message_by_id", condition=~models.Q(message_id="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "sha256"], name="message_once_per_mailbox"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="message_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | models.Q(ticket__isnull=False),
                name="message_taken_in_has_a_ticket",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["arrived", "accepted"]) | ~models.Q(reason=""),
                name="message_set_aside_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None, decided_at=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="message_decided_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="message_moves_as_declared", field="state", transitions=MESSAGE_MOVES),
            pgtrigger.Protect(name="message_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.subject or str(_("(no subject)"))

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("mailbox:detail", args=[self.pk])

    @property
    def sender(self) -> str:
        """Who wrote it, as it says itself."""
        named = f"{self.from_name} <{self.from_address}>" if self.from_name else self.from_address
        return named or str(_("unknown sender"))

    @property
    def why(self) -> str:
        """The reason in words."""
        return str(self.get_reason_display()) if self.reason else ""

    @fsm.transition(field=state, source=State.ARRIVED, target=State.ACCEPTED, permission=rules.is_reader)
    def take_in(self) -> None:
        """It became a request or an answer."""

    @fsm.transition(field=state, source=State.ARRIVED, target=State.QUARANTINED, permission=rules.is_reader)
    def set_aside(self) -> None:
        """Somebody must decide."""

    @fsm.transition(field=state, source=State.ARRIVED, target=State.IGNORED, permission=rules.is_reader)
    def leave_alone(self) -> None:
        """No person waits for an answer to it."""

    @fsm.transition(field=state, source=State.ARRIVED, target=State.FAILED, permission=rules.is_reader)
    def give_up(self) -> None:
        """It cannot be read."""

    @fsm.transition(
        field=state, source=[State.QUARANTINED, State.FAILED, State.IGNORED, State.DISCARDED],
        target=State.ACCEPTED, permission=rules.is_head_office_it,
    )  # fmt: skip
    def admit(self) -> None:
        """Somebody of IT says whose it is, and where it belongs."""

    @fsm.transition(
        field=state, source=[State.QUARANTINED, State.FAILED], target=State.DISCARDED,
        permission=rules.is_head_office_it,
    )  # fmt: skip
    def discard(self) -> None:
        """Nothing comes of it; the letter itself is kept."""

    @fsm.transition(
        field=state, source=[State.QUARANTINED, State.FAILED], target=State.ARRIVED,
        permission=rules.is_head_office_it,
    )  # fmt: skip
    def read_again(self) -> None:
        """What stood in its way may be gone: an account, a domain, a mistake of ours."""


class AdmittedDomain(models.Model):
    """A domain whose unknown senders are entered as people of a branch instead of being set aside."""

    domain = models.CharField(_("domain"), max_length=150, help_text=_("What stands behind the @."))
    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = DomainRows.as_manager()

    class Meta:
        verbose_name = _("admitted mail domain")
        verbose_name_plural = _("admitted mail domains")
        constraints = [models.UniqueConstraint(Lower("domain"), name="domain_admitted_once")]

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        """Domains are compared in lower case, without a leading @."""
        self.domain = self.domain.strip().lower().removeprefix("@")
