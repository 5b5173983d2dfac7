"""Time that stands still: every `timezone.now()`, also where it is the default of a field, without a sleep."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from unittest import mock

from django.utils import timezone


class Clock:
    """Stops Django's clock at the present instant (or at `at`); PostgreSQL's own clock goes on."""

    def __init__(self, at: datetime | None = None) -> None:
        self.now = at or datetime.now(UTC).replace(microsecond=0)

    def __enter__(self) -> "Clock":
        clock = self

        class Stopped(datetime):
            """What `django.utils.timezone` takes for datetime."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return clock.now.astimezone(tz)

        self._patch = mock.patch.object(timezone, "datetime", Stopped)
        self._patch.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._patch.stop()

    def forward(self, **duration: float) -> datetime:
        """Let so much time pass: `forward(hours=2, seconds=1)`."""
        self.now += timedelta(**duration)
        return self.now

    def to(self, instant: datetime) -> datetime:
        """Go to this instant."""
        self.now = instant
        return instant
