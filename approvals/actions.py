"""Everything that changes a form: writing, submitting, deciding, signing, withdrawing, rendering."""

import base64
import binascii
import io
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image, UnidentifiedImageError

from accounts.actions import Proof, robot
from accounts.enums import DECIDERS
from accounts.models import User
from approvals import rules
from approvals.enums import (
    CONSENT,
    CONSENT_VERSION,
    ApprovalEvent,
    Kind,
    Method,
    Outcome,
    Result,
)
from approvals.hooks import on_decision
from approvals.models import Approval, Decision, Document, Policy, Signature, Step
from clocks import actions as clocks
from clocks.enums import Promise
from core import files, outbox, pdf
from core.errors import NotPossible, PermissionDenied, Refusal
from core.transitions import fire, why_not
from events import actions as events
from events import doorbell
from events.enums import Audience
from events.subjects import Subject

LARGEST_DRAWING = 200_000  # bytes of PNG


@dataclass(frozen=True)
class Ink:
    """A signature as the person gave it: typed, or drawn as a `data:image/png` address."""

    typed_name: str = ""
    drawing: str = ""
    address: str | None = None
    browser: str = ""


@transaction.atomic
def draft(
    *,
    kind: Kind,
    subject: models.Model,
    case: models.Model,
    title: str,
    content: dict[str, Any],
    branch: Any,
    requester: User,
    by: User,
    barred: tuple[int, ...] = (),
) -> Approval:
    """Open a form about `subject`. `barred` are the people who may never decide on it.

    Raises NotPossible while another form of the kind about the subject is unfinished.
    """
    if Approval.objects.about(subject).unfinished().filter(kind=kind).exists():
        raise NotPossible(_("This form is already open. Go on with that one."))
    approval = Approval.objects.create(
        kind=kind,
        case_type=Subject.of(case).type,
        case_id=case.pk,
        subject_type=Subject.of(subject).type,
        subject_id=subject.pk,
        title=title[:200],
        content=content,
        branch=branch,
        requested_by=by,
        requester=requester,
        barred=sorted(set(barred)),
    )
    events.record(ApprovalEvent.DRAFTED, case, by=by, number=approval.number, approval=approval.pk)
    return approval


@transaction.atomic
def save_draft(*, approval: Approval, content: dict[str, Any], version: int, by: User) -> Approval:
    """Keep what was written so far. Raises NotPossible when somebody else saved since `version` was shown."""
    approval = Approval.objects.lock(approval)
    if refusal := why_not(approval, "save_draft", by):
        raise refusal
    if version != approval.version:
        raise NotPossible(
            _(
                "Somebody else changed this form while you were writing. Your text is below; compare it with theirs."
            )
        )
    approval.content = {**approval.content, **content}
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


@transaction.atomic
def add_scenarios(*, approval: Approval, scenarios: list[dict[str, str]], by: User) -> Approval:
    """Add test scenarios (`name`, `steps`, `expected`) to a UAT that is not submitted; each begins as not run."""
    approval = Approval.objects.lock(approval)
    known = approval.content.get("scenarios", [])
    new = [{"steps": "", "expected": "", **s, "result": Result.NOT_RUN, "note": ""} for s in scenarios]
    approval.content = {**approval.content, "scenarios": [*known, *new]}
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


@transaction.atomic
def record_results(*, approval: Approval, results: list[tuple[str, str]], by: User) -> Approval:
    """Write the tester's result and note beside each scenario, in their order. Only the tester does (SOP-A6)."""
    approval = Approval.objects.lock(approval)
    if by.pk != approval.requester_id:
        raise PermissionDenied
    scenarios = approval.content.get("scenarios", [])
    if len(results) != len(scenarios):
        raise NotPossible(_("The list of scenarios changed while you were testing. Look at it again."))
    pairs = zip(scenarios, results, strict=True)
    approval.content = {
        **approval.content,
        "scenarios": [{**s, "result": r, "note": n} for s, (r, n) in pairs],
    }
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


@transaction.atomic
def submit(*, approval: Approval, by: User) -> Approval:
    """Freeze the form and ask those who must decide: the policy's roles for a BRM, the requester for a UAT."""
    approval = Approval.objects.lock(approval)
    steps = _steps(approval)
    if approval.kind == Kind.BRM:
        approval.barred = sorted({*approval.barred, approval.requested_by_id, approval.requester_id, by.pk})
    approval.content_hash = approval.fingerprint()
    approval.submitted_at = timezone.now()
    _wait_for(approval, steps[0])
    fire(approval, "submit", by=by)
    Step.objects.bulk_create(steps)
    events.record(ApprovalEvent.SUBMITTED, approval.case, by=by, **_facts(approval))
    _start_board_clock(approval, by)
    return approval


def _steps(approval: Approval) -> list[Step]:
    if approval.kind == Kind.UAT:
        return [Step(approval=approval, position=1, person_id=approval.requester_id)]
    roles = Policy.objects.current(approval.kind).roles
    return [Step(approval=approval, position=n, role=role) for n, role in enumerate(roles, start=1)]


