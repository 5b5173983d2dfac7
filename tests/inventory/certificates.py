"""Certificates that an authority of the tests issued."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

KEY = ec.generate_private_key(ec.SECP256R1())
ENDS = datetime(2040, 5, 31, 23, 30, tzinfo=UTC)  # the next day in Jakarta
LATER = ENDS + timedelta(days=365)


def certificate(
    *,
    subject: str | x509.Name = "CN=shop.kumala.example,O=Kumala Retail",
    names: tuple[str, ...] = ("shop.kumala.example", "*.kumala.example"),
    ends: datetime = ENDS,
    starts: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    is_authority: bool = False,
    serial: int = 0xABC123,
) -> x509.Certificate:
    """One that an authority of the test issued."""
    issuer = x509.Name.from_rfc4514_string("CN=R11,O=Let's Trust")
    whose = x509.Name.from_rfc4514_string(subject) if isinstance(subject, str) else subject
    built = (
        x509.CertificateBuilder().subject_name(whose).issuer_name(issuer)
        .public_key(KEY.public_key()).serial_number(serial).not_valid_before(starts).not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )  # fmt: skip
    if names:
        built = built.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
        )
    return built.sign(KEY, hashes.SHA256())


def pem(**facts: Any) -> bytes:
    """As a file."""
    return certificate(**facts).public_bytes(Encoding.PEM)
