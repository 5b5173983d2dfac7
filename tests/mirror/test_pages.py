"""The administrator's page: how it does, what waits for a person, settings that never show the token."""

import html
from datetime import timedelta
from typing import Any

import pytest

from accounts.actions import robot
from core.errors import PermissionDenied
from integrations.monday import actions
from integrations.monday.actions import sweeping
from integrations.monday.actions._parts import SPARE
from integrations.monday.limits import PLANS, State
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


def _enters(browser: Any, monday_id: str, user: Any) -> tuple[bool, str]:
    """Whether the number is kept, and the page that says so or why not."""
    answer = browser.post(f"{PAGE}people/enter/", {"user": user.pk, "monday_id": monday_id}, follow=True)
    kept = MondayPerson.objects.filter(user=user, monday_id=monday_id).exists()
    assert (answer.status_code == 200) is kept
    assert kept or f'value="{monday_id}"' in answer.content.decode(), "nothing typed is lost"
    return kept, html.unescape(answer.content.decode())


def test_a_number_that_nobody_has_there_is_refused(mirror: Mirror, page: Any) -> None:
    """One wrong digit would make the changes of somebody else the acts of this person."""
    cast, browser = mirror.cast, page(mirror.cast.administrator)
    MondayPerson.objects.all().delete()
    kept, shown = _enters(browser, "123456789", cast.agent)
    assert not kept
    assert "Tidak ada orang aktif di monday.com dengan nomor 123456789." in shown
    kept, shown = _enters(browser, mirror.there["it_manager"].id, cast.agent)
    assert not kept
    assert f"Di monday.com ini {cast.it_manager.name}, dengan alamat {cast.it_manager.name} di sini." in shown
    kept, shown = _enters(browser, mirror.stranger.id, cast.agent)
    assert kept, "whoever has another address there"
    assert f"Di monday.com ini {mirror.stranger.name}." in shown
    assert MondayPerson.objects.get().name == mirror.stranger.name


@pytest.mark.parametrize("fault", ["drop-before", "500", "403", "429"])
def test_where_monday_com_cannot_be_asked_a_number_is_kept_with_a_remark(
    mirror: Mirror, page: Any, fault: str
) -> None:
    MondayPerson.objects.all().delete()
    mirror.fake.fails(fault, on="PeopleById")
    kept, shown = _enters(page(mirror.cast.administrator), "123456789", mirror.cast.agent)
    assert kept
    assert "monday.com tidak bisa ditanya apakah nomor ini ada: " in shown
    state = State.of(Connection.objects.get().state)
    assert not state.is_blocked, "a right that this question alone lacks stops nothing"


def test_without_a_token_a_number_is_kept_with_a_remark(cast: Cast, page: Any) -> None:
    kept, shown = _enters(page(cast.administrator), "71", cast.agent)
    assert kept
    assert "monday.com tidak tersambung, jadi tidak ditanya apakah nomor ini ada." in shown


def test_a_program_of_somebody_elses_enters_nobody(cast: Cast) -> None:
    """Programs hold tokens of the API; only the mirror itself may do what administrators may."""
    with pytest.raises(PermissionDenied):
        actions.keep_person(user=cast.agent, monday_id="71", by=robot("deployments"))
    assert not MondayPerson.objects.exists()
    assert actions.keep_person(user=cast.agent, monday_id="71", by=robot("monday"))


GUIDE = "Cara menyambungkan"


def test_the_guide_stays_until_there_is_a_board(cast: Cast, page: Any, settings: Any) -> None:
    browser = page(cast.administrator)
    assert GUIDE in browser.get(PAGE).content.decode()
    browser.post(f"{PAGE}settings/", {"new_items": "ignore", "token": "a-secret-token"})
    shown = browser.get(PAGE).content.decode()
    assert GUIDE in shown, "the token is its first step only"
    refused = browser.post(f"{PAGE}settings/", {"new_items": "ignore", "is_active": "on"}).content.decode()
    sentence = "Belum ada papan. Pilih dulu di Papan dan kolom."
    assert sentence in shown
    assert sentence in refused, "the page and the call say the same"
    Connection.objects.update(board_id="1", columns={"key": "key"})
    assert GUIDE not in browser.get(PAGE).content.decode()


