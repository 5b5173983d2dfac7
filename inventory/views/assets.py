"""Pages of assets: the list, one asset, a new one, its verbs and files."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Branch
from accounts.who import me
from core import files, numbers, thumbnails
from core.http import acts, attempt, bound, reads, status_of
from core.pages import page, walk
from core.sheets import FORMS, Column, Sheet, answer
from core.templatetags.kumala import day
from core.transitions import why_not
from events.models import Event
from events.verbs import offers, perform
from inventory import actions, forms, rules
from inventory.columns import key_of, own_fields
from inventory.lists import Asking, in_order, matching
from inventory.models import Asset, AssetFile, AssetType, Installation
from inventory.querysets import AssetRows, areas
from inventory.verbs import VERBS
from inventory.views._parts import entry, harmless, opened

MOST_EXPORTED = 100_000
MOST_SHOWN = 30  # parts, files and programs on the page of one asset


def asked_of(request: HttpRequest) -> forms.Filter:
    """The filter in the address, checked; what is wrong in it is shown and left out."""
    branches = Branch.objects.visible_to(me(request)).open()
    seen = areas(me(request))
    known = branches if None in seen else branches.filter(pk__in=seen)
    form = forms.Filter(request.GET, branches=known, types=AssetType.objects.visible_to(me(request)).in_use())
    form.is_valid()
    return form


def wanted(request: HttpRequest, form: forms.Filter) -> AssetRows:
    """The assets that the address asks for, of those that the person may see."""
    rows = Asset.objects.visible_to(me(request))
    return matching(rows, form.cleaned_data, Asking(me(request), timezone.now()))


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The list: what one may see, filtered and sorted by the address."""
    form = asked_of(request)
    order = in_order(form.cleaned_data.get("sort", ""))
    context = page(request, wanted(request, form).with_list_columns(), order=order)
    pairs = [(k, v) for k, values in request.GET.lists() for v in values if v and k in form.fields]
    keeps = rules.keeps_anywhere(None, me(request))
    context |= {
        "form": form,
        "now": timezone.now(),
        "query": urlencode(pairs),
        "is_open": any(name not in ("q", "state") for name, _value in pairs) or bool(form.errors),
        "keeps": keeps,
        "new_url": reverse("inventory:new") if keeps else "",
        "types_url": reverse("inventory:types") if rules.defines(None, me(request)) else "",
    }
    return render(request, "inventory/list.html", context)


_COLUMNS = [
    Column(gettext_lazy("Tag"), lambda a: a.tag),
    Column(gettext_lazy("Type"), lambda a: a.type.name),
    Column(gettext_lazy("State"), lambda a: a.get_state_display()),
    Column(gettext_lazy("Name"), lambda a: a.name),
    Column(gettext_lazy("Serial number"), lambda a: a.serial),
    Column(gettext_lazy("Maker"), lambda a: a.maker),
    Column(gettext_lazy("Model"), lambda a: a.model),
    Column(gettext_lazy("Branch"), lambda a: a.branch.name),
    Column(gettext_lazy("Room"), lambda a: a.room.name if a.room else ""),
    Column(gettext_lazy("Holder"), lambda a: a.holder.email if a.holder else ""),
    Column(gettext_lazy("Belongs to"), lambda a: a.parent.tag if a.parent else ""),
    Column(gettext_lazy("Bought on"), lambda a: a.purchase_date),
    Column(gettext_lazy("Supplier"), lambda a: a.supplier),
    Column(gettext_lazy("Cost (Rp)"), lambda a: a.cost),
    Column(gettext_lazy("Warranty until"), lambda a: a.warranty_date),
    Column(gettext_lazy("Note"), lambda a: a.note),
    Column(gettext_lazy("Verified"), lambda a: a.verified_at, instant=True),
    Column(gettext_lazy("To be verified until"), lambda a: a.due_at, instant=True),
    Column(gettext_lazy("Last report"), lambda a: a.last_seen_at, instant=True),
]


