"""How the API writes forms and decisions, and what it reads for them."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.enums import Role
from accounts.models import Branch, User, office_date
from accounts.shapes import BranchShape, PersonShape
from approvals.enums import CONSENT_VERSION, Conclusion, Kind, Outcome, Quorum, Result, TimeOut, consent_to
from approvals.models import Approval, CaseFile, Decision, FormFile, Policy, Question, ScenarioSet, Step
from core.endpoints import GateShape, Seen, gates
from core.numbers import plain

# The verbs of a form by the name of their address, with the transition behind each.
MOVES = {
    "write": "save_draft", "attach": "save_draft", "scenarios": "save_draft", "results": "save_draft",
    "tester": "name_tester", "keep-scenarios": "prepare", "take-scenarios": "prepare", "submit": "submit",
    "decide": "decide", "withdraw": "withdraw", "ask": "ask", "answer": "answer", "supersede": "supersede",
}  # fmt: skip
_OF_UAT = ("scenarios", "results", "tester", "keep-scenarios", "take-scenarios")
_OF_BRM = ("write", "attach")


class ApprovalShape(serializers.ModelSerializer[Approval]):
    """A form as lists show it."""

    branch = BranchShape()
    requester = PersonShape()
    requested_by = PersonShape()
    tester = PersonShape(allow_null=True, help_text="Who tests a UAT in the requester's place.")
    waits_for = serializers.CharField(
        help_text="Whose decision is awaited: a name or a role; empty when nobody's."
    )
    ticket = serializers.IntegerField(source="case_id", help_text="The ticket in whose case the form stands.")

    class Meta:
        model = Approval
        fields = [
            "id", "number", "kind", "title", "state", "waits_for", "branch", "requester", "requested_by", "tester",
            "ticket", "created_at", "submitted_at", "decided_at",
        ]  # fmt: skip


class StepShape(serializers.ModelSerializer[Step]):
    """One signature that is needed, in its place in the order."""

    role = serializers.CharField(help_text="The role, where the step names just one; else empty.")
    people = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of those who are named.")
    approved = serializers.IntegerField(help_text="How many have approved.")

    class Meta:
        model = Step
        fields = ["position", "role", "roles", "people", "quorum", "needed", "approved"]


class DecisionShape(serializers.ModelSerializer[Decision]):
    """What one person decided, and by which proof."""

    decided_by = PersonShape()
    on_behalf_of = PersonShape(allow_null=True)
    position = serializers.IntegerField(source="step.position")
    method = serializers.CharField(
        source="signature.method", default="", help_text="typed or drawn; empty for a refusal."
    )
    factor = serializers.CharField(source="signature.factor", default="", help_text="What proved who it was.")

    class Meta:
        model = Decision
        fields = [
            "position",
            "decided_by",
            "on_behalf_of",
            "as_role",
            "edition",
            "outcome",
            "reason",
            "content_hash",
            "decided_at",
            "method",
            "factor",
        ]


class QuestionShape(serializers.ModelSerializer[Question]):
    """What a decider wanted to know, and the answer."""

    asked_by = PersonShape()
    answered_by = PersonShape(allow_null=True)

    class Meta:
        model = Question
        fields = ["id", "edition", "asked_by", "text", "asked_at", "answered_by", "answer", "answered_at"]


class PaperShape(serializers.Serializer[Any]):
    """The PDF of a decided form."""

    ready = serializers.BooleanField()
    url = serializers.CharField()
    sha256 = serializers.CharField(allow_blank=True)


class FormFileShape(serializers.ModelSerializer[FormFile]):
    """A file of a form; its hash stands in the form's content."""

    added_by = PersonShape()

    class Meta:
        model = FormFile
        fields = ["id", "name", "content_type", "size", "sha256", "added_by", "added_at"]


class ScenarioSetShape(serializers.ModelSerializer[ScenarioSet]):
    """Scenarios that are kept for the next test of a system."""

    saved_by = PersonShape()
    scenarios = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True))
    )

    class Meta:
        model = ScenarioSet
        fields = ["id", "system", "name", "scenarios", "saved_by", "saved_at"]


class ConsentShape(serializers.Serializer[Any]):
    """The sentence one signs, and its version."""

    version = serializers.CharField()
    text = serializers.CharField()


