"""The timeline: where bars lie, which plans get in each other's way, and how it ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import actions as accounts
from devflow.models import DevelopmentRequest, System
from devflow.views import timeline
from tests.cast import Cast
from tests.stages import Case, reach
from tickets.models import Ticket

MONDAY = date(2026, 11, 2)
ADDRESS = f"/developments/timeline/?from={MONDAY}"


def planned(cast: Cast, start: int | None, finish: int | None, stage: str = "planned") -> Case:
    """A development whose plan begins and ends so many days after the first day shown."""
    case = reach(cast, stage)
    dates = [None if n is None else MONDAY + timedelta(days=n) for n in (start, finish)]
    Ticket.objects.filter(pk=case.pk).update(start_date=dates[0], finish_date=dates[1])
    return case


def shown(browser: Any, query: str = "") -> BeautifulSoup:
    answer = browser.get(f"{ADDRESS}{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def listed(found: BeautifulSoup) -> list[str]:
    return [cell.get_text() for cell in found.select(".gantt th[scope=row] .figures")]


def bar(found: BeautifulSoup, case: Case) -> Any:
    number = case.ticket.number
    return next(
        row for row in found.select(".gantt tr") if [e.get_text() for e in row.select(".figures")] == [number]
    )


@pytest.fixture(autouse=True)
def _reader_of_english(cast: Cast) -> None:
    accounts.set_preferences(user=cast.agent, language="en")


def test_a_bar_lies_over_its_days(cast: Cast, page: Any) -> None:
    """Of twelve weeks, 84 days: the third week is a twelfth after two twelfths; what lies outside is cut."""
    third = planned(cast, 14, 20)
    around = planned(cast, -30, 100)
    day = planned(cast, None, 83)
    planned(cast, 84, 90), planned(cast, -9, -1), planned(cast, None, None)
    found = shown(page(cast.agent))
    assert listed(found) == [around.ticket.number, third.ticket.number, day.ticket.number]
    plans = {c.pk: bar(found, c).select_one("rect.plan") for c in (third, around, day)}
    assert (plans[third.pk]["x"], plans[third.pk]["width"]) == ("16.667%", "8.333%")
    assert (plans[around.pk]["x"], plans[around.pk]["width"]) == ("0.000%", "100.000%")
    assert (plans[day.pk]["x"], plans[day.pk]["width"]) == ("98.810%", "1.190%")


def test_real_work_lies_below_its_plan(cast: Cast, page: Any) -> None:
    today = timezone.localdate()
    case, done = reach(cast, "started"), reach(cast, "done")
    yesterday = timezone.now() - timedelta(days=1)
    Ticket.objects.filter(pk=case.pk).update(
        started_at=timezone.now() - timedelta(days=9), finish_date=today - timedelta(days=2)
    )
    Ticket.objects.filter(pk=done.pk).update(started_at=yesterday, finished_at=yesterday)
    monday = today - timedelta(days=today.weekday() + 14)
    answer = page(cast.agent).get(f"/developments/timeline/?from={monday}")
    found = BeautifulSoup(answer.content, "html.parser")
    real = bar(found, case).select_one("rect.real")
    assert (real["width"], real["class"]) == (f"{10 / 84:.3%}", ["real", "late"])
    assert "later than planned" in bar(found, case).select_one("title").get_text()
    assert "later than planned" not in bar(found, done).select_one("title").get_text()
    assert "later than planned" in found.select_one(".legend").get_text()
    assert bar(found, done).select_one("rect.real")["width"] == f"{1 / 84:.3%}"
    assert bar(found, case).select_one("line.today")["x1"] == f"{(14 + today.weekday()) / 84:.3%}"


def test_plans_on_the_same_system_that_meet_are_a_conflict(cast: Cast, page: Any) -> None:
    one, two, apart, elsewhere, over = (
        planned(cast, *days) for days in ((0, 10), (10, 20), (21, 30), (0, 30), (0, 30))
    )
    other = System.objects.create(name="Kasir")
    DevelopmentRequest.objects.filter(ticket_id=elsewhere.pk).update(system=other)
    Ticket.objects.filter(pk=over.pk).update(status="cancelled")
    found = shown(page(cast.agent))
    named = {
        c.pk: [e.get_text() for e in bar(found, c).select(".clashes")] for c in (one, two, apart, elsewhere)
    }
    assert named == {one.pk: [two.ticket.number], two.pk: [one.ticket.number], apart.pk: [], elsewhere.pk: []}
    clash = bar(found, one).select_one("rect.clash")
    assert (clash["x"], clash["width"]) == ("11.905%", "1.190%")
    assert f"overlaps with {two.ticket.number}" in bar(found, one).select_one("title").get_text()


def test_a_conflict_names_nothing_that_one_may_not_see(cast: Cast, page: Any) -> None:
    one, two = planned(cast, 0, 10), planned(cast, 0, 10)
    Ticket.objects.filter(pk=two.pk).update(assignee=cast.other_agent)
    found = shown(page(cast.requester))
    assert bar(found, one).select(".clashes")
    assert listed(shown(page(cast.outsider))) == []


@pytest.mark.parametrize(
    ("by", "names"), [("system", ["HRIS 2"]), ("person", ["Agung Pratama 1", "Budi Santoso 1"])]
)
def test_work_stands_under_its_system_or_its_person(cast: Cast, page: Any, by: str, names: list[str]) -> None:
    planned(cast, 0, 3)
    Ticket.objects.filter(pk=planned(cast, 5, 6).pk).update(assignee=cast.other_agent)
    found = shown(page(cast.agent), f"&by={by}")
    assert [" ".join(cell.get_text(" ").split()) for cell in found.select(".lane-name")] == names


def test_it_ends_and_goes_on_without_losing_a_row(
    cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "SIZE", 2)
    made = {planned(cast, n, n + 1).ticket.number for n in range(5)}
    browser, address, seen = page(cast.agent), ADDRESS, []
    while address:
        found = BeautifulSoup(browser.get(address).content, "html.parser")
        seen += listed(found)
        following = found.select_one(".pager a[rel=next]")
        address = f"/developments/timeline/{following['href']}" if following else ""
    assert (len(seen), set(seen)) == (5, made)


def test_it_is_narrowed_and_turned_by_its_address(cast: Cast, page: Any) -> None:
    case = planned(cast, 0, 3)
    Ticket.objects.filter(pk=planned(cast, 0, 3).pk).update(assignee=cast.other_agent)
    found = shown(page(cast.agent), "&assignee=me")
    assert listed(found) == [case.ticket.number]
    assert found.select_one("a[rel=next]")["href"] == "?from=2026-11-30&assignee=me"  # type: ignore[index]
    assert found.select_one("a[rel=prev]")["href"] == "?from=2026-10-05&assignee=me"  # type: ignore[index]


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31", "%00"])
def test_days_that_do_not_exist_are_those_around_today(cast: Cast, page: Any, text: str) -> None:
    answer = page(cast.agent).get(f"/developments/timeline/?from={text}&by=x")
    assert answer.status_code == 200


def test_the_timeline_asks_as_often_for_many_rows(cast: Cast, page: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(ADDRESS)
        return len(queries)

    browser = page(cast.it_manager)
    planned(cast, 0, 5), planned(cast, 0, 5, "done")
    few = (asked(), asked())[1]
    for n in range(6):
        planned(cast, n, n + 5, "on_trial")
    assert asked() == few <= 10
