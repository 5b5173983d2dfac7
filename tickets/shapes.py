"""How the API writes tickets, and what it reads for their verbs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.models import Branch, Team, User
from accounts.shapes import BranchShape, PersonShape, TeamShape
from clocks.enums import ClockState
from core.endpoints import GateShape, Seen, gates
from inventory.models import Asset
from tickets import broken, rules
from tickets.enums import Channel, Kind, Priority, TieKind
from tickets.models import Attachment, Comment, Guide, Rating, SavedView, Ticket

# The verbs of a ticket by the name of their address, with the transition behind each.
MOVES = {
    "accept": "accept", "reject": "reject", "cancel": "cancel", "assign": "assign", "estimate": "estimate",
    "prioritise": "prioritise", "reclassify": "reclassify",
    "start": "start", "hand-over": "hand_over", "send-back": "send_back", "confirm": "confirm", "answer": "answer",
    "note": "note", "ask-back": "ask_back", "plan": "plan", "escalate": "escalate", "take": "take", "merge": "merge",
    "split": "split", "tie": "tie", "untie": "tie", "name-asset": "tie", "unname-asset": "tie",
    "adopt": "adopt", "disown": "adopt", "watch": "watch",
    "unwatch": "watch", "reopen": "reopen", "rate": "rate",
}  # fmt: skip


class TicketShape(serializers.ModelSerializer[Ticket]):
    """A ticket as lists show it."""

    branch = BranchShape()
    requester = PersonShape()
    assignee = PersonShape(allow_null=True)
    team = TeamShape(allow_null=True)
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
            "requester", "assignee", "team", "estimate_hours", "start_date", "finish_date", "created_at", "accepted_at",
            "answered_at", "asked_back_at", "started_at", "finished_at", "changed_at", "response_due_at",
            "response_state",
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
        fields = [
            "id", "author", "text", "is_internal", "channel", "quoted", "created_at", "edited_at", "attachments",
        ]  # fmt: skip


class WrittenShape(CommentShape):
    """What was just written."""

    unclear_mentions = serializers.SerializerMethodField(
        help_text="Names after an @ that reached nobody, because nobody or more than one is called so."
    )

    class Meta(CommentShape.Meta):
        fields = [*CommentShape.Meta.fields, "unclear_mentions"]

    def get_unclear_mentions(self, comment: Comment) -> list[str]:
        """As they were typed."""
        return list(comment.unclear_mentions)


class RelatedShape(serializers.ModelSerializer[Ticket]):
    """Another ticket, in a line."""

    status_label = serializers.CharField(help_text="The status in the caller's language.")

    class Meta:
        model = Ticket
        fields = ["id", "number", "kind", "title", "status", "status_label"]


class RelationShape(serializers.Serializer[Any]):
    """How another ticket hangs together with this one."""

    code = serializers.ChoiceField(
        ["part_of", "part", "merged_into", "duplicate", "split_from", "split_off", "linked"]
    )
    text = serializers.CharField(source="label", help_text="In the caller's language.")
    how = serializers.CharField(allow_blank=True, help_text="How they are linked.")
    ticket = RelatedShape()


class RatingShape(serializers.ModelSerializer[Rating]):
    """How satisfied the requester was."""

    class Meta:
        model = Rating
        fields = ["score", "text", "given_at"]


class GuideShape(serializers.ModelSerializer[Guide]):
    """How to help oneself."""

    helped = serializers.SerializerMethodField(help_text="How many people it has helped; for the IT Manager.")
    helped_me = serializers.BooleanField(help_text="The caller has said that it helped.")

    class Meta:
        model = Guide
        fields = ["id", "title", "text", "kind", "language", "is_published", "helped", "helped_me"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_helped(self, guide: Any) -> int | None:
        """Null for everybody else."""
        return guide.helped if rules.receives(guide, self.context["request"].user) else None


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
    requester = Seen(User, required=False, help_text="Who asked, when IT staff writes it down for them.")
    asked_at = serializers.DateTimeField(
        required=False,
        help_text="When they asked, when IT staff writes it down later: the clock starts then.",
    )
    channel = serializers.ChoiceField(
        [Channel.PHONE.value, Channel.API.value], required=False, help_text="How they asked; for IT staff."
    )
    told = _text(required=False, help_text="What IT staff told the caller: the first answer.")


class AcceptGiven(serializers.Serializer[Any]):
    """The IT Manager's decision."""

    priority = serializers.ChoiceField(Priority.choices)
    assignee = Seen(User)
    estimate_hours = _hours(required=False, allow_null=True)
    team = Seen(Team, required=False, allow_null=True)
    start_date = serializers.DateField(required=False, allow_null=True, help_text="The planned start.")
    finish_date = serializers.DateField(required=False, allow_null=True, help_text="The planned finish.")
    answer_text = _text(
        required=False, allow_blank=True, help_text="A first answer; it stops the response clock."
    )


class SeveralGiven(serializers.Serializer[Any]):
    """Which tickets; each is decided on by itself."""

    tickets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=50
    )


