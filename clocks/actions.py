"""Starting, pausing, stopping and watching promises; publishing calendars and policies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.enums import Role
from accounts.models import Branch, User, office_date
from clocks import rules
from clocks.counting import Counted, Terms, settle
from clocks.enums import ESCALATED, LEVELS, ClockEvent, DayOff, Promise, Where
from clocks.models import LONGEST, SHORTEST, Calendar, CalendarVersion, Clock, ClockPolicy, Pause
from clocks.working_time import Hours, Malformed, NoWorkingTime, instant_after
from core import locks
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from events import actions as events
from events import doorbell
from events.actions import Entry
from events.enums import Audience
from events.subjects import Subject

BATCH = 500  # clocks in one short transaction
MARKED_AT_ONCE = 1000  # clocks in one statement; each holds a lock of its case, of which PostgreSQL has few
MARKED, TOLD, SWEPT, RECOUNTED = 200_000, 2000, 10_000, 10_000  # clocks in one pass, or round of a pass
CLAUSE = "SOP-B4.3.1"
BREACH = LEVELS[-1]
Found = Sequence[tuple[int, str, int]]  # of clocks: their key, and label and number of their case


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
    """Start a promise at the instant `at`, by the policy that is in force then (SOP-B4.3.1 for the response)."""
    policy = ClockPolicy.objects.in_force(promise, branch_id=branch and branch.pk, at=at)
    version = CalendarVersion.objects.newest(policy.calendar_id) if policy.calendar_id else None
    zone = branch.time_zone if branch else settings.TIME_ZONE
    hours = version.hours if version else None
    instants = Terms(policy.duration, hours, ZoneInfo(zone)).instants(at)
    clock = Clock.objects.create(
        promise=promise,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        case_type=Subject.of(case).type,
        case_id=Subject.of(case).id,
        branch=branch,
        policy=policy,
        calendar_version=version,
        zone=zone,
        started_at=at,
        due_at=instants[BREACH],
        next_level_at=instants[LEVELS[0]],
    )
    events.record(ClockEvent.STARTED, case, by=by, audience=Audience.STAFF, promise=promise, due=clock.due_at)
    return clock


@transaction.atomic
def stop(*, promise: Promise, subject: models.Model, by: Any, at: datetime) -> Clock | None:
    """The promise was kept at the instant `at`, in time or late; None when no such clock runs.

    Only stored instants decide: the caller takes `at` after the lock of its case; who looks first is all the same.
    What came late is recorded as a breach before, also when no sweep had seen it; after a recorded breach it is late.
    """
    clock = _running(promise, subject)
    if clock is None:
        return None
    if clock.is_paused:
        _end_pause(clock, by=by, at=at)
    counted = Counted([clock])
    happened = _owed(clock, counted) + _renewed(clock, counted)
    settle(clock, counted.instants(clock))
    in_time = at <= clock.due_at and clock.breached_at is None
    if not in_time:
        happened += _levels(clock, counted.instants(clock), at)
    if clock.excused_by_id and at > clock.due_at:
        clock.excused_by = None  # late by the newer calendar as well
    _record(happened)
    _end(clock, "meet" if in_time else "miss", at, by)
    events.record(
        ClockEvent.MET if in_time else ClockEvent.LATE,
        clock.case,
        by=by,
        audience=Audience.STAFF,
        promise=clock.promise,
        clock=clock.pk,
    )
    return clock


@transaction.atomic
def cancel(*, promise: Promise, subject: models.Model, at: datetime) -> None:
    """The promise no longer matters: its subject was withdrawn or rejected."""
    clock = _running(promise, subject)
    if clock is None:
        return
    by = robot("sla")
    _record(_owed(clock, Counted([clock])))
    if clock.is_paused:
        _end_pause(clock, by=by, at=at)
        settle(clock, Counted([clock]).instants(clock))
    _end(clock, "drop", at, by)


def _running(promise: Promise, subject: models.Model) -> Clock | None:
    """The running clock of the subject, held: first its case, then the row."""
    locks.hold_case(subject)
    return Clock.objects.of(subject, promise).running().select_for_update().first()


def _end(clock: Clock, move: str, at: datetime, by: Any) -> None:
    clock.stopped_at, clock.next_level_at = at, None
    fire(clock, move, by=by)


# Pauses ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def pause(*, clock: Clock, reason: str, by: User) -> Clock:
    """Its time stands still from now on, where its policy allows that. The IT Manager says so, with a reason.

    Raises NotPossible without a reason, where the policy forbids it, when it is paused or its time has run out already;
    PermissionDenied for anybody else.
    """
    clock = Clock.objects.lock(clock, "policy")
    now = timezone.now()
    if not reason.strip():
        raise NotPossible(_("Say why the time stands still; the requester will read it."))
    happened = _come(clock, now)
    fire(clock, "pause", by=by)
    _record(happened)
    Pause.objects.create(clock=clock, started_at=now, by=by, reason=reason.strip()[:200])
    clock.paused_at, clock.next_level_at = now, None
    clock.save(update_fields=["paused_at", "next_level_at"])
    _say(ClockEvent.PAUSED, clock, by, reason=reason.strip()[:200])
    return clock


@transaction.atomic
def resume(*, clock: Clock, by: User) -> Clock:
    """Its time passes again; it is due so much later as it stood still within working time.

    Raises NotPossible when it is not paused, PermissionDenied for anybody but the IT Manager.
    """
    clock = Clock.objects.lock(clock, "policy")
    fire(clock, "resume", by=by)
    _end_pause(clock, by=by, at=timezone.now())
    counted = Counted([clock])
    happened = _renewed(clock, counted)
    settle(clock, counted.instants(clock))
    clock.save()
    _record(happened)
    _say(ClockEvent.RESUMED, clock, by, due=clock.due_at)
    return clock


@transaction.atomic
def stand_still(*, promise: Promise, subject: models.Model, reason: str) -> bool:
    """Pause the running promise of `subject` in the product's own name, where its policy lets it; whether it did."""
    clock, by = _running(promise, subject), robot("sla")
    if clock is None or why_not(clock, "pause", by) is not None:
        return False
    pause(clock=clock, reason=reason, by=by)
    return True


