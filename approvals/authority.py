"""The product's own provider: certificates in PostgreSQL, keys beside them, sealed with SIGNING_KEY, or in a device."""

from datetime import datetime

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from accounts.models import User
from approvals import certificates
from approvals.actions import keys as actions
from approvals.certificates import Issued
from approvals.enums import Level, Rank
from approvals.models import Authority
from approvals.sealing import Hand, Trust
from core import stamps


class Internal:
    """Signs with keys of our own: evidence within the house, not certified (UU ITE art. 11, PP 71/2019 art. 60)."""

    level = Level.NOT_CERTIFIED

    def hand(self, person: User | None, *, now: datetime) -> Hand:
        """The person's own certificate, issued with their first signature."""
        authorities = actions.authorities(now=now)
        issued = actions.certificate_for(person=person, now=now)
        signer = Own(issued, *(authority.certificate for authority in authorities.values()))
        return Hand(signer, self.trust(now=now), now, stamps.authority())

    def trust(self, *, now: datetime) -> Trust:
        """Our root, the authority below it, and fresh revocation lists of both."""
        authorities = actions.authorities(now=now)
        root, issuing = authorities[Rank.ROOT], authorities[Rank.ISSUING]
        lists = (certificates.revocation_list(root, (), now=now), actions.revocations(now=now))
        return Trust((root.certificate,), (issuing.certificate,), lists)

    def known(self, *, now: datetime) -> Trust:
        """The same without lists, which need a key: what was revoked stands in our rows."""
        found = {row.rank: bytes(row.certificate) for row in Authority.objects.all()}
        roots, between = ([found[rank]] if rank in found else [] for rank in (Rank.ROOT, Rank.ISSUING))
        return Trust(tuple(roots), tuple(between))


def root_certificate() -> bytes | None:
    """Our root (PEM), for programs of others; None before the first signature."""
    row = Authority.objects.filter(rank=Rank.ROOT).first()
    return certificates.pem(bytes(row.certificate)) if row else None


class Own(Signer):
    """Signs with the key of `issued`, wherever it is; `chain` holds the certificates (DER) above it."""

    def __init__(self, issued: Issued, *chain: bytes) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(map(x509.Certificate.load, chain))
        super().__init__(signing_cert=x509.Certificate.load(issued.certificate), cert_registry=store)
        self._key = issued.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - the library's
        """The signature under `data`; in a dry run so many bytes as the longest has. Raises core.slot.Unreachable."""
        if dry_run:
            return bytes(_longest(self._key.key_size))
        return self._key.sign(data, ec.ECDSA(get_pyca_cryptography_hash(digest_algorithm)))


def _longest(bits: int) -> int:
    """Bytes of an ECDSA signature (RFC 3279, 2.2.3): two numbers, each perhaps with a sign byte, and their frame."""
    return 2 * (bits // 8 + 1 + 2) + 3
