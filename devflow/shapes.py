"""How the API writes developments, builds and deployments, and what it reads for them."""

from decimal import Decimal
from typing import Any

from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.shapes import PersonShape
from core.endpoints import GateShape, Seen, gates
from devflow import rules
from devflow.enums import RISKS, TRIED, DeploymentResult, EnvironmentKind
from devflow.models import (
    Build,
    CheckItem,
    Commit,
    Deployment,
    DevelopmentRequest,
    EmergencyFix,
    Environment,
    HourEntry,
    System,
    Timer,
)
from devflow.models.work import HASH
from tickets.models import Ticket

# The verbs by the name of their address, with the transition behind each.
MOVES = {
    "plan": "plan",
    "start": "start",
    "open-brm": "open_brm",
    "hours": "book_hours",
    "builds": "register_build",
    "hold": "hold",
    "resume": "resume",
    "timer": "start_timer",
    "timer-stop": "stop_timer",
    "prepare": "prepare",
    "checklist": "keep_checklist",
    "commits": "link_commit",
}
BUILD_MOVES = {
    "trial": "to_trial", "training": "to_training", "production": "to_production", "roll-back": "roll_back",
    "emergency": "ask_emergency", "agree": "agree_emergency", "review": "review_emergency",
}  # fmt: skip


class EnvironmentShape(serializers.ModelSerializer[Environment]):
    """One server of a system."""

    class Meta:
        model = Environment
        fields = ["id", "kind", "address"]


class SystemShape(serializers.ModelSerializer[System]):
    """An application of the group. Its servers are shown to IT staff and auditors."""

    environments = EnvironmentShape(many=True)

    class Meta:
        model = System
        fields = ["id", "name", "description", "is_active", "environments"]


class SystemNameShape(serializers.ModelSerializer[System]):
    """An application by its name."""

    class Meta:
        model = System
        fields = ["id", "name"]


class CaseShape(serializers.ModelSerializer[Ticket]):
    """The ticket of a development."""

    class Meta:
        model = Ticket
        fields = ["id", "number", "title", "status", "priority", "estimate_hours"]


class DevelopmentShape(serializers.ModelSerializer[DevelopmentRequest]):
    """A development as lists show it."""

    ticket = CaseShape()
    system = SystemNameShape(allow_null=True)
    effort = serializers.DecimalField(8, 2, help_text="What counts for SOP-A5: estimated or booked hours.")
    others_hours = serializers.DecimalField(
        8, 2, help_text="What other requests of the same purpose add to it (SOP-A5)."
    )
    allowed_hours = serializers.DecimalField(
        8, 2, help_text="The threshold, or what a BRM allows where more."
    )
    needs_brm = serializers.BooleanField(help_text="Held until Director and Board approve (SOP-A5).")
    signed_build = serializers.CharField(source="signed_build.version", default=None, allow_null=True)

    class Meta:
        model = DevelopmentRequest
        fields = [
            "id",
            "ticket",
            "system",
            "stage",
            "held_from",
            "hold_reason",
            "brm_threshold_hours",
            "approved_hours",
            "booked_hours",
            "effort",
            "others_hours",
            "allowed_hours",
            "needs_brm",
            "signed_build",
        ]


class DevelopmentDetailShape(DevelopmentShape):
    """A development with its gates."""

    risks = serializers.DictField(
        child=serializers.BooleanField(), help_text="The risk questions and their answers."
    )
    verbs = serializers.SerializerMethodField(
        help_text="What the caller can do with it now, or by which clause not."
    )

    class Meta(DevelopmentShape.Meta):
        fields = [*DevelopmentShape.Meta.fields, "risks", "risk_notes", "rollback_plan", "verbs"]

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, row: DevelopmentRequest) -> Any:
        """The verbs, allowed or with the reason why not."""
        return gates(row, self.context["request"].user, MOVES)


class EmergencyShape(serializers.ModelSerializer[EmergencyFix]):
    """A release before the UAT: who agreed, and what is still owed."""

    asked_by = PersonShape()
    manager = PersonShape(allow_null=True)
    second = PersonShape(allow_null=True)
    reviewed_by = PersonShape(allow_null=True)

    class Meta:
        model = EmergencyFix
        fields = [
            "reason", "asked_by", "asked_at", "manager", "manager_agreed_at", "second", "second_agreed_at", "due_date",
            "review", "reviewed_by", "reviewed_at", "settled_at",
        ]  # fmt: skip


class BuildShape(serializers.ModelSerializer[Build]):
    """A build, how far it has come, and where it may go."""

    development = serializers.IntegerField(source="request_id")
    registered_by = PersonShape()
    emergency = serializers.SerializerMethodField(
        help_text="The emergency fix that was asked for it, if any."
    )
    verbs = serializers.SerializerMethodField(help_text="The servers, each with the gate before it.")

    class Meta:
        model = Build
        fields = [
            "id",
            "development",
            "version",
            "commit",
            "artefact_hash",
            "reached",
            "registered_by",
            "registered_at",
            "emergency",
            "verbs",
        ]

    @extend_schema_field(EmergencyShape(allow_null=True))
    def get_emergency(self, row: Build) -> Any:
        """Who asked, who agreed, what is owed."""
        fix = rules.emergency_of(row)
        return EmergencyShape(fix, context=self.context).data if fix else None

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, row: Build) -> Any:
        """The servers it may go to, or the reason why not."""
        return gates(row, self.context["request"].user, BUILD_MOVES)


