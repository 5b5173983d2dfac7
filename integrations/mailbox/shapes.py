"""How the API writes letters, and what it reads for their verbs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.shapes import PersonShape
from core.endpoints import GateShape, Seen, gates
from integrations.mailbox.models import Message
from tickets.enums import Kind
from tickets.models import Ticket

MOVES = {"admit": "admit", "read-again": "read_again", "discard": "discard"}


class MessageShape(serializers.ModelSerializer[Message]):
    """A letter as lists show it."""

    person = PersonShape(allow_null=True, help_text="Whose address it is here; the letter only claims it.")
    decided_by = PersonShape(allow_null=True)
    why = serializers.CharField(help_text="The reason in the caller's language.")
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)

    class Meta:
        model = Message
        fields = [
            "id", "state", "reason", "why", "detail", "from_address", "from_name", "to", "subject", "size",
            "received_at", "arrived_at", "person", "ticket", "decided_by", "decided_at", "remark",
        ]  # fmt: skip


class PartShape(serializers.Serializer[Any]):
    """A file of a letter."""

    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()


class MessageDetailShape(MessageShape):
    """A letter with its words."""

    parts = PartShape(many=True)
    verbs = serializers.SerializerMethodField(help_text="What the caller can do with it now.")

    class Meta(MessageShape.Meta):
        fields = [*MessageShape.Meta.fields, "text", "quoted", "parts", "verbs"]

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, message: Message) -> Any:
        """The verbs, allowed or with the reason why not."""
        return gates(message, self.context["request"].user, MOVES)


class AdmitGiven(serializers.Serializer[Any]):
    """Whose letter it is, and where it belongs."""

    person = Seen(User, help_text="Who wrote it.")
    ticket = Seen(Ticket, required=False, allow_null=True, help_text="Without it: a new request.")
    kind = serializers.ChoiceField(Kind.choices, default=Kind.TROUBLESHOOTING)


class DiscardGiven(serializers.Serializer[Any]):
    """Why nothing comes of it."""

    text = serializers.CharField(max_length=500)
