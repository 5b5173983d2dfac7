"""Who is asked in which order, and what they decided."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.gates import holds_role
from approvals.enums import Outcome
from approvals.models._parts import form_gate
from approvals.models.forms import Approval
from approvals.querysets import DecisionRows, StepRows
from core.database import gate


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
    + form_gate(
        "a", "s.approval_id <> a.id OR a.state <> 'pending'", "This form does not wait for a decision."
    )
    + form_gate(
        "a",
        "EXISTS (SELECT 1 FROM approvals_step o WHERE o.approval_id = a.id AND o.position < s.position AND NOT EXISTS"
        " (SELECT 1 FROM approvals_decision d WHERE d.step_id = o.id AND d.outcome = 'approve'))",
        "An earlier step has not approved yet.",
    )
    + form_gate(
        "a", "NEW.decided_by_id = ANY(a.barred)", "Nobody decides on what they asked for or built themselves."
    )
    + form_gate("a", "NEW.content_hash <> a.content_hash", "What was signed is not what was submitted.")
    + form_gate(
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
