"""Signatures inside a PDF (PAdES, ETSI EN 319 142-1), each added behind what was there. Pure: bytes in, bytes out."""

import functools
import io
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.content import ImportedPdfPage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.fields import (
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
    enumerate_sig_fields,
)
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import Signer
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from core import stamps
from core.loops import alone
from core.pdf import Place

DIGEST = "sha256"
SEAL = "Seal"  # the field of the product's own seal
_WHOLE = SimpleBoxLayoutRule(
    x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins.uniform(0),
    inner_content_scaling=InnerScaling.SHRINK_TO_FIT,
)  # fmt: skip
# Who signed and that nothing was revoked stands in the same revision: the signature covers the whole file.
_EVIDENCE = DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE)


@dataclass(frozen=True)
class Trust:
    """Under which certificates signatures are believed, and what is needed to check them (all DER)."""

    roots: tuple[bytes, ...]
    between: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Hand:
    """Who signs: the key behind `signer`, what is believed of it, the moment, and whom to ask for a time stamp."""

    signer: Signer
    trust: Trust
    now: datetime
    stamper: stamps.Authority | None = None


@dataclass(frozen=True)
class Sign:
    """What a signature says about itself; `drawing` is a PDF of one page that is shown in its field."""

    field: str
    name: str = ""
    reason: str = ""
    drawing: bytes = b""


def seal(pdf: bytes, *, hand: Hand, sign: Sign, places: dict[str, Place] | None = None) -> bytes:
    """The product certifies the document: from now on it can only be signed, in the fields at `places`.

    Without places nothing may follow but time stamps.
    """
    writer = _writer(pdf)
    for name, place in (places or {}).items():
        box = (round(place.left), round(place.bottom), round(place.right), round(place.top))
        append_signature_field(writer, SigFieldSpec(name, on_page=place.page, box=box))
    after = MDPPerm.FILL_FORMS if places is not None else MDPPerm.NO_CHANGES
    return _sign(writer, hand, sign, certify=True, docmdp_permissions=after)


def sign(pdf: bytes, *, hand: Hand, sign: Sign) -> bytes:
    """One more signature, in the empty field that `sign` names, or an invisible one where there is no such field."""
    return _sign(_writer(pdf), hand, sign)


def stamp(pdf: bytes, *, stamper: stamps.Authority, trust: Trust) -> bytes:
    """A time stamp over the whole document (ETSI.RFC3161), with what is needed to check it. Raises stamps.Silent."""
    context = _context(trust, None, *stamper.roots)
    settings = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)

    async def work() -> bytes:
        out = await PdfTimeStamper(stamper).async_timestamp_pdf(
            _writer(pdf), DIGEST, validation_context=context, dss_settings=settings
        )
        return bytes(out.getvalue())

    return _asked(work)


def empty_fields(pdf: bytes) -> list[str]:
    """The fields that still wait for a signature, in the order in which they were made."""
    found = enumerate_sig_fields(PdfFileReader(io.BytesIO(pdf)), filled_status=False)
    return [str(name) for name, _value, _field in found]


def _sign(writer: IncrementalPdfFileWriter, hand: Hand, sign: Sign, **certified: Any) -> bytes:
    believed = hand.stamper.roots if hand.stamper else ()
    meta = PdfSignatureMetadata(
        field_name=sign.field,
        name=sign.name or None,
        reason=sign.reason or None,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=True,
        validation_context=_context(hand.trust, hand.now, *believed),
        signer_key_usage={"non_repudiation"},
        dss_settings=_EVIDENCE,
        **certified,
    )
    # Without a picture its place stays empty: the library's own words would come in a font that the file lacks.
    drawn = _Drawn(sign.drawing) if sign.drawing else None
    style = StaticStampStyle(border_width=0, background=drawn, background_layout=_WHOLE)
    signer = _At(meta, hand.signer, timestamper=hand.stamper, stamp_style=style)
    signer.moment = hand.now

    async def work() -> bytes:
        out = await signer.async_sign_pdf(writer)
        return bytes(out.getvalue())

    return _asked(work)


def _asked(work: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
    """The library wraps what an authority did; it comes back as what it was."""
    try:
        return alone(work())
    except SigningError as problem:
        if isinstance(problem.__cause__, stamps.Silent):
            raise problem.__cause__ from None
        raise


def _writer(pdf: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(io.BytesIO(pdf))


def _context(trust: Trust, moment: datetime | None, *others: x509.Certificate) -> ValidationContext:
    load = functools.partial(map, x509.Certificate.load)
    return ValidationContext(
        trust_roots=[*load(trust.roots), *others],
        other_certs=list(load(trust.between)),
        crls=[crl.CertificateList.load(one) for one in trust.revocations],
        moment=moment,
        time_tolerance=timedelta(minutes=1),
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


class _At(PdfSigner):
    """A signer whose clock is the product's, and who leaves the document the PDF 1.7 that PDF/A-3 is made of."""

    moment: datetime

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        """PAdES as it extends PDF 1.7 (ETSI EN 319 142-1), which takes the curves of our keys.

        The library would name them as an extension of PDF 2.0 (ISO/TS 32002) and lift the whole file to that version.
        """
        pdf_out.register_extension(ESIC_EXTENSION_1)

    def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
        """As ever, at our moment."""
        session = super().init_signing_session(*args, **options)
        session.system_time = self.moment
        return session


class _Drawn(ImportedPdfPage):
    """The only page of a PDF in memory, as the picture of a signature."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__("")  # type: ignore[no-untyped-call]
        self.pdf = pdf

    def render(self) -> bytes:
        """Put the page into the document that is signed."""
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self.pdf)), page_ix=0)
        self.resources.xobject["/Drawn"] = page
        left, bottom, right, top = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return b"/Drawn Do"
