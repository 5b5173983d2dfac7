"""The emergency path: to Production before the UAT, with the word of two, and with a debt that is paid within days."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.enums import Role
from accounts.models import User, office_date
from clocks.enums import Promise
from clocks.models import CalendarVersion, ClockPolicy
from clocks.working_time import day_after
from core.errors import NotPossible
from core.transitions import fire, why_not
from devflow.actions._parts import follow, lock, lock_build
from devflow.enums import DevelopmentEvent, Reached, Stage
from devflow.models import Build, DevelopmentRequest, EmergencyFix
from events import actions as events

WORKING_DAYS = 5  # within which UAT and review follow


@transaction.atomic
def ask_emergency(*, build: Build, reason: str, by: User) -> EmergencyFix:
    """Ask the IT Manager, and a Database Manager or Director, to let a build go to Production before its UAT.

    Raises NotPossible without a reason, and for a build that is not tested on Training yet.
    """
    build = lock_build(build)
    if refusal := why_not(build, "ask_emergency", by):
        raise refusal
    if not reason.strip():
        raise NotPossible(_("Say why it cannot wait for the test."))
    fix = EmergencyFix.objects.create(build=build, reason=reason.strip(), asked_by=by)
    events.record(
        DevelopmentEvent.EMERGENCY_ASKED, build.request.ticket, by=by, build=build.version, reason=fix.reason
    )
    return fix


@transaction.atomic
def note_release(*, build: Build, by: User) -> None:
    """The build went to Production before its UAT: test and review are due within five working days of head office.

    Put there once more, after a server was lost, it owes the same and no later.
    """
    fix = build.emergency
    fix.due_date = fix.due_date or due_after(day=office_date())
    fix.save(update_fields=["due_date"])
    events.record(
        DevelopmentEvent.EMERGENCY_RELEASED,
        build.request.ticket,
        by=by,
        build=build.version,
        due=fix.due_date,
    )


def due_after(*, day: date) -> date:
    """So many working days later, by the calendar of what is promised to all branches, else Monday to Friday."""
    policy = ClockPolicy.objects.in_force(Promise.RESPONSE, branch_id=None, at=timezone.now())
    newest = CalendarVersion.objects.newest(policy.calendar_id) if policy.calendar_id else None
    return day_after(day, WORKING_DAYS, newest.hours if newest else None)


@transaction.atomic
def review_emergency(*, build: Build, review: str, by: User) -> EmergencyFix:
    """The IT Manager writes the review. A request whose UAT is signed and whose build runs is done by that (SOP-A6)."""
    build = lock_build(build)
    if refusal := why_not(build, "review_emergency", by):
        raise refusal
    if not review.strip():
        raise NotPossible(_("Write what happened and how it is avoided next time."))
    fix = build.emergency
    fix.review, fix.reviewed_by, fix.reviewed_at = review.strip(), by, timezone.now()
    fix.save()
    events.record(
        DevelopmentEvent.EMERGENCY_REVIEWED, build.request.ticket, by=by,
        on_behalf_of=by.stands_in_for(Role.IT_MANAGER, branch_id=build.request.branch_id), build=build.version,
        review=fix.review[:300],
    )  # fmt: skip
    settle(request=build.request, by=by)
    return fix


@transaction.atomic
def settle(*, request: DevelopmentRequest, by: User) -> None:
    """Pay what is owed: a signed and reviewed build that runs makes the request done, and such debts are closed."""
    request = lock(request)
    signed = request.signed_build
    live = signed is not None and signed.reached == Reached.PRODUCTION
    if request.stage == Stage.READY and live and not request.lacks_review:
        fire(request, "to_done", by=by)
        follow(request, by)
    owed = EmergencyFix.objects.filter(build__request=request, reviewed_at__isnull=False, settled_at=None)
    for fix in owed.select_related("build"):
        is_replaced = fix.build.reached == Reached.ROLLED_BACK or request.stage == Stage.DONE
        if is_replaced or request.signed_build_id == fix.build_id:
            fix.settled_at = timezone.now()
            fix.save(update_fields=["settled_at"])
            events.record(DevelopmentEvent.EMERGENCY_SETTLED, request.ticket, by=by, build=fix.build.version)


def look_after(*, today: date | None = None, most: int = 200) -> int:
    """Say of each emergency fix once that its UAT and its review are overdue; how many that were."""
    today = today or office_date()
    late = EmergencyFix.objects.to_settle().filter(due_date__lt=today, told_overdue_at=None)
    rows = list(late.select_related("build__request__ticket")[:most])
    return sum(_say_overdue(fix, today) for fix in rows)


@transaction.atomic
def _say_overdue(fix: EmergencyFix, today: date) -> int:
    lock(fix.build.request)
    fresh = EmergencyFix.objects.select_for_update(of=("self",)).get(pk=fix.pk)
    if fresh.told_overdue_at is not None or not fresh.is_overdue(today):
        return 0  # somebody was quicker
    fresh.told_overdue_at = timezone.now()
    fresh.save(update_fields=["told_overdue_at"])
    events.record(
        DevelopmentEvent.EMERGENCY_OVERDUE, fix.build.request.ticket, by=robot("devflow"), build=fix.build.version,
        due=fresh.due_date,
    )  # fmt: skip
    return 1