def _compares(browser: Any) -> bool:
    """Whether the button is there; the call must say the same."""
    drawn = f"{PAGE}compare/" in browser.get(PAGE).content.decode()
    Connection.objects.update(report_due_at=None)
    answer = browser.post("/api/v1/monday/compare/")
    assert (answer.status_code == 200) is drawn, answer.content
    assert (Connection.objects.get().report_due_at is not None) is drawn
    return drawn


def test_the_button_that_compares_is_there_when_the_call_would_work(mirror: Mirror, page: Any) -> None:
    browser = page(mirror.cast.administrator)
    assert _compares(browser)
    assert actions.sweep()
    assert not _compares(browser), "it was just walked"
    mirror.clock.forward(minutes=5)
    assert _compares(browser)
    now = mirror.clock.now
    for state in (State(is_blocked=True, reason="x"), State(open_until=now + timedelta(hours=1), reason="x")):
        Connection.objects.update(state=state.plain())
        assert not _compares(browser)
    Connection.objects.update(state={}, is_active=False)
    assert not _compares(browser)


def test_asking_again_and_again_keeps_to_the_share_of_the_calls(mirror: Mirror, page: Any) -> None:
    """On the smallest plan a fifth of the calls of a day is forty: three for each walk with a report."""
    Connection.objects.update(plan="free")
    browser, walks = page(mirror.cast.administrator), 0
    mirror.fake.journal.clear()
    for _minute in range(0, 24 * 60, 30):
        browser.post(f"{PAGE}compare/")
        walks += actions.sweep()
        mirror.clock.forward(minutes=30)
    assert walks > 10
    assert len(mirror.fake.journal) <= 45


def test_a_press_while_the_board_is_walked_is_kept(
    mirror: Mirror, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.clock.forward(hours=1)
    Connection.objects.update(swept_at=mirror.clock.now - timedelta(hours=1), reported_at=mirror.clock.now)
    ends = sweeping._Walk.end

    def pressed(walk: Any) -> None:
        ends(walk)
        mirror.clock.forward(seconds=3)
        actions.compare(by=mirror.cast.administrator)
        actions.keep_connection(by=mirror.cast.administrator, mirrors_answers=True)

    monkeypatch.setattr(sweeping._Walk, "end", pressed)
    assert actions.sweep()
    monkeypatch.undo()
    row = Connection.objects.get()
    assert row.report_due_at == row.sweep_due_at == mirror.clock.now
    shown = page(mirror.cast.administrator).get(PAGE).content.decode()
    assert "Kedua sisi sedang dibandingkan" in shown
    assert "Papan belum pernah disisir" not in shown
    Connection.objects.update(sweep_due_at=mirror.clock.now + timedelta(hours=1))
    assert not actions.sweep(), "not before the walks are far enough apart"
    mirror.clock.forward(minutes=5)
    assert actions.sweep()
    row = Connection.objects.get()
    assert (row.report_due_at, row.reported_at) == (None, mirror.clock.now)


def test_a_walk_leaves_calls_for_changes(mirror: Mirror) -> None:
    spent = PLANS["pro"].calls_per_day - SPARE
    for calls, sent in ((spent, 0), (spent - 1, 1)):
        state = State(day=f"{mirror.clock.now:%Y-%m-%d}", calls_today=calls)
        Connection.objects.update(state=state.plain(), sweep_due_at=mirror.clock.now)
        mirror.fake.journal.clear()
        assert not actions.sweep()
        assert len(mirror.fake.journal) == sent
        assert Connection.objects.get().sweep_due_at == mirror.clock.now + timedelta(minutes=2)


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
