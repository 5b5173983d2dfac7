"""A report comes in: its bytes are safe on disk and a row waits in PostgreSQL before the agent hears an answer."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from core import files as store
from core import outbox
from core.errors import NotPossible, PermissionDenied
from core.outbox import QueueState
from events import actions as events
from events.enums import Audience
from integrations.agents import rules, wire
from integrations.agents.actions.forgetting import hold_raw
from integrations.agents.enums import AgentEvent, Trouble
from integrations.agents.models import AgentKey, Report

MOST_AT_ONCE = 50  # files that one brings
_MB = 1024 * 1024
AGAIN_AFTER = timedelta(hours=1)  # the same bytes sooner are the same sending, tried twice


def keep(
    *, raw: BinaryIO, key: AgentKey, agent_id: str, agent: str = "", address: str | None = None
) -> tuple[Report, bool]:
    """Keep a report as it came; is it new? The same bytes from the same branch are one report, however often they come.

    `agent_id` is the agent's own number, or the device id of agents that send none: what it sends is read in order.
    """
    report, new = _kept(raw, key.branch, agent_id, key=key, agent=agent[:200], address=address)
    if not new:
        _heard_again(report)
    return report, new


@transaction.atomic
def bring(*, files: Sequence[BinaryIO], branch: Branch, by: User) -> list[tuple[Report, bool]]:
    """Reports that agents wrote into files, on machines without network; of each, is it new? All are taken, or none.

    By IT staff of the branch. A machine was seen when its file was written, not when it was brought: the same file
    again is no second report. Raises NotPossible for what is no report.
    """
    if not rules.is_it(Report(branch=branch), by):
        raise PermissionDenied
    if not 0 < len(files) <= MOST_AT_ONCE:
        raise NotPossible(_("Choose 1 to %(most)s files at a time.") % {"most": MOST_AT_ONCE})
    return [_brought(file, branch, by) for file in files]


def _brought(file: BinaryIO, branch: Branch, by: User) -> tuple[Report, bool]:
    message = _looked(file)
    file.seek(0)
    device = "".join(c for c in message.device_id if c.isprintable())
    report, new = _kept(file, branch, device, brought_by=by, made_at=_made(message, branch))
    if new:
        events.record(AgentEvent.BROUGHT, report, by=by, audience=Audience.STAFF, device=device or "?")
    return report, new


def _looked(file: BinaryIO) -> wire.Message:
    """What the file is. Whether all of it can be read is seen when it is read, in a process of its own."""
    name = str(getattr(file, "name", "") or "?")[:100]
    if file.seek(0, os.SEEK_END) > settings.AGENTS_LIMIT_MB * _MB:
        said = _("%(name)s: The report is larger than %(limit)s MB.")
        raise NotPossible(said % {"name": name, "limit": settings.AGENTS_LIMIT_MB})
    file.seek(0)
    try:
        message = wire.look(file, limit=settings.AGENTS_OPENED_LIMIT_MB * _MB)
    except wire.Unreadable as problem:
        raise NotPossible(f"{name}: {Trouble(problem.why).label}") from None
    if message.query != "inventory":
        raise NotPossible(f"{name}: {Trouble.NO_REPORT.label}")
    return message


def _made(message: wire.Message, branch: Branch) -> datetime | None:
    """When it was written, by the clock of the branch; never in the future."""
    try:
        made = datetime.fromisoformat(message.made).replace(tzinfo=ZoneInfo(branch.time_zone))
    except ValueError:
        return None
    return min(made, timezone.now())


@transaction.atomic
def _kept(raw: BinaryIO, branch: Branch, agent_id: str, **came: Any) -> tuple[Report, bool]:
    stored = store.keep(raw, content_type="application/octet-stream")
    hold_raw(sha256=stored.sha256)
    if not store.path_of(stored.sha256).exists():  # an old report of these very bytes was just forgotten
        raw.seek(0)
        store.keep(raw, content_type="application/octet-stream")
    sender = agent_id.strip().lower()[:200]
    facts = {"size": stored.size, "agent_id": sender, "mailbox": f"{branch.pk}:{sender}"[:100], **came}
    return Report.objects.get_or_create(branch=branch, sha256=stored.sha256, defaults=facts)


@transaction.atomic
def _heard_again(report: Report) -> None:
    """Another day it says exactly this: it is read as if it had just come."""
    report = Report.objects.lock(report)
    now = timezone.now()
    if report.raw_gone_at is not None:  # its bytes are there again
        report.raw_gone_at = None
        report.save(update_fields=["raw_gone_at"])
    if now - (report.again_at or report.received_at) < AGAIN_AFTER or report.state != QueueState.SENT:
        return
    report.again_at = now
    report.state, report.attempts, report.crashes, report.due_at = QueueState.PENDING, 0, 0, now
    report.save(update_fields=["again_at", "state", "attempts", "crashes", "due_at"])


@transaction.atomic
def read_again(*, report: Report, by: User) -> Report:
    """Let a report be read again that was given up or could not be used: what stood in its way may be gone.

    For IT staff of the branch. Raises NotPossible for one that was read, PermissionDenied for others.
    """
    report = Report.objects.lock(report)
    if not rules.is_it(report, by):
        raise PermissionDenied
    if report.state == QueueState.PENDING or (report.state == QueueState.SENT and not report.trouble):
        raise NotPossible(_("This report was read, or is about to be."))
    if report.raw_gone_at is not None:
        raise NotPossible(_("Its bytes were removed; what an agent sends is kept for so many days only."))
    report.trouble = report.detail = ""
    report.save(update_fields=["trouble", "detail"])
    outbox.retry(report)
    return report
