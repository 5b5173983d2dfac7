"""What several actions do on the way; called inside their transactions."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import User
from core.errors import NotPossible
from events import actions as events
from events.enums import Audience
from integrations.agents import security
from integrations.agents.enums import AgentEvent
from integrations.agents.models import Machine, Weakness
from inventory import actions as inventory
from inventory.enums import How as Verified
from inventory.models import Asset


def robot() -> User:
    """The program that reads reports."""
    return accounts.robot("agents")


def record(what: AgentEvent, machine: Machine, *, by: User, **facts: Any) -> None:
    """Into the chain of the machine, for IT and auditors."""
    events.record(what, machine, by=by, audience=Audience.STAFF, name=str(machine), **facts)


def write_asset(machine: Machine, *, seen_at: datetime, software: list[list[str]] | None) -> None:
    """What an admitted machine's report does to its asset: it exists, and these programs are on it (SOP-B4.1.1)."""
    asset = machine.asset
    assert asset is not None
    if software is not None:
        machine.software_count = len(software)
        inventory.tell_software(
            asset=asset,
            programs=[(n, p, v, day) for n, v, p, day, _arch in software],
            seen_at=seen_at,
            by=robot(),
        )
    _verify(asset, seen_at)


def _verify(asset: Asset, seen_at: datetime) -> None:
    """A retired asset whose machine reports stays retired: a person said so."""
    try:
        inventory.verify(asset=asset, by=robot(), how=Verified.AGENT, at=seen_at)
    except NotPossible:
        return


def write_findings(machine: Machine, *, seen_at: datetime) -> None:
    """What is wrong now: new findings begin, those that are mended end, the others go on since when they began."""
    told = security.checks(
        machine.facts, today=timezone.localdate(seen_at), allowed=settings.AGENTS_REMOTE_TOOLS
    )
    wrong = {(check.kind, check.about): check.facts for check in told if check.verdict == security.WRONG}
    for row in machine.findings.filter(ended_at=None):
        facts = wrong.pop((row.kind, row.about), None)
        if facts is None:
            row.ended_at = seen_at
            row.save(update_fields=["ended_at"])
        elif facts != row.facts:
            row.facts = facts
            row.save(update_fields=["facts"])
    Weakness.objects.bulk_create(
        Weakness(machine=machine, kind=kind, about=about, facts=facts, since_at=seen_at)
        for (kind, about), facts in wrong.items()
    )


def end_findings(machine: Machine) -> None:
    """It is not one of ours any more: nothing of it counts."""
    machine.findings.filter(ended_at=None).update(ended_at=timezone.now())
