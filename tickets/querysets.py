"""Which tickets one may see, and which ones a list wants."""

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Subquery

from accounts.enums import DECIDERS, IT_STAFF, Role
from clocks.enums import Promise
from clocks.models import Clock
from core.querysets import Rows
from tickets.enums import OPEN, Status

if TYPE_CHECKING:
    from tickets.models import Attachment, Comment, Draft, Ticket  # noqa: F401

SEES_ALL = (*IT_STAFF, Role.AUDITOR)


class TicketRows(Rows["Ticket"]):
    """Tickets."""

    def visible_to(self, user: Any) -> "TicketRows":
        """One's own; those of one's branches for IT staff, auditors and heads; for deciders, those they decide on."""
        areas = [a.branch_id for a in user.authorities if a.role in (*SEES_ALL, Role.BRANCH_HEAD)]
        if None in areas:
            return self
        mine: Any = Q(requester=user) | Q(assignee=user) | Q(branch_id__in=areas)
        if user.is_decider:
            mine |= Exists(self._forms_of(user))
        return self.filter(mine)

    def _forms_of(self, user: Any) -> Any:
        """Submitted forms in the branches where the user decides: whoever signs may read the case."""
        forms: Any = self.model._meta.apps.get_model("approvals", "Approval")
        areas = [a.branch_id for a in user.authorities if a.role in DECIDERS]
        submitted = forms.objects.filter(case_type="tickets.ticket", case_id=OuterRef("pk")).exclude(
            state="draft"
        )
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

    def matching(self, *, q: str = "", status: str = "", kind: str = "") -> "TicketRows":
        """What a list asks for: words in the title or the number; open ones unless a status, or "all", is asked for."""
        rows = self if status == "all" else self.filter(status=status) if status else self.open()
        if kind:
            rows = rows.filter(kind=kind)
        number = q.strip().upper().removeprefix("T-")
        if number.isdecimal() and len(number) < 19:
            return rows.filter(pk=int(number))
        return rows.filter(title__icontains=q.strip()) if q.strip() else rows

    def with_list_columns(self) -> "TicketRows":
        """Loads what a list shows, the deadline of the first answer included."""
        due = Clock.objects.filter(
            promise=Promise.RESPONSE, subject_type="tickets.ticket", subject_id=OuterRef("pk")
        )
        return self.select_related("branch", "requester", "assignee").annotate(
            response_due_at=Subquery(due.values("due_at")[:1]),
            response_state=Subquery(due.values("state")[:1]),
        )


class CommentRows(Rows["Comment"]):
    """What people wrote."""

    def visible_to(self, user: Any) -> "CommentRows":
        """With the ticket; internal notes for staff only."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")
        rows = self.filter(ticket__in=tickets.objects.visible_to(user))
        areas = user.note_areas
        return rows if None in areas else rows.filter(Q(is_internal=False) | Q(ticket__branch_id__in=areas))


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
        areas = user.note_areas
        return (
            rows
            if None in areas
            else rows.exclude(~Q(ticket__branch_id__in=areas), comment__is_internal=True)
        )
