"""How the API writes what happened."""

from typing import Any

from rest_framework import serializers

from events.models import Event, LedgerCheck, LedgerFinding, Seal


class EventShape(serializers.ModelSerializer[Event]):
    """One thing that happened; `sentence` says it in the caller's language."""

    who = serializers.CharField(help_text="The actor, and the colleague they stood in for.")
    sentence = serializers.CharField()
    facts = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = Event
        fields = ["seq", "type", "at", "who", "sentence", "facts", "audience", "hash"]


class SealShape(serializers.ModelSerializer[Seal]):
    """One day of the ledger, closed. `statement` is what `hash` and `signature` (Ed25519) are over."""

    day = serializers.DateField(source="for_date")
    statement = serializers.CharField()
    key = serializers.CharField(source="key.public", help_text="The public key, 32 bytes in hexadecimal.")
    stamped_at = serializers.DateTimeField(source="stamp.stamped_at", default=None, allow_null=True)

    class Meta:
        model = Seal
        fields = [
            "number", "day", "sealed_at", "events", "total", "statement", "hash", "key", "signature", "stamped_at",
        ]  # fmt: skip


class CheckShape(serializers.ModelSerializer[LedgerCheck]):
    """One look at a part of the ledger: seals after `since` up to `until`."""

    class Meta:
        model = LedgerCheck
        fields = ["part", "since", "until", "events", "wrong", "began_at", "ended_at"]


class FindingShape(serializers.ModelSerializer[LedgerFinding]):
    """A place where the ledger is not what was written."""

    why = serializers.CharField()

    class Meta:
        model = LedgerFinding
        fields = ["wrong", "why", "subject", "seq", "event_id", "found_at", "seen_at"]


class LedgerShape(serializers.Serializer[Any]):
    """How the ledger stands. `anchored` is the newest seal that the anchor outside the database holds, 0 for none."""

    whole = serializers.BooleanField(help_text="Nothing that was found is still there.")
    seal = SealShape(allow_null=True)
    checks = CheckShape(many=True)
    findings = FindingShape(many=True)
    anchored = serializers.IntegerField()
