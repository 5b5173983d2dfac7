"""The page on which a board is made or adopted: nothing is done before its plan was seen."""

from typing import Any

import pytest

from integrations.monday.models import Connection
from tests.cast import Cast
from tests.fakes.monday import Monday

pytestmark = pytest.mark.django_db
PAGE, API = "/integrations/monday/board/", "/api/v1/monday/board/"


@pytest.fixture(autouse=True)
def _connected(fake: Monday, settings: Any) -> None:
    settings.MONDAY_TOKEN, settings.MONDAY_API_URL, settings.MONDAY_PLAN = fake.token, fake.url, "pro"
    fake.costs = dict.fromkeys(("create_column", "create_status_column"), 100)


def test_the_plan_is_shown_then_done(fake: Monday, cast: Cast, page: Any) -> None:
    browser = page(cast.administrator)
    assert browser.get(PAGE).status_code == 200
    shown = browser.post(PAGE, {"board_id": "", "title": "Requests of IT"})
    assert "papan baru “Requests of IT”" in shown.content.decode()
    assert "Lakukan" in shown.content.decode()
    assert not fake.writes()
    done = browser.post(PAGE, {"title": "Requests of IT", "seen": shown.context["planned"].mark})
    assert done.status_code == 302
    (board,) = fake.world.boards.values()
    row = Connection.objects.get()
    assert (row.board_name, row.board_id) == ("Requests of IT", board.id)
    assert (
        f'href="https://kumala.monday.com/boards/{board.id}"'
        in browser.get("/integrations/monday/").content.decode()
    )
    assert "Tidak ada yang perlu dibuat" in browser.post(PAGE, {"board_id": board.id}).content.decode()


def test_another_plan_than_was_seen_is_shown_again(fake: Monday, cast: Cast, page: Any) -> None:
    board, browser = fake.world.make_board("Requests"), page(cast.administrator)
    seen = browser.post(PAGE, {"board_id": board.id}).context["planned"].mark
    fake.world.make_column(board, "extra", "Priority", "status", {"labels": []})
    again = browser.post(PAGE, {"board_id": board.id, "seen": seen})
    assert (again.status_code, again.context["planned"].mark != seen) == (200, True)
    assert not fake.writes()


def test_what_stands_in_the_way_offers_no_button(fake: Monday, cast: Cast, page: Any) -> None:
    deep, browser = fake.world.make_board("Deep", hierarchy="multi_level"), page(cast.administrator)
    shown = browser.post(PAGE, {"board_id": deep.id}).content.decode()
    assert "item di bawah item" in shown
    assert "Lakukan" not in shown
    assert browser.post(PAGE, {"board_id": "no number"}).status_code == 409
    assert browser.post(PAGE, {"board_id": "4711"}).status_code == 409
    assert not fake.writes()


def test_a_program_does_the_same(fake: Monday, cast: Cast, page: Any) -> None:
    caller = page(cast.administrator)
    told = caller.post(API, {"title": "By a program", "anew": True}, content_type="application/json").json()
    assert (told["done"], len(told["steps"])) == (False, 13)
    facts = {"title": "By a program", "anew": True, "seen": told["mark"]}
    assert caller.post(API, facts, content_type="application/json").json()["done"]
    assert [board.name for board in fake.world.boards.values()] == ["By a program"]
    assert page(cast.it_manager).post(API, {}, content_type="application/json").status_code in (403, 404)
