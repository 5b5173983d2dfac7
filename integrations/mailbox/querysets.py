"""Which letters one may see."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.querysets import Rows
from integrations.mailbox.enums import WAITING, State

if TYPE_CHECKING:
    from integrations.mailbox.models import AdmittedDomain, Mailbox, Message  # noqa: F401


class MessageRows(Rows["Message"]):
    """Letters that came in."""

    def visible_to(self, user: Any) -> "MessageRows":
        """IT staff and auditors of the whole group: nobody knows yet whose branch a stranger's letter concerns."""
        return self if user.reads_everything else self.none()

    def waiting(self) -> "MessageRows":
        """Those that somebody must look at."""
        return self.filter(state__in=WAITING)

    def arrived(self, *, now: datetime) -> "MessageRows":
        """Not read yet and not being read at this moment, oldest first."""
        return self.filter(state=State.ARRIVED, due_at__lte=now).order_by("due_at", "pk")

    def taken_in(self, *, within: timedelta, until: datetime) -> "MessageRows":
        """Those that became something, by the instant at which they were received."""
        return self.filter(
            state=State.ACCEPTED, received_at__gt=until - within, received_at__lte=until
        ).order_by()

    def with_list_columns(self) -> "MessageRows":
        """Loads what a list shows."""
        return self.select_related("ticket", "person", "decided_by")


class MailboxRows(Rows["Mailbox"]):
    """Mailboxes that are read."""

    def visible_to(self, user: Any) -> "MailboxRows":
        """Like the letters, and for those who run operations."""
        return self if user.reads_everything or user.runs_operations else self.none()


class DomainRows(Rows["AdmittedDomain"]):
    """Domains whose people are believed to work in a branch."""

    def visible_to(self, user: Any) -> "DomainRows":
        """IT staff and auditors."""
        return self if user.is_staff_member else self.none()
