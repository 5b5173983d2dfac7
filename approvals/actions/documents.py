"""The papers of a form: queued with what happens to it, made by a worker, layer upon layer, none twice.

`freeze`, `add_signature` and `close` are called inside the transaction that submits, signs and ends a form; each
leaves a row. A worker makes the rows in their order. It may die at any line: what it had made without its row has no
name and no address, and the next one makes it again upon the same bytes.
"""

import hashlib
import io
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.actions import robot
from accounts.models import User
from approvals import papers
from approvals.enums import ApprovalEvent, Layer
from approvals.models import Approval, Decision, Document, Edition, Sealing
from approvals.providers import provider
from core import files, outbox
from core.errors import PermissionDenied
from core.lazily import lazily
from core.outbox import QueueState
from events import actions as events
from events import doorbell
from events.enums import Audience

if TYPE_CHECKING:
    from approvals import sealing
    from approvals.sealing import Hand
    from core import stamps
else:
    sealing, stamps = lazily("approvals.sealing"), lazily("core.stamps")

CODE_BYTES = 16  # 128 bits: nobody guesses the address of a paper
STAMP_AGAIN = timedelta(minutes=15)
_OF_FORM = (Layer.FORM, Layer.SIGNATURE, Layer.STAMP)


class Early(Exception):
    """What must come before is not made yet; the row waits in its queue."""


class Damaged(Exception):
    """The file of a document is not what was written: it is not signed any further."""


def freeze(*, approval: Approval) -> None:
    """The form was submitted: its paper is to be made, sealed, and may be signed from then on."""
    code = secrets.token_urlsafe(CODE_BYTES)
    document, _made = Document.objects.get_or_create(
        approval=approval,
        defaults={
            "mailbox": f"approval:{approval.pk}", "state": QueueState.SENT, "code": code,
            "language": approval.requester.language,
        },
    )  # fmt: skip
    # The row itself is left to the worker, who may hold it: whoever submits does not wait.
    _queue(document, approval.edition, Layer.FORM, code=code)


def add_signature(*, decision: Decision) -> None:
    """Somebody signed: their signature is to be put into the paper, in their name."""
    document = Document.objects.filter(approval=decision.approval_id).first()
    if document is None:
        _catch_up(decision.approval)
    else:
        _queue(document, decision.edition, Layer.SIGNATURE, decision=decision)


def close(*, approval: Approval) -> None:
    """The form is decided: the certificate of how it was decided is to be made."""
    document = Document.objects.filter(approval=approval).first() or _catch_up(approval)
    _queue(document, approval.edition, Layer.CERTIFICATE)


def _catch_up(approval: Approval) -> Document:
    """The paper of a form that was submitted before papers were made at once, with the signatures it has by now."""
    freeze(approval=approval)
    document = Document.objects.get(approval=approval)
    signed = approval.decisions.filter(edition=approval.edition, signature__isnull=False).order_by("pk")
    for decision in signed:
        _queue(document, decision.edition, Layer.SIGNATURE, decision=decision)
    return document


def _queue(
    document: Document, edition: int, layer: Layer, *, decision: Decision | None = None, code: str = ""
) -> None:
    Sealing.objects.create(
        document=document, edition=edition, layer=layer, decision=decision, code=code,
        mailbox=f"document:{document.pk}",
    )  # fmt: skip
    transaction.on_commit(lambda: doorbell.ring("approvals.render_documents"))


def render_documents(*, most: int = 50) -> int:
    """Make the layers that are due; the number made."""
    return outbox.drain(Sealing, _make, most=most)


def _make(layer: Sealing) -> None:
    document = (
        Document.objects.select_for_update(of=("self",), no_key=True)
        .select_related("approval__branch", "approval__requested_by", "approval__requester")
        .get(pk=layer.document_id)
    )
    if layer.sha256:
        return
    if Sealing.objects.filter(document=document, pk__lt=layer.pk, sha256="").exists():
        raise Early("an earlier layer of this document is not made")
    with override(document.language):
        _MAKERS[Layer(layer.layer)](document, layer)


def _form(document: Document, layer: Sealing) -> None:
    """The paper as it was submitted, sealed by the product; it can only be signed after that."""
    now, keeper = timezone.now(), provider()
    document.level, document.code = keeper.level, layer.code
    paper = papers.form(document, _submitted(document, layer), layer.code)
    places = {name: place for name, place in paper.places.items() if name.startswith(papers.FIELD)}
    content = with_stamp(
        layer=layer,
        hand=keeper.hand(None, now=now),
        work=lambda hand: sealing.seal(
            paper.content, hand=hand, sign=sealing.Sign(sealing.SEAL, name=papers.HOUSE), places=places
        ),
    )
    _keep(document, layer, content)


def _submitted(document: Document, layer: Sealing) -> Edition:
    return document.approval.editions.get(number=layer.edition)


def _signature(document: Document, layer: Sealing) -> None:
    """The signature of one person, behind everything before it."""
    assert layer.decision is not None
    decision = layer.decision
    before = content_of(sha256=_newest(document, layer.edition))
    field = next((name for name in sealing.empty_fields(before) if name.startswith(papers.FIELD)), "")
    drawn = papers.ink(decision, language=document.language)
    said = sealing.Sign(
        field or f"{papers.EXTRA}{decision.pk}", name=decision.decided_by.name, reason=papers.reason(decision),
        drawing=drawn if field else b"",
    )  # fmt: skip
    hand = provider().hand(decision.decided_by, now=timezone.now())
    content = with_stamp(layer=layer, hand=hand, work=lambda hand: sealing.sign(before, hand=hand, sign=said))
    _keep(document, layer, content)


