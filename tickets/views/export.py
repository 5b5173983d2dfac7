"""A list as a file: CSV as it is made, Excel through a file on disk; never more than `MOST` rows, and no formulas."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal
from importlib import import_module
from itertools import islice
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.who import me
from core.http import reads
from core.pages import walk
from core.times import zone
from tickets.models import Ticket
from tickets.views.lists import asked_of, wanted

MOST = 50_000
_BATCH = 500
# What a spreadsheet takes for the beginning of a formula, also in its full-width form.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_COLUMNS: list[tuple[Any, Callable[[Any], Any]]] = [
    (gettext_lazy("Number"), lambda ticket: ticket.number),
    (gettext_lazy("Title"), lambda ticket: ticket.title),
    (gettext_lazy("Kind"), lambda ticket: ticket.get_kind_display()),
    (gettext_lazy("Channel"), lambda ticket: ticket.get_channel_display()),
    (gettext_lazy("Status"), lambda ticket: ticket.status_label),
    (gettext_lazy("Priority"), lambda ticket: ticket.get_priority_display()),
    (gettext_lazy("Branch"), lambda ticket: ticket.branch.name),
    (gettext_lazy("Requester"), lambda ticket: ticket.requester.name),
    (gettext_lazy("Who does it"), lambda ticket: ticket.assignee.name if ticket.assignee else ""),
    (gettext_lazy("Team"), lambda ticket: ticket.team.name if ticket.team else ""),
    (gettext_lazy("Asked"), lambda ticket: ticket.created_at),
    (gettext_lazy("First answer due"), lambda ticket: ticket.response_due_at),
    (gettext_lazy("First answered"), lambda ticket: ticket.answered_at),
    (gettext_lazy("Accepted"), lambda ticket: ticket.accepted_at),
    (gettext_lazy("Started"), lambda ticket: ticket.started_at),
    (gettext_lazy("Finished"), lambda ticket: ticket.finished_at),
    (gettext_lazy("Last changed"), lambda ticket: ticket.changed_at),
    (gettext_lazy("Planned start"), lambda ticket: ticket.start_date),
    (gettext_lazy("Planned finish"), lambda ticket: ticket.finish_date),
    (gettext_lazy("Estimate (hours)"), lambda ticket: ticket.estimate_hours),
]
_INSTANTS = range(10, 17)


@reads
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list of this address as `csv` or `xlsx`; instants in the reader's time zone, which the heading names."""
    if form not in ("csv", "xlsx"):
        raise Http404
    rows, order = wanted(request, asked_of(request))
    tickets = walk(rows.with_list_columns().defer("description", "details"), order=order)
    name = "-".join([_("requests"), f"{timezone.localtime():%Y-%m-%d-%H%M}.{form}"])
    if form == "xlsx":
        return FileResponse(_workbook(tickets), as_attachment=True, filename=name, content_type=_XLSX)
    answer = StreamingHttpResponse(_csv(request, tickets), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _heading() -> list[str]:
    """The names of the columns; those of instants with the zone in which they are told."""
    here = zone(timezone.localtime())
    labels = [str(label) for label, _fact in _COLUMNS]
    return [f"{label} ({here})" if n in _INSTANTS else label for n, label in enumerate(labels)]


def _facts(ticket: Ticket) -> list[Any]:
    return [fact(ticket) for _label, fact in _COLUMNS]


def _cut() -> str:
    said = _("Only the first %(most)s requests are in this file. Narrow the list to get the others.")
    return said % {"most": f"{MOST:,}"}


# CSV -----------------------------------------------------------------------------------------------------------------


def _csv(request: HttpRequest, tickets: Iterator[Ticket]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with the mark by which Excel knows it, a few hundred lines at a time.

    The lines are made after the request's own language and zone have gone, so each part takes them up again.
    """
    language, here = translation.get_language() or "id", me(request).zone
    yield "\ufeff".encode()
    lines = _lines(tickets)
    while True:
        with translation.override(language), timezone.override(here):
            part = list(islice(lines, _BATCH))
        if not part:
            return
        yield "".join(part).encode()


def _lines(tickets: Iterator[Ticket]) -> Iterator[str]:
    yield _line(_heading())
    for ticket in islice(tickets, MOST):
        yield _line(_facts(ticket))
    if next(tickets, None) is not None:
        yield _line([_cut()])


def _line(facts: list[Any]) -> str:
    out, here = io.StringIO(), timezone.get_current_timezone()
    csv.writer(out).writerow([harmless(_text(fact, here)) for fact in facts])
    return out.getvalue()


def _text(fact: Any, here: tzinfo) -> str:
    if isinstance(fact, str):
        return fact
    if isinstance(fact, datetime):
        return fact.astimezone(here).isoformat(" ", "minutes")[:16]
    return "" if fact is None else str(fact)


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula and run it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


# Excel ---------------------------------------------------------------------------------------------------------------


def _workbook(tickets: Iterator[Ticket]) -> Any:
    """The file, open at its beginning. Rows go to disk as they are made; text stays text, whatever it looks like."""
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the answer closes it
    try:
        _fill(file, tickets)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(file: Any, tickets: Iterator[Ticket]) -> None:
    # Imported by the few who export, not by every web process.
    with import_module("xlsxwriter").Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(str(_("Requests"))[:31])
        bold, instant, day = (book.add_format(look) for look in _LOOKS)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(_COLUMNS) - 1, 18)
        for column, label in enumerate(_heading()):
            sheet.write_string(0, column, capfirst(label), bold)
        row = 0
        for row, ticket in enumerate(islice(tickets, MOST), start=1):
            _write(sheet, row, _facts(ticket), instant, day)
        if next(tickets, None) is not None:
            sheet.write_string(row + 1, 0, _cut(), bold)
        sheet.autofilter(0, 0, row, len(_COLUMNS) - 1)


_LOOKS = ({"bold": True}, {"num_format": "yyyy-mm-dd hh:mm"}, {"num_format": "yyyy-mm-dd"})


def _write(sheet: Any, row: int, facts: list[Any], instant: Any, day: Any) -> None:
    here = timezone.get_current_timezone()
    for column, fact in enumerate(facts):
        if isinstance(fact, datetime):
            sheet.write_datetime(row, column, fact.astimezone(here).replace(tzinfo=None), instant)
        elif isinstance(fact, date):
            sheet.write_datetime(row, column, fact, day)
        elif isinstance(fact, Decimal):
            sheet.write_number(row, column, fact)
        elif fact:
            sheet.write_string(row, column, str(fact))
