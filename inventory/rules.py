"""Who may do what in the inventory, and when."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from core.rules import rule
from inventory.enums import KEPT, AssetState, RenewableKind

# The product's own programs (`accounts.actions.robot`), e.g. the one that reads agents' reports.
_ROBOTS = "@robots.invalid"


def is_our_robot(user: Any) -> bool:
    """A program of ours acts, not a person and not somebody else's program."""
    return bool(user.is_robot and user.email.endswith(_ROBOTS))


@rule()
def keeps(thing: Any, user: Any) -> bool:
    """Keeps the inventory of this branch: its IT staff, and our own programs."""
    return bool(user.holds(*IT_STAFF, branch_id=thing.branch_id)) or is_our_robot(user)


@rule()
def keeps_anywhere(thing: Any, user: Any) -> bool:
    """Keeps the inventory of some branch."""
    return bool(user.holds_anywhere(*IT_STAFF)) or is_our_robot(user)


@rule()
def reads_records(thing: Any, user: Any) -> bool:
    """Reads what is installed where, and what runs out when: IT staff and auditors."""
    return bool(user.is_staff_member)


@rule(_("Only a certificate is read from the file of a certificate."))
def is_certificate(renewable: Any) -> bool:
    """It is one."""
    return bool(renewable.kind == RenewableKind.CERTIFICATE)


@rule()
def may_verify(asset: Any, user: Any) -> bool:
    """Says that an asset is where it should be: whoever keeps it, or the head of the branch (SOP-B4.1.1)."""
    return keeps(asset, user) or bool(user.holds(Role.BRANCH_HEAD, branch_id=asset.branch_id))


@rule()
def defines(thing: Any, user: Any) -> bool:
    """Says which types of assets there are, and what is written down about them."""
    return bool(user.holds(Role.IT_MANAGER, Role.ADMINISTRATOR))


@rule(_("It is retired. Take it back into stock first."))
def is_not_retired(asset: Any) -> bool:
    """It is still the group's."""
    return bool(asset.state != AssetState.RETIRED)


@rule(
    _("Its holder signed for it. Let them sign its return first."),
    clause="SOP-B4.1.1",
)
def is_not_in_custody(asset: Any) -> bool:
    """Nobody signed that they have it, or they gave it back."""
    return asset.custody_id is None


@rule(_("Nobody holds it."))
def has_a_holder(asset: Any) -> bool:
    """It is somebody's."""
    return asset.holder_id is not None


@rule(_("It is lost or retired. Take it into stock first."))
def is_at_hand(asset: Any) -> bool:
    """It can be given into somebody's hands."""
    return asset.state in KEPT


@rule()
def takes_back_unsigned(thing: Any, user: Any) -> bool:
    """Takes things back without the signature of who had them, in their own name: the IT Manager."""
    return bool(user.holds(Role.IT_MANAGER, branch_id=thing.branch_id))


@rule(_("Say first where it is: a room or a holder."))
def has_a_place(asset: Any) -> bool:
    """What is in use is somewhere, or with somebody."""
    return asset.room_id is not None or asset.holder_id is not None


@rule(_("Others belong to it. Part them from it first."))
def has_no_parts(asset: Any) -> bool:
    """Nothing hangs on it any more."""
    return not asset.has_parts


def is_overdue(asset: Any, now: Any) -> bool:
    """Nobody has said for six months that it exists (SOP-B4.1.1)."""
    return asset.state in KEPT and asset.due_at <= now


@rule()
def heads(thing: Any, user: Any) -> bool:
    """The head of the branch, or who stands in for them (SOP-B4.1.1)."""
    return bool(user.holds(Role.BRANCH_HEAD, branch_id=thing.branch_id))


@rule()
def may_count(thing: Any, user: Any) -> bool:
    """Counts in the branch: its IT staff and its head."""
    return bool(user.holds(*IT_STAFF, Role.BRANCH_HEAD, branch_id=thing.branch_id))


@rule()
def counts_anywhere(thing: Any, user: Any) -> bool:
    """Counts in some branch."""
    return bool(user.holds_anywhere(*IT_STAFF, Role.BRANCH_HEAD))


@rule()
def plans_anywhere(thing: Any, user: Any) -> bool:
    """Plans the maintenance of some branch."""
    return bool(user.holds_anywhere(Role.IT_MANAGER))


@rule()
def plans(thing: Any, user: Any) -> bool:
    """Plans the maintenance of this branch, or of all where the plan names none: the IT Manager (SOP-B4.1.2)."""
    return bool(user.holds(Role.IT_MANAGER, branch_id=thing.branch_id))


@rule()
def uploaded(thing: Any, user: Any) -> bool:
    """Whoever uploaded the file, as long as they keep the inventory of some branch."""
    return bool(thing.by_id == user.pk) and keeps_anywhere(thing, user)


@rule()
def works(thing: Any, user: Any) -> bool:
    """A program of ours."""
    return is_our_robot(user)


@rule(
    _(
        "Say first which column is what: the type and the branch of new assets must be known, or the tag of old ones."
    )
)
def has_columns(thing: Any) -> bool:
    """It is known what is imported: new assets by type and branch, old ones by their tag."""
    known = {*thing.mapping, *(name for name, value in thing.defaults.items() if value)}
    return "tag" in thing.mapping or {"type", "branch"} <= known


@rule(
    _(
        "There are rows that cannot be imported. Mend them in the file and upload it again;"
        " nothing is imported in part."
    )
)
def is_faultless(thing: Any) -> bool:
    """Every row can be imported."""
    return bool(thing.found) and not thing.found.get("wrong")
