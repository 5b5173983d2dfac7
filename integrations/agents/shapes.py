"""How the API writes machines, reports and keys, and what it reads for their verbs."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Branch
from core.endpoints import GateShape, Seen, gates
from integrations.agents import security, telling
from integrations.agents.enums import CheckKind
from integrations.agents.models import AgentKey, Identity, Machine, Report, Weakness
from integrations.agents.verbs import MOVES
from inventory.models import Asset, AssetType


class MachineShape(serializers.ModelSerializer[Machine]):
    """A machine as lists show it."""

    branch = serializers.IntegerField(source="branch_id")
    asset = serializers.IntegerField(
        source="asset_id", allow_null=True, help_text="Null until it is admitted."
    )
    joined_with = serializers.IntegerField(source="joined_with_id", allow_null=True)

    class Meta:
        model = Machine
        fields = [
            "id", "branch", "state", "asset", "name", "serial", "maker", "model", "system", "agent", "software_count",
            "first_at", "seen_at", "whole_at", "alarm", "alarm_at", "joined_with",
        ]  # fmt: skip


class SecurityCheckShape(serializers.Serializer[Any]):
    """One question about the security of a machine, and its answer (SOP-B4.2.2)."""

    kind = serializers.ChoiceField(CheckKind.choices)
    verdict = serializers.CharField(
        help_text="fine, wrong, noted, or untold: the agent says nothing about it."
    )
    about = serializers.CharField(allow_blank=True)
    text = serializers.CharField(help_text="In the caller's language.")


class MachineIdentityShape(serializers.ModelSerializer[Identity]):
    """Marks that lead to the machine, and why."""

    why = serializers.CharField(source="get_how_display", help_text="In the caller's language.")

    class Meta:
        model = Identity
        fields = [
            "id",
            "agent_id",
            "system_uuid",
            "serial",
            "maker",
            "name",
            "how",
            "why",
            "first_at",
            "seen_at",
        ]


class WeaknessShape(serializers.ModelSerializer[Weakness]):
    """What is or was wrong with a machine."""

    machine = serializers.IntegerField(source="machine_id")
    text = serializers.CharField(source="words", help_text="In the caller's language.")

    class Meta:
        model = Weakness
        fields = ["id", "machine", "kind", "about", "text", "since_at", "ended_at"]


class MachineDetailShape(MachineShape):
    """A machine with what it told."""

    facts = serializers.JSONField(
        help_text="Sections as its agent told them: hardware, bios, drives, antivirus ..."
    )
    checks = serializers.SerializerMethodField()
    identities = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField(help_text="What the caller can do with it now.")

    class Meta(MachineShape.Meta):
        fields = [*MachineShape.Meta.fields, "facts", "checks", "identities", "verbs"]

    @extend_schema_field(SecurityCheckShape(many=True))
    def get_checks(self, machine: Machine) -> Any:
        """Every question that is asked of a machine."""
        today = timezone.localdate(machine.seen_at)
        told = security.checks(machine.facts, today=today, allowed=settings.AGENTS_REMOTE_TOOLS)
        rows = [
            {"kind": c.kind, "verdict": c.verdict, "about": c.about, "text": telling.line(c)["text"]}
            for c in told
        ]
        return SecurityCheckShape(rows, many=True).data

    @extend_schema_field(MachineIdentityShape(many=True))
    def get_identities(self, machine: Machine) -> Any:
        """Why its reports belong to it."""
        return MachineIdentityShape(machine.identities.order_by("pk")[:100], many=True).data

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, machine: Machine) -> Any:
        """The verbs, allowed or with the reason why not."""
        return gates(machine, self.context["request"].user, MOVES)


class AgentReportShape(serializers.ModelSerializer[Report]):
    """A report as it came."""

    branch = serializers.IntegerField(source="branch_id")
    machine = serializers.IntegerField(source="machine_id", allow_null=True)
    key = serializers.CharField(
        source="key.username", allow_null=True, help_text="Null where a person brought it."
    )
    brought_by = serializers.IntegerField(source="brought_by_id", allow_null=True)

    class Meta:
        model = Report
        fields = [
            "id", "branch", "key", "brought_by", "machine", "state", "how", "trouble", "detail", "agent", "agent_id",
            "address", "size", "sha256", "is_partial", "received_at", "made_at", "again_at",
        ]  # fmt: skip


class AgentKeyShape(serializers.ModelSerializer[AgentKey]):
    """The key of a branch; its password is never shown again."""

    branch = serializers.IntegerField(source="branch_id")

    class Meta:
        model = AgentKey
        fields = ["id", "branch", "username", "note", "created_at", "used_at", "revoked_at"]


class IssuedShape(AgentKeyShape):
    """A new key with its password."""

    password = serializers.CharField(
        allow_null=True,
        help_text="Shown this once; null where the request was repeated with its Idempotency-Key.",
    )

    class Meta(AgentKeyShape.Meta):
        fields = [*AgentKeyShape.Meta.fields, "password"]


class BranchSecurityShape(serializers.Serializer[Any]):
    """How many machines of a branch have something wrong."""

    branch = serializers.IntegerField()
    machines = serializers.IntegerField()
    wrong = serializers.DictField(child=serializers.IntegerField(), help_text="Machines by what is wrong.")


class AdmitMachineGiven(serializers.Serializer[Any]):
    """The asset that it stands for, or the type of a new one."""

    asset = Seen(Asset, required=False, allow_null=True, default=None)
    type = Seen(AssetType, required=False, allow_null=True, default=None)


class MachineReasonGiven(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=500)


class JoinMachineGiven(MachineReasonGiven):
    """With which machine, and why."""

    other = Seen(Machine)


class SeparateGiven(MachineReasonGiven):
    """Which marks, and why."""

    identity = Seen(Identity)


class ReportGiven(serializers.Serializer[Any]):
    """A file that an agent wrote, and of which branch its machine is."""

    file = serializers.FileField()
    branch = Seen(Branch)


class KeyGiven(serializers.Serializer[Any]):
    """For which branch."""

    branch = Seen(Branch)
    note = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
