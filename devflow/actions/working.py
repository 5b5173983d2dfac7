"""Hours by timer, checklists, commits, and what is thought about before a release."""

from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.models import User
from core import locks
from core.errors import NotPossible
from core.numbers import plain
from core.transitions import fire, why_not
from devflow.actions._parts import lock
from devflow.actions.agreeing import ask_again
from devflow.actions.development import add_checks, book_hours
from devflow.enums import DevelopmentEvent
from devflow.models import CheckItem, Commit, DevelopmentRequest, HourEntry, Timer
from devflow.models.work import LONGEST
from events import actions as events
from events.enums import Audience

QUARTER = Decimal("0.25")


# Hours by timer ----------------------------------------------------------------------------------------------------


@transaction.atomic
def start_timer(*, request: DevelopmentRequest, by: User) -> Timer:
    """Hours run from now on. Raises NotPossible while another timer of this person is open: one works on one thing."""
    request = lock(request)
    if refusal := why_not(request, "start_timer", by):
        raise refusal
    locks.wait_for("timer", by.pk)
    open_one = Timer.objects.open_of(by)
    if open_one is not None:
        number = open_one.request.ticket.number
        raise NotPossible(_("Your timer at %(number)s is still open. Stop it first.") % {"number": number})
    timer = Timer.objects.create(request=request, person=by)
    events.record(DevelopmentEvent.TIMER_STARTED, request.ticket, by=by, audience=Audience.STAFF)
    return timer


@transaction.atomic
def stop_timer(
    *, request: DevelopmentRequest, note: str, by: User, hours: Decimal | None = None
) -> HourEntry:
    """Book what was worked, in quarters of an hour, never more than the timer ran; `hours` where it was less.

    Raises NotPossible where no timer of this person is open here.
    """
    timer = _open_here(request, by)
    ran = hours_of(timer=timer, now=timezone.now())
    if hours is not None and hours > ran:
        raise NotPossible(_("The timer ran for %(hours)s hours.") % {"hours": plain(ran)})
    day = timezone.localdate(timer.started_at)
    entry = book_hours(request=request, hours=ran if hours is None else hours, day=day, note=note, by=by)
    _close(timer, entry)
    return entry


@transaction.atomic
def drop_timer(*, request: DevelopmentRequest, by: User) -> None:
    """Nothing was worked: throw the time away."""
    timer = _open_here(request, by)
    _close(timer, None)
    events.record(DevelopmentEvent.TIMER_DROPPED, timer.request.ticket, by=by, audience=Audience.STAFF)


def stop_forgotten(*, now: datetime | None = None, most: int = 200) -> int:
    """Stop the timers that have run for twelve hours and ask their people; how many that were."""
    now = now or timezone.now()
    rows = Timer.objects.filter(stopped_at=None, started_at__lte=now - LONGEST).select_related("request")
    return sum(_stop_forgotten(timer, now) for timer in rows.order_by("started_at", "pk")[:most])


@transaction.atomic
def _stop_forgotten(timer: Timer, now: datetime) -> int:
    lock(timer.request)
    timer = (
        Timer.objects.select_for_update(of=("self",))
        .select_related("request__ticket", "person")
        .get(pk=timer.pk)
    )
    if timer.stopped_at is not None:
        return 0  # somebody was quicker
    timer.stopped_at = timer.started_at + LONGEST
    timer.save(update_fields=["stopped_at"])
    events.record(
        DevelopmentEvent.TIMER_FORGOTTEN, timer.request.ticket, by=robot("devflow"), audience=Audience.STAFF,
        person=timer.person.name, person_id=timer.person_id,
    )  # fmt: skip
    return 1


def hours_of(*, timer: Timer, now: datetime) -> Decimal:
    """What a timer has counted until now, in quarters of an hour rounded up, twelve at most."""
    ran = min((timer.stopped_at or now) - timer.started_at, LONGEST)
    quarters = (Decimal(ran // timedelta(seconds=1)) / 900).quantize(Decimal(1), ROUND_UP)
    return max(quarters, Decimal(1)) * QUARTER


def _open_here(request: DevelopmentRequest, by: User) -> Timer:
    request = lock(request)
    if refusal := why_not(request, "stop_timer", by):
        raise refusal
    open_ones = Timer.objects.select_for_update(of=("self",)).filter(
        request=request, person=by, closed_at=None
    )
    timer = open_ones.select_related("request__ticket").first()
    if timer is None:
        raise NotPossible(_("No timer of yours runs here."))
    return timer


def _close(timer: Timer, entry: HourEntry | None) -> None:
    now = timezone.now()
    timer.stopped_at = timer.stopped_at or min(now, timer.started_at + LONGEST)
    timer.closed_at, timer.entry = now, entry
    timer.save()


# Beside the work ---------------------------------------------------------------------------------------------------


@transaction.atomic
def prepare(
    *, request: DevelopmentRequest, risks: dict[str, bool], rollback_plan: str, by: User, risk_notes: str = ""
) -> DevelopmentRequest:
    """Answer the risk questions and write how the release is undone; asked before every release (SOP-B4.5)."""
    request = lock(request)
    if refusal := why_not(request, "prepare", by):
        raise refusal
    if set(risks) != set(request.questions):
        raise NotPossible(_("Answer every question."))
    if not rollback_plan.strip():
        raise NotPossible(_("Write how the release is undone if it goes wrong."))
    request.risks, request.risk_notes = (
        {name: bool(risks[name]) for name in request.questions},
        risk_notes.strip(),
    )
    request.rollback_plan = rollback_plan.strip()
    fire(request, "prepare", by=by)
    events.record(
        DevelopmentEvent.PREPARED,
        request.ticket,
        by=by,
        risks=request.risks,
        plan=request.rollback_plan[:300],
    )
    ask_again(request=request)
    return request


@transaction.atomic
def keep_checklist(
    *, request: DevelopmentRequest, done: set[int], new: list[str], by: User, of_system: bool = False
) -> list[CheckItem]:
    """Tick the lines in `done` and untick the others, and add `new` ones, with `of_system` those of its system that are
    not there yet as well; each change stands in the history.
    """
    request = lock(request)
    fire(request, "keep_checklist", by=by)
    items = list(CheckItem.objects.filter(request=request).order_by("pk"))
    for item in items:
        _tick(item, is_done=item.pk in done, by=by)
    lines = [*new, *(request.system.checklist if of_system and request.system else [])]
    there = {item.text for item in items} if of_system else set()
    texts = [line for line in lines if line not in there]
    return [*items, *add_checks(request=request, texts=texts, there=len(items), by=by)]


def _tick(item: CheckItem, *, is_done: bool, by: User) -> None:
    if is_done == (item.done_at is not None):
        return
    item.done_by, item.done_at = (by, timezone.now()) if is_done else (None, None)
    item.save(update_fields=["done_by", "done_at"])
    type_ = DevelopmentEvent.CHECKED if is_done else DevelopmentEvent.UNCHECKED
    events.record(type_, item.request.ticket, by=by, audience=Audience.STAFF, text=item.text)


@transaction.atomic
def link_commit(*, request: DevelopmentRequest, commit: str, by: User, repository: str = "") -> Commit:
    """A commit belongs to this development. Linking it twice changes nothing."""
    request = lock(request)
    fire(request, "link_commit", by=by)
    row, new = Commit.objects.get_or_create(
        request=request,
        hash=commit.strip().lower(),
        defaults={"repository": repository.strip(), "added_by": by},
    )
    if new:
        events.record(
            DevelopmentEvent.COMMIT_LINKED, request.ticket, by=by, audience=Audience.STAFF, commit=row.hash
        )
    return row
