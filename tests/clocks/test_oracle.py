"""The engine and the slow, obvious reference agree: over calendars, pauses, zones and nights nobody would choose."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clocks.working_time import (
    Break,
    Hours,
    Malformed,
    NoWorkingTime,
    explain,
    instant_after,
    instants_after,
    worked,
)
from tests.clocks import reference
from tests.clocks.reference import MINUTE, Facts, any_facts
from tests.harness.patience import ends

OFFICE = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
JAKARTA = ZoneInfo("Asia/Jakarta")
facts = st.integers(0, 2**32).map(lambda seed: any_facts(Random(seed)))
slow = settings(max_examples=300, deadline=None)


@slow
@given(facts=facts, minutes=st.integers(0, 6 * 1440))
def test_what_was_worked_is_what_one_counts_minute_by_minute(facts: Facts, minutes: int) -> None:
    end = facts.start + minutes * MINUTE
    assert worked(facts.start, end, **facts.engine) == reference.worked(facts, end)


@slow
@given(facts=facts, minutes=st.integers(1, 2 * 1440))
def test_a_deadline_is_the_minute_at_which_one_has_counted_enough(facts: Facts, minutes: int) -> None:
    expected = reference.instant_after(facts, minutes * MINUTE, most=timedelta(days=21))
    if expected is not None:
        assert instant_after(facts.start, minutes * MINUTE, **facts.engine) == expected


@settings(max_examples=300, deadline=None)
@given(facts=facts, us=st.integers(1, 10**12))
def test_until_its_deadline_exactly_the_length_has_counted(facts: Facts, us: int) -> None:
    length = timedelta(microseconds=us)
    at = instant_after(facts.start, length, **facts.engine)
    assert at is not None
    assert worked(facts.start, at, **facts.engine) == length
    assert worked(facts.start, at - timedelta(microseconds=1), **facts.engine) < length


@settings(max_examples=150, deadline=None)
@given(facts=facts, minutes=st.integers(0, 20 * 1440))
def test_the_lines_of_an_explanation_leave_no_gap_and_add_up(facts: Facts, minutes: int) -> None:
    end = facts.start + minutes * MINUTE
    lines = explain(facts.start, end, **facts.engine)
    ends = [facts.start, *(line.end for line in lines)]
    assert [line.start for line in lines] == ends[:-1]
    assert ends[-1] == end
    counted = sum((line.length for line in lines if line.counted), timedelta())
    assert counted == worked(facts.start, end, **facts.engine)


@settings(max_examples=100, deadline=None)
@given(facts=facts, minutes=st.lists(st.integers(1, 3000), min_size=1, max_size=4))
def test_several_deadlines_at_once_are_those_one_by_one(facts: Facts, minutes: list[int]) -> None:
    lengths = [m * MINUTE for m in sorted(minutes)]
    together = instants_after(facts.start, lengths, **facts.engine)
    assert together == [instant_after(facts.start, length, **facts.engine) for length in lengths]


@pytest.mark.parametrize(
    ("zone", "night", "minutes"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 5 * 60),  # the wall jumps from 2:00 to 3:00
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), 7 * 60),  # two hours called 2:00
        ("America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), 5 * 60),
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 7 * 60),
        ("Asia/Jayapura", datetime(2026, 3, 28, 15, tzinfo=UTC), 6 * 60),
    ],
)
def test_a_shift_over_the_night_in_which_the_wall_is_set_counts_real_hours(
    zone: str, night: datetime, minutes: int
) -> None:
    shift = {str(day): [["00:00", "06:00"]] for day in range(7)}
    found = worked(night, night + timedelta(hours=12), Hours.of(shift), ZoneInfo(zone))
    assert found == minutes * MINUTE


def test_a_wall_that_is_set_inside_a_segment_is_read_as_it_stands() -> None:
    """2:30 to 4:00 in Berlin: in spring only 3:00 to 4:00 exists, in autumn half an hour of it comes twice."""
    hours = Hours.of({str(day): [["02:30", "04:00"]] for day in range(7)})
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert worked(spring, spring + timedelta(hours=12), hours, berlin) == 60 * MINUTE
    assert worked(autumn, autumn + timedelta(hours=12), hours, berlin) == 120 * MINUTE


def test_round_the_clock_is_real_time() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert instant_after(start, timedelta(hours=2), None, JAKARTA) == start + timedelta(hours=2)


def test_behind_a_pause_that_lasts_there_is_no_deadline() -> None:
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)
    open_ = [Break(start + timedelta(hours=1))]
    for hours in (None, Hours.of(OFFICE)):
        found = instants_after(start, [timedelta(hours=1), timedelta(hours=2)], hours, JAKARTA, open_)
        assert found == [start + timedelta(hours=1), None]


def test_a_deadline_at_closing_time_is_not_moved_to_the_next_morning() -> None:
    start = datetime(2026, 3, 2, 13, tzinfo=JAKARTA)
    assert instant_after(start, timedelta(hours=4), Hours.of(OFFICE), JAKARTA) == datetime(
        2026, 3, 2, 17, tzinfo=JAKARTA
    )


@pytest.mark.parametrize(
    "segments",
    [
        {"0": [["08:00"]]}, {"0": [["8:00", "12:00"]]}, {"0": [["12:00", "08:00"]]}, {"0": [["08:00", "08:00"]]},
        {"0": [["08:00", "12:00"], ["11:00", "13:00"]]}, {"0": [["13:00", "17:00"], ["08:00", "12:00"]]},
        {"7": [["08:00", "12:00"]]}, {"0": [["08:00", "24:01"]]}, {"0": [["08:60", "12:00"]]}, {"0": ["08:00"]},
        {"0": [["08:00", "٢٤:٠٠"]]}, [],
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused(segments: object) -> None:
    with pytest.raises(Malformed):
        Hours.of(segments)  # type: ignore[arg-type]


@pytest.mark.parametrize("segments", [{}, {"0": []}, {str(d): [] for d in range(7)}])
def test_a_week_without_working_time_is_refused(segments: dict[str, list[list[str]]]) -> None:
    with pytest.raises(NoWorkingTime):
        Hours.of(segments)


def test_ten_years_of_days_off_are_refused_and_not_searched_for_ever() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    off = [{"date": (start + timedelta(n)).date().isoformat(), "name": "off"} for n in range(-1, 4000)]
    with ends(), pytest.raises(NoWorkingTime):
        instant_after(start, MINUTE, Hours.of(OFFICE, off), JAKARTA)


def test_a_year_of_working_time_is_found() -> None:
    at = instant_after(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=2000), Hours.of(OFFICE), JAKARTA)
    assert at == datetime(2026, 12, 16, 17, tzinfo=JAKARTA)
