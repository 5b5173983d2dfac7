"""Lists of tickets: filters that are addresses, names for them, columns."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.who import me
from core.http import acts, attempt, bound, reads, unless_unchanged
from core.pages import Order, page
from core.transitions import why_not
from inventory.models import Asset
from tickets import actions, forms
from tickets.cells import CELLS
from tickets.lists import COLUMNS, REQUESTER_COLUMNS, STAFF_COLUMNS, in_order, usual
from tickets.models import AboutAsset, SavedView, Ticket
from tickets.querysets import TicketRows, choices_for

MOST_ABOUT = 10  # requests on the page of an asset
LIVE = "requests"  # the part of the page that renews itself
_PANEL = "filters"  # in the address: all filters are to be seen; in htmx: only they are asked for
_SORTS = {"priority": "priority", "answer": "due", "changed": "changed"}


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The list: what one may see, filtered and sorted by the address."""
    form = asked_of(request)
    if _asked_for(request, _PANEL):
        return render(request, "tickets/filters.html", {"form": form})
    rows, order = wanted(request, form)
    context = page(request, rows.with_list_columns(), order=order)
    context |= {
        "columns": columns(request, form),
        "form": form,
        "live": LIVE,
        "here": request.get_full_path(),
    }
    if _asked_for(request, LIVE):
        return unless_unchanged(request, render(request, "tickets/list.html#rows", context))
    return render(request, "tickets/list.html", context | _around(request, form))


def asked_of(request: HttpRequest) -> forms.Filter:
    """The filter in the address, checked; what is wrong in it is shown and left out."""
    user = me(request)
    needed = _PANEL in request.GET or {"branch", "team", "assignee"} & set(request.GET)
    choices = choices_for(user) if needed else {}
    form = forms.Filter(request.GET, choices=choices, staff=user.is_staff_member)
    form.is_valid()
    return form


def wanted(request: HttpRequest, form: forms.Filter) -> tuple[TicketRows, Order]:
    """The tickets that the address asks for, of those that the person may see, and their order."""
    rows = Ticket.objects.visible_to(me(request)).matching(by=me(request), now=timezone.now(), **form.asked)
    return in_order(rows, form.cleaned_data.get("sort", ""))


def _asked_for(request: HttpRequest, part: str) -> bool:
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and htmx.target == part


def columns(request: HttpRequest, form: forms.Filter | None = None) -> list[dict[str, Any]]:
    """The columns to show: name, label, the address that sorts by it ("" if none can), whether it is sorted by it."""
    chosen = (form.cleaned_data.get("cols") if form else None) or _usual_columns(request)
    sorted_by = form.cleaned_data.get("sort", "") if form else ""
    return [
        {
            "name": name,
            "label": str(label),
            "url": _address(request, sort=_SORTS[name]) if form and name in _SORTS else "",
            "sorted": _SORTS.get(name) == sorted_by and bool(sorted_by),
            "draw": CELLS[name],
        }
        for name, label in COLUMNS
        if name in chosen
    ]


def _usual_columns(request: HttpRequest) -> list[str]:
    return STAFF_COLUMNS if me(request).is_staff_member else REQUESTER_COLUMNS


def _around(request: HttpRequest, form: forms.Filter) -> dict[str, Any]:
    """What stands around the rows: names, chips, the way to a file."""
    query = query_of(request)
    views = list(SavedView.objects.visible_to(me(request)).select_related("owner").order_by("name", "pk"))
    saved = next((view for view in views if view.query == query), None)
    return {
        "tabs": _tabs(request, views, query),
        "chips": _chips(request, form),
        "saved": saved if saved and saved.owner_id == me(request).pk else None,
        "query": query,
        "ended_url": "" if form.asked.get("status") else _address(request, status="all"),
        "save_form": forms.SaveView(shares=me(request).is_it_staff, initial={"query": query}),
        "export": urlencode(_pairs(request)),
        "panel": form if _PANEL in request.GET or form.errors else None,
        "kept": [pair for pair in _pairs(request) if pair[0] != "q"],
        "panel_url": _address(request, filters="1"),
    }


# Addresses --------------------------------------------------------------------------------------------------------


def query_of(request: HttpRequest) -> str:
    """The filter of this address in its usual form: what a saved view keeps."""
    return usual(urlencode(_pairs(request)))


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    known = forms.Filter.base_fields if me(request).is_staff_member else forms.Filter.FOR_ALL
    return [(k, v) for k, values in request.GET.lists() for v in values if v and k in known]


