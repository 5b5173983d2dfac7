"""How the API writes developments, builds and deployments, and what it reads for them."""

from decimal import Decimal
from typing import Any

from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.enums import TimeZone
from accounts.models import User
from accounts.shapes import PersonShape
from core.endpoints import GateShape, Seen, gates
from core.numbers import plain
from devflow import rules
from devflow.enums import TRIED, Column, DeploymentResult, EnvironmentKind, Stage
from devflow.evasion import LEASTS, SHARES, Asked
from devflow.models import (
    Build,
    CheckItem,
    Commit,
    Deployer,
    Deployment,
    DevelopmentRequest,
    EmergencyFix,
    Environment,
    Freeze,
    HourEntry,
    Release,
    System,
    Timer,
    VersionCheck,
    Window,
)
from devflow.models.work import HASH
from devflow.systems import clashes
from devflow.timeline import BY
from tickets import search
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
    "end": "end",
    "timer": "start_timer",
    "timer-stop": "stop_timer",
    "prepare": "prepare",
    "checklist": "keep_checklist",
    "commits": "link_commit",
}
BUILD_MOVES = {
    "trial": "to_trial", "training": "to_training", "production": "to_production", "roll-back": "roll_back",
    "emergency": "ask_emergency", "agree": "agree_emergency", "review": "review_emergency",
    "give-release": "give_release",
}  # fmt: skip


class DeployerShape(serializers.ModelSerializer[Deployer]):
    """Somebody, or a robot, who may deploy on a server."""

    id = serializers.IntegerField(source="person_id")
    name = serializers.CharField(source="person.name")
    is_robot = serializers.BooleanField(source="person.is_robot")

    class Meta:
        model = Deployer
        fields = ["id", "name", "is_robot"]


class RunningShape(serializers.ModelSerializer[Deployment]):
    """What runs on a server: its newest deployment that succeeded."""

    version = serializers.CharField(source="build.version")
    commit = serializers.CharField(source="build.commit")
    development = serializers.IntegerField(source="build.request_id")
    deployed_by = PersonShape()

    class Meta:
        model = Deployment
        fields = ["id", "build", "version", "commit", "development", "deployed_by", "deployed_at"]


class EnvironmentShape(serializers.ModelSerializer[Environment]):
    """One server of a system. Nobody among `deployers`: whoever works on a request (on Production the IT Manager)."""

    deployers = DeployerShape(many=True)

    class Meta:
        model = Environment
        fields = ["id", "kind", "name", "address", "version_address", "deployers"]


class SystemShape(serializers.ModelSerializer[System]):
    """An application of the group. Its servers are shown to IT staff, auditors and administrators."""

    environments = EnvironmentShape(many=True)
    owners = PersonShape(many=True)

    class Meta:
        model = System
        fields = [
            "id", "name", "description", "is_active", "owners", "repositories", "checklist", "risk_questions",
            "environments",
        ]  # fmt: skip


class SystemNameShape(serializers.ModelSerializer[System]):
    """An application by its name."""

    class Meta:
        model = System
        fields = ["id", "name"]


class WindowShape(serializers.ModelSerializer[Window]):
    """Hours of the week in which Production may be released; without a system: of all that have none of their own."""

    added_by = PersonShape()

    class Meta:
        model = Window
        fields = ["id", "system", "days", "opens", "closes", "zone", "added_by", "added_at", "ended_at"]


class FreezeShape(serializers.ModelSerializer[Freeze]):
    """When nothing is released: between two instants, or in the last and first days of each month."""

    added_by = PersonShape()

    class Meta:
        model = Freeze
        fields = [
            "id", "system", "reason", "starts_at", "ends_at", "last_days", "first_days", "zone", "added_by", "added_at",
            "ended_at",
        ]  # fmt: skip


class ReleasesShape(serializers.Serializer[Any]):
    """Whether Production may be released now; if not, why and when it may again."""

    is_open = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    opens_at = serializers.DateTimeField(allow_null=True)


class VersionCheckShape(serializers.ModelSerializer[VersionCheck]):
    """Whether a server runs what was deployed there, by its own word."""

    class Meta:
        model = VersionCheck
        fields = ["state", "told", "expected", "looked_at", "since_at"]


