"""The board: developments in four columns. Moving a card is the act that leads there, with all its rules (SOP-A3)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import office_date
from accounts.who import me
from core.errors import NotPossible, PermissionDenied
from core.http import acts, unless_unchanged
from core.transitions import is_theirs, why_not
from devflow import board as facts
from devflow import evasion, forms, rules
from devflow.enums import COLUMN_OF, Column, Stage
from devflow.models import Build, DevelopmentRequest, System
from devflow.querysets import DevelopmentRows
from devflow.steps import RELEASE, step
from devflow.verbs import OF_REQUEST
from events.verbs import Verb
from tickets.querysets import choices_for

LIVE = "board"
_LIST_STAGE = {
    Column.WAITING: Stage.WAITING,
    Column.IN_PROGRESS: Stage.TRIAL,
    Column.USER_TESTING: Stage.TRAINING,
    Column.DEPLOY: Stage.READY,
}


@acts
def board(request: HttpRequest) -> HttpResponse:
    """The columns; posting `move` (the development's key, a colon, a column) moves a card."""
    if request.method == "POST":
        return _moved(request)
    rows, form = narrowed(request)
    rows = facts.on_board(rows, timezone.now())
    context = {
        "columns": _columns(request, rows, facts.first_cards(rows)),
        "form": form,
        "looks": looks(request),
        "live": LIVE,
        "here": request.get_full_path(),
    }
    if getattr(request, "htmx", None) and request.htmx.target == LIVE:  # type: ignore[attr-defined]
        return unless_unchanged(request, render(request, "devflow/board.html#columns", context))
    return render(request, "devflow/board.html", context)


def narrowed(request: HttpRequest) -> tuple[DevelopmentRows, forms.Narrow]:
    """The developments that the address asks for, of those that the person may see; and the form that says so."""
    user = me(request)
    choices = choices_for(user)
    if choices:
        names = System.objects.visible_to(user).in_use().values_list("pk", "name")
        choices["system"] = [("", _("All systems")), *((str(pk), name) for pk, name in names)]
    form = forms.Narrow(request.GET, choices=choices)
    form.is_valid()
    return DevelopmentRequest.objects.visible_to(user).narrowed(by=user, **form.cleaned_data), form


def address(request: HttpRequest, **facts: str) -> str:
    """The part of an address after its path: the same developments, with these facts; empty ones are left out."""
    kept = {k: v for k, v in request.GET.items() if k in forms.Narrow.base_fields}
    return "?" + urlencode({k: v for k, v in (kept | facts).items() if v})


def looks(request: HttpRequest) -> list[dict[str, Any]]:
    """The ways of looking at developments that this person has: label, address, icon, whether it is this one."""
    user = me(request)
    manages = user.holds_anywhere(Role.IT_MANAGER)
    known = (
        (True, _("List"), "devflow:list", "list"),
        (True, _("Work board"), "devflow:board", "layout-kanban"),
        (True, _("Timeline"), "devflow:timeline", "timeline"),
        (manages, _("Capacity"), "devflow:capacity", "users"),
        (manages or user.reads_everything, _("Emergency fixes"), "devflow:emergencies", "urgent"),
        (evasion.may_read(user), _("Audit"), "devflow:audit", "zoom-check"),
    )
    found = [(label, reverse(name), icon) for shown, label, name, icon in known if shown]
    here = max((url for _label, url, _icon in found if request.path.startswith(url)), key=len)
    return [{"label": label, "url": url, "icon": icon, "active": url == here} for label, url, icon in found]


# The columns ----------------------------------------------------------------------------------------------------------


def _columns(
    request: HttpRequest, rows: DevelopmentRows, cards: list[DevelopmentRequest]
) -> list[dict[str, Any]]:
    counts = facts.counted(rows)
    return [
        {
            "status": column,
            "label": column.label,
            "cards": [_card(row, me(request)) for row in cards if COLUMN_OF[row.place] == column],
            "count": counts[column],
            "more": _more(request, column) if counts[column] > facts.MOST else "",
        }
        for column in Column
    ]


def _more(request: HttpRequest, column: Column) -> str:
    return reverse("devflow:list") + address(request, stage=_LIST_STAGE[column])


def _card(row: Any, user: Any) -> dict[str, Any]:
    since = row.stage_at or row.ticket.accepted_at or row.ticket.created_at
    days = max((timezone.now() - since).days, 0)
    said = ngettext("%(days)s day in this stage", "%(days)s days in this stage", days) % {"days": days}
    return {
        "key": row.pk,
        "ticket": row.ticket,
        "row": row,
        "days": said if days else _("in this stage since today"),
        "due": row.owed_until,
        "is_overdue": row.owed_until is not None and row.owed_until < office_date(),
        "held": row.stage != Stage.DONE and row.needs_brm,
        "ways": _ways(row, user),
        "asks": True,
    }


def _ways(row: DevelopmentRequest, user: Any) -> list[dict[str, str]]:
    """Where the person may move this card: the column, and in which words. Releasing stays in its column."""
    if row.stage == Stage.READY and row.signed_build is not None:
        row.signed_build.request = row
    found = [
        {"to": str(column), "label": str(column.label)}
        for column in _NEIGHBOURS.get(row.stage, ())
        if rules.is_worker(row, user)
    ]
    if row.stage == Stage.READY and row.signed_build and is_theirs(row.signed_build, RELEASE.move, user):
        url = reverse("devflow:deploy-production", args=[row.signed_build_id])
        found.append({"url": url, "label": str(RELEASE.label)})
    if row.stage == Stage.ON_HOLD and is_theirs(row, "resume", user):
        resume = OF_REQUEST["resume"]
        found.append({"url": reverse("devflow:resume", args=[row.pk]), "label": str(resume.label)})
    return found


_NEIGHBOURS: dict[str, tuple[Column, ...]] = {
    Stage.WAITING: (Column.IN_PROGRESS,),
    Stage.TRIAL: (Column.USER_TESTING,),
    Stage.TRAINING: (Column.IN_PROGRESS, Column.DEPLOY),
    Stage.READY: (Column.IN_PROGRESS,),
}


# Moving a card --------------------------------------------------------------------------------------------------------


def _moved(request: HttpRequest) -> HttpResponse:
    """Perform the act of one step. One that needs words leads to its form; a refusal is a sentence."""
    key, _colon, to = request.POST.get("move", "").partition(":")
    if not key.isdecimal() or len(key) > 18 or to not in Column.values:
        return _answer(request, refused=_("Choose a card and where it shall go."))
    user = me(request)
    row = get_object_or_404(DevelopmentRequest.objects.visible_to(user).with_list_columns(), pk=int(key))
    try:
        thing, verb = step(row, Column(to), user)
        if refusal := why_not(thing, verb.move, user):
            raise refusal
        if verb.form is not forms.Sure:
            return _answer(request, go=_page_of(thing, verb))
        verb.act(thing, forms.Sure({}), user)
    except PermissionDenied:
        return _answer(request, refused=str(facts.NOT_YOURS))
    except NotPossible as refusal:
        return _answer(request, refused=f"{refusal.rule}: {refusal}" if refusal.rule else str(refusal))
    return _answer(request)


def _page_of(thing: Any, verb: Verb) -> str:
    name = f"deploy-{verb.name}" if isinstance(thing, Build) else verb.name
    return reverse(f"devflow:{name}", args=[thing.pk])


def _answer(request: HttpRequest, *, refused: str = "", go: str = "") -> HttpResponse:
    """To the board's own script in JSON, to everybody else a page."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"refused": refused, "go": go}, status=409 if refused else 200)
    if refused:
        messages.error(request, refused)
    return redirect(go or f"{reverse('devflow:board')}?{request.GET.urlencode()}")
