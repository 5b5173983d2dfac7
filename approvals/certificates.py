"""X.509 as the internal authority needs it (RFC 5280): certificates, revocation lists. Pure; knows no table.

Keys are made by whoever keeps them: they may lie here or in a device.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ROOT_DAYS, ISSUING_DAYS = 30 * 365, 20 * 365
LIST_DAYS = 7  # how long a revocation list counts; a new one is made whenever one is asked for
LONGEST_NAME = 64  # characters of a common name (RFC 5280, upper bounds)
HOUSE = "Kumala Group"
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336

Key = ec.EllipticCurvePrivateKey
ROOT_CURVE, CURVE = ec.SECP384R1(), ec.SECP256R1()  # of the root's key, of all others


@dataclass(frozen=True)
class Issued:
    """A certificate (DER) and its private key."""

    certificate: bytes
    key: Key

    @property
    def serial(self) -> str:
        """The serial number in hexadecimal, as tools print it."""
        return f"{x509.load_der_x509_certificate(self.certificate).serial_number:x}"


def root(key: Key, *, now: datetime.datetime) -> Issued:
    """The certificate under which all others are believed; it signs only itself and the issuing one."""
    name = _name("Kumala ITSM Root")
    built = _authority(name, name, key, key, now, ROOT_DAYS, below=1)
    return _issued(built.sign(key, hashes.SHA384()), key)


def issuing(key: Key, above: Issued, *, now: datetime.datetime) -> Issued:
    """The authority that signs the certificates of people."""
    issuer = x509.load_der_x509_certificate(above.certificate).subject
    built = _authority(_name("Kumala ITSM Signatures"), issuer, key, above.key, now, ISSUING_DAYS, below=0)
    return _issued(built.sign(above.key, hashes.SHA384()), key)


def personal(
    key: Key, above: Issued, *, name: str, mark: str, lists: str, now: datetime.datetime, days: int
) -> Issued:
    """A certificate to sign documents with, for `name`; `mark` tells people of one name apart.

    `lists` is the address at which the revocation list of the authority can be had.
    """
    issuer = x509.load_der_x509_certificate(above.certificate).subject
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
    built = (
        _begun(_name(name, mark), issuer, key, above.key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
    )
    return _issued(built.sign(above.key, hashes.SHA256()), key)


def revocation_list(
    above: Issued, revoked: Iterable[tuple[str, datetime.datetime]], *, now: datetime.datetime
) -> bytes:
    """The list (DER) of what this authority has revoked: serial numbers in hexadecimal, and since when."""
    built = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.load_der_x509_certificate(above.certificate).subject)
        .last_update(now)
        .next_update(now + datetime.timedelta(days=LIST_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(_issuer_key(above.key), critical=False)
    )
    for serial, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(since)
        built = built.add_revoked_certificate(entry.build())
    return built.sign(above.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def pem(certificate: bytes) -> bytes:
    """The same certificate as text."""
    return x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)


def bears(certificate: bytes, name: str) -> bool:
    """Is it made out to this name?"""
    subject = x509.load_der_x509_certificate(certificate).subject
    return subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == _common(name)


def _common(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST_NAME] or "-"


def _name(name: str, mark: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, HOUSE),
        x509.NameAttribute(NameOID.COMMON_NAME, _common(name)),
    ]
    if mark:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, mark))
    return x509.Name(parts)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Key, signer: Key, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # clocks of readers differ
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_issuer_key(signer), critical=False)
    )


def _authority(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    signer: Key,
    now: datetime.datetime,
    days: int,
    *,
    below: int,
) -> x509.CertificateBuilder:
    return (
        _begun(subject, issuer, key, signer, now, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )


def _issuer_key(signer: Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())


def _usage(**wanted: bool) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**(dict.fromkeys(every, False) | wanted))


def _issued(certificate: x509.Certificate, key: Key) -> Issued:
    return Issued(certificate.public_bytes(serialization.Encoding.DER), key)
