"""Release notes of a system: what its users have got, made from the requests that are done."""

import re
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.who import me
from core.http import reads
from core.pages import NEWEST, page
from core.times import date_text
from devflow import forms
from devflow.models import Deployment, System
from devflow.querysets import DeploymentRows

MOST = 500  # entries of a file; a page shows fewer and leads on
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")


@reads
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """Day by day, newest first; everybody reads of the requests that they may see."""
    system, rows, form = _asked(request, pk)
    context = page(request, rows, size=50)
    query = request.GET.copy()
    for name in ("before", "after"):  # of the pages; a file has none
        query.pop(name, None)
    context |= {
        "system": system,
        "form": form,
        "days": _days(context["rows"]),
        "markdown_url": f"{reverse('devflow:notes-file', args=[pk])}?{query.urlencode()}",
    }
    return render(request, "devflow/notes.html", context)


@reads
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as Markdown, for a chat or a mail."""
    system, rows, _form = _asked(request, pk)
    lines = [f"# {_plain(_('Release notes'))}: {_plain(system.name)}"]
    for day, found in _days(list(NEWEST.sorted(rows)[:MOST])):
        lines += ["", f"## {day}", ""]
        lines += [f"- {_plain(_line(row))}" for row in found]
    answer = HttpResponse("\n".join([*lines, ""]), content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="release-notes-{system.pk}.md"'
    return answer


def _asked(request: HttpRequest, pk: int) -> tuple[System, DeploymentRows, forms.Between]:
    system = get_object_or_404(System.objects.visible_to(me(request)), pk=pk)
    rows = Deployment.objects.visible_to(me(request)).done_on(system).with_list_columns()
    form = forms.Between(request.GET)
    if not form.is_valid():
        return system, rows, form
    typed = form.cleaned_data
    bounds = {
        "since": typed["since"],
        "until": typed["until"],
        "after": typed["version"],
        "up_to": typed["up_to"],
    }
    return system, rows.between(**bounds), form


def _days(rows: list[Deployment]) -> list[tuple[str, list[Deployment]]]:
    days = groupby(rows, key=lambda row: timezone.localtime(row.deployed_at).date())
    return [(date_text(day), list(found)) for day, found in days]


def _line(row: Deployment) -> str:
    ticket: Any = row.build.request.ticket
    return f"{ticket.title} ({ticket.number}, {row.build.version})"


def _plain(text: str) -> str:
    """Text that Markdown does not take for anything else."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
