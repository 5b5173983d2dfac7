"""The ledger as a page, for those who see everything."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render

from core.http import reads
from core.pages import page
from events import anchors, rules
from events.models import Event, LedgerCheck, LedgerFinding, Seal
from events.querysets import SealRows

SHOWN = 100  # findings on the page


@reads
def ledger(request: HttpRequest) -> HttpResponse:
    """Everything that happened, newest first. For IT staff and auditors of the whole group; others find no page."""
    if not request.user.reads_everything:  # type: ignore[union-attr]
        raise Http404
    rows = Event.objects.visible_to(request.user).with_list_columns()
    return render(request, "events/ledger.html", page(request, rows, size=50))


@reads
def seals(request: HttpRequest) -> HttpResponse:
    """How the ledger stands: the newest seal, the newest checks, what was found, the anchor; every seal below.

    `?head=` compares a head that somebody kept with all of them.
    """
    rows = _seals(request)
    head = request.GET.get("head", "").strip().lower()
    context = page(request, rows.with_list_columns(), size=30)
    checks = LedgerCheck.objects.visible_to(request.user)
    findings = list(LedgerFinding.objects.visible_to(request.user).open().order_by("-found_at", "pk")[:SHOWN])
    context |= {
        "newest": rows.with_list_columns().order_by("-pk").first(),
        "checks": list(checks.order_by("-pk")[:4]),
        "findings": findings,
        "more": len(findings) == SHOWN,
        "head": head,
        "known": rows.filter(hash=head).first() if head else None,
        "anchored": anchors.latest_seal(anchors.place()),
        "has_anchor": anchors.place() is not None,
    }
    return render(request, "events/seals.html", context)


@reads
def seal(request: HttpRequest, number: int) -> HttpResponse:
    """One seal as a file: its statement, hash and signature, and the time stamp where there is one."""
    row = get_object_or_404(_seals(request).select_related("key", "stamp").defer("leaves"), pk=number)
    answer = JsonResponse(row.record | {"stamp": row.stamp_text})
    answer["Content-Disposition"] = f'attachment; filename="seal-{row.number:08}.json"'
    return answer


def _seals(request: HttpRequest) -> SealRows:
    """Those that the person may see; 404 for whoever sees none."""
    if not rules.guards(request.user):
        raise Http404
    return Seal.objects.visible_to(request.user)
