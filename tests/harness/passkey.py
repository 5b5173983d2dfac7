"""A passkey in software: what a device would answer in the ceremonies of WebAuthn (Level 2), honest or not."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User

HOST = "testserver"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """One key on one device, for one person."""

    owner: User
    host: str = HOST
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: bytes = field(default_factory=lambda: os.urandom(16))

    def enrol(self) -> "Passkey":
        """Set up under "Second factor" of its owner."""
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(b"\0" * 16, self.name, public)
        seen = AuthenticatorData.create(self._site(), _PRESENT | _VERIFIED | _ATTESTED, 0, data)
        told = AttestationObject.create("none", seen, {})
        client = CollectedClientData.create("webauthn.create", b"\0" * 32, f"http://{self.host}")
        credential = {
            "id": websafe_encode(self.name), "rawId": websafe_encode(self.name), "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(bytes(told)),
            },
            "clientExtensionResults": {},
        }  # fmt: skip
        Authenticator.objects.create(
            user=self.owner,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Telephone", "credential": credential},
        )
        return self

    def answer(self, options: dict[str, Any], *, verified: bool = True, origin: str = "") -> dict[str, Any]:
        """What the device says to the options of the ceremony, signed."""
        flags = _PRESENT | (_VERIFIED if verified else 0)
        seen = AuthenticatorData.create(self._site(), flags, 0)
        client = json.dumps(
            {
                "type": "webauthn.get",
                "challenge": options["publicKey"]["challenge"],
                "origin": origin or f"http://{self.host}",
            }
        ).encode()
        signed = self.key.sign(bytes(seen) + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": websafe_encode(self.name), "rawId": websafe_encode(self.name), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(bytes(seen)),
                "signature": websafe_encode(signed), "userHandle": None,
            },
        }  # fmt: skip

    def _site(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()
