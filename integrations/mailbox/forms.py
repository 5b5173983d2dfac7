"""What may be typed about letters."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from integrations.mailbox.enums import State
from tickets.enums import Kind
from tickets.models import Ticket


class Admit(forms.Form):
    """Whose letter it is, and where it belongs."""

    person = forms.EmailField(
        label=gettext_lazy("Whose request is it?"),
        help_text=gettext_lazy("The address with which the person has an account here."),
    )
    ticket = forms.CharField(
        label=gettext_lazy("Answer in request"), required=False, max_length=20,
        help_text=gettext_lazy("Its number, as T-00017. Leave it empty for a new request."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind of the new request"), choices=Kind.choices)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_person(self) -> User:
        """Somebody with an account."""
        people = User.objects.get_queryset().visible_to(self.user).people()
        found: User | None = people.filter(email__iexact=self.cleaned_data["person"]).first()
        if found is None:
            raise forms.ValidationError(
                _("Nobody here has this address. The administrator can enter the person first.")
            )
        return found

    def clean_ticket(self) -> Ticket | None:
        """A request that whoever decides may see."""
        typed = self.cleaned_data["ticket"].strip().upper().removeprefix("T-")
        if not typed:
            return None
        number = int(typed) if typed.isdecimal() and len(typed) < 19 else 0
        found = Ticket.objects.visible_to(self.user).filter(pk=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no request with this number."))
        return found


class Discard(forms.Form):
    """Why nothing comes of it."""

    text = forms.CharField(label=gettext_lazy("Why does nothing come of it?"), max_length=500)


class ReadAgain(forms.Form):
    """Nothing to fill in: the button is the decision."""


class Filter(forms.Form):
    """Which letters a list shows."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["state"]
        field.choices = [("", _("Waiting for a decision")), ("all", _("All")), *State.choices]