@transaction.atomic
def go_on(*, promise: Promise, subject: models.Model) -> bool:
    """End the pause that `stand_still` began; a pause of the IT Manager stays. Whether it did."""
    clock, by = _running(promise, subject), robot("sla")
    if clock is None or not Pause.objects.filter(clock=clock, ended_at=None, by=by).exists():
        return False
    resume(clock=clock, by=by)
    return True


def _come(clock: Clock, now: datetime) -> "list[Happened]":
    """What has come by now and nobody told yet, before its time stands still."""
    counted = Counted([clock])
    happened = _owed(clock, counted) + _renewed(clock, counted)
    return happened if clock.is_paused else happened + _levels(clock, counted.instants(clock), now)


def _end_pause(clock: Clock, *, by: Any, at: datetime) -> None:
    open_ = Pause.objects.select_for_update().get(clock=clock, ended_at=None)
    open_.ended_at, open_.ended_by = max(at, open_.started_at), by
    open_.save(update_fields=["ended_at", "ended_by"])
    clock.paused_at = None


def _say(type_: ClockEvent, clock: Clock, by: User, **facts: Any) -> None:
    events.record(
        type_, clock.case, by=by, audience=Audience.STAFF, promise=clock.promise, clock=clock.pk,
        on_behalf_of=by.stands_in_for(Role.IT_MANAGER, branch_id=clock.branch_id), **facts,
    )  # fmt: skip


# Watching ----------------------------------------------------------------------------------------------------------


def sweep(*, now: datetime | None = None) -> int:
    """Record every level that has come, each once with its true instant; the number recorded, at ten thousand it ends.

    What ran out is marked first, a thousand in a statement; the ledger and everybody who must hear of it come after, a
    few hundred at a time, with another look at what runs out in between. Costs in proportion to what is due, not to
    what runs. Any number of sweeps may run at a time: a case in which somebody acts just now is left to the next pass.
    """
    done = 0
    while done < SWEPT:
        told = _tell_round(now or timezone.now())
        done += told
        if told < TOLD:
            break
    return done


def _tell_round(now: datetime) -> int:
    cases = ("pk", "case_type", "case_id")
    due = list(Clock.objects.due(now).values_list(*cases)[:TOLD])
    if due:
        mark(now=now)
    owed = list(Clock.objects.untold().values_list(*cases)[:TOLD])
    return sum(_in_batches(list(dict.fromkeys([*owed, *due])), lambda batch: _tell(batch, now), BATCH))


