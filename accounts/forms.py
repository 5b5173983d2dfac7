"""What people may choose and say about themselves."""

from datetime import timedelta
from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.enums import Scope, Theme
from accounts.models import User, office_date
from accounts.proofs import NONSENSE
from core import widgets


class Preferences(forms.Form):
    """Language and appearance; either may be left as it is."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)
    theme = forms.ChoiceField(choices=Theme.choices, required=False)


class Substitute(forms.Form):
    """Who acts for me, and when."""

    substitute = forms.ModelChoiceField(label=_("Who acts for you?"), queryset=User.objects.none())
    first = forms.DateField(label=_("From"), widget=widgets.Day, initial=office_date)
    last = forms.DateField(label=_("Until and including"), widget=widgets.Day)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Leave, travel, illness."))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = (
            User.objects.get_queryset().visible_to(user).people().exclude(pk=user.pk).order_by("name", "pk")
        )
        self.fields["substitute"].queryset = colleagues  # type: ignore[attr-defined]


class NewToken(forms.Form):
    """A key for a program that acts in my name."""

    name = forms.CharField(label=_("What is it for?"), max_length=60)
    scope = forms.ChoiceField(label=_("It may"), choices=Scope.choices, initial=Scope.READ)
    days = forms.IntegerField(
        label=_("Valid for so many days"), min_value=1, max_value=365, initial=90,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )  # fmt: skip

    def life(self) -> timedelta:
        """How long it is valid."""
        return timedelta(days=self.cleaned_data["days"])


class AddPasskey(AddWebAuthnForm):
    """A new passkey. The library answers nonsense with a sentence only where it makes a `TypeError`."""

    def clean(self) -> dict[str, Any]:
        """What the device says. Raises ValidationError for what no device would."""
        try:
            kept: dict[str, Any] = super().clean()
        except NONSENSE:
            said = _("This passkey cannot be read. Try again, or use another device.")
            raise forms.ValidationError(said) from None
        return kept