class HourShape(serializers.ModelSerializer[HourEntry]):
    """Hours that somebody worked."""

    person = PersonShape()

    class Meta:
        model = HourEntry
        fields = ["id", "person", "date", "hours", "note", "booked_at", "while_held"]


class TimerShape(serializers.ModelSerializer[Timer]):
    """A timer that somebody runs."""

    person = PersonShape()

    class Meta:
        model = Timer
        fields = ["id", "person", "started_at", "stopped_at", "closed_at"]


class ChecklistLineShape(serializers.ModelSerializer[CheckItem]):
    """One line of a checklist."""

    done_by = PersonShape(allow_null=True)

    class Meta:
        model = CheckItem
        fields = ["id", "text", "done_by", "done_at"]


class CommitShape(serializers.ModelSerializer[Commit]):
    """A commit of a development."""

    added_by = PersonShape()

    class Meta:
        model = Commit
        fields = ["id", "hash", "repository", "added_by", "added_at"]


class DeploymentShape(serializers.ModelSerializer[Deployment]):
    """One build put on one server."""

    development = serializers.IntegerField(source="build.request_id")
    version = serializers.CharField(source="build.version")
    system = SystemNameShape(source="environment.system")
    environment = serializers.ChoiceField(EnvironmentKind.choices, source="environment.kind")
    deployed_by = PersonShape()

    class Meta:
        model = Deployment
        fields = [
            "id",
            "development",
            "build",
            "version",
            "system",
            "environment",
            "deployed_by",
            "deployed_at",
            "result",
            "notes",
        ]


# What is sent --------------------------------------------------------------------------------------------------


class PlanGiven(serializers.Serializer[Any]):
    """Which system is changed."""

    system = Seen(System)


class TimerGiven(serializers.Serializer[Any]):
    """What was done while the timer ran; fewer hours than it counted; or that nothing was worked."""

    note = serializers.CharField(max_length=250, required=False, allow_blank=True, default="")
    hours = serializers.DecimalField(
        4, 2, min_value=Decimal("0.25"), max_value=12, required=False, allow_null=True
    )
    drop = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for hours without a word about them."""
        if not attrs["drop"] and not attrs["note"].strip():
            raise serializers.ValidationError({"note": [_("Say what was done.")]})
        return attrs


class PrepareGiven(serializers.Serializer[Any]):
    """What may go wrong with the release, and how it is undone."""

    risks = serializers.DictField(child=serializers.BooleanField(), help_text="; ".join(RISKS))
    risk_notes = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    rollback_plan = serializers.CharField(max_length=5000)


class ChecklistGiven(serializers.Serializer[Any]):
    """The numbers of the lines that are done (all others are not), and new lines."""

    done = serializers.ListField(
        child=serializers.IntegerField(), required=False, default=list, max_length=100
    )
    new = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list, max_length=100
    )


class CommitGiven(serializers.Serializer[Any]):
    """A commit and where it lies."""

    commit = serializers.CharField(max_length=64, validators=[HASH])
    repository = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", validators=[URLValidator(["https"])]
    )


class EmergencyGiven(serializers.Serializer[Any]):
    """Why a build cannot wait for its test."""

    reason = serializers.CharField(max_length=5000)


class ReviewGiven(serializers.Serializer[Any]):
    """What happened, and how it is avoided next time."""

    review = serializers.CharField(max_length=10000)


class HoldGiven(serializers.Serializer[Any]):
    """Why the work stands still."""

    reason = serializers.CharField(max_length=500)


class RollBackGiven(serializers.Serializer[Any]):
    """Why a build is taken out of Production, and which runs there again (none: nothing does)."""

    reason = serializers.CharField(max_length=5000)
    restore = Seen(Build, required=False, allow_null=True, default=None)


class HoursGiven(serializers.Serializer[Any]):
    """Hours that were worked."""

    day = serializers.DateField()
    hours = serializers.DecimalField(max_digits=4, decimal_places=2, min_value=0, max_value=24)
    note = serializers.CharField(max_length=250)


class BuildGiven(serializers.Serializer[Any]):
    """A new build."""

    version = serializers.CharField(max_length=60)
    commit = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    artefact_hash = serializers.CharField(max_length=128, required=False, allow_blank=True, default="")


class DeploymentGiven(serializers.Serializer[Any]):
    """What was deployed where: a build by its number, or by its development and version."""

    build = Seen(Build, required=False)
    development = Seen(DevelopmentRequest, required=False)
    version = serializers.CharField(max_length=60, required=False)
    environment = serializers.ChoiceField(EnvironmentKind.choices)
    result = serializers.ChoiceField(
        [(result.value, result.label) for result in TRIED], required=False, default=DeploymentResult.SUCCEEDED
    )
    notes = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    scenarios = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list, max_length=100,
        help_text="On Training: what the user shall test, one line each.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the build. Raises ValidationError when it is not named, or not known."""
        if "build" not in attrs:
            attrs["build"] = self._named(attrs)
        attrs.pop("development", None)
        attrs.pop("version", None)
        return attrs

    def _named(self, attrs: dict[str, Any]) -> Build:
        if "development" not in attrs or "version" not in attrs:
            raise serializers.ValidationError(
                {"build": [_("Name the build, or its development and version.")]}
            )
        rows = Build.objects.visible_to(self.context["request"].user)
        build = rows.filter(request=attrs["development"], version=attrs["version"]).first()
        if build is None:
            raise serializers.ValidationError(
                {"version": [_("This development has no build of this version.")]}
            )
        return build
