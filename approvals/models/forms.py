"""The form itself, frozen by its hash once it is submitted."""

import hashlib
import json
from typing import Any

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from approvals import gates, rules
from approvals.enums import CLAUSES, FORM_MOVES, ApprovalState, Kind
from approvals.models.policies import Policy
from approvals.querysets import ApprovalRows, EditionRows
from core.transitions import StateField
from events.subjects import Subject

State = ApprovalState


class Approval(models.Model):
    """One form that must be decided on. Its events stand in the chain of its case.

    `edition` counts how often it was sent back; `version` only tells two who write at once apart. Whom it waits for is
    kept beside it for the sake of lists: `waiting_roles` and `waiting_people` may decide now, `counted` have, or were
    represented.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    case_type = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    title = models.CharField(_("title"), max_length=200)
    branch = models.ForeignKey("accounts.Branch", on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    tester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    barred = ArrayField(models.BigIntegerField(), default=list)
    content = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices, protected=True)
    edition = models.PositiveSmallIntegerField(default=1)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", null=True)
    rule = models.PositiveSmallIntegerField(null=True)
    waiting_roles = ArrayField(models.CharField(max_length=20), default=list)
    waiting_people = ArrayField(models.BigIntegerField(), default=list)
    waiting_names = models.CharField(max_length=500, blank=True, default="")
    named = ArrayField(models.BigIntegerField(), default=list)
    counted = ArrayField(models.BigIntegerField(), default=list)
    step_began_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    blocked_at = models.DateTimeField(null=True)
    open_questions = models.PositiveSmallIntegerField(default=0)
    superseded_reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(_("opened"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = ApprovalRows.as_manager()

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        indexes = [
            models.Index(fields=["submitted_at"], condition=models.Q(state="pending"), name="form_waits"),
            models.Index(fields=["remind_at"], condition=models.Q(state="pending"), name="form_reminds"),
            models.Index(fields=["expires_at"], condition=models.Q(state="pending"), name="form_expires"),
            GinIndex(fields=["named"], name="form_names"),
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
            models.CheckConstraint(
                condition=models.Q(state="superseded") ^ models.Q(superseded_reason=""),
                name="what_no_longer_counts_says_why",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="form_moves_as_declared", field="state", transitions=FORM_MOVES),
            pgtrigger.Trigger(
                name="form_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("p", "approvals_policy")],
                func=gates.FORM_GATES,
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
    def clause(self) -> str:
        """The clause of the SOP that asks for this form."""
        return CLAUSES[Kind(self.kind)]

    @property
    def waits_for(self) -> str:
        """Whose decision is awaited: a name, or a role."""
        roles = [str(Role(role).label) for role in self.waiting_roles]
        return " / ".join([*roles, *([self.waiting_names] if self.waiting_names else [])])

    @property
    def tester_key(self) -> int:
        """Who runs and signs a UAT: the tester whom the requester named, else the requester (SOP-A6)."""
        return int(self.tester_id or self.requester_id)

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

    @property
    def steps_asked(self) -> list[dict[str, Any]]:
        """The steps that the policy names for this form, once it is known which rule applies."""
        assert self.policy is not None
        assert self.rule is not None
        steps: list[dict[str, Any]] = self.policy.rules[self.rule]["steps"]
        return steps

    def canonical(self) -> str:
        """Exactly what is decided on, as one text: number, version, title, content, and who is asked for it."""
        said = {
            "form": self.pk, "number": self.number, "edition": self.edition, "title": self.title,
            "content": self.content, "steps": self.steps_asked,
        }  # fmt: skip
        return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def fingerprint(self) -> str:
        """SHA-256 of exactly what is decided on."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @fsm.transition(field=state, source=State.DRAFT, target=None, permission=rules.may_write)
    def save_draft(self) -> None:
        """The form is being written."""

    @fsm.transition(
        field=state,
        source=State.DRAFT,
        target=None,
        permission=rules.may_name_tester,
        conditions=[rules.is_uat],
    )
    def name_tester(self) -> None:
        """Somebody else tests and signs."""

    @fsm.transition(
        field=state, source=State.DRAFT, target=None, permission=rules.may_prepare, conditions=[rules.is_uat]
    )
    def prepare(self) -> None:
        """IT keeps scenarios for another test, or takes some that were kept."""

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

    @fsm.transition(field=state, source=State.PENDING, target=State.DRAFT, permission=rules.may_decide)
    def revise(self) -> None:
        """Somebody who must decide wants it changed: it is written again, as its next version."""

    @fsm.transition(field=state, source=State.PENDING, target=State.REFUSED, permission=rules.is_program)
    def expire(self) -> None:
        """Nobody decided in time, and the policy says that this is a refusal."""

    @fsm.transition(
        field=state, source=State.APPROVED, target=State.SUPERSEDED, permission=rules.may_supersede,
        conditions=[rules.is_brm],
    )  # fmt: skip
    def supersede(self) -> None:
        """Estimate, cost or scope have grown beyond what was approved."""

    @fsm.transition(field=state, source=State.PENDING, target=None, permission=rules.may_decide)
    def ask(self) -> None:
        """Somebody who must decide wants to know something first."""

    @fsm.transition(
        field=state, source=State.PENDING, target=None, permission=rules.may_write,
        conditions=[rules.has_open_question],
    )  # fmt: skip
    def answer(self) -> None:
        """The requester or the IT Manager answers."""


class Edition(models.Model):
    """What was submitted, word for word: the text whose hash is signed. One row each time the form is submitted."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField(_("version"))
    rule = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=200)
    content = models.JSONField()
    canonical = models.TextField()
    content_hash = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"))

    objects = EditionRows.as_manager()

    class Meta:
        verbose_name = _("version of a form")
        verbose_name_plural = _("versions of forms")
        constraints = [models.UniqueConstraint(fields=["approval", "number"], name="edition_once_per_number")]
        triggers = [
            pgtrigger.Protect(name="edition_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="edition_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("a", "approvals_approval"), ("p", "approvals_policy"), ("said", "jsonb")],
                func=gates.EDITION_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.number}"
