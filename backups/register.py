"""The register: one line for each target, and whether anything is wrong at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backups import retention
from backups.enums import CLAUSE, Health
from backups.models import BackupPolicy, Repository, Target
from events.models import Heartbeat

SILENCE = timedelta(minutes=5)  # of the sweep, after which a watch outside is told
TONES = {
    Health.GOOD: "jade", Health.UNPROVED: "brass", Health.NEVER: "brass", Health.PLANLESS: "brick",
    Health.FAILING: "brick", Health.SILENT: "brick", Health.CLOCK: "brick", Health.MISPLACED: "brick",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A target as the register shows it: its health, its policies, how old its last good copy is."""

    target: Target
    health: Health
    policies: list[BackupPolicy]
    age: timedelta | None

    @property
    def tone(self) -> str:
        """Green only for what was restored."""
        return TONES[self.health]

    @property
    def clause(self) -> str:
        """Of the SOP."""
        return CLAUSE if self.target.is_sop else ""

    @property
    def places(self) -> list[Repository]:
        """Where its copies go, each once."""
        return list(dict.fromkeys(policy.repository for policy in self.policies))

    @property
    def is_red(self) -> bool:
        """Some of its copies do not lie apart, and its state does not say so already."""
        return self.health != Health.MISPLACED and any(policy.is_red for policy in self.policies)


def line(target: Target, now: datetime) -> Line:
    """Of a target whose policies are loaded."""
    policies = [policy for policy in target.policies.all() if policy.is_counting]
    age = now - target.good_at if target.good_at else None
    return Line(target, target.health(now, policies), policies, age)


def rule(policies: list[BackupPolicy]) -> retention.Rule:
    """What policies of one target keep together."""
    return retention.Rule(
        max(policy.keep_daily for policy in policies), max(policy.keep_weekly for policy in policies),
        max(policy.keep_monthly for policy in policies),
    )  # fmt: skip


def months_kept(repository: Repository) -> int:
    """The months within which all copies of a target stay, for whoever removes at the other end by age alone."""
    policies = BackupPolicy.objects.filter(repository=repository, ended_at=None)
    return retention.months(rule([policy]) for policy in policies)


def alarms(now: datetime) -> list[str]:
    """What is wrong, without names: `sweep` (nobody looks) and kinds of trouble. Counted anew, whatever was told."""
    beat = Heartbeat.objects.filter(name="backups", beat_at__gt=now - SILENCE).exists()
    found: set[Any] = set() if beat else {"sweep"}
    for target in Target.objects.in_use().with_register_columns().order_by("pk"):
        health = line(target, now).health
        if TONES[health] == "brick":
            found.add(health.value)
    return sorted(found)
