"""The administrator's page: how it does, what waits for a person, settings that never show the token."""

from typing import Any

from integrations.monday import actions
from integrations.monday.models import Connection, Link, MondayPerson, Stray
from tests.cast import Cast
from tests.mirror.conftest import Mirror
from tests.stages import plain
from tests.world import mirrored
from tickets.models import Ticket

PAGE = "/integrations/monday/"


def test_without_a_token_the_product_runs_and_says_so(cast: Cast, page: Any) -> None:
    answer = page(cast.administrator).get(PAGE)
    assert answer.status_code == 200
    assert "Tidak tersambung" in answer.content.decode()
    assert actions.deliver() == 0
    assert not actions.sweep()


def test_a_token_that_is_typed_is_sealed_and_never_shown(cast: Cast, page: Any) -> None:
    browser = page(cast.administrator)
    typed = {"new_items": "ignore", "plan": "pro", "token": "a-secret-token", "mirrors_answers": "on"}
    assert browser.post(f"{PAGE}settings/", typed).status_code == 302
    row = Connection.objects.get()
    assert b"a-secret-token" not in bytes(row.token_sealed or b"")
    assert actions.token_of(row) == "a-secret-token"
    assert (row.plan, row.new_items, row.mirrors_answers, row.is_active) == ("pro", "ignore", True, False)
    for address in (PAGE, f"{PAGE}settings/", "/api/v1/monday/", "/ledger/"):
        assert b"a-secret-token" not in browser.get(address).content
    assert browser.post(f"{PAGE}settings/", typed | {"token": ""}).status_code == 302
    assert actions.token_of(Connection.objects.get()) == "a-secret-token", "an empty field leaves it"
    browser.post(f"{PAGE}settings/", typed | {"token": "", "forget_token": "on"})
    assert actions.token_of(Connection.objects.get()) == ""


def test_it_is_not_switched_on_without_a_board(cast: Cast, page: Any) -> None:
    answer = page(cast.administrator).post(f"{PAGE}settings/", {"new_items": "ignore", "is_active": "on"})
    assert answer.status_code == 409
    assert not Connection.objects.filter(is_active=True).exists()


def test_who_is_who_is_entered_once_each(cast: Cast, page: Any) -> None:
    browser, enter = page(cast.administrator), f"{PAGE}people/enter/"
    assert browser.post(enter, {"user": cast.agent.pk, "monday_id": "71"}).status_code == 302
    assert browser.post(enter, {"user": cast.other_agent.pk, "monday_id": "71"}).status_code == 409
    assert browser.post(enter, {"user": cast.other_agent.pk, "monday_id": "x"}).status_code == 409
    assert MondayPerson.objects.get().user == cast.agent
    assert cast.agent.name in browser.get(f"{PAGE}people/").content.decode()
    assert browser.post(enter, {"user": cast.agent.pk, "monday_id": ""}).status_code == 302
    assert not MondayPerson.objects.exists()


def test_what_waits_for_a_person_is_decided_there(mirror: Mirror, page: Any) -> None:
    cast = mirror.cast
    rows = mirrored(plain(cast, "started").ticket)
    browser = page(cast.administrator)
    shown = browser.get(PAGE).content.decode()
    assert "no such label" in shown
    assert rows["link"].ticket.title not in shown, "an administrator may see no request"
    for address in (f"requests/{rows['link'].pk}/retry/", f"findings/{rows['difference'].pk}/seen/",
                    f"remarks/{rows['remark'].pk}/retry/", f"cards/{rows['stray'].pk}/leave/"):  # fmt: skip
        assert browser.post(PAGE + address).status_code == 302
    assert not Link.objects.dead().exists()
    assert not Stray.objects.waiting().exists()
    assert "no such label" not in browser.get(PAGE).content.decode()


def test_a_card_of_somebody_unknown_is_made_a_request_there(mirror: Mirror, page: Any) -> None:
    mirror.fake.world.by(mirror.stranger).add(mirror.board, "The printer is broken")
    mirror.turn()
    browser, cast = page(mirror.cast.it_manager), mirror.cast
    address = f"{PAGE}cards/{Stray.objects.get().pk}/adopt/"
    assert browser.post(address, {"requester": "nobody@elsewhere.example"}).status_code == 409
    assert browser.post(address, {"requester": cast.requester.email}).status_code == 302
    assert Ticket.objects.get().requester == cast.requester


def test_the_api_tells_the_same(mirror: Mirror, page: Any) -> None:
    mirror.case("accepted")
    mirror.turn()
    browser = page(mirror.cast.administrator)
    told = browser.get("/api/v1/monday/").json()
    assert (told["state"], told["has_token"], told["waiting"], told["dead"]) == ("works", True, 0, 0)
    assert told["calls_today"] > 0
    assert browser.get("/api/v1/monday/links/?state=active").json()["results"][0]["is_dirty"] is False
    mirror.fake.revoke()
    answer = browser.post("/api/v1/monday/try/")
    assert answer.status_code == 409
    assert mirror.fake.token.encode() not in answer.content
    assert browser.get("/api/v1/monday/").json()["state"] == "blocked"