class ChallengeShape(serializers.Serializer[Any]):
    """The options of a WebAuthn ceremony, as `navigator.credentials.get` takes them; bytes in base64url."""

    publicKey = serializers.DictField(child=serializers.JSONField())  # noqa: N815 - W3C's name


class ApprovalDetailShape(ApprovalShape):
    """A form with its content, steps, decisions, and what the caller can do with it."""

    steps = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField(help_text="Null until the form is decided.")
    files = serializers.SerializerMethodField()
    consent = serializers.SerializerMethodField(help_text="What one says by approving.")
    verbs = serializers.SerializerMethodField(help_text="What the caller can do with it now.")
    content = serializers.DictField(child=serializers.JSONField())

    class Meta(ApprovalShape.Meta):
        fields = [
            *ApprovalShape.Meta.fields,
            "content",
            "content_hash",
            "version",
            "edition",
            "policy",
            "superseded_reason",
            "steps",
            "questions",
            "decisions",
            "document",
            "files",
            "consent",
            "verbs",
        ]

    @extend_schema_field(StepShape(many=True))
    def get_steps(self, row: Approval) -> Any:
        """In their order."""
        return StepShape(Step.objects.of(row), many=True).data

    @extend_schema_field(QuestionShape(many=True))
    def get_questions(self, row: Approval) -> Any:
        """In their order."""
        return QuestionShape(
            row.questions.select_related("asked_by", "answered_by").order_by("pk"), many=True
        ).data

    @extend_schema_field(DecisionShape(many=True))
    def get_decisions(self, row: Approval) -> Any:
        """In their order."""
        rows = row.decisions.select_related("decided_by", "on_behalf_of", "step", "signature").order_by("pk")
        return DecisionShape(rows, many=True).data

    @extend_schema_field(PaperShape(allow_null=True))
    def get_document(self, row: Approval) -> Any:
        """Where its PDF is."""
        paper = getattr(row, "document", None)
        if paper is None:
            return None
        url = reverse("approval-document", args=[row.pk], request=self.context.get("request"))
        return {"ready": paper.is_ready, "url": url, "sha256": paper.sha256}

    @extend_schema_field(FormFileShape(many=True))
    def get_files(self, row: Approval) -> Any:
        """As they were added."""
        return FormFileShape(row.files.select_related("added_by").order_by("pk"), many=True).data

    @extend_schema_field(ConsentShape)
    def get_consent(self, row: Approval) -> Any:
        """In the caller's language."""
        return {"version": CONSENT_VERSION, "text": consent_to(row.kind)}

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, row: Approval) -> Any:
        """The verbs, allowed or with the reason why not."""
        other = {Kind.BRM: _OF_UAT, Kind.UAT: _OF_BRM}.get(Kind(row.kind), (*_OF_BRM, *_OF_UAT))
        moves = {verb: move for verb, move in MOVES.items() if verb not in other}
        return gates(row, self.context["request"].user, moves)


# What is sent --------------------------------------------------------------------------------------------------


def _text(most: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, **({"required": False, "allow_blank": True} | more))


def _rupiah(said: str) -> serializers.DecimalField:
    return serializers.DecimalField(
        15, 0, min_value=0, required=False, allow_null=True, help_text=f"{said} Whole rupiah."
    )


