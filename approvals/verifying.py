"""Is this paper genuine, and does it still stand? What the file says of itself, beside what our records say."""

import base64
import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from approvals.enums import ApprovalState, Layer, Verdict
from approvals.models import CaseFile, Certificate, Decision, Document, Sealing
from approvals.providers import provider
from core.aside import Aside, Died
from core.errors import NotPossible
from core.lazily import lazily

if TYPE_CHECKING:
    from approvals import checking
    from core import stamps
else:
    checking, stamps = lazily("approvals.checking"), lazily("core.stamps")

PATIENCE = 10.0  # seconds; a paper of ours takes a tenth of one
_aside = Aside("approvals.checking", renew_after=200)
_TROUBLES = {
    "not_pdf": gettext_lazy("This file is not a PDF."),
    "encrypted": gettext_lazy(
        "This PDF is locked with a password, so nobody can look inside. We never issue such files."
    ),
    "broken": gettext_lazy(
        "This PDF is damaged, or something in it was changed so that it can no longer be read."
    ),
    "too_many": gettext_lazy("This PDF holds more signatures than any document of ours."),
    "too_hard": gettext_lazy("This PDF is built so that reading it never ends. It is not one of ours."),
}


@dataclass(frozen=True)
class Signer:
    """A line of the result: who signed, as what, when; `good` says whether this one signature holds."""

    name: str
    role: str
    at: datetime | None
    stamped_at: datetime | None = None
    good: bool = True


@dataclass(frozen=True)
class Record:
    """What our records say of one edition of a form, without anything confidential."""

    document: Document
    edition: int
    code: str
    sha256: str  # of the newest paper
    signers: list[Signer]
    stands: str  # does it still count? One sentence
    holds: bool  # it was approved, and nothing has changed since


@dataclass(frozen=True)
class Result:
    """What is said of a file that somebody dropped."""

    verdict: Verdict
    sentences: list[str]
    sha256: str
    signers: list[Signer] = field(default_factory=list)
    record: Record | None = None


def look(file: BinaryIO) -> Result:
    """What is known of this file. Raises NotPossible for one that is empty or larger than UPLOAD_LIMIT_MB."""
    with tempfile.NamedTemporaryFile(prefix="verify-") as place:
        digest = _copy(file, place)
        place.flush()
        return _judged(_report(place.name), digest)


def record_of(code: str) -> Record | None:
    """The record behind a paper's code; None for a code that was never printed."""
    layer = (
        Sealing.objects.filter(code=code, layer=Layer.FORM)
        .select_related("document__approval__branch")
        .first()
        if code
        else None
    )
    return _record(layer) if layer else None


def _copy(file: BinaryIO, place: Any) -> str:
    digest, size, most = hashlib.sha256(), 0, settings.UPLOAD_LIMIT_MB * 1024 * 1024
    while chunk := file.read(64 * 1024):
        size += len(chunk)
        if size > most:
            raise NotPossible(_("The file is larger than %(limit)s MB; no document of ours is.") % {
                "limit": settings.UPLOAD_LIMIT_MB
            })  # fmt: skip
        digest.update(chunk)
        place.write(chunk)
    if not size:
        raise NotPossible(_("The file is empty. Choose another one."))
    return digest.hexdigest()


def _report(path: str) -> "checking.Report":
    now = timezone.now()
    trust = provider().known(now=now)
    asked = {
        "roots": _texts(trust.roots), "between": _texts(trust.between), "revocations": _texts(trust.revocations),
        "stamps": _texts(stamps.roots()),
    }  # fmt: skip
    try:
        said = _aside.ask(patience=PATIENCE, path=path, now=now.isoformat(), **asked)
    except Died:
        return checking.Report("too_hard")
    return checking.Report(said["trouble"], [checking.Found(**one) for one in said["signatures"]])


def _texts(contents: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in contents]


def _judged(report: "checking.Report", sha256: str) -> Result:
    if report.trouble:
        return Result(Verdict.UNREADABLE, [str(_TROUBLES[report.trouble])], sha256)
    signers = [_signer(one) for one in report.signatures if not one.is_stamp]
    if not report.signatures:
        return Result(Verdict.FOREIGN, [_("This PDF bears no signature.")], sha256)
    known = _known(sha256)
    if known is None and not report.ours:
        said = _("None of its signatures is from Kumala Group. Whoever signed it, we cannot vouch for it.")
        return Result(Verdict.FOREIGN, [said], sha256, signers)
    if not (report.sound and all(one.good for one in signers)):
        return Result(Verdict.CHANGED, _wrong(report, signers), sha256, signers)
    if known is None:
        said = _(
            "Its signatures are from Kumala Group and hold, but this very file is not among those we issued."
        )
        return Result(
            Verdict.UNKNOWN, [said, _("Ask whoever gave it to you for the original.")], sha256, signers
        )
    if isinstance(known, CaseFile):
        said = _("This is a case file that Kumala Group made on %(when)s. Not a byte has changed.")
        return Result(Verdict.GENUINE, [said % {"when": _day(known.sent_at)}], sha256, signers)
    return _genuine(known, sha256, signers)


