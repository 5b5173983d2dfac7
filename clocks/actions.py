"""Starting, stopping and watching promises."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.actions import robot
from clocks.enums import LENGTH, ClockEvent, ClockState, Promise
from clocks.models import Clock
from events import actions as events
from events.enums import Audience
from events.subjects import Subject

EVENTS_OF_LEVEL = {50: ClockEvent.WARNED, 75: ClockEvent.WARNED, 100: ClockEvent.BREACHED}


@transaction.atomic
def start(
    *,
    promise: Promise,
    subject: models.Model,
    case: models.Model | Subject,
    by: Any,
    at: datetime,
    branch: Any,
) -> Clock:
    """Start a promise at the instant `at`; it is due after its length (SOP-B4.3.1 for the response)."""
    clock = Clock(
        promise=promise,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        case_type=Subject.of(case).type,
        case_id=Subject.of(case).id,
        branch=branch,
        started_at=at,
        due_at=at + LENGTH[promise],
    )
    clock.next_level_at = clock.level_at(50)
    clock.save(force_insert=True)
    events.record(ClockEvent.STARTED, case, by=by, audience=Audience.STAFF, promise=promise, due=clock.due_at)
    return clock


@transaction.atomic
def stop(*, promise: Promise, subject: models.Model, by: Any, at: datetime) -> Clock | None:
    """The promise was kept at the instant `at`, in time or late; None when no such clock runs."""
    clock = Clock.objects.of(subject, promise).running().select_for_update().first()
    if clock is None:
        return None
    in_time = at <= clock.due_at
    _end(clock, ClockState.MET if in_time else ClockState.LATE, at)
    _record(ClockEvent.MET if in_time else ClockEvent.LATE, clock, by=by)
    return clock


@transaction.atomic
def cancel(*, promise: Promise, subject: models.Model, at: datetime) -> None:
    """The promise no longer matters: its subject was withdrawn or rejected."""
    clock = Clock.objects.of(subject, promise).running().select_for_update().first()
    if clock is not None:
        _end(clock, ClockState.CANCELLED, at)


def _end(clock: Clock, state: ClockState, at: datetime) -> None:
    clock.state, clock.stopped_at, clock.next_level_at = state, at, None
    clock.save()


def sweep(*, now: datetime | None = None, most: int = 1000) -> int:
    """Record every level that has come, each once with its true instant; the number recorded.

    Costs in proportion to what is due, not to what runs. Any number of sweeps may run at a time.
    """
    moment = now or timezone.now()
    due = Clock.objects.due(moment)[:most]
    return sum(_levels(clock, moment) for clock in due)


@transaction.atomic
def _levels(clock: Clock, now: datetime) -> int:
    """Every level of one clock that has come. Read again under its lock: an answer or another sweep may be quicker."""
    clock = Clock.objects.lock(clock)
    told = 0
    while clock.is_running and clock.next_level and clock.level_at(clock.next_level) <= now:
        told += 1
        _tell_level(clock, clock.next_level)
    return told


def _tell_level(clock: Clock, level: int) -> None:
    clock.level = level
    clock.next_level_at = clock.level_at(clock.next_level) if clock.next_level else None
    clock.save()
    _record(EVENTS_OF_LEVEL[level], clock, by=robot("sla"), level=level, at_instant=clock.level_at(level))


def _record(type_: ClockEvent, clock: Clock, *, by: Any, **facts: Any) -> None:
    events.record(
        type_, clock.case, by=by, audience=Audience.STAFF, promise=clock.promise, clock=clock.pk, **facts
    )
