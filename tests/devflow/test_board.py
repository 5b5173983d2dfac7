"""The board of developments: a card moves by the act that leads there, or stays with a sentence and its clause."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actions as accounts
from devflow import actions as devflow
from devflow import board
from devflow.models import DevelopmentRequest
from events.models import Event
from tests.cast import Cast
from tests.harness.events import recorded
from tests.stages import Case, reach, system

ADDRESS = "/developments/board/"


def lanes(browser: Any, query: str = "") -> dict[str, list[str]]:
    found = BeautifulSoup(browser.get(f"{ADDRESS}{query}").content, "html.parser")
    return {
        lane["data-lane"]: [c["data-card"] for c in lane.select("[data-card]")]
        for lane in found.select("[data-lane]")
    }


def move(browser: Any, case: Case, to: str) -> Any:
    sent = {"move": f"{case.request.pk}:{to}"}
    return browser.post(ADDRESS, sent, headers={"Accept": "application/json"})


@pytest.fixture(autouse=True)
def _readers_of_english(cast: Cast) -> None:
    for name in ("agent", "other_agent", "it_manager", "requester"):
        accounts.set_preferences(user=cast[name], language="en")


def test_developments_stand_in_the_columns_of_the_sop(cast: Cast, page: Any) -> None:
    stages = ("planned", "on_trial", "on_training", "signed", "done")
    waiting, trial, training, ready, done = (reach(cast, stage).ticket.number for stage in stages)
    everything = {
        "waiting": [waiting],
        "in_progress": [trial],
        "user_testing": [training],
        "deploy": [ready, done],
    }
    assert lanes(page(cast.agent)) == everything
    assert lanes(page(cast.requester)) == everything
    assert lanes(page(cast.outsider)) == {column: [] for column in everything}


def test_a_card_says_what_matters(cast: Cast, page: Any) -> None:
    reach(cast, "planned", hours=24).book("2.5")
    card = BeautifulSoup(page(cast.agent).get(ADDRESS).content, "html.parser").select_one("[data-card]")
    assert card is not None
    text = " ".join(card.get_text(" ").split())
    for said in ("HRIS", "2.5 / 24 hours", "Budi Santoso", "in this stage since today", "SOP-A5"):
        assert said in text


def test_the_days_are_those_since_the_stage_began(cast: Cast) -> None:
    """PostgreSQL writes the instant when the stage moves, and keeps it however the row is written otherwise."""
    case = reach(cast, "planned")
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(stage_at=None)
    assert case.request.stage_at == now


def test_the_first_card_is_the_most_urgent(cast: Cast, page: Any) -> None:
    usual, urgent, late = (reach(cast, "planned") for _n in range(3))
    type(usual.ticket).objects.filter(pk__in=[usual.pk, late.pk]).update(priority="low")
    assert lanes(page(cast.agent))["waiting"] == [
        urgent.ticket.number,
        usual.ticket.number,
        late.ticket.number,
    ]


def test_starting_happens_at_once(cast: Cast, page: Any) -> None:
    case = reach(cast, "planned")
    answer = move(page(cast.agent), case, "in_progress")
    assert (answer.status_code, answer.json()) == (200, {"refused": "", "go": ""})
    assert case.request.stage == "trial"
    assert Event.objects.about(case.ticket).filter(type="development.started").exists()


@pytest.mark.parametrize(
    ("stage", "who", "to", "page_of"),
    [
        ("on_trial", "agent", "user_testing", "builds/{build}/training/"),
        ("on_training", "agent", "in_progress", "{request}/build/"),
        ("signed", "it_manager", "in_progress", "{request}/build/"),
    ],
)
def test_an_act_that_needs_words_leads_to_its_form(
    cast: Cast, page: Any, stage: str, who: str, to: str, page_of: str
) -> None:
    case = reach(cast, stage)
    wanted = page_of.format(build=case.build.pk, request=case.request.pk)
    assert move(page(cast[who]), case, to).json()["go"] == f"/developments/{wanted}"


def test_a_new_build_leads_back_to_trial(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_training")
    case.built("1.1")
    assert move(page(cast.agent), case, "in_progress").json()["go"].endswith(f"builds/{case.build.pk}/trial/")


def test_the_it_manager_releases_from_the_card(cast: Cast, page: Any) -> None:
    case = reach(cast, "signed")
    release = f'href="/developments/builds/{case.build.pk}/production/"'
    assert release in page(cast.it_manager).get(ADDRESS).content.decode()
    assert release not in page(cast.agent).get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("stage", "hours", "who", "to", "said"),
    [
        ("accepted", 8, "agent", "in_progress", "SOP-A2: Choose the system first"),
        ("planned", None, "agent", "in_progress", "SOP-A5: Estimate the hours first"),
        ("planned", 24, "agent", "in_progress", "SOP-A5: The hours exceed what is approved"),
        ("planned", 8, "other_agent", "in_progress", "This step is not yours"),
        ("planned", 8, "requester", "in_progress", "This step is not yours"),
        ("planned", 8, "agent", "user_testing", "SOP-A2: Users test on Training"),
        ("planned", 8, "it_manager", "deploy", "SOP-A2: Trial first"),
        ("planned", 8, "agent", "waiting", "The card stands in this column already"),
        ("started", 8, "agent", "user_testing", "SOP-A2: There is no build yet"),
        ("built", 8, "agent", "user_testing", "SOP-A2: This build was never on Trial"),
        ("started", 8, "agent", "waiting", "SOP-A2: Work that has begun"),
        ("on_trial", 8, "it_manager", "deploy", "SOP-A2: This build was never on Training"),
        ("on_training", 8, "it_manager", "deploy", "SOP-A6: This is not the build whose UAT was signed"),
        ("on_training", 8, "agent", "deploy", "SOP-A6: This is not the build whose UAT was signed"),
        ("on_training", 8, "other_agent", "deploy", "This step is not yours"),
        ("signed", 8, "agent", "deploy", "The card stands in this column already"),
        ("done", 8, "it_manager", "in_progress", "SOP-A6: A deployed development is not opened again"),
    ],
)
def test_a_refused_card_stays_and_names_the_clause(
    cast: Cast, page: Any, stage: str, hours: int | None, who: str, to: str, said: str
) -> None:
    case = reach(cast, stage, hours=hours)
    before = case.request.stage
    with recorded() as events:
        answer = move(page(cast[who]), case, to)
    assert (answer.status_code, answer.json()["refused"][: len(said)]) == (409, said)
    assert not events
    assert case.request.stage == before


def test_a_refusal_without_script_is_a_message(cast: Cast, page: Any) -> None:
    case = reach(cast, "planned")
    sent = {"move": f"{case.request.pk}:deploy"}
    answer = page(cast.agent).post(f"{ADDRESS}?branch=", sent, follow=True)
    assert b"Trial first, then Training" in answer.content


@pytest.mark.parametrize(
    ("typed", "status"),
    [("", 409), ("x", 409), (":", 409), ("1:nowhere", 409), ("9" * 20 + ":waiting", 409), ("1:waiting", 404)],
)
def test_nonsense_moves_nothing(cast: Cast, page: Any, typed: str, status: int) -> None:
    answer = page(cast.agent).post(ADDRESS, {"move": typed}, headers={"Accept": "application/json"})
    assert answer.status_code == status


def test_nobody_moves_what_they_do_not_see(cast: Cast, page: Any) -> None:
    assert move(page(cast.outsider), reach(cast, "planned"), "in_progress").status_code == 404


def test_a_board_is_narrowed_by_its_address(cast: Cast, page: Any) -> None:
    case, other = reach(cast, "planned"), reach(cast, "accepted")
    browser = page(cast.agent)
    mine, theirs = case.ticket.number, other.ticket.number
    assert lanes(browser, f"?system={system().pk}")["waiting"] == [mine]
    assert lanes(browser, "?assignee=me")["waiting"] == [mine, theirs]
    assert lanes(browser, f"?assignee={cast.other_agent.pk}")["waiting"] == []
    assert lanes(browser, "?assignee=none")["waiting"] == []
    assert lanes(browser, f"?branch={cast.bandung.pk}")["waiting"] == [mine, theirs]
    assert lanes(browser, "?system=nonsense&branch=-1")["waiting"] == [mine, theirs]


def test_a_column_ends_and_leads_to_its_list(cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST", 2)
    made = [reach(cast, "planned").ticket.number for _n in range(3)]
    browser = page(cast.agent)
    assert lanes(browser)["waiting"] == made[:2]
    found = BeautifulSoup(browser.get(f"{ADDRESS}?assignee={cast.agent.pk}").content, "html.parser")
    lane = found.select_one('[data-lane="waiting"]')
    assert lane is not None
    assert lane.select_one(".count").get_text() == "3"  # type: ignore[union-attr]
    link = lane.select("a")[-1]["href"]
    assert link == f"/developments/?assignee={cast.agent.pk}&stage=waiting"
    assert browser.get(link).content.count(b"/requests/") >= 3


def test_what_was_done_long_ago_leaves_the_board(cast: Cast, page: Any, clock: Any) -> None:
    case = reach(cast, "done")
    assert lanes(page(cast.agent))["deploy"] == [case.ticket.number]
    clock.forward(days=board.DONE_DAYS + 1)
    browser = page(cast.agent)
    assert lanes(browser)["deploy"] == []


def test_the_board_asks_as_often_for_many_cards(cast: Cast, page: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(ADDRESS)
        return len(queries)

    browser = page(cast.it_manager)
    stages = ("planned", "on_trial", "on_training", "signed", "done")
    for stage in stages:
        reach(cast, stage)
    few = (asked(), asked())[1]
    for stage in stages * 2:
        reach(cast, stage)
    reach(cast, "brm_submitted", hours=24)
    assert asked() == few <= 10


def test_the_columns_renew_themselves(cast: Cast, page: Any) -> None:
    """The part alone, and nothing where nothing has changed."""
    case, browser = reach(cast, "planned"), page(cast.agent)
    asked = {"HX-Request": "true", "HX-Target": "board"}
    first = browser.get(ADDRESS, headers=asked)
    assert case.ticket.number in first.content.decode()
    assert b"<html" not in first.content
    again = browser.get(ADDRESS, headers=asked | {"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    devflow.start(request=case.request, by=cast.agent)
    assert browser.get(ADDRESS, headers=asked | {"If-None-Match": first["ETag"]}).status_code == 200
