"""Who may decide about machines and their agents, and when."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from core.rules import rule


@rule()
def is_it(machine: Any, user: Any) -> bool:
    """IT staff of the branch of the machine."""
    return bool(user.holds(*IT_STAFF, branch_id=machine.branch_id))


@rule()
def is_it_somewhere(_thing: Any, user: Any) -> bool:
    """IT staff of some branch."""
    return bool(user.holds_anywhere(*IT_STAFF))


@rule()
def keeps_keys(key: Any, user: Any) -> bool:
    """Gives agents of a branch their key and takes it away: the IT Manager of the branch, and administrators."""
    return bool(user.holds(Role.IT_MANAGER, Role.ADMINISTRATOR, branch_id=key.branch_id))


@rule()
def keeps_some_keys(_thing: Any, user: Any) -> bool:
    """Keeps the keys of some branch."""
    return bool(user.holds_anywhere(Role.IT_MANAGER, Role.ADMINISTRATOR))


@rule(_("There is no alarm about this machine."))
def has_alarm(machine: Any) -> bool:
    """Somebody must look."""
    return bool(machine.alarm)


@rule(_("Settle the alarm about this machine first: nobody knows yet which one it is."))
def has_no_alarm(machine: Any) -> bool:
    """It is clear which machine it is."""
    return not machine.alarm


@rule(_("It has reported under one set of marks only. There is nothing to part."))
def has_several_marks(machine: Any) -> bool:
    """More than one identity leads to it."""
    return bool(machine.has_several_marks)
