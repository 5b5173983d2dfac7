"""The page on which somebody decides and signs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.who import me
from approvals import actions, forms
from approvals.enums import Outcome
from approvals.models import Approval
from approvals.views._parts import form_of
from approvals.views.reading import show
from core.errors import NotPossible, PermissionDenied
from core.http import acts, address_of, attempt, forget, kept
from core.transitions import why_not

FORMS: dict[str, Any] = {
    Outcome.APPROVE: forms.Approve,
    Outcome.REFUSE: forms.Refuse,
    Outcome.REVISE: forms.Revise,
}


@acts
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve with a signature, refuse or send back with a reason; each with a fresh proof of who it is.

    Whoever sends it twice reads that it is done. What was typed stays whenever something is refused.
    """
    approval = form_of(request, pk)
    if request.method != "POST":
        return _back_again(request, approval)
    refusal = actions.why_not_decide(approval=approval, by=me(request))
    if isinstance(refusal, PermissionDenied):
        raise refusal
    if actions.decided_by(approval=approval, by=me(request)):
        messages.info(request, _("Your decision is already recorded. There is nothing more to do."))
        return redirect("approvals:detail", pk)
    outcome = request.POST.get("outcome", "")
    kind = outcome if outcome in FORMS else Outcome.REFUSE
    form = FORMS[kind](
        request.POST, user=me(request), needs_factor=actions.needs_factor(approval=approval, by=me(request)),
        prefix=kind, auto_id=f"{kind}_%s",
    )  # fmt: skip
    if form.is_valid() and attempt(
        form, _decide, form=form, row=approval, request=request, outcome=Outcome(kind)
    ):
        messages.success(request, _("Thank you. Your decision is recorded."))
        return redirect("approvals:detail", pk)
    return show(request, form_of(request, pk), sent=form)


def _back_again(request: HttpRequest, approval: Approval) -> HttpResponse:
    """To the form; whoever had to sign in on the way finds the reason they had typed."""
    typed = kept(request)
    if not typed or why_not(approval, "decide", me(request)):
        return redirect("approvals:detail", approval.pk)
    forget(request)
    outcome = typed.get("outcome", [""])[0]
    said = {name.removeprefix(f"{outcome}-"): values[0] for name, values in typed.items() if values}
    return show(
        request, approval, typed=(outcome, {name: said[name] for name in ("reason",) if name in said})
    )


def _decide(*, form: Any, row: Approval, request: HttpRequest, outcome: Outcome) -> None:
    typed = form.cleaned_data
    signature = typed.get("signature") or {"typed": "", "drawn": ""}
    ink = actions.Ink(
        typed_name=signature["typed"], drawing=signature["drawn"],
        address=address_of(request), browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip
    actions.prove_and_decide(
        approval=row,
        outcome=outcome,
        by=me(request),
        given=actions.Given(typed.get("password", ""), typed.get("credential", "")),
        shown_hash=typed["shown"],
        consent_version=typed.get("consent", ""),
        reason=typed.get("reason", ""),
        ink=ink,
    )


@acts
def challenge(request: HttpRequest, pk: int) -> HttpResponse:
    """What one's passkey is asked to sign over this form; JSON for static/js/passkey.js, refusals as a sentence."""
    approval = form_of(request, pk)
    if request.method != "POST":
        return redirect("approvals:detail", pk)
    try:
        return JsonResponse(actions.challenge(approval=approval, by=me(request)))
    except NotPossible as refusal:
        return JsonResponse({"detail": str(refusal)}, status=409)
