"""Who may stop the time of a promise for a while, and when."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from clocks.enums import Promise
from core.rules import rule


@rule()
def may_pause(clock: Any, user: Any) -> bool:
    """The IT Manager of the branch, or whoever stands in for them today; the Board's clock also the product itself,
    while a question is open.
    """
    if user.is_robot:
        return bool(clock.promise == Promise.BOARD)
    return bool(user.holds(Role.IT_MANAGER, branch_id=clock.branch_id))


@rule(
    _(
        "The policy of this promise allows no pause. The administrator may publish one that does, for new requests."
    ),
    clause="SOP-B4.3.1",
)
def policy_allows(clock: Any) -> bool:
    """Only where the policy by which the promise was made says so."""
    return bool(clock.policy and clock.policy.may_pause)


@rule()
def may_set(policy: Any, user: Any) -> bool:
    """Administrators keep calendars and policies; so does the product itself, when it is set up."""
    return bool(user.is_staff or user.is_robot)


@rule(_("This branch has no time of its own: it is as for all branches already."))
def has_its_own(policy: Any) -> bool:
    """What counts for the branch at that moment was set for it alone."""
    return policy.branch_id is not None


@rule(_("This clock is paused already. Let it run again first."))
def is_ticking(clock: Any) -> bool:
    """Its time passes."""
    return clock.paused_at is None


@rule(_("This clock is not paused."))
def is_paused(clock: Any) -> bool:
    """Its time stands still."""
    return clock.paused_at is not None


@rule(_("The time has run out already; a pause cannot change that."), clause="SOP-B4.3.1")
def is_not_broken(clock: Any) -> bool:
    """A recorded breach stays."""
    return clock.breached_at is None
