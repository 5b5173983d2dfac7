"""How the API writes backups, and what it reads for their verbs."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import User
from accounts.shapes import PersonShape
from backups import register
from backups.enums import Health, RunKind
from backups.forms import KeepRepository, KeepTarget
from backups.models import (
    Acknowledgement,
    BackupPolicy,
    MonthlyReport,
    Repository,
    Restore,
    Run,
    Snapshot,
    Target,
)
from core.endpoints import Seen

_TARGET = list(KeepTarget.Meta.fields)
_REPOSITORY = list(KeepRepository.Meta.fields)


class RepositoryShape(serializers.ModelSerializer[Repository]):
    """A place of copies. Its secrets are never told."""

    class Meta:
        model = Repository
        fields = ["id", *_REPOSITORY, "checked_at", "check_at", "removal", "removal_at"]


class BackupPolicyShape(serializers.ModelSerializer[BackupPolicy]):
    """When a target is backed up where."""

    class Meta:
        model = BackupPolicy
        fields = [
            "id", "target", "repository", "rhythm", "at", "weekday", "day", "window_minutes", "keep_daily",
            "keep_weekly", "keep_monthly", "limit_kib", "next_at", "apart", "same_place_reason", "ended_at",
        ]  # fmt: skip


class TargetShape(serializers.ModelSerializer[Target]):
    """A target and what the register says of it. Its secrets are never told."""

    health = serializers.SerializerMethodField(help_text="`good` only after a passed drill.")
    policies = serializers.SerializerMethodField(help_text="Those that count.")

    class Meta:
        model = Target
        fields = ["id", *_TARGET, "health", "good_at", "proved_at", "failed_at", "policies", "ticket"]

    def get_health(self, target: Target) -> str:
        """One of Health."""
        return Health(register.line(target, timezone.now()).health).value

    def get_policies(self, target: Target) -> list[int]:
        """Their ids."""
        return [policy.pk for policy in register.line(target, timezone.now()).policies]


class SnapshotShape(serializers.ModelSerializer[Snapshot]):
    """One part of a set."""

    class Meta:
        model = Snapshot
        fields = ["id", "part", "reference", "size", "made_at", "removed_at"]


class RunShape(serializers.ModelSerializer[Run]):
    """A run as lists show it."""

    asked_by = PersonShape()
    why = serializers.CharField(help_text="The fault in the caller's language.")

    class Meta:
        model = Run
        fields = [
            "id", "kind", "state", "target", "repository", "policy", "asked_by", "asked_at", "due_at", "started_at",
            "ended_at", "attempt", "size", "added", "seconds", "fault", "why", "jump",
        ]  # fmt: skip


class RunDetailShape(RunShape):
    """A run with its progress, evidence, log and snapshots."""

    snapshots = SnapshotShape(many=True)

    class Meta(RunShape.Meta):
        fields = [*RunShape.Meta.fields, "progress", "evidence", "log", "snapshots"]


class RestoreShape(serializers.ModelSerializer[Restore]):
    """A wish to restore, its plan, and who agreed."""

    asked_by = PersonShape()
    manager = PersonShape(allow_null=True)
    db_manager = PersonShape(allow_null=True)

    class Meta:
        model = Restore
        fields = [
            "id", "target", "source", "state", "over_source", "path", "destination", "reason", "plan", "asked_by",
            "asked_at", "manager", "db_manager", "run",
        ]  # fmt: skip


class AcknowledgementShape(serializers.ModelSerializer[Acknowledgement]):
    """Who has read it, and when."""

    person = PersonShape()

    class Meta:
        model = Acknowledgement
        fields = ["person", "made_at"]


class MonthlyReportShape(serializers.ModelSerializer[MonthlyReport]):
    """What the register said of a month, frozen, with its hash; who of the Board has acknowledged it."""

    acknowledgements = AcknowledgementShape(many=True)

    class Meta:
        model = MonthlyReport
        fields = ["id", "month", "made_at", "content", "content_hash", "acknowledgements"]


class TargetGiven(serializers.ModelSerializer[Target]):
    """What a target is; secrets are taken in, never told, and kept where none is sent."""

    password = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)
    key = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)
    restore_user = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)
    restore_password = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)

    class Meta:
        model = Target
        fields = [*_TARGET, *KeepTarget.secrets]


class RepositoryGiven(serializers.ModelSerializer[Repository]):
    """What a repository is; secrets are taken in, never told, and kept where none is sent."""

    password = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)
    key = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)
    access_key = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)
    secret_key = serializers.CharField(required=False, default="", allow_blank=True, write_only=True)

    class Meta:
        model = Repository
        fields = [*_REPOSITORY, *KeepRepository.secrets]


class BackupPolicyGiven(serializers.ModelSerializer[BackupPolicy]):
    """When, where, how long; and a reason where copies do not lie apart."""

    target = Seen(Target)
    repository = Seen(Repository)
    reason = serializers.CharField(max_length=250, required=False, default="", allow_blank=True)
    contacts = Seen(User, many=True, required=False)

    class Meta:
        model = BackupPolicy
        fields = [
            "target", "repository", "rhythm", "at", "weekday", "day", "window_minutes", "keep_daily", "keep_weekly",
            "keep_monthly", "limit_kib", "reason", "contacts",
        ]  # fmt: skip
        validators: list[Any] = []


class RestoreGiven(serializers.Serializer[Any]):
    """What is restored, and where to."""

    over_source = serializers.BooleanField(default=False)
    destination = serializers.CharField(max_length=51, required=False, default="", allow_blank=True)
    path = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    reason = serializers.CharField(max_length=500)


class TakeGiven(serializers.Serializer[Any]):
    """Which file of which snapshot of the run."""

    snapshot = Seen(Snapshot)
    path = serializers.CharField(max_length=500)


class WhyNotGiven(serializers.Serializer[Any]):
    """Why not."""

    reason = serializers.CharField(max_length=500)


class RunAsked(serializers.Serializer[Any]):
    """What shall begin."""

    kind = serializers.ChoiceField([RunKind.BACKUP, RunKind.DRILL], default=RunKind.BACKUP)


class PingShape(serializers.Serializer[Any]):
    """Where its script reports."""

    address = serializers.URLField()
