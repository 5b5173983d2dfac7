"""What may be chosen about messages."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications import wishes
from notifications.enums import Kind, Letter

_EVERY = "every"
_HOURS = [(_EVERY, _("every full hour")), *((str(hour), f"{hour:02}:00") for hour in range(24))]


class Preferences(forms.Form):
    """For each kind of news: on the bell, and when as a letter. What nobody can switch off cannot be changed."""

    hour = forms.TypedChoiceField(
        label=_("When gathered letters leave"),
        choices=_HOURS,
        coerce=lambda chosen: None if chosen == _EVERY else int(chosen),
        help_text=_("In the time of your branch. Several messages arrive as one letter."),
        widget=forms.Select(attrs={"class": "short"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wishes = wishes.wishes(person)
        hour = wishes.digest_hour(person)
        self.fields["hour"].initial = _EVERY if hour is None else str(hour)
        for kind, wish in self.wishes.items():
            self.fields[f"bell_{kind}"] = forms.BooleanField(
                label=_("On the bell"), required=False, initial=wish.on_bell, disabled=wish.fixed
            )
            self.fields[f"letter_{kind}"] = forms.ChoiceField(
                label=_("By e-mail"), choices=Letter.choices, initial=wish.letter, disabled=wish.fixed
            )

    def rows(self) -> list[tuple[Promise | str, bool, BoundField, BoundField]]:
        """What it is about, whether it is fixed, and its two fields."""
        return [
            (kind.label, wish.fixed, self[f"bell_{kind}"], self[f"letter_{kind}"])
            for kind, wish in self.wishes.items()
        ]

    def wanted(self) -> dict[Kind, tuple[bool, Letter]]:
        """What was chosen, as the action takes it."""
        typed = self.cleaned_data
        return {kind: (typed[f"bell_{kind}"], Letter(typed[f"letter_{kind}"])) for kind in self.wishes}
