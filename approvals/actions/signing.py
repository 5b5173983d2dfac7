"""A decision is signed: the ink, and the proof of whose it is."""

import base64
import binascii
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from accounts.actions import Proof
from approvals.enums import (
    CONSENT,
    CONSENT_VERSION,
    Method,
)
from approvals.models import Decision, Signature
from core.errors import NotPossible

LARGEST_DRAWING = 200_000  # bytes of PNG


@dataclass(frozen=True)
class Ink:
    """A signature as the person gave it: typed, or drawn as a `data:image/png` address."""

    typed_name: str = ""
    drawing: str = ""
    address: str | None = None
    browser: str = ""


def sign(decision: Decision, ink: Ink, proof: Proof) -> Signature:
    """Put the ink and the proof under a decision. Raises NotPossible without a drawing or a typed name."""
    image = _png(ink.drawing) if ink.drawing else b""
    name = " ".join(ink.typed_name.split())[:100]
    if not image and not name:
        raise NotPossible(_("Draw your signature or type your name."))
    return Signature.objects.create(
        decision=decision,
        method=Method.DRAWN if image else Method.TYPED,
        typed_name=name,
        image=image,
        content_hash=decision.content_hash,
        consent_version=CONSENT_VERSION,
        consent_text=str(CONSENT),
        factor=proof.factor,
        address=ink.address,
        browser=ink.browser[:300],
    )


def _png(address: str) -> bytes:
    """The drawing as clean PNG bytes; decoded and encoded anew so that nothing else travels inside."""
    head, _comma, body = address.partition(",")
    try:
        raw = base64.b64decode(body, validate=True)
        if head != "data:image/png;base64" or len(raw) > LARGEST_DRAWING:
            raise ValueError
        picture = Image.open(io.BytesIO(raw), formats=["PNG"])
        if picture.width > 2000 or picture.height > 1000:
            raise ValueError
        out = io.BytesIO()
        picture.convert("RGBA").save(out, "PNG")
    except (ValueError, binascii.Error, UnidentifiedImageError, OSError):
        raise NotPossible(_("The drawing cannot be read. Draw it again or type your name.")) from None
    return out.getvalue()
