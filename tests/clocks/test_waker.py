"""R5: while the scheduler is silent the workers ring themselves, and somebody hears of it once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.actions import robot
from events.actions import beat, report_silence
from events.enums import LedgerEvent
from events.ledger import verify
from events.models import Event, Heartbeat
from kumala_itsm.celery import app
from kumala_itsm.waker import LOOKS_EVERY, PATIENCE, Silence, Waker, silent_since
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.events import deliver, names_told, told

SCHEDULE = settings.CELERY_BEAT_SCHEDULE


@pytest.fixture
def silence(db: None) -> Any:
    """What a worker knows, with its rings and reports written down."""
    rings: list[str] = []
    reports: list[datetime] = []
    found: Any = Silence(lambda entry: rings.append(entry["task"]), reports.append)
    found.rings, found.reports = rings, reports
    return found


def _last_beat(seconds_ago: float, name: str = "scheduler") -> datetime:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at})
    return at


def test_nothing_is_rung_while_the_scheduler_lives(silence: Any) -> None:
    beat(name="scheduler")
    assert silence.look(0) == 0
    _last_beat(PATIENCE.total_seconds() - 5)
    assert silence.look(5) == 0
    assert (silence.rings, silence.reports) == ([], [])


def test_where_no_scheduler_ever_lived_none_is_missed(silence: Any) -> None:
    assert silence.look(0) == 0


def test_a_silent_scheduler_is_stood_in_for_within_a_minute(silence: Any) -> None:
    since = _last_beat(PATIENCE.total_seconds() + 1)
    assert silence.look(0) == len(SCHEDULE)
    assert set(silence.rings) == {entry["task"] for entry in SCHEDULE.values()}
    assert silence.reports == [since]
    assert PATIENCE.total_seconds() + LOOKS_EVERY + 5 < 60


def test_each_sweep_is_rung_as_often_as_the_schedule_says(silence: Any) -> None:
    _last_beat(3600)
    for second in range(0, 61, 5):
        silence.look(float(second))
    assert silence.rings.count("clocks.sweep") == 13
    assert silence.rings.count("approvals.render_documents") == 7
    assert silence.rings.count("core.tidy") == 1
    assert len(silence.reports) == 1


def test_when_the_scheduler_is_back_the_workers_stop(silence: Any) -> None:
    _last_beat(60)
    silence.look(0)
    beat(name="scheduler")
    assert silence.look(5) == 0
    assert silent_since() is None


def test_the_worker_takes_it_along() -> None:
    assert Waker in app.steps["worker"]


def test_somebody_hears_once_of_each_silence(cast: Cast) -> None:
    for name in ("it_manager", "administrator", "agent"):
        _ = cast[name]
    told()
    first, second = datetime(2026, 11, 21, 8, tzinfo=UTC), datetime(2026, 11, 22, 8, tzinfo=UTC)
    watch = robot("watch")
    assert [report_silence(part="scheduler", since=s, by=watch) for s in (first, first, second)] == [
        True,
        False,
        True,
    ]
    deliver()
    assert names_told() == ["administrator", "administrator", "it_manager", "it_manager"]
    assert Event.objects.filter(type=LedgerEvent.FELL_SILENT).count() == 2
    assert list(verify()) == []
    assert Notification.objects.exclude(path="/operations/").count() == 0


@pytest.mark.parametrize(
    ("address", "who"), [("/", "it_manager"), ("/", "agent"), ("/operations/", "it_manager")]
)
def test_the_silence_stands_on_dashboard_and_operations(
    cast: Cast, page: Any, address: str, who: str
) -> None:
    cast[who].language = "en"
    cast[who].save()
    _last_beat(30)
    assert b"The scheduler is silent" not in page(cast[who]).get(address).content
    _last_beat(90)
    assert b"The scheduler is silent" in page(cast[who]).get(address).content
