"""Windows and freezes: the arithmetic, the same in PostgreSQL, who sets them, what they refuse and until when."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import TimeZone
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import EnvironmentKind, SystemEvent
from devflow.gates import RELEASES_ARE_CLOSED
from devflow.models import Environment, Freeze, Window
from devflow.systems import places
from devflow.windows import Frozen, Timetable, Weekly
from tests.api.client import Program, verbs
from tests.cast import Cast
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import reach, system

WIB = ZoneInfo("Asia/Jakarta")
TRIAL, TRAINING, PRODUCTION = EnvironmentKind


def at(text: str) -> datetime:
    """An instant by the wall of Jakarta."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


WEDNESDAY_NIGHT = Weekly(frozenset({2}), time(22), time(2), WIB)
SATURDAY = Weekly(frozenset({5}), time(8), time(17), WIB)
CLOSING = Frozen("Closing", WIB, last_days=2, first_days=3)


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-11-18T21:59", False),
        ("2026-11-18T22:00", True),  # a Wednesday
        ("2026-11-19T01:59", True),
        ("2026-11-19T02:00", False),
        ("2026-11-19T22:00", False),
        ("2026-11-21T08:00", True),
        ("2026-11-21T17:00", False),
    ],
)
def test_a_window_opens_and_closes_by_the_wall(instant: str, is_open: bool) -> None:
    assert Timetable((WEDNESDAY_NIGHT, SATURDAY)).is_open(at(instant)) is is_open


@pytest.mark.parametrize(
    ("instant", "frozen"),
    [
        ("2026-11-28T23:59", False),
        ("2026-11-29T00:00", True),
        ("2026-12-03T23:59", True),
        ("2026-12-04T00:00", False),
        ("2028-02-27T23:59", False),
        ("2028-02-28T00:00", True),
    ],
)
def test_the_end_of_a_month_is_as_long_as_the_month_says(instant: str, frozen: bool) -> None:
    assert Timetable((), (CLOSING,)).is_open(at(instant)) is not frozen


@pytest.mark.parametrize(
    ("table", "now", "opens"),
    [
        (Timetable(), "2026-11-18T12:00", "2026-11-18T12:00"),
        (Timetable((SATURDAY,)), "2026-11-18T12:00", "2026-11-21T08:00"),
        (Timetable((SATURDAY,), (CLOSING,)), "2026-11-28T17:00", "2026-12-05T08:00"),
        (Timetable((), (CLOSING,)), "2026-11-30T12:00", "2026-12-04T00:00"),
        (
            Timetable((), (Frozen("Audit", WIB, at("2026-11-01T00:00"), at("2026-11-20T06:30")),)),
            "2026-11-18T12:00", "2026-11-20T06:30",
        ),
        (Timetable((), (Frozen("For ever", WIB, at("2026-01-01T00:00"), at("2036-01-01T00:00")),)),
         "2026-11-18T12:00", "2036-01-01T00:00"),
        (Timetable((Weekly(frozenset({5}), time(8), time(9), WIB),),
                   (Frozen("Years", WIB, at("2026-01-01T00:00"), at("2036-01-01T00:00")),)), "2026-11-18T12:00", None),
    ],
)  # fmt: skip
def test_it_says_when_releases_open_again(table: Timetable, now: str, opens: str | None) -> None:
    assert table.opens_at(at(now)) == (at(opens) if opens else None)


