"""Pages of imports: a file is uploaded, its columns are named, its rows are tried, and then they are imported."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.who import me
from core import files, tables
from core.http import acts, attempt, bound, reads, status_of, unless_unchanged
from core.pages import Order, page
from core.sheets import FORMS, Column, Sheet, answer
from core.transitions import fits_state
from events.verbs import offers, perform
from inventory import actions, columns, forms, rules
from inventory.models import AssetImport, ImportProblem
from inventory.verbs import OF_IMPORT

_BY_ROW = Order("row", descending=False, read=int)


@acts
def index(request: HttpRequest) -> HttpResponse:
    """One's imports, and a new one."""
    user = me(request)
    if not rules.keeps_anywhere(None, user):
        raise PermissionDenied
    form = bound(request, forms.UploadAssets)
    if request.method == "POST" and form.is_valid():
        made: list[AssetImport] = []
        file = form.cleaned_data["file"]
        if attempt(form, lambda: made.append(actions.upload(name=file.name, file=file, by=user))):
            return redirect(made[0])
    context = page(request, AssetImport.objects.visible_to(user)) | {"form": form, "keeps": True}
    return render(request, "inventory/imports.html", context, status=status_of(form))


@acts
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what its columns are, how far it is, what is wrong with its rows."""
    user = me(request)
    job = get_object_or_404(AssetImport.objects.visible_to(user), pk=pk)
    form = bound(request, forms.Columns, user=user, job=job)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, actions.ask_check, job=job, by=user, **form.facts)
    ):
        return redirect(job)
    context = _wrong(request, job) | {"job": job, "is_open": fits_state(job, "check_rows"), "form": form}
    found = offers(
        job, user, list(OF_IMPORT.values()), lambda verb: reverse(f"inventory:import-{verb.name}", args=[pk])
    )
    context["offers"] = [offer for offer in found if offer.refusal is None]
    if request.method == "GET" and getattr(request, "htmx", False):
        return unless_unchanged(request, render(request, "inventory/import_state.html", context))
    answered = render(
        request, "inventory/import.html", context, status=status_of(form) if form.is_bound else 200
    )
    answered["Vary"] = "HX-Request"
    return answered


def _wrong(request: HttpRequest, job: AssetImport) -> dict[str, Any]:
    rows = ImportProblem.objects.visible_to(me(request)).filter(of=job)
    return page(request, rows, size=50, order=_BY_ROW)


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of an import."""
    job = get_object_or_404(AssetImport.objects.visible_to(me(request)), pk=pk)
    return perform(
        request, verb=OF_IMPORT[verb], thing=job, case=job.case, back=job.get_absolute_url(), over=str(job)
    )


@reads
def wrong(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The file as `csv` or `xlsx`, with what is wrong beside each row, to be mended and uploaded again."""
    job = get_object_or_404(AssetImport.objects.visible_to(me(request)), pk=pk)
    if form not in FORMS:
        raise Http404
    if not files.path_of(job.sha256).exists():
        messages.error(request, _("The file is no longer there."))
        return redirect(job)
    said: dict[int, list[str]] = {}
    for problem in ImportProblem.objects.visible_to(me(request)).filter(of=job).order_by("row", "pk"):
        said.setdefault(problem.row, []).append(
            f"{problem.column}: {problem.said}" if problem.column else problem.said
        )
    headings = [Column(name, _cell(number)) for number, name in enumerate(job.header)]
    beside = Column(_("What is wrong"), lambda row: "; ".join(said.get(row[0], [])))
    return answer(Sheet(_("mended"), [*headings, beside], _rows(job), job.total, str), form, me(request).zone)


def _cell(number: int) -> Any:
    return lambda row: columns.told(row[1][number]) if number < len(row[1]) else ""


def _rows(job: AssetImport) -> Iterator[tuple[int, list[str]]]:
    with tables.opened(files.path_of(job.sha256)) as table:
        yield from table.rows
