"""A form while it is written: opening, saving, scenarios and their results, taking it back."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from approvals.actions._parts import facts_of, wait_for
from approvals.enums import (
    ApprovalEvent,
    Kind,
    Result,
)
from approvals.models import Approval
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events
from events.subjects import Subject


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
def withdraw(*, approval: Approval, by: User) -> Approval:
    """Take the form back before it is decided."""
    approval = Approval.objects.lock(approval)
    fire(approval, "withdraw", by=by)
    wait_for(approval, None)
    approval.save()
    clocks.cancel(promise=Promise.BOARD, subject=approval, at=timezone.now())
    events.record(ApprovalEvent.WITHDRAWN, approval.case, by=by, **facts_of(approval))
    return approval
