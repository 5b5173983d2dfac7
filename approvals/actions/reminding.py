"""What happens while nobody decides: reminders, the end of the time, roles that nobody holds, the letter of the day."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actions import robot
from accounts.enums import DECIDERS
from accounts.models import User, office_date
from approvals.actions._parts import after, current_step, facts_of, missing, note_vacancy
from approvals.actions.deciding import expire
from approvals.enums import ApprovalEvent, Kind, TimeOut
from approvals.models import Approval
from approvals.rules import is_ones_own
from core import locks
from events import actions as events
from events.enums import Audience
from events.models import Event

DIGEST_HOUR = 7  # at head office; the letter is there when the day begins


def look_after(*, now: datetime | None = None, most: int = 500) -> int:
    """Remind, end what has run out of time, and say where too few are left to decide; the number of things done.

    Each form in a transaction of its own, under its lock: any number of sweeps do each thing once.
    """
    moment = now or timezone.now()
    pending = Approval.objects.pending()
    due = pending.filter(remind_at__lte=moment) | pending.filter(expires_at__lte=moment)
    done = sum(_look_at(pk, moment) for pk in due.order_by("pk").values_list("pk", flat=True)[:most])
    waiting = Approval.objects.pending().order_by("pk").values_list("pk", flat=True)
    return done + sum(_check(pk) for pk in list(waiting[: most * 20]))


@transaction.atomic
def _look_at(pk: int, now: datetime) -> int:
    approval = Approval.objects.lock(Approval.objects.get(pk=pk), "policy")
    if not approval.is_pending or approval.policy is None:
        return 0
    if approval.expires_at is not None and approval.expires_at <= now:
        _run_out(approval)
        return 1
    if approval.remind_at is not None and approval.remind_at <= now:
        approval.remind_at = after(now, approval.policy.remind_every_hours)
        approval.save(update_fields=["remind_at"])
        _record(ApprovalEvent.REMINDED, approval)
        return 1
    return 0


def _run_out(approval: Approval) -> None:
    """The time to decide is over: what the policy of the form says follows."""
    assert approval.policy is not None
    follows = approval.policy.on_time_out
    approval.expires_at = None
    to, step = approval.policy.escalate_to, current_step(approval)
    if follows == TimeOut.ESCALATE and to not in approval.waiting_roles and not is_ones_own(approval, step):
        approval.waiting_roles = [*approval.waiting_roles, to]
    approval.save(update_fields=["expires_at", "waiting_roles"])
    _record(ApprovalEvent.TIMED_OUT, approval, follows=follows)
    if follows == TimeOut.REFUSE:
        expire(approval=approval, by=robot("approvals"))


def _record(type_: ApprovalEvent, approval: Approval, **facts: Any) -> None:
    events.record(type_, approval.case, by=robot("approvals"), **facts_of(approval), **facts)


@transaction.atomic
def _check(pk: int) -> int:
    """Read without a lock first: nearly always there is nothing to say."""
    approval = Approval.objects.get(pk=pk)
    if (missing(approval) > 0) == (approval.blocked_at is not None):
        return 0
    approval = Approval.objects.lock(approval, "policy")
    return int(approval.is_pending and note_vacancy(approval))


# The letter of the day -----------------------------------------------------------------------------------------------


def gather(*, now: datetime | None = None) -> int:
    """Once a day: tell each of Director and Board in one letter what waits for them; the number of letters.

    Nobody is written to without anything to decide. A day that was slept through is not made up for.
    """
    if timezone.localtime(now or timezone.now()).hour < DIGEST_HOUR:
        return 0
    return sum(_gather_for(person, forms) for person, forms in _waiting().items())


def _waiting() -> dict[User, list[int]]:
    """The BRM forms that wait for each decider, oldest first."""
    found: dict[User, list[int]] = defaultdict(list)
    if not Approval.objects.pending().filter(kind=Kind.BRM).exists():
        return found
    for person in User.objects.get_queryset().acting_as(*DECIDERS, on=office_date()):
        found[person] = list(
            Approval.objects.waiting_for(person).filter(kind=Kind.BRM).values_list("pk", flat=True)
        )
    return {person: forms for person, forms in found.items() if forms}


@transaction.atomic
def _gather_for(person: User, forms: list[int]) -> int:
    today = office_date().isoformat()
    locks.hold_case(person)
    written = Event.objects.about(person).filter(
        type=ApprovalEvent.GATHERED, at__gte=timezone.now() - timedelta(days=2)
    )
    if written.filter(facts__date=today).exists():
        return 0
    events.record(
        ApprovalEvent.GATHERED,
        person,
        by=robot("approvals"),
        audience=Audience.STAFF,
        date=today,
        forms=forms,
    )
    return 1
