"""How the API writes forms and decisions, and what it reads for them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.shapes import BranchShape, PersonShape
from approvals.enums import Outcome, Result
from approvals.models import Approval, Decision, Step
from core.endpoints import GateShape, gates
from core.numbers import plain

# The verbs of a form by the name of their address, with the transition behind each.
MOVES = {
    "write": "save_draft", "scenarios": "save_draft", "results": "save_draft", "submit": "submit", "decide": "decide",
    "withdraw": "withdraw",
}  # fmt: skip
_OF_UAT = ("scenarios", "results")


class ApprovalShape(serializers.ModelSerializer[Approval]):
    """A form as lists show it."""

    branch = BranchShape()
    requester = PersonShape()
    requested_by = PersonShape()
    waits_for = serializers.CharField(
        help_text="Whose decision is awaited: a name or a role; empty when nobody's."
    )
    ticket = serializers.IntegerField(source="case_id", help_text="The ticket in whose case the form stands.")

    class Meta:
        model = Approval
        fields = [
            "id", "number", "kind", "title", "state", "waits_for", "branch", "requester", "requested_by", "ticket",
            "created_at", "submitted_at", "decided_at",
        ]  # fmt: skip


class StepShape(serializers.ModelSerializer[Step]):
    """One signature that is needed, in its place in the order."""

    person = PersonShape(allow_null=True)

    class Meta:
        model = Step
        fields = ["position", "role", "person"]


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
            "outcome",
            "reason",
            "content_hash",
            "decided_at",
            "method",
            "factor",
        ]


class PaperShape(serializers.Serializer[Any]):
    """The PDF of a decided form."""

    ready = serializers.BooleanField()
    url = serializers.CharField()
    sha256 = serializers.CharField(allow_blank=True)


class ApprovalDetailShape(ApprovalShape):
    """A form with its content, steps, decisions, and what the caller can do with it."""

    steps = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField(help_text="Null until the form is decided.")
    verbs = serializers.SerializerMethodField(help_text="What the caller can do with it now.")
    content = serializers.DictField(child=serializers.JSONField())

    class Meta(ApprovalShape.Meta):
        fields = [
            *ApprovalShape.Meta.fields,
            "content",
            "content_hash",
            "version",
            "steps",
            "decisions",
            "document",
            "verbs",
        ]

    @extend_schema_field(StepShape(many=True))
    def get_steps(self, row: Approval) -> Any:
        """In their order."""
        return StepShape(row.steps.select_related("person").order_by("position"), many=True).data

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

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, row: Approval) -> Any:
        """The verbs, allowed or with the reason why not."""
        other = ("write",) if row.kind == "uat" else _OF_UAT
        moves = {verb: move for verb, move in MOVES.items() if verb not in other}
        return gates(row, self.context["request"].user, moves)


# What is sent --------------------------------------------------------------------------------------------------


def _text(most: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, **({"required": False, "allow_blank": True} | more))


class BrmGiven(serializers.Serializer[Any]):
    """Answers of the BRM; those that are left out stay as they are."""

    background = _text(10000)
    objective = _text(5000)
    benefit = _text(5000)
    if_not_done = _text(5000, help_text="What happens if it is not done.")
    scope = _text(10000)
    systems = _text(500)
    estimate_hours = serializers.DecimalField(7, 2, min_value=0, max_value=10000, required=False)
    cost = serializers.DecimalField(
        15, 0, min_value=0, required=False, allow_null=True, help_text="In rupiah."
    )
    wanted_date = serializers.DateField(required=False, allow_null=True)
    risk = _text(5000)
    alternatives = _text(5000)

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


class DecisionGiven(serializers.Serializer[Any]):
    """A decision with its proof: an approval with a signature, a refusal with a reason."""

    outcome = serializers.ChoiceField(Outcome.choices)
    reason = _text(5000, default="")
    secret = serializers.CharField(
        max_length=200, trim_whitespace=False, write_only=True,
        help_text="The password, or the code of the authenticator app where one is enrolled.",
    )  # fmt: skip
    typed_name = _text(100, default="", help_text="The signature, typed.")
    drawing = _text(300_000, default="", help_text="The signature, drawn: `data:image/png;base64,...`.")
    shown_hash = serializers.CharField(max_length=64, help_text="The `content_hash` of what was read.")
