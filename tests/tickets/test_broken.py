"""What a request is about, and what breaks often: of the same assets, read from both sides."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import NotPossible, PermissionDenied
from inventory import actions as inventory
from inventory.models import Asset, Repair
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.events import deliver
from tests.inventory import stage
from tickets import actions as tickets
from tickets import broken
from tickets.enums import Channel, Kind
from tickets.models import AboutAsset, Ticket


def _asks(cast: Cast, words: str, by: str = "requester") -> Ticket:
    details = {"place": "Front office", "impact": "me"}
    asked = tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title="It does not start", description=words, details=details, by=cast[by],
        branch=cast.bandung, channel=Channel.BROWSER,
    )  # fmt: skip
    deliver()
    return asked


def _of(cast: Cast, name: str = "agent", **asked: Any) -> broken.Asked:
    now = timezone.now()
    return broken.Asked(cast[name], now - timedelta(days=30), now + timedelta(minutes=1), **asked)


def test_a_tag_in_the_words_links_both_ways(cast: Cast, page: Any) -> None:
    thing, foreign = stage.asset(cast, name="Front desk"), stage.asset(cast, "DPS", by=cast.it_manager)
    asked = _asks(cast, f"The {thing.tag.lower()}, beeps ({foreign.tag}). See PC-99999.")
    assert list(AboutAsset.objects.values_list("asset", flat=True)) == [
        thing.pk
    ]  # what they may not see is no proof
    browser = page(cast.requester)
    assert thing.tag in browser.get(f"/requests/{asked.pk}/assets/").content.decode()
    assert asked.number in browser.get(f"/requests/about/{thing.pk}/").content.decode()
    tickets.note(ticket=asked, text=f"It is {foreign.tag}.", by=cast.agent)
    deliver()
    assert AboutAsset.objects.filter(asset=foreign).exists()
    assert foreign.tag not in browser.get(f"/requests/{asked.pk}/assets/").content.decode()
    assert len(Program(cast.agent).rows(f"tickets/{asked.pk}/assets/")) == 2


def test_it_names_an_asset_and_takes_it_away(cast: Cast, page: Any) -> None:
    thing, asked = stage.asset(cast), _asks(cast, "It beeps.")
    with pytest.raises(PermissionDenied):
        tickets.name_asset(ticket=asked, asset=thing, by=cast.requester)
    browser = page(cast.agent)
    assert browser.post(f"/requests/{asked.pk}/name-asset/", {"asset": "NO-1"}).status_code == 422
    assert browser.post(f"/requests/{asked.pk}/name-asset/", {"asset": thing.tag.lower()}).status_code == 302
    with pytest.raises(NotPossible):
        tickets.name_asset(ticket=asked, asset=thing, by=cast.agent)
    assert browser.post(f"/requests/{asked.pk}/unname-asset/", {"asset": thing.pk}).status_code == 302
    with pytest.raises(NotPossible):
        tickets.unname_asset(ticket=asked, asset=thing, by=cast.agent)


def test_a_repair_has_its_time_and_its_cost(cast: Cast, page: Any) -> None:
    thing = stage.asset(cast)
    inventory.move_state(asset=thing, move="send_to_repair", reason="Fan.", by=cast.agent)
    browser = page(cast.agent)
    assert "cost" in browser.get(f"/assets/{thing.pk}/put-in-stock/").content.decode()
    sent = {"reason": "Mended.", "cost": "250000"}
    assert browser.post(f"/assets/{thing.pk}/put-in-stock/", sent).status_code == 302
    mended = Repair.objects.get()
    assert (mended.reason, mended.cost, mended.ended_at is not None) == ("Fan.", Decimal(250000), True)
    assert 'name="cost"' not in browser.get(f"/assets/{Asset.objects.get().pk}/put-in-use/").content.decode()


def test_the_worst_come_first_as_page_file_and_api(cast: Cast, page: Any) -> None:
    bad = stage.asset(cast, name="Bad one", maker="Acme", model="X1")
    fine = stage.asset(cast, name="Fine one", maker="Acme", model="X1")
    there = stage.asset(cast, "DPS", maker="Other", by=cast.it_manager)
    for _n in range(2):
        _asks(cast, f"{bad.tag} is dead.")
    _asks(cast, f"{fine.tag} is dead.")
    for thing in (bad, there):
        inventory.move_state(asset=thing, move="send_to_repair", reason="Fan.", by=cast.it_manager)
    inventory.move_state(asset=bad, move="put_in_stock", reason="Done.", by=cast.agent, cost=Decimal(100))
    rows = broken.assets(_of(cast))
    assert [(r.asset, r.incidents, r.repairs, r.cost) for r in rows] == [
        (bad, 2, 1, 100), (fine, 1, 0, 0), (there, 0, 1, 0),
    ]  # fmt: skip
    assert [(r.key[1], r.count, r.incidents, r.repairs) for r in broken.models(_of(cast))] == [
        ("Acme", 2, 3, 1), ("Other", 1, 0, 1),
    ]  # fmt: skip
    assert [r.asset for r in broken.assets(_of(cast, "branch_head"))] == [bad, fine]
    assert [r.asset for r in broken.assets(_of(cast, branch=there.branch_id))] == [there]
    before = broken.Asked(
        cast.agent, timezone.now() - timedelta(days=60), timezone.now() - timedelta(days=30)
    )
    assert broken.assets(before) == []
    browser = page(cast.it_manager)
    told = browser.get("/requests/broken/?months=3").content.decode()
    assert told.index(bad.tag) < told.index(fine.tag)
    assert "Acme X1" in browser.get("/requests/broken/?by=model").content.decode()
    file = b"".join(browser.get("/requests/broken/csv/").streaming_content).decode()
    assert bad.tag in file
    said = Program(cast.it_manager).get("broken-often/", by="model")
    assert [(row["model"][1], row["assets"], row["incidents"]) for row in said] == [
        ("Acme", 2, 3),
        ("Other", 1, 0),
    ]
    for wrong in ({"branch": "abc"}, {"branch": there.branch_id + 1000}, {"months": 500}, {"by": "colour"}):
        program = Program(cast.it_manager)
        program.get("broken-often/", **wrong)
        program.refused(400)
    program = Program(cast.requester)
    program.get("broken-often/")
    program.refused(403)
    assert page(cast.requester).get("/requests/broken/").status_code == 404
