"""The paper of a decided form: queued with the decision, made by a worker."""

import base64
import io
from typing import Any

from django.utils.translation import override

from accounts.actions import robot
from approvals.enums import (
    ApprovalEvent,
)
from approvals.models import Approval, Decision, Document
from core import files, outbox, pdf
from events import actions as events
from events.enums import Audience


def render_documents(*, most: int = 50) -> int:
    """Make the PDFs that are due; the number made."""
    return outbox.drain(Document, _render, most=most)


def _render(document: Document) -> None:
    approval = Approval.objects.select_related("branch", "requested_by", "requester").get(
        pk=document.approval_id
    )
    with override(document.language):
        content = pdf.render(f"pdf/{approval.kind}.html", paper(approval), language=document.language)
    stored = files.store(io.BytesIO(content))
    document.sha256, document.size = stored.sha256, stored.size
    document.save(update_fields=["sha256", "size"])
    events.record(
        ApprovalEvent.SEALED, approval.case, by=robot("approvals"), number=approval.number,
        approval=approval.pk, sha256=stored.sha256, audience=Audience.STAFF,
    )  # fmt: skip


def paper(approval: Approval) -> dict[str, Any]:
    """What stands on the document: the form, and every decision with its signature as a `data:` address."""
    decisions = approval.decisions.select_related("decided_by", "on_behalf_of", "signature", "step").order_by(
        "pk"
    )
    return {"approval": approval, "content": approval.content, "decisions": [_shown(d) for d in decisions]}


def _shown(decision: Decision) -> dict[str, Any]:
    signature = getattr(decision, "signature", None)
    image = bytes(signature.image) if signature else b""
    return {
        "decision": decision,
        "signature": signature,
        "drawing": f"data:image/png;base64,{base64.b64encode(image).decode()}" if image else "",
    }
