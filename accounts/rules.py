"""Who somebody is, as rules that other apps build on."""

from typing import Any

from accounts.enums import IT_STAFF, Role
from core.rules import Rule, rule


def holds(*roles: str) -> Rule:
    """A rule `(thing, user)`: the user holds one of the roles for the branch of the thing (or for all)."""

    def has_role(thing: Any, user: Any) -> bool:
        return bool(user.holds(*roles, branch_id=getattr(thing, "branch_id", None)))

    has_role.__name__ = "holds_" + "_or_".join(roles)
    return rule()(has_role)


is_it_manager = holds(Role.IT_MANAGER)
is_it_staff = holds(*IT_STAFF)
is_administrator = holds(Role.ADMINISTRATOR)
