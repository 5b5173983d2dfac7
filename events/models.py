"""Tables of the ledger."""

import base64
import re
from datetime import date, datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.numbers import said
from core.outbox import Queued
from events import canon, registry
from events.enums import Audience, Part, Wrong
from events.querysets import CheckRows, DeliveryRows, EventRows, FindingRows, SealRows


def _never_emptied(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'The ledger is never emptied.' USING ERRCODE = 'check_violation';",
    )


class Event(models.Model):
    """One thing that happened. Never changed, never removed."""

    type = models.CharField(_("event"), max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+"
    )
    actor_label = models.CharField(max_length=200)
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    on_behalf_label = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.EVERYONE)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EventRows.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "seq"], name="event_chain_has_no_fork"
            ),
            models.CheckConstraint(
                condition=models.Q(audience__in=Audience.values), name="event_audience_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="event_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            _never_emptied("ledger_is_not_emptied"),
            pgtrigger.Trigger(
                name="event_waits_for_the_seal",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=canon.WRITERS,
            ),
            pgtrigger.Trigger(
                name="event_continues_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("last_hash", "text"),
                    ("last_seq", "integer"),
                    ("last_id", "bigint"),
                    ("sealed_id", "bigint"),
                ],
                func=canon.CONTINUES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.type}"

    @property
    def sentence(self) -> str:
        """What happened, in the reader's language: "deployed build 1.4 to Trial"."""
        label = str(registry.LABELS.get(self.type, self.type))
        shown = {key: word(key, value) for key, value in self.facts.items()}
        return label % _Gaps(shown)

    @property
    def who(self) -> str:
        """The actor, and the colleague they stood in for. The product's own robots go by the product's name."""
        if self.actor_label.startswith("robot:"):
            return "Kumala ITSM"
        if not self.on_behalf_label:
            return self.actor_label
        return _("%(actor)s for %(absent)s") % {"actor": self.actor_label, "absent": self.on_behalf_label}

    def digest(self) -> str:
        """SHA-256 over everything this event states and the hash before it, in a form that can be rebuilt anywhere."""
        return canon.sha256(canon.text([
            self.previous_hash, self.subject_type, self.subject_id, self.seq, self.type, self.actor_id,
            self.actor_label, self.on_behalf_of_id, self.on_behalf_label, canon.instant(self.at), self.audience,
            self.facts,
        ]))  # fmt: skip


class _Gaps(dict[str, str]):
    """A fact that an old event does not carry reads as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def word(key: str, value: Any) -> str:
    """A fact as people read it: enum values by their label, instants and dates in the reader's zone and language."""
    enum = registry.WORDS.get(key)
    if enum and value in enum.values:
        return str(enum(value).label)
    if key in registry.FIGURES:
        return said(str(value))
    if isinstance(value, str) and (moment := _moment(value)):
        return moment
    return str(value)


def _moment(value: str) -> str | None:
    if not re.match(r"\d{4}-\d\d-\d\d(T|$)", value):
        return None
    if len(value) == 10:
        return date_format(date.fromisoformat(value), "j F Y")
    return date_format(timezone.localtime(datetime.fromisoformat(value)), "j M Y H:i")


