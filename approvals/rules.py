"""When and by whom a form may be written and decided."""

import unicodedata
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import DECIDERS, IT_STAFF, Role
from approvals import asking
from approvals.enums import ASKABLE, Conclusion, Kind, Result
from core.rules import rule


@rule()
def may_write(approval: Any, user: Any) -> bool:
    """Who fills in the form: whoever opened it, the person it is for, a named tester, the IT Manager."""
    writers = (approval.requested_by_id, approval.requester_id, approval.tester_id)
    return user.pk in writers or user.holds(Role.IT_MANAGER, branch_id=approval.branch_id)


@rule()
def may_withdraw(approval: Any, user: Any) -> bool:
    """Whoever writes the form, and IT staff: a newer build makes the test of an older one pointless."""
    staff = bool(user.holds(*IT_STAFF, branch_id=approval.branch_id))
    if approval.kind == Kind.BAST:  # whoever is asked to sign refuses, with a reason
        return staff or bool(user.pk == approval.requested_by_id)
    return may_write(approval, user) or staff


@rule()
def is_asked(approval: Any, user: Any) -> bool:
    """The step that waits names this person, or a role they may use for this branch, and they count for nobody yet."""
    return asking.capacity(approval, user) is not None


@rule()
def is_not_barred(approval: Any, user: Any) -> bool:
    """Nobody decides on what they asked for or built themselves (SOP-A5, SOP-A6)."""
    return user.pk not in approval.barred


@rule()
def may_decide(approval: Any, user: Any) -> bool:
    """Asked now, and free to answer."""
    return is_asked(approval, user) and is_not_barred(approval, user)


@rule()
def is_program(approval: Any, user: Any) -> bool:
    """The product itself, when a time has run out."""
    return bool(user.is_robot)


@rule()
def may_supersede(approval: Any, user: Any) -> bool:
    """Whoever could have taken it back, and the product itself when hours have grown."""
    return is_program(approval, user) or may_withdraw(approval, user)


@rule(_("Nobody has asked anything that is still open."))
def has_open_question(approval: Any) -> bool:
    """Somebody waits for an answer."""
    return bool(approval.open_questions)


@rule()
def may_name_tester(approval: Any, user: Any) -> bool:
    """The requester alone says who tests in their place (SOP-A6)."""
    return bool(user.pk == approval.requester_id)


@rule(_("A test is not outgrown: the next build is tested anew."))
def is_brm(approval: Any) -> bool:
    """The form is a BRM: estimate, cost and scope are its words."""
    return bool(approval.kind == Kind.BRM)


@rule()
def may_prepare(approval: Any, user: Any) -> bool:
    """IT prepares tests: whoever of them writes this one."""
    return may_write(approval, user) and bool(user.holds(*IT_STAFF, branch_id=approval.branch_id))


@rule(_("Only a test has testers and scenarios."))
def is_uat(approval: Any) -> bool:
    """The form is a UAT."""
    return bool(approval.kind == Kind.UAT)


@rule()
def may_submit(approval: Any, user: Any) -> bool:
    """A BRM is submitted by whoever may write it; a UAT only by the tester whose test it is (SOP-A6).

    A hand-over is submitted by whoever recorded it, never by the one who signs.
    """
    if approval.kind == Kind.BAST:
        return bool(user.pk == approval.requested_by_id)
    if approval.kind == Kind.UAT:
        return bool(user.pk == approval.tester_key)
    return may_write(approval, user)


@rule()
def signs_for_the_company(approval: Any, user: Any) -> bool:
    """Director and Board, also through a substitute, sign for the company: a stolen password must not be enough."""
    return bool(user.is_decider)


def is_name_of(typed: str, user: Any) -> bool:
    """Whoever types their signature writes their own name; capitals, spaces, stops and accents are as they like."""
    return _bare(typed) == _bare(user.name)


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum()) or letters


@rule(_("Some answers are still missing. Complete the form, then go on."))
def is_complete(approval: Any) -> bool:
    """A BRM has every required answer; a UAT scenarios with a result for each, or is rejected; a hand-over items."""
    if approval.kind == Kind.BAST:
        return bool(approval.content.get("lines"))
    if approval.kind == Kind.UAT:
        scenarios, said = approval.content.get("scenarios", []), approval.content.get("conclusion")
        if said == Conclusion.WITH_NOTES and not approval.content.get("notes", "").strip():
            return False
        ran = all(s.get("result") in (Result.PASSED, Result.FAILED) for s in scenarios)
        return bool(scenarios) and (ran or said == Conclusion.REJECTED)
    return all(str(approval.content.get(field, "")).strip() for field in BRM_REQUIRED)


@rule(
    _(
        "Every scenario must be run and passed before the test is accepted."
        " Otherwise reject it, or accept it with notes."
    ),
    clause="SOP-A6",
)
def all_passed(approval: Any) -> bool:
    """A UAT is accepted only with at least one scenario, all run; what failed is accepted only with notes."""
    content = approval.content
    results = {s.get("result") for s in content.get("scenarios", [])}
    knowingly = content.get("conclusion") == Conclusion.WITH_NOTES and content.get("notes", "").strip()
    good = {Result.PASSED, Result.FAILED} if knowingly else {Result.PASSED}
    return bool(results) and results <= good and content.get("conclusion") != Conclusion.REJECTED


@rule(_("Only Director or Board decide on a BRM, also when others are late."), clause="SOP-A5")
def late_ones_may(policy: Any) -> bool:
    """Who may decide when the time has run out: on a BRM Director or Board, else whoever may be asked at all."""
    return policy.escalate_to in (DECIDERS if policy.kind == Kind.BRM else ASKABLE)


@rule(_("Every rule for a BRM needs a step that only Director or Board can take."), clause="SOP-A5")
def asks_deciders(steps: Any) -> bool:
    """One of the steps of a rule names Director or Board, and nobody else."""
    return any(
        step["roles"]
        and not step["people"]
        and not step.get("tester")
        and set(step["roles"]) <= set(DECIDERS)
        for step in steps
    )


@rule(_("The test is signed first by the one who tested."), clause="SOP-A6")
def begins_with_the_tester(steps: Any) -> bool:
    """The first step of a rule is the tester's alone."""
    first = steps[0]
    return bool(first.get("tester")) and not first["roles"] and not first["people"]


@rule(
    _("A hand-over is signed by the one who receives or gives back, and by nobody else."), clause="SOP-B4.1.1"
)
def asks_the_holder_alone(steps: Any) -> bool:
    """The only step of a rule is that person's alone."""
    return len(steps) == 1 and begins_with_the_tester(steps)


def is_ones_own(approval: Any, step: Any) -> bool:
    """The signature of one person, the tester or the holder: no other role may give it, however late it is."""
    return bool(approval.kind != Kind.BRM and step.position == 1)


BRM_REQUIRED = (
    "business_unit",
    "background",
    "objective",
    "benefit",
    "if_not_done",
    "scope",
    "estimate_hours",
    "risk",
)
