"""Which forms one may see and which wait for whom."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from accounts.enums import DECIDERS, Role
from approvals.enums import ApprovalState
from core.outbox import QueuedRows
from core.querysets import Rows

if TYPE_CHECKING:
    from approvals.models import Approval, Decision, Document, Policy, Signature, Step  # noqa: F401


def _within_authority(user: Any, *roles: str) -> Q:
    """Rows of the branches for which the user holds one of the roles."""
    areas = [a.branch_id for a in user.authorities if a.role in roles]
    if None in areas:
        return Q(pk__isnull=False)
    return Q(branch_id__in=areas)


class ApprovalRows(Rows["Approval"]):
    """Forms."""

    def visible_to(self, user: Any) -> "ApprovalRows":
        """Everyone in the case: who asked, whom it is for, IT staff, auditors, branch head; deciders once submitted."""
        staff = _within_authority(
            user, Role.AGENT, Role.IT_MANAGER, Role.DB_MANAGER, Role.AUDITOR, Role.BRANCH_HEAD
        )
        deciders = _within_authority(user, *DECIDERS) & ~Q(state=ApprovalState.DRAFT)
        mine = Q(requested_by=user) | Q(requester=user) | Q(waiting_person=user)
        return self.filter(mine | staff | deciders)

    def waiting_for(self, user: Any) -> "ApprovalRows":
        """What waits for this person's signature, oldest first."""
        asked = Q(waiting_person=user)
        for authority in user.authorities:
            area = Q() if authority.branch_id is None else Q(branch_id=authority.branch_id)
            if authority.in_place_of is not None:
                area &= ~Q(barred__contains=[authority.in_place_of.pk])
            asked |= Q(waiting_role=authority.role) & area
        return self.pending().filter(asked).exclude(barred__contains=[user.pk]).order_by("submitted_at", "pk")

    def pending(self) -> "ApprovalRows":
        """Submitted and undecided."""
        return self.filter(state=ApprovalState.PENDING)

    def unfinished(self) -> "ApprovalRows":
        """Drafts and pending ones."""
        return self.filter(state__in=[ApprovalState.DRAFT, ApprovalState.PENDING])

    def about(self, subject: models.Model) -> "ApprovalRows":
        """Forms about one subject, newest first."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).order_by("-pk")

    def in_case(self, case: models.Model) -> "ApprovalRows":
        """All forms of one case, oldest first."""
        return self.filter(case_type=case._meta.label_lower, case_id=case.pk).order_by("pk")

    def with_list_columns(self) -> "ApprovalRows":
        """Loads what a list shows."""
        return self.select_related("branch", "requested_by", "requester", "waiting_person")


class PolicyRows(Rows["Policy"]):
    """Versions of policies."""

    def visible_to(self, user: Any) -> "PolicyRows":
        """Everybody may know who decides."""
        return self

    def current(self, kind: str) -> "Policy":
        """The policy in force for new requests. Raises Policy.DoesNotExist when none was ever set."""
        return self.filter(kind=kind).order_by("-pk")[:1].get()


class StepRows(Rows["Step"]):
    """Steps of forms."""

    def visible_to(self, user: Any) -> "StepRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))


class DecisionRows(Rows["Decision"]):
    """Decisions."""

    def visible_to(self, user: Any) -> "DecisionRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))


class SignatureRows(Rows["Signature"]):
    """Signatures."""

    def visible_to(self, user: Any) -> "SignatureRows":
        """With their form."""
        return self.filter(decision__approval__in=_forms_of(self, user))


class DocumentRows(QueuedRows["Document"]):
    """Documents."""

    def visible_to(self, user: Any) -> "DocumentRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))


def _forms_of(rows: models.QuerySet[Any], user: Any) -> Any:
    approvals: Any = rows.model._meta.apps.get_model("approvals", "Approval")
    return approvals.objects.visible_to(user)