class Delivery(Queued):
    """A subscriber that must hear of an event: at least once, in order per subject."""

    KIND = "subscriber"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.CharField(_("subscriber"), max_length=100)

    objects = DeliveryRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            *Queued.Meta.constraints,
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once_per_subscriber"),
        ]
        indexes = [
            *Queued.Meta.indexes,
            models.Index(
                fields=["subscriber", "due_at"], condition=models.Q(state="pending"), name="delivery_kind_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ← {self.event_id}"


class Heartbeat(models.Model):
    """The last sign of life of a part of the system that nobody would miss at once: worker, scheduler."""

    name = models.CharField(primary_key=True, max_length=40)
    beat_at = models.DateTimeField(_("last beat"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


# What seals it ---------------------------------------------------------------------------------------------------


class SealKey(models.Model):
    """A key of the product that signs seals (Ed25519); the private half is sealed with SIGNING_KEY."""

    public = models.CharField(_("public key"), max_length=64, unique=True)
    secret = models.BinaryField()
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("key of the seals")
        verbose_name_plural = _("keys of the seals")
        triggers = [
            pgtrigger.Protect(name="seal_key_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            _never_emptied("seal_keys_are_not_emptied"),
        ]

    def __str__(self) -> str:
        return self.public[:16]


class Seal(models.Model):
    """One day of the ledger, closed: the events numbered after `first_event_id` up to `last_event_id`.

    `root` is the hash over `leaves`, 32 bytes for each event in the order of their numbers (`canon.leaf`).
    """

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    for_date = models.DateField(_("day"), unique=True)
    sealed_at = models.DateTimeField(_("sealed"), default=timezone.now)
    first_event_id = models.BigIntegerField()
    last_event_id = models.BigIntegerField()
    events = models.PositiveIntegerField(_("events"))
    total = models.PositiveBigIntegerField(_("events so far"))
    root = models.CharField(max_length=64)
    leaves = models.BinaryField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(_("head"), max_length=64, unique=True)
    key = models.ForeignKey(SealKey, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=128)

    objects = SealRows.as_manager()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        triggers = [
            pgtrigger.Protect(name="seal_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            _never_emptied("seals_are_not_emptied"),
            pgtrigger.Trigger(
                name="seal_continues_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("before", "record")],
                func=canon.SEAL_CONTINUES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.for_date})"

    @property
    def statement(self) -> str:
        """The text that is hashed, signed and time-stamped."""
        return canon.text({
            "day": self.for_date.isoformat(), "events": self.events, "first_event": self.first_event_id,
            "key": self.key.public, "last_event": self.last_event_id, "number": self.number,
            "previous": self.previous_hash, "root": self.root, "sealed_at": canon.instant(self.sealed_at),
            "total": self.total,
        })  # fmt: skip

    @property
    def is_stamped(self) -> bool:
        """Has an authority stamped it?"""
        return hasattr(self, "stamp")

    @property
    def stamp_text(self) -> str | None:
        """The token of its time stamp in Base64 (a DER file for `openssl ts`); None without one."""
        return base64.b64encode(bytes(self.stamp.token)).decode() if self.is_stamped else None

    @property
    def record(self) -> dict[str, Any]:
        """The seal as it is handed out: whoever has it can check it without us."""
        return {"statement": self.statement, "hash": self.hash, "signature": self.signature}


class SealStamp(models.Model):
    """The word of a time-stamping authority (RFC 3161) that a seal existed at that instant."""

    seal = models.OneToOneField(Seal, on_delete=models.PROTECT, related_name="stamp")
    token = models.BinaryField()
    authority = models.CharField(_("authority"), max_length=200)
    stamped_at = models.DateTimeField(_("stamped"))

    class Meta:
        verbose_name = _("time stamp of a seal")
        verbose_name_plural = _("time stamps of seals")
        triggers = [
            pgtrigger.Protect(name="seal_stamp_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            _never_emptied("seal_stamps_are_not_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id}: {self.stamped_at}"


class LedgerCheck(models.Model):
    """A part of the ledger was read with suspicion: what stands under the seals after `since` up to `until`."""

    for_date = models.DateField(_("day"))
    part = models.CharField(_("part"), max_length=10, choices=Part)
    since = models.PositiveIntegerField()
    until = models.PositiveIntegerField()
    events = models.PositiveBigIntegerField(_("events"))
    wrong = models.PositiveIntegerField(_("places that are wrong"))
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"))

    objects = CheckRows.as_manager()

    class Meta:
        verbose_name = _("check of the ledger")
        verbose_name_plural = _("checks of the ledger")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(part__in=Part.values), name="ledger_check_part_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.for_date} {self.part}"


class LedgerFinding(models.Model):
    """A place where the ledger is not what was written: found once, until it is seen no more."""

    mark = models.CharField(max_length=64, unique=True)
    wrong = models.CharField(_("what is wrong"), max_length=20, choices=Wrong)
    subject = models.CharField(_("case"), max_length=100)
    seq = models.PositiveIntegerField(_("number in the case"))
    event_id = models.BigIntegerField(_("number in the ledger"))
    facts = models.JSONField(default=dict)
    found_at = models.DateTimeField(_("found"))
    seen_at = models.DateTimeField(_("last seen"))
    gone_at = models.DateTimeField(_("gone"), null=True)

    objects = FindingRows.as_manager()

    class Meta:
        verbose_name = _("finding in the ledger")
        verbose_name_plural = _("findings in the ledger")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wrong__in=Wrong.values), name="ledger_finding_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.seq}: {self.why}"

    @property
    def why(self) -> str:
        """What is wrong, in the reader's language."""
        return str(f"{Wrong(self.wrong).label}" % self.facts)
