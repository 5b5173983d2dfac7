"""What nobody can switch off."""

from typing import Any

from accounts.enums import Role
from core.rules import rule
from notifications.enums import Kind


@rule()
def must_be_told(kind: Kind, user: Any) -> bool:
    """Whoever signs hears of every form (SOP-A5), and the IT Manager of every broken promise (SOP-B4.3.1)."""
    return kind == Kind.SIGN or (kind == Kind.BREACH and bool(user.holds_anywhere(Role.IT_MANAGER)))
