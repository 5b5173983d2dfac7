"""What people may choose about themselves."""

from django import forms
from django.conf import settings

from accounts.enums import Theme


class Preferences(forms.Form):
    """Language and appearance; either may be left as it is."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)
    theme = forms.ChoiceField(choices=Theme.choices, required=False)
