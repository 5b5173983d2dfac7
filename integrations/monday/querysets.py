"""Questions about the mirror. Its pages are for those who run operations; auditors read them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.enums import Role
from core.querysets import Rows
from integrations.monday.enums import LinkState, StrayState
from tickets.models import Ticket

if TYPE_CHECKING:
    from integrations.monday.models import Connection, Difference, Incoming, Link, MondayPerson, Remark, Stray  # noqa: F401

M = TypeVar("M", bound=models.Model)
_WORKS = (LinkState.NEW, LinkState.ACTIVE)


class MirrorRows(Rows[M]):
    """What all tables of the mirror share."""

    def visible_to(self, user: Any) -> Self:
        """Those who look after operations, and auditors."""
        sees = user.runs_operations or user.holds(Role.AUDITOR)
        return self if sees else self.none()


class ConnectionRows(MirrorRows["Connection"]):
    """The connection; there is one at the most."""

    def current(self) -> "Connection | None":
        """The connection, or None where nobody has set one up."""
        return self.order_by("pk").first()


class LinkRows(MirrorRows["Link"]):
    """Requests and their cards."""

    def changed(self) -> "LinkRows":
        """Those of which something is not sent, or not read, yet."""
        return self.filter(state__in=_WORKS).filter(Q(version__gt=F("sent_version")) | Q(is_stale=True))

    def due(self, now: datetime) -> "LinkRows":
        """Changed ones whose moment has come and that no batch holds, the oldest first."""
        return self.changed().filter(due_at__lte=now, batch=None).order_by("due_at", "pk")

    def dead(self) -> "LinkRows":
        """Those that were given up and wait for a person."""
        return self.filter(state=LinkState.DEAD)

    def paused(self) -> "LinkRows":
        """Those of which a field is stopped."""
        return self.exclude(paused={})

    def with_ticket(self) -> "LinkRows":
        """Loads what a list, and the translation, needs."""
        return self.select_related("ticket__requester", "ticket__assignee", "ticket__branch")


class IncomingRows(MirrorRows["Incoming"]):
    """What monday.com told us."""

    def waiting(self) -> "IncomingRows":
        """Not looked at yet, in the order in which they came."""
        return self.filter(handled_at=None).order_by("pk")


class StrayRows(MirrorRows["Stray"]):
    """Cards that somebody made by hand."""

    def undecided(self, now: datetime) -> "StrayRows":
        """Those of which nothing has become yet, and whose moment has come."""
        return self.filter(state=StrayState.SEEN, due_at__lte=now).order_by("pk")

    def waiting(self) -> "StrayRows":
        """Those that need a person."""
        return self.filter(state=StrayState.WAITS)


class DifferenceRows(MirrorRows["Difference"]):
    """What a person may have to look at."""

    def open(self) -> "DifferenceRows":
        """Nobody has said that they saw it."""
        return self.filter(seen_at=None)

    def with_list_columns(self) -> "DifferenceRows":
        """Loads what a list shows."""
        return self.select_related("link__ticket", "person", "seen_by")


class RemarkRows(MirrorRows["Remark"]):
    """Words of ours for the board."""

    def due(self, now: datetime) -> "RemarkRows":
        """Not written there yet, in their order."""
        return self.filter(sent_at=None, is_dead=False, due_at__lte=now).order_by("pk")

    def dead(self) -> "RemarkRows":
        """Those that were given up and wait for a person."""
        return self.filter(is_dead=True).select_related("link__ticket")


class BatchRows(MirrorRows[M]):
    """Calls of which nobody knows yet how they ended."""


class PersonRows(MirrorRows["MondayPerson"]):
    """Who is who."""


def unlinked(links: LinkRows) -> models.QuerySet[Ticket]:
    """Accepted requests that have no link yet, oldest first."""
    mine = links.filter(ticket=OuterRef("pk"))
    return Ticket.objects.filter(~Exists(mine), accepted_at__isnull=False).order_by("pk")
