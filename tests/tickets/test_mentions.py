"""Whom one may mention is offered while one writes: few, people the writer sees, nobody who could not be told."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actions as accounts
from accounts.enums import Role
from tests.cast import Cast
from tests.stages import Case, plain
from tickets import actions as tickets
from tickets.views import conversation


@pytest.fixture
def case(cast: Cast) -> Case:
    """Budi works on Sari's request; everybody is there."""
    cast.everybody()
    return plain(cast, "started")


def offered(browser: Any, case: Case, typed: str, **facts: Any) -> list[str]:
    answer = browser.get(f"/requests/{case.pk}/people/", {"q": typed, **facts})
    assert answer.status_code == 200
    return [row["data-name"] for row in BeautifulSoup(answer.content, "html.parser").select("[role=option]")]  # type: ignore[misc]


@pytest.mark.parametrize("typed", ["ri", "RINA", "kart", "rina k", "  rina  kartika "])
def test_any_word_of_a_name_may_begin_so(case: Case, page: Any, typed: str) -> None:
    assert offered(page(case.cast.agent), case, typed) == ["Rina Kartika"]


@pytest.mark.parametrize("typed", ["ina", "%", "_", "zzz", "\\", "' OR 1=1"])
def test_what_no_name_begins_with_finds_nobody(case: Case, page: Any, typed: str) -> None:
    assert offered(page(case.cast.agent), case, typed) == []


def test_an_answer_offers_who_takes_part_and_a_note_those_of_it(case: Case, page: Any) -> None:
    browser = page(case.cast.agent)
    assert offered(browser, case, "") == [
        "Agung Pratama",
        "Hendra Gunawan",
        "Joko Susilo",
        "Rina Kartika",
        "Sari Wulandari",
    ]
    assert offered(browser, case, "", note=1) == ["Agung Pratama", "Joko Susilo", "Rina Kartika"]


def test_a_requester_is_offered_whom_they_see_anyway(case: Case, page: Any) -> None:
    browser = page(case.cast.requester)
    assert offered(browser, case, "") == ["Budi Santoso", "Hendra Gunawan"]
    tickets.answer(ticket=case.ticket, text="We look at it.", by=case.cast.it_manager)
    tickets.note(ticket=case.ticket, text="Hard.", by=case.cast.db_manager)
    assert offered(browser, case, "") == ["Budi Santoso", "Hendra Gunawan", "Rina Kartika"]


def test_whoever_is_offered_is_mentioned_by_that_name(case: Case, page: Any) -> None:
    for name in offered(page(case.cast.agent), case, ""):
        said = tickets.answer(ticket=case.ticket, text=f"@{name} please read.", by=case.cast.agent)
        assert said.unclear_mentions == {}


def test_only_who_may_write_is_told_names(case: Case, page: Any) -> None:
    path = f"/requests/{case.pk}/people/"
    for name, status in {"auditor": 403, "outsider": 404, "nobody": 404, "requester": 200}.items():
        assert page(case.cast[name]).get(path).status_code == status
    assert page(case.cast.requester).get(path, {"note": 1}).status_code == 403


def test_at_most_eight_in_as_many_questions_as_one(case: Case, page: Any) -> None:
    def asked(typed: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            found.append(len(offered(browser, case, typed)))
        return len(queries)

    found: list[int] = []
    browser = page(case.cast.agent)
    asked("")
    few = asked("joko")
    for n in range(12):
        person = accounts.enrol(email=f"joko{n}@kumala.example", name=f"Joko {n}", branch=None, password=None)
        accounts.grant_role(user=person, role=Role.AGENT, by=accounts.robot("cast"))
    assert asked("joko") == few <= 8
    assert found[1:] == [1, conversation.MOST_NAMES]
