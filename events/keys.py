"""Keys of the seals: Ed25519 (RFC 8032); the private half leaves the database only when SIGNING_KEY opens it."""

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core import secrets

if TYPE_CHECKING:
    from events.models import SealKey

_PURPOSE = "events.seal"


def pair() -> tuple[str, bytes]:
    """A new key: its public half in hexadecimal, its private half sealed."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw().hex()
    return public, secrets.seal(private.private_bytes_raw(), purpose=_PURPOSE)


def sign(key: "SealKey", text: str) -> str:
    """The signature under `text`, in hexadecimal. Raises core.secrets.WrongKey."""
    return _private(key).sign(text.encode()).hex()


def is_ours(key: "SealKey") -> bool:
    """Was it made by this product? Whoever writes a key of their own into the table cannot seal it with SIGNING_KEY."""
    try:
        return _private(key).public_key().public_bytes_raw().hex() == key.public
    except (secrets.WrongKey, ValueError):
        return False


def is_signed(text: str, *, signature: str, public: str) -> bool:
    """Is it the signature of this key under this text?"""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(signature), text.encode()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(key: "SealKey") -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secrets.unseal(bytes(key.secret), purpose=_PURPOSE))
