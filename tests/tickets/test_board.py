"""The board: a card moves by the act that leads there, or stays where it is with a sentence."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actions as accounts
from accounts.models import User
from events.models import Event
from tests.cast import Cast
from tests.harness.events import recorded
from tests.stages import plain, reach
from tickets.enums import Status
from tickets.models import Ticket
from tickets.views import board


def cards(browser: Any, address: str = "/requests/board/") -> dict[str, list[str]]:
    found = BeautifulSoup(browser.get(address).content, "html.parser")
    return {
        lane["data-lane"]: [c["data-card"] for c in lane.select("[data-card]")]
        for lane in found.select("[data-lane]")
    }


def move(browser: Any, ticket: Ticket, to: str) -> Any:
    return browser.post(
        "/requests/board/", {"move": f"{ticket.pk}:{to}"}, headers={"Accept": "application/json"}
    )


@pytest.fixture
def english(cast: Cast) -> User:
    return accounts.set_preferences(user=cast.agent, language="en")


def test_requests_stand_in_the_column_of_their_status(cast: Cast, page: Any) -> None:
    new, accepted, started = (plain(cast, stage).ticket for stage in ("opened", "accepted", "started"))
    plain(cast, "confirmed")
    mine = {"waiting": [accepted.number], "in_progress": [started.number], "user_testing": []}
    assert cards(page(cast.agent)) == mine
    assert cards(page(cast.it_manager)) == {"new": [new.number]} | mine
    assert cards(page(cast.outsider)) == {"waiting": [], "in_progress": [], "user_testing": []}


def test_a_card_moves_by_its_act(cast: Cast, page: Any, english: User) -> None:
    ticket = plain(cast, "accepted").ticket
    answer = move(page(cast.agent), ticket, "in_progress")
    assert (answer.status_code, answer.json()) == (200, {"refused": "", "go": ""})
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS
    assert Event.objects.about(ticket).order_by("-seq")[0].type == "ticket.started"


def test_an_act_that_needs_words_leads_to_its_form(cast: Cast, page: Any) -> None:
    new, started = plain(cast, "opened").ticket, plain(cast, "started").ticket
    assert move(page(cast.it_manager), new, "waiting").json()["go"] == f"/requests/{new.pk}/accept/"
    answer = page(cast.agent).post("/requests/board/", {"move": f"{started.pk}:user_testing"})
    assert answer.url == f"/requests/{started.pk}/hand-over/"


@pytest.mark.parametrize(
    ("stage", "who", "to", "said"),
    [
        ("opened", "it_manager", "in_progress", "There is no step"),
        ("opened", "agent", "waiting", "This step is not yours"),
        ("accepted", "other_agent", "in_progress", "This step is not yours"),
        ("accepted", "agent", "user_testing", "There is no step"),
        ("accepted", "agent", "done", "There is no step"),
        ("started", "agent", "waiting", "There is no step"),
        ("handed_over", "agent", "in_progress", "This step is not yours"),
        ("accepted", "agent", "", "There is no step"),
    ],
)
def test_a_refused_card_stays_and_says_why(
    cast: Cast, page: Any, stage: str, who: str, to: str, said: str
) -> None:
    ticket = plain(cast, stage).ticket
    accounts.set_preferences(user=cast[who], language="en")
    with recorded() as events:
        answer = move(page(cast[who]), ticket, to)
    assert answer.status_code == 409
    assert said in answer.json()["refused"]
    assert not events
    assert Ticket.objects.get(pk=ticket.pk).status == ticket.status


def test_a_development_names_the_clause(cast: Cast, page: Any, english: User) -> None:
    case = reach(cast, "planned")
    assert "SOP-A2" in move(page(cast.agent), case.ticket, "in_progress").json()["refused"]


def test_a_refusal_without_script_is_a_message(cast: Cast, page: Any, english: User) -> None:
    ticket = plain(cast, "accepted").ticket
    answer = page(cast.agent).post("/requests/board/?team=", {"move": f"{ticket.pk}:done"}, follow=True)
    assert b"There is no step" in answer.content


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("", 409),
        ("x", 409),
        (":", 409),
        ("99999999999999999999:waiting", 409),
        ("999999:waiting", 404),
        ("1", 404),
    ],
)
def test_nonsense_moves_nothing(cast: Cast, page: Any, typed: str, status: int) -> None:
    sent = {"move": typed}
    answer = page(cast.agent).post("/requests/board/", sent, headers={"Accept": "application/json"})
    assert answer.status_code == status


def test_nobody_moves_what_they_do_not_see(cast: Cast, page: Any) -> None:
    ticket = plain(cast, "accepted").ticket
    assert move(page(cast.outsider), ticket, "in_progress").status_code == 404


def test_a_column_ends_and_leads_to_its_list(cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST", 2)
    made = [plain(cast, "accepted").ticket.number for _n in range(3)]
    browser = page(cast.agent)
    assert cards(browser)["waiting"] == made[:0:-1]
    answer = browser.get(f"/requests/board/?assignee={cast.agent.pk}").content.decode()
    assert f'href="/requests/?assignee={cast.agent.pk}&amp;status=waiting"' in answer


def test_the_board_asks_as_often_for_many_cards(cast: Cast, page: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get("/requests/board/")
        return len(queries)

    browser = page(cast.it_manager)
    for stage in ("opened", "accepted", "started", "handed_over"):
        plain(cast, stage)
    few = (asked(), asked())[1]
    for stage in ("opened", "accepted", "started", "handed_over") * 3:
        plain(cast, stage)
    assert asked() == few <= 10
