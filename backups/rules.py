"""Who may do what with backups, and when a restore may go over its source. Pure predicates."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import DECIDERS, IT_STAFF, Role
from backups.enums import RestoreState, TargetKind
from core.errors import PermissionDenied
from core.rules import rule

SECOND = (Role.IT_MANAGER, Role.DB_MANAGER)  # the two whose word a restore over its source needs


@rule()
def sees(thing: Any, user: Any) -> bool:
    """The register: IT and auditors of the whole group, Director and Board, administrators."""
    return bool(user.reads_everything or user.runs_operations or user.holds(Role.DIRECTOR, Role.BOD))


@rule()
def starts(thing: Any, user: Any) -> bool:
    """IT of the whole group may let a backup or a drill begin at once."""
    return bool(user.is_robot or user.holds(*IT_STAFF))


@rule()
def keeps(thing: Any, user: Any) -> bool:
    """The IT Manager of the whole group decides what is backed up, where and how often."""
    return bool(user.holds(Role.IT_MANAGER))


@rule()
def restores(thing: Any, user: Any) -> bool:
    """IT Manager and Database Manager ask for restores and take files out of copies."""
    return bool(user.holds(*SECOND))


@rule()
def acknowledges(thing: Any, user: Any) -> bool:
    """Director and Board, or who stands in for them, say that they have read the monthly report."""
    return bool(not user.is_robot and user.holds(*DECIDERS))


@rule()
def is_runner(thing: Any, user: Any) -> bool:
    """The program that carries runs out."""
    return bool(user.is_robot)


@rule(_("The IT Manager and the Database Manager must both agree, and must be two persons."), clause="SOP-A4")
def has_both_words(restore: Any) -> bool:
    """Never over the source by the word of one (SOP-A4)."""
    words = {restore.manager_id, restore.db_manager_id}
    return not restore.over_source or (None not in words and len(words) == 2)


@rule(_("This product is not restored over itself while it runs: use the disaster command."), clause="SOP-A4")
def is_not_the_product_itself(restore: Any) -> bool:
    """The ledger in use would be replaced by an older one."""
    return not (restore.over_source and restore.target.kind == TargetKind.PRODUCT)


@rule(_("This restore has been decided already."))
def waits(restore: Any) -> bool:
    """Nobody decided yet."""
    return bool(restore.state == RestoreState.ASKED)


def only(test: Any, thing: Any, user: Any) -> None:
    """Raises PermissionDenied for whom the rule does not name."""
    if not test(thing, user):
        raise PermissionDenied
