"""What happens to a request here makes its link dirty; what is to be sent is found out when it is sent."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.monday.actions._parts import ready, remark, touch
from integrations.monday.enums import LinkState
from integrations.monday.models import Connection, Link
from integrations.monday.querysets import unlinked
from tickets.models import Comment, Ticket

MANY = 1000


@transaction.atomic
def mark(*, ticket: Ticket, fields: tuple[str, ...], seq: int, at: datetime) -> None:
    """These fields changed at that time, by the event with this number: heard twice, it changes nothing."""
    if Connection.objects.current() is None or (ticket.accepted_by_id is None and not _is_on_board(ticket)):
        return
    Link.objects.get_or_create(ticket=ticket)
    link = Link.objects.lock(Link.objects.get(ticket=ticket))
    if seq <= link.heard_seq:
        return
    if not link.is_dirty:
        link.changed_at, link.due_at = timezone.now(), timezone.now()
    link.heard_seq, link.version = seq, link.version + 1
    link.ours_at = link.ours_at | dict.fromkeys(fields, at.isoformat())
    link.save()


def _is_on_board(ticket: Ticket) -> bool:
    """A card that became a request is on the board before the request is accepted."""
    return Link.objects.filter(ticket=ticket).exists()


@transaction.atomic
def say(*, ticket: Ticket, comment: Comment, author: str) -> None:
    """A public answer also stands below the card, where the administrator wants that; once."""
    connection = Connection.objects.current()
    link = Link.objects.filter(ticket=ticket, state=LinkState.ACTIVE).first()
    if connection is None or not connection.mirrors_answers or link is None or comment.is_internal:
        return
    remark(item_id=link.item_id, link=link, text=f"{author}: {comment.text}", mark=f"comment-{comment.pk}")


def link_all(*, by: Any = None) -> int:
    """Give every accepted request that has none its link, a thousand in a statement; how many. Safe to run twice."""
    if ready() is None:
        return 0
    made = 0
    while rows := list(unlinked(Link.objects.all()).exclude(status__in=("cancelled", "rejected"))[:MANY]):
        Link.objects.bulk_create([Link(ticket=ticket) for ticket in rows], ignore_conflicts=True)
        made += len(rows)
    return made


def mark_people(*, user_id: int) -> int:
    """Somebody's account on monday.com became known, or another: the cards of their work show it."""
    return touch(Ticket.objects.open().filter(assignee=user_id).values("pk"))
