"""What the signatures inside a PDF are worth, whatever was done to the file. Knows neither Django nor the database.

Run as a program it looks at files for `verifying`, in a process of its own with limits: a PDF can be made to be slow.
The rules of revisions are the library's: it compares what each later part of the file has changed.
"""

import base64
import io
import logging
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError

from core import aside
from core.loops import alone

SECONDS, MEMORY, IDLE = 8, 900 * 1024 * 1024, 300
MOST_SIGNATURES = 60
_HEAD = 1024  # bytes in which a PDF says that it is one
DRIFT = timedelta(minutes=10)  # a signature of the future is none


@dataclass
class Found:
    """One signature, as the file has it. `stamped_at` is set where an authority that is believed says so; ISO."""

    field: str
    serial: str = ""  # of the certificate, hexadecimal
    name: str = ""  # as the certificate says
    is_stamp: bool = False
    intact: bool = False  # the bytes it covers are those that were signed
    trusted: bool = False  # its certificate is one of ours
    allowed: bool = False  # what was added behind it may be added
    whole: bool = False  # it covers the file to its end
    claimed_at: str = ""
    stamped_at: str = ""


@dataclass
class Report:
    """What a file is. `trouble`: why it could not be read: not_pdf, encrypted, broken, too_many; "" otherwise."""

    trouble: str = ""
    signatures: list[Found] = field(default_factory=list)

    @property
    def ours(self) -> list[Found]:
        """Signatures whose certificate is one of ours."""
        return [one for one in self.signatures if one.trusted and not one.is_stamp]

    @property
    def sound(self) -> bool:
        """Signed, by us alone, unchanged, and nothing stands behind the last signature."""
        return bool(self.ours) and all(
            one.intact and one.allowed and (one.trusted or one.is_stamp) for one in self.signatures
        ) and any(one.whole for one in self.signatures)  # fmt: skip


@dataclass(frozen=True)
class Believed:
    """Roots, what stands between, revocations, and the roots of time stamps; all DER."""

    roots: list[bytes]
    between: list[bytes]
    revocations: list[bytes]
    stamps: list[bytes]

    def context(self, moment: datetime, *, of_stamps: bool = False) -> ValidationContext:
        """For one signature: nothing is fetched, and what is known today counts for what was signed before."""
        return ValidationContext(
            trust_roots=[x509.Certificate.load(one) for one in (self.stamps if of_stamps else self.roots)],
            other_certs=[x509.Certificate.load(one) for one in self.between],
            crls=[crl.CertificateList.load(one) for one in self.revocations],
            moment=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
            retroactive_revinfo=True,
        )


def check(content: bytes, believed: Believed, *, now: datetime) -> Report:
    """Every signature of the file, in the order in which they were made. Never raises for what a file does."""
    if b"%PDF-" not in content[:_HEAD]:
        return Report("not_pdf")
    try:
        reader = PdfFileReader(io.BytesIO(content))
        if reader.encrypted:
            return Report("encrypted")
        signatures = reader.embedded_signatures
        if len(signatures) > MOST_SIGNATURES:
            return Report("too_many")
        return Report("", [_found(one, believed, now) for one in signatures])
    except (PdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError):
        return Report("broken")
    except Exception:  # a file of strangers: whatever it made the parser do, it is not readable
        return Report("broken")


def _found(signature: EmbeddedPdfSignature, believed: Believed, now: datetime) -> Found:
    found = Found(str(signature.field_name))
    try:
        found.is_stamp = signature.sig_object_type == "/DocTimeStamp"
        _name(found, signature.signer_cert)
        alone(_judge(found, signature, believed, now))
    except Exception:  # a signature that cannot be judged counts for nothing, the others for themselves
        found.intact = found.allowed = False
    return found


def _name(found: Found, certificate: x509.Certificate) -> None:
    found.serial = f"{certificate.serial_number:x}"
    found.name = str(certificate.subject.native.get("common_name", ""))[:200]


async def _judge(found: Found, signature: EmbeddedPdfSignature, believed: Believed, now: datetime) -> None:
    claimed = signature.self_reported_timestamp
    status: Any
    if found.is_stamp:
        status = await async_validate_pdf_timestamp(signature, believed.context(now, of_stamps=True))
        found.stamped_at = _iso(status.timestamp) if status.trusted else ""
    else:
        moment = min(claimed or now, now)
        found.trusted = await _is_ours(signature, believed.context(moment))
        status = await async_validate_pdf_signature(
            signature, believed.context(moment), believed.context(moment, of_stamps=True)
        )
        found.claimed_at = _iso(claimed)
        validity = status.timestamp_validity
        if validity is not None and validity.intact and validity.valid and validity.trusted:
            found.stamped_at = _iso(validity.timestamp)
    found.intact = status.intact and status.valid and (claimed is None or claimed <= now + DRIFT)
    found.whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    # Only signatures, time stamps and evidence were added behind it, as far as the seal allows them.
    kept = status.modification_level != ModificationLevel.OTHER if found.is_stamp else bool(status.docmdp_ok)
    found.allowed = kept and status.coverage in (
        SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION,
    )  # fmt: skip


async def _is_ours(signature: EmbeddedPdfSignature, context: ValidationContext) -> bool:
    """Whether the certificate leads to one of our roots, whatever became of the bytes that it signed."""
    between = signature.other_embedded_certs
    validator = CertificateValidator(
        signature.signer_cert, intermediate_certs=between, validation_context=context
    )
    try:
        await validator.async_validate_usage({"non_repudiation"})
    except (PathBuildingError, ValidationError):
        return False
    return True


def _iso(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(UTC).isoformat()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    """The report on the file `path`."""
    listed = {
        name: [base64.b64decode(one) for one in asked[name]]
        for name in ("roots", "between", "revocations", "stamps")
    }
    content = Path(asked["path"]).read_bytes()
    try:
        report = check(content, Believed(**listed), now=datetime.fromisoformat(asked["now"]))
    except MemoryError:
        report = Report("too_hard")
    return asdict(report)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    aside.serve(_answer, seconds=SECONDS, memory=MEMORY, idle=IDLE)
