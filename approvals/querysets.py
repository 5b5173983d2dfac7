"""Which forms one may see and which wait for whom."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Q

from accounts.enums import DECIDERS, IT_STAFF, Role
from approvals.enums import ApprovalState, Kind
from core.outbox import QueuedRows
from core.querysets import Rows
from events.subjects import Subject

if TYPE_CHECKING:
    from approvals.models import (  # noqa: F401
        Approval,
        Authority,
        CaseFile,
        Certificate,
        Decision,
        Document,
        Edition,
        FormFile,
        Policy,
        Question,
        RevocationList,
        ScenarioSet,
        Sealing,
        Signature,
        Step,
    )


def _within_authority(user: Any, *roles: str) -> Q:
    """Rows of the branches for which the user holds one of the roles."""
    areas = [a.branch_id for a in user.authorities if a.role in roles]
    if None in areas:
        return Q(pk__isnull=False)
    return Q(branch_id__in=areas)


class ApprovalRows(Rows["Approval"]):
    """Forms."""

    def visible_to(self, user: Any) -> "ApprovalRows":
        """Everyone in the case: who asked, whom it is for, IT staff, auditors, branch head; deciders once submitted.

        What changes hands is no decision of Director or Board: of hand-overs they see their own.
        """
        staff = _within_authority(
            user, Role.AGENT, Role.IT_MANAGER, Role.DB_MANAGER, Role.AUDITOR, Role.BRANCH_HEAD
        )
        submitted = ~Q(state=ApprovalState.DRAFT) | Q(edition__gt=1)
        deciders = _within_authority(user, *DECIDERS) & submitted & ~Q(kind=Kind.BAST)
        mine = Q(requested_by=user) | Q(requester=user) | Q(tester=user) | Q(named__contains=[user.pk])
        return self.filter(mine | staff | deciders)

    def waiting_for(self, user: Any) -> "ApprovalRows":
        """What waits for this person's signature, oldest first."""
        asked = Q(waiting_people__contains=[user.pk])
        for authority in user.authorities:
            area = Q() if authority.branch_id is None else Q(branch_id=authority.branch_id)
            if authority.in_place_of is not None:
                absent = [authority.in_place_of.pk]
                area &= ~Q(barred__contains=absent) & ~Q(counted__contains=absent)
            asked |= Q(waiting_roles__contains=[authority.role]) & area
        mine = ~Q(barred__contains=[user.pk]) & ~Q(counted__contains=[user.pk])
        return self.pending().filter(asked, mine).order_by("submitted_at", "pk")

    def pending(self) -> "ApprovalRows":
        """Submitted and undecided."""
        return self.filter(state=ApprovalState.PENDING)

    def unfinished(self) -> "ApprovalRows":
        """Drafts and pending ones."""
        return self.filter(state__in=[ApprovalState.DRAFT, ApprovalState.PENDING])

    def approved(self) -> "ApprovalRows":
        """Approved, and still as it was approved."""
        return self.filter(state=ApprovalState.APPROVED)

    def about(self, subject: models.Model) -> "ApprovalRows":
        """Forms about one subject, newest first."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).order_by("-pk")

    def in_case(self, case: models.Model | Subject) -> "ApprovalRows":
        """All forms of one case, oldest first."""
        name = Subject.of(case)
        return self.filter(case_type=name.type, case_id=name.id).order_by("pk")

    def with_list_columns(self) -> "ApprovalRows":
        """Loads what a list shows."""
        return self.select_related("branch", "requested_by", "requester", "tester")


class PolicyRows(Rows["Policy"]):
    """Versions of policies."""

    def visible_to(self, user: Any) -> "PolicyRows":
        """Everybody may know who decides."""
        return self

    def current(self, kind: str) -> "Policy":
        """The policy in force for new requests. Raises Policy.DoesNotExist when none was ever set."""
        return self.filter(kind=kind).order_by("-pk")[:1].get()

    def in_force_ids(self) -> set[int]:
        """The newest of each kind."""
        return set(self.order_by("kind", "-pk").distinct("kind").values_list("pk", flat=True))

    def with_list_columns(self) -> "PolicyRows":
        """Loads what a list shows, newest first."""
        return self.select_related("published_by").order_by("-pk")


class EditionRows(Rows["Edition"]):
    """What was submitted, each time."""

    def visible_to(self, user: Any) -> "EditionRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))


class QuestionRows(Rows["Question"]):
    """What deciders wanted to know."""

    def visible_to(self, user: Any) -> "QuestionRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))

    def of(self, approval: "Approval") -> "QuestionRows":
        """Those of one form."""
        return self.filter(approval=approval)

    def open(self) -> "QuestionRows":
        """Not answered, oldest first."""
        return self.filter(answered_at=None).order_by("pk")


class StepRows(Rows["Step"]):
    """Steps of forms."""

    def visible_to(self, user: Any) -> "StepRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))

    def of(self, approval: "Approval", edition: int | None = None) -> Any:
        """Those of one version of a form (the present one), in their order, each with how many approved."""
        rows = self.filter(approval=approval, edition=edition or approval.edition)
        approved = Count("decisions", filter=Q(decisions__outcome="approve"))
        return rows.annotate(approved=approved).order_by("position")


class DecisionRows(Rows["Decision"]):
    """Decisions."""

    def of(self, approval: "Approval") -> "DecisionRows":
        """Those on one form, in all its versions."""
        return self.filter(approval=approval)

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


class SealingRows(QueuedRows["Sealing"]):
    """Layers of documents."""

    def visible_to(self, user: Any) -> "SealingRows":
        """With their form; whoever runs operations sees how far the work is."""
        return self if user.runs_operations else self.filter(document__approval__in=_forms_of(self, user))

    def made(self) -> "SealingRows":
        """Those whose bytes exist, in the order in which they were made."""
        return self.exclude(sha256="").order_by("sent_at", "pk")


class AuthorityRows(Rows["Authority"]):
    """The product's own certificate authorities."""

    def visible_to(self, user: Any) -> "AuthorityRows":
        """Certificates are public, but a row holds the sealed key as well: administrators and auditors."""
        return self if user.holds(Role.ADMINISTRATOR, Role.AUDITOR) else self.none()


