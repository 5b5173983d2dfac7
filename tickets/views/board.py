"""The board: open requests by status. Moving a card is the act that leads there, with all its rules."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.who import me
from core.errors import NotPossible, PermissionDenied
from core.http import acts, unless_unchanged
from core.transitions import is_theirs, why_not
from tickets import forms
from tickets.enums import Status
from tickets.models import Ticket
from tickets.querysets import choices_for
from tickets.steps import STEPS, step
from tickets.verbs import VERBS

LIVE = "board"
MOST = 50  # cards of one column; the list shows the others
COLUMNS = (Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING)


@acts
def board(request: HttpRequest) -> HttpResponse:
    """The columns; posting `move` (the ticket's number, a colon, a status) moves a card."""
    if request.method == "POST":
        return _moved(request)
    user = me(request)
    form = forms.Narrow(request.GET, choices=choices_for(user))
    form.is_valid()
    narrowed = Ticket.objects.visible_to(user).matching(
        by=user, now=timezone.now(), status="all", **form.cleaned_data
    )
    statuses = _statuses(user)
    cards = narrowed.newest_of_each(statuses, most=MOST).with_list_columns().order_by("-pk")
    context = {"columns": _columns(request, statuses, list(cards)), "form": form, "live": LIVE}
    context["here"] = request.get_full_path()
    if getattr(request, "htmx", None) and request.htmx.target == LIVE:  # type: ignore[attr-defined]
        return unless_unchanged(request, render(request, "tickets/board.html#columns", context))
    return render(request, "tickets/board.html", context)


def _statuses(user: Any) -> list[Status]:
    """New requests are the IT Manager's to decide on; nobody else moves them."""
    return [Status.NEW, *COLUMNS] if user.holds_anywhere(Role.IT_MANAGER) else list(COLUMNS)


def _columns(request: HttpRequest, statuses: list[Status], cards: list[Ticket]) -> list[dict[str, Any]]:
    asked = {k: str(v) for k, v in request.GET.items() if v and k in forms.Narrow.base_fields}
    found = []
    for status in statuses:
        here = [card for card in cards if card.status == status]
        found.append(
            {
                "status": status,
                "label": status.label,
                "cards": [
                    {"key": card.pk, "ticket": card, "ways": _ways(card, me(request))} for card in here
                ],
                "count": f"{MOST}+" if len(here) == MOST else len(here),
                "more": _more(status, asked) if len(here) == MOST else "",
            }
        )
    return found


def _more(status: Status, asked: dict[str, str]) -> str:
    return f"{reverse('tickets:list')}?{urlencode(asked | {'status': status})}"


def _ways(card: Ticket, user: Any) -> list[dict[str, str]]:
    """Where the person may move this card: the status, and in which words."""
    steps = [
        (to, VERBS[name]) for (start, to), name in STEPS.items() if start == card.status and to in COLUMNS
    ]
    return [{"to": str(to), "label": str(to.label)} for to, verb in steps if is_theirs(card, verb.move, user)]


def _moved(request: HttpRequest) -> HttpResponse:
    """Perform the act of one step. One that needs words leads to its form; a refusal is a sentence."""
    number, _colon, to = request.POST.get("move", "").partition(":")
    if not number.isdecimal() or len(number) > 18:
        return _answer(request, refused=_("Choose a card and where it shall go."))
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)).with_list_columns(), pk=int(number))
    try:
        verb = step(ticket, to)
        if refusal := why_not(ticket, verb.move, me(request)):
            raise refusal
        if verb.form is not forms.Sure:
            return _answer(request, go=reverse(f"tickets:{verb.name}", args=[ticket.pk]))
        verb.act(ticket, forms.Sure({}), me(request))
    except PermissionDenied:
        return _answer(request, refused=_("This step is not yours to do."))
    except NotPossible as refusal:
        return _answer(request, refused=f"{refusal.rule}: {refusal}" if refusal.rule else str(refusal))
    return _answer(request)


def _answer(request: HttpRequest, *, refused: str = "", go: str = "") -> HttpResponse:
    """To the board's own script in JSON, to everybody else a page."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"refused": refused, "go": go}, status=409 if refused else 200)
    if refused:
        messages.error(request, refused)
    return redirect(go or f"{reverse('tickets:board')}?{request.GET.urlencode()}")
