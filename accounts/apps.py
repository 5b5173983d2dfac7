"""People as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core.lazily import lazily

proofs, passkeys = lazily("accounts.proofs"), lazily("allauth.mfa.webauthn.forms")


class Accounts(AppConfig):
    """People, branches, roles, substitutes, robots, tokens."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """The library's own forms read a passkey's answer as carefully as ours; their kin share these fields."""
        for form in (passkeys.AddWebAuthnForm, passkeys.AuthenticateWebAuthnForm):
            form.base_fields["credential"].decoder = proofs.Numberless
