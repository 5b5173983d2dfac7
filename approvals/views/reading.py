"""Pages that show forms."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from accounts.actions import asks_for_code
from accounts.who import me
from approvals import actions, forms, rules
from approvals.enums import CONSENT, Kind
from approvals.models import Approval
from approvals.subscribers import asked_now
from approvals.views._parts import case_url, form_of
from core import files
from core.errors import NotPossible
from core.http import reads
from core.pages import page
from core.transitions import why_not

BRM_PARTS = ("background", "objective", "benefit", "if_not_done", "scope", "risk", "alternatives")


@reads
def index(request: HttpRequest) -> HttpResponse:
    """What waits for my signature, then every form I may see."""
    waiting = list(Approval.objects.waiting_for(me(request)).with_list_columns()[:50])
    rows = Approval.objects.visible_to(me(request)).with_list_columns()
    return render(request, "approvals/list.html", page(request, rows) | {"waiting": waiting})


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One form on one page: what, why, how much, risk; who signed; and the two buttons for whoever is asked."""
    return show(request, form_of(request, pk))


def show(request: HttpRequest, approval: Approval, **bound_forms: Any) -> HttpResponse:
    """The page of one form; `bound_forms` are those that were sent and have to be mended."""
    user = me(request)
    context = {
        "approval": approval,
        "content": approval.content,
        "facts": facts_of(approval),
        "parts": _parts(approval) if approval.kind == Kind.BRM else [],
        "decisions": actions.paper(approval)["decisions"],
        "asked": asked_now(approval) if approval.is_pending else [],
        "document": getattr(approval, "document", None),
        "may_write": why_not(approval, "save_draft", user) is None,
        "may_submit": rules.may_submit(approval, user) and approval.is_draft,
        "may_withdraw": why_not(approval, "withdraw", user) is None,
        "case_url": case_url(approval),
    }
    if why_not(approval, "decide", user) is None:
        context |= _deciding(approval, user) | bound_forms
    return render(request, "approvals/detail.html", context, status=422 if bound_forms else 200)


def _deciding(approval: Approval, user: Any) -> dict[str, Any]:
    shown = {"shown": approval.content_hash}
    return {
        "deciding": True,
        "refusing": False,
        "approve_form": forms.Approve(user=user, initial=shown, prefix="approve", auto_id="approve_%s"),
        "refuse_form": forms.Refuse(user=user, initial=shown, prefix="refuse", auto_id="refuse_%s"),
        "consent": CONSENT,
        "second_factor": asks_for_code(user),
        "can_approve": approval.kind != Kind.UAT or rules.all_passed(approval),
    }


def facts_of(approval: Approval) -> list[dict[str, Any]]:
    """The short answers, for the head of the page."""
    c = approval.content
    if approval.kind == Kind.UAT:
        pairs = [
            (_("Build"), c.get("build")),
            (_("System"), c.get("system")),
            (_("Address"), c.get("address")),
        ]
    else:
        hours = _("%(hours)s hours") % {"hours": c.get("estimate_hours") or "–"}
        pairs = [
            (_("Estimate"), hours),
            (_("Other cost"), rupiah(c.get("cost"))),
            (_("Wanted by"), c.get("wanted_date")),
        ]
        pairs.append((_("Systems touched"), c.get("systems")))
    pairs += [(_("Branch"), approval.branch), (_("Requester"), approval.requester)]
    return [{"label": label, "value": value} for label, value in pairs if value]


def rupiah(amount: str | None) -> str:
    """`Rp 12.500.000`, as Indonesia writes money; empty stays empty."""
    return f"Rp {int(amount):,}".replace(",", ".") if amount and amount.isdigit() else ""


def _parts(approval: Approval) -> list[dict[str, Any]]:
    fields = forms.Brm.base_fields
    return [
        {"label": fields[n].label, "text": approval.content.get(n, "")}
        for n in BRM_PARTS
        if approval.content.get(n)
    ]


@reads
def for_case(request: HttpRequest, case_type: str, case_id: int) -> HttpResponse:
    """The forms of one case, as a part of its page."""
    rows = Approval.objects.visible_to(me(request)).filter(case_type=case_type, case_id=case_id)
    rows = rows.exclude(state="withdrawn").select_related("waiting_person").order_by("pk")
    return render(request, "approvals/for_case.html", {"rows": rows})


@reads
def document(request: HttpRequest, pk: int) -> FileResponse:
    """The PDF of a decided form, for everyone in the case."""
    approval = get_object_or_404(Approval.objects.visible_to(me(request)).select_related("document"), pk=pk)
    row = getattr(approval, "document", None)
    if row is None or not row.is_ready:
        raise NotPossible(_("The document is being made. Look again in a moment."))
    return FileResponse(
        files.path_of(row.sha256).open("rb"),
        content_type="application/pdf",
        filename=f"{approval.number}.pdf",
    )
