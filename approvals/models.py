"""Tables of approvals, with the triggers that hold their rules whoever comes."""

import hashlib
import json

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Factor, Role
from accounts.gates import holds_role
from approvals import rules
from approvals.enums import FORM_MOVES, ApprovalState, Kind, Method, Outcome
from approvals.querysets import ApprovalRows, DecisionRows, DocumentRows, PolicyRows, SignatureRows, StepRows
from core.database import gate
from core.outbox import Queued
from events.subjects import Subject

State = ApprovalState


class Policy(models.Model):
    """Who decides on forms of one kind, and from how many hours on. A change is a new row; requests keep theirs."""

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    threshold_hours = models.DecimalField(
        _("more than so many hours"), max_digits=7, decimal_places=2, validators=[MinValueValidator(0)]
    )
    man_day_hours = models.DecimalField(
        _("hours of a man-day"), max_digits=4, decimal_places=2, validators=[MinValueValidator(1)]
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role), verbose_name=_("who decides, in this order")
    )
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now, editable=False)

    objects = PolicyRows.as_manager()

    class Meta:
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")
        constraints = [
            models.CheckConstraint(condition=models.Q(roles__len__gt=0), name="policy_names_somebody"),
            models.CheckConstraint(
                condition=models.Q(threshold_hours__gte=0), name="policy_threshold_is_hours"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="policy_is_history", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} > {self.threshold_hours} h"


def _gate(form: str, condition: str, message: str) -> str:
    """The same refusal under the clause of the form: SOP-A5 for a BRM, SOP-A6 for a UAT."""
    return gate("SOP-A6", f"{form}.kind = 'uat' AND ({condition})", message) + gate(
        "SOP-A5", condition, message
    )


_APPROVAL_GATES = (
    _gate("NEW", "TG_OP = 'INSERT' AND NEW.state <> 'draft'", "A form begins as a draft.")
    + _gate(
        "NEW",
        "TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND (NEW.content, NEW.content_hash, NEW.title, NEW.barred, NEW.kind,"
        " NEW.case_type, NEW.case_id,"
        " NEW.subject_type, NEW.subject_id, NEW.requested_by_id, NEW.requester_id, NEW.branch_id)"
        " IS DISTINCT FROM (OLD.content, OLD.content_hash, OLD.title, OLD.barred, OLD.kind,"
        " OLD.case_type, OLD.case_id,"
        " OLD.subject_type, OLD.subject_id, OLD.requested_by_id, OLD.requester_id, OLD.branch_id)",
        "A submitted form is frozen.",
    )
    + _gate(
        "NEW",
        "NEW.state = 'approved' AND OLD.state <> 'approved' AND (NOT EXISTS (SELECT 1 FROM approvals_step s"
        " WHERE s.approval_id = NEW.id) OR EXISTS (SELECT 1 FROM approvals_step s WHERE s.approval_id = NEW.id"
        " AND NOT EXISTS (SELECT 1 FROM approvals_decision d WHERE d.step_id = s.id AND d.outcome = 'approve'))"
        " OR EXISTS (SELECT 1 FROM approvals_decision d WHERE d.approval_id = NEW.id AND d.outcome = 'refuse'))",
        "Not everybody who must decide has approved.",
    )
    + _gate(
        "NEW",
        "NEW.state = 'approved' AND OLD.state <> 'approved' AND ("
        "(NEW.kind = 'brm' AND NOT EXISTS (SELECT 1 FROM approvals_policy p WHERE p.kind = 'brm' AND p.roles ="
        " (SELECT array_agg(s.role ORDER BY s.position) FROM approvals_step s WHERE s.approval_id = NEW.id)))"
        " OR (NEW.kind = 'uat' AND EXISTS (SELECT 1 FROM approvals_step s WHERE s.approval_id = NEW.id"
        " AND s.person_id IS DISTINCT FROM NEW.requester_id)))",
        "Those who approved are not those whom the policy names.",
    )
    + _gate(
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


class Step(models.Model):
    """One signature that is needed, in its place in the order."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(_("role"), max_length=20, choices=Role, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = StepRows.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(fields=["approval", "position"], name="step_once_per_position"),
            models.CheckConstraint(
                condition=models.Q(role="", person__isnull=False)
                | models.Q(person=None) & ~models.Q(role=""),
                name="step_names_a_role_or_a_person",
            ),
        ]
        triggers = [pgtrigger.Protect(name="step_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.person or self.get_role_display())


_HOLDS_ROLE = holds_role(role="s.role", person="NEW.decided_by_id", branch="a.branch_id", barred="a.barred")
_NOT_ALL_PASSED = """a.kind = 'uat' AND NEW.outcome = 'approve' AND (
    jsonb_array_length(COALESCE(a.content->'scenarios', '[]')) = 0 OR EXISTS (
        SELECT 1 FROM jsonb_array_elements(a.content->'scenarios') x WHERE x->>'result' IS DISTINCT FROM 'passed'))"""
_DECISION_GATES = (
    "SELECT * INTO s FROM approvals_step WHERE id = NEW.step_id;"
    " SELECT * INTO a FROM approvals_approval WHERE id = NEW.approval_id FOR UPDATE;"
    + _gate("a", "s.approval_id <> a.id OR a.state <> 'pending'", "This form does not wait for a decision.")
    + _gate(
        "a",
        "EXISTS (SELECT 1 FROM approvals_step o WHERE o.approval_id = a.id AND o.position < s.position AND NOT EXISTS"
        " (SELECT 1 FROM approvals_decision d WHERE d.step_id = o.id AND d.outcome = 'approve'))",
        "An earlier step has not approved yet.",
    )
    + _gate(
        "a", "NEW.decided_by_id = ANY(a.barred)", "Nobody decides on what they asked for or built themselves."
    )
    + _gate("a", "NEW.content_hash <> a.content_hash", "What was signed is not what was submitted.")
    + _gate(
        "a",
        "(s.person_id IS NOT NULL AND s.person_id <> NEW.decided_by_id)"
        f" OR (s.person_id IS NULL AND NOT {_HOLDS_ROLE})",
        "This person is not asked by this step.",
    )
    + gate("SOP-A6", _NOT_ALL_PASSED, "Every scenario must be run and passed before the test is accepted.")
    + " RETURN NEW;"
)


class Decision(models.Model):
    """What one person decided in one step. Never changed, never removed."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    step = models.OneToOneField(Step, on_delete=models.PROTECT, related_name="decision")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome)
    reason = models.TextField(_("reason"), blank=True)
    content_hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    objects = DecisionRows.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["approval", "decided_by"], name="nobody_counts_twice"),
            models.CheckConstraint(
                condition=models.Q(outcome="approve") | models.Q(outcome="refuse") & ~models.Q(reason=""),
                name="a_refusal_has_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="decision_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="decision_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("s", "approvals_step"), ("a", "approvals_approval")],
                func=_DECISION_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decided_by}: {self.outcome}"

    @property
    def who(self) -> str:
        """The decider, and the colleague they stood in for."""
        if self.on_behalf_of is None:
            return str(self.decided_by)
        return _("%(actor)s for %(absent)s") % {"actor": self.decided_by, "absent": self.on_behalf_of}


class Signature(models.Model):
    """The proof of a decision: by which factor, over which content, with which consent, when and from where."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="signature")
    method = models.CharField(_("how"), max_length=10, choices=Method)
    typed_name = models.CharField(_("typed name"), max_length=100, blank=True)
    image = models.BinaryField(_("drawing (PNG)"), blank=True, default=b"")
    content_hash = models.CharField(max_length=64)
    consent_version = models.CharField(max_length=10)
    consent_text = models.TextField()
    factor = models.CharField(_("confirmed by"), max_length=10, choices=Factor)
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    signed_at = models.DateTimeField(_("signed"), default=timezone.now)

    objects = SignatureRows.as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(method="typed") & ~models.Q(typed_name="")
                | models.Q(method="drawn") & ~models.Q(image=b""),
                name="signature_is_drawn_or_typed",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="signature_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.typed_name or self.method}"


class Document(Queued):
    """The PDF of a decided form: queued with the decision, rendered by a worker, kept by its hash."""

    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="document")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="id")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)

    objects = DocumentRows.as_manager()

    class Meta(Queued.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return f"{self.approval_id}.pdf"

    @property
    def is_ready(self) -> bool:
        """The PDF exists."""
        return bool(self.sha256)
