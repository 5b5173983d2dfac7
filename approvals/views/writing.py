"""Pages on which forms are written and tests are run."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.who import me
from approvals import actions, forms
from approvals.enums import Kind
from approvals.models import Approval
from approvals.verbs import ADD_SCENARIO, WITHDRAW
from approvals.views._parts import form_of
from approvals.views.reading import facts_of
from core.http import acts, attempt, bound
from core.transitions import why_not
from events.verbs import perform


@acts
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a BRM, or run the scenarios of a UAT; saving keeps gaps, submitting asks for every answer."""
    approval = form_of(request, pk)
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
    context["facts"] = facts_of(approval)
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
    approval = form_of(request, pk)
    if approval.kind != Kind.UAT:
        raise Http404
    back = reverse("approvals:edit", args=[pk])
    return perform(
        request, verb=ADD_SCENARIO, thing=approval, case=approval.case, back=back, over=str(approval)
    )


@acts
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the form back."""
    approval = form_of(request, pk)
    back = reverse("approvals:detail", args=[pk])
    return perform(request, verb=WITHDRAW, thing=approval, case=approval.case, back=back, over=str(approval))
