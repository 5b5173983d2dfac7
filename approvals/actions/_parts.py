"""What the actions of forms share."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.actions import robot
from accounts.enums import DECIDERS
from accounts.models import User
from approvals.enums import ApprovalEvent
from approvals.models import Approval, Decision, Step
from clocks import actions as clocks
from clocks.enums import Promise
from clocks.models import Clock
from events import actions as events


def eligible(
    *, roles: Collection[str], people: Collection[int], branch_id: int, barred: Collection[int]
) -> Any:
    """The people who hold one of the roles for the branch themselves, or are named, and are not barred."""
    holders = User.objects.get_queryset().holding(*roles, branch_id=branch_id).order_by().values("pk")
    rows = User.objects.get_queryset().people().filter(Q(pk__in=holders) | Q(pk__in=list(people)))
    return rows.exclude(pk__in=list(barred)).order_by("name", "pk")


def current_step(approval: Approval) -> Any:
    """The first `Step` in which not enough have approved, with how many did as `approved`; None behind the last."""
    return next((s for s in Step.objects.of(approval) if s.approved < s.needed), None)


def wait_for(approval: Approval, step: Step | None) -> None:
    """Note whose decision is awaited from now on; nobody's when there is no step left. The caller saves."""
    now = timezone.now()
    approval.waiting_roles = list(step.roles) if step else []
    approval.waiting_people = list(step.people) if step else []
    names = (
        User.objects.filter(pk__in=approval.waiting_people).order_by("name").values_list("name", flat=True)
    )
    approval.waiting_names = ", ".join(names)[:500] if approval.waiting_people else ""
    approval.step_began_at = now if step else None
    approval.blocked_at = None
    policy = approval.policy if step else None
    approval.remind_at = after(now, policy.remind_after_hours) if policy else None
    approval.expires_at = after(now, policy.time_out_hours) if policy else None


def after(instant: datetime, hours: int | None) -> datetime | None:
    """So many hours later; None for none."""
    return None if hours is None else instant + timedelta(hours=hours)


def end_waiting(approval: Approval) -> None:
    """Nobody is asked any more. The caller saves."""
    wait_for(approval, None)
    approval.open_questions = 0


def watch_board(approval: Approval, by: Any) -> None:
    """The Board's clock runs from the moment Director or Board are asked, once for each version of the form."""
    asked = set(approval.waiting_roles) & set(DECIDERS)
    if asked and not Clock.objects.of(approval, Promise.BOARD).running().exists():
        clocks.start(
            promise=Promise.BOARD, subject=approval, case=approval.case, by=by, at=timezone.now(),
            branch=approval.branch,
        )  # fmt: skip


def missing(approval: Approval) -> int:
    """How many people are missing before the step that waits can be completed: 0 when enough may still decide."""
    step = current_step(approval) if approval.is_pending else None
    if step is None:
        return 0
    free = eligible(
        roles=approval.waiting_roles, people=approval.waiting_people, branch_id=approval.branch_id,
        barred=[*approval.barred, *approval.counted],
    )  # fmt: skip
    return int(max(step.needed - step.approved - free.count(), 0))


def note_vacancy(approval: Approval) -> bool:
    """Say once when too few hold the role that is asked, and once when that is over. True when something was said."""
    blocked = missing(approval) > 0
    if blocked == (approval.blocked_at is not None):
        return False
    approval.blocked_at = timezone.now() if blocked else None
    approval.save(update_fields=["blocked_at"])
    said = ApprovalEvent.BLOCKED if blocked else ApprovalEvent.UNBLOCKED
    events.record(said, approval.case, by=robot("approvals"), **facts_of(approval))
    return True


def facts_of(approval: Approval, decision: Decision | None = None) -> dict[str, Any]:
    """What an event says of a form; with a decision also in whose place it was taken."""
    facts: dict[str, Any] = {
        "number": approval.number,
        "approval": approval.pk,
        "edition": approval.edition,
        "hash": approval.content_hash,
    }
    return facts if decision is None else facts | {"on_behalf_of": decision.on_behalf_of}
