"""What an account at monday.com may spend, what was spent, and the breaker. Plain values; who keeps them is above."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.monday.troubles import Blocked, Exhausted, Trouble, Wait

LIMITED_COSTS = 0.1  # of a call of the day: what a refused one costs, refused because there were too many
LONGEST_PAUSE = 300.0  # seconds between two tries while the other side is away


@dataclass(frozen=True)
class Plan:
    """What an account may spend. The calls of a day are what is scarce."""

    name: str
    calls_per_day: int
    calls_per_minute: int
    complexity_per_minute: int  # of an app, for writing


PLANS = {
    "free": Plan("free", 200, 1_000, 1_000_000),
    "standard": Plan("standard", 1_000, 1_000, 5_000_000),
    "pro": Plan("pro", 10_000, 2_500, 5_000_000),
    "enterprise": Plan("enterprise", 25_000, 5_000, 5_000_000),
}


@dataclass(frozen=True)
class State:
    """What was spent, and the breaker. `State.of(state.plain())` is the same."""

    day: str = ""  # UTC
    calls_today: float = 0.0
    minute: str = ""
    calls_this_minute: int = 0
    complexity_left: int | None = None  # as monday.com said last
    complexity_until: datetime | None = None  # when it is whole again
    failures: int = 0  # in a row: no answer, or one that says nothing
    open_until: datetime | None = None  # nothing is sent before
    is_exhausted: bool = False  # it is open because the calls of the day are used up
    is_blocked: bool = False  # nothing is sent until somebody says so: `reopened()`
    reason: str = ""  # why it is open or blocked
    # Of the API, as the last answer said; another than was asked for means that it moved under us.
    answered_version: str = ""

    @classmethod
    def of(cls, plain: Mapping[str, Any] | None) -> "State":
        """From what `plain()` gave; names of another release are left aside."""
        known = {name: value for name, value in (plain or {}).items() if name in cls.__dataclass_fields__}
        for name in ("complexity_until", "open_until"):
            if isinstance(known.get(name), str):
                known[name] = datetime.fromisoformat(known[name])
        return cls(**known)

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(self).items()}

    def reopened(self) -> "State":
        """Somebody mended what opened it, or wants it to be tried."""
        return replace(self, failures=0, open_until=None, is_exhausted=False, is_blocked=False, reason="")

    def at(self, now: datetime) -> "State":
        """The counters as they are now: a new day or minute begins at nothing, a pause ends."""
        state = self
        if state.day != f"{now:%Y-%m-%d}":
            state = replace(state, day=f"{now:%Y-%m-%d}", calls_today=0.0)
        if state.minute != f"{now:%Y-%m-%dT%H:%M}":
            state = replace(state, minute=f"{now:%Y-%m-%dT%H:%M}", calls_this_minute=0)
        if state.complexity_until and state.complexity_until <= now:
            state = replace(state, complexity_left=None, complexity_until=None)
        if state.open_until and state.open_until <= now:
            reason = state.reason if state.is_blocked else ""
            state = replace(state, open_until=None, is_exhausted=False, reason=reason)
        return state

    def hindrance(self, plan: Plan, now: datetime, *, cost: int = 0, spare: int = 0) -> Trouble | None:
        """Why no call may leave now; None: it may. `cost` in complexity; `spare` calls of the day are for others."""
        state = self.at(now)
        if state.is_blocked:
            return Blocked(state.reason, code="breaker")
        if state.open_until:
            kind = Exhausted if state.is_exhausted else Wait
            return kind(state.reason, code="breaker", seconds=(state.open_until - now).total_seconds())
        if state.calls_today + 1 > plan.calls_per_day - spare:
            used_up = f"The {plan.calls_per_day - spare} calls of this day are used up."
            return Exhausted(used_up, code="own count", seconds=(midnight(now) - now).total_seconds())
        if state.calls_this_minute + 1 > plan.calls_per_minute:
            return Wait("The calls of this minute are used up.", code="own count", seconds=60.0 - now.second)
        if state.complexity_until and state.complexity_left is not None and state.complexity_left < cost:
            seconds = (state.complexity_until - now).total_seconds()
            return Wait("The complexity of this minute is used up.", code="own count", seconds=seconds)
        return None

    def counted(self, now: datetime) -> "State":
        """One call more."""
        state = self.at(now)
        return replace(
            state, calls_today=state.calls_today + 1, calls_this_minute=state.calls_this_minute + 1
        )

    def succeeded(self) -> "State":
        """An answer came that says something."""
        return replace(self, failures=0) if self.failures else self

    def opened(self, trouble: Trouble, now: datetime, seconds: float) -> "State":
        """Nothing more before that; `trouble` is why."""
        until = max(now + timedelta(seconds=seconds), self.open_until or now)
        return replace(
            self, open_until=until, is_exhausted=isinstance(trouble, Exhausted), reason=trouble.sentence
        )

    def blocked(self, trouble: Trouble) -> "State":
        """Nothing more until a person acts."""
        return replace(self, is_blocked=True, reason=trouble.sentence)

    def failed(self, trouble: Trouble, now: datetime, jitter: float) -> "State":
        """No answer once more. From the third in a row on, pauses that double: an outage must not eat the day."""
        state = replace(self, failures=self.failures + 1)
        if state.failures < 3:
            return state
        pause = min(LONGEST_PAUSE, 2.0 ** min(state.failures, 10))
        return state.opened(trouble, now, pause * (0.5 + jitter / 2))


def midnight(now: datetime) -> datetime:
    """When the next day begins for monday.com (UTC)."""
    return datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
