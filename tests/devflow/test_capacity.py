"""Capacity: what is left of estimates, spread over weeks, against the hours that these have."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import actions as accounts
from accounts.models import Substitution, User
from clocks.working_time import Hours
from devflow.capacity import Days, Task, loads, monday
from tests.cast import Cast
from tests.stages import reach
from tickets.models import Ticket

ADDRESS = "/developments/capacity/"
FIRST = date(2026, 11, 2)  # a Monday
WEEKS = [FIRST + timedelta(weeks=n) for n in range(3)]
PLAIN = Days(None)


def of_one(left: int, start: date | None, finish: date | None, today: date = FIRST) -> dict[str, Any]:
    found = loads([Task(1, Decimal(left), start, finish)], WEEKS, today, PLAIN)[1]
    return {"weeks": found.weeks, "later": found.later, "undated": found.undated}


def week(number: int) -> date:
    return FIRST + timedelta(weeks=number)


NOTHING: dict[str, Any] = {"weeks": {}, "later": Decimal(0), "undated": Decimal(0)}


@pytest.mark.parametrize(
    ("left", "start", "finish", "today", "wanted"),
    [
        (20, 0, 13, 0, {"weeks": {week(0): 10, week(1): 10}}),
        (20, 3, 7, 0, {"weeks": {week(0): Decimal(40) / 3, week(1): Decimal(20) / 3}}),
        (20, -20, -10, 0, {"weeks": {week(0): 20}}),
        (20, 0, 4, 5, {"weeks": {week(0): 20}}),
        (20, 5, 6, 0, {"weeks": {week(0): 20}}),
        (20, 14, 27, 0, {"weeks": {week(2): 10}, "later": Decimal(10)}),
        (20, 40, 50, 0, {"later": Decimal(20)}),
        (20, None, None, 0, {"undated": Decimal(20)}),
    ],
    ids=["evenly", "over a weekend", "overdue", "already over", "on days off", "beyond", "later", "undated"],
)  # fmt: skip
def test_what_is_left_is_spread_over_working_days(
    left: int, start: int | None, finish: int | None, today: int, wanted: dict[str, Any]
) -> None:
    days = [None if n is None else FIRST + timedelta(days=n) for n in (start, finish)]
    assert of_one(left, days[0], days[1], FIRST + timedelta(days=today)) == NOTHING | wanted


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(-40, 400), st.integers(0, 60)), max_size=8),
    st.integers(0, 6),
)
def test_no_hour_is_lost_and_none_is_made(given_: Sequence[tuple[int, int, int]], today: int) -> None:
    tasks = [
        Task(1, Decimal(left), FIRST + timedelta(days=a), FIRST + timedelta(days=a + length))
        for left, a, length in given_
    ]
    found = loads(tasks, WEEKS, FIRST + timedelta(days=today), PLAIN)
    total = sum((load.total for load in found.values()), Decimal(0))
    assert abs(total - sum(left for left, _a, _length in given_)) < Decimal("0.001")
    assert all(hours >= 0 for load in found.values() for hours in load.weeks.values())


def test_a_day_has_the_hours_of_the_calendar_and_eight_at_the_most() -> None:
    week_ = {
        "0": [["08:00", "12:00"], ["13:00", "17:00"]],
        "1": [["06:00", "22:00"]],
        "5": [["08:00", "11:30"]],
    }
    days = Days(Hours.of(week_, [{"date": "2026-11-09", "name": "Libur"}]))
    assert [days.on(FIRST + timedelta(days=n)) for n in (0, 1, 2, 5, 7)] == [8, 8, 0, Decimal("3.5"), 0]
    assert days.between(FIRST, FIRST + timedelta(days=6), [(FIRST, FIRST)]) == Decimal("11.5")


def table(browser: Any) -> dict[str, list[str]]:
    found = BeautifulSoup(browser.get(ADDRESS).content, "html.parser")
    return {
        row.th.a.get_text(): [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in found.select("tbody tr")
        if row.th.a
    }


def second_week() -> date:
    """Of those that the page shows: on a weekend it begins with the next."""
    return monday(PLAIN.working_day(timezone.localdate())) + timedelta(weeks=1)


def test_the_manager_sees_who_has_too_much(cast: Cast, page: Any) -> None:
    accounts.set_preferences(user=cast.it_manager, language="en")
    _ = cast.other_agent
    following = second_week()
    for _n in range(6):
        case = reach(cast, "planned")
        Ticket.objects.filter(pk=case.pk).update(
            start_date=following, finish_date=following + timedelta(days=4)
        )
    case.book(3)
    undated = reach(cast, "planned")
    undated.book(1)
    found = table(page(cast.it_manager))
    row = found["Budi Santoso"]
    # Six weeks of work, later, without dates; two weeks of booked hours.
    assert len(row) == 10
    assert row[1] == "45 / 40 too much"
    assert row[7:9] == ["7", "4"]
    assert next(iter(found)) == "Budi Santoso"
    assert found["Agung Pratama"][1] == "0 / 40"


def test_who_is_away_has_no_hours(cast: Cast, page: Any) -> None:
    following = second_week()
    Substitution.objects.create(
        absent=cast.agent, substitute=cast.other_agent, first_date=following,
        last_date=following + timedelta(days=1), reason="Leave",
    )  # fmt: skip
    found = table(page(cast.it_manager))
    assert (found["Budi Santoso"][1], found["Agung Pratama"][1]) == ("0 / 24", "0 / 40")


def test_work_of_nobody_is_named(cast: Cast, page: Any) -> None:
    accounts.set_preferences(user=cast.it_manager, language="en")
    reach(cast, "opened")
    case = reach(cast, "planned")
    User.objects.filter(pk=cast.agent.pk).update(is_active=False)
    text = page(cast.it_manager).get(ADDRESS).content.decode()
    assert "1 new development waits for your decision" in text
    assert "no longer in IT" in text
    assert case.ticket.assignee == cast.agent


def test_only_who_manages_it_sees_it(cast: Cast, page: Any) -> None:
    seen = {
        name: page(cast[name]).get(ADDRESS).status_code
        for name in ("it_manager", "agent", "auditor", "requester")
    }
    assert seen == {"it_manager": 200, "agent": 404, "auditor": 404, "requester": 404}


def test_it_asks_as_often_for_much_work(cast: Cast, page: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(ADDRESS)
        return len(queries)

    browser = page(cast.it_manager)
    reach(cast, "planned").book(1)
    few = (asked(), asked())[1]
    for _n in range(4):
        reach(cast, "planned").book(1)
    assert asked() == few
