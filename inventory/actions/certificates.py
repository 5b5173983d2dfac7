"""TLS certificates written down from their own file."""

import io
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Branch, User
from core.errors import NotPossible
from core.transitions import fire
from inventory import certificates
from inventory.actions.renewables import attach_document, keep_renewable, must_end_later
from inventory.certificates import Certificate, Unreadable
from inventory.enums import RenewableKind
from inventory.models import Renewable

_SAID = {
    "large": gettext_lazy("This file is too large for a certificate. Choose the certificate itself."),
    "key": gettext_lazy(
        "This file holds a private key. Nothing of it was kept. Send the certificate alone (.crt, .cer or .pem), and"
        " consider whether the key must be replaced now that it was sent."
    ),
    "many": gettext_lazy("There are too many certificates in this file. Send one with its chain."),
    "broken": gettext_lazy("No certificate could be read from this file. Send it as PEM or DER (.pem, .crt or .cer)."),
}  # fmt: skip


@transaction.atomic
def keep_certificate(
    *, file: BinaryIO, by: User, branch: Branch | None = None, responsible: User | None = None
) -> Renewable:
    """A certificate as its file tells it: for whom, by whom, for which names, until when. By IT staff of the branch.

    The file stays with it as a document, without anything but its certificates. Raises NotPossible for a file with a
    private key, for one without a certificate, and for a certificate that is written down already.
    """
    told = _told(file)
    _must_be_new(told, by)
    facts = _facts(told) | {"name": told.name[:150], "note": _note(told)}
    kept = keep_renewable(
        by=by, kind=RenewableKind.CERTIFICATE, branch=branch, responsible=responsible, **facts
    )
    return _with_file(kept, told, by)


@transaction.atomic
def renew_certificate(*, renewable: Renewable, file: BinaryIO, by: User) -> Renewable:
    """It goes on with the certificate of this file: another number, other names, a later end.

    Raises NotPossible as `keep_certificate` does, and for one that does not end later.
    """
    held = Renewable.objects.lock(renewable, "branch", "responsible")
    fire(held, "read", by=by)
    told = _told(file)
    _must_be_new(told, by)
    facts = _facts(told)
    must_end_later(held=held, ends_date=facts["ends_date"])
    return _with_file(keep_renewable(renewable=held, by=by, **facts), told, by)


def _told(file: BinaryIO) -> Certificate:
    try:
        return certificates.read(file.read(certificates.LARGEST + 1))
    except Unreadable as problem:
        raise NotPossible(str(_SAID[problem.why])) from None


def _must_be_new(told: Certificate, by: User) -> None:
    same = Renewable.objects.visible_to(by).active().filter(
        kind=RenewableKind.CERTIFICATE, reference=told.serial[:100], partner=told.issuer[:100]
    )  # fmt: skip
    if (known := same.first()) is not None:
        raise NotPossible(_("This certificate is written down already: %(name)s.") % {"name": known.name})


def _facts(told: Certificate) -> dict[str, Any]:
    return {
        "reference": told.serial[:100], "partner": told.issuer[:100], "host_names": "\n".join(told.names),
        "starts_date": _day(told.starts_at), "ends_date": _day(told.ends_at),
    }  # fmt: skip


def _day(at: datetime) -> Any:
    """The day at head office; what never ends ends on the last day that there is."""
    try:
        return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    except OverflowError:
        return at.date()


def _note(told: Certificate) -> str:
    """The subject in full, where the name does not say all of it."""
    return "" if told.subject in ("", told.name, f"CN={told.name}") else told.subject[:5000]


def _with_file(kept: Renewable, told: Certificate, by: User) -> Renewable:
    name = f"{told.name[:80]}.pem".replace("*", "_")
    attach_document(renewable=kept, uploads=[(name, io.BytesIO(told.pem))], by=by)
    return kept
