"""Stock-takes: what was expected, what turns up, scans that come late or twice, the signature of the branch head."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from approvals import actions as approvals
from approvals.models import CaseFile
from core import files
from events.models import Event
from inventory import actions as inventory
from inventory import labels
from inventory.enums import AssetEvent, How, StockTakeEvent
from inventory.models import Asset, CountLine, Scan, StockTake
from notifications.models import Notification
from tests.api.client import Program
from tests.cast import PASSWORD, Cast
from tests.harness.events import deliver, recorded
from tests.harness.passkey import Passkey
from tests.harness.refusals import not_possible, not_yours
from tests.inventory.stage import asset, room, scan, signed, take


@pytest.fixture(autouse=True)
def _there(cast: Cast) -> None:
    for name in ("agent", "it_manager", "branch_head", "foreign_head", "requester"):
        _ = cast[name]
    room(cast)
    room(cast, "Store")
    asset(cast, "DPS")


def results(counted: Any) -> dict[str, str]:
    """What was said about each code."""
    return dict(CountLine.objects.filter(take=counted).values_list("code", "result"))


def test_everything_that_can_turn_up_has_its_place(cast: Cast) -> None:
    front, store = room(cast), room(cast, "Store")
    here, missing = asset(cast, room=front), asset(cast, room=front)
    moved, foreign = asset(cast, room=store), asset(cast, "DPS")
    gone = inventory.move_state(asset=asset(cast), move="retire", reason="Sold.", by=cast.agent)
    counted = take(cast, room=front)
    assert results(counted) == {here.tag: "expected", missing.tag: "expected"}
    scan(cast, counted, labels.address_of(here.tag))
    line = scan(cast, counted, moved.tag.lower())
    assert (line.result, line.is_corrected, line.was_at) == ("elsewhere", True, "Cabang Bandung · Store")
    scan(cast, counted, foreign.tag)
    scan(cast, counted, gone.tag, note="On the shelf.")
    scan(cast, counted, "https://vendor.example/p/77")
    scan(cast, counted, "4006381333931")
    inventory.end_count(take=counted, by=cast.branch_head)
    assert results(counted) == {
        here.tag: "found", missing.tag: "missing", moved.tag: "elsewhere", foreign.tag: "elsewhere",
        gone.tag: "retired", "https://vendor.example/p/77": "unknown", "4006381333931": "unknown",
    }  # fmt: skip
    assert Asset.objects.get(pk=moved.pk).room == front
    assert Asset.objects.get(pk=foreign.pk).branch == cast.denpasar, "moved only by who keeps both"
    seen = Asset.objects.get(pk=here.pk)
    assert (seen.verified_how, seen.verified_by) == (How.STOCK_TAKE, cast.branch_head)
    told = [e.facts["after"] for e in Event.objects.about(moved).filter(type=AssetEvent.CHANGED)]
    assert told == ["Front office"]


def test_who_keeps_both_branches_moves_between_them(cast: Cast) -> None:
    foreign = asset(cast, "DPS")
    counted = take(cast, by=cast.agent)
    line = scan(cast, counted, foreign.tag, by=cast.agent)
    assert line.is_corrected
    assert Asset.objects.get(pk=foreign.pk).branch == cast.bandung


def test_a_place_is_left_alone_when_nobody_wants_it_corrected(cast: Cast) -> None:
    thing = asset(cast, room=room(cast, "Store"))
    counted = take(cast, room=room(cast))
    assert not scan(cast, counted, thing.tag, correct=False).is_corrected
    assert Asset.objects.get(pk=thing.pk).room == room(cast, "Store")


def test_a_scan_that_comes_late_and_twice_counts_once(cast: Cast) -> None:
    thing = asset(cast)
    counted, key, then = take(cast), uuid4(), timezone.now() - timedelta(hours=3)
    first = scan(cast, counted, thing.tag, key=key, at=then)
    with recorded():
        again = scan(cast, counted, thing.tag, key=key, at=then)
    assert again == first
    assert Scan.objects.get().scanned_at == then
    assert Asset.objects.get(pk=thing.pk).verified_at == then
    elsewhere = take(cast, room=room(cast))
    with not_possible("another stock-take"):
        scan(cast, elsewhere, thing.tag, key=key)


def test_a_place_is_counted_by_one_stock_take_at_a_time(cast: Cast) -> None:
    take(cast)
    with not_possible("being counted already"):
        take(cast)
    take(cast, room=room(cast))


def test_only_the_branch_counts_and_only_its_head_signs(cast: Cast) -> None:
    with not_yours():
        take(cast, by=cast.requester)
    with not_yours():
        take(cast, by=cast.foreign_head)
    counted = inventory.end_count(take=take(cast), by=cast.agent)
    proof = cast.proof("agent", counted.content_hash)
    with not_yours():
        inventory.sign_count(
            take=counted, proof=proof, name="Budi", shown=counted.content_hash, by=cast.agent
        )


def test_what_is_signed_is_what_was_shown(cast: Cast) -> None:
    thing = asset(cast)
    counted = take(cast)
    scan(cast, counted, thing.tag)
    counted = inventory.end_count(take=counted, by=cast.branch_head)
    shown, proof = counted.content_hash, cast.proof("branch_head", counted.content_hash)
    facts = {"take": counted, "name": "Hendra Gunawan", "by": cast.branch_head}
    with not_possible("no longer what"):
        inventory.sign_count(proof=proof, shown="0" * 64, **facts)
    other = cast.proof("branch_head", "1" * 64)
    with not_possible("too old"):
        inventory.sign_count(proof=other, shown=shown, **facts)
    with not_possible("own name"):
        inventory.sign_count(**{**facts, "name": " "}, proof=proof, shown=shown)
    with recorded(StockTakeEvent.SIGNED):
        counted = inventory.sign_count(proof=proof, shown=shown, **facts)
    assert (counted.state, counted.signed_by) == ("signed", cast.branch_head)
    with not_possible("while it is"):
        scan(cast, counted, thing.tag)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_countline SET result = 'found' WHERE take_id = %s",
        "DELETE FROM inventory_countline WHERE take_id = %s",
        "UPDATE inventory_stocktake SET signed_by_id = opened_by_id, signed_at = now() WHERE id = %s",
        "UPDATE inventory_stocktake SET state = 'counting' WHERE id = %s",
        "DELETE FROM inventory_scan WHERE take_id = %s",
    ],
)
def test_postgres_keeps_a_signed_stock_take(cast: Cast, statement: str) -> None:
    thing = asset(cast)
    counted = take(cast, by=cast.agent)
    scan(cast, counted, thing.tag)
    signed(cast, counted)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [counted.pk])


def test_postgres_lets_nobody_but_the_head_sign(cast: Cast) -> None:
    counted = inventory.end_count(take=take(cast), by=cast.agent)
    statement = (
        "UPDATE inventory_stocktake SET state = 'signed', signed_by_id = %s, signed_at = now() WHERE id = %s"
    )
    refused = pytest.raises(DatabaseError, match="head of the branch")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [cast.agent.pk, counted.pk])


def test_the_head_is_asked_to_sign(cast: Cast) -> None:
    counted = inventory.end_count(take=take(cast), by=cast.agent)
    deliver()
    told = Notification.objects.filter(event__type=StockTakeEvent.COUNTED)
    assert [(n.person, n.path) for n in told] == [(cast.branch_head, counted.get_absolute_url())]


def test_the_minutes_are_a_sealed_paper(cast: Cast) -> None:
    thing, lost = asset(cast, name="Till 1"), asset(cast, name="Till 2")
    counted = take(cast)
    scan(cast, counted, thing.tag)
    signed(cast, counted)
    asked = approvals.ask_case_file(case=counted.case, by=cast.branch_head)
    with not_yours():
        approvals.ask_case_file(case=counted.case, by=cast.foreign_head)
    deliver(printed=True)
    made = CaseFile.objects.get(pk=asked.pk)
    paper = PdfReader(io.BytesIO(files.path_of(made.sha256).read_bytes()))
    said = "".join(page.extract_text() for page in paper.pages)
    assert thing.tag in said
    assert said.index(lost.tag) < said.index(thing.tag), "what is missing comes first"
    assert "/Sig" in str(paper.get_fields()), "sealed"


# The telephone -----------------------------------------------------------------------------------------------------


def test_a_telephone_counts_by_page_and_by_json(cast: Cast, page: Any) -> None:
    browser, thing = page(cast.branch_head), asset(cast)
    made = browser.post("/assets/counts/new/", {"place": f"b{cast.bandung.pk}"})
    address = made["Location"]
    key = str(uuid4())
    shot = io.BytesIO()
    Image.new("RGB", (2, 2)).save(shot, "PNG")
    shot.seek(0)
    shot.name = "till.png"
    sent = {"code": thing.tag, "key": key, "at": "2026-11-01T08:00:00Z", "correct": "on", "photo": shot}
    told = browser.post(address, sent, headers={"Accept": "application/json"}).json()
    assert (told["result"], told["figures"]["found"]) == ("found", 1)
    assert CountLine.objects.get(code=thing.tag).photo is not None
    shot.seek(0)
    assert browser.post(address, sent, headers={"Accept": "application/json"}).json()["figures"]["found"] == 1
    assert (
        browser.post(address, {"code": "", "key": key}, headers={"Accept": "application/json"}).status_code
        == 422
    )
    assert browser.post(address, {"code": "nonsense"}).status_code == 302
    assert b"nonsense" in browser.get(address).content


def test_the_head_signs_on_the_page(cast: Cast, page: Any) -> None:
    counted = inventory.end_count(take=take(cast), by=cast.agent)
    browser, address = page(cast.branch_head), f"/assets/counts/{counted.pk}/sign/"
    typed = {"shown": counted.content_hash, "name": "Hendra Gunawan"}
    assert browser.post(address, typed | {"password": "guess"}).status_code == 409
    assert browser.post(f"{address}challenge/").status_code == 409  # they have no passkey
    assert browser.post(address, typed | {"password": PASSWORD, "name": "Somebody Else"}).status_code == 409
    assert browser.post(address, typed | {"password": PASSWORD}).status_code == 302
    assert StockTake.objects.get(pk=counted.pk).state == "signed"


def test_programs_count_too(cast: Cast) -> None:
    program, thing = Program(cast.branch_head), asset(cast)
    made = program.post("stock-takes/", branch=cast.bandung.pk)
    assert program.status == 201, made
    address, key = f"stock-takes/{made['id']}/", str(uuid4())
    for _n in range(2):
        assert (
            program.post_raw(f"{address}scan/", json.dumps({"code": thing.tag, "key": key}).encode())[
                "result"
            ]
            == "found"
        )
    assert program.post(f"{address}end/")["state"] == "counted"
    shown = program.get(address)["content_hash"]
    said = program.post(f"{address}sign/", shown=shown, name="Hendra Gunawan", password=PASSWORD)
    assert said["state"] == "signed"


def test_the_head_signs_with_a_passkey(cast: Cast, page: Any) -> None:
    """Whoever has set one up signs with it: a password alone is refused then."""
    counted = inventory.end_count(take=take(cast), by=cast.agent)
    key = Passkey(cast.branch_head).enrol()
    browser, address = page(cast.branch_head), f"/assets/counts/{counted.pk}/sign/"
    typed = {"shown": counted.content_hash, "name": "Hendra Gunawan"}
    assert browser.post(address, typed | {"password": PASSWORD}).status_code in (409, 422)
    asked = browser.post(f"{address}challenge/").json()
    answer = json.dumps(key.answer(asked))
    assert browser.post(address, typed | {"credential": answer}).status_code == 302
    assert StockTake.objects.get(pk=counted.pk).signed_by_factor == "passkey"
