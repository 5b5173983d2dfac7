"""The administrator's pages of the mirror, and the address that monday.com calls."""

import functools
import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.enums import Role
from accounts.models import User
from accounts.who import me
from core.errors import NotPossible
from core.http import View, acts, attempt, bound, reads
from core.pages import page
from core.templatetags.kumala import stamp
from integrations.monday import actions, forms, signed
from integrations.monday.enums import Field
from integrations.monday.models import Connection, Difference, Link, MondayPerson, Remark, Stray
from integrations.monday.standing import behind, figures, notices_of, state_of

MOST_BYTES = 64 * 1024
DEEPEST = 12  # of the JSON of a message
LONGEST_CHALLENGE = 200
SHOWN = 20


# What monday.com calls ---------------------------------------------------------------------------------------------


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """A message: kept as it came, answered at once. A challenge is echoed and leaves nothing behind."""
    connection = behind(secret)
    if connection is None:
        raise Http404
    if len(request.body) > MOST_BYTES:
        return JsonResponse({"error": "too large"}, status=413)
    told = _parsed(request.body)
    if told is None:
        return JsonResponse({"error": "not understood"}, status=400)
    challenge = told.get("challenge")
    if isinstance(challenge, str) and "event" not in told:
        return JsonResponse({"challenge": challenge[:LONGEST_CHALLENGE]})
    header = request.headers.get("Authorization", "")
    if settings.MONDAY_SIGNING_SECRET:
        try:
            address = actions.webhook_url(connection=connection)
            signed.check(
                header, secret=settings.MONDAY_SIGNING_SECRET, audience=address, account=connection.account_id
            )
        except signed.NotTheirs as wrong:
            actions.refuse(connection=connection, why=str(wrong))
            return JsonResponse({"error": "not signed as agreed"}, status=401)
    event = told.get("event")
    if isinstance(event, dict) and str(event.get("boardId", "")) == connection.board_id:
        actions.hear(connection=connection, event=event, is_signed=bool(settings.MONDAY_SIGNING_SECRET))
    return JsonResponse({})  # another board, or nothing that we know: it would only be sent again


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and _depth(told) <= DEEPEST else None


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in inner), default=0)


# The page ----------------------------------------------------------------------------------------------------------


def _reader(request: HttpRequest) -> User:
    """Who may open these pages; for everybody else they are not there."""
    user = me(request)
    if not (user.runs_operations or user.holds(Role.AUDITOR)):
        raise Http404
    return user


def _connection(user: User) -> Connection | None:
    return Connection.objects.visible_to(user).order_by("pk").first()


@reads
def index(request: HttpRequest) -> HttpResponse:
    """How the mirror does: connection, budget, queue, what a person must look at."""
    user = _reader(request)
    connection = _connection(user)
    links = Link.objects.visible_to(user).with_ticket()
    for row in connection.report if connection else []:
        row["label"] = Field(row["field"]).label
    counted = figures(user, connection)
    budget = _("of %(most)s on this plan") % {"most": localize(counted["calls_per_day"])}
    context = {
        "connection": connection,
        "state": state_of(connection),
        "figures": counted | {"budget": budget},
        "facts": _facts(connection, counted) if connection else [],
        "findings": Difference.objects.visible_to(user).open().with_list_columns().order_by("-pk")[:SHOWN],
        "dead": links.dead().order_by("-pk")[:SHOWN],
        "dead_remarks": Remark.objects.visible_to(user).dead().order_by("-pk")[:SHOWN],
        "gone": links.filter(state="gone").order_by("-pk")[:SHOWN],
        "paused": links.paused().order_by("-pk")[:SHOWN],
        "strays": Stray.objects.visible_to(user).waiting().order_by("-pk")[:SHOWN],
        "may_set": user.is_staff,
        "may_decide": user.runs_operations,
        "why_not_compare": actions.why_not_compare(connection=connection, now=timezone.now()),
        "notices": notices_of(connection),
    }
    return render(request, "monday/index.html", context)


def _facts(connection: Connection, counted: dict[str, Any]) -> list[dict[str, Any]]:
    """When what happened last."""
    board, url = connection.board_name or connection.board_id, connection.board_url
    shown = [
        (_("Board on monday.com"), format_html('<a href="{}">{}</a>', url, board) if url else board),
        (_("Oldest that waits"), counted["oldest_at"] and stamp(counted["oldest_at"])),
        (_("Last webhook"), connection.heard_at and stamp(connection.heard_at)),
        (_("Last pass"), connection.worked_at and stamp(connection.worked_at)),
        (_("Last walk over the board"), connection.swept_at and stamp(connection.swept_at)),
        (_("Refused webhook"), connection.refused_at and f"{stamp(connection.refused_at)} ({connection.refused_why})"),
        (_("Cards made by hand"), connection.get_new_items_display()),
    ]  # fmt: skip
    return [{"label": label, "value": value or "–"} for label, value in shown]


@reads
def people(request: HttpRequest) -> HttpResponse:
    """Who is who on monday.com."""
    user = _reader(request)
    rows = MondayPerson.objects.visible_to(user).select_related("user")
    context = page(request, rows) | {"may_set": user.is_staff}
    return render(request, "monday/people.html", context)


def _administrator(request: HttpRequest) -> User:
    user = _reader(request)
    if not user.is_staff:
        raise PermissionDenied
    return user


