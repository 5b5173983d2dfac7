"""Whom a form asks: the first rule of its policy that fits, how many must approve, and in whose name somebody may.

Pure: no question to the database. PostgreSQL does the same sums in `gates.py`.
"""

import re
from decimal import Decimal
from typing import Any

from approvals.enums import Quorum

# Conditions by name, each with the answer in which a name is looked for; of several the first that the form has.
NAMED = {"units": ("business_unit",), "systems": ("systems", "system")}
_FIGURE = re.compile(r"\d+(\.\d+)?", re.ASCII)


def figure(text: Any) -> Decimal:
    """A figure of a form: hours or rupiah; an empty answer is nothing. Raises ValueError for what is no figure."""
    if text in (None, ""):
        return Decimal(0)
    if not _FIGURE.fullmatch(str(text)):
        raise ValueError(f"{text!r} is no figure")
    return Decimal(str(text))


def first_rule(rules: list[dict[str, Any]], content: dict[str, Any], branch_id: int | None) -> int | None:
    """The number of the first rule whose conditions the content meets, from 0; None when none does.

    Raises ValueError when hours or cost are no figures.
    """
    hours, cost = figure(content.get("estimate_hours")), figure(content.get("cost"))
    for number, rule in enumerate(rules):
        when = rule.get("when") or {}
        if (
            _within(when, "hours", hours)
            and _within(when, "cost", cost)
            and (not when.get("branches") or branch_id in when["branches"])
            and all(_names(when.get(name), _answer(content, *answers)) for name, answers in NAMED.items())
        ):
            return number
    return None


def _within(when: dict[str, Any], name: str, value: Decimal) -> bool:
    over, up_to = when.get(f"{name}_over"), when.get(f"{name}_up_to")
    return (over is None or value > Decimal(str(over))) and (up_to is None or value <= Decimal(str(up_to)))


def _answer(content: dict[str, Any], *names: str) -> str:
    return next((str(content[name]) for name in names if content.get(name) is not None), "")


def _names(names: list[str] | None, answer: str) -> bool:
    """One of the names stands in the answer, whatever its capitals; no names are no condition."""
    return not names or any(name.lower() in answer.lower() for name in names)


def needed(step: dict[str, Any], eligible: int) -> int:
    """How many must approve, when so many may; never nobody, also where nobody holds the role."""
    match step["quorum"]:
        case Quorum.ONE:
            return 1
        case Quorum.NUMBER:
            return int(step["number"])
        case Quorum.ALL:
            return max(eligible, 1)
        case _:
            return eligible // 2 + 1


def capacity(approval: Any, user: Any) -> tuple[str, Any] | None:
    """As what `user` may decide now: (role or "" for a person who is named, the colleague they stand in for or None).

    None when they are not asked, or count in this form already: for themselves, for somebody, or through somebody.
    One's own role goes before that of a colleague.
    """
    if user.pk in approval.barred or user.pk in approval.counted:
        return None
    if user.pk in approval.waiting_people:
        return "", None
    used_up = {*approval.barred, *approval.counted}
    usable = [
        a for a in user.authorities if a.role in approval.waiting_roles and a.covers(approval.branch_id)
    ]
    for authority in sorted(usable, key=lambda a: a.in_place_of is not None):
        if authority.in_place_of is None or authority.in_place_of.pk not in used_up:
            return authority.role, authority.in_place_of
    return None
