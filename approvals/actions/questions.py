"""Somebody who must decide wants to know something first; the requester or the IT Manager answers."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from approvals.actions._parts import facts_of
from approvals.enums import ApprovalEvent
from approvals.models import Approval, Question
from clocks import actions as clocks
from clocks.enums import Promise
from core.errors import NotPossible
from core.transitions import fire
from events import actions as events


@transaction.atomic
def ask(*, approval: Approval, text: str, by: User) -> Question:
    """Ask before deciding; the form goes on waiting. The Board's clock stands still only where the policy says so.

    Raises NotPossible for an empty question, PermissionDenied for whoever is not asked to decide now.
    """
    approval = Approval.objects.lock(approval, "policy")
    if not text.strip():
        raise NotPossible(_("Write your question."))
    approval.open_questions += 1
    fire(approval, "ask", by=by)
    question = Question.objects.create(
        approval=approval, edition=approval.edition, asked_by=by, text=text.strip()[:5000]
    )
    events.record(
        ApprovalEvent.ASKED,
        approval.case,
        by=by,
        **facts_of(approval),
        question=question.pk,
        text=question.text,
    )
    if approval.policy is not None and approval.policy.question_pauses and approval.open_questions == 1:
        clocks.stand_still(promise=Promise.BOARD, subject=approval, reason=_("A question is open"))
    return question


@transaction.atomic
def answer(*, approval: Approval, text: str, by: User, question: int | None = None) -> Question:
    """Answer an open question of the form, the oldest unless `question` names another.

    Raises NotPossible when none is open or the answer is empty, PermissionDenied for whoever does not write the form.
    """
    approval = Approval.objects.lock(approval)
    rows = Question.objects.filter(approval=approval, edition=approval.edition).open()
    asked = (rows.filter(pk=question) if question else rows).first()
    if not text.strip():
        raise NotPossible(_("Write your answer."))
    fire(approval, "answer", by=by)
    if asked is None:
        raise NotPossible(_("This question is answered already."))
    asked.answer, asked.answered_by, asked.answered_at = text.strip()[:5000], by, timezone.now()
    asked.save()
    approval.open_questions -= 1
    approval.save(update_fields=["open_questions"])
    events.record(
        ApprovalEvent.ANSWERED,
        approval.case,
        by=by,
        **facts_of(approval),
        question=asked.pk,
        text=asked.answer,
    )
    if not approval.open_questions:
        clocks.go_on(promise=Promise.BOARD, subject=approval)
    return asked