def mark(*, now: datetime) -> int:
    """Note in the clocks themselves, with the true instant, that their time has run out; how many.

    Without an event yet: a hundred thousand that run out in one second are all marked within the next few.
    """
    found = Clock.objects.run_out(now)[:MARKED].values_list("pk", "case_type", "case_id")
    return sum(_in_batches(list(found), lambda batch: _mark(batch, now), MARKED_AT_ONCE))


@transaction.atomic
def _mark(found: Found, now: datetime) -> int:
    free = locks.hold_free_cases({(label, number) for _pk, label, number in found})
    ids = [pk for pk, label, number in found if (label, number) in free]
    return Clock.objects.run_out(now).order_by().filter(pk__in=ids).update(
        untold_from=F("level"), level=BREACH, breached_at=F("due_at"), next_level_at=None
    )  # fmt: skip


def recount(*, most: int = RECOUNTED) -> int:
    """Count running clocks by the newest version of their calendar; how many were found by an older one.

    What is left to do stands in the rows themselves, so a pass that dies loses nothing.
    """
    stale = Clock.objects.stale().order_by("pk").values_list("pk", "case_type", "case_id")[:most]
    return sum(_in_batches(list(stale), _recount, BATCH))


def _in_batches(found: Found, act: Callable[[Found], int], size: int) -> Iterator[int]:
    for first in range(0, len(found), size):
        yield act(found[first : first + size])


def _hold(found: Found, rows: Any) -> list[Clock]:
    """Those of the clocks in whose case nobody acts just now, read again under lock: their case first, then the row."""
    free = locks.hold_free_cases({(label, number) for _pk, label, number in found})
    ids = [pk for pk, label, number in found if (label, number) in free]
    if not ids:
        return []
    return list(rows.filter(pk__in=ids).select_for_update(skip_locked=True))


@transaction.atomic
def _tell(found: Found, now: datetime) -> int:
    clocks = _hold(found, Clock.objects.filter(Q(untold_from__isnull=False) | Q(next_level_at__lte=now)))
    counted = Counted(clocks)
    noted, told = [], []
    for clock in clocks:
        told += _owed(clock, counted)
        noted += _renewed(clock, counted)
        told += _levels(clock, counted.instants(clock), now)
    _record([*told, *noted])
    _write(clocks)
    return len(told)


@transaction.atomic
def _recount(found: Found) -> int:
    clocks = _hold(found, Clock.objects.stale())
    counted = Counted(clocks)
    _record([note for clock in clocks for note in (*_owed(clock, counted), *_renewed(clock, counted))])
    _write(clocks)
    return len(clocks)


@dataclass(frozen=True)
class Happened:
    """Something that the product itself finds out about a clock."""

    type: ClockEvent
    clock: Clock
    facts: dict[str, Any]


def _renewed(clock: Clock, counted: Counted) -> list[Happened]:
    """Count by the newest version of its calendar. A recorded breach stays; if it would be none, that is noted."""
    version = counted.newest(clock)
    if version is None or version.pk == clock.calendar_version_id:
        return []
    clock.calendar_version = version
    settle(clock, counted.instants(clock))
    if clock.breached_at is None:
        return []
    was_excused = clock.excused_by_id is not None
    clock.excused_by = version if clock.due_at > clock.breached_at else None
    if was_excused or clock.excused_by is None:
        return []
    return [Happened(ClockEvent.EXCUSED, clock, {"calendar": str(version), "due": clock.due_at})]


def _levels(clock: Clock, instants: dict[int, datetime], now: datetime) -> list[Happened]:
    """Move the clock past every level that has come: each once, with its true instant."""
    told = []
    while (level := clock.next_level) and instants[level] <= now:
        clock.level = level
        if level == BREACH:
            clock.breached_at = instants[level]
        type_ = ClockEvent.BREACHED if level == BREACH else ClockEvent.WARNED
        told.append(Happened(type_, clock, {"level": level, "at_instant": instants[level]}))
    settle(clock, instants)
    return told


def _owed(clock: Clock, counted: Counted) -> list[Happened]:
    """What was marked and the ledger has not heard, by the calendar by which it was marked."""
    if clock.untold_from is None:
        return []
    assert clock.breached_at is not None
    clock.level, clock.untold_from = clock.untold_from, None
    return _levels(clock, counted.instants(clock) | {BREACH: clock.breached_at}, clock.breached_at)


