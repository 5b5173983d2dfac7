"""How the API writes tickets, and what it reads for their verbs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.models import User
from accounts.shapes import BranchShape, PersonShape
from clocks.enums import ClockState
from core.endpoints import GateShape, Seen, gates
from tickets.enums import Kind, Priority
from tickets.models import Attachment, Comment, Ticket

# The verbs of a ticket by the name of their address, with the transition behind each.
MOVES = {
    "accept": "accept", "reject": "reject", "cancel": "cancel", "assign": "assign", "estimate": "estimate",
    "start": "start", "hand-over": "hand_over", "send-back": "send_back", "confirm": "confirm", "answer": "answer",
    "note": "note",
}  # fmt: skip


class TicketShape(serializers.ModelSerializer[Ticket]):
    """A ticket as lists show it."""

    branch = BranchShape()
    requester = PersonShape()
    assignee = PersonShape(allow_null=True)
    status_label = serializers.CharField(help_text="The status in the caller's language.")
    sentence = serializers.CharField(help_text="What happens next, in the caller's language.")
    response_due_at = serializers.DateTimeField(
        allow_null=True, help_text="Until when the first answer is promised."
    )
    response_state = serializers.ChoiceField(ClockState.choices, allow_null=True)

    class Meta:
        model = Ticket
        fields = [
            "id", "number", "kind", "channel", "title", "status", "status_label", "sentence", "priority", "branch",
            "requester", "assignee", "estimate_hours", "created_at", "accepted_at", "answered_at", "started_at",
            "finished_at", "response_due_at", "response_state",
        ]  # fmt: skip


class AttachmentShape(serializers.ModelSerializer[Attachment]):
    """A file of a ticket."""

    added_by = PersonShape()
    url = serializers.SerializerMethodField(help_text="Where to download it.")

    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "sha256", "added_by", "added_at", "url"]

    def get_url(self, row: Attachment) -> str:
        """Its address."""
        return str(reverse("ticket-file", args=[row.ticket_id, row.pk], request=self.context.get("request")))


class TicketDetailShape(TicketShape):
    """A ticket with everything one may read of it."""

    attachments = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField(help_text="What the caller can do with it now.")

    class Meta(TicketShape.Meta):
        fields = [*TicketShape.Meta.fields, "description", "details", "attachments", "verbs"]

    @extend_schema_field(AttachmentShape(many=True))
    def get_attachments(self, ticket: Ticket) -> Any:
        """Its files, oldest first."""
        rows = Attachment.objects.visible_to(self.context["request"].user).filter(ticket=ticket)
        return AttachmentShape(
            rows.select_related("added_by").order_by("pk"), many=True, context=self.context
        ).data

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, ticket: Ticket) -> Any:
        """The verbs, allowed or with the reason why not."""
        return gates(ticket, self.context["request"].user, MOVES)


class CommentShape(serializers.ModelSerializer[Comment]):
    """Something that was written about a ticket."""

    author = PersonShape()
    attachments = AttachmentShape(many=True)

    class Meta:
        model = Comment
        fields = ["id", "author", "text", "is_internal", "created_at", "attachments"]


# What is sent --------------------------------------------------------------------------------------------------


def _text(most: int = 20000, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, **more)


def _hours(**more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0, max_value=10000, **more)


def _files() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.FileField(max_length=200),
        required=False,
        help_text="Files, sent as multipart/form-data.",
    )


class DetailsGiven(serializers.Serializer[Any]):
    """The further answers of the request form; which ones make sense depends on the kind."""

    impact = serializers.ChoiceField(["me", "some", "branch"], required=False, help_text="Who cannot work.")
    place = _text(150, required=False, help_text="Which device or application.")
    application = _text(100, required=False)
    before = _text(2000, required=False, help_text="The data as it is now.")
    after = _text(2000, required=False, help_text="The data as it should be.")
    benefit = _text(2000, required=False, help_text="What a development saves or brings.")
    wanted_date = serializers.DateField(required=False)

    def validate_wanted_date(self, value: Any) -> str:
        """Answers are kept as JSON: dates as ISO text."""
        return str(value.isoformat())


class TicketGiven(serializers.Serializer[Any]):
    """A new request."""

    kind = serializers.ChoiceField(Kind.choices)
    title = _text(150)
    description = _text()
    details = DetailsGiven(required=False)
    attachments = _files()


class AcceptGiven(serializers.Serializer[Any]):
    """The IT Manager's decision."""

    priority = serializers.ChoiceField(Priority.choices)
    assignee = Seen(User)
    estimate_hours = _hours(required=False, allow_null=True)
    answer_text = _text(
        required=False, allow_blank=True, help_text="A first answer; it stops the response clock."
    )


class TextGiven(serializers.Serializer[Any]):
    """A sentence for the other side."""

    text = _text()


class AssignGiven(serializers.Serializer[Any]):
    """Who does it from now on."""

    assignee = Seen(User)


class EstimateGiven(serializers.Serializer[Any]):
    """A new estimate; changing one needs a reason."""

    hours = _hours()
    reason = _text(2000, required=False, allow_blank=True, default="")


class AnswerGiven(TextGiven):
    """What is written to the others, with files."""

    attachments = _files()