def _set(connection: Connection | None) -> dict[str, Any]:
    """What is set now."""
    row = connection or Connection()
    return {name: getattr(row, name) for name in ("is_active", "plan", "new_items", "mirrors_answers")}


@acts
def change(request: HttpRequest) -> HttpResponse:
    """Settings, and the token."""
    user = _administrator(request)
    connection = _connection(user)
    form = bound(request, forms.Settings, initial=_set(connection))
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: actions.keep_connection(by=user, **form.facts()))
    ):
        messages.success(request, _("The settings are kept."))
        return redirect("monday:index")
    status = 409 if request.method == "POST" else 200
    context = {"form": form, "connection": connection, "from_environment": bool(settings.MONDAY_TOKEN)}
    return render(request, "monday/settings.html", context, status=status)


@acts
def board(request: HttpRequest) -> HttpResponse:
    """A board is made or adopted: first the plan is shown, then what was seen is done."""
    user = _administrator(request)
    connection = _connection(user)
    now = {"board_id": connection.board_id if connection else "", "title": actions.TITLE}
    form = bound(request, forms.Place, initial=now)
    shown: dict[str, Any] = {"form": form, "planned": None}
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")

        def act() -> None:
            shown["planned"], shown["done"] = actions.make_seen_place(by=user, seen=seen, **form.facts())

        if attempt(form, act) and shown["done"]:
            messages.success(request, _("The board is ready. Switch the mirror on under Settings."))
            return redirect("monday:index")
    status = 409 if request.method == "POST" and shown["planned"] is None else 200
    return render(request, "monday/board.html", shown, status=status)


@acts
def person(request: HttpRequest) -> HttpResponse:
    """Enter, change or forget somebody's account on monday.com."""
    user = _administrator(request)
    form = bound(request, forms.Person)
    kept: list[actions.Entered] = []
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: kept.append(actions.enter_person(by=user, **form.cleaned_data)))
    ):
        tell = messages.success if kept[0].is_checked else messages.warning
        tell(request, " ".join(filter(None, [_("It is kept."), kept[0].remark])))
        return redirect("monday:people")
    return render(
        request, "monday/person.html", {"form": form}, status=409 if request.method == "POST" else 200
    )


@acts
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """A card that somebody unknown made becomes a request."""
    user = _reader(request)
    stray = get_object_or_404(Stray.objects.visible_to(user), pk=pk)
    if not user.is_it_staff:
        raise PermissionDenied
    form = bound(request, forms.Adopt)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: actions.adopt(stray=stray, by=user, **form.cleaned_data))
    ):
        messages.success(request, _("It waits for the IT Manager now."))
        return redirect("monday:index")
    status = 409 if request.method == "POST" else 200
    return render(request, "monday/adopt.html", {"form": form, "stray": stray}, status=status)


# Buttons -----------------------------------------------------------------------------------------------------------


def button(view: View) -> View:
    """A verb without a form: POST does it; whoever comes by its address is led to the page."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        _reader(request)
        return redirect("monday:index")

    return acts(guarded)


def _done(request: HttpRequest, act: Any, said: str) -> HttpResponse:
    """Do it and go back to the page, with a sentence either way."""
    try:
        act()
        messages.success(request, said)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect(
        "monday:people" if request.POST.get("back") == reverse("monday:people") else "monday:index"
    )


@button
def try_now(request: HttpRequest) -> HttpResponse:
    """Ask monday.com who we are, and close the breaker."""
    user = _administrator(request)
    return _done(request, lambda: actions.try_now(by=user), _("monday.com answers."))


@button
def compare(request: HttpRequest) -> HttpResponse:
    """Walk the whole board now."""
    user = _reader(request)
    said = _("Both sides are being compared. The result stands here in a minute.")
    return _done(request, lambda: actions.compare(by=user), said)


@button
def match(request: HttpRequest) -> HttpResponse:
    """Find people by their e-mail addresses."""
    user = _administrator(request)
    return _done(
        request, lambda: actions.match_people(by=user), _("Whoever has the same address there is known now.")
    )


@button
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a request again that was given up."""
    user = _reader(request)
    link = get_object_or_404(Link.objects.visible_to(user), pk=pk)
    return _done(request, lambda: actions.retry(link=link, by=user), _("It is sent again."))


@button
def retry_remark(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a remark again that was given up."""
    user = _reader(request)
    remark = get_object_or_404(Remark.objects.visible_to(user), pk=pk)
    return _done(request, lambda: actions.retry_remark(remark=remark, by=user), _("It is sent again."))


@button
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let stopped fields go on."""
    user = _reader(request)
    link = get_object_or_404(Link.objects.visible_to(user), pk=pk)
    return _done(request, lambda: actions.resume(link=link, by=user), _("It goes on."))


@button
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """A new card in place of one that was archived or deleted."""
    user = _reader(request)
    link = get_object_or_404(Link.objects.visible_to(user), pk=pk)
    return _done(request, lambda: actions.renew(link=link, by=user), _("It gets a new card."))


@button
def see(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has looked at it."""
    user = _reader(request)
    finding = get_object_or_404(Difference.objects.visible_to(user), pk=pk)
    return _done(request, lambda: actions.see(finding=finding, by=user), _("Noted."))


@button
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """A card made by hand stays what it is."""
    user = _reader(request)
    stray = get_object_or_404(Stray.objects.visible_to(user), pk=pk)
    return _done(request, lambda: actions.leave(stray=stray, by=user), _("It is left alone."))
