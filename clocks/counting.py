"""From rows to arithmetic: by what a clock is counted, and the instants that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import Q

from clocks.enums import LEVELS
from clocks.models import CalendarVersion, Clock, ClockPolicy, Pause
from clocks.working_time import Break, Hours, instants_after


@dataclass(frozen=True)
class Terms:
    """What one clock is counted by: so much time, within these hours on this wall, without these pauses."""

    length: timedelta
    hours: Hours | None
    zone: tzinfo
    breaks: tuple[Break, ...] = ()

    def instants(self, start: datetime) -> dict[int, datetime]:
        """For each level the instant at which so many percent have passed; 100 is the deadline."""
        lengths = [self.length * level / 100 for level in LEVELS]
        found = instants_after(start, lengths, self.hours, self.zone, self.breaks)
        return {level: at for level, at in zip(LEVELS, found, strict=True) if at is not None}


class Counted:
    """Clocks, with everything their deadlines follow from, by a few statements for all of them."""

    def __init__(self, clocks: Sequence[Clock]) -> None:
        self._policies = _policies(clocks)
        self._versions = _versions(clocks)
        self._newest = {version.calendar_id: version for version in self._versions.values()}
        self._hours = {pk: version.hours for pk, version in self._versions.items()}
        self._breaks = _breaks([c for c in clocks if self._may_pause(c)])

    def newest(self, clock: Clock) -> CalendarVersion | None:
        """The version of its calendar that counts now; None round the clock."""
        known = self._versions.get(clock.calendar_version_id or 0)
        return self._newest[known.calendar_id] if known else None

    def instants(self, clock: Clock) -> dict[int, datetime]:
        """Its levels with their instants, by the version that it names, without a pause that still lasts."""
        return self.terms(clock).instants(clock.started_at)

    def terms(self, clock: Clock) -> Terms:
        """What it is counted by."""
        hours = self._hours.get(clock.calendar_version_id or 0)
        breaks = tuple(self._breaks.get(clock.pk, ()))
        policy = self._policies.get(clock.policy_id or 0)
        # A clock that nothing can have moved lasts as long as it was promised.
        plain = policy is None or (hours is None and not breaks)
        length = clock.due_at - clock.started_at if plain or policy is None else policy.duration
        return Terms(length, hours, clock.wall, breaks)

    def _may_pause(self, clock: Clock) -> bool:
        policy = self._policies.get(clock.policy_id or 0)
        return policy is not None and policy.may_pause


def _policies(clocks: Sequence[Clock]) -> dict[int, ClockPolicy]:
    return ClockPolicy.objects.in_bulk({c.policy_id for c in clocks if c.policy_id})


def _versions(clocks: Sequence[Clock]) -> dict[int, CalendarVersion]:
    """Those by which the clocks are counted, and the newest of the same calendars, in the order of their numbers."""
    named = {c.calendar_version_id for c in clocks if c.calendar_version_id}
    if not named:
        return {}
    calendars = CalendarVersion.objects.filter(pk__in=named).values("calendar")
    newest = CalendarVersion.objects.newest_of(calendars).values("pk")
    rows = CalendarVersion.objects.filter(Q(pk__in=named) | Q(pk__in=newest)).select_related("calendar")
    return {version.pk: version for version in rows.order_by("number")}


def _breaks(clocks: Sequence[Clock]) -> dict[int, list[Break]]:
    """Pauses that have ended, by clock."""
    found: dict[int, list[Break]] = {}
    if clocks:
        rows = Pause.objects.filter(clock__in=[c.pk for c in clocks], ended_at__isnull=False)
        for pause in rows.order_by("pk"):
            found.setdefault(pause.clock_id, []).append(Break(pause.started_at, pause.ended_at, pause.reason))
    return found


def settle(clock: Clock, instants: dict[int, datetime]) -> None:
    """Deadline and next level as they follow from the facts. A paused clock has no next level."""
    clock.due_at = instants[LEVELS[-1]]
    level = clock.next_level
    clock.next_level_at = None if level is None or clock.is_paused else instants[level]