def _record(happened: Sequence[Happened]) -> None:
    """Into the chains of the cases, all at once. A breach names those who must now hear of it (SOP-B4.3.1)."""
    if not happened:
        return
    watch, managers = robot("sla"), _Managers()
    entries = []
    for what in happened:
        facts = {"promise": what.clock.promise, "clock": what.clock.pk, **what.facts}
        if what.type == ClockEvent.BREACHED:
            facts["escalated_to"] = managers.of(what.clock)
        entries.append(Entry(what.type, what.clock.case, facts, by=watch, audience=Audience.STAFF))
    events.record_many(entries=entries)


class _Managers:
    """Who acts as IT Manager for a branch today, asked once for each branch."""

    def __init__(self) -> None:
        self._names: dict[int | None, str] = {}

    def of(self, clock: Clock) -> str:
        """Their names; a dash for a promise that is not IT's, or when nobody holds the role."""
        if clock.promise not in ESCALATED:
            return "–"
        branch = clock.branch_id
        if branch not in self._names:
            people = User.objects.get_queryset().acting_as(
                Role.IT_MANAGER, on=office_date(), branch_id=branch
            )
            self._names[branch] = ", ".join(map(str, people)) or "–"
        return self._names[branch]


_WRITE = """
    UPDATE clocks_clock c SET calendar_version_id = n.version, due_at = n.due, level = n.level,
           next_level_at = n.next, breached_at = n.breached, excused_by_id = n.excused, untold_from = NULL
      FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::smallint[], %s::timestamptz[],
                  %s::timestamptz[], %s::bigint[]) n (id, version, due, level, next, breached, excused)
     WHERE c.id = n.id"""


def _write(clocks: Sequence[Clock]) -> None:
    """What a sweep may change, in one statement for all of them."""
    if not clocks:
        return
    rows = [
        (c.pk, c.calendar_version_id, c.due_at, c.level, c.next_level_at, c.breached_at, c.excused_by_id)
        for c in clocks
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(column) for column in zip(*rows, strict=True)])


# Calendars and policies --------------------------------------------------------------------------------------------


@transaction.atomic
def open_calendar(
    *, name: str, segments: dict[str, Any], holidays: list[dict[str, str]], note: str, by: User
) -> Calendar:
    """A new calendar with its first version. Raises as `publish_calendar` does, and for a name that is taken."""
    _administrators_only(by)
    name = " ".join(name.split())
    if not name or Calendar.objects.filter(name__iexact=name).exists():
        raise NotPossible(_("Give the calendar a name that no other one has."))
    calendar = Calendar.objects.create(name=name)
    publish_calendar(calendar=calendar, segments=segments, holidays=holidays, note=note, by=by)
    return calendar


@transaction.atomic
def publish_calendar(
    *,
    calendar: Calendar,
    segments: dict[str, Any],
    holidays: list[dict[str, str]],
    note: str,
    by: User,
) -> CalendarVersion:
    """A new version. Running clocks are counted by it from now on; a result stays, and so does a recorded breach.

    Raises NotPossible for hours that cannot be, a calendar without any working time, and without a note of what
    changed; PermissionDenied for anybody but administrators.
    """
    _administrators_only(by)
    if not note.strip():
        raise NotPossible(
            _("Say in a few words what changed; it stands beside every figure that moves by it.")
        )
    _must_work(segments, holidays)
    calendar = Calendar.objects.lock(calendar)
    last = CalendarVersion.objects.filter(calendar=calendar).aggregate(models.Max("number"))["number__max"]
    version = CalendarVersion.objects.create(
        calendar=calendar, number=(last or 0) + 1, segments=segments, holidays=holidays,
        note=note.strip()[:200], published_at=timezone.now(), published_by=by,
    )  # fmt: skip
    events.record(
        ClockEvent.CALENDAR_PUBLISHED, calendar, by=by, audience=Audience.STAFF,
        calendar=str(version), version=version.pk, note=version.note,
    )  # fmt: skip
    transaction.on_commit(lambda: doorbell.ring("clocks.recount"))
    return version