@reads
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list of this address as `csv` or `xlsx`."""
    if form not in FORMS:
        raise Http404
    asked = asked_of(request)
    order = in_order(asked.cleaned_data.get("sort", ""))
    found = wanted(request, asked).with_list_columns().select_related("parent").defer("words")
    rows = walk(found, order=order)
    fields = own_fields(AssetType.objects.visible_to(me(request)).order_by("name", "pk"))
    names: dict[int, dict[str, str]] = {}
    told = [*_COLUMNS, *(Column(field.label, _own(field.key, names)) for field in fields)]
    return answer(Sheet(_("assets"), told, rows, MOST_EXPORTED, _cut), form, me(request).zone)


def _own(key: str, names: dict[int, dict[str, str]]) -> Any:
    """The value of an asset's own field of this label, as an import reads it again.

    `names`: of the types met so far, what their fields are called, by the keys of their labels.
    """

    def value(asset: Asset) -> Any:
        known = names.get(asset.type_id)
        if known is None:
            known = names[asset.type_id] = {key_of(f): f["name"] for f in reversed(asset.type.own_fields)}
        found = asset.details.get(known[key], "") if key in known else ""
        return (_("yes") if found else _("no")) if isinstance(found, bool) else found

    return value


def _cut() -> str:
    said = _("Only the first %(most)s assets are in this file. Narrow the list to get the others.")
    return said % {"most": f"{MOST_EXPORTED:,}"}


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One asset: where it is, who has it, what one can do, what happened."""
    user = me(request)
    asset = get_object_or_404(Asset.objects.visible_to(user).with_page_columns(), pk=pk)
    found = offers(
        asset, user, list(VERBS.values()), lambda verb: reverse(f"inventory:{verb.name}", args=[pk])
    )
    possible = [offer for offer in found if offer.refusal is None]
    history = Event.objects.about(asset).visible_to(user, branch_id=asset.branch_id).with_list_columns()
    context = page(request, history.order_by(), size=20)
    context["events"] = [entry(event) for event in context.pop("rows")]
    found_parts = Asset.objects.visible_to(user).filter(parent=asset).with_list_columns()
    parts = list(found_parts.order_by("pk")[:MOST_SHOWN])
    software = Installation.objects.visible_to(user).current().filter(asset=asset).select_related("title")
    context |= {
        "asset": asset,
        "facts": _facts(asset),
        "offers": [offer for offer in possible if not offer.verb.more],
        "more": [offer for offer in possible if offer.verb.more],
        "is_overdue": rules.is_overdue(asset, timezone.now()),
        "parts": parts,
        "hands": _hands(asset, user, parts),
        "files": _files(asset, user),
        "software": list(software.order_by("title__name", "pk")[: MOST_SHOWN + 1]),
        "most": MOST_SHOWN,
    }  # fmt: skip
    return render(request, "inventory/asset.html", context)


def _facts(asset: Asset) -> list[dict[str, Any]]:
    shown = [
        (_("Type"), asset.type),
        (_("Branch"), asset.branch),
        (_("Room"), asset.room),
        (_("Holder"), _held_by(asset)),
        (_("Serial number"), asset.serial),
        (_("Maker"), asset.maker),
        (_("Model"), asset.model),
        *asset.own_values,
        (_("Bought on"), day(asset.purchase_date) if asset.purchase_date else ""),
        (_("Supplier"), asset.supplier),
        (_("Cost"), numbers.money(asset.cost)),
        (_("Warranty until"), day(asset.warranty_date) if asset.warranty_date else ""),
        (_("Note"), asset.note),
    ]
    return [{"label": label, "value": _said(value)} for label, value in shown if value not in (None, "")]


def _held_by(asset: Asset) -> Any:
    """The holder, with where they signed for it."""
    if asset.holder is None:
        return ""
    whose = format_html(
        '<a href="{}">{}</a>', reverse("inventory:person", args=[asset.holder_id]), asset.holder
    )
    if asset.custody is None:
        return whose
    return format_html(
        '{} <a class="tag tone-jade" href="{}">{}</a>',
        whose,
        asset.custody.get_absolute_url(),
        asset.custody.number,
    )


