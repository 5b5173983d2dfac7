"""How the API writes promises, calendars and policies, and what it reads for them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Branch
from accounts.shapes import BranchShape, PersonShape
from clocks.enums import DayOff, Promise
from clocks.explaining import explanation
from clocks.models import Calendar, CalendarVersion, Clock, ClockPolicy, Pause
from core.endpoints import GateShape, Seen, gates

MOVES = {"pause": "pause", "resume": "resume"}


class ClockShape(serializers.ModelSerializer[Clock]):
    """A promise as lists show it."""

    ticket = serializers.IntegerField(source="case_id", help_text="The ticket in whose case it runs.")
    paused = serializers.BooleanField(
        source="is_paused", help_text="While it is paused, `due_at` says nothing."
    )

    class Meta:
        model = Clock
        fields = [
            "id", "promise", "state", "ticket", "zone", "started_at", "due_at", "paused", "breached_at", "stopped_at",
        ]  # fmt: skip


class PauseShape(serializers.ModelSerializer[Pause]):
    """Time that does not count."""

    by = PersonShape()
    ended_by = PersonShape(allow_null=True)

    class Meta:
        model = Pause
        fields = ["started_at", "by", "reason", "ended_at", "ended_by"]


class LineShape(serializers.Serializer[Any]):
    """One line of the explanation."""

    counted = serializers.BooleanField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    seconds = serializers.IntegerField()
    text = serializers.CharField()


class ResultShape(serializers.Serializer[Any]):
    """How the promise stands by one version of the calendar; a second one is for information only."""

    by = serializers.CharField()
    due_at = serializers.DateTimeField()
    kept = serializers.BooleanField()
    counts = serializers.BooleanField()


class ExplanationShape(serializers.Serializer[Any]):
    """Everything behind the figure: so many seconds used at the instant `until`, line by line."""

    used_seconds = serializers.IntegerField()
    length_seconds = serializers.IntegerField()
    until = serializers.DateTimeField()
    lines = LineShape(many=True)
    left_out = serializers.IntegerField(help_text="Lines beyond the two hundred that are shown.")
    results = ResultShape(many=True)


class ClockDetailShape(ClockShape):
    """One promise with its pauses and its explanation."""

    pauses = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField()
    calendar_version = serializers.IntegerField(
        source="calendar_version.number", default=None, allow_null=True
    )

    class Meta(ClockShape.Meta):
        fields = [*ClockShape.Meta.fields, "calendar_version", "pauses", "explanation", "verbs"]

    def _pauses(self, clock: Clock) -> list[Pause]:
        rows = Pause.objects.visible_to(self.context["request"].user).filter(clock=clock)
        return list(rows.select_related("by", "ended_by").order_by("started_at"))

    @extend_schema_field(PauseShape(many=True))
    def get_pauses(self, clock: Clock) -> Any:
        """In their order."""
        return PauseShape(self._pauses(clock), many=True).data

    @extend_schema_field(ExplanationShape)
    def get_explanation(self, clock: Clock) -> Any:
        """The same lines as the page shows."""
        return ExplanationShape(explanation(clock, timezone.now(), self._pauses(clock))).data

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, clock: Clock) -> Any:
        """What the caller may do now."""
        return gates(clock, self.context["request"].user, MOVES)


def _week() -> serializers.DictField:
    pair = serializers.ListField(child=serializers.CharField(max_length=5), min_length=2, max_length=2)
    return serializers.DictField(child=serializers.ListField(child=pair, max_length=48))


class VersionShape(serializers.ModelSerializer[CalendarVersion]):
    """Which hours count since it was published; Monday is "0"."""

    published_by = PersonShape()
    segments = _week()
    holidays = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))

    class Meta:
        model = CalendarVersion
        fields = ["number", "segments", "holidays", "note", "published_at", "published_by"]


class CalendarShape(serializers.ModelSerializer[Calendar]):
    """A calendar, and the number of its newest version."""

    newest_number = serializers.IntegerField()
    newest_published_at = serializers.DateTimeField()

    class Meta:
        model = Calendar
        fields = ["id", "name", "is_active", "newest_number", "newest_published_at"]


class CalendarDetailShape(CalendarShape):
    """A calendar with its newest version."""

    newest = serializers.SerializerMethodField()

    class Meta(CalendarShape.Meta):
        fields = [*CalendarShape.Meta.fields, "newest"]

    @extend_schema_field(VersionShape)
    def get_newest(self, calendar: Calendar) -> Any:
        """By which clocks are counted now."""
        rows = CalendarVersion.objects.visible_to(self.context["request"].user).select_related("published_by")
        return VersionShape(rows.newest(calendar.pk)).data


class PolicyShape(serializers.ModelSerializer[ClockPolicy]):
    """How long a promise lasts, for clocks that start from `valid_from` on."""

    branch = BranchShape(allow_null=True)
    calendar = serializers.IntegerField(
        source="calendar_id", allow_null=True, help_text="Null: round the clock."
    )
    seconds = serializers.IntegerField(source="length")
    by = PersonShape(allow_null=True)

    class Meta:
        model = ClockPolicy
        fields = [
            "id",
            "promise",
            "branch",
            "seconds",
            "calendar",
            "may_pause",
            "follows_all",
            "valid_from",
            "by",
        ]
        extra_kwargs = {
            "follows_all": {
                "help_text": "From then on the branch is as all branches; `seconds` is what that was at the moment."
            }
        }


# What is sent ------------------------------------------------------------------------------------------------------


class PauseGiven(serializers.Serializer[Any]):
    """Why the time stands still; the requester reads it."""

    reason = serializers.CharField(max_length=200)


class DayGiven(serializers.Serializer[Any]):
    """A day that does not count."""

    date = serializers.DateField()
    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=DayOff.choices, default=DayOff.HOLIDAY.value)


class WeekGiven(serializers.Serializer[Any]):
    """The next version of a calendar: `{"0": [["08:00", "12:00"], ["13:00", "17:00"]]}`, Monday is "0"."""

    segments = _week()
    holidays = serializers.ListField(child=DayGiven(), required=False, default=list, max_length=1000)
    note = serializers.CharField(max_length=200)


class CalendarGiven(WeekGiven):
    """A new calendar with its first version."""

    name = serializers.CharField(max_length=60)


class PolicyGiven(serializers.Serializer[Any]):
    """How long a promise lasts from now on, or from `valid_from`."""

    promise = serializers.ChoiceField(choices=Promise.choices)
    seconds = serializers.IntegerField(min_value=60, max_value=366 * 24 * 3600)
    branch = Seen(Branch, required=False, allow_null=True, default=None)
    calendar = Seen(Calendar, required=False, allow_null=True, default=None)
    may_pause = serializers.BooleanField(default=False)
    valid_from = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ReturnGiven(serializers.Serializer[Any]):
    """Which branch has no policy of its own any more, from now on or from `valid_from`."""

    promise = serializers.ChoiceField(choices=Promise.choices)
    branch = Seen(Branch)
    valid_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
