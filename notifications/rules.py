"""What nobody can switch off, and what can reach somebody at all."""

from typing import Any

from accounts.enums import Role
from core.rules import rule
from notifications.enums import Kind


@rule()
def must_be_told(kind: Kind, user: Any) -> bool:
    """Whoever signs hears of every form (SOP-A5), and the IT Manager of every broken promise (SOP-B4.3.1)."""
    return kind == Kind.SIGN or (kind == Kind.BREACH and bool(user.holds_anywhere(Role.IT_MANAGER)))


_BEYOND_THE_BRANCH = [role for role in Role if role not in (Role.REQUESTER, Role.BRANCH_HEAD)]


@rule()
def reaches(kind: Kind, user: Any) -> bool:
    """News of this kind can come to the person: who only asks signs no BRM and keeps no promise of IT."""
    if kind == Kind.NEW_REQUEST:
        return bool(user.holds_anywhere(Role.IT_MANAGER))
    if kind in (Kind.SIGN, Kind.WARNING, Kind.BREACH):
        return bool(user.holds_anywhere(*_BEYOND_THE_BRANCH))
    return True
