"""Which events one may read."""

from typing import TYPE_CHECKING, Any

from django.db import models

from core.outbox import QueuedRows
from core.querysets import Rows
from events import rules
from events.enums import Audience
from events.subjects import Subject

if TYPE_CHECKING:
    from events.models import Delivery, Event, LedgerCheck, LedgerFinding, Seal  # noqa: F401


class EventRows(Rows["Event"]):
    """Events of the ledger."""

    def about(self, subject: models.Model | Subject) -> "EventRows":
        """The chain of one subject, oldest first. Whoever may see the subject may ask for it."""
        name = Subject.of(subject)
        return self.filter(subject_type=name.type, subject_id=name.id).order_by("seq")

    def visible_to(self, user: Any, *, branch_id: int | None = None) -> "EventRows":
        """All for those who read what IT writes about this branch; for others what is for everyone.

        An event has no reader list of its own: whoever asks has asked `about` a subject they may see, or sees all.
        """
        return self if user.reads_notes(branch_id) else self.filter(audience=Audience.EVERYONE)

    def with_list_columns(self) -> "EventRows":
        """Loads what a timeline shows."""
        return self.select_related("actor", "on_behalf_of")


class DeliveryRows(QueuedRows["Delivery"]):
    """Deliveries of events to subscribers."""

    def visible_to(self, user: Any) -> "DeliveryRows":
        """Operations staff only."""
        return self if user.runs_operations else self.none()


class SealRows(Rows["Seal"]):
    """Seals of the ledger."""

    def visible_to(self, user: Any) -> "SealRows":
        """IT staff and auditors of the whole group, and those who run operations."""
        return self if rules.guards(user) else self.none()

    def with_list_columns(self) -> "SealRows":
        """Loads what a list shows; the leaves stay where they are."""
        return self.select_related("key", "stamp").defer("leaves", "stamp__token")


class CheckRows(Rows["LedgerCheck"]):
    """Checks of the ledger."""

    def visible_to(self, user: Any) -> "CheckRows":
        """As the seals."""
        return self if rules.guards(user) else self.none()


class FindingRows(Rows["LedgerFinding"]):
    """Findings in the ledger."""

    def visible_to(self, user: Any) -> "FindingRows":
        """As the seals."""
        return self if rules.guards(user) else self.none()

    def open(self) -> "FindingRows":
        """Those that the latest look at their place still saw."""
        return self.filter(gone_at=None)
