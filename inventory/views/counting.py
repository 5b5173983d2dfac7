"""Pages of stock-takes: opening one, scanning, what is missing, the signature."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import Given
from accounts.who import me
from core.errors import NotPossible
from core.http import acts, address_of, attempt, bound, reads, status_of
from core.pages import page
from core.transitions import why_not
from events.models import Event
from events.verbs import offers, perform
from inventory import actions, forms, rules
from inventory.enums import Found
from inventory.models import CountLine, StockTake
from inventory.verbs import OF_TAKE
from inventory.views._parts import entry


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The stock-takes of the branches in which one counts, the newest first."""
    user = me(request)
    context = page(request, StockTake.objects.visible_to(user).with_list_columns())
    counts = rules.counts_anywhere(None, user)
    context |= {"new_url": reverse("inventory:new-take") if counts else "", "keeps": counts}
    return render(request, "inventory/takes.html", context)


@acts
def new(request: HttpRequest) -> HttpResponse:
    """Choose what is counted."""
    user = me(request)
    if not rules.counts_anywhere(None, user):
        raise PermissionDenied
    initial = {"place": f"b{user.branch_id}"} if user.branch_id else {}
    form = bound(request, forms.OpenTake, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[StockTake] = []
        branch, room = form.cleaned_data["place"]
        if attempt(form, lambda: made.append(actions.open_take(branch=branch, room=room, by=user))):
            return redirect("inventory:count", made[0].pk)
    return render(request, "inventory/new_take.html", {"form": form}, status=status_of(form))


def _take(request: HttpRequest, pk: int) -> Any:
    return get_object_or_404(StockTake.objects.visible_to(me(request)).with_list_columns(), pk=pk)


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One stock-take: how many were found, what is missing, what else turned up."""
    take, user = _take(request, pk), me(request)
    chosen = request.GET.get("result", "")
    rows = CountLine.objects.visible_to(user).filter(take=take)
    if chosen in Found.values:
        rows = rows.filter(result=chosen)
    context = page(request, rows.with_list_columns(), size=50)
    found = offers(
        take, user, list(OF_TAKE.values()), lambda verb: reverse(f"inventory:take-{verb.name}", args=[pk])
    )
    figures = actions.figures(take=take)
    history = Event.objects.about(take.case).visible_to(user, branch_id=take.branch_id).with_list_columns()
    context |= {
        "take": take,
        "results": [{"value": r.value, "label": r.label, "count": figures[r.value]} for r in Found if figures[r.value]],
        "chosen": chosen,
        "offers": [offer for offer in found if offer.refusal is None],
        "counts": why_not(take, "count", user) is None,
        "signs": why_not(take, "sign", user) is None,
        "heads": rules.may_count(take, user),
        "events": [entry(event) for event in history.order_by("-seq")[:20]],
    }  # fmt: skip
    return render(request, "inventory/take.html", context)


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of a stock-take."""
    take = _take(request, pk)
    return perform(
        request, verb=OF_TAKE[verb], thing=take, case=take.case, back=take.get_absolute_url(), over=str(take)
    )


@acts
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """Scan one label after the other. What a phone kept while there was no reception is sent here and told in JSON."""
    take, user = _take(request, pk), me(request)
    wants_json = request.headers.get("Accept", "") == "application/json"
    refusal = why_not(take, "count", user)
    if isinstance(refusal, PermissionDenied):
        raise refusal
    form = bound(request, forms.Count, take=take, initial={"correct": True, "room": request.GET.get("room")})
    lines: list[CountLine] = []
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: lines.append(_scan(take, form, user)))
    ):
        said = _said(lines[0])
        if wants_json:
            return JsonResponse(
                {"result": lines[0].result, "said": said, "figures": actions.figures(take=take)}
            )
        messages.success(request, said)
        room = form.cleaned_data.get("room")
        return redirect(f"{reverse('inventory:count', args=[pk])}{f'?room={room.pk}' if room else ''}")
    if wants_json and request.method == "POST":
        return JsonResponse(
            {"said": " ".join(str(e) for errors in form.errors.values() for e in errors)},
            status=status_of(form),
        )
    newest = CountLine.objects.visible_to(user).filter(take=take).exclude(seen_at=None).with_list_columns()
    context = {
        "take": take, "form": form, "refusal": refusal, "figures": actions.figures(take=take),
        "lines": list(newest.order_by("-seen_at", "-pk")[:10]),
    }  # fmt: skip
    return render(request, "inventory/count.html", context, status=status_of(form))


@reads
def worker(request: HttpRequest) -> FileResponse:
    """The script that keeps the counting page for hours without reception; it stands where it may reach that page."""
    found = Path(str(finders.find("js/count-worker.js")))
    return FileResponse(found.open("rb"), content_type="text/javascript")


def _scan(take: StockTake, form: forms.Count, user: Any) -> CountLine:
    typed = form.cleaned_data
    photo = typed.get("photo")
    return actions.count(
        take=take, key=typed["key"] or uuid4(), code=typed["code"], at=typed["at"], correct=typed["correct"],
        room=typed.get("room"), note=typed["note"], photo=(photo.name, photo) if photo else None, by=user,
    )  # fmt: skip


def _said(line: CountLine) -> str:
    if line.is_corrected:
        return _("%(code)s: found; it was registered at %(place)s and is moved here.") % {
            "code": line.code, "place": line.was_at,
        }  # fmt: skip
    if line.result == Found.ELSEWHERE:
        return _("%(code)s: found, but it belongs to %(place)s.") % {"code": line.code, "place": line.was_at}
    return f"{line.code}: {line.get_result_display()}"


@acts
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The head of the branch signs what was counted."""
    take, user = _take(request, pk), me(request)
    refusal = why_not(take, "sign", user)
    if isinstance(refusal, PermissionDenied):
        raise refusal
    form = bound(request, forms.SignTake, user=user, initial={"shown": take.content_hash, "name": user.name})
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _sign(request, take, form)):
        messages.success(request, _("Signed. Thank you."))
        return redirect(take)
    context = {
        "take": take, "form": form, "refusal": refusal, "figures": actions.figures(take=take),
        "challenge_url": reverse("inventory:sign-challenge", args=[pk]),
        "enrol_url": f"{reverse('accounts:factor')}?next={request.path}",
    }  # fmt: skip
    return render(request, "inventory/sign_take.html", context, status=status_of(form))


def _sign(request: HttpRequest, take: StockTake, form: forms.SignTake) -> None:
    typed = form.cleaned_data
    actions.prove_and_sign(
        take=take, by=me(request), name=typed["name"], shown=typed["shown"],
        given=Given(typed.get("password", ""), typed.get("credential", "")),
        address=address_of(request), browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip


@acts
def challenge(request: HttpRequest, pk: int) -> HttpResponse:
    """What one's passkey is asked to sign over this count; JSON for static/js/passkey.js, refusals as a sentence."""
    take = _take(request, pk)
    if request.method != "POST":
        return redirect("inventory:sign-take", pk)
    if isinstance(refusal := why_not(take, "sign", me(request)), PermissionDenied):
        raise refusal
    try:
        return JsonResponse(actions.ask_passkey(take=take, by=me(request)))
    except NotPossible as problem:
        return JsonResponse({"detail": str(problem)}, status=409)