class LookGiven(serializers.Serializer[Any]):
    """Which server is asked."""

    kind = serializers.ChoiceField(EnvironmentKind.choices)


class PlaceShape(serializers.Serializer[Any]):
    """A server and what runs there."""

    environment = serializers.ChoiceField(EnvironmentKind.choices, source="server.kind")
    address = serializers.CharField(source="server.address")
    running = RunningShape(allow_null=True)
    check = VersionCheckShape(allow_null=True, help_text="What the server itself says of its version.")


class NowShape(serializers.Serializer[Any]):
    """What runs where, and whether Production may be released."""

    system = SystemNameShape()
    releases = ReleasesShape()
    servers = PlaceShape(many=True)


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
            "end_reason",
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
        child=serializers.BooleanField(), help_text="The answers to `questions`, by their names."
    )
    questions = serializers.DictField(
        child=serializers.CharField(), help_text="The risk questions by name: those of everybody, then its own."
    )  # fmt: skip
    verbs = serializers.SerializerMethodField(
        help_text="What the caller can do with it now, or by which clause not."
    )

    conflicts = serializers.SerializerMethodField(
        help_text="Who else is on the same system: sentences, none where nobody is. They forbid nothing."
    )

    class Meta(DevelopmentShape.Meta):
        fields = [
            *DevelopmentShape.Meta.fields,
            "questions",
            "risks",
            "risk_notes",
            "rollback_plan",
            "verbs",
            "conflicts",
        ]

    def get_conflicts(self, row: DevelopmentRequest) -> list[str]:
        """Plans that meet, and who is on the server where this one goes next."""
        kind = {Stage.WAITING: "trial", Stage.TRIAL: "training", Stage.READY: "production"}.get(
            Stage(row.stage), ""
        )
        return clashes(row, self.context["request"].user, kind)

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, row: DevelopmentRequest) -> Any:
        """The verbs, allowed or with the reason why not."""
        return gates(row, self.context["request"].user, MOVES)


