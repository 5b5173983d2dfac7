"""What nobody would see by themselves: machines that are silent or wait to be admitted, and what became wrong."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core import locks
from events import actions as events
from events.enums import Audience
from events.models import Event
from events.subjects import Subject
from integrations.agents.actions._parts import robot
from integrations.agents.enums import AgentEvent, CheckKind
from integrations.agents.models import Machine, Weakness

BATCH = 1000
TOLD_EVERY = timedelta(hours=20)  # a branch hears of machines that wait once a day


def look_after(*, now: datetime | None = None) -> int:
    """Write down which machines have fallen silent; how many. The next report of a machine ends its finding."""
    done = 0
    while found := _note_silent(now or timezone.now()):
        done += found
    return done


@transaction.atomic
def _note_silent(now: datetime) -> int:
    noted = Weakness.objects.open().filter(machine=OuterRef("pk"), kind=CheckKind.SILENT)
    rows = Machine.objects.silent(now).filter(~Exists(noted)).order_by("seen_at", "pk")
    found = list(rows.select_for_update(skip_locked=True, of=("self",)).only("pk", "seen_at")[:BATCH])
    Weakness.objects.bulk_create(
        [
            Weakness(
                machine=machine, kind=CheckKind.SILENT, since_at=machine.seen_at,
                facts={"day": timezone.localdate(machine.seen_at).isoformat()},
            )
            for machine in found
        ]
    )  # fmt: skip
    return len(found)


@transaction.atomic
def tell_waiting(*, now: datetime | None = None) -> int:
    """Tell each branch, once a day at the most, of new machines that wait for admission; how many branches."""
    now = now or timezone.now()
    if not locks.only_one("agents.waiting"):
        return 0
    told = 0
    for branch in sorted(set(Machine.objects.untold().order_by().values_list("branch", flat=True))):
        case = Subject("agents.branch", branch)
        if Event.objects.about(case).filter(type=AgentEvent.WAIT, at__gt=now - TOLD_EVERY).exists():
            continue
        waiting = Machine.objects.waiting().filter(branch=branch).count()
        _say(AgentEvent.WAIT, branch, count=waiting)
        Machine.objects.untold().filter(branch=branch).update(told_at=now)
        told += 1
    return told


@transaction.atomic
def tell_weakened(*, now: datetime | None = None) -> int:
    """Tell each branch what has become wrong with its machines since it was told last; how many branches."""
    now = now or timezone.now()
    if not locks.only_one("agents.weakened"):
        return 0
    rows = list(
        Weakness.objects.untold()
        .order_by("pk")
        .values_list("pk", "kind", "machine", "machine__branch")[:BATCH]
    )
    for branch in sorted({row[3] for row in rows}):
        here = [row for row in rows if row[3] == branch]
        kinds = sorted({row[1] for row in here})
        _say(
            AgentEvent.WEAKENED, branch, count=len(here), machines=len({row[2] for row in here}), kinds=kinds
        )
    Weakness.objects.filter(pk__in=[row[0] for row in rows]).update(told_at=now)
    return len({row[3] for row in rows})


def _say(what: AgentEvent, branch: int, **facts: Any) -> None:
    case = Subject("agents.branch", branch)
    events.record(what, case, by=robot(), audience=Audience.STAFF, branch_id=branch, **facts)
