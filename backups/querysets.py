"""Which rows of backups somebody sees, and the adjectives of the sweeps."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from backups import rules
from backups.enums import CLAUSE, RunKind, RunState
from core.querysets import Rows

if TYPE_CHECKING:
    from backups.models import (  # noqa: F401
        Acknowledgement,
        BackupPolicy,
        Contact,
        MonthlyReport,
        Repository,
        Restore,
        Run,
        Snapshot,
        Target,
    )


class RepositoryRows(Rows["Repository"]):
    """Places of copies."""

    def visible_to(self, user: Any) -> "RepositoryRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def in_use(self) -> "RepositoryRows":
        """Into which something may still be written."""
        return self.filter(is_active=True).order_by("name", "pk")

    def due_for_check(self, now: datetime) -> "RepositoryRows":
        """Whose next part must be read back."""
        return self.filter(is_active=True, check_at__lte=now).order_by("check_at", "pk")


class TargetRows(Rows["Target"]):
    """What is backed up."""

    def visible_to(self, user: Any) -> "TargetRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def in_use(self) -> "TargetRows":
        """Still to be backed up."""
        return self.filter(is_active=True)

    def under(self, clause: str) -> "TargetRows":
        """Of one clause of the SOP; with "none" those of no clause, with "" all. Nothing is of an unknown one."""
        if not clause:
            return self
        return self.filter(is_sop=clause == CLAUSE) if clause in (CLAUSE, "none") else self.none()

    def due_for_drill(self, now: datetime) -> "TargetRows":
        """That must be restored as a test."""
        return self.in_use().filter(drill_at__lte=now).order_by("drill_at", "pk")

    def gone_silent(self, now: datetime) -> "TargetRows":
        """From which a good backup should have come, and nobody was told yet."""
        return self.in_use().filter(alarm_at__lte=now, alarmed_at=None).order_by("alarm_at", "pk")

    def with_register_columns(self) -> "TargetRows":
        """Loads what the register shows."""
        return self.select_related("branch").prefetch_related("policies__repository")


class BackupPolicyRows(Rows["BackupPolicy"]):
    """When what is backed up where."""

    def visible_to(self, user: Any) -> "BackupPolicyRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def counting(self) -> "BackupPolicyRows":
        """Not ended, of targets and repositories in use."""
        return self.filter(ended_at=None, target__is_active=True, repository__is_active=True)

    def due(self, now: datetime) -> "BackupPolicyRows":
        """Whose hour has come."""
        return self.counting().filter(next_at__lte=now).order_by("next_at", "pk")


class ContactRows(Rows["Contact"]):
    """Whom a policy alarms."""

    def visible_to(self, user: Any) -> "ContactRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()


class RunRows(Rows["Run"]):
    """Backups, drills, checks and restores."""

    def visible_to(self, user: Any) -> "RunRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def queued(self, now: datetime) -> "RunRows":
        """That wait for their turn, oldest first."""
        return self.filter(state=RunState.QUEUED, due_at__lte=now).order_by("due_at", "pk")

    def running(self) -> "RunRows":
        """At work."""
        return self.filter(state=RunState.RUNNING)

    def quiet_since(self, instant: datetime) -> "RunRows":
        """At work, they say, without a sign of life since then."""
        return self.running().filter(beat_at__lt=instant).order_by("pk")

    def good(self, kind: RunKind) -> "RunRows":
        """Finished well."""
        return self.filter(kind=kind, state=RunState.SUCCEEDED)

    def with_list_columns(self) -> "RunRows":
        """Loads what a list shows."""
        return self.select_related("target__branch", "repository", "policy", "asked_by")


class SnapshotRows(Rows["Snapshot"]):
    """Copies that our own runs made; others in a repository count for nothing."""

    def visible_to(self, user: Any) -> "SnapshotRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def kept(self) -> "SnapshotRows":
        """Not removed by retention."""
        return self.filter(removed_at=None)

    def of_set(self, run: Any) -> "SnapshotRows":
        """All parts that one run made."""
        return self.filter(run=run).order_by("pk")


class RestoreRows(Rows["Restore"]):
    """Wishes to restore."""

    def visible_to(self, user: Any) -> "RestoreRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def waiting(self) -> "RestoreRows":
        """For the second person."""
        return self.filter(state="asked")

    def with_list_columns(self) -> "RestoreRows":
        """Loads what a list shows."""
        return self.select_related("target", "source__repository", "asked_by", "manager", "db_manager", "run")


class MonthlyReportRows(Rows["MonthlyReport"]):
    """The Board's monthly pages."""

    def visible_to(self, user: Any) -> "MonthlyReportRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()

    def with_readers(self) -> "MonthlyReportRows":
        """Loads who has acknowledged."""
        return self.prefetch_related("acknowledgements__person")


class AcknowledgementRows(Rows["Acknowledgement"]):
    """Who has read which report."""

    def visible_to(self, user: Any) -> "AcknowledgementRows":
        """Who sees the register."""
        return self if rules.sees(None, user) else self.none()
