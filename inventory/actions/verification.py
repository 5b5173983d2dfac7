"""The six months of SOP-B4.1.1: who is warned, and when."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actions import robot
from core import locks
from events import actions as events
from events.models import Event
from events.subjects import Subject
from inventory.enums import WARN_BEFORE, VerificationEvent
from inventory.models import Asset

TOLD_EVERY = timedelta(hours=20)  # a branch hears once a day, of everything that came due since


@transaction.atomic
def look_after(*, now: datetime | None = None) -> int:
    """Mark what is due within a month or overdue, and tell each branch where something is new; how many branches.

    Safe to run twice: what was told is marked, and a branch is told once a day at the most; the rest waits for the next
    day.
    """
    now = now or timezone.now()
    if not locks.only_one("inventory.verification"):
        return 0
    waiting = Asset.objects.untold(now, now + WARN_BEFORE)
    told = 0
    for branch in sorted(waiting.order_by().values_list("branch", flat=True).distinct()):
        told += _tell(branch, now)
    return told


def _tell(branch: int, now: datetime) -> int:
    case = Subject("inventory.verification", branch)
    if Event.objects.about(case).filter(at__gt=now - TOLD_EVERY).exists():
        return 0
    here = Asset.objects.kept().filter(branch=branch)
    overdue = here.filter(due_at__lte=now)
    soon = here.filter(due_at__gt=now, due_at__lt=now + WARN_BEFORE)
    events.record(
        VerificationEvent.DUE, case, by=robot("inventory"), branch_id=branch, overdue=overdue.count(), soon=soon.count()
    )  # fmt: skip
    overdue.exclude(told="overdue").update(told="overdue")
    soon.exclude(told="warned").update(told="warned")
    return 1
