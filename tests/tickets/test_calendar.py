"""The calendar: planned work of a month, in weeks as the reader counts them."""

from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup

from accounts import actions as accounts
from tests.cast import Cast
from tests.stages import plain
from tickets.models import Ticket
from tickets.views import calendar


def planned(cast: Cast, start: str | None, finish: str | None) -> Ticket:
    ticket = plain(cast, "accepted").ticket
    dates = {"start_date": start, "finish_date": finish}
    Ticket.objects.filter(pk=ticket.pk).update(**{k: v and date.fromisoformat(v) for k, v in dates.items()})
    return ticket


def month(browser: Any, query: str) -> BeautifulSoup:
    answer = browser.get(f"/requests/calendar/?{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def listed(page: BeautifulSoup) -> list[str]:
    return [a.select_one(".figures").get_text() for a in page.select(".agenda td:first-child a")]


def test_work_is_shown_in_every_month_it_touches(cast: Cast, page: Any) -> None:
    across = planned(cast, "2026-10-28", "2026-12-02")
    inside = planned(cast, "2026-11-10", "2026-11-10")
    start_only = planned(cast, "2026-11-05", None)
    finish_only = planned(cast, None, "2026-11-30")
    planned(cast, "2026-12-01", "2026-12-03")
    plain(cast, "accepted")
    browser = page(cast.agent)
    wanted = [across.number, start_only.number, inside.number, finish_only.number]
    assert listed(month(browser, "month=2026-11")) == wanted
    assert listed(month(browser, "month=2026-10")) == [across.number]
    assert listed(month(page(cast.outsider), "month=2026-11")) == []
    assert listed(month(browser, f"month=2026-11&assignee={cast.other_agent.pk}")) == []


def test_a_bar_lies_over_its_days(cast: Cast, page: Any) -> None:
    """1 November 2026 is a Sunday: with weeks from Monday the work of 30 October to 3 November is cut in two."""
    planned(cast, "2026-10-30", "2026-11-03")
    accounts.set_preferences(user=cast.agent, language="id")
    bars = month(page(cast.agent), "month=2026-11").select(".bars li")
    assert [bar["class"] for bar in bars] == [["from-5", "for-3"], ["from-1", "for-2"]]
    assert "goes-on" in bars[0].a["class"]
    assert "begun" in bars[1].a["class"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_weeks_begin_as_in_the_readers_language(cast: Cast, page: Any, language: str) -> None:
    accounts.set_preferences(user=cast.agent, language=language)
    first = month(page(cast.agent), "month=2026-11").select(".week")[0].select("span > b")[0].get_text()
    assert first == {"id": "26", "en": "1"}[language]


def test_one_turns_the_pages_with_the_same_filters(cast: Cast, page: Any) -> None:
    found = month(page(cast.agent), f"month=2026-01&branch={cast.bandung.pk}")
    assert found.select_one("a[rel=prev]")["href"] == f"?month=2025-12&branch={cast.bandung.pk}"
    assert found.select_one("a[rel=next]")["href"] == f"?month=2026-02&branch={cast.bandung.pk}"


@pytest.mark.parametrize("text", ["", "x", "2026-13", "0001-01", "9999-12", "2026-11-05", "%00"])
def test_a_month_that_does_not_exist_is_this_one(cast: Cast, page: Any, text: str) -> None:
    assert len(month(page(cast.agent), f"month={text}").select(".week")) >= 4


def test_a_full_month_says_that_it_is_cut(cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "MOST", 1)
    accounts.set_preferences(user=cast.agent, language="en")
    planned(cast, "2026-11-01", "2026-11-02")
    assert "Only the first" not in month(page(cast.agent), "month=2026-11").get_text()
    planned(cast, "2026-11-01", "2026-11-02")
    found = month(page(cast.agent), "month=2026-11")
    assert "Only the first 1" in found.get_text()
    assert len(listed(found)) == 1
