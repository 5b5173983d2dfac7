"""The page on which booked hours are taken back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.who import me
from core.errors import PermissionDenied
from core.http import acts, attempt, bound, status_of
from devflow import actions, forms, rules
from devflow.models import HourEntry


@acts
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A counter-entry to hours that were booked wrongly, with the reason; or why that is not possible."""
    rows = HourEntry.objects.visible_to(me(request)).with_list_columns().select_related("request__ticket")
    entry = get_object_or_404(rows, pk=pk)
    refusal = rules.why_not_take_hours_back(entry, me(request))
    if isinstance(refusal, PermissionDenied):
        raise refusal
    form, ticket = bound(request, forms.TakeBack), entry.request.ticket
    facts = {"entry": entry, "by": me(request)}
    posted = request.method == "POST" and form.is_valid()
    if posted and attempt(form, actions.take_back_hours, **form.cleaned_data, **facts):
        return redirect(ticket.url)
    told = {"refused": refusal.reason, "rule": refusal.rule} if refusal and request.method == "GET" else {}
    context = {"form": form, "entry": entry, "ticket": ticket, "refused": "", "rule": ""} | told
    return render(request, "devflow/take_back.html", context, status=status_of(form))
