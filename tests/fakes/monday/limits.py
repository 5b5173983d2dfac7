"""What an account may spend at the fake, as monday.com's page of limits has it; counted by its own clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

LARGEST = 5_000_000  # complexity of one query
KEY_LIVES = timedelta(minutes=30)
REFUSED = 0.1  # of a call of the day


@dataclass
class Plan:
    """Calls of a day and of a minute, at the same time, and complexity of a minute."""

    per_day: int
    per_minute: int
    at_once: int
    complexity: int


PLANS = {
    "free": Plan(200, 1_000, 40, 1_000_000),
    "standard": Plan(1_000, 1_000, 40, 5_000_000),
    "pro": Plan(10_000, 2_500, 100, 5_000_000),
    "enterprise": Plan(25_000, 5_000, 250, 5_000_000),
}


@dataclass
class Refusal:
    """Too much: status, code, words, seconds to wait."""

    code: str
    message: str
    seconds: int
    status: int = 429


@dataclass
class Meter:
    """Counts calls and complexity; `refuses` says what is too much."""

    plan: Plan
    now: Callable[[], datetime]
    day: str = ""
    calls: float = 0.0
    minute: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    calls_in_minute: int = 0
    spent: int = 0
    at_once: int = 0

    def _turn(self) -> None:
        now = self.now()
        if self.day != f"{now:%Y-%m-%d}":
            self.day, self.calls = f"{now:%Y-%m-%d}", 0.0
        if now - self.minute >= timedelta(minutes=1):
            self.minute, self.calls_in_minute, self.spent = now, 0, 0

    @property
    def seconds(self) -> int:
        """Until the minute is over."""
        return max(1, int(60 - (self.now() - self.minute).total_seconds()))

    def refuses_call(self) -> Refusal | None:
        """Before anything is read."""
        self._turn()
        if self.calls >= self.plan.per_day:
            return Refusal("DAILY_LIMIT_EXCEEDED", "Daily limit exceeded", 0)
        if self.calls_in_minute >= self.plan.per_minute:
            return Refusal("RateLimitExceeded", "Minute limit rate exceeded", self.seconds)
        if self.at_once > self.plan.at_once:
            return Refusal("maxConcurrencyExceeded", "Concurrency limit exceeded", 1)
        return None

    def refuses_cost(self, cost: int) -> Refusal | None:
        """Before anything is done."""
        if cost > LARGEST:
            return Refusal(
                "maxComplexityExceeded", f"Query complexity {cost} exceeds {LARGEST}", 0, status=200
            )
        if self.spent + cost > self.plan.complexity:
            return Refusal("COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", self.seconds)
        return None

    def count(self, *, is_refused: bool = False) -> None:
        """One call."""
        self.calls += REFUSED if is_refused else 1
        self.calls_in_minute += 1

    def spend(self, cost: int) -> None:
        """So much complexity."""
        self.spent += cost

    def told(self, cost: int) -> dict[str, Any]:
        """The field `complexity`."""
        left = max(0, self.plan.complexity - self.spent)
        facts = {"before": left + cost, "after": left, "query": cost, "reset_in_x_seconds": self.seconds}
        return {"__typename": "Complexity", **facts}

    def headers(self) -> dict[str, str]:
        """The two headers of the limits."""
        plan, wait = self.plan, self.seconds
        calls, complexity = plan.per_minute - self.calls_in_minute, plan.complexity - self.spent
        policy = [
            f'"minuteRate";q={plan.per_minute};w=60',
            f'"concurrency";q={plan.at_once};qu="concurrent-requests"',
            f'"complexityMinute";q={plan.complexity};w=60;qu="content-bytes"',
        ]
        left = [
            f'"minuteRate";r={max(0, calls)};t={wait}',
            f'"concurrency";r={plan.at_once - self.at_once}',
            f'"complexityMinute";r={max(0, complexity)};t={wait}',
        ]
        return {"RateLimit-Policy": ", ".join(policy), "RateLimit": ", ".join(left)}


@dataclass
class Keys:
    """Idempotency keys: whose first answer is repeated, and who was here with another body."""

    now: Callable[[], datetime]
    kept: dict[tuple[str, str], tuple[datetime, bytes, Any]] = field(default_factory=dict)
    running: set[tuple[str, str]] = field(default_factory=set)

    def found(self, key: tuple[str, str]) -> tuple[datetime, bytes, Any] | None:
        """What was answered under this key, if it lives."""
        kept = self.kept.get(key)
        if kept and self.now() - kept[0] < KEY_LIVES:
            return kept
        return None
