"""Whom a form asks in which order, what they decided, and what they wanted to know first."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from approvals import gates
from approvals.enums import DECIDED, Outcome, Quorum
from approvals.models.forms import Approval
from approvals.querysets import DecisionRows, QuestionRows, StepRows
from core.database import gate


class Step(models.Model):
    """Those who are asked at one place in the order, and how many of them must approve: fixed at submission."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="steps")
    edition = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    roles = ArrayField(models.CharField(max_length=20, choices=Role), verbose_name=_("roles"), default=list)
    people = ArrayField(models.BigIntegerField(), verbose_name=_("persons"), default=list)
    quorum = models.CharField(_("how many"), max_length=10, choices=Quorum, default=Quorum.ONE)
    needed = models.PositiveSmallIntegerField(_("approvals needed"), default=1)

    objects = StepRows.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "edition", "position"], name="step_once_per_edition_and_position"
            ),
            models.CheckConstraint(
                condition=models.Q(roles__len__gt=0) | models.Q(people__len__gt=0),
                name="step_names_somebody",
            ),
            models.CheckConstraint(condition=models.Q(needed__gt=0), name="step_needs_somebody"),
        ]
        triggers = [
            pgtrigger.Protect(name="step_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="step_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("a", "approvals_approval"), ("w", "jsonb")],
                func=gates.STEP_GATES,
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(str(Role(role).label) for role in self.roles)

    @property
    def role(self) -> str:
        """The role, where the step names exactly one and nobody by name; else empty."""
        return self.roles[0] if len(self.roles) == 1 and not self.people else ""


class Decision(models.Model):
    """What one person decided in one step. Never changed, never removed."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    edition = models.PositiveSmallIntegerField(default=1)
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="decisions")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    as_role = models.CharField(_("as"), max_length=20, choices=Role, blank=True, default="", db_default="")
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome)
    reason = models.TextField(_("reason"), blank=True)
    content_hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    objects = DecisionRows.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["approval", "edition", "decided_by"], name="nobody_counts_twice"),
            models.UniqueConstraint(
                fields=["approval", "edition", "on_behalf_of"], name="nobody_is_counted_twice"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="approve")
                | models.Q(outcome__in=["refuse", "revise"]) & ~models.Q(reason=""),
                name="a_refusal_has_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="decision_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="decision_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("s", "approvals_step"),
                    ("a", "approvals_approval"),
                    ("p", "approvals_policy"),
                ],
                func=gates.DECISION_GATES,
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

    @property
    def decided(self) -> str:
        """What was decided, in a word."""
        return str(DECIDED[Outcome(self.outcome)])


_ANSWERED_ONCE = (
    gate(
        "SOP-A5",
        "OLD.answered_at IS NOT NULL OR NEW.answered_at IS NULL OR (NEW.approval_id, NEW.edition, NEW.asked_by_id,"
        " NEW.asked_at, NEW.text) IS DISTINCT FROM"
        " (OLD.approval_id, OLD.edition, OLD.asked_by_id, OLD.asked_at, OLD.text)",
        "A question is answered once, and nothing else of it changes.",
    )
    + " RETURN NEW;"
)


class Question(models.Model):
    """What somebody who must decide wants to know first, and the answer."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="questions")
    edition = models.PositiveSmallIntegerField(default=1)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = QuestionRows.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at=None, answered_by=None, answer="")
                | models.Q(answered_at__isnull=False, answered_by__isnull=False) & ~models.Q(answer=""),
                name="an_answer_is_whole",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="question_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="question_is_answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_ANSWERED_ONCE,
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
