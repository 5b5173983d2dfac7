"""What the actions of forms share."""

from typing import Any

from approvals.models import Approval, Decision, Step


def wait_for(approval: Approval, step: Step | None) -> None:
    """Note whose decision is awaited now; nobody's when there is no step left. The caller saves."""
    approval.waiting_role = step.role if step else ""
    approval.waiting_person_id = step.person_id if step else None


def facts_of(approval: Approval, decision: Decision | None = None) -> dict[str, Any]:
    """What an event says of a form; with a decision also in whose place it was taken."""
    facts: dict[str, Any] = {
        "number": approval.number,
        "approval": approval.pk,
        "hash": approval.content_hash,
    }
    return facts if decision is None else facts | {"on_behalf_of": decision.on_behalf_of}
