"""Pages on which forms are written and tests are run."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.who import me
from approvals import actions, forms
from approvals.enums import Kind
from approvals.models import Approval, FormFile
from approvals.verbs import OF_UAT, WITHDRAW
from approvals.views._parts import form_of
from approvals.views.reading import about, facts_of, file_entry, files_of, offers_of
from core.errors import NotPossible, Refusal
from core.http import acts, attempt, bound
from core.transitions import why_not
from events.verbs import perform


@acts
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a BRM, or run the scenarios of a UAT; saving keeps gaps, submitting asks for every answer.

    While somebody types, htmx sends the form as it is: then the answer is one line that says whether it is kept.
    """
    approval = form_of(request, pk)
    if refusal := why_not(approval, "save_draft", me(request)):
        if _saves_itself(request):
            return _saved(request, approval, refusal)
        raise refusal
    return _edit_uat(request, approval) if approval.kind == Kind.UAT else _edit_brm(request, approval)


def _saves_itself(request: HttpRequest) -> bool:
    return request.method == "POST" and "HX-Request" in request.headers


def _saved(
    request: HttpRequest, approval: Approval, refusal: Refusal | None = None, errors: Any = ()
) -> HttpResponse:
    """The line under the form: kept at which minute, or why not; and the version that the page shows from now on."""
    context = {
        "approval": approval,
        "now": timezone.now(),
        "refused": str(refusal) if refusal else "",
        "unkept": errors,
    }
    return render(request, "approvals/saved.html", context)


# The BRM -----------------------------------------------------------------------------------------------------------


def _edit_brm(request: HttpRequest, approval: Approval) -> HttpResponse:
    keeping = request.method == "POST" and "submit" not in request.POST
    initial = {**approval.content, "version": approval.version}
    form = bound(request, forms.Unfinished if keeping else forms.Brm, initial=initial)
    if _saves_itself(request):
        return _autosave_brm(request, approval, form)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _save_brm, form=form, row=approval, request=request)
    ):
        return redirect("approvals:edit" if "attach" in request.POST else "approvals:detail", approval.pk)
    theirs = _theirs(approval, form) if getattr(form, "refusal", None) else []
    if theirs:
        form.data = {**request.POST.dict(), "version": approval.version}
    context = {
        "approval": approval,
        "form": form,
        "theirs": theirs,
        "about": about(approval),
        "files": files_of(approval),
    }
    return render(request, "approvals/brm_edit.html", context, status=422 if form.errors else 200)


def _autosave_brm(request: HttpRequest, approval: Approval, form: Any) -> HttpResponse:
    """Keep every answer that can be read; the others stay in the browser and are named."""
    form.is_valid()
    version = form.cleaned_data.get("version")
    if version is None:
        return _saved(request, approval, NotPossible(_("Open the form again.")))
    unkept = [form.fields[name].label for name in form.errors if name in form.fields]
    try:
        saved = actions.save_draft(approval=approval, content=form.content(), version=version, by=me(request))
    except NotPossible as refusal:
        return _saved(request, approval, refusal)
    return _saved(request, saved, errors=unkept)


def _save_brm(*, form: forms.Brm, row: Approval, request: HttpRequest) -> None:
    by = me(request)
    saved = actions.save_draft(
        approval=row, content=form.content(), version=form.cleaned_data["version"], by=by
    )
    form.data = {**request.POST.dict(), "version": saved.version}  # what is kept is kept, whatever follows
    _take(
        form.cleaned_data["attachments"], lambda f: actions.attach(approval=row, name=f.name, file=f, by=by)
    )
    if "submit" in request.POST:
        actions.submit(approval=saved, by=by)
        messages.success(request, _("The form is on its way to those who decide."))
    elif "attach" not in request.POST:
        messages.success(request, _("Kept as a draft."))


def _take(chosen: Any, keep: Any) -> None:
    """Keep each file that can be kept. Raises NotPossible naming the others."""
    refused = []
    for file in chosen:
        try:
            keep(file)
        except NotPossible as refusal:
            refused.append(f"{file.name}: {refusal}")
    if refused:
        raise NotPossible(" ".join(refused))


