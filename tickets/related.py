"""How a ticket hangs together with others: read in one place for page and API, never more than the reader may see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models import Ticket, Tie

MOST = 200  # a whole with more parts than that is a project; its list shows them all


@dataclass(frozen=True)
class Relation:
    """One other ticket: `code` for programs, `label` for people, `how` it is linked (links only)."""

    code: str
    label: Any
    ticket: Ticket
    how: str = ""


_HOW: tuple[tuple[str, Any, Callable[[Ticket, Ticket], bool]], ...] = (
    ("part_of", _("Is a part of"), lambda this, other: other.pk == this.parent_id),
    ("part", _("Its parts"), lambda this, other: other.parent_id == this.pk),
    ("merged_into", _("Goes on as"), lambda this, other: other.pk == this.merged_into_id),
    ("duplicate", _("Joined with it, as it asks for the same"), lambda this, other: other.merged_into_id == this.pk),
    ("split_from", _("Made out of a part of"), lambda this, other: other.pk == this.split_from_id),
    ("split_off", _("Made out of its parts"), lambda this, other: other.split_from_id == this.pk),
)  # fmt: skip


def related(ticket: Ticket, user: Any) -> list[Relation]:
    """Every relation of the ticket to one that the reader may see, in the order of its kinds; two questions."""
    ties = {
        other: str(tie.get_kind_display())
        for tie in Tie.objects.visible_to(user).filter(Q(first=ticket) | Q(second=ticket))
        for other in (tie.first_id, tie.second_id)
    }
    named = [key for key in (ticket.parent_id, ticket.merged_into_id, ticket.split_from_id) if key]
    hanging = Q(pk__in=[*named, *ties]) | Q(parent=ticket) | Q(merged_into=ticket) | Q(split_from=ticket)
    rows = Ticket.objects.visible_to(user).filter(hanging).exclude(pk=ticket.pk).order_by("pk")
    found = list(rows[:MOST])
    hung = [Relation(code, label, t) for code, label, belongs in _HOW for t in found if belongs(ticket, t)]
    return hung + [Relation("linked", _("Linked"), t, ties[t.pk]) for t in found if t.pk in ties]
