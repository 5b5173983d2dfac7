"""One pass of the mirror: what came is looked at, changed requests meet their cards, and what is to be written leaves.

Only one process at a time does it for a board. Every call is between two transactions: what leaves is written down
before, how it ended after. A process that dies in between leaves rows from which the next pass finds out what happened.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape, linebreaks

from core import locks
from integrations.monday import mapping, operations
from integrations.monday.actions import connecting, hearing, naming, strays
from integrations.monday.actions._parts import (
    MOST_ATTEMPTS,
    SPARE,
    board_of,
    client_of,
    failed,
    later,
    numbers,
    ready,
    trouble,
)
from integrations.monday.actions.meeting import NOT_ON_BOARD, Wanted, meet
from integrations.monday.client import KEY_LIVES, Client
from integrations.monday.enums import Aim, LinkState
from integrations.monday.models import Batch, Connection, Link, Remark
from integrations.monday.operations import Archive, Change, Create, Done, Say
from integrations.monday.troubles import Blocked, Drifted, Gone, Trouble, Unknown, Wait

READ = 100  # cards in one call
WRITE = 50  # changes in one call at the most: a minute pays three such calls
LONGEST_SECONDS = 15.0
LOOK_AGAIN = timedelta(seconds=90)  # their own limit is a minute; after this nothing of ours is at work there
ALONE = 2  # failures after which something goes by itself


def deliver(*, seconds: float = LONGEST_SECONDS) -> int:
    """Do what is due, as long as it lasts; the number of requests and messages dealt with. Safe to call at any time."""
    connection = ready()
    if connection is None:
        return 0
    with locks.alone("monday", connection.board_id) as mine:
        if not mine:
            return 0
        with client_of(connection) as client:
            return _pass(connection, client, time.monotonic() + seconds)


def _pass(connection: Connection, client: Client, until: float) -> int:
    done = hearing.settle(connection=connection)
    Connection.objects.filter(pk=connection.pk).update(worked_at=timezone.now())
    try:
        while time.monotonic() < until:
            if client.hindrance(cost=_at_once(client) * operations.COST_OF_WRITING) is not None:
                break  # nothing is read or written down for a call that could not leave
            now = sum(step(connection=connection, client=client) for step in _STEPS)
            if not now:
                break
            done += now
    except Trouble as problem:  # it concerns everything: the breaker, or the next pass, knows when to go on
        trouble(connection, problem)
    return done


# Changed cards -----------------------------------------------------------------------------------------------------


def _change(connection: Connection, client: Client) -> int:
    """Requests and cards that changed meet; what follows is written, many in one call."""
    due = Link.objects.due(timezone.now()).exclude(item_id="").filter(state=LinkState.ACTIVE)
    links = list(due.with_ticket()[:READ])
    if not links:
        return 0
    board, people = board_of(connection), numbers()
    items = operations.items(client, [link.item_id for link in links], board.column_ids())
    naming.find_out(
        client=client, board_id=connection.board_id, links=links, items=items, board=board, people=people
    )
    wanted = [meet(link=link, item=items.get(link.item_id), board=board, people=people) for link in links]
    _say(connection, client)
    for some in _calls([one for one in wanted if one], _at_once(client)):
        _write(connection, client, some, board)
    return len(links)


def _at_once(client: Client) -> int:
    return operations.writes_at_once(client, most=WRITE)


def _calls(wanted: list[Wanted], most: int) -> list[list[Wanted]]:
    """What goes into one call each. What has failed twice goes alone: one that ends every call holds up no other."""
    well = [one for one in wanted if one.link.attempts < ALONE]
    return [well[n : n + most] for n in range(0, len(well), most)] + [
        [one] for one in wanted if one not in well
    ]


def _write(connection: Connection, client: Client, wanted: Sequence[Wanted], board: mapping.Board) -> None:
    writes = {str(one.link.pk): _change_of(one, board) for one in wanted}
    try:
        results: Mapping[str, Any] = operations.perform(
            client, connection.board_id, writes, key=uuid.uuid4().hex
        )
    except Blocked as problem:
        trouble(connection, problem)
        raise
    except Trouble as problem:
        results = dict.fromkeys(writes, problem)
    for one in wanted:
        _written(one, results[str(one.link.pk)])
    _look_at_board(connection, client, results)
    if isinstance(next(iter(results.values())), Wait):
        raise next(iter(results.values()))


def _look_at_board(connection: Connection, client: Client, results: Mapping[str, Any]) -> None:
    """Columns or labels are not as we knew them: the board is read again, once in a pass."""
    if any(isinstance(result, Drifted) for result in results.values()):
        connecting.look(connection=connection, client=client)


def _change_of(one: Wanted, board: mapping.Board) -> Any:
    if one.away:
        return Archive(one.link.item_id)
    return Change(one.link.item_id, mapping.written(one.values, board=board, key=one.key, people=one.people))


@transaction.atomic
def _written(one: Wanted, result: Done | Trouble) -> None:
    """How one change ended."""
    link = Link.objects.lock(one.link)
    if isinstance(result, Done):
        now = timezone.now()
        link.base = link.base | one.values
        link.sent = [entry for entry in link.sent if entry[0] not in one.values]
        link.sent_version = max(link.sent_version, one.version)
        link.attempts, link.last_error, link.synced_at = 0, "", now
        link.state = LinkState.ENDED if one.away else link.state
    else:
        link.is_stale = True  # what stands there now is read before anything is written again
        failed(link, result)
    link.save()


# New cards ---------------------------------------------------------------------------------------------------------


def _create(connection: Connection, client: Client) -> int:
    """Requests without a card get one, many in one call. The call is written down before it leaves."""
    batch = _prepared(connection, _at_once(client))
    if batch is None:
        return 0
    _send(connection, client, batch)
    return WRITE


@transaction.atomic
def _prepared(connection: Connection, most: int) -> Batch | None:
    due = Link.objects.due(timezone.now()).filter(state=LinkState.NEW, item_id="")
    links = list(due.with_ticket().select_for_update(of=("self",), skip_locked=True)[:most])
    ended = [link for link in links if link.ticket.status in NOT_ON_BOARD]
    Link.objects.filter(pk__in=[link.pk for link in ended]).update(state=LinkState.ENDED)
    links = [link for link in links if link not in ended]
    if any(link.attempts >= ALONE for link in links):
        links = [link for link in links if link.attempts >= ALONE][:1]
    if not links:
        return None
    board, people = board_of(connection), numbers()
    body = [_entry(link, board, people) for link in links]
    batch = Batch.objects.create(
        key=uuid.uuid4().hex, aim=Aim.CREATE, body={"group": connection.group_id, "items": body}
    )
    Link.objects.filter(pk__in=[link.pk for link in links]).update(batch=batch)
    return batch


def _entry(link: Link, board: mapping.Board, people: Mapping[int, str]) -> dict[str, Any]:
    """A new card as it is to be sent, and sent again: of the request as it stood when the batch was written."""
    ours = mapping.ours(link.ticket, board=board, people=people, base_url=settings.BASE_URL)
    cell = mapping.cell_of(ours.get("assignee"), before=None, cell=[])
    cells = mapping.written(ours, board=board, key=link.ticket.number, people=cell)
    name = cells.pop("name")
    filled = {column: value for column, value in cells.items() if value is not None}
    return {
        "link": link.pk, "key": link.ticket.number, "name": name, "values": filled, "base": ours,
        "version": link.version,
    }  # fmt: skip


def _send(connection: Connection, client: Client, batch: Batch) -> None:
    """The very same call, under its key, as often as it takes."""
    writes: dict[str, Any] = {
        str(one["link"]): Create(one["name"], one["values"], batch.body["group"])
        for one in batch.body["items"]
    }
    try:
        results = operations.perform(client, connection.board_id, writes, key=batch.key, spare=SPARE)
    except Wait as problem:  # nothing was done: the same again, later
        Batch.objects.filter(pk=batch.pk).update(
            due_at=timezone.now() + timedelta(seconds=problem.seconds or 1)
        )
        raise
    except Unknown:
        _unknown(batch)
        return
    except Blocked:
        _release(batch, None)
        raise
    except Trouble as problem:
        _release(batch, problem)
        _look_at_board(connection, client, {"": problem})
        return
    _created(batch, results)
    _look_at_board(connection, client, results)


def _unknown(batch: Batch) -> None:
    batch.attempts += 1
    batch.due_at = later(batch.attempts)
    batch.save(update_fields=["attempts", "due_at"])


@transaction.atomic
def _created(batch: Batch, results: Mapping[str, Any]) -> None:
    """What became of each; of whom nobody knows, the batch stays."""
    unknown = False
    for one in batch.body["items"]:
        result = results[str(one["link"])]
        if isinstance(result, Done):
            _adopt(one, result.id, is_read=False)
        elif isinstance(result, Unknown):
            unknown = True
        else:
            _free(one["link"], result)
    if unknown:
        _unknown(batch)
    else:
        batch.delete()


def _adopt(one: Mapping[str, Any], item_id: str, *, is_read: bool) -> None:
    """This card is that of the request. What stands on it is read before it is believed, unless we just wrote it."""
    link = Link.objects.lock(Link.objects.get(pk=one["link"]))
    if link.item_id:
        return
    link.item_id, link.state, link.batch, link.attempts, link.last_error = (
        item_id,
        LinkState.ACTIVE,
        None,
        0,
        "",
    )
    link.base, link.synced_at, link.is_stale = one["base"], timezone.now(), is_read or link.is_stale
    link.sent_version = max(link.sent_version, one["version"])
    link.save()
    strays.forget(item_id=item_id)


def _free(link_id: int, problem: Trouble | None) -> None:
    """It was not made; it is tried again in another call."""
    link = Link.objects.lock(Link.objects.get(pk=link_id))
    link.batch = None
    if problem is not None:
        failed(link, problem)
    link.save()


@transaction.atomic
def _release(batch: Batch, problem: Trouble | None) -> None:
    for one in batch.body["items"]:
        if Link.objects.filter(pk=one["link"], batch=batch).exists():
            _free(one["link"], problem)
    batch.delete()


# Calls of which nobody knows how they ended ------------------------------------------------------------------------


def _recover(connection: Connection, client: Client) -> int:
    """Find out what became of calls whose answer was lost: by the key on the cards, then by the same call again."""
    batches = list(Batch.objects.filter(due_at__lte=timezone.now()).order_by("pk")[:10])
    for batch in batches:
        _find_out(connection, client, batch)
    return len(batches)


def _find_out(connection: Connection, client: Client, batch: Batch) -> None:
    missing = {
        one["key"].upper(): one
        for one in batch.body["items"]
        if Link.objects.filter(pk=one["link"], batch=batch).exists()
    }
    if missing:
        column = connection.columns["key"]
        items = operations.find(
            client, connection.board_id, column, [one["key"] for one in missing.values()], [column]
        )
        found = _found(connection, client, items, missing)
        if (
            missing
            and not found
            and timezone.now() - batch.sent_at < KEY_LIVES - LOOK_AGAIN
            and batch.looked_at is None
        ):
            _send(connection, client, batch)
            return
    _settle(batch, missing)


def _found(connection: Connection, client: Client, items: Sequence[Any], missing: dict[str, Any]) -> int:
    """Cards that are there already, taken out of `missing`; of two with one key the older is ours."""
    count = 0
    for item in items:
        key = (item.values.get(connection.columns["key"], {}).get("text") or "").upper()
        if one := missing.pop(key, None):
            with transaction.atomic():
                _adopt(one, item.id, is_read=True)
            count += 1
        elif item.state in ("", "active"):
            strays.note(item=item)  # a second card with the key: looked at as every card that is none of ours
    return count


@transaction.atomic
def _settle(batch: Batch, missing: Mapping[str, Any]) -> None:
    """What is not there is looked for once more, when nothing of ours can be at work there any more; then made anew."""
    now = timezone.now()
    if missing and batch.looked_at is None:
        batch.looked_at, batch.due_at = now, now + LOOK_AGAIN
        batch.save(update_fields=["looked_at", "due_at"])
        return
    for one in missing.values():
        _free(one["link"], None)
    batch.delete()


# Words below cards -------------------------------------------------------------------------------------------------


def _say(connection: Connection, client: Client) -> int:
    """What must stand below a card, one after the other, each once."""
    done = 0
    for row in Remark.objects.due(timezone.now())[:WRITE]:
        done += _say_one(connection, client, row)
    return done


def _say_one(connection: Connection, client: Client, row: Remark) -> int:
    now = timezone.now()
    if row.tried_at and now - row.tried_at > KEY_LIVES - LOOK_AGAIN and _stands_there(client, row):
        _said(row)
        return 1
    if row.tried_at is None or now - row.tried_at > KEY_LIVES:
        row.tried_at = now
        row.save(update_fields=["tried_at"])
    key = f"{row.mark}-{row.tried_at:%Y%m%d%H%M%S}"
    try:
        result = operations.perform(
            client, connection.board_id, {"say": Say(row.item_id, body_of(row=row))}, key=key
        )["say"]
    except (Wait, Blocked):
        raise
    except Trouble as problem:
        result = problem
    if isinstance(result, Done):
        _said(row)
    elif isinstance(result, Wait):
        raise result
    else:
        _not_said(row, result)
    return 1


def body_of(*, row: Remark) -> str:
    """The remark as HTML, with its number at the end, by which it is found again."""
    return f"{linebreaks(escape(row.text))}<p>#{row.pk}</p>"


def _stands_there(client: Client, row: Remark) -> bool:
    return any(body.rstrip().endswith(f"#{row.pk}") for body in operations.said(client, row.item_id))


def _said(row: Remark) -> None:
    row.sent_at, row.last_error = timezone.now(), ""
    row.save(update_fields=["sent_at", "last_error"])


def _not_said(row: Remark, problem: Trouble) -> None:
    row.attempts += 1
    row.last_error, row.due_at = f"{type(problem).__name__}: {problem.sentence}"[:2000], later(row.attempts)
    row.is_dead = (
        isinstance(problem, Gone) or not isinstance(problem, Unknown) or row.attempts >= MOST_ATTEMPTS
    )
    row.save(update_fields=["attempts", "last_error", "due_at", "is_dead"])


_STEPS: tuple[Callable[..., int], ...] = (
    _recover,
    strays.decide_all,
    _change,
    _create,
    _say,
)