def _certificate(document: Document, layer: Sealing) -> None:
    """How the form was decided, step by step, sealed by the product; nothing may follow it."""
    paper = papers.certificate(document, _submitted(document, layer))
    hand = provider().hand(None, now=timezone.now())
    said = sealing.Sign(sealing.SEAL, name=papers.HOUSE)
    content = with_stamp(
        layer=layer, hand=hand, work=lambda hand: sealing.seal(paper.content, hand=hand, sign=said)
    )
    _keep(document, layer, content)
    approval = document.approval
    events.record(
        ApprovalEvent.SEALED, approval.case, by=robot("approvals"), number=approval.number,
        approval=approval.pk, sha256=document.sha256, certificate=document.audit_sha256, audience=Audience.STAFF,
    )  # fmt: skip


_MAKERS = {Layer.FORM: _form, Layer.SIGNATURE: _signature, Layer.CERTIFICATE: _certificate}


def with_stamp(*, layer: Sealing, hand: "Hand", work: "Callable[[Hand], bytes]") -> bytes:
    """Signed with a time stamp where one can be had now; else without, and the document is stamped later."""
    if hand.stamper is not None:
        try:
            content = work(hand)
        except stamps.Silent:
            stamps.let_rest()
        else:
            layer.is_stamped = True
            return content
    return work(sealing.Hand(hand.signer, hand.trust, hand.now))


def _keep(document: Document, layer: Sealing, content: bytes) -> None:
    """The bytes first, then the rows that name them, in the transaction that holds the document."""
    stored = files.keep(io.BytesIO(content), content_type="application/pdf")
    layer.sha256, layer.size = stored.sha256, stored.size
    layer.save(update_fields=["sha256", "size", "is_stamped"])
    if layer.edition != document.approval.edition:
        return
    if layer.layer in (Layer.CERTIFICATE, Layer.CERTIFICATE_STAMP):
        document.audit_sha256 = stored.sha256
    else:
        document.sha256, document.size = stored.sha256, stored.size
    if not layer.is_stamped:
        document.stamp_due_at = timezone.now()
    document.save(update_fields=["code", "sha256", "size", "audit_sha256", "level", "stamp_due_at"])


def _newest(document: Document, edition: int) -> str:
    """The hash of the paper of one edition as it stands now."""
    made = document.sealings.made().filter(edition=edition, layer__in=_OF_FORM)
    sha256: str = made.order_by("-sent_at", "-pk").values_list("sha256", flat=True)[0]
    return sha256


def content_of(*, sha256: str) -> bytes:
    """The bytes under this hash. Raises Damaged when they are others."""
    content = files.path_of(sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(sha256)
    return content


@transaction.atomic
def retry_paper(*, layer: Sealing, by: User) -> None:
    """Give a layer that was given up another round. Raises PermissionDenied for whoever does not run operations."""
    if not by.runs_operations:
        raise PermissionDenied
    outbox.retry(Sealing.objects.select_for_update().get(pk=layer.pk))
    approval = layer.document.approval
    events.record(
        ApprovalEvent.PAPER_RETRIED, approval.case, by=by, number=approval.number, approval=approval.pk,
        audience=Audience.STAFF,
    )  # fmt: skip


def stamp_documents(*, most: int = 50) -> int:
    """Put time stamps on what carries only our own time, now that an authority can be asked; the number looked at."""
    done = 0
    while done < most and (stamper := stamps.authority()) is not None and _stamp_next(stamper):
        done += 1
    return done


@transaction.atomic
def _stamp_next(stamper: "stamps.Authority") -> bool:
    now = timezone.now()
    due = Document.objects.filter(stamp_due_at__lte=now).order_by("stamp_due_at", "pk")
    document = (
        due.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("approval").first()
    )
    if document is None:
        return False
    if document.sealings.filter(state=QueueState.PENDING).exists():
        return _stamp_later(document)  # its signatures come first
    try:
        with transaction.atomic():
            _stamp(document, stamper)
    except stamps.Silent:
        stamps.let_rest()
        return _stamp_later(document)
    document.stamp_due_at = None
    document.save(update_fields=["stamp_due_at"])
    return True


def _stamp_later(document: Document) -> bool:
    document.stamp_due_at = timezone.now() + STAMP_AGAIN
    document.save(update_fields=["stamp_due_at"])
    return True


def _stamp(document: Document, stamper: "stamps.Authority") -> None:
    trust = provider().trust(now=timezone.now())
    papers_of = ((document.sha256, Layer.STAMP), (document.audit_sha256, Layer.CERTIFICATE_STAMP))
    for sha256, kind in papers_of:
        if sha256:
            content = sealing.stamp(content_of(sha256=sha256), stamper=stamper, trust=trust)
            layer = Sealing.objects.create(
                document=document, edition=document.approval.edition, layer=kind, is_stamped=True,
                mailbox=f"document:{document.pk}", state=QueueState.SENT, sent_at=timezone.now(),
            )  # fmt: skip
            _keep(document, layer, content)
    approval = document.approval
    events.record(
        ApprovalEvent.STAMPED, approval.case, by=robot("approvals"), number=approval.number, approval=approval.pk,
        sha256=document.sha256, audience=Audience.STAFF,
    )  # fmt: skip
