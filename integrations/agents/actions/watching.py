"""Machines that have fallen silent: what nobody hears of is neither safe nor verified."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from integrations.agents.enums import CheckKind
from integrations.agents.models import Machine, Weakness

BATCH = 1000


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