class EmergencyShape(serializers.ModelSerializer[EmergencyFix]):
    """A release before the UAT: who agreed, and what is still owed.

    `content_hash` is the fingerprint of what the two agree to; a word counts for 24 hours, over what it was given for.
    """

    asked_by = PersonShape()
    manager = PersonShape(allow_null=True)
    second = PersonShape(allow_null=True)
    reviewed_by = PersonShape(allow_null=True)
    content_hash = serializers.CharField()
    is_agreed = serializers.BooleanField(help_text="Both words count now.")

    class Meta:
        model = EmergencyFix
        fields = [
            "reason", "asked_by", "asked_at", "manager", "manager_agreed_at", "manager_hash", "second",
            "second_agreed_at", "second_hash", "content_hash", "is_agreed", "due_date", "review", "reviewed_by",
            "reviewed_at", "settled_at",
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
    """Hours that somebody worked. What was wrong has a counter-entry (`taken_back`): it has negative hours, the entry
    (`takes_back`) and who wrote it, and the reason as its note.
    """

    person = PersonShape()
    takes_back = serializers.IntegerField(source="takes_back_id", allow_null=True)
    taken_back_by = PersonShape(allow_null=True)
    taken_back = serializers.SerializerMethodField()

    class Meta:
        model = HourEntry
        fields = [
            "id", "person", "date", "hours", "note", "booked_at", "while_held", "takes_back", "taken_back_by",
            "taken_back",
        ]  # fmt: skip

    def get_taken_back(self, row: HourEntry) -> int | None:
        """The counter-entry, if there is one."""
        return row.taken_back.pk if row.taken_back else None


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


class ReleaseShape(serializers.ModelSerializer[Release]):
    """The word of the IT Manager that a robot may put this build on Production."""

    development = serializers.IntegerField(source="build.request_id")
    version = serializers.CharField(source="build.version")
    given_by = PersonShape()

    class Meta:
        model = Release
        fields = ["id", "development", "build", "version", "given_by", "given_at", "until_at", "withdrawn_at"]


class NoteShape(serializers.ModelSerializer[Deployment]):
    """One request that is done, by the build that went live."""

    version = serializers.CharField(source="build.version")
    ticket = serializers.IntegerField(source="build.request.ticket_id")
    number = serializers.CharField(source="build.request.ticket.number")
    title = serializers.CharField(source="build.request.ticket.title")

    class Meta:
        model = Deployment
        fields = ["id", "version", "ticket", "number", "title", "deployed_at"]


class BetweenGiven(serializers.Serializer[Any]):
    """Which releases are told: by days, both included, or from after one version up to another."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    after = serializers.CharField(max_length=60, required=False)
    up_to = serializers.CharField(max_length=60, required=False)


# Ways of looking -----------------------------------------------------------------------------------------------


class MoveShape(serializers.Serializer[Any]):
    """Whether the caller may move a card to a column now: by which verb, or why not and by which clause of the SOP."""

    to = serializers.ChoiceField(Column.choices)
    allowed = serializers.BooleanField()
    verb = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(allow_blank=True)


class CardShape(DevelopmentShape):
    """A development on the board."""

    assignee = PersonShape(source="ticket.assignee", allow_null=True)
    moves = MoveShape(many=True)

    class Meta(DevelopmentShape.Meta):
        fields = [*DevelopmentShape.Meta.fields, "stage_at", "assignee", "moves"]


class ColumnShape(serializers.Serializer[Any]):
    """One column: how many stand in it, and the first of them."""

    column = serializers.ChoiceField(Column.choices)
    count = serializers.IntegerField()
    cards = CardShape(many=True)


class BoardShape(serializers.Serializer[Any]):
    """The four columns of SOP-A3, in their order."""

    columns = ColumnShape(many=True)


class NarrowGiven(serializers.Serializer[Any]):
    """Which developments are looked at."""

    system = serializers.IntegerField(required=False, min_value=1)
    branch = serializers.IntegerField(required=False, min_value=1)
    assignee = serializers.RegexField(r"^(me|none|[1-9][0-9]{0,17})$", required=False)


class TimelineGiven(serializers.Serializer[Any]):
    """In which order."""

    by = serializers.ChoiceField(BY)


class DaysShape(serializers.Serializer[Any]):
    """From the first day to the last, both included."""

    first = serializers.DateField(source="0")
    last = serializers.DateField(source="1")

    def to_representation(self, days: Any) -> Any:
        """A pair of days."""
        return {"first": days[0].isoformat(), "last": days[1].isoformat()}


class ClashShape(serializers.Serializer[Any]):
    """Another request that is planned on the same system, and the days that both claim."""

    ticket = serializers.IntegerField()
    days = DaysShape()

    def to_representation(self, clash: Any) -> Any:
        """A ticket and a pair of days."""
        ticket, days = clash
        return {"ticket": ticket, "days": DaysShape().to_representation(days)}


class BarShape(serializers.ModelSerializer[DevelopmentRequest]):
    """A development on the timeline."""

    ticket = CaseShape()
    system = SystemNameShape(allow_null=True)
    assignee = PersonShape(source="ticket.assignee", allow_null=True)
    lane = serializers.CharField(
        help_text="The system or the person that it is ordered by; empty where there is none."
    )
    planned = DaysShape(allow_null=True)
    real = DaysShape(allow_null=True, help_text="Until today where it is not finished.")
    clashes = ClashShape(many=True, help_text="The first three.")

    class Meta:
        model = DevelopmentRequest
        fields = ["id", "ticket", "system", "assignee", "stage", "lane", "planned", "real", "clashes"]


class WeekShape(serializers.Serializer[Any]):
    """One week of one person: hours to do, and hours there are."""

    todo = serializers.DecimalField(9, 1)
    there = serializers.DecimalField(9, 2)
    over = serializers.BooleanField()


class PersonLoadShape(serializers.Serializer[Any]):
    """One person: the weeks as `weeks` names them, what comes later, what has no dates, and the weeks of `past`."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    gone = serializers.BooleanField(help_text="No longer in IT.")
    weeks = WeekShape(source="cells", many=True)
    later = serializers.DecimalField(9, 1, allow_null=True)
    undated = serializers.DecimalField(9, 1, allow_null=True)
    booked = serializers.ListField(
        source="past",
        child=serializers.DecimalField(9, 2, allow_null=True),
        help_text="Hours booked in `past`.",
    )


class CapacityShape(serializers.Serializer[Any]):
    """Who has how much work."""

    begin = serializers.DateField()
    weeks = serializers.ListField(child=serializers.DateField())
    past = serializers.ListField(child=serializers.DateField())
    people = PersonLoadShape(many=True)
    of_nobody = serializers.DecimalField(
        9,
        2,
        source="nobody.total",
        allow_null=True,
        default=None,
        help_text="Hours of work that nobody was given.",
    )
    undecided = serializers.IntegerField(help_text="New developments that wait for a decision.")


class ReportNameShape(serializers.Serializer[Any]):
    """A report and what it looks for."""

    name = serializers.CharField()
    title = serializers.CharField(source="label")
    says = serializers.CharField()


class SuspectShape(serializers.ModelSerializer[DevelopmentRequest]):
    """A case that meets the description of a report."""

    ticket = CaseShape()
    system = SystemNameShape(allow_null=True)
    branch = serializers.CharField(source="ticket.branch.name")
    requester = PersonShape(source="ticket.requester")
    assignee = PersonShape(source="ticket.assignee", allow_null=True)
    accepted_by = PersonShape(source="ticket.accepted_by", allow_null=True)
    facts = serializers.SerializerMethodField(help_text="What this report shows besides, by name.")

    class Meta:
        model = DevelopmentRequest
        fields = [
            "id", "ticket", "system", "branch", "requester", "assignee", "accepted_by", "stage", "booked_hours",
            "brm_threshold_hours", "facts",
        ]  # fmt: skip

    @extend_schema_field(serializers.DictField())
    def get_facts(self, row: DevelopmentRequest) -> dict[str, Any]:
        """By the names of the report; hours are text, as everywhere."""
        facts = {name: column.fact(row) for name, column in self.context["report"].facts.items()}
        return {name: plain(fact) if isinstance(fact, Decimal) else fact for name, fact in facts.items()}


class PairGiven(serializers.Serializer[Any]):
    """From which share of a branch's forms, and from how many, the report `same-pair` names people."""

    share = serializers.IntegerField(min_value=SHARES[0], max_value=SHARES[1], default=Asked.share)
    least = serializers.IntegerField(min_value=LEASTS[0], max_value=LEASTS[1], default=Asked.least)


# What is sent --------------------------------------------------------------------------------------------------


class SystemGiven(serializers.Serializer[Any]):
    """A system; what is left out stays as it is."""

    name = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=250, required=False, allow_blank=True)
    repositories = serializers.ListField(
        child=serializers.CharField(max_length=250, validators=[URLValidator(["https"])]), required=False, max_length=20
    )  # fmt: skip
    checklist = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=50,
        help_text="Copied into each request that changes this system.",
    )  # fmt: skip
    risk_questions = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=10,
        help_text="Asked before a release beside the four of every system; yes or no.",
    )  # fmt: skip
    is_active = serializers.BooleanField(required=False)
    owners = Seen(User, many=True, required=False)

    def validate_name(self, name: str) -> str:
        """Names are used once. Raises ValidationError otherwise."""
        if System.objects.filter(name__iexact=name).exclude(pk__in=[self.context.get("of") or 0]).exists():
            raise serializers.ValidationError(_("There is a system of this name already."))
        return name


