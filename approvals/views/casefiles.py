"""The case file of a case: asking for it, waiting for it, having it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from accounts.who import me
from approvals import actions
from approvals.models import CaseFile
from approvals.views.papers import pdf
from core.http import acts, reads
from events.subjects import Subject


@acts
def case_file(request: HttpRequest, case_type: str, case_id: int) -> HttpResponse:
    """Ask for everything about a case in one sealed PDF; then see how far it is."""
    case = _case(request, case_type, case_id)
    if request.method == "POST":
        actions.ask_case_file(case=case, by=me(request))
        return redirect("approvals:case_file", case_type, case_id)
    context: dict[str, Any] = {"case": case, "newest": _newest(request, case)}
    return render(request, "approvals/case_file.html", context)


@reads
def case_file_pdf(request: HttpRequest, case_type: str, case_id: int) -> HttpResponseBase:
    """The newest case file that this person had made; the page that makes one, where there is none."""
    newest = _newest(request, _case(request, case_type, case_id), ready=True)
    if newest is None:
        return redirect("approvals:case_file", case_type, case_id)
    return pdf(newest.sha256, f"{case_type.rpartition('.')[2]}-{case_id}-{newest.asked_at:%Y%m%d-%H%M}.pdf")


def _case(request: HttpRequest, case_type: str, case_id: int) -> Subject:
    """The case, for those who may have it whole; to others it is not there."""
    case = Subject(case_type, case_id)
    if not actions.may_have_case_file(case=case, person=me(request)):
        raise Http404
    return case


def _newest(request: HttpRequest, case: Subject, *, ready: bool = False) -> CaseFile | None:
    rows = CaseFile.objects.visible_to(me(request)).filter(case_type=case.type, case_id=case.id)
    return (rows.exclude(sha256="") if ready else rows).order_by("-pk").first()