def _hands(asset: Asset, user: Any, parts: list[Asset]) -> dict[str, str]:
    """Where a hand-over of it and what belongs to it begins, or its return: the address, for who may."""
    if why_not(asset, "hand_over", user) is None:
        free = [part.tag for part in parts if part.custody_id is None and part.branch_id == asset.branch_id]
        given = {"tags": "\n".join([asset.tag, *free]), "person": asset.holder.email if asset.holder else ""}
        return {"hand_url": f"{reverse('inventory:hand-over')}?{urlencode(given)}"}
    if asset.custody_id and why_not(asset, "take_back", user) is None:
        address = reverse("inventory:take-back", args=[asset.holder_id])
        return {"back_url": f"{address}?{urlencode({'tags': asset.tag})}"}
    return {}


def _said(value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value


def _files(asset: Asset, user: Any) -> list[dict[str, Any]]:
    rows = AssetFile.objects.visible_to(user).filter(asset=asset).order_by("-pk")[:MOST_SHOWN]
    return [
        {
            "name": row.name, "size": row.size, "url": reverse("inventory:file", args=[row.pk]),
            "small": reverse("inventory:small", args=[row.pk]) if row.content_type in thumbnails.DRAWN else "",
        }
        for row in rows
    ]  # fmt: skip


@acts
def new(request: HttpRequest) -> HttpResponse:
    """A new asset: first its type, then everything that is known about it."""
    user = me(request)
    if not rules.keeps_anywhere(None, user):
        raise PermissionDenied
    types = list(AssetType.objects.visible_to(user).in_use())
    kind = next((t for t in types if str(t.pk) == request.GET.get("type")), None)
    if kind is None:
        return render(request, "inventory/new.html", {"types": types, "kind": None}, status=_of_post(request))
    form = bound(request, forms.NewAsset, user=user, kind=kind, initial=_near(request))
    if request.method == "POST" and form.is_valid():
        made: list[Asset] = []
        if attempt(form, lambda: made.append(actions.register(type=kind, by=user, **form.facts))):
            messages.success(request, _("Registered: %(asset)s.") % {"asset": made[0]})
            return redirect(made[0])
    return render(request, "inventory/new.html", {"kind": kind, "form": form}, status=status_of(form))


def _of_post(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def _near(request: HttpRequest) -> dict[str, str]:
    """One's own branch is most likely the place."""
    branch = me(request).branch_id
    return {"place": f"b{branch}"} if branch else {}


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of the asset."""
    asset = get_object_or_404(Asset.objects.visible_to(me(request)).with_page_columns(), pk=pk)
    return perform(
        request, verb=VERBS[verb], thing=asset, case=asset, back=asset.get_absolute_url(), over=str(asset)
    )


@reads
def tagged(request: HttpRequest, tag: str) -> HttpResponse:
    """Where the code on a label leads: to the asset, if one may see it."""
    return redirect(get_object_or_404(Asset.objects.visible_to(me(request)).called([tag])))


@reads
def file(request: HttpRequest, pk: int) -> FileResponse:
    """A file, for those who may see its asset."""
    return opened(get_object_or_404(AssetFile.objects.visible_to(me(request)), pk=pk))


@reads
def small(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A small picture of a picture; whatever cannot be drawn so leads to the file."""
    row = get_object_or_404(AssetFile.objects.visible_to(me(request)), pk=pk)
    stored = files.path_of(row.sha256)
    drawn = row.content_type in thumbnails.DRAWN and stored.exists()
    found = thumbnails.of(row.sha256, stored) if drawn else None
    if found is None:
        return redirect("inventory:file", pk=pk)
    return harmless(FileResponse(found.open("rb"), content_type=thumbnails.CONTENT_TYPE))


@reads
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person holds, as far as the reader sees it: a part of other pages."""
    rows = Asset.objects.visible_to(me(request)).kept().filter(holder=pk).with_list_columns()
    context = {"rows": list(rows.order_by("-pk")[:MOST_SHOWN]), "now": timezone.now()}
    return render(request, "inventory/of_person.html", context)
