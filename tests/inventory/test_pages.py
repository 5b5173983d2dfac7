"""Pages of the inventory: what one finds, what one types, labels that lead to their asset."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.actions import set_preferences
from events.models import Event
from inventory import actions as inventory
from inventory import columns, labels
from inventory.enums import VerificationEvent
from inventory.models import Asset
from notifications.models import Notification
from tests.api.client import Program, verbs
from tests.cast import Cast
from tests.harness.events import deliver, recorded
from tests.inventory.stage import asset, decides, handed, kind, room
from tests.inventory.stage import told as reported


def test_an_asset_is_registered_in_two_steps(cast: Cast, page: Any) -> None:
    browser, type_ = page(cast.agent), kind(cast)
    place = room(cast)
    assert b"Computer" in browser.get("/assets/new/").content
    address = f"/assets/new/?type={type_.pk}"
    typed = {
        "place": f"r{place.pk}",
        "serial": "5CG1",
        "own_ram": "16",
        "own_leased": "yes",
        "holder": "sari wulandari",
    }
    _ = cast.requester
    assert browser.post(address, typed | {"own_ram": "much"}).status_code == 409
    answer = browser.post(address, typed)
    made = Asset.objects.get()
    assert answer["Location"] == made.get_absolute_url()
    assert (made.room, made.holder, made.details) == (
        place, cast.requester, {"ram": "16", "leased": True, "disk": "", "built": ""},
    )  # fmt: skip
    again = browser.get(f"/assets/{made.pk}/change/").content.decode()
    assert 'value="16"' in again
    assert "requester@kumala.example" in again


@pytest.mark.parametrize(("typed", "says"), [("nobody at all", "Nobody is called"), ("Sari Wulandari", "")])
def test_a_holder_is_named_or_refused(cast: Cast, page: Any, typed: str, says: str) -> None:
    browser, thing = page(cast.agent), asset(cast)
    _ = cast.requester
    answer = browser.post(
        f"/assets/{thing.pk}/put-in-use/", {"place": f"b{thing.branch_id}", "holder": typed, "reason": "New."}
    )
    assert (answer.status_code == 302) is not bool(says)
    thing = Asset.objects.get(pk=thing.pk)
    assert thing.state == ("in_stock" if says else "in_use")


def test_the_list_finds_by_words_and_filters(cast: Cast, page: Any) -> None:
    here = asset(cast, serial="5CG1234", holder=cast.requester)
    there = asset(cast, "DPS", serial="PF2ABC")
    inventory.move_state(asset=there, move="declare_lost", reason="Stolen.", by=cast.agent)
    browser = page(cast.agent)
    for query, found in (
        ("", {here}), ("?state=all", {here, there}), ("?q=5cg", {here}), ("?q=5cg&state=lost", set()),
        ("?holder=sari", {here}), (f"?branch={there.branch_id}&state=lost", {there}), ("?sort=due", {here}),
        ("?sort=tag&before=nonsense", {here}), ("?type=999", {here}),
    ):  # fmt: skip
        text = browser.get(f"/assets/{query}").content.decode()
        assert {a for a in (here, there) if a.tag in text} == found, query
    told = b"".join(browser.get("/assets/export/csv/?state=all").streaming_content).decode()
    assert "5CG1234" in told
    assert "PF2ABC" in told


def test_a_label_leads_to_its_asset(cast: Cast, page: Any) -> None:
    thing = asset(cast, tag="KG/2026-7", name="=Front desk")
    browser = page(cast.requester)
    address = labels.address_of(thing.tag)
    assert address.startswith(settings.BASE_URL)
    path = address.removeprefix(settings.BASE_URL)
    assert browser.get(path)["Location"] == thing.get_absolute_url()
    assert page(cast.outsider).get(path).status_code == 404
    assert labels.tag_in(address) == labels.tag_in(" KG/2026-7 ") == "KG/2026-7"
    assert labels.tag_in("https://evil.example/assets/t/KG/") == ""
    assert browser.get("/assets/scan/", {"code": address})["Location"] == thing.get_absolute_url()
    missing = browser.get("/assets/scan/", {"code": "<script>x"})
    assert missing.status_code == 404
    assert b"&lt;script&gt;x" in missing.content


def test_the_way_to_what_breaks_often_is_shown_to_who_may_go_it(cast: Cast, page: Any) -> None:
    for name, shown in (("agent", True), ("auditor", True), ("branch_head", True), ("requester", False)):
        browser, there = page(cast[name]), reverse("tickets:broken")
        assert (f'href="{there}"' in browser.get("/assets/").content.decode()) is shown, name
        assert (browser.get(there).status_code == 200) is shown, name


def test_lists_and_pages_leave_signed_forms_where_they_are(cast: Cast, page: Any) -> None:
    """A form holds all its items with the hashes of their photos; only its number is shown."""
    thing = asset(cast, details={"ram": "16"})
    decides(handed(cast, thing, cast.requester), cast.requester)
    browser = page(cast.agent)
    with CaptureQueriesContext(connection) as asked:
        told = b"".join(browser.get("/assets/export/csv/").streaming_content).decode()
    assert (thing.tag in told, ",16," in told) == (True, True)
    assert not [query for query in asked.captured_queries if "approvals_approval" in query["sql"]]
    for address in (
        thing.get_absolute_url(),
        f"/assets/people/{cast.requester.pk}/",
        f"/assets/hand-overs/new/?tags={thing.tag}",
    ):
        with CaptureQueriesContext(connection) as asked:
            browser.get(address)
        of_assets = [
            query["sql"] for query in asked.captured_queries if 'FROM "inventory_asset"' in query["sql"]
        ]
        assert of_assets
        assert not [sql for sql in of_assets if '"content"' in sql], address


def test_the_page_of_an_asset_asks_as_much_whatever_it_shows(cast: Cast, page: Any) -> None:
    bare, rich = asset(cast), asset(cast, room=room(cast))
    set_preferences(user=cast.it_manager, language="en")
    for number in range(4):
        asset(cast, parent=rich, room=rich.room, holder=cast.requester)
        reported(rich, *((f"Program {n}", "Vendor", "1") for n in range(number + 1)))
        inventory.attach_all(
            asset=rich, uploads=[(f"{number}.txt", io.BytesIO(b"x" * (number + 1)))], by=cast.agent
        )
    decides(handed(cast, rich, cast.requester), cast.requester)
    inventory.move_state(asset=rich, move="send_to_repair", reason="Broken", by=cast.agent)
    for person in (cast.agent, cast.it_manager, cast.branch_head):
        browser, asked = page(person), []
        for thing in (bare, rich):
            browser.get(thing.get_absolute_url())
            with CaptureQueriesContext(connection) as counted:
                assert browser.get(thing.get_absolute_url()).status_code == 200
            asked.append(len(counted))
        assert asked[0] == asked[1] <= 10, (person, asked)


def test_own_fields_of_several_types_are_one_column(
    cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind(cast)
    set_preferences(user=cast.agent, language="en")
    other = kind(cast, "Server", "SV", [{"name": "memory", "label": "ram (gb)", "kind": "number"}])
    for _n in range(3):
        asset(cast, details={"ram": "16"})
        asset(cast, type=other, details={"memory": "64"})
    counted: list[Any] = []
    key_of = columns.key_of
    monkeypatch.setattr("inventory.views.assets.key_of", lambda field: counted.append(field) or key_of(field))
    told = b"".join(page(cast.agent).get("/assets/export/csv/").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert {(row["Type"], row["RAM (GB)"]) for row in rows} == {("Computer", "16"), ("Server", "64")}
    assert len(counted) == 5, "once for each field of each type"


def test_labels_are_printed_on_sheets(cast: Cast, page: Any) -> None:
    things = [asset(cast) for _n in range(3)]
    browser = page(cast.agent)
    answer = browser.get("/assets/labels/?paper=12&skip=10")
    paper = PdfReader(io.BytesIO(answer.content))
    assert len(paper.pages) == 2, "two places were free on the first sheet"
    said = [p.extract_text() for p in paper.pages]
    assert [t.tag for t in things if t.tag in said[0]] == [t.tag for t in things[:2]]
    assert things[2].tag in said[1]
    only = PdfReader(io.BytesIO(browser.get(f"/assets/labels/?only={things[1].pk}").content))
    assert things[1].tag in only.pages[0].extract_text()
    assert page(cast.outsider).get(f"/assets/labels/?only={things[1].pk}").status_code == 302


# Six months ---------------------------------------------------------------------------------------------------------


def test_a_branch_is_told_once_a_day_of_what_comes_due(cast: Cast) -> None:
    _ = cast.branch_head, cast.it_manager, cast.foreign_head
    thing = asset(cast)
    due = Asset.objects.get(pk=thing.pk).due_at
    with recorded():
        inventory.look_after(now=due - timedelta(days=31))
    with recorded(VerificationEvent.DUE):
        inventory.look_after(now=due - timedelta(days=29))
        inventory.look_after(now=due - timedelta(days=28))
    Event.objects.filter(type=VerificationEvent.DUE)  # told; a second asset of that day waits for the next
    deliver()
    told = Notification.objects.filter(event__type=VerificationEvent.DUE)
    assert [n.person for n in told] == [cast.branch_head]
    assert told[0].path == f"/assets/verification/?branch={thing.branch_id}"


def test_what_is_verified_is_told_anew_after_six_months(cast: Cast) -> None:
    _ = cast.branch_head
    thing = asset(cast)
    Asset.objects.filter(pk=thing.pk).update(told="overdue")
    inventory.verify(asset=thing, by=cast.branch_head)
    assert Asset.objects.get(pk=thing.pk).told == ""


def test_the_page_of_verification_counts_by_branch(cast: Cast, page: Any) -> None:
    asset(cast)
    asset(cast, "DPS")
    old = timezone.now() - timedelta(days=200)
    late = asset(cast)
    with_old = Asset.objects.filter(pk=late.pk)
    with_old.update(verified_at=old, verified_by=cast.agent, verified_how="person")
    text = page(cast.branch_head).get("/assets/verification/").content.decode()
    assert late.tag in text
    assert "Cabang Bandung" in text
    assert "Cabang Denpasar" not in text


# Over the API -------------------------------------------------------------------------------------------------------


def test_programs_do_what_people_do(cast: Cast) -> None:
    program, type_ = Program(cast.agent), kind(cast)
    place = room(cast)
    made = program.post(
        "assets/", type=type_.pk, branch=cast.bandung.pk, room=place.pk, serial="X1", details={"ram": 8}
    )
    assert (program.status, made["state"], made["details"]) == (201, "in_stock", {"ram": "8"})
    address = f"assets/{made['id']}/"
    assert program.patch(address, serial="X2")["serial"] == "X2"
    program.post(f"{address}retire/", reason="")
    assert program.status == 400
    said = program.post(
        f"{address}put-in-use/", branch=cast.bandung.pk, holder=cast.requester.pk, reason="New."
    )
    assert said["state"] == "in_use"
    assert program.post(f"{address}verify/")["verified_how"] == "person"
    added = program.post(f"{address}files/", files=True, file=io.BytesIO(b"photo"))
    assert program.status == 201, added
    assert len(program.rows(f"{address}timeline/")) == 7
    assert verbs(program.get(address))["retire"] is True
    assert [row["id"] for row in program.rows("assets/", q="x2", state="in_use")] == [made["id"]]
    program.post(f"{address}retire/", reason="Sold.")
    program.patch(address, serial="X3")
    program.refused(409)
