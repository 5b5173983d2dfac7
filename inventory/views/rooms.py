"""Pages of rooms."""

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.who import me
from core.http import acts, attempt, bound, reads, status_of
from core.pages import page
from inventory import actions, forms, rules
from inventory.enums import KEPT
from inventory.models import Room


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The rooms of the branches whose inventory one sees, and how much stands in each."""
    user = me(request)
    here = Count("assets", filter=Q(assets__state__in=KEPT))
    rows = Room.objects.visible_to(user).select_related("branch").annotate(kept=here)
    context = page(request, rows, size=50)
    keeps = rules.keeps_anywhere(None, user)
    context |= {"keeps": keeps, "new_url": reverse("inventory:new-room") if keeps else ""}
    return render(request, "inventory/rooms.html", context)


@acts
def keep(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new room, or another name for one."""
    user = me(request)
    room = get_object_or_404(Room.objects.visible_to(user).select_related("branch"), pk=pk) if pk else None
    if not (rules.keeps(room, user) if room else rules.keeps_anywhere(None, user)):
        raise PermissionDenied
    initial = {"name": room.name, "is_active": room.is_active} if room else {"branch": user.branch_id}
    form = bound(request, forms.KeepRoom, user=user, room=room, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = {"branch": room.branch} if room else {}
        if attempt(form, actions.keep_room, room=room, by=user, **facts, **form.cleaned_data):
            return redirect("inventory:rooms")
    return render(request, "inventory/keep_room.html", {"form": form, "room": room}, status=status_of(form))