def _must_work(segments: dict[str, Any], holidays: list[dict[str, str]]) -> None:
    """A promise made by these hours comes due some day."""
    try:
        for holiday in holidays:
            date.fromisoformat(holiday["date"])
            if holiday.get("kind") not in DayOff.values or not holiday.get("name", "").strip():
                raise Malformed(holiday["date"])
        hours = Hours.of(segments, holidays)
        instant_after(timezone.now(), timedelta(minutes=1), hours, ZoneInfo(settings.TIME_ZONE))
    except NoWorkingTime:
        raise NotPossible(
            _(
                "A calendar without any working time would let no promise ever come due. Give at least one day hours."
            ),
            rule=CLAUSE,
        ) from None
    except (Malformed, KeyError, ValueError, TypeError):
        raise NotPossible(
            _("These are no working hours: a day holds times from 00:00 to 24:00, one after the other."),
            rule=CLAUSE,
        ) from None


@transaction.atomic
def publish_policy(
    *,
    promise: Promise,
    length: timedelta,
    by: User,
    branch: Any = None,
    calendar: Calendar | None = None,
    may_pause: bool = False,
    valid_from: datetime | None = None,
) -> ClockPolicy:
    """How long a promise lasts, for clocks that start from `valid_from` on; those that run keep theirs.

    Raises NotPossible for a length under a minute or over a year, a calendar that is no longer used, and a beginning in
    the past; PermissionDenied for anybody but administrators.
    """
    _administrators_only(by)
    now = timezone.now()
    if not SHORTEST <= length.total_seconds() <= LONGEST:
        raise NotPossible(_("A promise lasts at least a minute and at most a year."), rule=CLAUSE)
    if calendar is not None and not Calendar.objects.active().filter(pk=calendar.pk).exists():
        raise NotPossible(_("This calendar is no longer used. Choose another one."))
    _must_not_have_begun(valid_from, now)
    policy = ClockPolicy.objects.create(
        promise=promise, branch=branch, length=int(length.total_seconds()), calendar=calendar,
        may_pause=may_pause, valid_from=valid_from or now, by=by,
    )  # fmt: skip
    events.record(
        ClockEvent.POLICY_PUBLISHED, policy, by=by, audience=Audience.STAFF, promise=promise,
        seconds=policy.length, length=_in_hours(policy.length), where=str(branch or Where.ALL.value),
        calendar=str(calendar or ""), may_pause=may_pause, valid_from=policy.valid_from,
    )  # fmt: skip
    return policy


@transaction.atomic
def return_policy(
    *, promise: Promise, branch: Branch, by: User, valid_from: datetime | None = None
) -> ClockPolicy:
    """A branch with a policy of its own is as all branches again, for clocks that start from `valid_from` on.

    What was promised before stays as it was. Raises NotPossible for a branch without a policy of its own then, and for
    a beginning in the past; PermissionDenied for anybody but administrators.
    """
    _administrators_only(by)
    now = timezone.now()
    _must_not_have_begun(valid_from, now)
    locks.wait_for("policy", promise, branch.pk)  # two who return it at once do it once
    at = max(valid_from or now, now)
    own = ClockPolicy.objects.in_force(promise, branch_id=branch.pk, at=at)
    if not rules.has_its_own(own):
        raise NotPossible(rules.has_its_own.message)
    group = ClockPolicy.objects.in_force(promise, branch_id=None, at=at)
    policy = ClockPolicy.objects.create(
        promise=promise, branch=branch, length=group.length, calendar=group.calendar, may_pause=group.may_pause,
        follows_all=True, valid_from=at, by=by,
    )  # fmt: skip
    events.record(
        ClockEvent.POLICY_RETURNED, policy, by=by, audience=Audience.STAFF, promise=promise, where=str(branch),
        before=_in_hours(own.length), valid_from=policy.valid_from,
    )  # fmt: skip
    return policy


def _must_not_have_begun(valid_from: datetime | None, now: datetime) -> None:
    if valid_from is not None and valid_from < now - timedelta(minutes=1):
        raise NotPossible(_("A policy cannot begin in the past: what was promised then stays as it was."))


def _in_hours(seconds: int) -> str:
    """`2 h` or `1 h 30 min`, the same in both languages."""
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]))


def _administrators_only(by: Any) -> None:
    if not rules.may_set(None, by):
        raise PermissionDenied
