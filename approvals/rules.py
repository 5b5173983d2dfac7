"""When and by whom a form may be written and decided."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from approvals.enums import Kind, Result
from core.rules import rule


@rule()
def may_write(approval: Any, user: Any) -> bool:
    """Who fills in the form: whoever opened it, the person it is for, the IT Manager."""
    writers = (approval.requested_by_id, approval.requester_id)
    return user.pk in writers or user.holds(Role.IT_MANAGER, branch_id=approval.branch_id)


@rule()
def may_withdraw(approval: Any, user: Any) -> bool:
    """Whoever writes the form, and IT staff: a newer build makes the test of an older one pointless."""
    return may_write(approval, user) or bool(user.holds(*IT_STAFF, branch_id=approval.branch_id))


@rule()
def is_asked(approval: Any, user: Any) -> bool:
    """The step that waits now names this person, or a role they hold for this branch."""
    if approval.waiting_person_id:
        return bool(approval.waiting_person_id == user.pk)
    return any(
        a.role == approval.waiting_role
        and a.covers(approval.branch_id)
        and not _is_barred(approval, a.in_place_of)
        for a in user.authorities
    )


def _is_barred(approval: Any, absent: Any) -> bool:
    """Who may not decide cannot send a substitute either."""
    return absent is not None and absent.pk in approval.barred


@rule()
def is_not_barred(approval: Any, user: Any) -> bool:
    """Nobody decides on what they asked for or built themselves (SOP-A5, SOP-A6)."""
    return user.pk not in approval.barred


@rule()
def may_decide(approval: Any, user: Any) -> bool:
    """Asked now, and free to answer."""
    return is_asked(approval, user) and is_not_barred(approval, user)


@rule()
def may_submit(approval: Any, user: Any) -> bool:
    """A BRM is submitted by whoever may write it; a UAT only by the tester whose test it is (SOP-A6)."""
    if approval.kind == Kind.UAT:
        return bool(user.pk == approval.requester_id)
    return may_write(approval, user)


@rule(_("Some answers are still missing. Complete the form, then go on."))
def is_complete(approval: Any) -> bool:
    """A BRM has every required answer; a UAT has at least one scenario and a result for each."""
    if approval.kind == Kind.UAT:
        scenarios = approval.content.get("scenarios", [])
        return bool(scenarios) and all(s.get("result") in (Result.PASSED, Result.FAILED) for s in scenarios)
    return all(str(approval.content.get(field, "")).strip() for field in BRM_REQUIRED)


@rule(
    _("Every scenario must be run and passed before the test is accepted. Otherwise reject it."),
    clause="SOP-A6",
)
def all_passed(approval: Any) -> bool:
    """A UAT is accepted only with at least one scenario and none that failed or was not run."""
    scenarios = approval.content.get("scenarios", [])
    return bool(scenarios) and all(s.get("result") == Result.PASSED for s in scenarios)


BRM_REQUIRED = ("background", "objective", "benefit", "if_not_done", "scope", "estimate_hours", "risk")
