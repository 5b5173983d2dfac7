"""Which messages one may see."""

from typing import TYPE_CHECKING, Any

from core.outbox import QueuedRows
from core.querysets import Rows

if TYPE_CHECKING:
    from notifications.models import Mail, Notification  # noqa: F401


class NotificationRows(Rows["Notification"]):
    """Messages on the bell."""

    def visible_to(self, user: Any) -> "NotificationRows":
        """One's own only."""
        return self.filter(person=user)

    def unread(self) -> "NotificationRows":
        """Not yet opened."""
        return self.filter(read_at=None)


class MailRows(QueuedRows["Mail"]):
    """Letters."""

    def visible_to(self, user: Any) -> "MailRows":
        """Operations staff only."""
        return self if user.runs_operations else self.none()
