# ruff: noqa: E501 - a table or a sentence reads better on one line
"""A branch with a promise of its own is as all branches again: from then on, and never for what was promised before."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Branch
from clocks import actions as clocks
from clocks.enums import ClockEvent, Promise
from clocks.models import ClockPolicy
from core.errors import NotPossible
from tests.cast import Cast
from tests.clocks.stage import asked, clock_of, promise, wib
from tests.harness.clock import Clock as Time
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres

HOUR = timedelta(hours=1)


@pytest.fixture
def own(cast: Cast, clock: Time) -> ClockPolicy:
    """Bandung has four hours where all have two."""
    cast.administrator.language = "en"
    cast.administrator.save()
    clock.to(wib(23, "07:00"))
    policy: ClockPolicy = promise(cast, hours=4, branch=cast.bandung)
    clock.to(wib(23, "08:00"))
    return policy


def _return(cast: Cast, by: str = "administrator", **facts: Any) -> ClockPolicy:
    return clocks.return_policy(promise=Promise.RESPONSE, branch=cast.bandung, by=cast[by], **facts)


def _promised(cast: Cast) -> timedelta:
    clock = clock_of(asked(cast))
    return clock.due_at - clock.started_at


def test_from_then_on_the_branch_is_counted_as_all_are(cast: Cast, own: ClockPolicy, clock: Time) -> None:
    assert _promised(cast) == 4 * HOUR
    with recorded(ClockEvent.POLICY_RETURNED) as events:
        _return(cast)
    assert (events[0].facts["where"], events[0].facts["before"]) == (str(cast.bandung), "4 h")
    assert _promised(cast) == 2 * HOUR
    promise(cast, hours=3)
    assert _promised(cast) == 3 * HOUR


def test_what_was_promised_before_stays_as_it_was(cast: Cast, own: ClockPolicy, clock: Time) -> None:
    running = asked(cast)
    due = clock_of(running).due_at
    _return(cast)
    clocks.recount()
    clock.forward(hours=3)
    clocks.sweep()
    assert (clock_of(running).due_at, clock_of(running).policy, clock_of(running).level) == (due, own, 75)


def test_it_begins_when_it_is_said_to(cast: Cast, own: ClockPolicy, clock: Time) -> None:
    _return(cast, valid_from=clock.now + HOUR)
    assert _promised(cast) == 4 * HOUR
    clock.forward(hours=1)
    assert _promised(cast) == 2 * HOUR


def test_a_branch_may_have_its_own_again(cast: Cast, own: ClockPolicy) -> None:
    _return(cast)
    promise(cast, hours=5, branch=cast.bandung)
    assert _promised(cast) == 5 * HOUR
    _return(cast)
    assert _promised(cast) == 2 * HOUR


def test_only_what_is_there_is_given_back_and_never_in_the_past(
    cast: Cast, own: ClockPolicy, clock: Time
) -> None:
    with not_possible("in the past"):
        _return(cast, valid_from=clock.now - HOUR)
    with not_possible("no time of its own"):
        clocks.return_policy(promise=Promise.RESPONSE, branch=cast.denpasar, by=cast.administrator)
    with not_possible("no time of its own"):
        clocks.return_policy(promise=Promise.BOARD, branch=cast.bandung, by=cast.administrator)
    _return(cast)
    with not_possible("no time of its own"):
        _return(cast)


@pytest.mark.parametrize("who", ["it_manager", "agent", "auditor", "requester"])
def test_only_administrators_give_it_back(cast: Cast, own: ClockPolicy, who: str) -> None:
    _ = cast[who]
    with not_yours():
        _return(cast, by=who)


def test_postgres_knows_that_all_branches_follow_nobody(cast: Cast, own: ClockPolicy) -> None:
    insert = (
        "INSERT INTO clocks_clockpolicy (promise, length, may_pause, valid_from, follows_all)"
        " VALUES ('response', 7200, false, now(), true)"
    )
    with refused_by_postgres("clock_policy_of_all_follows_nobody"), connection.cursor() as cursor:
        cursor.execute(insert)


def test_the_page_gives_it_back_and_says_so(cast: Cast, own: ClockPolicy, page: Any) -> None:
    browser, address = page(cast.administrator), reverse("clocks:return-policy", args=[own.pk])
    assert address in browser.get("/clocks/").content.decode()
    shown = browser.get(address).content.decode()
    assert "first response: 4 h" in shown
    assert "now 2 h" in shown
    answer = browser.post(address, {"valid_from": ""}, follow=True).content.decode()
    assert "Cabang Bandung is as all branches again" in answer
    assert "as for all branches" in answer
    assert address not in answer
    again = browser.post(address, {"valid_from": ""})
    assert (again.status_code, b"no time of its own" in again.content) == (409, True)


def test_the_page_is_for_branches_and_administrators(cast: Cast, own: ClockPolicy, page: Any) -> None:
    address = reverse("clocks:return-policy", args=[own.pk])
    assert address not in page(cast.it_manager).get("/clocks/").content.decode()
    group = ClockPolicy.objects.filter(branch=None)[0]
    assert page(cast.administrator).get(reverse("clocks:return-policy", args=[group.pk])).status_code == 404


def test_the_api_does_the_same(cast: Cast, own: ClockPolicy, page: Any) -> None:
    asked_for = {"promise": "response", "branch": cast.bandung.pk}
    browser = page(cast.administrator)
    first, second = (
        browser.post("/api/v1/promises/return/", asked_for, content_type="application/json") for _ in (1, 2)
    )
    assert (first.status_code, first.json()["follows_all"], first.json()["seconds"]) == (201, True, 7200)
    assert (second.status_code, "no time of its own" in second.json()["detail"]) == (409, True)


# Whatever is set and given back, in whatever order ---------------------------------------------------------------------

steps = st.lists(
    st.tuples(
        st.sampled_from(["all", "own", "other", "return", "return other"]),
        st.integers(1, 9),  # hours
        st.sampled_from([0, 0, 0, 1, 5]),  # hours until it begins
        st.sampled_from([0, 0, 1, 2]),  # hours that pass before the next step
    ),
    min_size=1,
    max_size=12,
)


def _plainly(told: list[tuple[Any, int | None, Any]], branch: Any, at: Any) -> int:
    """Read everything that was ever said in the order in which it begins: the slow, obvious way."""
    group, own = 2, None
    for begins, hours, where in sorted(told, key=lambda said: said[0]):
        if begins > at:
            break
        if where is None:
            group = hours or group
        elif where == branch:
            own = hours
    return group if own is None else own


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(play=steps)
def test_what_counts_is_what_was_said_last_for_the_branch_or_for_all(play: list[Any]) -> None:
    with transaction.atomic(), Time() as time:
        time.to(wib(20, "06:00"))
        cast = Cast()
        places: dict[str, Branch | None] = {"all": None, "own": cast.bandung, "other": cast.denpasar}
        told: list[tuple[Any, int | None, Any]] = []
        for what, hours, ahead, pause in play:
            begins = time.now + ahead * HOUR
            if what.startswith("return"):
                branch = places["other" if what == "return other" else "own"]
                try:
                    clocks.return_policy(
                        promise=Promise.RESPONSE,
                        branch=branch,
                        by=cast.administrator,
                        valid_from=begins,  # type: ignore[arg-type]
                    )
                    told.append((begins, None, branch))
                except NotPossible:
                    assert _plainly([t for t in told if t[2] == branch], branch, begins) == 2
            else:
                promise(cast, hours=hours, branch=places[what], valid_from=begins)
                told.append((begins, hours, places[what]))
            for later in (0, 1, 6):
                at = time.now + later * HOUR
                for place in (cast.bandung, cast.denpasar):
                    found = ClockPolicy.objects.in_force(Promise.RESPONSE, branch_id=place.pk, at=at)
                    assert found.duration == _plainly(told, place, at) * HOUR
            time.forward(hours=pause)
        transaction.set_rollback(True)
