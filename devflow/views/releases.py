"""The page on which a given release is taken back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.who import me
from core.http import acts, attempt, bound, status_of
from devflow import actions, forms, rules
from devflow.models import Release


@acts
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """A release that no robot shall carry out any more."""
    rows = Release.objects.visible_to(me(request)).select_related(
        "build__request__ticket", "build__registered_by"
    )
    release = get_object_or_404(rows, pk=pk)
    if not rules.gives(release.build, me(request)):
        raise PermissionDenied
    ticket, form = release.build.request.ticket, bound(request, forms.Sure)
    facts = {"release": release, "by": me(request)}
    if request.method == "POST" and form.is_valid() and attempt(form, actions.withdraw_release, **facts):
        messages.success(request, _("Taken back. No robot releases this build now."))
        return redirect(ticket.url)
    context = {"form": form, "release": release, "ticket": ticket}
    return render(request, "devflow/withdraw_release.html", context, status=status_of(form))
