"""A report comes in: its bytes are safe on disk and a row waits in PostgreSQL before the agent hears an answer."""

from datetime import timedelta
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import files, outbox
from core.errors import NotPossible, PermissionDenied
from core.outbox import QueueState
from integrations.agents import rules
from integrations.agents.actions.forgetting import hold_raw
from integrations.agents.models import AgentKey, Report

AGAIN_AFTER = timedelta(hours=1)  # the same bytes sooner are the same sending, tried twice


def keep(
    *, raw: BinaryIO, key: AgentKey, agent_id: str, agent: str = "", address: str | None = None
) -> tuple[Report, bool]:
    """Keep a report as it came; is it new? The same bytes from the same branch are one report, however often they come.

    `agent_id` is the agent's own number, or the device id of agents that send none: what it sends is read in order.
    """
    return _kept(raw, key, agent_id, agent, address)


@transaction.atomic
def _kept(
    raw: BinaryIO, key: AgentKey, agent_id: str, agent: str, address: str | None
) -> tuple[Report, bool]:
    stored = files.keep(raw, content_type="application/octet-stream")
    hold_raw(sha256=stored.sha256)
    if not files.path_of(stored.sha256).exists():  # an old report of these very bytes was just forgotten
        raw.seek(0)
        files.keep(raw, content_type="application/octet-stream")
    sender = agent_id.strip().lower()[:200]
    facts = {
        "key": key, "size": stored.size, "agent_id": sender, "agent": agent[:200], "address": address,
        "mailbox": f"{key.branch_id}:{sender}"[:100],
    }  # fmt: skip
    report, new = Report.objects.get_or_create(branch_id=key.branch_id, sha256=stored.sha256, defaults=facts)
    if not new:
        _heard_again(report)
    return report, new


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
