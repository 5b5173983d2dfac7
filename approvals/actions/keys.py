"""The product's own certificates: made when first needed, each once; revoked for a reason.

A private key lies sealed in its column, or in a device; then the column holds, sealed too, by which mark it is found.
"""

import logging
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actions import robot
from accounts.enums import Role
from accounts.models import User
from approvals import certificates
from approvals.certificates import Issued, Key
from approvals.enums import ApprovalEvent, Rank
from approvals.models import Authority, Certificate, RevocationList
from core import locks, secrets, slot
from core.errors import PermissionDenied
from events import actions as events
from events.enums import Audience

LIFE_DAYS = 3 * 365  # of a person's certificate
RENEW_DAYS = 30  # before it ends
LIST_AGAIN = timedelta(days=1)  # well before the last one runs out
_PURPOSE = "approvals.key"
log = logging.getLogger(__name__)


def authorities(*, now: datetime) -> dict[Rank, Issued]:
    """The root and the issuing authority; made with the first signature of the installation."""
    found = _authorities()
    return found if len(found) == len(Rank) else _make_authorities(now)


@transaction.atomic
def _make_authorities(now: datetime) -> dict[Rank, Issued]:
    locks.wait_for("approvals.authority")
    if found := _authorities():  # somebody was quicker
        return found
    root = certificates.root(_made(certificates.ROOT_CURVE, "Kumala ITSM Root"), now=now)
    issuing = certificates.issuing(_made(certificates.CURVE, "Kumala ITSM Signatures"), root, now=now)
    made = {Rank.ROOT: root, Rank.ISSUING: issuing}
    Authority.objects.bulk_create(
        Authority(rank=rank, certificate=issued.certificate, key=_sealed(issued.key))
        for rank, issued in made.items()
    )
    by = robot("approvals")
    events.record(ApprovalEvent.AUTHORITY_MADE, by, by=by, audience=Audience.STAFF, serial=root.serial)
    return made


def certificate_for(*, person: User | None, now: datetime) -> Issued:
    """What `person` signs with, or the product seals with (None): issued when there is none, before it ends, when the
    name has changed, and when keys are in a device now and this one is not."""
    if found := _usable(person, now):
        return found
    return _issue(person, now)


@transaction.atomic
def _issue(person: User | None, now: datetime) -> Issued:
    locks.wait_for("approvals.certificate", person.pk if person else 0)
    if found := _usable(person, now):
        return found
    mark = f"K{person.pk if person else 0:06d}"
    issued = certificates.personal(
        _made(certificates.CURVE, mark), authorities(now=now)[Rank.ISSUING], name=_name(person), mark=mark,
        lists=settings.BASE_URL + reverse("verify:revocations"), now=now, days=LIFE_DAYS,
    )  # fmt: skip
    Certificate.objects.create(
        person=person, serial=issued.serial, certificate=issued.certificate, key=_sealed(issued.key),
        issued_at=now, expires_at=now + timedelta(days=LIFE_DAYS),
    )  # fmt: skip
    by = robot("approvals")
    events.record(
        ApprovalEvent.CERTIFICATE_ISSUED, person or by, by=by, audience=Audience.STAFF, serial=issued.serial
    )
    return issued


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """From now on the certificate signs nothing; what it signed before stays valid. Revoking twice changes nothing.

    `reason` is at most 200 characters. Raises PermissionDenied for anyone but administrators.
    """
    if not by.holds(Role.ADMINISTRATOR):
        raise PermissionDenied
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoked_reason = timezone.now(), reason.strip()[:200]
        certificate.save(update_fields=["revoked_at", "revoked_reason"])
        events.record(
            ApprovalEvent.CERTIFICATE_REVOKED, certificate.person or by, by=by, audience=Audience.STAFF,
            serial=certificate.serial, reason=certificate.revoked_reason,
        )  # fmt: skip
    return certificate


def revocations(*, now: datetime) -> bytes:
    """A fresh list (DER) of every certificate of a person that was revoked. Raises core.slot.Unreachable."""
    rows = Certificate.objects.revoked().values_list("serial", "revoked_at")
    issuing = authorities(now=now)[Rank.ISSUING]
    return certificates.revocation_list(issuing, [(s, at) for s, at in rows if at is not None], now=now)


def published_revocations(*, now: datetime) -> bytes | None:
    """The list that our certificates name; None before the first signature, and while none was ever made.

    Asked for by anybody, so the key is used only for what has changed; while it is out of reach, the last list counts.
    """
    newest = RevocationList.objects.newest()
    if newest is not None and _says_all(newest, now):
        return bytes(newest.content)
    if not Authority.objects.exists():
        return None
    try:
        return revocations(now=now)
    except (slot.Unreachable, secrets.WrongKey):
        return None if newest is None else bytes(newest.content)


def publish_revocations() -> bool:
    """Keep a new list when the last one is a day old or names too few; True when one was made.

    A device that is away is asked again with the next ring; until then the last list counts.
    """
    now, newest = timezone.now(), RevocationList.objects.newest()
    if not Authority.objects.exists() or (newest is not None and _says_all(newest, now)):
        return False
    try:
        RevocationList.objects.create(content=revocations(now=now), made_at=now)
    except (slot.Unreachable, secrets.WrongKey) as problem:
        log.warning("No new list of revoked certificates: %s", problem)
        return False
    return True


def _says_all(newest: RevocationList, now: datetime) -> bool:
    """Made within the day, and nothing was revoked since."""
    later = Certificate.objects.revoked().filter(revoked_at__gt=newest.made_at)
    return newest.made_at > now - LIST_AGAIN and not later.exists()


def _usable(person: User | None, now: datetime) -> Issued | None:
    """The newest certificate, if it counts for a while and still bears the name."""
    row = Certificate.objects.filter(person=person).order_by("-pk").first()
    if row is None or row.revoked_at or row.expires_at < now + timedelta(days=RENEW_DAYS):
        return None
    issued = _issued(row)
    if slot.is_used() and not isinstance(issued.key, slot.SlotKey):
        return None
    return issued if certificates.bears(issued.certificate, _name(person)) else None


def _authorities() -> dict[Rank, Issued]:
    return {Rank(row.rank): _issued(row) for row in Authority.objects.order_by("pk")}


def _issued(row: Authority | Certificate) -> Issued:
    """The certificate and its key; one in a device is not looked for before it signs. Raises core.secrets.WrongKey."""
    certificate = bytes(row.certificate)
    kept = secrets.unseal(bytes(row.key), purpose=_PURPOSE)
    public = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    key = slot.key_of(kept, public) or serialization.load_der_private_key(kept, password=None)
    assert isinstance(key, Key)
    return Issued(certificate, key)


def _made(curve: ec.EllipticCurve, label: str) -> Key:
    return slot.make(curve, label=label) if slot.is_used() else ec.generate_private_key(curve)


def _name(person: User | None) -> str:
    return person.name if person else "Kumala ITSM"


def _sealed(key: Key) -> bytes:
    if isinstance(key, slot.SlotKey):
        return secrets.seal(key.reference, purpose=_PURPOSE)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secrets.seal(der, purpose=_PURPOSE)
