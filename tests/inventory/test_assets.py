"""Assets: registered once, changed with their history, moved with a reason, verified, by whoever keeps the branch."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.transitions import why_not
from events.models import Event
from inventory import actions as inventory
from inventory.enums import AssetEvent, How
from inventory.models import Asset, Repair
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours
from tests.inventory.stage import asset, kind, reports, room


@pytest.fixture(autouse=True)
def _there(cast: Cast) -> None:
    """Whoever acts here exists before anything is compared."""
    for name in ("agent", "it_manager", "requester", "branch_head", "foreign_agent"):
        _ = cast[name]
    kind(cast)
    reports()


def test_an_asset_gets_the_next_tag_of_its_type(cast: Cast) -> None:
    with recorded(AssetEvent.REGISTERED):
        first = asset(cast)
    assert first.tag == f"PC-{first.pk:05d}"
    assert first.state == "in_stock"
    asset(cast, tag=f"PC-{first.pk + 2:05d}")
    assert asset(cast).tag == f"PC-{first.pk + 3:05d}", "a tag that somebody chose is left alone"


def test_a_tag_is_given_once_whatever_its_capitals(cast: Cast) -> None:
    asset(cast, tag="KG-1")
    with not_possible("already"):
        asset(cast, tag="kg-1")
    with not_possible("Letters"):
        asset(cast, tag="<script>")


def test_every_change_of_a_field_stands_in_the_history(cast: Cast) -> None:
    thing = asset(cast, serial="OLD", cost=Decimal("5000000"))
    with recorded(*[AssetEvent.CHANGED] * 4):
        inventory.change(
            asset=thing, by=cast.agent, serial="NEW", cost=Decimal("5000000.00"), holder=cast.requester,
            warranty_date=date(2028, 1, 31), details={"ram": "16,0", "disk": ""},
        )  # fmt: skip
    told = [
        (e.facts["asset_field"], e.facts["before"], e.facts["after"])
        for e in Event.objects.about(thing).filter(type=AssetEvent.CHANGED)
    ]
    assert told == [
        ("serial", "OLD", "NEW"), ("holder", "–", "Sari Wulandari"), ("warranty_date", "–", "2028-01-31"),
        ("RAM (GB)", "–", "16"),
    ]  # fmt: skip
    with recorded():
        inventory.change(asset=thing, by=cast.agent, serial="NEW", details={"ram": 16})


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"ram": "much"}, "does not fit"), ({"ram": "NaN"}, "does not fit"), ({"disk": "Tape"}, "does not fit"),
        ({"built": "yesterday"}, "does not fit"), ({"leased": "perhaps"}, "does not fit"), ({"cpu": "i5"}, "no field"),
    ],
)  # fmt: skip
def test_own_fields_take_only_what_fits(cast: Cast, details: dict[str, Any], says: str) -> None:
    with not_possible(says):
        asset(cast, details=details)


def test_what_does_not_go_together_is_refused(cast: Cast) -> None:
    elsewhere, thing = room(cast, code="DPS"), asset(cast)
    with not_possible("not a room of"):
        inventory.change(asset=thing, room=elsewhere, by=cast.agent)
    with not_possible("cannot hold"):
        inventory.change(asset=thing, holder=reports(), by=cast.agent)
    with not_possible("warranty ends"):
        inventory.change(
            asset=thing, purchase_date=date(2026, 2, 1), warranty_date=date(2026, 1, 1), by=cast.agent
        )
    part = asset(cast, parent=thing)
    with not_possible("belongs to it"):
        inventory.change(asset=thing, parent=part, by=cast.agent)
    with not_possible("Others belong"):
        inventory.move_state(asset=thing, move="retire", reason="Sold.", by=cast.agent)


def test_an_asset_lives_by_declared_moves_with_a_reason(cast: Cast) -> None:
    thing = asset(cast)
    with not_possible("where it is"):
        inventory.move_state(asset=thing, move="put_in_use", reason="New desk.", by=cast.agent)
    inventory.change(asset=thing, holder=cast.requester, by=cast.agent)
    with not_possible("Say why"):
        inventory.move_state(asset=thing, move="put_in_use", reason=" ", by=cast.agent)
    with recorded(AssetEvent.STATE_CHANGED):
        inventory.move_state(asset=thing, move="put_in_use", reason="New desk.", by=cast.agent)
    with recorded(AssetEvent.STATE_CHANGED, AssetEvent.CHANGED):
        thing = inventory.move_state(asset=thing, move="put_in_stock", reason="She left.", by=cast.agent)
    assert thing.holder is None
    thing = inventory.move_state(asset=thing, move="retire", reason="Sold.", by=cast.agent)
    for act in (
        lambda: inventory.change(asset=thing, serial="X", by=cast.agent),
        lambda: inventory.verify(asset=thing, by=cast.agent),
    ):
        with not_possible("retired"):
            act()


def test_a_cost_without_a_repair_that_ends_is_refused(cast: Cast) -> None:
    thing = asset(cast, holder=cast.requester)
    with not_possible("No repair ends"):
        inventory.move_state(asset=thing, move="put_in_use", reason="Here.", by=cast.agent, cost=Decimal(5))
    with not_possible("No repair ends"):
        inventory.move_state(
            asset=thing, move="send_to_repair", reason="Fan.", by=cast.agent, cost=Decimal(5)
        )
    inventory.move_state(asset=thing, move="send_to_repair", reason="Fan.", by=cast.agent)
    inventory.move_state(asset=thing, move="put_in_use", reason="Mended.", by=cast.agent, cost=Decimal(5))
    assert Repair.objects.get().cost == 5


def test_what_was_in_repair_before_repairs_were_written_down_has_one(cast: Cast) -> None:
    """The migration: begun when it was sent there, by whom, and why; its cost is kept when it comes back."""
    begin = import_module("inventory.migrations.0008_repairs_begun_before").begin
    old, known, _fine = (asset(cast, holder=cast.requester) for _n in range(3))
    for thing in (old, known):
        inventory.move_state(asset=thing, move="send_to_repair", reason="First.", by=cast.agent)
    inventory.move_state(asset=old, move="put_in_use", reason="Mended.", by=cast.agent)
    inventory.move_state(asset=old, move="send_to_repair", reason="Fan.", by=cast.it_manager)
    Repair.objects.filter(asset=old).delete()
    for _twice in range(2):
        begin(apps, None)
    row = Repair.objects.get(asset=old)
    said = Event.objects.about(old).filter(type=AssetEvent.STATE_CHANGED).order_by("-seq")[0]
    assert (row.reason, row.started_by, row.started_at, row.ended_at) == (
        "Fan.",
        cast.it_manager,
        said.at,
        None,
    )
    assert Repair.objects.get(asset=known).reason == "First."
    assert Repair.objects.count() == 2
    inventory.move_state(asset=old, move="put_in_stock", reason="Done.", by=cast.agent, cost=Decimal(7))
    assert Repair.objects.get(asset=old).cost == 7


def test_only_who_keeps_the_branch_changes_its_assets(cast: Cast) -> None:
    thing = asset(cast)
    people = cast.everybody()
    may = {name for name, person in people.items() if why_not(thing, "change", person) is None}
    assert may == {"agent", "other_agent", "it_manager", "db_manager"}
    may = {name for name, person in people.items() if why_not(thing, "verify", person) is None}
    assert may == {"agent", "other_agent", "it_manager", "db_manager", "branch_head"}
    with not_yours():
        asset(cast, by=cast.branch_head)
    with not_yours():  # to a branch that is not theirs
        inventory.change(asset=asset(cast, "DPS"), branch=cast.bandung, by=cast.foreign_agent)


def test_rooms_stay_where_they_are(cast: Cast) -> None:
    thing = asset(cast, room=room(cast))
    thing = inventory.change(asset=thing, branch=cast.denpasar, by=cast.agent)
    assert thing.room is None
    told = Event.objects.about(thing).filter(type=AssetEvent.CHANGED)
    assert [e.facts["asset_field"] for e in told] == ["branch", "room"]


def test_everybody_sees_the_inventory_of_their_branches(cast: Cast) -> None:
    cast.everybody()
    here, there = asset(cast), asset(cast, "DPS")
    held = asset(cast, "DPS", holder=cast.colleague)
    seen = {name: set(Asset.objects.visible_to(cast[name])) for name in cast.everybody()}
    all_of_them = {"agent", "other_agent", "it_manager", "db_manager", "auditor"}
    assert {n for n, s in seen.items() if s == {here, there, held}} == all_of_them
    assert {n for n, s in seen.items() if s == {here}} == {"requester", "branch_head"}
    assert seen["colleague"] == {here, held}
    assert seen["outsider"] == seen["foreign_agent"] == {there, held}
    assert seen["nobody"] == seen["director"] == set()


# Verified --------------------------------------------------------------------------------------------------------


def test_an_asset_is_due_six_months_after_it_was_seen(cast: Cast) -> None:
    with Stopwatch(datetime(2026, 8, 31, 3, tzinfo=UTC)):
        thing = asset(cast)
        assert Asset.objects.get(pk=thing.pk).due_at == datetime(2027, 2, 28, 3, tzinfo=UTC)
    with Stopwatch(datetime(2026, 9, 30, 3, tzinfo=UTC)), recorded(AssetEvent.VERIFIED):
        thing = inventory.verify(asset=thing, by=cast.branch_head)
    assert thing.due_at == datetime(2027, 3, 30, 3, tzinfo=UTC)
    assert (thing.verified_by, thing.verified_how) == (cast.branch_head, How.PERSON)


def test_an_agent_that_reports_every_day_fills_no_history(cast: Cast) -> None:
    thing, now = asset(cast), timezone.now()
    with recorded(AssetEvent.VERIFIED):
        for days in (20, 19, 1):
            thing = inventory.verify(asset=thing, by=reports(), how=How.AGENT, at=now - timedelta(days=days))
    assert thing.verified_at == thing.last_seen_at == now - timedelta(days=1)
    with recorded():  # an old report that comes late
        thing = inventory.verify(asset=thing, by=reports(), how=How.AGENT, at=now - timedelta(days=5))
    assert thing.verified_at == now - timedelta(days=1)


@pytest.mark.parametrize(
    "change",
    [
        "verified_at = NULL, verified_by_id = NULL, verified_how = ''", "verified_at = now() + interval '1 day'",
        "verified_at = verified_at - interval '1 day'", "verified_by_id = NULL", "tag = 'OTHER-1'", "state = 'unknown'",
    ],
)  # fmt: skip
def test_postgres_keeps_what_was_verified(cast: Cast, change: str) -> None:
    thing = inventory.verify(asset=asset(cast), by=cast.agent)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_asset SET {change} WHERE id = %s", [thing.pk])


def test_postgres_alone_says_when_an_asset_is_due(cast: Cast) -> None:
    thing = asset(cast)
    due = Asset.objects.get(pk=thing.pk).due_at
    Asset.objects.filter(pk=thing.pk).update(due_at=timezone.now() + timedelta(days=3000))
    assert Asset.objects.get(pk=thing.pk).due_at == due
    with pytest.raises(DatabaseError), transaction.atomic():
        Asset.objects.filter(pk=thing.pk).delete()


# Words and files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("kg-77", True), ("KG77", True), ("5cg12", True), ("latitude dell", True), ("kasir", True), ("tude", False),
        ("' | :*", False), ("dell hp", False), ("10.1.2", True),
    ],
)  # fmt: skip
def test_words_and_their_beginnings_are_found(cast: Cast, question: str, found: bool) -> None:
    thing = asset(
        cast,
        tag="KG-77",
        serial="5CG1234-XYZ",
        maker="Dell",
        model="Latitude 5420",
        note="PC kasir, 10.1.2.3",
    )
    assert list(Asset.objects.get_queryset().saying(question)) == ([thing] if found else [])


def test_a_photo_is_kept_with_the_asset(cast: Cast) -> None:
    thing = asset(cast)
    with recorded(AssetEvent.FILE_ADDED):
        added = inventory.attach(
            asset=thing, name="../label.txt", file=io.BytesIO(b"Front"), by=cast.branch_head
        )
    assert (added.name, added.content_type) == ("label.txt", "text/plain")
    with not_yours():
        inventory.attach(asset=thing, name="a.txt", file=io.BytesIO(b"x"), by=cast.requester)


# Types and rooms -------------------------------------------------------------------------------------------------


def test_types_are_defined_by_the_it_manager(cast: Cast) -> None:
    with not_yours():
        inventory.keep_type(type=kind(cast), fields=[], by=cast.agent)
    for fields in (
        "x",
        [{"name": "Ü", "kind": "text"}],
        [{"name": "a", "kind": "x"}],
        [{"name": "a", "kind": "choice"}],
        [{"name": "a", "kind": "text"}] * 2,
    ):
        made = kind(cast)
        made.fields = fields
        with not_possible(""):
            inventory.keep_type(type=made, fields=[], by=cast.it_manager)


def test_a_branch_has_a_room_once(cast: Cast) -> None:
    room(cast)
    with not_possible("already"):
        inventory.keep_room(branch=cast.bandung, name="front  OFFICE", by=cast.agent)
    with not_yours():
        inventory.keep_room(branch=cast.bandung, name="Attic", by=cast.branch_head)
