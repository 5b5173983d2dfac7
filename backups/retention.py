"""Which copies are kept, as arithmetic: no Django, no clock, no database.

Counted from our own records of our own runs: snapshots that somebody else put into a repository push nothing out.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Kept:
    """A set of copies: the number of its run, when it was made, and whether a drill has passed on it."""

    run: int
    made_at: datetime
    is_proved: bool = False


@dataclass(frozen=True)
class Rule:
    """So many daily, weekly and monthly copies."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def removable(sets: Iterable[Kept], rule: Rule, zone: ZoneInfo) -> set[int]:
    """The runs whose copies may go. Never the newest, and never the newest that a drill has proved."""
    ordered = sorted(sets, key=lambda kept: (kept.made_at, kept.run), reverse=True)
    keep = _newest(ordered) | _newest([kept for kept in ordered if kept.is_proved])
    for most, span in ((rule.daily, _day), (rule.weekly, _week), (rule.monthly, _month)):
        keep |= _one_each(ordered, most, span, zone)
    return {kept.run for kept in ordered} - keep


def months(rules: Iterable[Rule]) -> int:
    """What is older than so many months before a target's newest copy may go by its age alone: no rule keeps it, where
    no copy was missed.
    """
    longest = (max(rule.monthly, math.ceil(rule.weekly / 4), math.ceil(rule.daily / 28)) for rule in rules)
    return max(longest, default=Rule().monthly) + 1


def _newest(ordered: list[Kept]) -> set[int]:
    return {kept.run for kept in ordered[:1]}


def _one_each(ordered: list[Kept], most: int, span: Callable[[datetime], object], zone: ZoneInfo) -> set[int]:
    """The newest copy of each of the newest `most` spans that have one."""
    found: dict[object, int] = {}
    for kept in ordered:
        found.setdefault(span(kept.made_at.astimezone(zone)), kept.run)
    return set(list(found.values())[:most])


def _day(local: datetime) -> object:
    return local.date()


def _week(local: datetime) -> object:
    return local.isocalendar()[:2]


def _month(local: datetime) -> object:
    return local.year, local.month
