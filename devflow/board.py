"""The board as facts: which cards stand in which column, and which act leads a card to another, or why none (SOP-A3).

Page and API ask here; what moves a card are the verbs, with all their rules.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext_lazy

from core.errors import NotPossible, PermissionDenied
from core.transitions import why_not
from devflow.enums import COLUMN_OF, Column
from devflow.models import DevelopmentRequest, EmergencyFix
from devflow.querysets import DevelopmentRows
from devflow.steps import Builds, newest_builds, step
from devflow.systems import share_systems

MOST = 25  # cards of one column; the list shows the others
DONE_DAYS = 14  # so long what is done stays on the board
NOT_YOURS = gettext_lazy("This step is not yours to do.")


def on_board(rows: DevelopmentRows, now: datetime) -> DevelopmentRows:
    """Work that goes on, and what was done lately."""
    return rows.in_columns(now - timedelta(days=DONE_DAYS))


def first_cards(rows: DevelopmentRows) -> list[DevelopmentRequest]:
    """The first cards of each column, with what the rules look at; `owed_until` is when UAT and review of an emergency
    fix are due.
    """
    owed = EmergencyFix.objects.to_settle().filter(build__request=OuterRef("pk")).values("due_date")[:1]
    cards = rows.first_of_each(list(Column), most=MOST).with_list_columns().in_order_of_work()
    return list(cards.annotate(owed_until=Subquery(owed)))


def counted(rows: DevelopmentRows) -> dict[Column, int]:
    """How many stand in each column."""
    counts = dict.fromkeys(Column, 0)
    for stage, held_from, count in rows.order_by().values_list("stage", "held_from").annotate(Count("pk")):
        counts[COLUMN_OF[held_from or stage]] += count
    return counts


def moves(cards: list[DevelopmentRequest], user: Any) -> dict[int, list[dict[str, Any]]]:
    """For each card and each other column whether the reader may move it there now: the verb, or why not."""
    share_systems(cards)
    builds = newest_builds(cards, user)
    return {
        card.pk: [_move(card, to, user, builds) for to in Column if to != COLUMN_OF[card.place]] for card in cards
    }  # fmt: skip


def _move(card: DevelopmentRequest, to: Column, user: Any, builds: Builds) -> dict[str, Any]:
    verb, refusal = "", None
    try:
        thing, found = step(card, to, user, builds)
        verb, refusal = found.name, why_not(thing, found.move, user)
    except (NotPossible, PermissionDenied) as said:
        refusal = said
    reason = str(refusal) if isinstance(refusal, NotPossible) else str(NOT_YOURS) if refusal else ""
    return {
        "to": to, "allowed": refusal is None, "verb": verb, "reason": reason, "rule": getattr(refusal, "rule", ""),
    }  # fmt: skip