zones = st.sampled_from([TimeZone.WIB, TimeZone.WITA, TimeZone.WIT])
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
weekly = st.tuples(st.sets(st.integers(0, 6), min_size=1), clocks, clocks, zones, st.booleans())
monthly = st.tuples(st.integers(0, 14), st.integers(0, 14), zones).filter(lambda f: f[0] or f[1])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(windows=st.lists(weekly, max_size=3), freezes=st.lists(monthly, max_size=2), now=instants)
def test_postgres_and_python_open_and_close_together(
    cast: Cast, windows: list[Any], freezes: list[Any], now: datetime
) -> None:
    """At any instant, for any windows and freezes, the trigger refuses exactly what the rule refuses."""
    app, by = system(), cast.it_manager
    with transaction.atomic():
        for days, opens, closes, zone, of_all in windows:
            devflow.add_window(
                system=None if of_all else app, days=days, opens=opens, closes=closes, zone=zone, by=by
            )
        for last, first, zone in freezes:
            devflow.add_freeze(
                system=app, reason="Closing", last_days=last, first_days=first, zone=zone, by=by
            )
        asked = RELEASES_ARE_CLOSED.replace("now()", "%s::timestamptz").replace("% 7", "%% 7")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {asked} FROM devflow_environment e WHERE e.system_id = %s AND e.kind = 'production'",
                [now] * asked.count("%s") + [app.pk],
            )
            closed = cursor.fetchone()[0]
        assert type(app).objects.get(pk=app.pk).timetable.is_open(now) is not closed
        transaction.set_rollback(True)


def _closed(cast: Cast, **facts: Any) -> Freeze:
    now = timezone.now()
    usual = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=1)}
    return devflow.add_freeze(
        system=system(), reason="Month-end closing", zone=TimeZone.WIB, by=cast.it_manager, **(usual | facts)
    )


def test_a_refused_release_says_why_and_when_it_may_be(cast: Cast, page: Any) -> None:
    case, _ = reach(cast, "signed"), cast.administrator
    freeze = _closed(cast)
    refusal = why_not(case.build, "to_production", cast.it_manager)
    assert "Month-end closing" in str(refusal)
    assert "next window opens" in str(refusal)
    with not_possible("Month-end closing", rule="SOP-A2"):
        case.done()
    shown = page(cast.it_manager).get(f"/developments/of/{case.pk}/").content.decode()
    assert "Month-end closing" in shown
    assert (
        verbs(Program(cast.it_manager).rows(f"developments/{case.request.pk}/builds/")[0])["production"]
        == "SOP-A2"
    )
    with recorded(SystemEvent.FREEZE_ENDED):
        devflow.end_freeze(freeze=freeze, by=cast.administrator)
    case.done()
    assert case.ticket.status == "done"


def test_an_agreed_emergency_fix_does_not_wait_for_a_window(cast: Cast) -> None:
    case = reach(cast, "on_training")
    _closed(cast)
    devflow.ask_emergency(build=case.build, reason="No salary is paid.", by=cast.agent)
    with not_possible(rule="SOP-A6"):
        case.done()
    case.agree("it_manager", "db_manager")
    case.done()
    assert case.build.reached == "production"


def test_taking_back_does_not_wait_for_a_window(cast: Cast) -> None:
    case = reach(cast, "done")
    _closed(cast)
    devflow.roll_back(build=case.build, reason="It prints nothing.", by=cast.it_manager)
    running = places(Environment.objects.filter(kind="production"))[system().pk][0].running
    assert (case.build.reached, running) == ("rolled_back", None)


def test_trial_and_training_know_no_windows(cast: Cast) -> None:
    _closed(cast)
    assert reach(cast, "on_training").build.reached == "training"


def test_a_freeze_of_all_systems_and_one_of_another(cast: Cast) -> None:
    case, now = reach(cast, "signed"), timezone.now()
    other = {"starts_at": now - timedelta(1), "ends_at": now + timedelta(1), "zone": TimeZone.WIB}
    devflow.add_freeze(system=system("Payroll"), reason="Audit", by=cast.it_manager, **other)
    assert why_not(case.build, "to_production", cast.it_manager) is None
    devflow.add_freeze(system=None, reason="Audit", by=cast.it_manager, **other)
    assert "Audit" in str(why_not(case.build, "to_production", cast.it_manager))


def test_the_windows_of_a_system_go_before_those_of_all(cast: Cast) -> None:
    case, midnight = reach(cast, "signed"), time()
    never = (timezone.localdate() + timedelta(days=3)).weekday()
    by, zone = cast.it_manager, TimeZone.WIB
    devflow.add_window(system=None, days=[never], opens=midnight, closes=time(1), zone=zone, by=by)
    assert why_not(case.build, "to_production", cast.it_manager) is not None
    devflow.add_window(system=system(), days=range(7), opens=midnight, closes=midnight, zone=zone, by=by)
    case.done()