class NewSystemGiven(SystemGiven):
    """A system that was not there before."""

    name = serializers.CharField(max_length=80)
    owners = Seen(User, many=True)


class WindowGiven(serializers.Serializer[Any]):
    """A weekly window; Monday is 0. It closes on the next day where it closes no later than it opens."""

    system = Seen(System, allow_null=True, default=None)
    days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), min_length=1, max_length=7
    )
    opens = serializers.TimeField()
    closes = serializers.TimeField()
    zone = serializers.ChoiceField(TimeZone.choices, default=TimeZone.WIB)


class FreezeGiven(serializers.Serializer[Any]):
    """A freeze: between two instants, or around every end of a month."""

    system = Seen(System, allow_null=True, default=None)
    reason = serializers.CharField(max_length=120)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    last_days = serializers.IntegerField(min_value=0, max_value=14, default=0)
    first_days = serializers.IntegerField(min_value=0, max_value=14, default=0)
    zone = serializers.ChoiceField(TimeZone.choices, default=TimeZone.WIB)


class ServerGiven(serializers.Serializer[Any]):
    """One server of a system, by its kind; what is left out stays as it is."""

    kind = serializers.ChoiceField(EnvironmentKind.choices)
    name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    address = serializers.URLField(max_length=200, required=False)
    version_address = serializers.URLField(max_length=200, required=False, allow_blank=True)
    deployers = Seen(User, many=True, required=False)


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


