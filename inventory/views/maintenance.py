"""Pages of maintenance: what is to do, the checklist of one asset, plans, the calendar."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import office_date
from accounts.who import me
from core.http import acts, attempt, bound, reads, status_of
from core.pages import Order, page
from core.transitions import why_not
from events.verbs import offers, perform
from inventory import actions, calendars, forms, rules
from inventory.models import AssetType, MaintenancePlan, MaintenanceTask
from inventory.querysets import TaskRows
from inventory.verbs import OF_TASK

BY_DUE = Order("due_date", descending=False, write=str, read=calendars.day_of)
MOST_IN_CALENDAR = 500


@reads
def index(request: HttpRequest) -> HttpResponse:
    """What is to do: one's own, everything, or what is overdue (`?show=`)."""
    user, today = me(request), office_date()
    show = request.GET.get("show", "")
    rows = _shown(MaintenanceTask.objects.visible_to(user), show, user, today)
    order = BY_DUE if show != "done" else Order()
    context = page(request, rows.with_list_columns(), order=order)
    context |= {
        "show": show or "mine",
        "today": today,
        "plans_url": reverse("inventory:plans") if user.is_staff_member else "",
        "keeps": rules.keeps_anywhere(None, user),
    }
    return render(request, "inventory/maintenance.html", context)


def _shown(rows: TaskRows, show: str, user: Any, today: Any) -> TaskRows:
    if show == "all":
        return rows.open()
    if show == "overdue":
        return rows.overdue(today)
    if show == "done":
        return rows.filter(state="done")
    return rows.open().filter(assignee=user)


@reads
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of maintenance, day by day."""
    user = me(request)
    month = calendars.month_of(request.GET.get("month", ""), office_date())
    rows = MaintenanceTask.objects.visible_to(user).filter(due_date__range=(month.first, month.last))
    found = rows.counted_by_day(office_date())
    context = {"month": month, "weeks": calendars.weeks(month, found), "today": office_date()}
    return render(request, "inventory/calendar.html", context)


@reads
def ics(request: HttpRequest) -> HttpResponse:
    """One's own maintenance of the next months as a calendar file (RFC 5545)."""
    user, today = me(request), office_date()
    rows = (
        MaintenanceTask.objects.visible_to(user)
        .open()
        .filter(assignee=user, due_date__lte=today + timedelta(days=92))
    )
    tasks = rows.with_list_columns().order_by("due_date", "pk")[:MOST_IN_CALENDAR]
    told = HttpResponse(calendars.written(list(tasks)), content_type="text/calendar; charset=utf-8")
    told["Content-Disposition"] = 'attachment; filename="maintenance.ics"'
    return told


@acts
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist of one asset: filled in by whoever keeps it, read by the others."""
    user = me(request)
    row = get_object_or_404(MaintenanceTask.objects.visible_to(user).with_list_columns(), pk=pk)
    refusal = why_not(row, "finish", user)
    if request.method == "POST" and isinstance(refusal, PermissionDenied):
        raise refusal
    form = bound(request, forms.Finish, task=row)
    if request.method == "POST" and form.is_valid():
        photos = [(file.name, file) for file in form.cleaned_data["photos"]]
        facts = {"answers": form.answers, "note": form.cleaned_data["note"], "photos": photos}
        if attempt(form, actions.finish_task, task=row, by=user, **facts):
            messages.success(request, _("Done: %(task)s.") % {"task": row})
            return redirect("inventory:maintenance")
    found = offers(
        row, user, list(OF_TASK.values()), lambda verb: reverse(f"inventory:task-{verb.name}", args=[pk])
    )
    context = {
        "task": row, "form": form if refusal is None or form.errors else None, "today": office_date(),
        "offers": [offer for offer in found if offer.refusal is None],
    }  # fmt: skip
    return render(request, "inventory/task.html", context, status=status_of(form) if form.is_bound else 200)


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of a task."""
    row = get_object_or_404(MaintenanceTask.objects.visible_to(me(request)).with_list_columns(), pk=pk)
    return perform(
        request, verb=OF_TASK[verb], thing=row, case=row.case, back=row.get_absolute_url(), over=str(row)
    )


@reads
def plans(request: HttpRequest) -> HttpResponse:
    """The plans, and the types of assets that no plan looks after."""
    user = me(request)
    rows = MaintenancePlan.objects.visible_to(user).active().select_related("type", "branch")
    context = page(request, rows)
    planned = MaintenancePlan.objects.visible_to(user).active().values("type")
    context |= {
        "unplanned": list(AssetType.objects.visible_to(user).in_use().exclude(pk__in=planned)),
        "new_url": reverse("inventory:new-plan") if rules.plans_anywhere(None, user) else "",
        "keeps": rules.keeps_anywhere(None, user),
    }
    return render(request, "inventory/plans.html", context)


@acts
def keep_plan(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new plan, or another way of doing it."""
    user = me(request)
    rows = MaintenancePlan.objects.visible_to(user).active().select_related("type", "branch")
    plan = get_object_or_404(rows, pk=pk) if pk else None
    if not (rules.plans(plan, user) if plan else rules.plans_anywhere(None, user)):
        raise PermissionDenied
    form = bound(request, forms.KeepPlan, user=user, initial=_as_typed(plan) if plan else {})
    facts = {"plan": plan, "by": user}
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, actions.keep_plan, **facts, **form.cleaned_data)
    ):
        return redirect("inventory:plans")
    return render(request, "inventory/keep_plan.html", {"form": form, "plan": plan}, status=status_of(form))


def _as_typed(plan: MaintenancePlan) -> dict[str, Any]:
    return {
        "name": plan.name, "type": plan.type_id, "branch": plan.branch_id, "times_a_month": plan.times_a_month,
        "lines": forms.lines_as_typed(plan.lines), "workers": [person.pk for person in plan.workers.all()],
    }  # fmt: skip


@acts
def end_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing more is planned by it."""
    user = me(request)
    plan = get_object_or_404(MaintenancePlan.objects.visible_to(user).active(), pk=pk)
    if not rules.plans(plan, user):
        raise PermissionDenied
    form = bound(request, forms.Sure)
    if request.method == "POST" and form.is_valid() and attempt(form, actions.end_plan, plan=plan, by=user):
        return redirect("inventory:plans")
    return render(request, "inventory/end_plan.html", {"form": form, "plan": plan}, status=status_of(form))
