"""How instants and promises are said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from core import times

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)  # 12:00 WIB


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (NOON, "12:00 WIB"),
        (NOON - timedelta(days=1), "20 Nov 12:00 WIB"),
        (NOON - timedelta(days=400), "17 Oct 2025 12:00 WIB"),
    ],
)
def test_the_date_is_said_only_when_it_is_not_today(instant: datetime, words: str) -> None:
    with translation.override("en"), timezone.override("Asia/Jakarta"):
        assert times.words(instant, NOON) == words


def test_a_certificate_is_exact_to_the_second() -> None:
    with translation.override("id"), timezone.override("Asia/Makassar"):
        assert times.to_the_second(NOON + timedelta(seconds=7)) == "21 Nov 2026 13:00:07 WITA"


def test_every_zone_of_indonesia_has_its_own_abbreviation() -> None:
    zones = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
    assert [times.zone(NOON.astimezone(ZoneInfo(name))) for name in zones] == ["WIB", "WITA", "WIT"]


@pytest.mark.parametrize(
    ("minutes_left", "state", "text"),
    [
        (120, "calm", "before 14:00 WIB"),
        (45, "calm", "45 min left"),
        (12, "soon", "12 min left"),
        (-5, "late", "late by 5 min"),
        (-125, "late", "late by 2 h 5 min"),
        (-120, "late", "late by 2 h"),
        (-0.5, "late", "late by under a minute"),
        (0.5, "soon", "under a minute left"),
        (-3000, "late", "late by 2 days"),
    ],
)
def test_a_promise_says_how_it_stands(minutes_left: float, state: str, text: str) -> None:
    due = NOON + timedelta(minutes=minutes_left)
    with translation.override("en"), timezone.override("Asia/Jakarta"):
        found = times.deadline(due_at=due, met_at=None, stopped=False, now=NOON)
    assert (found.state, found.text) == (state, text)


@pytest.mark.parametrize(("minutes", "state"), [(0, "met"), (1, "missed")])
def test_a_promise_kept_at_the_last_moment_is_kept(minutes: int, state: str) -> None:
    found = times.deadline(due_at=NOON, met_at=NOON + timedelta(minutes=minutes), stopped=False, now=NOON)
    assert found.state == state


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=2, hours=15), "2 days 15 h"), (timedelta(hours=36), "1 day 12 h"), (timedelta(0), "0 min"),
        (timedelta(minutes=12, seconds=40, milliseconds=900), "12 min 40 s"), (timedelta(days=7), "7 days"),
    ],
)  # fmt: skip
def test_a_figure_is_told_exactly(length: timedelta, words: str) -> None:
    with translation.override("en"):
        assert times.exact(length) == words


@pytest.mark.parametrize(("minutes", "words"), [(90, "1.5"), (1440, "24"), (0, "0"), (50, "0.83")])
def test_minutes_read_as_hours(minutes: int, words: str) -> None:
    with translation.override("en"):
        assert times.hours(minutes) == words
