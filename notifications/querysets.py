"""Which messages one may see."""

from typing import TYPE_CHECKING, Any

from core.outbox import QueuedRows
from core.querysets import Rows

if TYPE_CHECKING:
    from notifications.models import DigestTime, Mail, Notification, Preference  # noqa: F401


class NotificationRows(Rows["Notification"]):
    """Messages on the bell."""

    def visible_to(self, user: Any) -> "NotificationRows":
        """One's own only, and of those what one wants on the bell."""
        return self.filter(person=user, on_bell=True)

    def waiting(self) -> "NotificationRows":
        """For the letter that gathers several."""
        return self.filter(gather_at__isnull=False)

    def unread(self) -> "NotificationRows":
        """Not yet opened."""
        return self.filter(read_at=None)


class MailRows(QueuedRows["Mail"]):
    """Letters."""

    def visible_to(self, user: Any) -> "MailRows":
        """Operations staff only."""
        return self if user.runs_operations else self.none()


class PreferenceRows(Rows["Preference"]):
    """What people want to hear of."""

    def visible_to(self, user: Any) -> "PreferenceRows":
        """One's own only."""
        return self.filter(person=user)


class DigestTimeRows(Rows["DigestTime"]):
    """When gathered news leave."""

    def visible_to(self, user: Any) -> "DigestTimeRows":
        """One's own only."""
        return self.filter(person=user)
