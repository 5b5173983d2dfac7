"""What a copy of the database must not show: sealed with a key derived from SIGNING_KEY, another for each purpose."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_SHORTEST = 32  # characters of SIGNING_KEY
_NONCE = 12  # bytes, as GCM wants them (NIST SP 800-38D)


class WrongKey(Exception):
    """SIGNING_KEY is not the one this was sealed with, or the sealed bytes were changed."""

    def __init__(self) -> None:
        super().__init__(
            "SIGNING_KEY is not the one that this key was sealed with. Set the former one again."
        )


def seal(content: bytes, *, purpose: str) -> bytes:
    """`content` encrypted (AES-256-GCM); only `unseal` with the same purpose opens it."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(purpose)).encrypt(nonce, content, purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """What `seal` was given. Raises WrongKey."""
    try:
        return AESGCM(_key(purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except (InvalidTag, ValueError):
        raise WrongKey from None


def require() -> None:
    """Raises ImproperlyConfigured when nothing could be sealed: an installation does not start without its key."""
    if len(settings.SIGNING_KEY) < _SHORTEST:
        raise ImproperlyConfigured(
            "SIGNING_KEY must be one long random text, and always the same: openssl rand -base64 48"
        )


def _key(purpose: str) -> bytes:
    """32 bytes for this purpose alone (HKDF, RFC 5869)."""
    require()
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"kumala", info=purpose.encode())
    return derive.derive(settings.SIGNING_KEY.encode())
