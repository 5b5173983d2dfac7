"""A form is submitted to those who must decide, and they decide."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import Proof, robot
from accounts.models import User
from approvals import asking, rules
from approvals.actions import documents
from approvals.actions._parts import (
    current_step,
    eligible,
    end_waiting,
    facts_of,
    note_vacancy,
    wait_for,
    watch_board,
)
from approvals.actions.signing import Ink, check_proof, check_shown, sign
from approvals.actions.writing import prepare
from approvals.enums import ApprovalEvent, Kind, Outcome
from approvals.hooks import on_decision, why_not_approve
from approvals.models import Approval, Decision, Edition, Step
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible, Refusal
from core.transitions import fire, why_not
from events import actions as events


@transaction.atomic
def submit(*, approval: Approval, by: User) -> Approval:
    """Freeze the form and ask those whom its policy names, in their order (SOP-A5, SOP-A6).

    Raises NotPossible while an answer is missing or is no figure, PermissionDenied for whoever may not submit it.
    """
    approval = Approval.objects.lock(approval, "policy")
    prepare(approval=approval)
    if refusal := why_not(approval, "submit", by):
        raise refusal
    _freeze(approval, by)
    steps = _steps(approval)
    approval.named = sorted({*approval.named, *(key for step in steps for key in step.people)})
    wait_for(approval, steps[0])
    fire(approval, "submit", by=by)
    Step.objects.bulk_create(steps)
    documents.freeze(approval=approval)
    events.record(ApprovalEvent.SUBMITTED, approval.case, by=by, **facts_of(approval))
    watch_board(approval, by)
    note_vacancy(approval)
    return approval


def _freeze(approval: Approval, by: User) -> None:
    """Keep what is submitted as one text with its hash, under the rule of the policy that fits it."""
    if approval.kind == Kind.BRM:
        approval.barred = sorted({*approval.barred, approval.requested_by_id, approval.requester_id, by.pk})
    assert approval.policy is not None
    try:
        rule = asking.first_rule(approval.policy.rules, approval.content, approval.branch_id)
    except ValueError:
        raise NotPossible(_("Write hours and cost as figures, without words.")) from None
    assert rule is not None, "the last rule of a policy has no conditions"
    approval.rule = rule
    approval.content_hash = approval.fingerprint()
    approval.submitted_at = timezone.now()
    approval.counted = []
    Edition.objects.create(
        approval=approval, number=approval.edition, rule=rule, title=approval.title,
        content=approval.content, canonical=approval.canonical(), content_hash=approval.content_hash,
        submitted_by=by, submitted_at=approval.submitted_at,
    )  # fmt: skip


def _steps(approval: Approval) -> list[Step]:
    """The steps of the policy with the number of approvals that each needs, counted now."""
    return [_step(approval, n, asked) for n, asked in enumerate(approval.steps_asked, start=1)]


def _step(approval: Approval, position: int, asked: dict[str, Any]) -> Step:
    roles = asked["roles"]
    people = [approval.tester_key] if asked.get("tester") else asked["people"]
    may = eligible(roles=roles, people=people, branch_id=approval.branch_id, barred=approval.barred)
    return Step(
        approval=approval, edition=approval.edition, position=position, roles=roles, people=people,
        quorum=asked["quorum"], needed=asking.needed(asked, may.count()),
    )  # fmt: skip


@transaction.atomic
def decide(
    *,
    approval: Approval,
    outcome: Outcome,
    by: User,
    proof: Proof,
    shown_hash: str,
    reason: str = "",
    ink: Ink,
) -> Approval:
    """Approve (with a signature), refuse or send back (with a reason) as the person or role that is asked now.

    `shown_hash` is the fingerprint of what the person saw; `proof` comes from `accounts.actions.confirm`.
    Raises NotPossible when the form changed, was decided meanwhile, or the proof is not fresh; PermissionDenied when
    the person is not asked or asked for it themselves (SOP-A5, SOP-A6).
    """
    approval = Approval.objects.lock(approval, "policy")
    check_shown(approval=approval, shown_hash=shown_hash)
    check_proof(approval=approval, proof=proof, by=by)
    if refusal := why_not_decide(approval=approval, by=by):
        raise refusal
    step = current_step(approval)
    fire(approval, "decide", by=by)
    decision = _decision(approval, step, outcome, reason.strip(), by)
    if outcome == Outcome.APPROVE:
        sign(decision=decision, ink=ink, proof=proof)
        documents.add_signature(decision=decision)
    return _AFTER[outcome](approval, decision, by)


def why_not_decide(*, approval: Approval, by: User) -> Refusal | None:
    """Why `by` cannot decide now. Whoever presses twice reads that it is done, not that it is forbidden (SOP-A5)."""
    mine = approval.decisions.filter(Q(decided_by=by) | Q(on_behalf_of=by), edition=approval.edition).first()
    if mine is None:
        return why_not(approval, "decide", by)
    rule = approval.clause
    if mine.decided_by_id != by.pk:
        return NotPossible(_("Your substitute has already decided in your place."), rule=rule)
    return NotPossible(
        _("You have already decided on this form. The next step needs another person."), rule=rule
    )


def _decision(approval: Approval, step: Step | None, outcome: Outcome, reason: str, by: User) -> Decision:
    capacity = asking.capacity(approval, by)
    if step is None or capacity is None:
        raise NotPossible(_("Everybody has already decided."))
    check_outcome(approval=approval, outcome=outcome, reason=reason)
    role, absent = capacity
    return Decision.objects.create(
        approval=approval,
        edition=approval.edition,
        step=step,
        decided_by=by,
        on_behalf_of=absent,
        as_role=role,
        outcome=outcome,
        reason=reason,
        content_hash=approval.content_hash,
    )


_NEVER_SENT_BACK = {
    Kind.UAT: gettext_lazy("A test is accepted or rejected. Reject it and say what is wrong."),
    Kind.BAST: gettext_lazy("A hand-over is signed or refused. Refuse it and say what is wrong."),
}


def check_outcome(*, approval: Approval, outcome: Outcome, reason: str) -> None:
    """Raises NotPossible for a decision that this form cannot take, or that says too little."""
    if outcome == Outcome.REFUSE and not reason:
        raise NotPossible(_("Say why you refuse; the requester has to know what to change."))
    if outcome == Outcome.REVISE and not reason:
        raise NotPossible(_("Say what has to be changed before you can decide."))
    if outcome == Outcome.REVISE and (said := _NEVER_SENT_BACK.get(Kind(approval.kind))):
        raise NotPossible(str(said), rule=approval.clause)
    if outcome == Outcome.APPROVE and (refusal := why_nobody_approves(approval=approval)):
        raise refusal


def why_nobody_approves(*, approval: Approval) -> Refusal | None:
    """Why the form cannot be approved as things stand, by whomever: its test has not passed, or its subject says no."""
    if approval.kind == Kind.UAT and not rules.all_passed(approval):
        return NotPossible(rules.all_passed.message, rule=rules.all_passed.clause)
    refusal: Refusal | None = why_not_approve.ask(approval.kind, approval=approval)
    return refusal


def _go_on(approval: Approval, decision: Decision, by: User) -> Approval:
    """After an approval: the step waits for more, the next step is asked, or the form is approved."""
    facts = facts_of(approval, decision) | {"role": decision.as_role}
    kind = ApprovalEvent.STEP_APPROVED if decision.as_role else ApprovalEvent.SIGNED
    following = current_step(approval)
    if following is None:
        events.record(kind, approval.case, by=by, **facts)
        _finish(approval, "approve", by)
        events.record(ApprovalEvent.APPROVED, approval.case, by=robot("approvals"), **facts_of(approval))
        return approval
    _count(approval, decision)
    begins = following.pk != decision.step_id
    if begins:
        wait_for(approval, following)
    approval.save()
    events.record(kind, approval.case, by=by, **facts, next_role=following.role, asks=begins)
    watch_board(approval, by)
    note_vacancy(approval)
    return approval


def _count(approval: Approval, decision: Decision) -> None:
    """Whoever decided, and in whose place, counts once in this form and no more."""
    both = [key for key in (decision.decided_by_id, decision.on_behalf_of_id) if key is not None]
    approval.counted = sorted({*approval.counted, *both})


def _send_back(approval: Approval, decision: Decision, by: User) -> Approval:
    """The form is a draft again, as its next version; what was decided on this one stays with it.

    The Board has answered: its clock stops, and another one starts with the next version.
    """
    facts = facts_of(approval, decision)
    approval.edition += 1
    approval.version += 1
    fire(approval, "revise", by=by)
    end_waiting(approval)
    approval.counted = []
    approval.save()
    clocks.stop(promise=Promise.BOARD, subject=approval, by=by, at=timezone.now())
    events.record(ApprovalEvent.SENT_BACK, approval.case, by=by, **facts, reason=decision.reason)
    return approval


def _refuse(approval: Approval, decision: Decision, by: User) -> Approval:
    """That is the end of the form; whoever asked reads why."""
    _finish(approval, "refuse", by)
    facts = facts_of(approval, decision) | {"reason": decision.reason}
    events.record(ApprovalEvent.REFUSED, approval.case, by=by, **facts)
    return approval


_AFTER = {Outcome.APPROVE: _go_on, Outcome.REVISE: _send_back, Outcome.REFUSE: _refuse}


def _finish(approval: Approval, move: str, by: User) -> None:
    """The form is decided: move it, stop the Board's clock, queue its document, let its subject answer."""
    now = timezone.now()
    approval.decided_at = now
    fire(approval, move, by=by)
    end_waiting(approval)
    approval.save()
    clocks.stop(promise=Promise.BOARD, subject=approval, by=by, at=now)
    documents.close(approval=approval)
    on_decision.ask(approval.kind, approval=approval, by=by)


@transaction.atomic
def expire(*, approval: Approval, by: User) -> Approval:
    """Nobody decided in time, and the policy of the form says that this is a refusal. Only the product itself acts."""
    approval = Approval.objects.lock(approval, "policy")
    _finish(approval, "expire", by)
    return approval


@transaction.atomic
def supersede(*, approval: Approval, reason: str, by: User) -> Approval:
    """Say that an approval no longer counts: estimate, cost or scope have grown beyond it (SOP-A5). It is asked again.

    Raises NotPossible without a reason or for a form that is not approved, PermissionDenied for whoever may not.
    """
    approval = Approval.objects.lock(approval)
    if refusal := why_not(approval, "supersede", by):
        raise refusal
    approval.superseded_reason = reason.strip()[:5000]
    if not approval.superseded_reason:
        raise NotPossible(_("Say what has changed since it was approved."))
    fire(approval, "supersede", by=by)
    events.record(
        ApprovalEvent.SUPERSEDED,
        approval.case,
        by=by,
        **facts_of(approval),
        reason=approval.superseded_reason,
    )
    on_decision.ask(approval.kind, approval=approval, by=by)
    return approval
