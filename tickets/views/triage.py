"""Receiving several requests at once: one form, each its own transaction, each with its own result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from accounts.who import me
from core.http import acts, unless_unchanged
from tickets import actions, forms, rules
from tickets.enums import Priority
from tickets.models import Ticket

LIVE = "queue"  # the part of the page that renews itself
MOST = 50  # the oldest ones; the others come when these are decided on


@dataclass(frozen=True)
class Decision:
    """One of the things that can be decided on what is ticked: its form, and how it is told afterwards."""

    name: str
    form: type[Form]
    label: Any
    submit: Any
    icon: str
    done: Any
    style: str = "primary"


DECISIONS = (
    Decision("accept", forms.BulkAccept, _("Accept"), _("Accept what is ticked"), "checks", _("accepted")),
    Decision("reject", forms.BulkReject, _("Reject"), _("Reject what is ticked"), "x", _("rejected"), "danger"),
    Decision(
        "ask", forms.BulkAsk, _("Ask the requesters"), _("Ask what is ticked"), "message-question", _("asked back"),
        "plain",
    ),
    Decision(
        "merge", forms.Sure, _("Join duplicates"), _("Join with the oldest that is ticked"), "arrows-join",
        _("joined with the oldest"), "plain",
    ),
)  # fmt: skip


@acts
def triage(request: HttpRequest) -> HttpResponse:
    """New requests with a box before each, and one decision for those that are ticked; for the IT Manager."""
    user = me(request)
    if not rules.receives(None, user):
        raise Http404
    areas: list[Any] = [a.branch_id for a in user.authorities if a.role == Role.IT_MANAGER]
    if getattr(request, "htmx", None) and request.htmx.target == LIVE:  # type: ignore[attr-defined]
        return _renewed(request, _waiting(user, areas))
    do = request.POST.get("do", "") if request.method == "POST" else ""
    shown = _forms(request, do, branch=None if None in areas else areas[0])
    chosen = [int(key) for key in request.POST.getlist("ticket")[:MOST] if key.isdecimal() and len(key) < 19]
    form = shown.get(do)
    results = _decide(user, chosen, do, form) if form is not None and form.is_valid() else []
    failed = {result.ticket.pk for result in results if result.refused}
    context = {
        "rows": _waiting(user, areas), "results": results, "chosen": failed if results else set(chosen), "live": LIVE,
        "decisions": [(one, shown[one.name], one.name == (do or "accept")) for one in DECISIONS],
        "done": next((one.done for one in DECISIONS if one.name == do), ""),
    }  # fmt: skip
    return render(
        request, "tickets/triage.html", context, status=422 if form is not None and form.errors else 200
    )


def _forms(request: HttpRequest, do: str, *, branch: int | None) -> dict[str, Any]:
    """The form of each decision; the one that was sent has what was typed."""
    facts: dict[str, dict[str, Any]] = {"accept": {"branch_id": branch}}
    return {
        one.name: one.form(
            request.POST if do == one.name else None, prefix=one.name, **facts.get(one.name, {})
        )
        for one in DECISIONS
    }


def _renewed(request: HttpRequest, rows: list[Any]) -> HttpResponse:
    """The queue alone. A page that was empty has no place for it and is read again."""
    if rows and "empty" in request.GET:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"rows": rows, "chosen": set(), "live": LIVE}
    return unless_unchanged(request, render(request, "tickets/triage.html#queue", context))


def _waiting(user: User, areas: list[Any]) -> list[Any]:
    """Those that this person decides on, oldest first."""
    rows = Ticket.objects.visible_to(user).new()
    mine = rows if None in areas else rows.filter(branch_id__in=areas)
    return list(mine.with_list_columns()[:MOST])


def _accept(ticket: Ticket, by: User, typed: dict[str, Any]) -> object:
    """The estimate is that of a development; it decides who must approve (SOP-A5)."""
    return actions.accept(
        ticket=ticket, priority=Priority(typed["priority"]), assignee=typed["assignee"], team=typed["team"],
        estimate_hours=typed["estimate_hours"] if ticket.is_development else None, answer_text=typed["answer"], by=by,
    )  # fmt: skip


def _decide(user: User, chosen: list[int], do: str, form: Any) -> list[actions.Decided]:
    """What became of each, in the order of asking."""
    typed = form.cleaned_data
    rows = list(Ticket.objects.visible_to(user).filter(pk__in=chosen).order_by("pk"))
    if do == "merge":
        return _merge(user, rows, form)
    acts: dict[str, Callable[[Ticket, User], object]] = {
        "accept": lambda ticket, by: _accept(ticket, by, typed),
        "reject": lambda ticket, by: actions.reject(ticket=ticket, reason=typed["text"], by=by),
        "ask": lambda ticket, by: actions.ask_back(ticket=ticket, text=typed["text"], by=by),
    }
    results = actions.decide_each(tickets=rows, decide=acts[do], by=user)
    if not results:
        form.add_error(None, _("Tick at least one request."))
    return results


def _merge(user: User, rows: list[Ticket], form: Any) -> list[actions.Decided]:
    if len(rows) < 2:
        form.add_error(None, _("Tick the request that goes on and its duplicates."))
        return []
    return actions.merge_each(tickets=rows, by=user)
