"""Signed papers without a database: a page, an authority, and hands that sign."""

import functools
import subprocess
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import weasyprint
from asn1crypto import keys, x509
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from approvals import certificates, checking, sealing
from approvals.certificates import Issued
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
    root = certificates.root(now=now() - timedelta(days=365))
    return root, certificates.issuing(root, now=now() - timedelta(days=365))


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
    at = now() - timedelta(days=300)
    lists = "http://itsm.example/verify/revocations.crl"
    return certificates.personal(authorities()[1], name=name, mark="K1", lists=lists, now=at, days=400)


def hand(name: str, *, at: datetime | None = None, stamper: stamps.Authority | None = None) -> Hand:
    store = SimpleCertificateStore()
    store.register_multiple(x509.Certificate.load(one.certificate) for one in authorities())
    mine = issued(name)
    signer = SimpleSigner(x509.Certificate.load(mine.certificate), keys.PrivateKeyInfo.load(mine.key), store)
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
