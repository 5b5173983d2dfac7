"""Which clocks run, and which are due."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from clocks.enums import ClockState
from core.querysets import Rows

if TYPE_CHECKING:
    from clocks.models import Clock  # noqa: F401


class ClockRows(Rows["Clock"]):
    """Promises."""

    def visible_to(self, user: Any) -> "ClockRows":
        """Staff; others see the clock on the subject's own page."""
        return self if user.is_staff_member else self.none()

    def of(self, subject: models.Model, promise: str) -> "ClockRows":
        """The clock of one promise about one subject."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk, promise=promise)

    def running(self) -> "ClockRows":
        """Not yet answered."""
        return self.filter(state=ClockState.RUNNING)

    def due(self, now: datetime) -> "ClockRows":
        """Running ones whose next level has come; an index holds exactly these."""
        return self.running().filter(next_level_at__lte=now).order_by("next_level_at", "pk")
