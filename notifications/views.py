"""Pages of messages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.who import me
from core.http import acts, reads
from core.pages import page
from notifications import actions
from notifications.models import Notification


@reads
def index(request: HttpRequest) -> HttpResponse:
    """One's own messages, newest first."""
    rows = Notification.objects.visible_to(me(request))
    return render(request, "notifications/list.html", page(request, rows))


@reads
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, for asking again; its count comes from the shell."""
    return render(request, "layout/bell.html")


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
