"""Tables of the ledger."""

import hashlib
import json
import re
from datetime import date, datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.outbox import Queued
from events import registry
from events.enums import Audience
from events.querysets import DeliveryRows, EventRows

FIRST_HASH = "0" * 64
# A row that does not continue its chain is refused, however it comes.
_CONTINUES = """
    SELECT hash, seq INTO last_hash, last_seq FROM events_event
     WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> COALESCE(last_seq, 0) + 1 OR NEW.previous_hash <> COALESCE(last_hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'The event does not continue the chain of its subject.'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'event_continues_chain';
    END IF;
    RETURN NEW;
"""


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
            pgtrigger.Trigger(
                name="ledger_is_not_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'The ledger is never emptied.' USING ERRCODE = 'check_violation';",
            ),
            pgtrigger.Trigger(
                name="event_continues_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last_hash", "text"), ("last_seq", "integer")],
                func=_CONTINUES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.type}"

    @property
    def sentence(self) -> str:
        """What happened, in the reader's language: "deployed build 1.4 to Trial"."""
        label = str(registry.LABELS.get(self.type, self.type))
        shown = {key: _word(key, value) for key, value in self.facts.items()}
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
        stated: list[Any] = [
            self.previous_hash, self.subject_type, self.subject_id, self.seq, self.type, self.actor_id,
            self.actor_label, self.on_behalf_of_id, self.on_behalf_label,
            self.at.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds"),
            self.audience, self.facts,
        ]  # fmt: skip
        text = json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class _Gaps(dict[str, str]):
    """A fact that an old event does not carry reads as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def _word(key: str, value: Any) -> str:
    """A fact as people read it: enum values by their label, instants and dates in the reader's zone and language."""
    enum = registry.WORDS.get(key)
    if enum and value in enum.values:
        return str(enum(value).label)
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