def _theirs(approval: Approval, form: forms.Brm) -> list[dict[str, Any]]:
    """What somebody else wrote meanwhile, where it differs from what was typed here."""
    return [
        {"label": field.label, "value": approval.content[name]}
        for name, field in form.fields.items()
        if name in approval.content and approval.content[name] != form.data.get(name, "")
        and name != "attachments"
    ]  # fmt: skip


@acts
def detach(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Take a file off a draft."""
    row = get_object_or_404(FormFile.objects.visible_to(me(request)), pk=file, approval=pk)
    if request.method == "POST":
        actions.detach(file=row, by=me(request))
    return redirect("approvals:edit", pk)


# The UAT -----------------------------------------------------------------------------------------------------------


def _edit_uat(request: HttpRequest, approval: Approval) -> HttpResponse:
    c = approval.content
    initial = {"conclusion": c.get("conclusion"), "notes": c.get("notes")}
    form = bound(request, forms.Results, scenarios=c.get("scenarios", []), initial=initial)
    is_tester = me(request).pk == approval.tester_key
    if _saves_itself(request):
        return _autosave_uat(request, approval, form)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _save_uat, form=form, row=approval, request=request)
    ):
        return redirect("approvals:edit" if "attach" in request.POST else "approvals:detail", approval.pk)
    rows = [row | {"shots": _shots(approval, row["scenario"])} for row in form.rows()]
    context = {
        "approval": approval,
        "form": form,
        "rows": rows,
        "is_tester": is_tester,
        "facts": facts_of(approval)[:4],
        "offers": offers_of(approval, me(request)),
        "unkept": ",".join(f"evidence_{n}" for n in range(len(rows))),
    }
    return render(request, "approvals/uat_edit.html", context, status=422 if form.errors else 200)


def _shots(approval: Approval, scenario: dict[str, Any]) -> list[dict[str, Any]]:
    return [file_entry(approval, entry) for entry in scenario.get("evidence", [])]


def _autosave_uat(request: HttpRequest, approval: Approval, form: Any) -> HttpResponse:
    if not form.is_valid():
        return _saved(
            request, approval, errors=[form.fields[n].label for n in form.errors if n in form.fields]
        )
    try:
        saved = _record(form, approval, request)
    except NotPossible as refusal:
        return _saved(request, approval, refusal)
    return _saved(request, saved)


def _record(form: forms.Results, row: Approval, request: HttpRequest) -> Approval:
    typed = form.cleaned_data
    return actions.record_results(
        approval=row, results=form.results(), by=me(request), conclusion=typed["conclusion"],
        notes=typed["notes"].strip(),
    )  # fmt: skip


def _save_uat(*, form: forms.Results, row: Approval, request: HttpRequest) -> None:
    by = me(request)
    saved = _record(form, row, request)
    for number, file in form.screenshots():
        _take([file], lambda f, n=number: actions.attach_evidence(
            approval=row, number=n, name=f.name, file=f, by=by))  # fmt: skip
    if "submit" in request.POST:
        actions.submit(approval=saved, by=by)
    elif "attach" not in request.POST:
        messages.success(request, _("Your results are kept."))


@acts
def of_uat(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one act of a test: one more scenario, kept scenarios, another tester."""
    approval = form_of(request, pk)
    if approval.kind != Kind.UAT:
        raise Http404
    back = reverse("approvals:edit" if verb != "tester" else "approvals:detail", args=[pk])
    return perform(
        request, verb=OF_UAT[verb], thing=approval, case=approval.case, back=back, over=str(approval)
    )


@acts
def remove_scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a scenario that nobody has run."""
    approval = form_of(request, pk)
    if request.method == "POST":
        sent = forms.WhichScenario(request.POST)
        which = sent.cleaned_data if sent.is_valid() else {"number": -1, "version": 0}
        actions.remove_scenario(approval=approval, by=me(request), **which)
    return redirect("approvals:edit", pk)


@acts
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the form back."""
    approval = form_of(request, pk)
    back = reverse("approvals:detail", args=[pk])
    return perform(request, verb=WITHDRAW, thing=approval, case=approval.case, back=back, over=str(approval))
