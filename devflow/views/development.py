"""Pages of developments."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import office_date
from accounts.who import me
from approvals.enums import Kind as FormKind
from approvals.models import Approval
from core.http import acts, reads
from core.pages import page
from devflow import rules
from devflow.enums import Reached, Stage
from devflow.models import (
    Build,
    DevelopmentRequest,
    EmergencyFix,
)
from devflow.verbs import OF_BUILD, OF_REQUEST
from devflow.views.agreeing import back_from
from devflow.views.board import address, looks, narrowed
from devflow.views.panel import writes
from events.verbs import perform


@reads
def board(request: HttpRequest) -> HttpResponse:
    """All developments one may see, by stage as a tab, newest first."""
    stage = request.GET.get("stage", "")
    rows, form = narrowed(request)
    rows = rows.filter(stage=stage) if stage in Stage.values else rows
    tabs = [{"label": _("All"), "url": address(request, stage=""), "active": stage not in Stage.values}]
    tabs += [
        {"label": s.label, "url": address(request, stage=s.value), "active": stage == s.value} for s in Stage
    ]
    context = page(request, rows.with_list_columns()) | {"tabs": tabs, "form": form}
    kept = [("stage", stage)] if stage in Stage.values else []
    return render(request, "devflow/list.html", context | {"kept": kept, "looks": looks(request)})


@reads
def emergencies(request: HttpRequest) -> HttpResponse:
    """What went to Production before its UAT, newest first: who agreed, and whether its debt is paid."""
    fixes = EmergencyFix.objects.visible_to(me(request)).with_list_columns()
    shown = page(request, fixes)
    for fix in shown["rows"]:
        fix.is_late = fix.is_overdue(office_date())
        waits = fix.build.reached == Reached.TRAINING and rules.may_agree(fix.build, me(request))
        page_of_it = reverse("devflow:deploy-agree", args=[fix.build_id])
        fix.leads_to = page_of_it if waits else fix.build.request.ticket.url
    return render(request, "devflow/emergencies.html", shown | {"looks": looks(request)})


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of a development."""
    rows = DevelopmentRequest.objects.visible_to(me(request)).with_list_columns()
    row = get_object_or_404(rows, pk=pk)
    ticket = row.ticket
    answer = perform(
        request, verb=OF_REQUEST[verb], thing=row, case=ticket, back=ticket.url, over=str(ticket)
    )
    form = (
        Approval.objects.about(row).unfinished().filter(kind=FormKind.BRM).first() if verb == "brm" else None
    )
    if form is not None and answer.status_code == 302:
        return redirect("approvals:edit" if writes(form, me(request)) else "approvals:detail", form.pk)
    return answer


@acts
def deploy(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of recording a deployment."""
    build = get_object_or_404(Build.objects.visible_to(me(request)).for_rules(), pk=pk)
    ticket, back = build.request.ticket, back_from(build, me(request))
    return perform(request, verb=OF_BUILD[verb], thing=build, case=ticket, back=back, over=str(ticket))
