"""Cards that are none of ours: somebody made them by hand, or they are a second one of the same request."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotPossible
from events import actions as events
from events.enums import Audience
from integrations.monday import mapping, operations
from integrations.monday.actions._parts import board_of, finding, person_of, program, remark
from integrations.monday.client import Client
from integrations.monday.enums import Field, LinkState, Matter, MondayEvent, NewItems, StrayState
from integrations.monday.mapping import Card
from integrations.monday.models import Connection, Link, Stray
from integrations.monday.operations import MOST_IDS, Archive
from integrations.monday.troubles import Blocked, Trouble, Wait
from tickets import actions as tickets
from tickets.enums import Channel, Kind
from tickets.models import Ticket

AGAIN = timedelta(seconds=30)


@transaction.atomic
def note(*, item: Any) -> None:
    """A card that was seen and belongs to no request; noted once."""
    facts = {"name": item.name[:255], "url": item.url, "creator_id": item.creator_id}
    Stray.objects.get_or_create(item_id=item.id, defaults=facts)


@transaction.atomic
def forget(*, item_id: str) -> None:
    """It is one of ours after all."""
    Stray.objects.filter(item_id=item_id, state=StrayState.SEEN).delete()


def decide_all(*, connection: Connection, client: Client) -> int:
    """Decide on the cards that were seen and of which nothing has become yet; how many."""
    now = timezone.now()
    rows = list(Stray.objects.undecided(now)[:MOST_IDS])
    if not rows:
        return 0
    # What cannot be decided now is looked at again a little later, not at once.
    Stray.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + AGAIN)
    board = board_of(connection)
    items = operations.items(client, [row.item_id for row in rows], board.column_ids())
    for row in rows:
        item = items.get(row.item_id)
        _decide(connection, client, row, mapping.card(item, board=board) if item else None)
    return len(rows)


def _decide(connection: Connection, client: Client, row: Stray, card: Card | None) -> None:
    if Link.objects.filter(item_id=row.item_id).exists():
        row.delete()
    elif card is None or not card.is_there:
        _keep(row, StrayState.IGNORED, "gone")
    elif (link := _link_of(card)) is not None:
        _same_key(connection, client, row, card, link)
    elif connection.new_items == NewItems.PUT_BACK:
        _put_away(connection, client, row, _ask_there())
    elif connection.new_items == NewItems.ADOPT:
        _adopt(row, card)
    else:
        _keep(row, StrayState.IGNORED, "")


def _link_of(card: Card) -> Link | None:
    """The link of the request whose number stands on the card."""
    number = (card.key or "").upper().removeprefix("T-")
    if not number.isdecimal() or len(number) > 18:
        return None
    return Link.objects.filter(ticket=int(number)).first()


def _keep(row: Stray, state: StrayState, reason: str) -> None:
    row.state, row.reason = state, reason[:300]
    row.save(update_fields=["state", "reason"])


# Two cards with one key --------------------------------------------------------------------------------------------


def _same_key(connection: Connection, client: Client, row: Stray, card: Card, link: Link) -> None:
    """The card of a request that has none is its card; of two the older one stays."""
    if link.batch_id is not None:
        return  # a call of which nobody knows yet how it ended: it is found out first
    if not link.item_id or link.state == LinkState.GONE:
        _bind(row, link, card)
        return
    older, younger = sorted((row.item_id, link.item_id), key=int)
    if (
        row.state == StrayState.SEEN
        and not link.findings.filter(matter=Matter.DOUBLE, theirs=younger).exists()
    ):
        finding(link, matter=Matter.DOUBLE, ours=older, theirs=younger)
    if older == row.item_id:
        _bind(row, link, card)
        row, _made = Stray.objects.get_or_create(item_id=younger, defaults={"name": card.name})
    with translation.override(settings.LANGUAGE_CODE):
        why = _("There was a second card of this request; the older one stays.")
    _put_away(connection, client, row, why)


@transaction.atomic
def _bind(row: Stray, link: Link, card: Card) -> None:
    link = Link.objects.lock(link)
    link.item_id, link.state, link.is_stale, link.due_at = card.id, LinkState.ACTIVE, True, timezone.now()
    link.base = dict(card.values)
    link.version += 1
    link.save()
    if row.pk:
        row.delete()


# Cards made by hand ------------------------------------------------------------------------------------------------


def _ask_there() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        said = _("Requests begin in Kumala ITSM, where the IT Manager receives them: %(url)s")
        return said % {"url": settings.BASE_URL.rstrip("/") + "/requests/new/"}


def _put_away(connection: Connection, client: Client, row: Stray, why: str) -> None:
    """Archived, which can be undone there; the reason stands below it."""
    remark(item_id=row.item_id, link=None, text=why, mark=f"stray-{row.item_id}")
    try:
        result = operations.perform(
            client,
            connection.board_id,
            {"away": Archive(row.item_id)},
            key=f"away-{row.item_id}-{timezone.now():%Y%m%d%H%M%S}",
        )["away"]
    except (Wait, Blocked):
        raise
    except Trouble as problem:
        result = problem
    if not isinstance(result, Trouble):
        _keep(row, StrayState.PUT_BACK, "")


@transaction.atomic
def _adopt(row: Stray, card: Card) -> None:
    """It becomes a request of whoever made it, in the triage queue like every other (SOP-A1)."""
    by = person_of(card.creator_id)
    if by is None:
        _keep(row, StrayState.WAITS, "nobody")
        return
    row.creator_id = card.creator_id
    try:
        with transaction.atomic(), translation.override(by.language):
            ticket = _open(card, by)
    except NotPossible as refusal:
        _keep(row, StrayState.WAITS, str(refusal))
        return
    link = Link.objects.create(
        ticket=ticket, item_id=card.id, state=LinkState.ACTIVE, base=dict(card.values), others=card.people
    )
    row.ticket, row.state = ticket, StrayState.ADOPTED
    row.save(update_fields=["ticket", "state", "creator_id"])
    events.record(MondayEvent.ADOPTED, ticket, by=program(), audience=Audience.STAFF, item=card.id)
    with translation.override(by.language):
        said = _("This is request %(number)s now. The IT Manager decides on it first (SOP-A1): %(url)s") % {
            "number": ticket.number, "url": settings.BASE_URL.rstrip("/") + ticket.url,
        }  # fmt: skip
    remark(item_id=card.id, link=link, text=said, mark=f"adopted-{card.id}")


def _open(card: Card, by: User) -> Ticket:
    kind = card.values.get(Field.KIND)
    return tickets.open_ticket(
        kind=Kind(kind) if kind in Kind.values else Kind.TROUBLESHOOTING,
        title=card.name or _("Card on monday.com"),
        description=_("%(name)s (a card on monday.com: %(url)s)") % {"name": card.name, "url": card.url},
        channel=Channel.MONDAY, by=by,
    )  # fmt: skip


@transaction.atomic
def adopt(*, stray: Stray, requester: User, by: User) -> Ticket:
    """Somebody says whose request it is: nobody here was known as who made the card. For IT, like a telephone call."""
    row = Stray.objects.select_for_update(of=("self",)).get(pk=stray.pk)
    if row.state != StrayState.WAITS:
        raise NotPossible(_("This was decided already."))
    ticket = tickets.write_down(
        requester=requester, kind=Kind.TROUBLESHOOTING, title=row.name, by=by, channel=Channel.MONDAY,
        description=_("%(name)s (a card on monday.com: %(url)s)") % {"name": row.name, "url": row.url},
    )  # fmt: skip
    Link.objects.create(ticket=ticket, item_id=row.item_id, state=LinkState.ACTIVE, is_stale=True)
    row.ticket, row.state = ticket, StrayState.ADOPTED
    row.save(update_fields=["ticket", "state"])
    events.record(MondayEvent.ADOPTED, ticket, by=by, audience=Audience.STAFF, item=row.item_id)
    return ticket
