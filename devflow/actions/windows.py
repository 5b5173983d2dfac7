"""What changes when releases are open: weekly windows and freezes, of one system or of all."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import TimeZone
from accounts.models import User
from core import locks
from core.errors import NotPossible
from devflow import rules
from devflow.enums import SystemEvent
from devflow.models import Freeze, System, Window
from devflow.models.windows import MOST_FROZEN_DAYS
from events import actions as events
from events.enums import Audience
from events.subjects import Subject


@transaction.atomic
def add_window(
    *, system: System | None, days: Iterable[int], opens: time, closes: time, zone: TimeZone, by: User
) -> Window:
    """Another weekly window, of one system or (None) of all that have none of their own.

    From the first window on, nothing is released outside. Raises PermissionDenied for anyone but the IT Manager and
    administrators, NotPossible without a day.
    """
    rules.keepers_only(system, by)
    wanted = sorted({day for day in days if 0 <= day <= 6})
    if not wanted:
        raise NotPossible(_("Choose at least one day."))
    row = Window.objects.create(
        system=system, days=wanted, opens=opens, closes=closes, zone=zone, added_by=by
    )
    _record(SystemEvent.WINDOW_ADDED, row, by)
    return row


@transaction.atomic
def add_freeze(
    *,
    system: System | None,
    reason: str,
    zone: TimeZone,
    by: User,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    last_days: int = 0,
    first_days: int = 0,
) -> Freeze:
    """Nothing of the system (None: of no system) is released between two instants, or around every end of a month.

    Raises PermissionDenied for anyone but the IT Manager and administrators, NotPossible for what is no such time.
    """
    rules.keepers_only(system, by)
    if (starts_at is None) != (ends_at is None) or bool(starts_at) == bool(last_days or first_days):
        raise NotPossible(_("Say from when to when, or how many days of each month."))
    if starts_at and ends_at and (ends_at <= starts_at or ends_at <= timezone.now()):
        raise NotPossible(_("The end lies before the beginning or in the past."))
    if max(last_days, first_days) > MOST_FROZEN_DAYS:
        raise NotPossible(_("At most 14 days at the end of a month, and 14 at its beginning."))
    row = Freeze.objects.create(
        system=system, reason=reason.strip(), zone=zone, added_by=by, starts_at=starts_at, ends_at=ends_at,
        last_days=last_days, first_days=first_days,
    )  # fmt: skip
    _record(SystemEvent.FREEZE_ADDED, row, by, reason=row.reason)
    return row


@transaction.atomic
def end_window(*, window: Window, by: User) -> Window:
    """The window no longer counts; it stays on record. Raises NotPossible when somebody was quicker."""
    ended: Window = _end(Window, window, SystemEvent.WINDOW_ENDED, by)
    return ended


@transaction.atomic
def end_freeze(*, freeze: Freeze, by: User) -> Freeze:
    """Releases go on; the freeze stays on record. Raises NotPossible when somebody was quicker."""
    ended: Freeze = _end(Freeze, freeze, SystemEvent.FREEZE_ENDED, by, reason=freeze.reason)
    return ended


def _end(model: Any, row: Any, event: SystemEvent, by: User, **facts: str) -> Any:
    rules.keepers_only(row.system, by)
    row = model.objects.lock(row)
    if row.ended_at is not None:
        raise NotPossible(_("This has ended already."))
    row.ended_by, row.ended_at = by, timezone.now()
    row.save(update_fields=["ended_by", "ended_at"])
    _record(event, row, by, **facts)
    return row


def _record(event: SystemEvent, row: Window | Freeze, by: User, **facts: str) -> None:
    place = Subject("devflow.system", row.system_id or 0)
    locks.hold(*place)
    events.record(event, place, by=by, audience=Audience.STAFF, what=str(row), **facts)
