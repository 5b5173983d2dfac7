"""The page of each verb."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.who import me
from core.http import acts
from events.verbs import perform
from tickets.models import Comment, Ticket
from tickets.verbs import VERBS


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of the ticket."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)).with_list_columns(), pk=pk)
    return perform(
        request, verb=VERBS[verb], thing=ticket, case=ticket, back=ticket.url, over=str(ticket),
        initial=_part(request, ticket) if verb == "split" else None,
    )  # fmt: skip


def _part(request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    """A part is mostly what one answer asked for (`?comment=17`): its words and files are in the form already.

    A note of IT is nothing that the requester reads, so it is not taken over.
    """
    asked = request.GET.get("comment", "")
    rows = Comment.objects.visible_to(me(request)).filter(ticket=ticket, is_internal=False)
    comment = rows.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    found: dict[str, Any] = {"kind": ticket.kind}
    if comment is not None:
        files = comment.attachments.values_list("pk", flat=True)
        found |= {
            "title": comment.text.splitlines()[0][:150],
            "description": comment.text,
            "attachments": list(files),
        }
    return found