class AgreeGiven(serializers.Serializer[Any]):
    """The proof of one of the two, over what they read."""

    secret = serializers.CharField(
        max_length=200, trim_whitespace=False, write_only=True, required=False, allow_blank=True, default="",
        help_text="The password, or the code of the authenticator app where one is enrolled.",
    )  # fmt: skip
    credential = serializers.JSONField(
        required=False, write_only=True, default=None,
        help_text="Instead of `secret`: the passkey's answer to `agree-challenge`, as WebAuthn's JSON has it.",
    )  # fmt: skip
    shown_hash = serializers.CharField(max_length=64, help_text="The `content_hash` of what was read.")


class EndGiven(serializers.Serializer[Any]):
    """Why begun work ends."""

    reason = serializers.CharField(max_length=500)


class PrepareGiven(serializers.Serializer[Any]):
    """What may go wrong with the release, and how it is undone."""

    risks = serializers.DictField(child=serializers.BooleanField(), help_text="One for each of `questions`.")
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
    of_system = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Add the lines of the system's checklist that are not there yet.",
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


class TakeBackGiven(serializers.Serializer[Any]):
    """Why booked hours are taken back."""

    reason = serializers.CharField(max_length=250)


class BuildGiven(serializers.Serializer[Any]):
    """A new build."""

    version = serializers.CharField(max_length=60)
    commit = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    artefact_hash = serializers.CharField(max_length=128, required=False, allow_blank=True, default="")


class ReleaseGiven(serializers.Serializer[Any]):
    """Which build a robot may release, and for how many hours."""

    build = Seen(Build)
    hours = serializers.IntegerField(min_value=1, max_value=72, default=24)


class DeploymentGiven(serializers.Serializer[Any]):
    """What was deployed where: a build by its number, or by its version and its development or ticket.

    A version that is not known yet is registered first when its `commit` is told.
    """

    build = Seen(Build, required=False)
    development = Seen(DevelopmentRequest, required=False)
    ticket = serializers.CharField(
        max_length=20,
        required=False,
        help_text="Instead of `development`: the number of the request, like T-00017.",
    )
    version = serializers.CharField(max_length=60, required=False)
    commit = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    artefact_hash = serializers.CharField(max_length=128, required=False, default="", allow_blank=True)
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
        named = {
            name: attrs.pop(name, "")
            for name in ("development", "ticket", "version", "commit", "artefact_hash")
        }
        if "build" not in attrs:
            attrs |= self._named(**named)
        return attrs

    def _named(
        self, *, development: Any, ticket: str, version: str, commit: str, artefact_hash: str
    ) -> dict[str, Any]:
        """The build, or what it takes to register it."""
        request = development or self._of_ticket(ticket)
        if not request or not version:
            raise serializers.ValidationError(
                {"build": [_("Name the build, or its development and version.")]}
            )
        rows = Build.objects.visible_to(self.context["request"].user)
        build = rows.filter(request=request, version=version).first()
        if build is None and not commit:
            raise serializers.ValidationError(
                {"version": [_("This development has no build of this version.")]}
            )
        if build is None:
            new = {"version": version, "commit": commit, "artefact_hash": artefact_hash}
            return {"new": {"request": request, **new}}
        self._same(build, commit, artefact_hash)
        return {"build": build}

    def _of_ticket(self, number: str) -> DevelopmentRequest | None:
        key = search.number_in(number) if number else None
        rows = DevelopmentRequest.objects.visible_to(self.context["request"].user)
        found: DevelopmentRequest | None = rows.filter(ticket=key).first() if key is not None else None
        if number and found is None:
            raise serializers.ValidationError(
                {"ticket": [_("There is no development of this number that you may see.")]}
            )
        return found

    def _same(self, build: Build, commit: str, artefact_hash: str) -> None:
        """A version means one commit and one artefact, for ever."""
        for name, told in (("commit", commit), ("artefact_hash", artefact_hash)):
            if told and getattr(build, name) and getattr(build, name) != told:
                raise serializers.ValidationError(
                    {name: [_("This version was registered with another one. Give the build a new version.")]}
                )
