"""The page of a ticket says what holds a verb where somebody can mend it, and nothing of what its status rules out."""

import re
from datetime import timedelta
from typing import Any

from tests.cast import Cast
from tests.harness.clock import Clock
from tests.stages import plain, reach
from tests.tickets.desk import asked
from tickets import actions as tickets


def _held(browser: Any, url: str) -> list[str]:
    body = browser.get(url).content.decode()
    found = re.findall(
        r'<p class="small quiet row-of">.*?<span>(.*?)</span>(?: <span class="rule">(.*?)</span>)?',
        body,
        re.S,
    )
    return [" ".join(filter(None, line)) for line in found]


def test_open_parts_hold_the_test_of_the_whole(cast: Cast, page: Any) -> None:
    cast.everybody()
    whole, part = plain(cast, "started"), asked(cast)
    tickets.adopt(ticket=part, parent=whole.ticket, by=cast.agent)
    cast.agent.language = "en"
    cast.agent.save()
    browser = page(cast.agent)
    assert _held(browser, whole.ticket.url) == [
        "Ask for a test: Parts of this request are still open. It is tested when all of them have ended."
    ]
    tickets.cancel(ticket=part, by=cast.requester)
    assert _held(browser, whole.ticket.url) == []


def test_before_it_is_accepted_nothing_is_planned(cast: Cast, page: Any) -> None:
    cast.it_manager.language = "en"
    cast.it_manager.save()
    case = plain(cast, "opened")
    said = _held(page(cast.it_manager), case.ticket.url)
    assert [line.partition(":")[0] for line in said] == ["Ask experts", "Plan the days"]
    assert all("has not accepted this request yet" in line and line.endswith("SOP-A1") for line in said)


def test_what_ended_long_ago_says_what_to_do_instead(cast: Cast, page: Any, clock: Clock) -> None:
    cast.requester.language = "en"
    cast.requester.save()
    case = plain(cast, "confirmed")
    clock.now += timedelta(days=8)
    said = _held(page(cast.requester), case.ticket.url)
    assert said == [
        "It came back: It ended too long ago to be opened again. Open a new request and mention its number."
    ]


def test_a_development_says_in_its_panel_what_holds_it(cast: Cast, page: Any) -> None:
    case = reach(cast, "started")
    for person in (cast.agent, cast.requester):
        assert _held(page(person), case.ticket.url) == []
