"""The walk over the whole board: it alone repairs whatever was missed, and says what differed."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core import locks
from events import doorbell
from integrations.monday import mapping, operations
from integrations.monday.actions import connecting, hearing
from integrations.monday.actions._parts import (
    SPARE,
    board_of,
    client_of,
    notice,
    numbers,
    plan_of,
    ready,
    trouble,
)
from integrations.monday.actions.marking import link_all
from integrations.monday.actions.meeting import NOT_ON_BOARD
from integrations.monday.client import Client
from integrations.monday.enums import LinkState, Notice
from integrations.monday.limits import PLANS
from integrations.monday.models import Connection, Link, Stray
from integrations.monday.troubles import Blocked, Expired, Trouble, Wait

PAGE = operations.PAGE
SHARE = 0.2  # of the calls of a day, for walking
LOOKS = 2  # calls of a walk with a report, besides its pages: the board, and its webhooks
BETWEEN = timedelta(minutes=5)  # two walks at the least, whoever asks for one
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=1)
AGAIN = timedelta(minutes=2)  # after a walk that did not come to its end
REPORT_EVERY = timedelta(days=1)
MOST_SHOWN = 200


def sweep(*, now: datetime | None = None) -> bool:
    """Walk the board when it is time; whether it was walked to its end. Safe to call at any time."""
    now = now or timezone.now()
    connection = ready()
    if connection is None or not _is_due(connection, now):
        return False
    with locks.alone("monday", connection.board_id) as mine:
        connection = ready() if mine else None  # as it is by now: another process may just have walked
        if connection is None or not _is_due(connection, now):
            return False
        with client_of(connection) as client:
            return _walk(connection, client, now)


def _is_due(connection: Connection, now: datetime) -> bool:
    asked, rested = connection.report_due_at, rested_at(connection=connection)
    return connection.sweep_due_at <= now or (
        asked is not None and asked <= now and (rested is None or rested <= now)
    )


def rested_at(*, connection: Connection) -> datetime | None:
    """When the board may be walked again because somebody asks for it, so that walking keeps to its share."""
    if connection.swept_at is None:
        return None
    return connection.swept_at + max(_spread(connection, connection.swept.get("cards", 0), LOOKS), BETWEEN)


def _walk(connection: Connection, client: Client, now: datetime) -> bool:
    link_all()
    is_report = (
        connection.report_due_at is not None
        or connection.reported_at is None
        or now - connection.reported_at >= REPORT_EVERY
    )
    walk = _Walk(connection, now)
    try:
        if hindrance := client.hindrance(spare=SPARE):
            raise hindrance
        if is_report:
            connecting.look(connection=connection, client=client)
            _watch(connection, client)
        walk.all(client)
    except Trouble as problem:
        trouble(connection, problem)
        _settle(connection, now + AGAIN, now + AGAIN)
        return False
    walk.end()
    facts: dict[str, Any] = {"swept_at": now, "swept": walk.told, "trouble": "", "trouble_at": None}
    if is_report:
        facts |= {"reported_at": now, "report": walk.differences[:MOST_SHOWN]}
        hearing.forget(now=now)
    Connection.objects.filter(pk=connection.pk).update(**facts)
    _settle(connection, now + _pause(connection, walk.cards), None)
    doorbell.ring("monday.work")
    return True


def _settle(connection: Connection, next_walk: datetime, next_report: datetime | None) -> None:
    """When the next ones are due. What somebody asked for while the board was walked stays asked for."""
    row = Connection.objects.filter(pk=connection.pk)
    row.filter(sweep_due_at=connection.sweep_due_at).update(sweep_due_at=next_walk)
    row.filter(report_due_at=connection.report_due_at, report_due_at__isnull=False).update(
        report_due_at=next_report
    )


def _watch(connection: Connection, client: Client) -> None:
    """Where monday.com cannot reach us there are no messages; the walk finds all the same what happened."""
    told = ""
    try:
        connecting.watch(connection=connection, client=client)
    except (Blocked, Wait):
        raise
    except Trouble as problem:
        told = problem.sentence[:1000]
    notice(connection, Notice.UNHEARD, told)


def _pause(connection: Connection, cards: int) -> timedelta:
    """How long until the next walk, so that walking takes a fifth of the calls of a day at the most."""
    return min(max(_spread(connection, cards), SHORTEST), LONGEST)


def _spread(connection: Connection, cards: int, more: int = 0) -> timedelta:
    """The part of a day that the calls of a walk over so many cards, and so many more, take of the share."""
    pages = math.ceil(max(cards, 1) / PAGE)
    return timedelta(days=(pages + more) / (PLANS[plan_of(connection)].calls_per_day * SHARE))


class _Walk:
    """One walk: page by page, what differs is marked; at its end, what was not met."""

    def __init__(self, connection: Connection, began_at: datetime) -> None:
        self.connection, self.began_at = connection, began_at
        self.board, self.people = board_of(connection), numbers()
        self.seen: set[str] = set()
        self.differences: list[dict[str, str]] = []
        self.cards = self.stale = self.unknown = self.lost = 0

    @property
    def told(self) -> dict[str, int]:
        """What it found, for the page."""
        return {"cards": self.cards, "differences": self.stale, "unknown": self.unknown, "lost": self.lost}

    def all(self, client: Client) -> None:
        """Every page; a cursor that ended begins again once."""
        try:
            self._pages(client)
        except Expired:
            self._pages(client)

    def _pages(self, client: Client) -> None:
        columns = self.board.column_ids()
        page = operations.first_page(client, self.connection.board_id, columns, spare=SPARE)
        self._compare(page.items)
        while page.cursor:
            page = operations.next_page(client, page.cursor, columns, spare=SPARE)
            self._compare(page.items)

    def _compare(self, items: Sequence[Any]) -> None:
        """A page of cards beside our requests, with three questions to the database."""
        items = [item for item in items if item.id not in self.seen]
        self.seen |= {item.id for item in items}
        self.cards += len(items)
        rows = Link.objects.with_ticket().filter(item_id__in=[item.id for item in items])
        links = {link.item_id: link for link in rows}
        differing = [link.pk for item in items if (link := links.get(item.id)) and self._differs(link, item)]
        self.stale += len(differing)
        Link.objects.filter(pk__in=differing).update(is_stale=True, version=F("version") + 1)
        back = [link.pk for link in links.values() if link.state == LinkState.GONE]
        Link.objects.filter(pk__in=back).update(state=LinkState.ACTIVE, is_stale=True)
        strangers = [item for item in items if item.id not in links]
        self.unknown += len(strangers)
        Stray.objects.bulk_create([_stray(item) for item in strangers], ignore_conflicts=True)

    def _differs(self, link: Link, item: Any) -> bool:
        card = mapping.card(item, board=self.board, base=link.base, others=link.others)
        ours = mapping.ours(link.ticket, board=self.board, people=self.people, base_url=settings.BASE_URL)
        found = [name for name in card.values if ours[name] != card.values[name] and name not in link.paused]
        for name in found:
            values = {
                "ours": mapping.told_of(name, ours[name]),
                "theirs": mapping.shown(name, card.values[name]),
            }
            self.differences.append(
                {"ticket": link.ticket.number, "url": link.ticket.url, "field": name, **values}
            )
        away = link.ticket.status in NOT_ON_BOARD
        changed = any(link.base.get(name) != value for name, value in card.values.items())
        return bool(found) or away or changed

    def end(self) -> None:
        """Cards that were there before the walk began and that it did not meet: it is asked what became of them."""
        active = Link.objects.filter(state=LinkState.ACTIVE, synced_at__lt=self.began_at)
        missing = [pk for pk, item in active.values_list("pk", "item_id") if item not in self.seen]
        self.lost = len(missing)
        Link.objects.filter(pk__in=missing).update(is_stale=True)


def _stray(item: Any) -> Stray:
    return Stray(item_id=item.id, name=item.name[:255], url=item.url, creator_id=item.creator_id)
