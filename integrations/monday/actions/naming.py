"""Whose change it was, where no message said so: the board's own log is asked, once for many cards.

Messages get lost: we were away, or monday.com gave up after its half hour. Without the log the change of somebody who
was allowed to make it would be put back. Nothing rests on the log: where it is silent, what nobody owns up to is put
back.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.monday import mapping, operations
from integrations.monday.actions.meeting import nameless
from integrations.monday.client import Client
from integrations.monday.mapping import Board, Values
from integrations.monday.models import Link
from integrations.monday.operations import Line
from integrations.monday.troubles import Blocked, Exhausted, Trouble, Wait

LOOKS_BACK = timedelta(days=30)


def find_out(
    *,
    client: Client,
    board_id: str,
    links: Sequence[Link],
    items: Mapping[str, Any],
    board: Board,
    people: Mapping[int, str],
) -> None:
    """Note beside each link who made the changes of which no message told. One call, where there are any at all.

    Raises what holds up the whole account; any other trouble is that of the log alone.
    """
    asked: dict[Link, Values] = {}
    for link in links:
        item = items.get(link.item_id)
        if changed := nameless(link=link, item=item, board=board, people=people) if item else {}:
            asked[link] = changed
    lines = _lines(client, board_id, asked, board) if asked else None
    if lines is None:
        return
    newest = {(line.item_id, line.column_id): line for line in reversed(lines)}
    for link, changed in asked.items():
        found = {name: newest.get((link.item_id, board.columns[name])) for name in changed}
        _note(link, changed, found, board)


def _lines(
    client: Client, board_id: str, asked: Mapping[Link, Values], board: Board
) -> Sequence[Line] | None:
    """The log of these fields; nothing where it does not answer just now, None where there is no such log."""
    columns = sorted({board.columns[name] for changed in asked.values() for name in changed})
    since, ids = timezone.now() - LOOKS_BACK, [link.item_id for link in asked]
    try:
        return operations.log(client, board_id, items=ids, columns=columns, since=since)
    except (Blocked, Exhausted):
        raise
    except Wait:
        return ()  # the fields wait for it, but not for ever
    except Trouble:
        return None  # not in this version of their API, or not for this token


@transaction.atomic
def _note(link: Link, changed: Values, found: Mapping[str, Line | None], board: Board) -> None:
    """The newest line of a field, as a message would have said it, if it tells of the value that stands there.

    One that tells of another value lags behind; one that cannot be read names nobody.
    """
    link = Link.objects.lock(link)
    now = timezone.now().isoformat()
    for name, value in changed.items():
        line, before = found[name], link.theirs.get(name, {})
        if line is not None and _told(name, line, board, link) == value:
            fact = {"at": line.at.isoformat(), "said": [{"by": line.user_id, "value": value}]}
        else:
            fact = {"asked": now} | before
        link.theirs = link.theirs | {name: fact}
    link.save(update_fields=["theirs"])


def _told(name: str, line: Line, board: Board, link: Link) -> Any:
    return mapping.told(name, line.value, board=board, base=link.base, others=link.others)
