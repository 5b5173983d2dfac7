"""Policies and people for the tests of approvals."""

from collections.abc import Sequence
from typing import Any

from accounts import actions as accounts
from accounts.enums import Role
from accounts.models import User, office_date
from approvals import actions as approvals
from approvals.enums import Kind
from approvals.models import Policy
from tests.cast import Cast

MEMBERS = ("board", "auditor", "other_agent")  # who sits on the Board where more than one does


def step(*roles: str, quorum: str = "one", people: Sequence[int] = (), **more: Any) -> dict[str, Any]:
    """One step of a rule."""
    return {"roles": list(roles), "people": list(people), "quorum": quorum} | more


def policy(cast: Cast, *steps: dict[str, Any], above: Sequence[dict[str, Any]] = (), **timing: Any) -> Policy:
    """Publish who decides on a BRM: `above` are the rules before the one for everything else."""
    rules = [*above, {"when": {}, "steps": list(steps)}]
    return approvals.publish(
        kind=Kind.BRM, rules=rules, note="For a test.", by=cast.administrator, timing=timing
    )


def board(cast: Cast, *, of: int = 3) -> list[User]:
    """The Board has so many members."""
    for name in MEMBERS[1:of]:
        accounts.grant_role(user=cast[name], role=Role.BOD, by=cast.administrator)
        cast.again(name)
    return [cast[name] for name in MEMBERS[:of]]


def stands_in(cast: Cast, substitute: str, *absent: str) -> None:
    """Somebody acts today for each of them."""
    today = office_date()
    for name in absent:
        accounts.name_substitute(
            absent=cast[name],
            substitute=cast[substitute],
            first=today,
            last=today,
            reason="Leave",
            by=cast[name],
        )
    cast.again(substitute)
