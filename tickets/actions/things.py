"""Which assets a request is about: those whose tags stand in its words, and those that somebody named."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotPossible
from events import actions as events
from inventory.models import Asset
from tickets.actions._parts import move
from tickets.enums import TicketEvent
from tickets.models import AboutAsset, Ticket

MOST = 20  # assets that are found in the words of one request: a list of a whole branch is not about each of them
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{1,29}")


@transaction.atomic
def name_asset(*, ticket: Ticket, asset: Asset, by: User) -> AboutAsset:
    """Say that a request is about an asset. By IT. Raises NotPossible where it is named already."""
    ticket = Ticket.objects.lock(ticket)
    move(ticket, "tie", by=by)
    row, new = AboutAsset.objects.get_or_create(ticket=ticket, asset=asset, defaults={"added_by": by})
    if not new:
        raise NotPossible(_("This request is about that asset already."))
    events.record(TicketEvent.ASSET_NAMED, ticket, by=by, tag=asset.tag, asset=asset.pk)
    return row


@transaction.atomic
def unname_asset(*, ticket: Ticket, asset: Asset, by: User) -> None:
    """It is about something else. Raises NotPossible where it was not named."""
    ticket = Ticket.objects.lock(ticket)
    move(ticket, "tie", by=by)
    if not AboutAsset.objects.filter(ticket=ticket, asset=asset).delete()[0]:
        raise NotPossible(_("This request is not about that asset."))
    events.record(TicketEvent.ASSET_UNNAMED, ticket, by=by, tag=asset.tag, asset=asset.pk)


def note_assets(*, ticket: Ticket, words: Iterable[Any], by: User) -> int:
    """Find tags in what was written; how many assets. Only those that the writer may see: a tag is no proof of one."""
    found = {word.strip("._/-") for text in words for word in _WORD.findall(str(text))[:500]}
    tags = {word for word in found if any(letter.isdigit() for letter in word)}
    if not tags:
        return 0
    assets = list(Asset.objects.visible_to(by).called(tags).order_by("pk")[: MOST + 1])
    if len(assets) > MOST:
        return 0
    rows = [AboutAsset(ticket=ticket, asset=asset, added_by=by) for asset in assets]
    AboutAsset.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
