"""The report of what breaks often."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Branch
from accounts.who import me
from core.http import reads
from core.sheets import FORMS, Column, Sheet, answer
from tickets import broken, forms, rules


def _asked(request: HttpRequest) -> tuple[forms.Broken, broken.Asked]:
    user = me(request)
    if not rules.reads_broken(None, user):
        raise Http404
    form = forms.Broken(request.GET or None, branches=Branch.objects.visible_to(user).open())
    typed: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    months, branch = typed.get("months"), typed.get("branch")
    return form, broken.Asked.of(user, months=months, branch=branch, now=timezone.now())


@reads
def index(request: HttpRequest) -> HttpResponse:
    """Assets, or models (`?by=model`), with their incidents, repairs and cost; the worst first."""
    form, asked = _asked(request)
    by = "model" if request.GET.get("by") == "model" else "asset"
    rows = broken.models(asked) if by == "model" else broken.assets(asked)
    context = {"form": form, "rows": rows, "by": by, "most": broken.MOST, "query": request.GET.urlencode()}
    return render(request, "tickets/broken.html", context)


_COUNTS = [
    Column(gettext_lazy("Incidents"), lambda row: row.incidents),
    Column(gettext_lazy("Repairs"), lambda row: row.repairs),
    Column(gettext_lazy("Cost (Rp)"), lambda row: row.cost),
]
_OF_ASSET = [
    Column(gettext_lazy("Tag"), lambda row: row.asset.tag),
    Column(gettext_lazy("Type"), lambda row: row.asset.type.name),
    Column(gettext_lazy("Name"), lambda row: row.asset.title),
    Column(gettext_lazy("Branch"), lambda row: row.asset.branch.name),
    Column(gettext_lazy("State"), lambda row: row.asset.get_state_display()),
    *_COUNTS,
]
_OF_MODEL = [
    Column(gettext_lazy("Type"), lambda row: row.key[0]),
    Column(gettext_lazy("Maker"), lambda row: row.key[1]),
    Column(gettext_lazy("Model"), lambda row: row.key[2]),
    Column(gettext_lazy("Assets"), lambda row: row.count),
    *_COUNTS,
]


@reads
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The same as `csv` or `xlsx`."""
    if form not in FORMS:
        raise Http404
    _form, asked = _asked(request)
    of_model = request.GET.get("by") == "model"
    rows = broken.models(asked) if of_model else broken.assets(asked)
    sheet = Sheet(_("broken often"), _OF_MODEL if of_model else _OF_ASSET, iter(rows), broken.MOST, _cut)
    return answer(sheet, form, me(request).zone)


def _cut() -> str:
    return _("Only the first %(most)s rows are in this file.") % {"most": broken.MOST}
