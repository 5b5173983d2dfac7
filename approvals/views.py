"""Pages of forms: reading, writing, testing, deciding."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import asks_for_code, confirm
from accounts.who import me
from approvals import actions, forms, rules
from approvals.enums import CONSENT, Kind, Outcome
from approvals.models import Approval
from approvals.subscribers import asked_now
from approvals.verbs import ADD_SCENARIO, WITHDRAW
from core import files
from core.errors import NotPossible
from core.http import acts, address_of, attempt, bound, reads
from core.pages import page
from core.transitions import why_not
from events.verbs import perform

BRM_PARTS = ("background", "objective", "benefit", "if_not_done", "scope", "risk", "alternatives")


def _form(request: HttpRequest, pk: int) -> Approval:
    return get_object_or_404(Approval.objects.visible_to(me(request)).with_list_columns(), pk=pk)


@reads
def index(request: HttpRequest) -> HttpResponse:
    """What waits for my signature, then every form I may see."""
    waiting = list(Approval.objects.waiting_for(me(request)).with_list_columns()[:50])
    rows = Approval.objects.visible_to(me(request)).with_list_columns()
    return render(request, "approvals/list.html", page(request, rows) | {"waiting": waiting})


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One form on one page: what, why, how much, risk; who signed; and the two buttons for whoever is asked."""
    return _show(request, _form(request, pk))


def _show(request: HttpRequest, approval: Approval, **bound_forms: Any) -> HttpResponse:
    user = me(request)
    context = {
        "approval": approval,
        "content": approval.content,
        "facts": _facts(approval),
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


def _facts(approval: Approval) -> list[dict[str, Any]]:
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


def case_url(approval: Approval) -> str:
    """The page of the case; forms do not know what it is, only where it is."""
    app, _dot, _model = approval.case_type.partition(".")
    return reverse(f"{app}:detail", args=[approval.case_id])


@reads
def for_case(request: HttpRequest, case_type: str, case_id: int) -> HttpResponse:
    """The forms of one case, as a part of its page."""
    rows = Approval.objects.visible_to(me(request)).filter(case_type=case_type, case_id=case_id)
    rows = rows.exclude(state="withdrawn").select_related("waiting_person").order_by("pk")
    return render(request, "approvals/for_case.html", {"rows": rows})


# Writing -------------------------------------------------------------------------------------------------------


@acts
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a BRM, or run the scenarios of a UAT; saving keeps gaps, submitting asks for every answer."""
    approval = _form(request, pk)
    if refusal := why_not(approval, "save_draft", me(request)):
        raise refusal
    return _edit_uat(request, approval) if approval.kind == Kind.UAT else _edit_brm(request, approval)


def _edit_brm(request: HttpRequest, approval: Approval) -> HttpResponse:
    keeping = request.method == "POST" and "submit" not in request.POST
    initial = {**approval.content, "version": approval.version}
    form = bound(request, forms.Unfinished if keeping else forms.Brm, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _save_brm, form=form, row=approval, request=request)
    ):
        return redirect("approvals:detail", approval.pk)
    theirs = _theirs(approval, form) if getattr(form, "refusal", None) else []
    if theirs:
        form.data = {**request.POST.dict(), "version": approval.version}
    return render(
        request, "approvals/brm_edit.html", {"approval": approval, "form": form, "theirs": theirs},
        status=422 if form.errors else 200,
    )  # fmt: skip


def _save_brm(*, form: forms.Brm, row: Approval, request: HttpRequest) -> None:
    by = me(request)
    saved = actions.save_draft(
        approval=row, content=form.content(), version=form.cleaned_data["version"], by=by
    )
    if "submit" in request.POST:
        actions.submit(approval=saved, by=by)
        messages.success(request, _("The form is on its way to those who decide."))
    else:
        messages.success(request, _("Kept as a draft."))


def _theirs(approval: Approval, form: forms.Brm) -> list[dict[str, Any]]:
    """What somebody else wrote meanwhile, where it differs from what was typed here."""
    return [
        {"label": field.label, "value": approval.content[name]}
        for name, field in form.fields.items()
        if name in approval.content and approval.content[name] != form.data.get(name, "")
    ]


def _edit_uat(request: HttpRequest, approval: Approval) -> HttpResponse:
    form = bound(request, forms.Results, scenarios=approval.content.get("scenarios", []))
    is_tester = me(request).pk == approval.requester_id
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _save_uat, form=form, row=approval, request=request)
    ):
        return redirect("approvals:detail", approval.pk)
    context = {"approval": approval, "form": form, "rows": form.rows(), "is_tester": is_tester}
    context["facts"] = _facts(approval)
    return render(request, "approvals/uat_edit.html", context, status=422 if form.errors else 200)


def _save_uat(*, form: forms.Results, row: Approval, request: HttpRequest) -> None:
    by = me(request)
    saved = actions.record_results(approval=row, results=form.results(), by=by)
    if "submit" in request.POST:
        actions.submit(approval=saved, by=by)
    else:
        messages.success(request, _("Your results are kept."))


@acts
def add_scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """One more thing to test."""
    approval = _form(request, pk)
    if approval.kind != Kind.UAT:
        raise Http404
    back = reverse("approvals:edit", args=[pk])
    return perform(
        request, verb=ADD_SCENARIO, thing=approval, case=approval.case, back=back, over=str(approval)
    )


@acts
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the form back."""
    approval = _form(request, pk)
    back = reverse("approvals:detail", args=[pk])
    return perform(request, verb=WITHDRAW, thing=approval, case=approval.case, back=back, over=str(approval))


# Deciding ------------------------------------------------------------------------------------------------------


@acts
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve with a signature, or refuse with a reason; either with a fresh proof of who it is."""
    approval = _form(request, pk)
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
    return _show(request, _form(request, pk), **{f"{prefix}_form": form, "refusing": not approving})


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
