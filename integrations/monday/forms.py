"""What may be typed about the mirror."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from integrations.monday.enums import NewItems, Plan


class Settings(forms.Form):
    """What an administrator sets."""

    is_active = forms.BooleanField(label=_("Mirror requests on monday.com"), required=False)
    plan = forms.ChoiceField(
        label=_("Plan"), choices=[("", _("As the installation says")), *Plan.choices], required=False,
        help_text=_("It decides how many calls a day may be spent."),
    )  # fmt: skip
    new_items = forms.ChoiceField(
        label=_("What becomes of a card that somebody makes by hand?"),
        choices=NewItems.choices,
        widget=forms.RadioSelect,
    )
    mirrors_answers = forms.BooleanField(label=_("Show public answers below the card"), required=False)
    token = forms.CharField(
        label=_("Token"), required=False, max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Of a user of monday.com made for this. It is kept encrypted and never shown again."
            " Empty: the one that is kept stays."
        ),
    )  # fmt: skip
    forget_token = forms.BooleanField(label=_("Forget the token that is kept"), required=False)

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        typed = dict(self.cleaned_data)
        token, forget = typed.pop("token"), typed.pop("forget_token")
        return typed | {"token": token or ("" if forget else None)}


class Person(forms.Form):
    """Whose account on monday.com it is."""

    user = forms.ModelChoiceField(
        label=_("Person here"), queryset=User.objects.get_queryset().people().order_by("name", "pk")
    )
    monday_id = forms.CharField(
        label=_("Number on monday.com"), max_length=30, required=False,
        help_text=_("It stands at the end of the address of the person's profile there. Empty: nobody."),
    )  # fmt: skip


class Place(forms.Form):
    """Which board: one that is there, or a new one."""

    board_id = forms.RegexField(
        r"^\d{1,20}$",
        label=_("Number of the board"),
        required=False,
        help_text=_("It stands in its address, behind /boards/. Empty: a new board is made."),
        error_messages={"invalid": _("The number of a board has digits only.")},
    )
    title = forms.CharField(label=_("Name of a new board"), max_length=100, required=False)

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        typed = self.cleaned_data
        new = {"title": typed["title"]} if typed["title"] else {}
        return {"board_id": typed["board_id"], "anew": not typed["board_id"], **new}


class Adopt(forms.Form):
    """Whose request a card is that somebody unknown made."""

    requester = forms.EmailField(
        label=_("Whose request is it?"), help_text=_("The address with which the person has an account here.")
    )

    def clean_requester(self) -> User:
        """Somebody with an account."""
        people = User.objects.get_queryset().people().filter(is_active=True)
        found: User | None = people.filter(email__iexact=self.cleaned_data["requester"]).first()
        if found is None:
            raise forms.ValidationError(
                _("Nobody here has this address. The administrator can enter the person first.")
            )
        return found
