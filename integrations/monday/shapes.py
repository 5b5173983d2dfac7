"""How the API writes the mirror."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.shapes import PersonShape
from core.endpoints import Seen
from integrations.monday.actions import may_administer
from integrations.monday.enums import NewItems, Plan
from integrations.monday.models import Difference, Link, MondayPerson, Remark, Stray


class MirrorShape(serializers.Serializer[Any]):
    """How the mirror does. The token is never in it."""

    state = serializers.ChoiceField(["none", "unmapped", "off", "blocked", "waits", "works"])
    sentence = serializers.CharField(help_text="The state in the caller's language.")
    board_id = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField()
    plan = serializers.CharField(allow_blank=True, help_text="Empty: as MONDAY_PLAN says.")
    new_items = serializers.ChoiceField(NewItems.choices)
    mirrors_answers = serializers.BooleanField()
    has_token = serializers.BooleanField()
    calls_today = serializers.IntegerField()
    calls_per_day = serializers.IntegerField()
    waiting = serializers.IntegerField(
        help_text="Requests and cards of which something is not sent or read yet."
    )
    oldest_at = serializers.DateTimeField(allow_null=True, help_text="Since when the oldest of them waits.")
    dead = serializers.IntegerField()
    findings = serializers.IntegerField()
    trouble = serializers.CharField(allow_blank=True)
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What is wrong with the board until it is looked at again."
    )
    heard_at = serializers.DateTimeField(allow_null=True, help_text="The last webhook.")
    worked_at = serializers.DateTimeField(allow_null=True)
    swept_at = serializers.DateTimeField(allow_null=True, help_text="The last walk over the whole board.")
    reported_at = serializers.DateTimeField(allow_null=True)
    differences = serializers.ListField(
        child=serializers.DictField(), help_text="Of last night; it should be empty."
    )


class MirrorGiven(serializers.Serializer[Any]):
    """What an administrator sets; what is left out stays. An empty token is forgotten."""

    is_active = serializers.BooleanField(required=False)
    plan = serializers.ChoiceField([("", ""), *Plan.choices], required=False, allow_blank=True)
    new_items = serializers.ChoiceField(NewItems.choices, required=False)
    mirrors_answers = serializers.BooleanField(required=False)
    token = serializers.CharField(max_length=2000, required=False, allow_blank=True, write_only=True)


class CardBoardGiven(serializers.Serializer[Any]):
    """Which board. Without a number the one in use, or a new one."""

    board_id = serializers.RegexField(r"^\d{1,20}$", required=False)
    title = serializers.CharField(max_length=100, required=False, help_text="Of a new board.")
    anew = serializers.BooleanField(required=False, help_text="A new board, although one is in use.")
    chosen = serializers.DictField(
        child=serializers.CharField(max_length=100), required=False, help_text="Columns by field."
    )
    seen = serializers.CharField(
        max_length=32, required=False, default="", help_text="The mark of the plan that was seen."
    )


class CardBoardShape(serializers.Serializer[Any]):
    """What is to be done on the board, or was."""

    board_id = serializers.CharField(allow_blank=True, help_text="Empty: a new board.")
    title = serializers.CharField()
    adopted = serializers.ListField(child=serializers.CharField())
    steps = serializers.ListField(child=serializers.CharField())
    obstacles = serializers.ListField(
        child=serializers.CharField(), help_text="With any of them nothing is done."
    )
    mark = serializers.CharField(help_text="Send it as `seen` to have this done.")
    done = serializers.BooleanField()


class LinkShape(serializers.ModelSerializer[Link]):
    """A request and its card."""

    ticket = serializers.IntegerField(source="ticket_id")
    number = serializers.CharField(source="ticket.number")

    class Meta:
        model = Link
        fields = [
            "id", "ticket", "number", "item_id", "state", "is_dirty", "is_stale", "paused", "attempts", "last_error",
            "due_at", "synced_at",
        ]  # fmt: skip


class RemarkShape(serializers.ModelSerializer[Remark]):
    """Words of ours for the board."""

    ticket = serializers.IntegerField(source="link.ticket_id", allow_null=True, default=None)

    class Meta:
        model = Remark
        fields = ["id", "ticket", "item_id", "is_dead", "attempts", "last_error", "due_at", "sent_at"]


class DifferenceShape(serializers.ModelSerializer[Difference]):
    """Something that a person may have to look at."""

    ticket = serializers.IntegerField(source="link.ticket_id")
    person = PersonShape(allow_null=True)
    seen_by = PersonShape(allow_null=True)

    class Meta:
        model = Difference
        fields = [
            "id", "ticket", "matter", "field", "ours", "theirs", "kept", "reason", "person", "found_at", "seen_at",
            "seen_by",
        ]  # fmt: skip


class MondayPersonShape(serializers.ModelSerializer[MondayPerson]):
    """Somebody's account on monday.com."""

    user = PersonShape()

    class Meta:
        model = MondayPerson
        fields = ["id", "user", "monday_id", "name"]


class Anybody(Seen):
    """Anybody with an account here, for administrators: they enter people of whom they may see nothing else."""

    def get_queryset(self) -> Any:
        """As the page offers them."""
        everybody = User.objects.get_queryset().people()
        return everybody if may_administer(by=self.context["request"].user) else super().get_queryset()


class MondayPersonGiven(serializers.Serializer[Any]):
    """Whose account it is; an empty number forgets it."""

    user = Anybody(User)
    monday_id = serializers.CharField(max_length=30, allow_blank=True)


class MondayPersonEntered(serializers.Serializer[Any]):
    """What was kept (null: forgotten), whether monday.com was asked, and what it said."""

    person = MondayPersonShape(allow_null=True)
    is_checked = serializers.BooleanField()
    remark = serializers.CharField()


class StrayShape(serializers.ModelSerializer[Stray]):
    """A card that somebody made by hand."""

    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)

    class Meta:
        model = Stray
        fields = ["id", "item_id", "name", "url", "state", "reason", "ticket", "seen_at"]


class AdoptGiven(serializers.Serializer[Any]):
    """Whose request it becomes."""

    requester = Seen(User)