class CertificateRows(Rows["Certificate"]):
    """Certificates of people who sign."""

    def visible_to(self, user: Any) -> "CertificateRows":
        """One's own; all for administrators and auditors."""
        return self if user.holds(Role.ADMINISTRATOR, Role.AUDITOR) else self.filter(person=user)

    def revoked(self) -> "CertificateRows":
        """What the revocation list names."""
        return self.filter(revoked_at__isnull=False).order_by("pk")


class RevocationListRows(Rows["RevocationList"]):
    """Published lists of revoked certificates."""

    def visible_to(self, user: Any) -> "RevocationListRows":
        """Everybody: they are published."""
        return self

    def newest(self) -> "RevocationList | None":
        """The one in force; None before the first."""
        return self.order_by("-pk").first()


class CaseFileRows(QueuedRows["CaseFile"]):
    """Case files."""

    def visible_to(self, user: Any) -> "CaseFileRows":
        """One's own: each was made for what that person may see."""
        return self.filter(asked_by=user)

    def of(self, case: Subject) -> "CaseFileRows":
        """Those of one case."""
        return self.filter(case_type=case.type, case_id=case.id)


class FormFileRows(Rows["FormFile"]):
    """Files of forms."""

    def visible_to(self, user: Any) -> "FormFileRows":
        """With their form."""
        return self.filter(approval__in=_forms_of(self, user))


class ScenarioSetRows(Rows["ScenarioSet"]):
    """Scenarios to be used again."""

    def visible_to(self, user: Any) -> "ScenarioSetRows":
        """IT prepares tests; testers see what was prepared for them, not the store."""
        return self if user.holds_anywhere(*IT_STAFF) else self.none()

    def of_system(self, system: str) -> "ScenarioSetRows":
        """Those of one system, by name."""
        return self.filter(system=system).order_by("name", "pk")


def _forms_of(rows: models.QuerySet[Any], user: Any) -> Any:
    approvals: Any = rows.model._meta.apps.get_model("approvals", "Approval")
    return approvals.objects.visible_to(user)
