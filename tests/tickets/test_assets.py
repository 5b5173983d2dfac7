"""Requests and assets: what maintenance finds is asked for, and each page shows the other."""

from typing import Any

from django.db import transaction

from events.models import Event
from inventory import actions as inventory
from inventory.enums import MaintenanceEvent
from tests.cast import Cast
from tests.harness.events import deliver
from tests.inventory.stage import asset, task
from tests.stages import plain
from tickets import actions as tickets
from tickets.models import AboutAsset, Ticket
from tickets.subscribers import ask_for_repair


def test_what_maintenance_finds_becomes_one_request(cast: Cast) -> None:
    for name in ("agent", "other_agent", "it_manager"):
        _ = cast[name]
    row = task(cast, asset(cast, name="Till 1"))
    inventory.finish_task(task=row, answers=[{"answer": "ok"}, {"value": "90"}], by=cast.agent)
    deliver()
    made = Ticket.objects.get()
    assert (made.title, made.status, made.branch) == (
        f"{row.asset.tag}: Temperature: 90 °C",
        "new",
        cast.bandung,
    )
    assert made.requester == cast.agent
    with transaction.atomic():
        ask_for_repair(Event.objects.get(type=MaintenanceEvent.FOUND))
    assert Ticket.objects.count() == 1


def test_a_tag_in_the_words_is_found_whatever_its_capitals(cast: Cast) -> None:
    thing = asset(cast, tag="kg-Low-1", holder=cast.requester)
    for words in ("KG-LOW-1 is dead.", "Mein kg-low-1 is dead.", "kg-Low-1."):
        case = plain(cast, "opened")
        assert tickets.note_assets(ticket=case.ticket, words=[words], by=cast.requester) == 1, words
        assert AboutAsset.objects.get(ticket=case.ticket).asset == thing


def test_each_page_shows_the_other(cast: Cast, page: Any) -> None:
    thing = asset(cast, holder=cast.requester, name="Till 1")
    case = plain(cast, "opened")
    tickets.name_asset(ticket=case.ticket, asset=thing, by=cast.it_manager)
    browser = page(cast.agent)
    assert thing.tag in browser.get(f"/assets/of/{cast.requester.pk}/").content.decode()
    assert case.ticket.number in browser.get(f"/requests/about/{thing.pk}/").content.decode()
    assert f"/assets/of/{cast.requester.pk}/" in browser.get(case.ticket.url).content.decode()
    assert thing.tag not in page(cast.outsider).get(f"/assets/of/{cast.requester.pk}/").content.decode()
