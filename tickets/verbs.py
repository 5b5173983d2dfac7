"""What a person can do with a ticket, in the order of the buttons."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from events.verbs import Verb
from tickets import actions, forms, hooks
from tickets.enums import Kind, Priority, TieKind


def _branch(ticket: Any, user: Any) -> dict[str, Any]:
    return {"branch_id": ticket.branch_id}


def _user(ticket: Any, user: Any) -> dict[str, Any]:
    return {"user": user}


def _both(ticket: Any, user: Any) -> dict[str, Any]:
    return {"ticket": ticket, "user": user}


def _days(ticket: Any, user: Any) -> dict[str, Any]:
    return {"initial": {"start_date": ticket.start_date, "finish_date": ticket.finish_date}}


def _kind(ticket: Any, user: Any) -> dict[str, Any]:
    return {"initial": {"kind": ticket.kind}}


def _urgency(ticket: Any, user: Any) -> dict[str, Any]:
    return {"initial": {"priority": ticket.priority}}


def _accept(thing: Any, form: Any, by: Any) -> Any:
    typed = dict(form.cleaned_data)
    return actions.accept(
        ticket=thing,
        priority=Priority(typed.pop("priority")),
        answer_text=typed.pop("answer"),
        **typed,
        by=by,
    )


def _split(thing: Any, form: Any, by: Any) -> Any:
    typed = dict(form.cleaned_data)
    files = list(typed.pop("attachments", []))
    return actions.split(ticket=thing, kind=Kind(typed.pop("kind")), **typed, files=files, by=by)


def _shown(act: Any) -> Any:
    """An act that takes words and files."""
    return lambda thing, form, by: act(
        ticket=thing, text=form.cleaned_data["text"], uploads=form.uploads, by=by
    )


def _tie(thing: Any, form: Any, by: Any) -> Any:
    typed = form.cleaned_data
    return actions.tie(ticket=thing, other=typed["other"], kind=TieKind(typed["kind"]), by=by)


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
        name="take", move="take", label=_("Take it on"), submit=_("I take it on"), icon="hand-grab",
        form=forms.Sure, act=lambda thing, _form, by: actions.take(ticket=thing, by=by),
        why=_("Your team was asked for help. From now on you do it."),
    ),
    Verb(
        name="start", move="start", label=_("Start work"), submit=_("Start work"), icon="player-play",
        form=forms.Sure, act=lambda thing, _form, by: actions.start(ticket=thing, by=by),
        why=_("The requester sees that you are working on it."),
    ),
    Verb(
        name="hand-over", move="hand_over", label=_("Ask for a test"), submit=_("Ask the requester to test"),
        icon="user-check", form=forms.Shown, act=_shown(actions.hand_over),
        why=_("Say what was done and how the requester can try it."),
    ),
    Verb(
        name="confirm", move="confirm", label=_("It works"), submit=_("Yes, it works"), icon="thumb-up",
        form=forms.Sure, act=lambda thing, _form, by: actions.confirm(ticket=thing, by=by),
        why=_("You have tried it and it is right. The request ends here."),
    ),
    Verb(
        name="send-back", move="send_back", label=_("Not right yet"), submit=_("Send it back"), icon="thumb-down",
        form=forms.Shown, act=_shown(actions.send_back), why=_("Say what is not right yet."), style="danger",
    ),
    Verb(
        name="rate", move="rate", label=_("How was it?"), submit=_("Tell us"), icon="star", form=forms.Rate,
        act=lambda thing, form, by: actions.rate(ticket=thing, **form.cleaned_data, by=by),
        why=_("We ask once. Whoever worked on it and the IT Manager read it."), done=_("Thank you for telling us."),
    ),
    Verb(
        name="reopen", move="reopen", label=_("It came back"), submit=_("Open it again"), icon="rotate-2",
        form=forms.Reason, style="plain", why=_("Say what happened again. Whoever worked on it reads it at once."),
        act=lambda thing, form, by: actions.reopen(ticket=thing, text=form.cleaned_data["text"], by=by),
    ),
    Verb(
        name="ask-back", move="ask_back", label=_("Ask the requester"), submit=_("Ask"), icon="message-question",
        form=forms.Reason, style="plain",
        act=lambda thing, form, by: actions.ask_back(ticket=thing, text=form.cleaned_data["text"], by=by),
        why=_("It counts as an answer. Until the requester writes, the page says whom it waits for."),
    ),
    Verb(
        name="assign", move="assign", label=_("Give to somebody else"), submit=_("Give it over"), icon="user-share",
        form=forms.Assign, fill=_branch, style="plain", more=True,
        act=lambda thing, form, by: actions.assign(ticket=thing, assignee=form.cleaned_data["assignee"], by=by),
    ),
    Verb(
        name="prioritise", move="prioritise", label=_("Change the priority"), submit=_("Change the priority"),
        icon="flag", form=forms.Prioritise, fill=_urgency, style="plain", more=True,
        act=lambda thing, form, by: actions.prioritise(
            ticket=thing, priority=Priority(form.cleaned_data["priority"]), reason=form.cleaned_data["reason"], by=by,
        ),
        why=_("Requester and worker are told, with your reason."),
    ),
    Verb(
        name="reclassify", move="reclassify", label=_("Change the kind"), submit=_("Change the kind"),
        icon="switch-horizontal", form=forms.Reclassify, fill=_kind, style="plain", more=True,
        act=lambda thing, form, by: actions.reclassify(
            ticket=thing, kind=Kind(form.cleaned_data["kind"]), reason=form.cleaned_data["reason"], by=by,
        ),
        why=_("Its two hours go on, what was written stays, and the requester reads your reason."),
    ),
    Verb(
        name="escalate", move="escalate", label=_("Ask experts"), submit=_("Hand it to the experts"),
        icon="users-group", form=forms.Escalate, fill=_branch, style="plain", more=True,
        act=lambda thing, form, by: actions.escalate(ticket=thing, **form.cleaned_data, by=by),
        why=_("What the SOP does not solve goes to a team that can (SOP-B4.3.2). It stays with you until then."),
    ),
    Verb(
        name="plan", move="plan", label=_("Plan the days"), submit=_("Keep the plan"), icon="calendar", form=forms.Plan,
        fill=_days, style="plain", more=True, why=_("The requester sees from when to when it is worked on."),
        warns=lambda thing, user: hooks.known_plans.ask(thing.kind, ticket=thing, user=user) or [],
        act=lambda thing, form, by: actions.plan(ticket=thing, **form.cleaned_data, by=by),
    ),
    Verb(
        name="estimate", move="estimate", label=_("Estimate"), submit=_("Keep the estimate"), icon="hourglass",
        form=forms.Estimate, style="plain", why=_("Above the limit of the SOP a development needs a BRM."), more=True,
        act=lambda thing, form, by: actions.estimate(ticket=thing, **form.cleaned_data, by=by),
    ),
    Verb(
        name="merge", move="merge", label=_("Join with another request"), submit=_("Join them"), icon="arrows-join",
        form=forms.Older, fill=_both, style="plain", more=True,
        act=lambda thing, form, by: actions.merge(ticket=thing, into=form.cleaned_data["other"], by=by),
        why=_("This one asks for the same as an older one. It ends here and goes on there; nobody sees more by that."),
    ),
    Verb(
        name="split", move="split", label=_("Make a request of a part"), submit=_("Make a request of it"),
        icon="arrows-split", form=forms.Split, act=_split, fill=_both, style="plain", more=True,
        why=_("It goes to the IT Manager like every request, and its two hours begin now."),
        done=_("The part is a request of its own now and waits for the IT Manager."),
    ),
    Verb(
        name="adopt", move="adopt", label=_("Make it part of another request"), submit=_("Make it a part"),
        icon="sitemap", form=forms.Other, fill=_both, style="plain", more=True,
        act=lambda thing, form, by: actions.adopt(ticket=thing, parent=form.cleaned_data["other"], by=by),
        why=_("The whole is tested when all its parts have ended."),
    ),
    Verb(
        name="disown", move="adopt", label=_("Take it out of its whole"), submit=_("Take it out"), icon="sitemap-off",
        form=forms.Sure, act=lambda thing, _form, by: actions.disown(ticket=thing, by=by), style="plain", more=True,
        why=_("It goes on by itself."),
    ),
    Verb(
        name="tie", move="tie", label=_("Link with another request"), submit=_("Link them"), icon="link",
        form=forms.Tie, act=_tie, fill=_both, style="plain", more=True,
        why=_("Whoever sees both finds one from the other."),
    ),
    Verb(
        name="untie", move="tie", label=_("Take a link away"), submit=_("Take it away"), icon="unlink",
        form=forms.Untie, fill=_both, style="plain", more=True,
        act=lambda thing, form, by: actions.untie(ticket=thing, other=form.cleaned_data["other"], by=by),
    ),
    Verb(
        name="name-asset", move="tie", label=_("Name an asset"), submit=_("It is about this one"), icon="devices",
        form=forms.NameAsset, fill=_user, style="plain", more=True,
        act=lambda thing, form, by: actions.name_asset(ticket=thing, asset=form.cleaned_data["asset"], by=by),
        why=_("The request stands on the page of the asset, and counts among what breaks often."),
    ),
    Verb(
        name="unname-asset", move="tie", label=_("It is not about an asset"), submit=_("Take it away"), icon="unlink",
        form=forms.UnnameAsset, fill=_both, style="plain", more=True,
        act=lambda thing, form, by: actions.unname_asset(ticket=thing, asset=form.cleaned_data["asset"], by=by),
    ),
    Verb(
        name="add-watcher", move="add_watcher", label=_("Let somebody follow it"), submit=_("Let them follow"),
        icon="eye-plus", form=forms.AddWatcher, fill=_branch, style="plain", more=True,
        act=lambda thing, form, by: actions.watch(ticket=thing, person=form.cleaned_data["person"], by=by),
        why=_("They hear of every answer. They see no more than they could see before."),
    ),
    Verb(
        name="cancel", move="cancel", label=_("Withdraw"), submit=_("Withdraw the request"), icon="trash", more=True,
        form=forms.Sure, act=lambda thing, _form, by: actions.cancel(ticket=thing, by=by),
        why=_("Nobody will work on it any more."), style="danger",
    ),
]  # fmt: skip
VERBS = {verb.name: verb for verb in _ALL}