def _address(request: HttpRequest, *, without: tuple[str, str] | None = None, **instead: str) -> str:
    """This list with other values, or without one; always from its first page."""
    kept = [pair for pair in _pairs(request) if pair[0] not in instead and pair != without]
    query = urlencode([*kept, *instead.items()])
    return f"{reverse('tickets:list')}?{query}" if query else reverse("tickets:list")


# What stands around the rows ----------------------------------------------------------------------------------------

_STAFF_TABS = (
    (gettext_lazy("Open"), ""),
    (gettext_lazy("Given to me"), "assignee=me"),
    (gettext_lazy("To decide"), "status=new"),
    (gettext_lazy("Late"), "late=on"),
    (gettext_lazy("Waits for the requester"), "waits=on"),
    (gettext_lazy("All"), "status=all"),
)
_TABS = (
    (gettext_lazy("Open"), ""),
    (gettext_lazy("Your turn"), "waits=on"),
    (gettext_lazy("All"), "status=all"),
)


def _tabs(request: HttpRequest, views: list[SavedView], query: str) -> list[dict[str, Any]]:
    """The usual lists, then those with a name."""
    usual = _STAFF_TABS if me(request).is_staff_member else _TABS
    named = [
        *((str(label), asked, "") for label, asked in usual),
        *((v.name, v.query, _whose(request, v)) for v in views),
    ]
    start = reverse("tickets:list")
    return [
        {
            "label": label,
            "url": f"{start}?{asked}" if asked else start,
            "active": asked == query,
            "whose": whose,
        }
        for label, asked, whose in named
    ]


def _whose(request: HttpRequest, view: SavedView) -> str:
    return "" if view.owner_id == me(request).pk else str(view.owner)


def _chips(request: HttpRequest, form: forms.Filter) -> list[dict[str, str]]:
    """Each filter that is set, in words, with the address of the list without it."""
    return [
        {"label": label, "value": value, "url": _address(request, without=pair)}
        for pair in _pairs(request)
        if pair[0] not in forms.Filter.LOOKS
        for label, value in [form.in_words(*pair)]
    ]


# Lists under a name ---------------------------------------------------------------------------------------------------


@acts
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep a list under a name: one's own, or for everyone in IT."""
    asked = {"query": request.GET.urlencode()[:1000]}
    form = bound(request, forms.SaveView, shares=me(request).is_it_staff, initial=asked)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, actions.save_view, **form.cleaned_data, by=me(request))
    ):
        messages.success(request, _("The list is kept as “%(name)s”.") % {"name": form.cleaned_data["name"]})
        return redirect(f"{reverse('tickets:list')}?{form.cleaned_data['query']}")
    status = 422 if form.errors else 200
    return render(request, "tickets/view.html", {"form": form, "view": None}, status=status)


@acts
def saved_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a list of one's own, or the end of it."""
    view = get_object_or_404(SavedView.objects.visible_to(me(request)).filter(owner=me(request)), pk=pk)
    address = f"{reverse('tickets:list')}?{view.query}"
    if "delete" in request.POST:
        actions.delete_view(view=view, by=me(request))
        messages.success(
            request,
            _("“%(name)s” is no longer kept. The requests in it are untouched.") % {"name": view.name},
        )
        return redirect(address)
    now = {"name": view.name, "is_shared": view.is_shared, "query": view.query}
    form = bound(request, forms.SaveView, shares=me(request).is_it_staff, initial=now)
    if request.method == "POST" and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "query"}
        if attempt(form, actions.change_view, view=view, **facts, by=me(request)):
            return redirect(address)
    context = {"form": form, "view": view, "back": address}
    return render(request, "tickets/view.html", context, status=422 if form.errors else 200)


@reads
def about_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Requests about an asset, the newest first: a part of its page. 404 for one that is not seen."""
    asset = get_object_or_404(Asset.objects.visible_to(me(request)), pk=pk)
    linked = (
        AboutAsset.objects.visible_to(me(request)).filter(asset=asset).order_by("-ticket").values("ticket")
    )
    rows = Ticket.objects.visible_to(me(request)).filter(pk__in=linked[:1000]).with_list_columns()
    context = {"asset": asset, "rows": list(rows.order_by("-pk")[:MOST_ABOUT])}
    return render(request, "tickets/about_asset.html", context)


@reads
def assets(request: HttpRequest, pk: int) -> HttpResponse:
    """The assets that a request is about, with their states: a part of its page."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)), pk=pk)
    rows = AboutAsset.objects.visible_to(me(request)).filter(ticket=ticket).with_assets().order_by("asset_id")
    names = why_not(ticket, "tie", me(request)) is None
    context = {"ticket": ticket, "rows": list(rows[:50]), "names": names}
    return render(request, "tickets/assets.html", context)
