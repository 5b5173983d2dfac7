"""Reports against evasion, for auditors, IT Managers and the Board: a list that ends, and the same as a file."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.who import me
from core.http import reads
from core.numbers import shown
from core.pages import NEWEST, page, walk
from core.sheets import FORMS, Column, Sheet, answer
from core.templatetags import kumala
from devflow import forms
from devflow.evasion import REPORTS, Report, audited_by, beyond, may_read
from devflow.models import DevelopmentRequest
from devflow.views.board import looks

MOST = 50_000
_USUAL = [
    Column(gettext_lazy("Number"), lambda row: row.ticket.number),
    Column(gettext_lazy("Title"), lambda row: row.ticket.title),
    Column(gettext_lazy("System"), lambda row: row.system.name if row.system else ""),
    Column(gettext_lazy("Branch"), lambda row: row.ticket.branch.name),
    Column(gettext_lazy("Requester"), lambda row: row.ticket.requester.name),
    Column(gettext_lazy("Who does it"), lambda row: row.ticket.assignee.name if row.ticket.assignee else ""),
    Column(gettext_lazy("Accepted by"), lambda row: row.ticket.accepted_by.name),
    Column(gettext_lazy("Stage"), lambda row: row.get_stage_display()),
    Column(gettext_lazy("Estimate (hours)"), lambda row: row.ticket.estimate_hours),
    Column(gettext_lazy("Booked hours"), lambda row: row.booked_hours),
    Column(gettext_lazy("Threshold (hours)"), lambda row: row.brm_threshold_hours),
]
_ON_PAGE = [_USUAL[n] for n in (2, 4, 5, 8, 9)]  # what stands in the table besides number and title


@reads
def report(request: HttpRequest, name: str = "just-under") -> HttpResponse:
    """One report, newest cases first."""
    asked, form = _report(request, name), forms.SamePair(request.GET)
    context = page(request, _rows(request, asked))
    columns = [*_ON_PAGE, *asked.facts.values()]
    context |= {
        "form": form if asked.is_asked else None,
        "query": "?" + urlencode(vars(form.asked)) if asked.is_asked else "",
        "beyond": beyond(me(request), asked, form.asked),
        "looks": looks(request),
        "report": asked,
        "tabs": _tabs(asked),
        "columns": columns,
        "rows": [{"ticket": row.ticket, "cells": _cells(row, columns)} for row in context["rows"]],
    }
    return render(request, "devflow/audit.html", context)


@reads
def export(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    """The report as `csv` or `xlsx`."""
    asked = _report(request, name)
    if form not in FORMS:
        raise Http404
    rows: Iterator[DevelopmentRequest] = walk(_rows(request, asked), order=NEWEST)
    sheet = Sheet(asked.name, [*_USUAL, *asked.facts.values()], rows, MOST, _cut)
    return answer(sheet, form, me(request).zone)


def _report(request: HttpRequest, name: str) -> Report:
    if not may_read(me(request)) or name not in REPORTS:
        raise Http404
    return REPORTS[name]


def _rows(request: HttpRequest, asked: Report) -> Any:
    return asked.find(audited_by(me(request)), forms.SamePair(request.GET).asked).with_names()


def _cut() -> str:
    return _("Only the first %(most)s cases are in this file.") % {"most": f"{MOST:,}"}


def _tabs(asked: Report) -> list[dict[str, Any]]:
    return [
        {"label": r.label, "url": reverse("devflow:audit-report", args=[r.name]), "active": r is asked}
        for r in REPORTS.values()
    ]


def _cells(row: DevelopmentRequest, columns: list[Column]) -> list[dict[str, Any]]:
    return [{"label": column.label, "value": _said(column.fact(row))} for column in columns]


def _said(fact: Any) -> Any:
    if isinstance(fact, datetime):
        return kumala.stamp(fact)
    if isinstance(fact, date):
        return kumala.day(fact)
    if isinstance(fact, Decimal):
        return shown(fact)
    return "–" if fact in (None, "") else fact
