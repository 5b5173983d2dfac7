"""The telephone: a request written down while the caller speaks."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core.http import acts, attempt, bound, reads
from tickets import actions, forms
from tickets.enums import Kind
from tickets.models import Ticket


@acts
def phone(request: HttpRequest) -> HttpResponse:
    """The quick form for whoever answers the telephone. Who fits the typed name is found by the way.

    A telephone system that opens an address for each call opens this one: `?who=` is the caller's number.
    """
    agent = _agent(request)
    form = bound(request, forms.Call, agent=agent, initial={"who": request.GET.get("who", "")[:100]})
    if request.method == "POST" and form.is_valid():
        written: list[Ticket] = []
        if attempt(form, _write_down, form=form, by=agent, written=written):
            (ticket,) = written
            said = {"number": ticket.number, "name": ticket.requester}
            messages.success(request, _("%(number)s is written down for %(name)s.") % said)
            return redirect(ticket)
    context = {"form": form} | _shown(form)
    return render(request, "tickets/phone.html", context, status=422 if form.errors else 200)


@reads
def callers(request: HttpRequest) -> HttpResponse:
    """The people who fit what was typed so far."""
    form = forms.Call({"who": request.GET.get("who", "")}, agent=_agent(request))
    return render(request, "tickets/callers.html", _shown(form))


def _agent(request: HttpRequest) -> User:
    user = me(request)
    if not user.is_it_staff:
        raise Http404
    return user


def _shown(form: forms.Call) -> dict[str, Any]:
    """The people to choose from; the chosen one, or the only one, is marked."""
    found, chosen = form.found, str(form["caller"].value() or "")
    people = found[: form.MOST]
    if chosen.isdecimal() and int(chosen) not in {p.pk for p in people}:
        people = [*form.people.filter(pk=int(chosen)), *people]
    only = people[0].pk if len(people) == 1 else None
    return {
        "people": people,
        "more": len(found) > form.MOST,
        "chosen": int(chosen) if chosen.isdecimal() else only,
        "searched": bool(str(form["who"].value() or "").strip()),
    }


def _write_down(*, form: forms.Call, by: User, written: list[Ticket]) -> None:
    typed = form.cleaned_data
    facts = {
        "kind": Kind(typed["kind"]),
        "title": typed["title"],
        "description": typed["description"],
        "asked_at": form.asked_at(timezone.now()),
        "told": typed["told"],
        "by": by,
    }
    if typed["caller"]:
        written.append(actions.write_down(requester=typed["caller"], **facts))
    else:
        stranger = {"caller": typed["stranger"], "branch": typed["branch"]}
        written.append(actions.write_down_for_stranger(**stranger, **facts))
