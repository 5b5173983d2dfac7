"""When a policy runs and which copies are kept, as arithmetic; what restic's words mean."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups import places, restic
from backups.enums import Apart, Fault
from backups.retention import Kept, Rule, removable
from backups.rhythm import Timetable

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def test_a_policy_runs_by_the_clock_of_its_branch() -> None:
    now = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    assert Timetable(time(2), WIB).next_after(now) == datetime(2026, 11, 30, 19, tzinfo=UTC)
    assert Timetable(time(2), WIT).next_after(now) == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert Timetable(time(2), WIB, weekday=6).next_after(now).astimezone(WIB).weekday() == 6
    assert Timetable(time(2), WIB, day=1).next_after(now).astimezone(WIB).day == 1


@given(instants, st.times().map(lambda t: t.replace(second=0, microsecond=0)), st.none() | st.integers(0, 6))
def test_the_next_run_is_after_now_and_soon(now: datetime, at: time, weekday: int | None) -> None:
    table = Timetable(at, WIB, weekday)
    found = table.next_after(now)
    assert now < found <= now + timedelta(days=7 if weekday is not None else 1, hours=1)
    assert table.is_plausible(found, now)
    assert not table.is_plausible(found, now - timedelta(days=40))  # the clock went back


@given(st.lists(st.tuples(instants, st.booleans()), max_size=60))
def test_retention_never_takes_the_newest_or_the_newest_proved(made: list[tuple[datetime, bool]]) -> None:
    sets = [Kept(number, at, proved) for number, (at, proved) in enumerate(made)]
    gone = removable(sets, Rule(), WIB)
    assert len(sets) - len(gone) <= 7 + 4 + 12 + 2
    ordered = sorted(sets, key=lambda kept: (kept.made_at, kept.run))
    proved = [kept for kept in ordered if kept.is_proved]
    assert not gone & {kept.run for kept in (*ordered[-1:], *proved[-1:])}


def test_seven_days_four_weeks_twelve_months() -> None:
    first = datetime(2025, 1, 1, 18, tzinfo=UTC)
    sets = [Kept(day, first + timedelta(days=day)) for day in range(400)]
    kept = {s.run for s in sets} - removable(sets, Rule(), WIB)
    assert {399 - n for n in range(7)} <= kept
    assert 19 <= len(kept) <= 23


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("Fatal: wrong password or no key found", Fault.WRONG_KEY),
        ("write /store/data/x: no space left on device", Fault.FULL),
        ("Fatal: unable to create lock in backend: repository is already locked by PID 7", Fault.LOCKED),
        ("ciphertext verification failed", Fault.DAMAGED),
        ("Fatal: unable to open config file: stat /x/config: no such file", Fault.GONE),
        ("something that no version of restic ever said", Fault.STORE),
    ],
)
def test_what_restic_says_means(said: str, fault: Fault) -> None:
    assert restic.meaning(said) == fault


def test_two_names_of_one_machine_are_one_machine() -> None:
    here = {"marks": ["key:a", "address:10.0.0.5"], "device": 5}
    alias = {"marks": ["key:a", "address:10.9.9.9"], "device": 5}
    disk = alias | {"device": 6}
    assert places.judge(here, alias) == Apart.SAME
    assert places.judge(here, disk) == Apart.DISK
    assert places.judge(here, {"marks": ["key:b"], "device": None}) == Apart.APART
    assert places.judge(here, {"marks": [], "device": None}) == Apart.UNKNOWN
    loop = places._there("localhost")
    assert "here" in loop
    assert places._key_mark("[host]:22 ssh-ed25519 AAAAxyz") == places._key_mark("ssh-ed25519 AAAAxyz root@x")
