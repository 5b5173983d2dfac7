"""Case files: asked for by a person, made by a worker, sealed by the product."""

import io
from typing import TYPE_CHECKING, Any

import segno
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.actions import robot
from accounts.models import User
from approvals import papers
from approvals.actions.documents import content_of, with_stamp
from approvals.casefiles import Contents
from approvals.enums import ApprovalEvent, Layer
from approvals.hooks import contents_of, may_gather
from approvals.models import Approval, CaseFile, Sealing
from approvals.providers import provider
from core import files, outbox, pdf
from core.errors import NotPossible, PermissionDenied
from core.lazily import lazily
from events import actions as events
from events import doorbell
from events.enums import Audience
from events.subjects import Subject

if TYPE_CHECKING:
    from approvals import sealing
else:
    sealing = lazily("approvals.sealing")


def may_have_case_file(*, case: Subject, person: User) -> bool:
    """Whether this person may have everything about the case in one file; the app that knows the case says so."""
    return bool(may_gather.ask(case.type, case_id=case.id, person=person))


@transaction.atomic
def ask_case_file(*, case: Subject, by: User, reader: User | None = None) -> CaseFile:
    """Have a case file made, for oneself; a robot may have one made for a `reader`, and the ledger says that it did.

    Asking twice, while one is being made, is asking once. PermissionDenied for strangers.
    """
    if reader is not None and not by.is_robot:
        raise PermissionDenied
    reader = reader or by
    if not may_have_case_file(case=case, person=reader):
        raise PermissionDenied
    rows = CaseFile.objects.filter(case_type=case.type, case_id=case.id, asked_by=reader)
    waiting: CaseFile | None = rows.filter(state=outbox.QueueState.PENDING).first()
    if waiting is not None:
        return waiting
    asked = CaseFile.objects.create(
        case_type=case.type, case_id=case.id, asked_by=reader, language=reader.language,
        mailbox=f"case_file:{reader.pk}",
    )  # fmt: skip
    events.record(ApprovalEvent.CASE_FILE_ASKED, case, by=by, audience=Audience.STAFF, case_file=asked.pk)
    transaction.on_commit(lambda: doorbell.ring("approvals.render_documents"))
    return asked


def make_case_files(*, most: int = 20) -> int:
    """Make the case files that are due; the number made."""
    return outbox.drain(CaseFile, _make, most=most)


def _make(asked: CaseFile) -> None:
    if not may_have_case_file(case=asked.case, person=asked.asked_by):  # a role may have ended since
        raise PermissionDenied
    with override(asked.language):
        content = gathered(case=asked.case, person=asked.asked_by, language=asked.language)
    stored = files.keep(io.BytesIO(content), content_type="application/pdf")
    asked.sha256, asked.size = stored.sha256, stored.size
    asked.save(update_fields=["sha256", "size"])
    events.record(
        ApprovalEvent.CASE_FILE_MADE, asked.case, by=robot("approvals"), audience=Audience.STAFF,
        case_file=asked.pk, sha256=stored.sha256,
    )  # fmt: skip


@transaction.atomic
def hand_over(*, case: Subject, by: User, language: str) -> bytes:
    """The case file at once, for a command; the ledger knows of it. PermissionDenied for strangers."""
    if not may_have_case_file(case=case, person=by):
        raise PermissionDenied
    events.record(ApprovalEvent.CASE_FILE_ASKED, case, by=by, audience=Audience.STAFF, case_file=0)
    content = gathered(case=case, person=by, language=language)
    stored = files.keep(io.BytesIO(content), content_type="application/pdf")
    CaseFile.objects.create(
        case_type=case.type, case_id=case.id, asked_by=by, language=language, mailbox=f"case_file:{by.pk}",
        state=outbox.QueueState.SENT, sent_at=timezone.now(), sha256=stored.sha256, size=stored.size,
    )  # fmt: skip
    return content


def gathered(*, case: Subject, person: User, language: str) -> bytes:
    """Everything about a case as of now: one sealed PDF, the signed originals inside it as they are.

    Raises NotPossible for a case that nobody can compose.
    """
    said: Contents | None = contents_of.ask(case.type, case_id=case.id, person=person)
    if said is None:
        raise NotPossible(_("There is no case file of this kind of case."))
    forms = list(Approval.objects.in_case(case).select_related("requester", "document"))
    originals = _originals(forms)
    context = said.context | _base(said) | {"forms": _shown(forms), "originals": originals, "by": person}
    paper = pdf.draw(said.template, context, language=language, enclosed=tuple(originals))
    layer, hand = Sealing(), provider().hand(None, now=timezone.now())
    sign = sealing.Sign(sealing.SEAL, name=papers.HOUSE)
    return with_stamp(
        layer=layer, hand=hand, work=lambda hand: sealing.seal(paper.content, hand=hand, sign=sign)
    )


def _base(said: Contents) -> dict[str, Any]:
    address = settings.BASE_URL + reverse("verify:drop")
    return {
        "number": said.number, "title": said.title, "mark": "", "made_at": timezone.now(), "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(border=0),
    }  # fmt: skip


def _shown(forms: list[Approval]) -> list[dict[str, Any]]:
    return [{"approval": form, "decisions": papers.shown(form)} for form in forms]


def _originals(forms: list[Approval]) -> list[pdf.Enclosed]:
    """The newest paper of every edition of every form, and their certificates, byte for byte."""
    found: list[pdf.Enclosed] = []
    for form in forms:
        layers = Sealing.objects.made().filter(document__approval=form)
        newest = {(one.edition, _is_certificate(one)): one for one in layers}
        for (edition, certificate), layer in sorted(newest.items()):
            name = f"{form.number}-v{edition}{'-certificate' if certificate else ''}.pdf"
            found.append(pdf.Enclosed(name, content_of(sha256=layer.sha256), layer.sha256))
    return found


def _is_certificate(layer: Sealing) -> bool:
    return layer.layer in (Layer.CERTIFICATE, Layer.CERTIFICATE_STAMP)
