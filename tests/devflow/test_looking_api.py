"""Board, timeline, capacity and reports over the API: what the pages show, for programs."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import actions as accounts
from devflow import actions as devflow
from tests.cast import Cast
from tests.stages import Case, reach
from tickets.models import Ticket

API = "/api/v1"


@pytest.fixture(autouse=True)
def _readers_of_english(cast: Cast) -> None:
    for name in ("agent", "it_manager", "auditor", "requester"):
        accounts.set_preferences(user=cast[name], language="en")


def board(browser: Any, query: str = "") -> dict[str, list[dict[str, Any]]]:
    answer = browser.get(f"{API}/development-board/{query}")
    assert answer.status_code == 200, answer.content
    return {column["column"]: column["cards"] for column in answer.json()["columns"]}


def moves(browser: Any, case: Case) -> dict[str, dict[str, Any]]:
    cards = [card for column in board(browser).values() for card in column]
    (card,) = (card for card in cards if card["ticket"]["id"] == case.pk)
    return {move.pop("to"): move for move in card["moves"]}


def test_the_board_has_the_columns_of_the_page(cast: Cast, page: Any) -> None:
    cases = [reach(cast, stage) for stage in ("planned", "on_trial", "on_training", "signed", "done")]
    devflow.hold(request=cases[1].request, reason="Waits.", by=cast.agent)
    found = {
        column: [card["ticket"]["number"] for card in cards]
        for column, cards in board(page(cast.agent)).items()
    }
    waiting, trial, training, ready, done = (case.ticket.number for case in cases)
    assert found == {
        "waiting": [waiting], "in_progress": [trial], "user_testing": [training], "deploy": [ready, done],
    }  # fmt: skip
    assert all(not cards for cards in board(page(cast.agent), "?assignee=none").values())
    assert all(not cards for cards in board(page(cast.outsider)).values())
    assert page(cast.agent).get(f"{API}/development-board/?system=x").status_code == 400


def test_a_card_says_where_it_may_go_or_why_not(cast: Cast, page: Any) -> None:
    held, signed, trial = reach(cast, "planned", hours=24), reach(cast, "signed"), reach(cast, "on_trial")
    found = moves(page(cast.agent), held)
    assert found["in_progress"] | {"reason": ""} == {
        "allowed": False, "verb": "start", "reason": "", "rule": "SOP-A5",
    }  # fmt: skip
    assert "Director and Board" in found["in_progress"]["reason"]
    assert (found["deploy"]["rule"], found["deploy"]["reason"][:11]) == ("SOP-A2", "Trial first")
    found = moves(page(cast.agent), trial)
    assert found["user_testing"] == {"allowed": True, "verb": "training", "reason": "", "rule": ""}
    assert found["waiting"]["rule"] == "SOP-A2"
    assert moves(page(cast.requester), trial)["user_testing"]["reason"] == "This step is not yours to do."
    assert moves(page(cast.agent), signed)["in_progress"]["allowed"]


def test_what_the_board_allows_is_done_and_what_it_refuses_is_refused(cast: Cast, page: Any) -> None:
    """The same answer as the act itself, for every card and column."""
    for stage in ("planned", "built", "on_trial", "on_training", "signed", "done"):
        case = reach(cast, stage)
        asked = moves(page(cast.agent), case).items()
        for to, said in sorted(asked, key=lambda move: bool(move[1]["allowed"])):
            sent = {"move": f"{case.request.pk}:{to}"}
            headers = {"Accept": "application/json"}
            answer = page(cast.agent).post("/developments/board/", sent, headers=headers)
            assert (answer.status_code == 200) == said["allowed"], (stage, to, said)
            if not said["allowed"]:
                assert said["reason"] in answer.json()["refused"]


def test_the_timeline_has_plans_work_and_conflicts(cast: Cast, page: Any) -> None:
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday() + 14)
    one, two, far = (reach(cast, "planned") for _n in range(3))
    for case, begin in ((one, 0), (two, 3), (far, 200)):
        days = {
            "start_date": monday + timedelta(days=begin),
            "finish_date": monday + timedelta(days=begin + 5),
        }
        Ticket.objects.filter(pk=case.pk).update(**days)
    rows = page(cast.agent).get(f"{API}/development-timeline/").json()["results"]
    assert {row["ticket"]["id"] for row in rows} == {one.pk, two.pk}
    found = {row["ticket"]["id"]: row for row in rows}
    day = monday + timedelta(days=3)
    assert found[one.pk]["clashes"] == [
        {"ticket": two.pk, "days": {"first": f"{day}", "last": f"{monday + timedelta(days=5)}"}}
    ]
    assert (found[one.pk]["lane"], found[one.pk]["real"]) == ("HRIS", None)
    later = (
        page(cast.agent)
        .get(f"{API}/development-timeline/?by=person&from={monday + timedelta(days=190)}")
        .json()
    )
    assert [(row["ticket"]["id"], row["lane"]) for row in later["results"]] == [(far.pk, "Budi Santoso")]
    assert page(cast.agent).get(f"{API}/development-timeline/?by=moon").status_code == 400
    first = page(cast.agent).get(f"{API}/development-timeline/?page_size=1").json()
    second = page(cast.agent).get(first["next"]).json()
    assert {first["results"][0]["id"], second["results"][0]["id"]} == {one.request.pk, two.request.pk}


def test_capacity_has_the_hours_of_the_page(cast: Cast, page: Any) -> None:
    reach(cast, "planned").book(3)
    found = page(cast.it_manager).get(f"{API}/development-capacity/").json()
    (agent,) = (person for person in found["people"] if person["name"] == "Budi Santoso")
    assert (agent["undated"], agent["booked"][0], len(agent["weeks"])) == ("5.0", "3.00", len(found["weeks"]))
    assert (found["of_nobody"], found["undecided"]) == (None, 0)
    assert page(cast.agent).get(f"{API}/development-capacity/").status_code == 403


def test_reports_find_what_the_pages_find(cast: Cast, page: Any) -> None:
    over = reach(cast, "planned", hours=4)
    over.book("5.5")
    names = page(cast.auditor).get(f"{API}/development-reports/").json()
    assert "over-estimate" in {report["name"] for report in names}
    for report in names:
        answer = page(cast.auditor).get(f"{API}/development-reports/{report['name']}/")
        assert answer.status_code == 200, report
    rows = page(cast.auditor).get(f"{API}/development-reports/over-estimate/").json()["results"]
    assert [(row["ticket"]["id"], row["facts"]) for row in rows] == [(over.pk, {"hours_more": "1.5"})]
    assert page(cast.auditor).get(f"{API}/development-reports/nothing/").status_code == 404
    assert page(cast.auditor).get(f"{API}/development-reports/same-pair/?share=10").status_code == 400


def test_the_same_people_from_the_share_and_the_number_that_is_asked(cast: Cast, page: Any) -> None:
    cases = [reach(cast, "brm_approved", hours=24) for _n in range(2)]
    address, auditor = f"{API}/development-reports/same-pair/", page(cast.auditor)
    assert auditor.get(address).json()["results"] == []
    rows = auditor.get(f"{address}?least=2&share=100").json()["results"]
    assert {row["ticket"]["id"] for row in rows} == {case.pk for case in cases}
    assert rows[0]["facts"] == {
        "approved_by": "Bambang Hartono, Ratna Sari", "forms_of_the_pair": 2, "forms_of_the_branch": 2,
    }  # fmt: skip
