"""What monday.com tells us: kept as it comes, and later taken as a hint which cards to read again."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from events import doorbell
from integrations.monday import mapping
from integrations.monday.actions._parts import board_of
from integrations.monday.enums import Field, LinkState
from integrations.monday.models import Connection, Incoming, Link, Stray

KEPT = timedelta(days=14)
MANY = 500
_LOST = ("archive_pulse", "delete_pulse", "item_archived", "item_deleted")
_NEW = ("create_pulse", "create_item")


@transaction.atomic
def hear(*, connection: Connection, event: dict[str, Any], is_signed: bool) -> bool:
    """Keep one message; whether it is new. Nothing else happens here: it is answered in milliseconds."""
    trigger = _word(event.get("triggerUuid"), 100) or _fingerprint(event)
    row = Incoming(
        trigger=trigger, subscription=_word(event.get("subscriptionId"), 30), kind=_word(event.get("type"), 60),
        item_id=_word(event.get("pulseId") or event.get("itemId"), 30), column_id=_word(event.get("columnId"), 100),
        user_id=_word(event.get("userId"), 30), changed_at=_instant(event), payload=event, is_signed=is_signed,
    )  # fmt: skip
    if Incoming.objects.filter(trigger=row.trigger, subscription=row.subscription).exists():
        return False
    Incoming.objects.bulk_create(
        [row], ignore_conflicts=True
    )  # two deliveries at the same instant are one message
    Connection.objects.filter(pk=connection.pk).update(heard_at=timezone.now())
    doorbell.ring("monday.work")
    return True


@transaction.atomic
def refuse(*, connection: Connection, why: str) -> None:
    """Somebody called the address without the right to: the page says so."""
    Connection.objects.filter(pk=connection.pk).update(refused_at=timezone.now(), refused_why=why[:200])


def settle(*, connection: Connection) -> int:
    """Look at the messages that came: which cards are to be read, and who changed what. The number of messages."""
    done = 0
    while count := _settle_some(connection):
        done += count
    return done


@transaction.atomic
def _settle_some(connection: Connection) -> int:
    rows = list(Incoming.objects.waiting().select_for_update(skip_locked=True)[:MANY])
    board = board_of(connection)
    links = {
        link.item_id: link for link in Link.objects.filter(item_id__in={r.item_id for r in rows if r.item_id})
    }
    for row in rows:
        link = links.get(row.item_id)
        if link is not None:
            _note(link, row, board)
        elif row.item_id and row.kind in _NEW and not row.payload.get("parentItemId"):
            Stray.objects.get_or_create(
                item_id=row.item_id, defaults={"name": str(row.payload.get("pulseName") or "")[:255]}
            )
    for link in links.values():
        changed = {"is_stale": True, "theirs": link.theirs, "state": link.state}
        Link.objects.filter(pk=link.pk).exclude(state=LinkState.DEAD).update(**changed)
        Link.objects.filter(pk=link.pk, is_stale=True, due_at__gt=timezone.now(), attempts=0).update(
            due_at=timezone.now()
        )
    Incoming.objects.filter(pk__in=[row.pk for row in rows]).update(handled_at=timezone.now())
    return len(rows)


def _note(link: Link, row: Incoming, board: mapping.Board) -> None:
    """Who changed which field when, as far as the message says: the newest of each."""
    if link.state == LinkState.GONE and row.kind not in _LOST:
        link.state = LinkState.ACTIVE  # somebody took it out of the archive
    field = Field.TITLE if row.kind == "update_name" else board.field_of(row.column_id)
    if not field:
        return
    at, told = (row.changed_at or row.received_at).isoformat(), link.theirs.get(field, {})
    if at < told.get("at", ""):
        return
    fact = {"by": row.user_id}
    value = mapping.told(field, row.payload.get("value"), board=board, base=link.base, others=link.others)
    if value is not mapping.UNTOLD:
        fact["value"] = value
    # Messages of one second come in any order; which of them stands, the card will say.
    beside = told.get("said", []) if at == told.get("at") else []
    link.theirs = link.theirs | {field: {"at": at, "said": [*beside, fact]}}


def forget(*, now: datetime | None = None) -> int:
    """Messages that were dealt with long ago are no longer needed."""
    old = Incoming.objects.filter(handled_at__lt=(now or timezone.now()) - KEPT)
    return int(old.delete()[0])


def _word(value: Any, most: int) -> str:
    return str(value)[:most] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _fingerprint(event: dict[str, Any]) -> str:
    """Of a message without a number of its own."""
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def _instant(event: dict[str, Any]) -> datetime | None:
    told = event.get("changedAt")
    try:
        if isinstance(told, int | float) and not isinstance(told, bool) and told > 0:
            return datetime.fromtimestamp(told, UTC)
        return datetime.fromisoformat(str(event.get("triggerTime")))
    except (ValueError, OverflowError, OSError):
        return None
