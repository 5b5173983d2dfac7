"""What IT can do with a letter that was set aside."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from events.verbs import Verb
from integrations.mailbox import actions, forms
from tickets.enums import Kind


def _who(message: Any, user: Any) -> dict[str, Any]:
    known = message.person.email if message.person else ""
    number = message.ticket.number if message.ticket and not message.ticket.has_ended else ""
    return {"user": user, "initial": {"person": known, "ticket": number}}


def _admit(message: Any, form: Any, by: Any) -> Any:
    typed = form.cleaned_data
    return actions.admit(
        message=message, person=typed["person"], ticket=typed["ticket"], kind=Kind(typed["kind"]), by=by
    )


_ALL = [
    Verb(
        name="admit", move="admit", label=_("Take it in"), submit=_("Take it in"), icon="mail-check",
        form=forms.Admit, act=_admit, fill=_who,
        why=_("You say who wrote it. A new request begins at the time when the letter was received."),
        done=_("It was taken in."),
    ),
    Verb(
        name="read-again", move="read_again", label=_("Read it again"), submit=_("Read it again"), icon="refresh",
        form=forms.ReadAgain, act=lambda message, _form, by: actions.read_again(message=message, by=by),
        why=_("What stood in its way may be gone: an account, an admitted domain, a limit."), style="plain",
        done=_("It will be read again in a moment."),
    ),
    Verb(
        name="discard", move="discard", label=_("Throw it away"), submit=_("Throw it away"), icon="trash",
        form=forms.Discard, style="danger",
        act=lambda message, form, by: actions.discard(message=message, reason=form.cleaned_data["text"], by=by),
        why=_("No request comes of it. The letter itself is kept, and your reason with it."),
        done=_("Nothing will come of it."),
    ),
]  # fmt: skip
VERBS = {verb.name: verb for verb in _ALL}