def _wait_for(approval: Approval, step: Step | None) -> None:
    approval.waiting_role = step.role if step else ""
    approval.waiting_person_id = step.person_id if step else None


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
        _sign(decision, ink, proof)
        return _go_on(approval, step, by)
    _finish(approval, "refuse", by)
    events.record(
        ApprovalEvent.REFUSED, approval.case, by=by, **_facts(approval, decision), reason=decision.reason
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


def _sign(decision: Decision, ink: Ink, proof: Proof) -> Signature:
    image = _png(ink.drawing) if ink.drawing else b""
    name = " ".join(ink.typed_name.split())[:100]
    if not image and not name:
        raise NotPossible(_("Draw your signature or type your name."))
    return Signature.objects.create(
        decision=decision,
        method=Method.DRAWN if image else Method.TYPED,
        typed_name=name,
        image=image,
        content_hash=decision.content_hash,
        consent_version=CONSENT_VERSION,
        consent_text=str(CONSENT),
        factor=proof.factor,
        address=ink.address,
        browser=ink.browser[:300],
    )


def _png(address: str) -> bytes:
    """The drawing as clean PNG bytes; decoded and encoded anew so that nothing else travels inside."""
    head, _comma, body = address.partition(",")
    try:
        raw = base64.b64decode(body, validate=True)
        if head != "data:image/png;base64" or len(raw) > LARGEST_DRAWING:
            raise ValueError
        picture = Image.open(io.BytesIO(raw), formats=["PNG"])
        if picture.width > 2000 or picture.height > 1000:
            raise ValueError
        out = io.BytesIO()
        picture.convert("RGBA").save(out, "PNG")
    except (ValueError, binascii.Error, UnidentifiedImageError, OSError):
        raise NotPossible(_("The drawing cannot be read. Draw it again or type your name.")) from None
    return out.getvalue()


def _go_on(approval: Approval, step: Step | None, by: User) -> Approval:
    """After an approval: to the next step, or the form is approved."""
    assert step is not None
    facts = _facts(approval, approval.decisions.select_related("on_behalf_of").get(step=step))
    kind = ApprovalEvent.SIGNED if step.person_id else ApprovalEvent.STEP_APPROVED
    following = _current_step(approval)
    if following is not None:
        _wait_for(approval, following)
        approval.save()
        events.record(kind, approval.case, by=by, **facts, role=step.role, next_role=following.role)
        return approval
    events.record(kind, approval.case, by=by, **facts, role=step.role)
    _finish(approval, "approve", by)
    events.record(ApprovalEvent.APPROVED, approval.case, by=robot("approvals"), **_facts(approval))
    return approval


def _finish(approval: Approval, move: str, by: User) -> None:
    """The form is decided: move it, stop the Board's clock, queue its document, let its subject answer."""
    now = timezone.now()
    approval.decided_at = now
    fire(approval, move, by=by)
    _wait_for(approval, None)
    approval.save()
    clocks.stop(promise=Promise.BOARD, subject=approval, by=by, at=now)
    Document.objects.create(approval=approval, mailbox=f"approval:{approval.pk}")
    transaction.on_commit(lambda: doorbell.ring("approvals.render_documents"))
    on_decision.ask(approval.kind, approval=approval, by=by)


def _facts(approval: Approval, decision: Decision | None = None) -> dict[str, Any]:
    """What an event says of a form; with a decision also in whose place it was taken."""
    facts: dict[str, Any] = {
        "number": approval.number,
        "approval": approval.pk,
        "hash": approval.content_hash,
    }
    return facts if decision is None else facts | {"on_behalf_of": decision.on_behalf_of}


@transaction.atomic
def withdraw(*, approval: Approval, by: User) -> Approval:
    """Take the form back before it is decided."""
    approval = Approval.objects.lock(approval)
    fire(approval, "withdraw", by=by)
    _wait_for(approval, None)
    approval.save()
    clocks.cancel(promise=Promise.BOARD, subject=approval, at=timezone.now())
    events.record(ApprovalEvent.WITHDRAWN, approval.case, by=by, **_facts(approval))
    return approval


def render_documents(*, most: int = 50) -> int:
    """Make the PDFs that are due; the number made."""
    return outbox.drain(Document, _render, most=most)


def _render(document: Document) -> None:
    approval = Approval.objects.select_related("branch", "requested_by", "requester").get(
        pk=document.approval_id
    )
    with override(document.language):
        content = pdf.render(f"pdf/{approval.kind}.html", paper(approval), language=document.language)
    stored = files.store(io.BytesIO(content))
    document.sha256, document.size = stored.sha256, stored.size
    document.save(update_fields=["sha256", "size"])
    events.record(
        ApprovalEvent.SEALED, approval.case, by=robot("approvals"), number=approval.number,
        approval=approval.pk, sha256=stored.sha256, audience=Audience.STAFF,
    )  # fmt: skip


def paper(approval: Approval) -> dict[str, Any]:
    """What stands on the document: the form, and every decision with its signature as a `data:` address."""
    decisions = approval.decisions.select_related("decided_by", "on_behalf_of", "signature", "step").order_by(
        "pk"
    )
    return {"approval": approval, "content": approval.content, "decisions": [_shown(d) for d in decisions]}


def _shown(decision: Decision) -> dict[str, Any]:
    signature = getattr(decision, "signature", None)
    image = bytes(signature.image) if signature else b""
    return {
        "decision": decision,
        "signature": signature,
        "drawing": f"data:image/png;base64,{base64.b64encode(image).decode()}" if image else "",
    }
