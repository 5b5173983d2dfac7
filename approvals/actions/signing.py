"""A decision is signed: the ink, and the proof of whose it is."""

import base64
import io
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from accounts import actions as accounts
from accounts.actions import Given, Occasion, Proof
from accounts.enums import Factor
from accounts.models import User
from approvals import rules
from approvals.enums import (
    CONSENT_VERSION,
    Method,
    consent_to,
)
from approvals.models import Approval, Decision, Signature
from core.errors import NotPossible
from core.transitions import why_not

LARGEST_DRAWING = 200_000  # bytes of PNG


@dataclass(frozen=True)
class Ink:
    """A signature as the person gave it: typed, or drawn as a `data:image/png` address."""

    typed_name: str = ""
    drawing: str = ""
    address: str | None = None
    browser: str = ""


def needs_factor(*, approval: Approval, by: User) -> bool:
    """Whether a password is not enough here: SIGNING_FACTOR_REQUIRED, for Director and Board."""
    return bool(settings.SIGNING_FACTOR_REQUIRED and rules.signs_for_the_company(approval, by))


def challenge(*, approval: Approval, by: User) -> dict[str, Any]:
    """What one's passkey is asked to sign over this form as it stands. Raises the refusal that deciding would raise."""
    if refusal := why_not(approval, "decide", by):
        raise refusal
    return accounts.challenge(by=by, about=approval.content_hash)


def prove(*, approval: Approval, by: User, given: Given, shown_hash: str, ink: Ink) -> Proof:
    """A fresh proof over what was shown. Outside any transaction: a refused try stays counted and in the history.

    Raises NotPossible when the form is no longer the one that was shown, before anything is used up, and for a proof
    that is none.
    """
    check_shown(approval=approval, shown_hash=shown_hash)
    occasion = Occasion(
        about=approval.content_hash, name=approval.number, chain=approval.case, address=ink.address,
        browser=ink.browser, needs_factor=needs_factor(approval=approval, by=by),
    )  # fmt: skip
    return accounts.confirm(by=by, secret=given.secret, credential=given.credential, occasion=occasion)


def check_shown(*, approval: Approval, shown_hash: str) -> None:
    """Raises NotPossible when the form is not the one that was shown."""
    if approval.is_pending and shown_hash != approval.content_hash:
        raise NotPossible(_("The form is not the one you saw. Read it again before you sign."))


def check_consent(*, version: str) -> None:
    """Raises NotPossible unless the sentence that is signed is the one that was shown; no version: none was shown."""
    if version != CONSENT_VERSION:
        raise NotPossible(_("The sentence you sign has changed. Read it again, then sign."))


def check_proof(*, approval: Approval, proof: Proof, by: User) -> None:
    """Raises NotPossible for a proof that is old, somebody else's, over another form, or too weak."""
    if not proof.covers(by, approval.content_hash):
        raise NotPossible(_("Confirm again that it is you; the last confirmation is too old."))
    if proof.factor == Factor.PASSWORD and needs_factor(approval=approval, by=by):
        raise NotPossible(
            _(
                "Whoever signs for the company needs a passkey or an authenticator app. Set one up, then come back."
            )
        )


def sign(*, decision: Decision, ink: Ink, proof: Proof) -> Signature:
    """Put the ink and the proof under a decision. Raises what `check_ink` raises."""
    image, name = check_ink(ink=ink, by=decision.decided_by)
    return Signature.objects.create(
        decision=decision,
        method=Method.DRAWN if image else Method.TYPED,
        typed_name=name,
        image=image,
        content_hash=decision.content_hash,
        consent_version=CONSENT_VERSION,
        consent_text=consent_to(decision.approval.kind),
        factor=proof.factor,
        evidence=proof.evidence,
        address=ink.address,
        browser=ink.browser[:300],
    )


def check_ink(*, ink: Ink, by: User) -> tuple[bytes, str]:
    """The drawing as PNG and the typed name, one of which is there.

    Raises NotPossible for a signature that is none, and for a typed one that is not the name of `by`: somebody else's
    name under a document would be read as theirs.
    """
    image = _png(ink.drawing) if ink.drawing else b""
    name = " ".join(ink.typed_name.split())[:100]
    if not image and not name:
        raise NotPossible(_("Draw your signature or type your name."))
    if name and not rules.is_name_of(name, by):
        raise NotPossible(_("Type your own name as your signature: %(name)s.") % {"name": by.name})
    return image, name


def _png(address: str) -> bytes:
    """The drawing as clean PNG bytes, cut to its strokes; decoded and encoded anew so that nothing else travels inside.

    Empty for a canvas on which nobody drew. Raises NotPossible for anything else that is no drawing.
    """
    head, _comma, body = address.partition(",")
    try:
        raw = base64.b64decode(body, validate=True)
        if head != "data:image/png;base64" or len(raw) > LARGEST_DRAWING:
            raise ValueError
        picture = Image.open(io.BytesIO(raw), formats=["PNG"])
        if picture.width > 2000 or picture.height > 1000:
            raise ValueError
        drawn = picture.convert("RGBA")
    except (ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        raise NotPossible(_("The drawing cannot be read. Draw it again or type your name.")) from None
    return _strokes(drawn)


def _strokes(drawn: Image.Image) -> bytes:
    """As much of the picture as has ink on it, as it would look on white paper; empty where there is none."""
    paper = Image.new("RGB", drawn.size, "white")
    paper.paste(drawn, mask=drawn)
    inked = ImageOps.invert(paper).getbbox()
    if inked is None:
        return b""
    out = io.BytesIO()
    drawn.crop(inked).save(out, "PNG")
    return out.getvalue()
