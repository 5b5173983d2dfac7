"""The page on which somebody decides and signs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.actions import confirm
from accounts.who import me
from approvals import actions, forms
from approvals.enums import Outcome
from approvals.models import Approval
from approvals.views._parts import form_of
from approvals.views.reading import show
from core.http import acts, address_of, attempt


@acts
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve with a signature, or refuse with a reason; either with a fresh proof of who it is."""
    approval = form_of(request, pk)
    if request.method != "POST":
        return redirect("approvals:detail", pk)
    if refusal := actions.why_not_decide(approval=approval, by=me(request)):
        raise refusal
    approving = request.POST.get("outcome") == Outcome.APPROVE
    kind, prefix = (forms.Approve, "approve") if approving else (forms.Refuse, "refuse")
    form: Any = kind(request.POST, user=me(request), prefix=prefix, auto_id=f"{prefix}_%s")
    if form.is_valid() and attempt(form, _decide, form=form, row=approval, request=request):
        messages.success(request, _("Thank you. Your decision is recorded."))
        return redirect("approvals:detail", pk)
    return show(request, form_of(request, pk), **{f"{prefix}_form": form, "refusing": not approving})


def _decide(*, form: Any, row: Approval, request: HttpRequest) -> None:
    by = me(request)
    typed = form.cleaned_data
    signature = typed.get("signature") or {"typed": "", "drawn": ""}
    ink = actions.Ink(
        typed_name=signature["typed"], drawing=signature["drawn"],
        address=address_of(request), browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip
    actions.decide(
        approval=row,
        outcome=Outcome.APPROVE if "signature" in typed else Outcome.REFUSE,
        by=by,
        proof=confirm(by=by, secret=typed["password"]),
        shown_hash=typed["shown"],
        reason=typed.get("reason", ""),
        ink=ink,
    )
