"""What people may type about tickets."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF
from accounts.models import User
from core import widgets
from tickets.enums import Kind, Priority, Status


class What(forms.Form):
    """Step 1: what it is about, in a few words."""

    title = forms.CharField(
        label=_("In one line"), max_length=150, help_text=_("As you would say it on the telephone.")
    )
    description = forms.CharField(
        label=_("Tell us more"), max_length=20000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What did you do, what did you expect, what happened?"),
    )  # fmt: skip


class Trouble(forms.Form):
    """Step 2 of a repair."""

    impact = forms.ChoiceField(
        label=_("Who cannot work?"),
        choices=[("me", _("Only I")), ("some", _("Several of us")), ("branch", _("The whole branch"))],
        widget=widgets.Cards(short=True),
    )
    place = forms.CharField(
        label=_("Which device or application?"), max_length=150, required=False,
        help_text=_("The number on its sticker, if it has one."),
    )  # fmt: skip


class DataUpdate(forms.Form):
    """Step 2 of a data update."""

    application = forms.CharField(label=_("Which application?"), max_length=100)
    before = forms.CharField(
        label=_("How is it now?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    after = forms.CharField(
        label=_("How should it be?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class Development(forms.Form):
    """Step 2 of a development."""

    application = forms.CharField(
        label=_("Which application?"),
        max_length=100,
        required=False,
        help_text=_("Leave it empty if it does not exist yet."),
    )
    benefit = forms.CharField(
        label=_("What does it save or bring?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Hours per month, money, fewer mistakes: a guess is enough."),
    )  # fmt: skip
    wanted_date = forms.DateField(label=_("Wanted by"), required=False, widget=widgets.Day)

    def clean(self) -> dict[str, Any]:
        """The date travels as ISO text: drafts are JSON."""
        typed = super().clean() or {}
        if typed.get("wanted_date"):
            typed["wanted_date"] = typed["wanted_date"].isoformat()
        return typed


class Files(forms.Form):
    """Step 3: files, and a last look."""

    attachments = widgets.FilesField(
        label=_("Photos or files"), required=False,
        help_text=format_lazy(
            _("Pictures, PDF, office documents, ZIP or plain text, at most {limit} MB each."),
            limit=settings.UPLOAD_LIMIT_MB,
        ),
    )  # fmt: skip


DETAILS: dict[str, type[forms.Form]] = {
    Kind.TROUBLESHOOTING: Trouble,
    Kind.DATA_UPDATE: DataUpdate,
    Kind.DEVELOPMENT: Development,
}


def it_staff(branch_id: int | None) -> Any:
    """The people a ticket of this branch can be given to."""
    return User.objects.get_queryset().holding(*IT_STAFF, branch_id=branch_id)


class Accept(forms.Form):
    """The IT Manager's decision."""

    priority = forms.ChoiceField(
        label=_("Priority"),
        choices=Priority.choices,
        widget=widgets.Cards(
            icons={"high": "chevrons-up", "medium": "chevron-up", "low": "chevron-down"}, short=True
        ),
    )
    assignee = forms.ModelChoiceField(label=_("Who does it?"), queryset=User.objects.none())
    estimate_hours = forms.DecimalField(
        label=_("Estimate in hours"), min_value=0, max_value=10000, max_digits=7, decimal_places=2, required=False,
        help_text=_("Above the limit of the SOP a development needs a BRM."),
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("Answer to the requester"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your first answer stops the two-hour clock; accepting alone does not."),
    )  # fmt: skip

    def __init__(self, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = it_staff(branch_id)  # type: ignore[attr-defined]


class Assign(forms.Form):
    """Somebody else does it."""

    assignee = forms.ModelChoiceField(label=_("Who does it?"), queryset=User.objects.none())

    def __init__(self, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = it_staff(branch_id)  # type: ignore[attr-defined]


class Estimate(forms.Form):
    """A new estimate."""

    hours = forms.DecimalField(
        label=_("Estimate in hours"), min_value=0, max_value=10000, max_digits=7, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why does it change?"), max_length=500, required=False)


class Reason(forms.Form):
    """A sentence that the other side reads."""

    text = forms.CharField(label=_("Your words"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""


class Answer(forms.Form):
    """Something written to everyone in the case."""

    text = forms.CharField(label=_("Your answer"), max_length=20000, widget=forms.Textarea(attrs={"rows": 4}))
    attachments = widgets.FilesField(label=_("Files"), required=False)


class Note(forms.Form):
    """Something written among IT."""

    text = forms.CharField(
        label=_("Internal note"), max_length=20000, widget=forms.Textarea(attrs={"rows": 3})
    )
    attachments = widgets.FilesField(label=_("Files"), required=False)


class Filter(forms.Form):
    """What a list shows; every choice is part of its address."""

    q = forms.CharField(label=_("Words or number"), required=False, max_length=100)
    status = forms.ChoiceField(label=_("Status"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Kind.choices], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [("", _("All that are open")), ("all", _("All")), *Status.choices]  # type: ignore[attr-defined]
