"""The ledger as a page, for those who see everything."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from core.http import reads
from core.pages import page
from events.models import Event


@reads
def ledger(request: HttpRequest) -> HttpResponse:
    """Everything that happened, newest first. For IT staff and auditors of the whole group; others find no page."""
    if not request.user.reads_everything:  # type: ignore[union-attr]
        raise Http404
    rows = Event.objects.visible_to(request.user).with_list_columns()
    return render(request, "events/ledger.html", page(request, rows, size=50))
