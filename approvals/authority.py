"""The product's own provider: certificates and keys in PostgreSQL, the keys sealed with SIGNING_KEY."""

from datetime import datetime

from asn1crypto import keys, x509
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from accounts.models import User
from approvals import certificates
from approvals.actions import keys as actions
from approvals.certificates import Issued
from approvals.enums import Level, Rank
from approvals.models import Authority, Certificate
from approvals.sealing import Hand, Trust
from core import stamps


class Internal:
    """Signs with keys of our own: evidence within the house, not certified (UU ITE art. 11, PP 71/2019 art. 60)."""

    level = Level.NOT_CERTIFIED

    def hand(self, person: User | None, *, now: datetime) -> Hand:
        """The person's own certificate, issued with their first signature."""
        authorities = actions.authorities(now=now)
        issued = actions.certificate_for(person=person, now=now)
        signer = _signer(issued, *(authority.certificate for authority in authorities.values()))
        return Hand(signer, self.trust(now=now), now, stamps.authority())

    def trust(self, *, now: datetime) -> Trust:
        """Our root, the authority below it, and fresh revocation lists of both."""
        authorities = actions.authorities(now=now)
        root, issuing = authorities[Rank.ROOT], authorities[Rank.ISSUING]
        lists = (certificates.revocation_list(root, (), now=now), revocations(issuing, now=now))
        return Trust((root.certificate,), (issuing.certificate,), lists)


def revocations(issuing: Issued, *, now: datetime) -> bytes:
    """The list (DER) of every certificate of a person that was revoked."""
    rows = Certificate.objects.revoked().values_list("serial", "revoked_at")
    return certificates.revocation_list(issuing, [(s, at) for s, at in rows if at is not None], now=now)


def root_certificate() -> bytes | None:
    """Our root (PEM), for programs of others; None before the first signature."""
    row = Authority.objects.filter(rank=Rank.ROOT).first()
    return certificates.pem(bytes(row.certificate)) if row else None


def published_revocations(*, now: datetime) -> bytes | None:
    """The list that our certificates name; None before the first signature."""
    if not Authority.objects.filter(rank=Rank.ISSUING).exists():
        return None
    return revocations(actions.authorities(now=now)[Rank.ISSUING], now=now)


def _signer(issued: Issued, *chain: bytes) -> Signer:
    store = SimpleCertificateStore()
    store.register_multiple(map(x509.Certificate.load, chain))
    return SimpleSigner(
        x509.Certificate.load(issued.certificate), keys.PrivateKeyInfo.load(issued.key), store
    )
