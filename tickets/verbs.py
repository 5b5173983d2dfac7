"""What a person can do with a ticket, in the order of the buttons."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from events.verbs import Verb
from tickets import actions, forms
from tickets.enums import Priority


def _branch(ticket: Any, user: Any) -> dict[str, Any]:
    return {"branch_id": ticket.branch_id}


def _uploads(form: Any) -> list[tuple[str, Any]]:
    return [(file.name, file) for file in form.cleaned_data["attachments"]]


def _accept(thing: Any, form: Any, by: Any) -> Any:
    typed = form.cleaned_data
    return actions.accept(
        ticket=thing, priority=Priority(typed["priority"]), assignee=typed["assignee"],
        estimate_hours=typed["estimate_hours"], answer_text=typed["answer"], by=by,
    )  # fmt: skip


_ALL = [
    Verb(
        name="accept", move="accept", label=_("Accept"), submit=_("Accept the request"), icon="checks",
        form=forms.Accept, act=_accept, fill=_branch, why=_("You decide how urgent it is and who does it."),
    ),
    Verb(
        name="reject", move="reject", label=_("Reject"), submit=_("Reject the request"), icon="x", form=forms.Reason,
        act=lambda thing, form, by: actions.reject(ticket=thing, reason=form.cleaned_data["text"], by=by),
        why=_("The requester reads your reason; it counts as the answer."), style="danger",
    ),
    Verb(
        name="start", move="start", label=_("Start work"), submit=_("Start work"), icon="player-play",
        form=forms.Sure, act=lambda thing, _form, by: actions.start(ticket=thing, by=by),
        why=_("The requester sees that you are working on it."),
    ),
    Verb(
        name="hand-over", move="hand_over", label=_("Ask for a test"), submit=_("Ask the requester to test"),
        icon="user-check", form=forms.Reason,
        act=lambda thing, form, by: actions.hand_over(ticket=thing, text=form.cleaned_data["text"], by=by),
        why=_("Say what was done and how the requester can try it."),
    ),
    Verb(
        name="confirm", move="confirm", label=_("It works"), submit=_("Yes, it works"), icon="thumb-up",
        form=forms.Sure, act=lambda thing, _form, by: actions.confirm(ticket=thing, by=by),
        why=_("You have tried it and it is right. The request ends here."),
    ),
    Verb(
        name="send-back", move="send_back", label=_("Not right yet"), submit=_("Send it back"), icon="thumb-down",
        form=forms.Reason,
        act=lambda thing, form, by: actions.send_back(ticket=thing, text=form.cleaned_data["text"], by=by),
        why=_("Say what is not right yet."), style="danger",
    ),
    Verb(
        name="assign", move="assign", label=_("Give to somebody else"), submit=_("Give it over"), icon="user-share",
        form=forms.Assign, fill=_branch, style="plain",
        act=lambda thing, form, by: actions.assign(ticket=thing, assignee=form.cleaned_data["assignee"], by=by),
    ),
    Verb(
        name="estimate", move="estimate", label=_("Estimate"), submit=_("Keep the estimate"), icon="hourglass",
        form=forms.Estimate, style="plain", why=_("Above the limit of the SOP a development needs a BRM."),
        act=lambda thing, form, by: actions.estimate(ticket=thing, **form.cleaned_data, by=by),
    ),
    Verb(
        name="cancel", move="cancel", label=_("Withdraw"), submit=_("Withdraw the request"), icon="trash",
        form=forms.Sure, act=lambda thing, _form, by: actions.cancel(ticket=thing, by=by),
        why=_("Nobody will work on it any more."), style="danger",
    ),
    Verb(
        name="answer", move="answer", label=_("Write an answer"), submit=_("Send"), icon="message",
        form=forms.Answer, why=_("Everyone in the case reads it."), style="plain",
        act=lambda thing, form, by: actions.answer(
            ticket=thing, text=form.cleaned_data["text"], uploads=_uploads(form), by=by
        ),
    ),
    Verb(
        name="note", move="note", label=_("Internal note"), submit=_("Keep the note"), icon="note",
        form=forms.Note, why=_("Only IT reads it. It answers nobody and stops no clock."), style="plain",
        act=lambda thing, form, by: actions.note(
            ticket=thing, text=form.cleaned_data["text"], uploads=_uploads(form), by=by
        ),
    ),
]  # fmt: skip
VERBS = {verb.name: verb for verb in _ALL}
