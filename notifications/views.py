"""Pages of messages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.who import me
from core.http import acts, attempt, bound, reads, unless_unchanged
from core.pages import page
from notifications import actions, forms
from notifications.models import Notification


@reads
def index(request: HttpRequest) -> HttpResponse:
    """One's own messages, newest first."""
    rows = Notification.objects.visible_to(me(request))
    return render(request, "notifications/list.html", page(request, rows))


@reads
def bell(request: HttpRequest) -> HttpResponse:
    """The bell and the numbers of the menu, for asking again; they come from the shell."""
    return unless_unchanged(request, render(request, "layout/bell.html", {"with_counts": True}))


@acts
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a message as read and go where it points."""
    note = get_object_or_404(Notification.objects.visible_to(me(request)), pk=pk)
    if request.method == "POST":
        actions.read(note=note, by=me(request))
    return redirect(note.path)


@acts
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of one's messages as read."""
    if request.method == "POST":
        actions.read_all(by=me(request))
    return redirect("notifications:list")


@acts
def preferences(request: HttpRequest) -> HttpResponse:
    """What one wants to hear of: on the bell, by e-mail at once or gathered, or not at all."""
    user = me(request)
    if request.method == "POST" and "defaults" in request.POST:
        actions.prefer_defaults(by=user)
        messages.success(request, _("The usual settings of your role count again."))
        return redirect("notifications:preferences")
    form = bound(request, forms.Preferences, person=user)
    if request.method == "POST" and form.is_valid():
        wanted, hour = form.wanted(), form.cleaned_data["hour"]
        if attempt(form, actions.prefer, by=user, wanted=wanted, hour=hour):
            messages.success(request, _("Kept. It counts from the next message on."))
            return redirect("notifications:preferences")
    return render(
        request, "notifications/preferences.html", {"form": form}, status=422 if form.errors else 200
    )
