"""The page on which one of the two agrees to an emergency fix: what it is, and a fresh proof of who agrees."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core.errors import NotPossible, PermissionDenied
from core.http import acts, address_of, attempt
from core.transitions import why_not
from devflow import actions, forms
from devflow.models import Build
from devflow.verbs import AGREE
from tickets.models import Ticket


@acts
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is agreed to on one page; who has agreed meanwhile, or may not now, reads why."""
    build, is_sent = _build(request, pk), request.method == "POST"
    refusal = why_not(build, AGREE.move, me(request))
    form = forms.Agree(
        request.POST or None, user=me(request), initial={"shown": build.emergency.content_hash},
        needs_factor=actions.needs_factor(build=build, by=me(request)),
    )  # fmt: skip
    if is_sent and form.is_valid() and attempt(form, _agree, form=form, row=build, request=request):
        messages.success(request, _("Thank you. Your word is recorded; it counts for 24 hours."))
        return redirect(back_from(build, me(request)))
    refusal = refusal or getattr(form, "refusal", None)
    context = {
        "verb": AGREE,
        "form": form,
        "refused": None if is_sent else refusal,
        "build": build,
        "fix": build.emergency,
        "risks": [(said, build.request.risks.get(name)) for name, said in build.request.questions.items()],
        "back": back_from(build, me(request)),
        "over": str(build.request.ticket),
        "challenge_url": reverse("devflow:agree-challenge", args=[pk]),
        "enrol_url": f"{reverse('accounts:factor')}?next={request.path}",
    }
    status = 200 if not is_sent else 409 if refusal else 422
    return render(request, "devflow/agree.html", context, status=status)


@acts
def challenge(request: HttpRequest, pk: int) -> HttpResponse:
    """What one's passkey is asked to sign over this fix; JSON for static/js/passkey.js, refusals as a sentence."""
    build = _build(request, pk)
    if request.method != "POST":
        return redirect("devflow:deploy-agree", pk)
    try:
        return JsonResponse(actions.ask_passkey(build=build, by=me(request)))
    except NotPossible as refusal:
        return JsonResponse({"detail": str(refusal)}, status=409)


def _build(request: HttpRequest, pk: int) -> Build:
    rows = Build.objects.visible_to(me(request)).for_rules()
    build: Build = get_object_or_404(rows, pk=pk)
    if isinstance(refusal := why_not(build, AGREE.move, me(request)), PermissionDenied):
        raise refusal
    return build


def back_from(build: Build, user: User) -> str:
    """Where the pages of a build lead back to: its request, or, for a Director who sees the build alone, the list."""
    ticket = build.request.ticket
    sees = Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()
    return ticket.url if sees else reverse("devflow:emergencies")


def _agree(*, form: Any, row: Build, request: HttpRequest) -> None:
    typed = form.cleaned_data
    actions.prove_and_agree(
        build=row, by=me(request), shown_hash=typed["shown"], address=address_of(request),
        given=actions.Given(typed.get("password", ""), typed.get("credential", "")),
        browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip
