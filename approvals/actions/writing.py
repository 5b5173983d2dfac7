"""A form while it is written: opening, saving, its files, taking it back."""

from decimal import Decimal
from typing import Any, BinaryIO

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, office_date
from approvals import rules
from approvals.actions._parts import end_waiting, facts_of
from approvals.enums import (
    ApprovalEvent,
    Conclusion,
    Kind,
    Result,
)
from approvals.models import Approval, FormFile, Policy
from clocks import actions as clocks
from clocks.enums import Promise
from core import files
from core.errors import NotPossible
from core.numbers import plain
from core.transitions import fire, why_not
from events import actions as events
from events.subjects import Subject

MOST_FILES = 30


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
    approval = Approval(
        kind=kind, policy=Policy.objects.current(kind), title=title[:200], content=content, branch=branch,
        case_type=Subject.of(case).type, case_id=case.pk, subject_type=Subject.of(subject).type,
        subject_id=subject.pk, requested_by=by, requester=requester, barred=sorted(set(barred)),
    )  # fmt: skip
    _count_man_days(approval)
    approval.save(force_insert=True)
    events.record(ApprovalEvent.DRAFTED, case, by=by, number=approval.number, approval=approval.pk)
    return approval


@transaction.atomic
def save_draft(*, approval: Approval, content: dict[str, Any], version: int, by: User) -> Approval:
    """Keep what was written so far. Raises NotPossible when somebody else saved since `version` was shown."""
    approval = Approval.objects.lock(approval)
    if refusal := why_not(approval, "save_draft", by):
        raise refusal
    if version != approval.version and _differs(approval.content, content):
        raise NotPossible(
            _(
                "Somebody else changed this form while you were writing. Your text is below; compare it with theirs."
            )
        )
    approval.content = {**approval.content, **content}
    _count_man_days(approval)
    approval.version += 1
    fire(approval, "save_draft", by=by)
    return approval


def _differs(kept: dict[str, Any], typed: dict[str, Any]) -> bool:
    """Whether saving would change anything: two who wrote the same do not disagree, nor does a lost answer."""
    return any(kept.get(name, "") != value for name, value in typed.items())


def _count_man_days(approval: Approval) -> None:
    """Hours in man-days, by the length that the form's policy gives a man-day; both stand in what is signed."""
    hours = approval.content.get("estimate_hours", "")
    if approval.kind != Kind.BRM or approval.policy is None:
        return
    length = approval.policy.man_day_hours
    days = plain((Decimal(hours) / length).quantize(Decimal("0.01"))) if hours else ""
    approval.content = {**approval.content, "man_days": days, "man_day_hours": plain(length)}


@transaction.atomic
def attach(*, approval: Approval, name: str, file: BinaryIO, by: User) -> FormFile:
    """Add a file to a BRM while it is a draft. Its name and hash become part of what is decided on.

    Raises NotPossible for a file that is not accepted (see `core.files.store`) and for too many of them.
    """
    approval = Approval.objects.lock(approval)
    row = keep_file(approval=approval, name=name, file=file, by=by)
    known = approval.content.get("attachments", [])
    approval.content = {**approval.content, "attachments": [*known, entry_of(row=row)]}
    fire(approval, "save_draft", by=by)
    return row


def keep_file(*, approval: Approval, name: str, file: BinaryIO, by: User) -> FormFile:
    """The row of a file, its content stored under its hash; for a locked form that `by` may write now."""
    if refusal := why_not(approval, "save_draft", by):
        raise refusal
    if approval.files.count() >= MOST_FILES:
        raise NotPossible(_("At most %(most)s files. Put more of them into one ZIP.") % {"most": MOST_FILES})
    stored = files.store(file)
    return FormFile.objects.create(
        approval=approval, name=files.safe_name(name), content_type=stored.content_type, size=stored.size,
        sha256=stored.sha256, added_by=by,
    )  # fmt: skip


def entry_of(*, row: FormFile) -> dict[str, Any]:
    """How a file stands in the content of its form."""
    return {"file": row.pk, "name": row.name, "sha256": row.sha256, "size": row.size}


@transaction.atomic
def detach(*, file: FormFile, by: User) -> Approval:
    """Take a file off a draft. Raises PermissionDenied for anyone who may not write the form."""
    approval = Approval.objects.lock(Approval(pk=file.approval_id))
    if refusal := why_not(approval, "save_draft", by):
        raise refusal
    content = approval.content
    if "attachments" in content:
        content = {**content, "attachments": _without(content["attachments"], file)}
    if "scenarios" in content:
        rows = [{**s, "evidence": _without(s.get("evidence", []), file)} for s in content["scenarios"]]
        content = {**content, "scenarios": rows}
    approval.content = content
    file.delete()
    fire(approval, "save_draft", by=by)
    return approval


def _without(entries: list[dict[str, Any]], file: FormFile) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["file"] != file.pk]


def prepare(*, approval: Approval) -> None:
    """What a form still gets when it is submitted; the caller holds it.

    A UAT without a conclusion has the one that follows from its results. Raises NotPossible for a BRM that is wanted by
    a day that has passed, and for a test that is accepted without a word about what failed.
    """
    content = approval.content
    if approval.kind == Kind.UAT:
        results = {s.get("result") for s in content.get("scenarios", [])}
        follows = Conclusion.ACCEPTED if results == {Result.PASSED} else Conclusion.REJECTED
        said = content.get("conclusion") or ("" if Result.NOT_RUN in results else follows)
        approval.content = {"notes": "", **content, "conclusion": said}
        if approval.content["conclusion"] == Conclusion.ACCEPTED and Result.FAILED in results:
            raise NotPossible(rules.all_passed.message, rule=rules.all_passed.clause)
        if said == Conclusion.WITH_NOTES and not approval.content["notes"].strip():
            raise NotPossible(_("You accept with notes: write in the notes what remains to be done."))
    elif content.get("wanted_date") and content["wanted_date"] < office_date().isoformat():
        raise NotPossible(_("The day by which it is wanted has passed. Choose one that is still to come."))


@transaction.atomic
def withdraw(*, approval: Approval, by: User) -> Approval:
    """Take the form back before it is decided."""
    approval = Approval.objects.lock(approval)
    fire(approval, "withdraw", by=by)
    end_waiting(approval)
    approval.save()
    clocks.cancel(promise=Promise.BOARD, subject=approval, at=timezone.now())
    events.record(ApprovalEvent.WITHDRAWN, approval.case, by=by, **facts_of(approval))
    return approval
