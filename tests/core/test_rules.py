"""How rules are asked: with the thing, with the person, and with the moment where they depend on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.rules import rule
from tests.harness.clock import Clock

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@rule("Too late.", depends_on_time=True, tells=lambda thing, now: f"{thing} ended before {now:%H:%M}.")
def is_early(thing: str, now: datetime) -> bool:
    """Before noon."""
    return now < NOON


@rule(depends_on_time=True)
def may_come(thing: str, user: str, now: datetime) -> bool:
    """The early bird."""
    return user == "bird" and now < NOON


@rule("Never.")
def never(thing: Any) -> bool:
    """Whatever the clock says."""
    return False


def test_a_rule_that_depends_on_time_is_handed_the_moment() -> None:
    with Clock(NOON - timedelta(seconds=1)) as clock:
        assert is_early("It")
        assert may_come("It", "bird")
        assert not may_come("It", "worm")
        clock.forward(seconds=1)
        assert not is_early("It")
        assert not may_come("It", "bird")
        assert is_early.refusal("It") == "It ended before 12:00."


def test_others_are_not() -> None:
    assert not never("It")
    assert never.refusal("It") == "Never."
