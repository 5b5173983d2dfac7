"""What a TLS certificate says of itself, read from an uploaded file. Pure; knows no table.

Nothing of a file is kept but its certificates, written anew: what else may stand in it is not carried along.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

LARGEST = 256 * 1024  # bytes; a chain has a few thousand
MOST = 20  # certificates of a chain
MOST_NAMES = 200
_BROKEN = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip
# In DER a certificate begins with two sequences and no number. Keys (RFC 5208, 5915, 8017) and PKCS #12 begin with a
# number, encrypted keys with the name of their encryption.
_SEQUENCE = rb"\x30(?:[\x00-\x80]|\x81.|\x82.{2}|\x83.{3}|\x84.{4})"
_ENCRYPTED = rb"\x06.\x2a\x86\x48\x86\xf7\x0d\x01[\x05\x0c]"
_KEY = re.compile(_SEQUENCE + rb"(?:\x02\x01[\x00\x01\x03]|" + _SEQUENCE + _ENCRYPTED + rb")", re.DOTALL)
_KEYSTORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")  # of Java


class Unreadable(Exception):
    """No certificate; `why` is "large", "key", "many" or "broken"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Certificate:
    """What it says. `pem` are all certificates of the file; the others are those that vouch for the first."""

    name: str
    subject: str
    issuer: str
    serial: str  # in hexadecimal, as tools print it
    names: list[str]
    starts_at: datetime
    ends_at: datetime
    pem: bytes


def holds_key(content: bytes) -> bool:
    """Whether a private key stands in it, however it is written."""
    words = content.replace(b"\0", b"")  # Windows writes text with two bytes for a letter
    return b"PRIVATE KEY-----" in words or content.startswith(_KEYSTORES) or bool(_KEY.match(content))


def read(content: bytes) -> Certificate:
    """The certificate of a server or a person in a file (PEM or DER), not those above it. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable("large")
    if holds_key(content):
        raise Unreadable("key")
    try:
        found = _certificates(content)
        if len(found) > MOST:
            raise Unreadable("many")
        first = next((one for one in found if not _is_authority(one)), found[0])
        return _told(first, found)
    except _BROKEN:
        raise Unreadable("broken") from None


def _certificates(content: bytes) -> list[x509.Certificate]:
    words = content.replace(b"\0", b"")
    if b"-----BEGIN " in words:
        return x509.load_pem_x509_certificates(words)
    return [x509.load_der_x509_certificate(content)]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        said = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return said.value.ca


def _told(first: x509.Certificate, found: list[x509.Certificate]) -> Certificate:
    names, serial = _names(first), f"{first.serial_number:x}"
    subject = _shown(first.subject.rfc4514_string())
    name = _said(first.subject, NameOID.COMMON_NAME) or next(iter(names), "") or subject or serial
    return Certificate(
        name=name, subject=subject, issuer=_issuer(first.issuer), serial=serial, names=names,
        starts_at=first.not_valid_before_utc, ends_at=first.not_valid_after_utc,
        pem=b"".join(one.public_bytes(Encoding.PEM) for one in found),
    )  # fmt: skip


def _names(certificate: x509.Certificate) -> list[str]:
    """For which servers or people it is, in its own order."""
    try:
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    kinds = (x509.DNSName, x509.RFC822Name, x509.IPAddress)
    found = [_shown(str(one.value)) for one in said if isinstance(one, kinds)]
    return list(dict.fromkeys(filter(None, found)))[:MOST_NAMES]


def _issuer(name: x509.Name) -> str:
    parts = [_said(name, NameOID.ORGANIZATION_NAME), _said(name, NameOID.COMMON_NAME)]
    return " · ".join(dict.fromkeys(filter(None, parts))) or _shown(name.rfc4514_string())


def _said(name: x509.Name, what: x509.ObjectIdentifier) -> str:
    return next((_shown(str(one.value)) for one in name.get_attributes_for_oid(what)), "")


def _shown(words: str) -> str:
    """On one line, without characters that nobody sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
