"""A form is submitted to those who must decide, and they decide."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import Proof, robot
from accounts.enums import DECIDERS
from accounts.models import User
from approvals import rules
from approvals.actions._parts import facts_of, wait_for
from approvals.actions.signing import Ink, sign
from approvals.enums import (
    ApprovalEvent,
    Kind,
    Outcome,
)
from approvals.hooks import on_decision
from approvals.models import Approval, Decision, Document, Policy, Step
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible, Refusal
from core.transitions import fire, why_not
from events import actions as events
from events import doorbell


@transaction.atomic
def submit(*, approval: Approval, by: User) -> Approval:
    """Freeze the form and ask those who must decide: the policy's roles for a BRM, the requester for a UAT."""
    approval = Approval.objects.lock(approval)
    steps = _steps(approval)
    if approval.kind == Kind.BRM:
        approval.barred = sorted({*approval.barred, approval.requested_by_id, approval.requester_id, by.pk})
    approval.content_hash = approval.fingerprint()
    approval.submitted_at = timezone.now()
    wait_for(approval, steps[0])
    fire(approval, "submit", by=by)
    Step.objects.bulk_create(steps)
    events.record(ApprovalEvent.SUBMITTED, approval.case, by=by, **facts_of(approval))
    _start_board_clock(approval, by)
    return approval


def _steps(approval: Approval) -> list[Step]:
    if approval.kind == Kind.UAT:
        return [Step(approval=approval, position=1, person_id=approval.requester_id)]
    roles = Policy.objects.current(approval.kind).roles
    return [Step(approval=approval, position=n, role=role) for n, role in enumerate(roles, start=1)]


def _start_board_clock(approval: Approval, by: User) -> None:
    if approval.waiting_role in DECIDERS:
        clocks.start(
            promise=Promise.BOARD, subject=approval, case=approval.case, by=by, at=timezone.now(),
            branch=approval.branch,
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
    """Approve (with a signature) or refuse (with a reason) as the person or role that is asked now.

    `shown_hash` is the fingerprint of what the person saw; `proof` comes from `accounts.actions.confirm`.
    Raises NotPossible when the form changed, was decided meanwhile, or the proof is not fresh; PermissionDenied when
    the person is not asked or asked for it themselves (SOP-A5, SOP-A6).
    """
    approval = Approval.objects.lock(approval)
    _check_shown(approval, shown_hash, proof, by)
    if refusal := why_not_decide(approval=approval, by=by):
        raise refusal
    step = _current_step(approval)
    fire(approval, "decide", by=by)
    decision = _decision(approval, step, outcome, reason.strip(), by)
    if outcome == Outcome.APPROVE:
        sign(decision, ink, proof)
        return _go_on(approval, step, by)
    _finish(approval, "refuse", by)
    events.record(
        ApprovalEvent.REFUSED, approval.case, by=by, **facts_of(approval, decision), reason=decision.reason
    )
    return approval


def why_not_decide(*, approval: Approval, by: User) -> Refusal | None:
    """Why `by` cannot decide now. Whoever presses twice reads that it is done, not that it is forbidden (SOP-A5)."""
    if approval.decisions.filter(decided_by=by).exists():
        rule = "SOP-A6" if approval.kind == Kind.UAT else "SOP-A5"
        return NotPossible(
            _("You have already decided on this form. The next step needs another person."), rule=rule
        )
    return why_not(approval, "decide", by)


def _check_shown(approval: Approval, shown_hash: str, proof: Proof, by: User) -> None:
    if not proof.covers(by):
        raise NotPossible(_("Confirm again that it is you; the last confirmation is too old."))
    if approval.is_pending and shown_hash != approval.content_hash:
        raise NotPossible(_("The form is not the one you saw. Read it again before you sign."))


def _current_step(approval: Approval) -> Step | None:
    return approval.steps.filter(decision=None).select_related("person").order_by("position").first()


def _decision(approval: Approval, step: Step | None, outcome: Outcome, reason: str, by: User) -> Decision:
    if step is None:
        raise NotPossible(_("Everybody has already decided."))
    if outcome == Outcome.REFUSE and not reason:
        raise NotPossible(_("Say why you refuse; the requester has to know what to change."))
    if outcome == Outcome.APPROVE and approval.kind == Kind.UAT and not rules.all_passed(approval):
        raise NotPossible(rules.all_passed.message, rule=rules.all_passed.clause)
    stands_in_for = (
        by.stands_in_for(step.role, branch_id=approval.branch_id, barred=approval.barred)
        if step.role
        else None
    )
    return Decision.objects.create(
        approval=approval,
        step=step,
        decided_by=by,
        on_behalf_of=stands_in_for,
        outcome=outcome,
        reason=reason,
        content_hash=approval.content_hash,
    )


def _go_on(approval: Approval, step: Step | None, by: User) -> Approval:
    """After an approval: to the next step, or the form is approved."""
    assert step is not None
    facts = facts_of(approval, approval.decisions.select_related("on_behalf_of").get(step=step))
    kind = ApprovalEvent.SIGNED if step.person_id else ApprovalEvent.STEP_APPROVED
    following = _current_step(approval)
    if following is not None:
        wait_for(approval, following)
        approval.save()
        events.record(kind, approval.case, by=by, **facts, role=step.role, next_role=following.role)
        return approval
    events.record(kind, approval.case, by=by, **facts, role=step.role)
    _finish(approval, "approve", by)
    events.record(ApprovalEvent.APPROVED, approval.case, by=robot("approvals"), **facts_of(approval))
    return approval


def _finish(approval: Approval, move: str, by: User) -> None:
    """The form is decided: move it, stop the Board's clock, queue its document, let its subject answer."""
    now = timezone.now()
    approval.decided_at = now
    fire(approval, move, by=by)
    wait_for(approval, None)
    approval.save()
    clocks.stop(promise=Promise.BOARD, subject=approval, by=by, at=now)
    Document.objects.create(approval=approval, mailbox=f"approval:{approval.pk}")
    transaction.on_commit(lambda: doorbell.ring("approvals.render_documents"))
    on_decision.ask(approval.kind, approval=approval, by=by)
