"""Receiving several requests at once: one form, each its own transaction, each with its own result."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from accounts.who import me
from core.http import acts, unless_unchanged
from tickets import actions, forms, rules
from tickets.enums import Priority
from tickets.models import Ticket

LIVE = "queue"  # the part of the page that renews itself
MOST = 50  # the oldest ones; the others come when these are decided on


@acts
def triage(request: HttpRequest) -> HttpResponse:
    """New requests with a box before each, and one decision for those that are ticked; for the IT Manager."""
    user = me(request)
    if not rules.receives(None, user):
        raise Http404
    do = request.POST.get("do", "") if request.method == "POST" else ""
    areas: list[Any] = [a.branch_id for a in user.authorities if a.role == Role.IT_MANAGER]
    if getattr(request, "htmx", None) and request.htmx.target == LIVE:  # type: ignore[attr-defined]
        return _renewed(request, _waiting(user, areas))
    branch = None if None in areas else areas[0]
    accept = forms.BulkAccept(request.POST if do == "accept" else None, branch_id=branch, prefix="accept")
    reject = forms.BulkReject(request.POST if do == "reject" else None, prefix="reject")
    chosen = [int(key) for key in request.POST.getlist("ticket")[:MOST] if key.isdecimal() and len(key) < 19]
    form: Any = {"accept": accept, "reject": reject}.get(do)
    results = _decide(user, chosen, _act(do, form), form) if form is not None and form.is_valid() else []
    failed = {result.ticket.pk for result in results if result.refused}
    context = {
        "rows": _waiting(user, areas), "accept": accept, "reject": reject, "results": results, "do": do,
        "chosen": failed if results else set(chosen), "live": LIVE,
    }  # fmt: skip
    return render(
        request, "tickets/triage.html", context, status=422 if form is not None and form.errors else 200
    )


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


def _act(do: str, form: Any) -> Callable[[Ticket, User], Any]:
    """The action with what was typed, for one ticket."""

    def accept(ticket: Ticket, by: User) -> Any:
        typed = form.cleaned_data
        return actions.accept(
            ticket=ticket, priority=Priority(typed["priority"]), assignee=typed["assignee"], team=typed["team"],
            answer_text=typed["answer"], by=by,
        )  # fmt: skip

    def reject(ticket: Ticket, by: User) -> Any:
        return actions.reject(ticket=ticket, reason=form.cleaned_data["text"], by=by)

    return accept if do == "accept" else reject


def _decide(
    user: User, chosen: list[int], act: Callable[[Ticket, User], Any], form: Any
) -> list[actions.Decided]:
    """What became of each, in the order of asking."""
    rows = Ticket.objects.visible_to(user).filter(pk__in=chosen).order_by("pk")
    results = actions.decide_each(tickets=rows, decide=act, by=user)
    if not results:
        form.add_error(None, _("Tick at least one request."))
    return results
