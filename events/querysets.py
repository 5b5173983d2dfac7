"""Which events one may read."""

from typing import TYPE_CHECKING, Any

from django.db import models

from core.outbox import QueuedRows
from core.querysets import Rows
from events.enums import Audience
from events.subjects import Subject

if TYPE_CHECKING:
    from events.models import Delivery, Event  # noqa: F401


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
