"""Pages of software: which titles there are, on which machines, in which versions."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Branch, User
from core.http import reads
from core.pages import Order, page, walk
from core.querysets import count_up_to
from core.sheets import FORMS, Column, Sheet, answer
from inventory import forms, rules
from inventory.models import Installation, SoftwareTitle, SoftwareVersion
from inventory.querysets import InstallationRows, areas
from inventory.views._parts import reader

MOST_COUNTED = 1000  # installations of a title in the list; beyond it "and more"
MOST_VERSIONS = 200  # on the page of a title
MOST_EXPORTED = 200_000
BY_NAME = Order("lower_name", descending=False)
BY_ASSET = Order("asset_id", descending=False, read=int)


@reads
def index(request: HttpRequest) -> HttpResponse:
    """Titles by name, those in which the words stand, and on how many machines they are."""
    user = reader(request)
    words = request.GET.get("q", "").strip()[:200]
    rows = SoftwareTitle.objects.visible_to(user).with_lower_name()
    context = page(request, rows.saying(words) if words else rows, order=BY_NAME)
    counts = {
        f"t{title.pk}": Installation.objects.visible_to(user).current().filter(title=title)
        for title in context["rows"]
    }
    found = count_up_to(MOST_COUNTED, **counts)
    context |= {
        "q": words, "keeps": rules.keeps_anywhere(None, user),
        "titles": [(title, _counted(found[f"t{title.pk}"])) for title in context["rows"]],
    }  # fmt: skip
    return render(request, "inventory/software.html", context)


def _counted(count: int) -> str:
    return f"{MOST_COUNTED}+" if count >= MOST_COUNTED else str(count)


@reads
def title(request: HttpRequest, pk: int) -> HttpResponse:
    """The machines with a title, all or those below a version, and how many have which version."""
    user = reader(request)
    found = get_object_or_404(SoftwareTitle.objects.visible_to(user), pk=pk)
    form = _asked(request, user)
    everywhere = Installation.objects.visible_to(user).current().filter(title=found)
    versions = everywhere.counted_by_version()
    context = page(request, _narrowed(everywhere, found, form).with_machine_columns(), order=BY_ASSET)
    context |= {
        "title": found, "form": form, "versions": versions[:MOST_VERSIONS], "total": sum(v["count"] for v in versions),
        "more_versions": max(0, len(versions) - MOST_VERSIONS), "keeps": rules.keeps_anywhere(None, user),
        "query": urlencode([(k, v) for k, v in request.GET.items() if v and k in form.fields]),
    }  # fmt: skip
    return render(request, "inventory/software_title.html", context)


def _asked(request: HttpRequest, user: User) -> forms.Versions:
    branches, seen = Branch.objects.visible_to(user).open(), areas(user)
    form = forms.Versions(request.GET, branches=branches if None in seen else branches.filter(pk__in=seen))
    form.is_valid()
    return form


def _narrowed(rows: InstallationRows, found: SoftwareTitle, form: forms.Versions) -> InstallationRows:
    """As the form says; the versions that fit are few, so they are named."""
    asked = form.cleaned_data
    if asked.get("how") == "none":
        rows = rows.filter(version="")
    elif asked.get("how") and asked.get("version"):
        fitting = SoftwareVersion.objects.of(found).compared(asked["how"], asked["version"])
        rows = rows.filter(version__in=list(fitting.values_list("version", flat=True)))
    if asked.get("branch"):
        rows = rows.filter(asset__branch=asked["branch"])
    return rows


_COLUMNS = [
    Column(gettext_lazy("Tag"), lambda row: row.asset.tag),
    Column(gettext_lazy("Name"), lambda row: row.asset.title),
    Column(gettext_lazy("Serial number"), lambda row: row.asset.serial),
    Column(gettext_lazy("Branch"), lambda row: row.asset.branch.name),
    Column(gettext_lazy("Room"), lambda row: row.asset.room.name if row.asset.room else ""),
    Column(gettext_lazy("Holder"), lambda row: row.asset.holder.email if row.asset.holder else ""),
    Column(gettext_lazy("Version"), lambda row: row.version),
    Column(gettext_lazy("Installed on"), lambda row: row.installed_date),
    Column(gettext_lazy("First seen"), lambda row: row.found_at, instant=True),
]


@reads
def export(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The machines of this address as `csv` or `xlsx`."""
    user = reader(request)
    if form not in FORMS:
        raise Http404
    found = get_object_or_404(SoftwareTitle.objects.visible_to(user), pk=pk)
    everywhere = Installation.objects.visible_to(user).current().filter(title=found)
    rows = walk(_narrowed(everywhere, found, _asked(request, user)).with_machine_columns(), order=BY_ASSET)
    return answer(Sheet(_("software"), _COLUMNS, rows, MOST_EXPORTED, _cut), form, user.zone)


def _cut() -> str:
    said: Any = _("Only the first %(most)s machines are in this file. Choose a branch to get the others.")
    return str(said % {"most": f"{MOST_EXPORTED:,}"})
