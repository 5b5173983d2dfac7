"""What a person can do with a thing, drawn and performed from one table per app.

A Verb names a transition of the thing's model: `why_not` of that transition hides the button, greys it with the reason,
and refuses the call, so page and action cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import models
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from core.errors import NotPossible, PermissionDenied
from core.http import attempt, bound
from core.transitions import why_not
from events.models import Event
from events.subjects import Subject

Text = str | Promise


@dataclass(frozen=True)
class Verb:
    """One act: `move` is the transition that allows it, `act(thing, form, user)` calls the action."""

    name: str
    move: str
    label: Text
    submit: Text
    icon: str
    form: type[Form]
    act: Callable[[Any, Any, Any], Any]
    why: Text = ""
    style: str = "primary"
    done: Text = ""
    more: bool = False  # rarely wanted: offered behind "More"
    fill: Callable[[Any, Any], dict[str, Any]] = field(default=lambda _thing, _user: {})
    # What one should know before doing it; it forbids nothing.
    warns: Callable[[Any, Any], list[str]] = field(default=lambda _thing, _user: [])
    warned: Text = ""  # what stands over the warnings


@dataclass(frozen=True)
class Offer:
    """A verb as one person sees it on one thing: possible, or greyed with the reason."""

    verb: Verb
    url: str
    refusal: NotPossible | None


def offers(thing: models.Model, user: Any, verbs: list[Verb], url: Callable[[Verb], str]) -> list[Offer]:
    """The verbs that are the person's to do, in order; those that are not theirs are left out."""
    asked = [(verb, why_not(thing, verb.move, user)) for verb in verbs]
    return [Offer(v, url(v), r) for v, r in asked if r is None or isinstance(r, NotPossible)]


def perform(
    request: HttpRequest,
    *,
    verb: Verb,
    thing: models.Model,
    case: models.Model | Subject,
    back: str,
    over: str,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of one verb: its form, or the reason why not. Posting performs it and goes `back`.

    `initial` is what the address says about the form, on top of what the verb fills in.

    Somebody may have been quicker: then the page says who did what since it was shown (409), and what was typed stays.
    """
    refusal = why_not(thing, verb.move, request.user)
    if isinstance(refusal, PermissionDenied):
        raise refusal
    facts = verb.fill(thing, request.user)
    if initial:
        facts["initial"] = {**facts.get("initial", {}), **initial}
    form = bound(request, verb.form, **facts)
    if request.method == "POST" and form.is_valid():
        if attempt(form, lambda: verb.act(thing, form, request.user)):
            if verb.done:
                messages.success(request, str(verb.done))
            return redirect(back)
        refusal = form.refusal  # type: ignore[attr-defined]
    seen = Event.objects.about(case).count()
    context = {
        "verb": verb,
        "form": form,
        "refused": refusal.reason if refusal and request.method == "GET" else "",
        "rule": refusal.rule if refusal else "",
        "back": back,
        "over": over,
        "seen": request.POST.get("seen", seen),
        "news": _since(request, case),
        "warnings": verb.warns(thing, request.user),
    }
    return render(request, "events/verb.html", context, status=_status(request, refusal))


def _since(request: HttpRequest, case: models.Model | Subject) -> list[Event]:
    """What others did to the case between showing the form and posting it."""
    seen = request.POST.get("seen", "")
    if not seen.isdigit():
        return []
    events = (
        Event.objects.about(case).visible_to(request.user).filter(seq__gt=int(seen[:9])).with_list_columns()
    )
    return list(events.exclude(actor_id=request.user.pk)[:5])


def _status(request: HttpRequest, refusal: Any) -> int:
    if request.method != "POST":
        return 200
    return 409 if refusal else 422
