"""Who signs in the name of people: the one place at which another provider of certificates is put in.

`SIGNING_PROVIDER` names a class with this shape. The product's own is `approvals.authority.Internal`; one that speaks
with a certified Indonesian provider (PSrE; UU ITE art. 13, PP 71/2019 art. 60) is described in docs/guides/signing.md.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from approvals.enums import Level

if TYPE_CHECKING:
    from approvals.sealing import Hand, Trust


class Provider(Protocol):
    """What the product needs of whoever keeps the keys."""

    level: Level  # printed on the document

    def hand(self, person: User | None, *, now: datetime) -> "Hand":
        """The hand that signs for `person`, or seals for the product (None). It is asked once for each signature.

        May raise anything: the work stays queued and is tried again.
        """

    def trust(self, *, now: datetime) -> "Trust":
        """Under which certificates its signatures are believed, and what shows that none was revoked."""

    def known(self, *, now: datetime) -> "Trust":
        """The same for whoever checks a paper, had without a key: papers are checked also while nobody can sign.

        Lists of what was revoked may be missing where our own rows tell it.
        """


def provider() -> Provider:
    """The provider of this installation."""
    made: Provider = import_string(settings.SIGNING_PROVIDER)()
    return made