def _genuine(layer: Sealing, sha256: str, signers: list[Signer]) -> Result:
    sentences = [_("This is a document of Kumala Group. Not a byte has changed since it was made.")]
    record = _record(layer)
    if sha256 not in (record.sha256, layer.document.audit_sha256):
        sentences.append(_("There is a newer copy of it, with more signatures or time stamps."))
    return Result(Verdict.GENUINE, sentences, sha256, signers, record)


def _wrong(report: "checking.Report", signers: list[Signer]) -> list[str]:
    """What does not hold, in sentences; the gravest first."""
    found: list[str] = []
    if any(not one.intact for one in report.ours):
        found.append(_("Bytes under a signature have changed: this is not what was signed."))
    elif any(not one.allowed for one in report.signatures) or not any(one.whole for one in report.signatures):
        found.append(_("Something was added or exchanged after it was signed."))
    if any(not one.trusted and not one.is_stamp for one in report.signatures):
        found.append(_("One of its signatures is not from Kumala Group."))
    if any(not one.good for one in signers) and not found:
        found.append(_("A certificate had been revoked when it was signed."))
    return found or [_("One of its signatures does not hold.")]


def _known(sha256: str) -> Sealing | CaseFile | None:
    """The row of ours that has exactly these bytes."""
    layer = Sealing.objects.filter(sha256=sha256).select_related("document__approval__branch").first()
    return layer or CaseFile.objects.filter(sha256=sha256).first()


def _signer(found: "checking.Found") -> Signer:
    """As the file has it, with the name by which we know the certificate."""
    row = Certificate.objects.filter(serial=found.serial).select_related("person").first()
    at = _instant(found.stamped_at) or _instant(found.claimed_at)
    revoked = row is not None and row.revoked_at is not None and (at is None or row.revoked_at <= at)
    good = found.intact and found.allowed and found.trusted and not revoked
    name = (
        (row.person.name if row.person else _("Seal of Kumala ITSM")) if row and found.trusted else found.name
    )
    return Signer(name or found.field, "", at, _instant(found.stamped_at), good)


def _record(layer: Sealing) -> Record:
    approval = layer.document.approval
    papers = layer.document.sealings.made().filter(edition=layer.edition)
    of_form = papers.filter(layer__in=(Layer.FORM, Layer.SIGNATURE, Layer.STAMP)).order_by("-sent_at", "-pk")
    first = papers.filter(layer=Layer.FORM).first()
    decisions = approval.decisions.filter(edition=layer.edition).select_related("decided_by", "on_behalf_of")
    newest = of_form.values_list("sha256", flat=True).first()
    stands, holds = _standing(layer)
    return Record(
        layer.document, layer.edition, first.code if first else "", newest or "",
        [_of_decision(one) for one in decisions.order_by("pk")], stands, holds,
    )  # fmt: skip


def _of_decision(decision: Decision) -> Signer:
    role = str(Role(decision.as_role).label) if decision.as_role else ""
    return Signer(decision.who, f"{role} · {decision.decided}".strip(" ·"), decision.decided_at)


def _standing(layer: Sealing) -> tuple[str, bool]:
    """Whether what stands on the paper still counts; a sentence for strangers, without reasons."""
    approval = layer.document.approval
    if approval.edition != layer.edition:
        return _("It does not count: it was sent back, and version %(n)s has taken its place.") % {
            "n": approval.edition
        }, False
    sentences = {
        ApprovalState.APPROVED: _("The record stands: it is approved."),
        ApprovalState.PENDING: _("It is not decided yet."),
        ApprovalState.REFUSED: _("It does not count: it was refused."),
        ApprovalState.WITHDRAWN: _("It does not count: it was withdrawn."),
        ApprovalState.SUPERSEDED: _(
            "It no longer counts: what was approved has changed since, and is asked for again."
        ),
        ApprovalState.DRAFT: _("It does not count: it is being written again."),
    }  # fmt: skip
    state = ApprovalState(approval.state)
    return sentences[state], state == ApprovalState.APPROVED


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(instant: datetime | None) -> str:
    return "–" if instant is None else f"{timezone.localtime(instant):%Y-%m-%d %H:%M}"