class BulkAcceptGiven(SeveralGiven):
    """The same decision on several new tickets."""

    priority = serializers.ChoiceField(Priority.choices)
    assignee = Seen(User)
    team = Seen(Team, required=False, allow_null=True)
    answer_text = _text(
        required=False, allow_blank=True, help_text="A first answer to each; it stops the response clocks."
    )
    estimate_hours = _hours(
        required=False, allow_null=True, help_text="Of each development among them; others take none."
    )


class BulkTextGiven(SeveralGiven):
    """The same reason, or the same question, for several new tickets."""

    text = _text()


class BulkMergeGiven(SeveralGiven):
    """Tickets that ask for the same; the oldest of them goes on."""

    tickets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=2, max_length=50
    )


class DecidedShape(serializers.Serializer[Any]):
    """What became of one of them; `reason` says why nothing was done."""

    ticket = serializers.IntegerField()
    done = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(allow_blank=True)


class TextGiven(serializers.Serializer[Any]):
    """A sentence for the other side."""

    text = _text()


class AssignGiven(serializers.Serializer[Any]):
    """Who does it from now on."""

    assignee = Seen(User)


class PrioritiseGiven(serializers.Serializer[Any]):
    """How urgent it is from now on, and why."""

    priority = serializers.ChoiceField(choices=Priority.choices)
    reason = serializers.CharField(max_length=500)


class ReclassifyGiven(serializers.Serializer[Any]):
    """Of which kind it really is, and why."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    reason = serializers.CharField(max_length=500)


class EstimateGiven(serializers.Serializer[Any]):
    """A new estimate; changing one needs a reason."""

    hours = _hours()
    reason = _text(2000, required=False, allow_blank=True, default="")


class ShownGiven(TextGiven):
    """A sentence for the other side, with files."""

    attachments = _files()


class AnswerGiven(ShownGiven):
    """What is written to the others, with files."""

    seen = serializers.IntegerField(
        required=False, min_value=0,
        help_text="The last answer that the writer had read. When somebody else has written since, this is refused.",
    )  # fmt: skip


class DaysGiven(serializers.Serializer[Any]):
    """From when to when; null takes a day away."""

    start_date = serializers.DateField(allow_null=True)
    finish_date = serializers.DateField(allow_null=True)


class EscalateGiven(serializers.Serializer[Any]):
    """Which experts, and why."""

    team = Seen(Team)
    reason = _text(2000)
    member = Seen(User, required=False, allow_null=True)


class OtherGiven(serializers.Serializer[Any]):
    """Another ticket."""

    other = Seen(Ticket)


class BrokenGiven(serializers.Serializer[Any]):
    """Which report of what breaks often."""

    by = serializers.ChoiceField(
        ["asset", "model"], required=False, help_text="Assets (as it is), or models."
    )
    months = serializers.IntegerField(
        min_value=1, max_value=broken.LONGEST, required=False,
        help_text=f"Of so many months until now; {broken.USUAL} by itself.",
    )  # fmt: skip
    branch = Seen(Branch, required=False, help_text="Only of this branch.")


class BrokenShape(serializers.Serializer[Any]):
    """An asset, or a model (`asset` is null), with its incidents, repairs and their cost in the period."""

    asset = serializers.IntegerField(source="asset.pk", allow_null=True, default=None)
    tag = serializers.CharField(source="asset.tag", allow_null=True, default=None)
    model = serializers.SerializerMethodField(help_text="Type, maker and model, where models are asked for.")
    assets = serializers.IntegerField(source="count", help_text="Of how many assets.")
    incidents = serializers.IntegerField()
    repairs = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=18, decimal_places=2)

    def get_model(self, row: Any) -> list[str]:
        """Empty for an asset."""
        return [] if row.asset else [str(part) for part in row.key]


class AboutGiven(serializers.Serializer[Any]):
    """An asset."""

    asset = Seen(Asset)


class TieGiven(OtherGiven):
    """Another ticket, and how both belong together."""

    kind = serializers.ChoiceField(TieKind.choices, required=False, default=TieKind.RELATED)


class SplitGiven(serializers.Serializer[Any]):
    """A part that becomes a ticket of its own."""

    title = _text(150)
    description = _text()
    kind = serializers.ChoiceField(Kind.choices, required=False, help_text="Without it that of the whole.")
    files = Seen(Attachment, many=True, required=False)


class WatchGiven(serializers.Serializer[Any]):
    """Who follows it; without a person the caller."""

    person = Seen(User, required=False, allow_null=True)


class RateGiven(serializers.Serializer[Any]):
    """How satisfied the requester was."""

    score = serializers.IntegerField(min_value=1, max_value=5)
    text = _text(2000, required=False, allow_blank=True, default="")


class NameGiven(serializers.Serializer[Any]):
    """A name for a list."""

    name = serializers.CharField(max_length=60)
    is_shared = serializers.BooleanField(default=False, help_text="Shown to everyone in IT.")


class SavedViewGiven(NameGiven):
    """A list to keep."""

    query = serializers.CharField(max_length=1000, allow_blank=True, help_text="`status=new&sort=oldest`")


class SavedViewShape(serializers.ModelSerializer[SavedView]):
    """A list under a name."""

    owner = PersonShape()

    class Meta:
        model = SavedView
        fields = ["id", "name", "query", "is_shared", "owner"]
