"""Which tickets one may see, and which ones a list wants."""

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from accounts.enums import DECIDERS, IT_STAFF, Role
from core.querysets import Rows
from tickets.enums import OPEN, Status

if TYPE_CHECKING:
    from tickets.models import Attachment, Comment, Draft, Ticket  # noqa: F401

SEES_ALL = (*IT_STAFF, Role.AUDITOR)


class TicketRows(Rows["Ticket"]):
    """Tickets."""

    def visible_to(self, user: Any) -> "TicketRows":
        """One's own; those of the branches for which one is IT staff, auditor or head; for deciders, those they decide on."""
        areas = [a.branch_id for a in user.authorities if a.role in (*SEES_ALL, Role.BRANCH_HEAD)]
        if None in areas:
            return self
        mine = Q(requester=user) | Q(assignee=user) | Q(branch_id__in=areas)
        if user.is_decider:
            mine |= Exists(self._forms_of(user))
        return self.filter(mine)

    def _forms_of(self, user: Any) -> Any:
        """Submitted forms in the branches where the user decides: whoever signs may read the case."""
        forms: Any = self.model._meta.apps.get_model("approvals", "Approval")
        areas = [a.branch_id for a in user.authorities if a.role in DECIDERS]
        submitted = forms.objects.filter(case_type="tickets.ticket", case_id=OuterRef("pk")).exclude(state="draft")
        return submitted if None in areas else submitted.filter(branch_id__in=areas)

    def open(self) -> "TicketRows":
        """Not ended."""
        return self.filter(status__in=OPEN)

    def new(self) -> "TicketRows":
        """Waiting for the IT Manager, oldest first."""
        return self.filter(status=Status.NEW).order_by("pk")

    def of(self, user: Any) -> "TicketRows":
        """Asked by this person, newest first."""
        return self.filter(requester=user).order_by("-pk")

    def with_list_columns(self) -> "TicketRows":
        """Loads what a list shows."""
        return self.select_related("branch", "requester", "assignee")


class CommentRows(Rows["Comment"]):
    """What people wrote."""

    def visible_to(self, user: Any) -> "CommentRows":
        """With the ticket; internal notes for staff only."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")
        rows = self.filter(ticket__in=tickets.objects.visible_to(user))
        return rows if user.is_staff_member else rows.filter(is_internal=False)


class DraftRows(Rows["Draft"]):
    """Requests that are being written."""

    def visible_to(self, user: Any) -> "DraftRows":
        """One's own only."""
        return self.filter(owner=user)


class AttachmentRows(Rows["Attachment"]):
    """Files."""

    def visible_to(self, user: Any) -> "AttachmentRows":
        """With the ticket or the own draft; files of internal notes for staff only."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")
        seen = Q(ticket__in=tickets.objects.visible_to(user)) | Q(draft__owner=user)
        rows = self.filter(seen)
        return rows if user.is_staff_member else rows.exclude(comment__is_internal=True)
