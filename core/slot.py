"""Private keys in a device (PKCS#11): made in there, used in there, never read out.

Used where `SLOT_MODULE` names the library of a device; softhsm2 is one made of software. The device does not follow a
fork, so each process opens a session of its own when it first needs one, and another after a failure.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import unquote_to_bytes

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.lazily import lazily

if TYPE_CHECKING:
    import pkcs11
    from asn1crypto import core as asn1
    from pkcs11 import Session, SignMixin
else:
    asn1, pkcs11 = lazily("asn1crypto.core"), lazily("pkcs11")

_MARK = 16  # bytes by which a key is found again (CKA_ID)
_REFERENCE = b"pkcs11:id="  # RFC 7512
_CURVES = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34"}
_one_at_a_time = threading.RLock()
_sessions: dict[int, "Session"] = {}  # by process
_refused: set[str] = set()  # PINs that the device did not take: a few more tries would lock it


class Unreachable(Exception):
    """The device does not do what is asked of it now; what wanted it waits and asks again."""


class SlotKey(ec.EllipticCurvePrivateKey):
    """A private key of which only the mark and the public half are known out here. Raises Unreachable."""

    def __init__(self, mark: bytes, public: ec.EllipticCurvePublicKey) -> None:
        self.mark, self._public = mark, public

    @property
    def reference(self) -> bytes:
        """What is kept in place of the key (RFC 7512)."""
        return _REFERENCE + "".join(f"%{byte:02x}" for byte in self.mark).encode()

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """The signature (DER) of the device under `data`; only the hash of it goes there."""
        assert isinstance(signature_algorithm.algorithm, hashes.HashAlgorithm)
        digest = hashes.Hash(signature_algorithm.algorithm)
        digest.update(data)
        with _session() as session:
            key = cast("SignMixin", session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=self.mark))
            signed = key.sign(digest.finalize(), mechanism=pkcs11.Mechanism.ECDSA)
        half = len(signed) // 2
        return encode_dss_signature(int.from_bytes(signed[:half]), int.from_bytes(signed[half:]))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The half that everybody may have."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """As that of the public half."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits."""
        return self._public.key_size

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        """Refused: it signs, and does nothing else."""
        _stays_inside()

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        """Refused."""
        _stays_inside()

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,  # noqa: A002 - the name is the library's
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> bytes:
        """Refused."""
        _stays_inside()

    def __copy__(self) -> "SlotKey":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "SlotKey":
        return self


def is_used() -> bool:
    """Are new keys made in a device?"""
    return bool(settings.SLOT_MODULE)


def make(curve: ec.EllipticCurve, *, label: str) -> SlotKey:
    """A new key, born in the device and bound to it; `label` is for those who look after the device.

    Raises Unreachable.
    """
    mark, attribute = os.urandom(_MARK), pkcs11.Attribute
    shape = {attribute.EC_PARAMS: asn1.ObjectIdentifier(_CURVES[curve.name]).dump()}
    with _session() as session:
        domain = session.create_domain_parameters(pkcs11.KeyType.EC, shape, local=True)
        public, _private = domain.generate_keypair(
            id=mark, label=label, store=True, capabilities=pkcs11.MechanismFlag.SIGN,
            private_template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        )  # fmt: skip
        point = asn1.OctetString.load(public[attribute.EC_POINT]).native
    return SlotKey(mark, ec.EllipticCurvePublicKey.from_encoded_point(curve, point))


def key_of(reference: bytes, public: ec.EllipticCurvePublicKey) -> SlotKey | None:
    """The key that was kept under this reference; None for what is no reference."""
    if not reference.startswith(_REFERENCE):
        return None
    return SlotKey(unquote_to_bytes(reference.removeprefix(_REFERENCE)), public)


def require() -> None:
    """Raises ImproperlyConfigured when the settings name a device only by half."""
    if not is_used():
        return
    if not Path(settings.SLOT_MODULE).is_file():
        raise ImproperlyConfigured(f"SLOT_MODULE names no file: {settings.SLOT_MODULE}")
    if not (settings.SLOT_TOKEN and settings.SLOT_PIN):
        raise ImproperlyConfigured("SLOT_MODULE needs SLOT_TOKEN, the label of the token, and SLOT_PIN.")


@contextmanager
def _session() -> Iterator["Session"]:
    """The session of this process, for one caller at a time; after a failure the next caller gets a new one."""
    if not is_used():
        raise Unreachable("This key is in a device, and SLOT_MODULE does not say in which. Set it again.")
    with _one_at_a_time:
        try:
            yield _sessions.get(os.getpid()) or _opened()
        except pkcs11.PKCS11Error as problem:
            _forget()
            raise Unreachable(_told(problem)) from problem


def _opened() -> "Session":
    if settings.SLOT_PIN in _refused:
        raise Unreachable("The device does not take SLOT_PIN. Set the right one, and start again.")
    module = pkcs11.lib(settings.SLOT_MODULE)
    module.reinitialize()  # what it knows may be from before a fork, or before the device was away
    token = module.get_token(token_label=settings.SLOT_TOKEN)
    try:
        session = token.open(rw=True, user_pin=settings.SLOT_PIN)
    except pkcs11.PinIncorrect:
        _refused.add(settings.SLOT_PIN)
        raise
    _sessions.clear()
    _sessions[os.getpid()] = session
    return session


def _forget() -> None:
    session = _sessions.pop(os.getpid(), None)
    if session is not None:
        with suppress(pkcs11.PKCS11Error):
            session.close()


def _told(problem: "pkcs11.PKCS11Error") -> str:
    name = type(problem).__name__
    return f"The device of {settings.SLOT_MODULE}, token {settings.SLOT_TOKEN!r}: {name} {problem}".strip()


def _stays_inside() -> NoReturn:
    raise TypeError("This key is in a device: it signs there, and never leaves it.")
