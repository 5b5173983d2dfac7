"""Labels with a code that opens the asset, and the camera that reads them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.who import me
from core.http import reads
from core.pdf import render as draw
from inventory import labels
from inventory.lists import in_order
from inventory.models import Asset
from inventory.views.assets import asked_of, wanted

MOST = 480  # labels in a file


@reads
def sheet(request: HttpRequest) -> HttpResponse:
    """The labels of a list, or of one asset (`?only=17`), as a PDF; `?paper=24` and `?skip=3` choose the places."""
    paper = labels.PAPERS.get(request.GET.get("paper", ""), labels.PAPERS["24"])
    skip = request.GET.get("skip", "0")
    form = asked_of(request)
    rows = wanted(request, form)
    if (only := request.GET.get("only", "")).isdecimal() and len(only) < 19:
        rows = Asset.objects.visible_to(me(request)).filter(pk=int(only))
    order = in_order(form.cleaned_data.get("sort", "") or "tag")
    found = list(order.sorted(rows.with_list_columns())[:MOST])
    if not found:
        messages.info(request, _("There is no asset in this list, so there is nothing to print."))
        return redirect("inventory:list")
    context = {
        "sheets": labels.sheets(found, paper, int(skip) if skip.isdecimal() and len(skip) < 4 else 0),
        "paper": paper,
        "title": _("Labels"),
    }
    content = draw("pdf/labels.html", context, language=get_language() or "id")
    told = HttpResponse(content, content_type="application/pdf")
    told["Content-Disposition"] = f'inline; filename="labels-{timezone.localtime():%Y-%m-%d}.pdf"'
    return told


@reads
def scan(request: HttpRequest) -> HttpResponse:
    """Read a label with the camera, or type its tag: the asset opens (`?code=`)."""
    code = request.GET.get("code", "")[:300]
    if code:
        tag = labels.tag_in(code)
        found = Asset.objects.visible_to(me(request)).called([tag]).first() if tag else None
        if found is not None:
            return redirect(found)
    return render(request, "inventory/scan.html", {"code": code}, status=404 if code else 200)