@pytest.mark.parametrize(
    "facts",
    [
        {"starts_at": None},
        {"last_days": 3},
        {"starts_at": None, "ends_at": None},
        {"starts_at": None, "ends_at": None, "last_days": 15},
        {"ends_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_freeze_is_one_thing_or_the_other(cast: Cast, facts: dict[str, Any]) -> None:
    cast.everybody(), system()
    with not_possible():
        _closed(cast, **facts)


def test_who_sets_windows(cast: Cast) -> None:
    cast.everybody(), system()
    for name in ("agent", "foreign_it_manager", "director", "auditor", "requester"):
        with not_yours():
            devflow.add_window(
                system=system(), days=[1], opens=time(8), closes=time(9), zone=TimeZone.WIB, by=cast[name]
            )


def test_what_was_set_is_history(cast: Cast) -> None:
    freeze = _closed(cast)
    window = devflow.add_window(
        system=None, days=[1], opens=time(8), closes=time(9), zone=TimeZone.WIB, by=cast.it_manager
    )
    devflow.end_window(window=window, by=cast.it_manager)
    with not_possible("ended already"):
        devflow.end_window(window=window, by=cast.it_manager)
    for attack in (
        lambda: Freeze.objects.filter(pk=freeze.pk).update(reason="Nothing"),
        lambda: Freeze.objects.filter(pk=freeze.pk).delete(),
        lambda: Window.objects.filter(pk=window.pk).update(ended_at=None, ended_by=None),
        lambda: Window.objects.filter(pk=window.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attack()


def test_windows_and_freezes_on_their_pages(cast: Cast, page: Any) -> None:
    browser, app = page(cast.it_manager), system()
    home = f"/developments/systems/{app.pk}/windows/"
    answer = browser.post(
        home + "add-window/", {"days": ["5"], "opens": "08:00", "closes": "17:00", "zone": "Asia/Jakarta"}
    )
    assert answer["Location"] == home
    browser.post(
        home + "add-freeze/",
        {"reason": "Tutup buku", "last_days": "2", "first_days": "3", "zone": "Asia/Jakarta"},
    )
    shown = browser.get(home).content.decode()
    assert "08:00–17:00" in shown
    assert "Tutup buku" in shown
    refused = browser.post(home + "add-freeze/", {"reason": "x", "zone": "Asia/Jakarta"})
    assert refused.status_code == 409
    browser.post(f"/developments/windows/window/{Window.objects.get().pk}/end/")
    browser.post(f"/developments/windows/freeze/{Freeze.objects.get().pk}/end/")
    assert "Tutup buku" not in browser.get(home).content.decode()
    assert browser.get("/developments/windows/").status_code == 200
    assert browser.get(home + "add-holiday/").status_code == 404


def test_windows_and_freezes_over_the_api(cast: Cast) -> None:
    manager, agent, app = Program(cast.it_manager), Program(cast.agent), system()
    agent.post("freezes/", reason="Closing", last_days=2)
    agent.refused(403)
    manager.post("freezes/", reason="Closing")
    manager.refused(409)
    manager.post("release-windows/", days=[7], opens="08:00", closes="17:00")
    manager.refused(400)
    window = manager.post("release-windows/", system=app.pk, days=[5], opens="08:00", closes="17:00")
    assert (manager.status, window["days"]) == (201, [5])
    now = timezone.now()
    freeze = manager.post("freezes/", reason="Closing", starts_at=now, ends_at=now + timedelta(hours=2))
    releases = agent.get(f"systems/{app.pk}/now/")["releases"]
    assert (releases["is_open"], releases["reason"]) == (False, "Closing")
    assert datetime.fromisoformat(releases["opens_at"]) > now
    for path in (f"freezes/{freeze['id']}/", f"release-windows/{window['id']}/"):
        agent.post(path + "end/")
        agent.refused(403)
        assert manager.post(path + "end/")["ended_at"]
    assert agent.get(f"systems/{app.pk}/now/")["releases"]["is_open"]