class BrmGiven(serializers.Serializer[Any]):
    """Answers of the BRM; those that are left out stay as they are."""

    business_unit = _text(200)
    background = _text(10000)
    objective = _text(5000)
    benefit = _text(5000)
    benefit_money = _rupiah("Benefit in rupiah per month.")
    benefit_hours = serializers.DecimalField(
        8,
        2,
        min_value=0,
        max_value=100000,
        required=False,
        allow_null=True,
        help_text="Hours saved per month.",
    )
    if_not_done = _text(5000, help_text="What happens if it is not done.")
    scope = _text(10000)
    systems = _text(500)
    estimate_hours = serializers.DecimalField(7, 2, min_value=0, max_value=10000, required=False)
    cost = _rupiah("In rupiah.")
    wanted_date = serializers.DateField(required=False, allow_null=True, help_text="A day still to come.")
    risk = _text(5000)
    alternatives = _text(5000)

    def validate_wanted_date(self, day: Any) -> Any:
        """As on the page."""
        if day is not None and day < office_date():
            raise serializers.ValidationError(_("This day has passed. Choose one that is still to come."))
        return day

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The form keeps text: numbers without needless zeros, dates in ISO form."""
        return {name: _kept(value) for name, value in attrs.items()}


def _kept(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


class DraftGiven(serializers.Serializer[Any]):
    """What was written, and the version it was written over."""

    content = BrmGiven()
    version = serializers.IntegerField(
        min_value=1, help_text="The `version` that was read; 409 when it has moved on."
    )


class ScenarioGiven(serializers.Serializer[Any]):
    """One thing to test."""

    name = serializers.CharField(max_length=200)
    steps = _text(2000)
    expected = _text(2000)


class ScenariosGiven(serializers.Serializer[Any]):
    """More things to test."""

    scenarios = serializers.ListField(child=ScenarioGiven(), min_length=1, max_length=100)


class ResultGiven(serializers.Serializer[Any]):
    """How one scenario went."""

    result = serializers.ChoiceField(Result.choices)
    note = _text(2000, default="")


class ResultsGiven(serializers.Serializer[Any]):
    """The results of all scenarios, in their order."""

    results = serializers.ListField(child=ResultGiven(), max_length=1000)
    conclusion = serializers.ChoiceField(
        Conclusion.choices,
        required=False,
        help_text="Without one it follows from the results, when submitted.",
    )
    notes = _text(5000, help_text="Needed to accept with notes.")


class FileGiven(serializers.Serializer[Any]):
    """A file of a BRM."""

    file = serializers.FileField()


class EvidenceGiven(serializers.Serializer[Any]):
    """A screenshot of one scenario."""

    file = serializers.FileField()
    scenario = serializers.IntegerField(min_value=0, help_text="Its place in the list, from 0.")


class WhichScenarioGiven(serializers.Serializer[Any]):
    """A scenario by its place in the list that was read."""

    number = serializers.IntegerField(min_value=0, help_text="Its place in the list, from 0.")
    version = serializers.IntegerField(min_value=1, help_text="The `version` that was read.")


class TesterGiven(serializers.Serializer[Any]):
    """Who tests."""

    tester = Seen(User)


class ScenarioSetNameGiven(serializers.Serializer[Any]):
    """Under which name scenarios are kept."""

    name = serializers.CharField(max_length=100)


class ScenarioSetGiven(serializers.Serializer[Any]):
    """Which kept scenarios are added."""

    scenarios = Seen(ScenarioSet)


class DecisionGiven(serializers.Serializer[Any]):
    """A decision with its proof: an approval with a signature, a refusal with a reason."""

    outcome = serializers.ChoiceField(Outcome.choices)
    reason = _text(5000, default="")
    secret = serializers.CharField(
        max_length=200, trim_whitespace=False, write_only=True, required=False, allow_blank=True, default="",
        help_text="The password, or the code of the authenticator app where one is enrolled.",
    )  # fmt: skip
    credential = serializers.JSONField(
        required=False, write_only=True, default=None,
        help_text="Instead of `secret`: the passkey's answer to `challenge`, as WebAuthn's JSON has it.",
    )  # fmt: skip
    consent_version = _text(10, default="", help_text="To approve: the version of `consent` that was shown.")
    typed_name = _text(100, default="", help_text="The signature, typed: the name of whoever signs.")
    drawing = _text(300_000, default="", help_text="The signature, drawn: `data:image/png;base64,...`.")
    shown_hash = serializers.CharField(max_length=64, help_text="The `content_hash` of what was read.")


class QuestionGiven(serializers.Serializer[Any]):
    """A question or its answer."""

    text = serializers.CharField(max_length=5000)


class QuestionAnswerGiven(QuestionGiven):
    """An answer, and to which question."""

    question = serializers.IntegerField(required=False, help_text="Left out: the oldest open one.")


class ReasonGiven(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=5000)


# Policies ----------------------------------------------------------------------------------------------------------


class RuleStepShape(serializers.Serializer[Any]):
    """Those who are asked at one place in the order, and how many of them must approve."""

    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), max_length=10, default=list)
    people = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=1000,
        default=list,
        help_text="Ids of persons.",
    )
    quorum = serializers.ChoiceField(Quorum.choices, default=Quorum.ONE)
    number = serializers.IntegerField(min_value=1, max_value=1000, required=False, help_text="With `number`.")
    tester = serializers.BooleanField(required=False, help_text="Of a UAT: whoever tested.")


def _names(said: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=100, required=False, help_text=said
    )


class ConditionShape(serializers.Serializer[Any]):
    """When a rule counts; all that is given must hold. Empty: always."""

    hours_over = serializers.DecimalField(9, 2, min_value=0, required=False)
    hours_up_to = serializers.DecimalField(9, 2, min_value=0, required=False)
    cost_over = serializers.DecimalField(17, 2, min_value=0, required=False, help_text="In rupiah.")
    cost_up_to = serializers.DecimalField(17, 2, min_value=0, required=False, help_text="In rupiah.")
    branches = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=1000,
        required=False,
        help_text="Ids of branches.",
    )
    units = _names("Names of business units, as they stand in the form.")
    systems = _names("Names of systems, as they stand in the form.")


class RuleShape(serializers.Serializer[Any]):
    """One rule; the first that fits counts, the last has no conditions."""

    when = ConditionShape(default=dict)
    steps = RuleStepShape(many=True)


class ApprovalPolicyShape(serializers.ModelSerializer[Policy]):
    """One version of who decides."""

    published_by = PersonShape(allow_null=True)
    rules = RuleShape(many=True)
    in_force = serializers.SerializerMethodField(help_text="Whether new forms are opened under it.")

    class Meta:
        model = Policy
        fields = [
            "id", "kind", "rules", "threshold_hours", "man_day_hours", "remind_after_hours", "remind_every_hours",
            "time_out_hours", "on_time_out", "escalate_to", "question_pauses", "note", "published_by", "valid_from",
            "in_force",
        ]  # fmt: skip

    def get_in_force(self, row: Policy) -> bool:
        """The newest of its kind."""
        return row.pk in self.context["in_force"]


def _hours(said: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=8784, required=False, allow_null=True, default=None, help_text=said
    )


class ApprovalPolicyGiven(serializers.Serializer[Any]):
    """The next version of a policy."""

    kind = serializers.ChoiceField(Kind.choices)
    rules = RuleShape(many=True)
    note = serializers.CharField(max_length=200, help_text="What changes.")
    threshold_hours = serializers.DecimalField(
        7, 2, min_value=0, required=False, help_text="Left out: as before."
    )
    man_day_hours = serializers.DecimalField(
        4, 2, min_value=1, max_value=24, required=False, help_text="Left out: as before."
    )
    remind_after_hours = _hours("The first reminder.")
    remind_every_hours = _hours("Every further one.")
    time_out_hours = _hours("How long each step may take.")
    on_time_out = serializers.ChoiceField(TimeOut.choices, default=TimeOut.NOTHING)
    escalate_to = serializers.ChoiceField(Role.choices, required=False, allow_blank=True, default="")
    question_pauses = serializers.BooleanField(default=False)


class TryGiven(serializers.Serializer[Any]):
    """Rules, and a request that does not exist to try them on."""

    kind = serializers.ChoiceField(Kind.choices)
    rules = RuleShape(many=True)
    hours = serializers.DecimalField(9, 2, min_value=0)
    cost = serializers.DecimalField(15, 0, min_value=0, default=Decimal(0))
    branch = Seen(Branch)
    unit = _text(200, default="")
    systems = _text(500, default="")


class ForeseenStepShape(serializers.Serializer[Any]):
    """One step of such a request."""

    asked = RuleStepShape()
    needed = serializers.IntegerField()
    people = PersonShape(many=True, help_text="Who could approve today.")
    blocks = serializers.BooleanField(help_text="Too few could: nothing would move here.")


class ForeseenShape(serializers.Serializer[Any]):
    """Whom a request would ask."""

    rule = serializers.IntegerField(help_text="The number of the rule that fits, from 0.")
    steps = ForeseenStepShape(many=True)


class CaseFileShape(serializers.ModelSerializer[CaseFile]):
    """A case file that was asked for."""

    ready = serializers.BooleanField(source="is_ready", help_text="Whether its PDF can be had.")

    class Meta:
        model = CaseFile
        fields = ["id", "case_type", "case_id", "asked_at", "ready", "sha256", "size"]


class CaseGiven(serializers.Serializer[Any]):
    """Which case."""

    case_type = serializers.ChoiceField(choices=["tickets.ticket"], default="tickets.ticket")
    case_id = serializers.IntegerField(min_value=1, help_text="The id of the ticket.")
