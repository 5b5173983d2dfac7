"""Signed papers without a database: a page, an authority, and hands that sign."""

import functools
import subprocess
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import weasyprint
from cryptography.hazmat.primitives.asymmetric import ec

from approvals import certificates, checking, sealing
from approvals.authority import Own
from approvals.certificates import CURVE, ROOT_CURVE, Issued
from approvals.checking import Believed, Report
from approvals.sealing import Hand, Sign, Trust
from core import stamps
from core.pdf import ARCHIVE, Place

PLACES = {f"Signature{n}": Place(0, 50, 100 * n, 280, 100 * n + 60) for n in (1, 2, 3)}


def now() -> datetime:
    return datetime.now(UTC)


@functools.cache
def authorities() -> tuple[Issued, Issued]:
    """Made a year ago, so that something may have been signed in between."""
    return made_authorities(at=now() - timedelta(days=365))


def made_authorities(*, at: datetime) -> tuple[Issued, Issued]:
    """A root and an authority below it."""
    root = certificates.root(ec.generate_private_key(ROOT_CURVE), now=at)
    return root, certificates.issuing(ec.generate_private_key(CURVE), root, now=at)


def trust(*revoked: tuple[str, datetime], at: datetime | None = None) -> Trust:
    root, issuing = authorities()
    moment = at or now()
    lists = (
        certificates.revocation_list(root, (), now=moment),
        certificates.revocation_list(issuing, revoked, now=moment),
    )
    return Trust((root.certificate,), (issuing.certificate,), lists)


@functools.cache
def issued(name: str) -> Issued:
    return made(authorities()[1], name, at=now() - timedelta(days=300))


def made(above: Issued, name: str, *, at: datetime) -> Issued:
    """A certificate under `above`."""
    lists, key = "http://itsm.example/verify/revocations.crl", ec.generate_private_key(CURVE)
    return certificates.personal(key, above, name=name, mark="K1", lists=lists, now=at, days=400)


def hand(name: str, *, at: datetime | None = None, stamper: stamps.Authority | None = None) -> Hand:
    signer = Own(issued(name), *(one.certificate for one in authorities()))
    return Hand(signer, trust(at=at), at or now(), stamper)


@functools.cache
def page(text: str = "Approve 24 hours.") -> bytes:
    """One page, as the product draws them."""
    html = f"<html lang='en'><title>BRM</title><h1>{text}</h1><p>It costs Rp 5.000.000.</p>"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library leaves its colour profile open
        return bytes(weasyprint.HTML(string=html).write_pdf(pdf_variant=ARCHIVE))


@functools.cache
def signed(signatures: int) -> bytes:
    """Sealed, and signed by so many people."""
    paper = sealing.seal(page(), hand=hand("Kumala ITSM"), sign=Sign(sealing.SEAL), places=PLACES)
    for n in range(signatures):
        paper = sealing.sign(paper, hand=hand(f"Signer {n + 1}"), sign=Sign(f"Signature{n + 1}"))
    return paper


def checked(
    paper: bytes, *, believed: Trust | None = None, at: datetime | None = None, tsa: tuple[bytes, ...] = ()
) -> Report:
    """What the product's own look at it says."""
    known = believed or trust(at=at)
    return checking.check(
        paper,
        Believed(list(known.roots), list(known.between), list(known.revocations), list(tsa)),
        now=at or now(),
    )


def poppler(paper: bytes, place: Path) -> str:
    """What the second validator says."""
    place.write_bytes(paper)
    found = subprocess.run(["pdfsig", str(place)], capture_output=True, check=False)
    return found.stdout.decode(errors="replace")


def holds_for_poppler(paper: bytes, place: Path, *, signatures: int) -> bool:
    """Every signature is valid, and one of them covers the whole file."""
    said = poppler(paper, place)
    return said.count("Signature is Valid") == signatures and "  - Total document signed" in said


def at_another_time(one: Hand, moment: datetime) -> Hand:
    return replace(one, now=moment)
