"""Receiving many at once: one form, each request its own transaction, its result told line by line."""

import re
from typing import Any

import pytest

from approvals.models import Approval
from clocks.models import Clock
from devflow.models import DevelopmentRequest
from tests.cast import Cast
from tests.tickets.desk import accepted, again, asked
from tickets.enums import Kind
from tickets.models import Ticket

ADDRESS = "/requests/triage/"


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()
    cast.it_manager.language = "en"
    cast.it_manager.save()


def _body(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def _accepting(cast: Cast, *rows: Ticket, **more: Any) -> dict[str, Any]:
    given = {"do": "accept", "ticket": [t.pk for t in rows], "accept-priority": "high"}
    return given | {"accept-assignee": cast.agent.pk, "accept-answer": ""} | more


def test_several_are_accepted_at_once_and_what_fails_holds_up_nothing(cast: Cast, page: Any) -> None:
    one, gone, two = asked(cast), asked(cast), asked(cast)
    accepted(cast, gone)
    typed = _accepting(cast, one, gone, two, **{"accept-answer": "We are on it."})
    body = _body(page(cast.it_manager).post(ADDRESS, typed))
    assert [again(t).status for t in (one, gone, two)] == ["waiting"] * 3
    for ticket in (one, two):
        assert f"{ticket.number}</a>: accepted" in body
        assert Clock.objects.of(ticket, "response").get().state == "met"
    assert f"{gone.number}</a>: This is not possible while it is “Waiting”." in body


def test_several_are_rejected_with_one_reason(cast: Cast, page: Any) -> None:
    one, two, kept = asked(cast), asked(cast), asked(cast)
    typed = {"do": "reject", "ticket": [one.pk, two.pk], "reject-text": "The leasing company does it."}
    body = _body(page(cast.it_manager).post(ADDRESS, typed))
    assert [again(t).status for t in (one, two, kept)] == ["rejected", "rejected", "new"]
    assert f"{one.number}</a>: rejected" in body
    assert f'value="{kept.pk}"' in body


def test_the_estimate_goes_to_the_developments_among_them(cast: Cast, page: Any) -> None:
    repair, development = asked(cast), asked(cast, kind=Kind.DEVELOPMENT)
    typed = _accepting(cast, repair, development, **{"accept-estimate_hours": "24"})
    page(cast.it_manager).post(ADDRESS, typed)
    assert [again(t).estimate_hours for t in (repair, development)] == [None, 24]
    assert DevelopmentRequest.objects.get(ticket=development).stage == "waiting"
    assert Approval.objects.filter(kind="brm").exists(), "more than 20 hours are held (SOP-A5)"


def test_several_are_asked_the_same(cast: Cast, page: Any) -> None:
    one, two = asked(cast), asked(cast)
    typed = {"do": "ask", "ticket": [one.pk, two.pk], "ask-text": "Which floor?"}
    body = _body(page(cast.it_manager).post(ADDRESS, typed))
    for ticket in (one, two):
        assert f"{ticket.number}</a>: asked back" in body
        assert again(ticket).asked_back_at is not None
        assert [c.text for c in ticket.comments.all()] == ["Which floor?"]
        assert Clock.objects.of(ticket, "response").get().state == "met"


def test_duplicates_are_joined_with_the_oldest_that_is_ticked(cast: Cast, page: Any) -> None:
    oldest, other_kind, newest = asked(cast), asked(cast, kind=Kind.DATA_UPDATE), asked(cast)
    browser = page(cast.it_manager)
    typed = {"do": "merge", "ticket": [newest.pk, oldest.pk, other_kind.pk]}
    body = _body(browser.post(ADDRESS, typed))
    assert f"{newest.number}</a>: joined with the oldest" in body
    assert f"{other_kind.number}</a>: Only requests of the same kind can be joined." in body
    assert [again(t).status for t in (oldest, other_kind, newest)] == ["new", "new", "cancelled"]
    assert again(newest).merged_into == oldest
    alone = browser.post(ADDRESS, {"do": "merge", "ticket": [oldest.pk]})
    assert alone.status_code == 422
    assert "Tick the request that goes on and its duplicates." in _body(alone)


def test_what_was_ticked_and_typed_stays_when_something_is_missing(cast: Cast, page: Any) -> None:
    ticket = asked(cast)
    answer = page(cast.it_manager).post(ADDRESS, _accepting(cast, ticket, **{"accept-priority": ""}))
    assert answer.status_code == 422
    assert re.search(rf'value="{ticket.pk}" id="t{ticket.pk}" checked', _body(answer))
    nothing = page(cast.it_manager).post(ADDRESS, _accepting(cast))
    assert nothing.status_code == 422
    assert "Tick at least one request." in _body(nothing)
    assert again(ticket).status == "new"


def test_a_manager_of_one_branch_decides_there_only(cast: Cast, page: Any) -> None:
    here, there = asked(cast), asked(cast, by="outsider")
    browser = page(cast.foreign_it_manager)
    shown = browser.get(ADDRESS).content.decode()
    assert there.number in shown
    assert here.number not in shown
    typed = _accepting(cast, here, there, **{"accept-assignee": cast.foreign_agent.pk})
    browser.post(ADDRESS, typed)
    assert [again(t).status for t in (here, there)] == ["new", "waiting"]


def test_nobody_else_receives(cast: Cast, page: Any) -> None:
    ticket = asked(cast)
    for name in ("agent", "db_manager", "requester", "auditor", "administrator"):
        assert page(cast[name]).get(ADDRESS).status_code == 404
        assert page(cast[name]).post(ADDRESS, _accepting(cast, ticket)).status_code == 404
    for nonsense in ({"do": "x"}, {"do": "accept", "ticket": ["x", "9" * 40]}):
        assert page(cast.it_manager).post(ADDRESS, nonsense).status_code in (200, 422)
    assert again(ticket).status == "new"
