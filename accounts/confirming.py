"""The fields by which somebody confirms at a grave moment that it is really them; forms of any app build on them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actions import enrolled
from accounts.enums import Factor


class _Answer(forms.HiddenInput):
    """Where static/js/passkey.js puts the passkey's answer; one that was refused is not sent a second time."""

    def __init__(self) -> None:
        super().__init__(attrs={"data-passkey-answer": True})

    def format_value(self, value: Any) -> None:
        """Always empty."""


class Confirmed(forms.Form):
    """Whoever decides proves who they are once more: by passkey, by the code of their app, or by their password.

    A password is offered only to those who have no second factor and need none.
    """

    credential = forms.CharField(required=False, max_length=20_000, widget=_Answer)
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        max_length=200,
        required=False,
    )

    def __init__(self, *args: Any, user: Any, needs_factor: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.factors = enrolled(user)
        self.must_enrol = needs_factor and not self.factors
        self.fields["password"].required = not self.has_passkey
        if Factor.TOTP in self.factors:
            self.fields["password"].label = _("Code from your authenticator app")
            self.fields["password"].widget = forms.TextInput(
                attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}
            )
        elif self.factors or self.must_enrol:
            del self.fields["password"]

    @property
    def has_passkey(self) -> bool:
        """A passkey can be asked on this page."""
        return Factor.PASSKEY in self.factors

    @property
    def has_code(self) -> bool:
        """The code of an authenticator app can be typed."""
        return Factor.TOTP in self.factors

    def clean(self) -> dict[str, Any]:
        """One proof is enough, none is too little; what it is worth is seen by `accounts.actions.confirm`."""
        typed = super().clean() or {}
        if "password" in self.fields and not typed.get("password") and not typed.get("credential"):
            self.add_error("password", self.fields["password"].error_messages["required"])
        return typed
