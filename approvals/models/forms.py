"""The form itself, frozen by its hash once it is submitted."""

import hashlib
import json

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from approvals import rules
from approvals.enums import FORM_MOVES, ApprovalState, Kind
from approvals.models._parts import form_gate
from approvals.querysets import ApprovalRows
from events.subjects import Subject

State = ApprovalState


_APPROVAL_GATES = (
    form_gate("NEW", "TG_OP = 'INSERT' AND NEW.state <> 'draft'", "A form begins as a draft.")
    + form_gate(
        "NEW",
        "TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND (NEW.content, NEW.content_hash, NEW.title, NEW.barred, NEW.kind,"
        " NEW.case_type, NEW.case_id,"
        " NEW.subject_type, NEW.subject_id, NEW.requested_by_id, NEW.requester_id, NEW.branch_id)"
        " IS DISTINCT FROM (OLD.content, OLD.content_hash, OLD.title, OLD.barred, OLD.kind,"
        " OLD.case_type, OLD.case_id,"
        " OLD.subject_type, OLD.subject_id, OLD.requested_by_id, OLD.requester_id, OLD.branch_id)",
        "A submitted form is frozen.",
    )
    + form_gate(
        "NEW",
        "NEW.state = 'approved' AND OLD.state <> 'approved' AND (NOT EXISTS (SELECT 1 FROM approvals_step s"
        " WHERE s.approval_id = NEW.id) OR EXISTS (SELECT 1 FROM approvals_step s WHERE s.approval_id = NEW.id"
        " AND NOT EXISTS (SELECT 1 FROM approvals_decision d WHERE d.step_id = s.id AND d.outcome = 'approve'))"
        " OR EXISTS (SELECT 1 FROM approvals_decision d WHERE d.approval_id = NEW.id AND d.outcome = 'refuse'))",
        "Not everybody who must decide has approved.",
    )
    + form_gate(
        "NEW",
        "NEW.state = 'approved' AND OLD.state <> 'approved' AND ("
        "(NEW.kind = 'brm' AND NOT EXISTS (SELECT 1 FROM approvals_policy p WHERE p.kind = 'brm' AND p.roles ="
        " (SELECT array_agg(s.role ORDER BY s.position) FROM approvals_step s WHERE s.approval_id = NEW.id)))"
        " OR (NEW.kind = 'uat' AND EXISTS (SELECT 1 FROM approvals_step s WHERE s.approval_id = NEW.id"
        " AND s.person_id IS DISTINCT FROM NEW.requester_id)))",
        "Those who approved are not those whom the policy names.",
    )
    + form_gate(
        "NEW",
        "NEW.state = 'approved' AND OLD.state <> 'approved' AND EXISTS (SELECT 1 FROM approvals_decision d"
        " WHERE d.approval_id = NEW.id AND NOT EXISTS (SELECT 1 FROM approvals_signature g"
        " WHERE g.decision_id = d.id AND g.content_hash = NEW.content_hash))",
        "An approval is signed.",
    )
    + " RETURN NEW;"
)


class Approval(models.Model):
    """One form that must be decided on. Its events stand in the chain of its case."""

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    case_type = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    title = models.CharField(_("title"), max_length=200)
    branch = models.ForeignKey("accounts.Branch", on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    barred = ArrayField(models.BigIntegerField(), default=list)
    content = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    state = fsm.FSMField(_("state"), default=State.DRAFT, choices=State.choices, protected=True)
    waiting_role = models.CharField(max_length=20, blank=True)
    waiting_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("opened"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = ApprovalRows.as_manager()

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        indexes = [
            models.Index(
                fields=["waiting_role", "submitted_at"], condition=models.Q(state="pending"), name="form_role"
            ),
            models.Index(fields=["waiting_person"], condition=models.Q(state="pending"), name="form_person"),
            models.Index(fields=["case_type", "case_id"], name="form_of_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                condition=models.Q(state__in=["draft", "pending"]),
                name="one_unfinished_form_per_subject",
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="form_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(state="withdrawn") | ~models.Q(content_hash=""),
                name="form_is_frozen_when_submitted",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="form_moves_as_declared", field="state", transitions=FORM_MOVES),
            pgtrigger.Trigger(
                name="form_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_APPROVAL_GATES,
            ),
            pgtrigger.Protect(name="form_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number on the paper: BRM-2026-00012."""
        return f"{self.kind.upper()}-{timezone.localtime(self.created_at).year}-{self.pk:05d}"

    @property
    def waits_for(self) -> str:
        """Whose decision is awaited: a name, or a role."""
        return str(self.waiting_person or (Role(self.waiting_role).label if self.waiting_role else ""))

    @property
    def case(self) -> Subject:
        """In whose chain the events of this form stand."""
        return Subject(self.case_type, self.case_id)

    @property
    def is_pending(self) -> bool:
        """Waits for a decision."""
        return bool(self.state == State.PENDING)

    @property
    def is_draft(self) -> bool:
        """Still being written."""
        return bool(self.state == State.DRAFT)

    def fingerprint(self) -> str:
        """SHA-256 of exactly what is decided on: number, title and content."""
        shown = json.dumps([self.number, self.title, self.content], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(shown.encode()).hexdigest()

    @fsm.transition(field=state, source=State.DRAFT, target=None, permission=rules.may_write)
    def save_draft(self) -> None:
        """The form is being written."""

    @fsm.transition(
        field=state, source=State.DRAFT, target=State.PENDING, permission=rules.may_submit,
        conditions=[rules.is_complete],
    )  # fmt: skip
    def submit(self) -> None:
        """The form is frozen and asks for decisions."""

    @fsm.transition(field=state, source=State.PENDING, target=None, permission=rules.may_decide)
    def decide(self) -> None:
        """One of those asked answers."""

    @fsm.transition(field=state, source=State.PENDING, target=State.APPROVED, permission=rules.may_decide)
    def approve(self) -> None:
        """The last step has approved."""

    @fsm.transition(field=state, source=State.PENDING, target=State.REFUSED, permission=rules.may_decide)
    def refuse(self) -> None:
        """Somebody refused."""

    @fsm.transition(
        field=state,
        source=[State.DRAFT, State.PENDING],
        target=State.WITHDRAWN,
        permission=rules.may_withdraw,
    )
    def withdraw(self) -> None:
        """Whoever asked no longer asks."""
