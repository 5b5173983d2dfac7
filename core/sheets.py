"""Lists as files: CSV as it is made, Excel through a file on disk; as many rows as are asked for, and no formulas."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from importlib import import_module
from itertools import islice
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.text import capfirst

from core.times import zone

FORMS = ("csv", "xlsx")
_BATCH = 500
# What a spreadsheet takes for the beginning of a formula, also in its full-width form.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LOOKS = ({"bold": True}, {"num_format": "yyyy-mm-dd hh:mm"}, {"num_format": "yyyy-mm-dd"})


@dataclass(frozen=True)
class Column:
    """A heading and the fact that stands under it; the heading of an `instant` names the reader's zone."""

    label: Any
    fact: Callable[[Any], Any]
    instant: bool = False


@dataclass(frozen=True)
class Sheet:
    """What a file holds: at most `most` of the rows; `cut` is the sentence that follows where there were more."""

    name: str
    columns: list[Column]
    rows: Iterator[Any]
    most: int
    cut: Callable[[], str]

    def heading(self) -> list[str]:
        """The names of the columns; those of instants with the zone in which they are told."""
        here = zone(timezone.localtime())
        return [f"{c.label} ({here})" if c.instant else str(c.label) for c in self.columns]

    def facts(self, row: Any) -> list[Any]:
        """One row."""
        return [column.fact(row) for column in self.columns]


def answer(sheet: Sheet, form: str, here: tzinfo) -> HttpResponseBase:
    """The sheet as `csv` or `xlsx`, for a reader in the zone `here`; a file to keep, named after the sheet and now."""
    name = f"{sheet.name}-{timezone.localtime():%Y-%m-%d-%H%M}.{form}"
    if form == "xlsx":
        return FileResponse(_workbook(sheet), as_attachment=True, filename=name, content_type=_XLSX)
    told = StreamingHttpResponse(
        _csv(sheet, translation.get_language() or "id", here), content_type="text/csv; charset=utf-8"
    )
    told["Content-Disposition"] = f'attachment; filename="{name}"'
    return told


# CSV -----------------------------------------------------------------------------------------------------------------


def _csv(sheet: Sheet, language: str, here: tzinfo) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with the mark by which Excel knows it, a few hundred lines at a time.

    The lines are made after the request's own language and zone have gone, so each part takes them up again.
    """
    yield "\ufeff".encode()
    lines = _lines(sheet)
    while True:
        with translation.override(language), timezone.override(here):
            part = list(islice(lines, _BATCH))
        if not part:
            return
        yield "".join(part).encode()


def _lines(sheet: Sheet) -> Iterator[str]:
    yield _line(sheet.heading())
    for row in islice(sheet.rows, sheet.most):
        yield _line(sheet.facts(row))
    if next(sheet.rows, None) is not None:
        yield _line([sheet.cut()])


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
    """The text with an apostrophe before it where a spreadsheet would take it for a formula and run it.

    One that begins so already gets another one: `as_meant` finds every text again.
    """
    return f"'{text}" if text.lstrip("'").lstrip(" ").startswith(_FORMULA) else text


def as_meant(text: str) -> str:
    """The other way round: what was made harmless, as it was."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


# Excel ---------------------------------------------------------------------------------------------------------------


def _workbook(sheet: Sheet) -> Any:
    """The file, open at its beginning. Rows go to disk as they are made; text stays text, whatever it looks like."""
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the answer closes it
    try:
        _fill(file, sheet)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(file: Any, sheet: Sheet) -> None:
    # Imported by the few who export, not by every web process.
    with import_module("xlsxwriter").Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet(capfirst(sheet.name)[:31])
        bold, instant, day = (book.add_format(look) for look in _LOOKS)
        page.freeze_panes(1, 1)
        page.set_column(0, len(sheet.columns) - 1, 18)
        for column, label in enumerate(sheet.heading()):
            page.write_string(0, column, capfirst(label), bold)
        row = 0
        for row, thing in enumerate(islice(sheet.rows, sheet.most), start=1):
            _write(page, row, sheet.facts(thing), instant, day)
        if next(sheet.rows, None) is not None:
            page.write_string(row + 1, 0, sheet.cut(), bold)
        page.autofilter(0, 0, row, len(sheet.columns) - 1)


def _write(page: Any, row: int, facts: list[Any], instant: Any, day: Any) -> None:
    here = timezone.get_current_timezone()
    for column, fact in enumerate(facts):
        if isinstance(fact, datetime):
            page.write_datetime(row, column, fact.astimezone(here).replace(tzinfo=None), instant)
        elif isinstance(fact, date):
            page.write_datetime(row, column, fact, day)
        elif isinstance(fact, Decimal):
            page.write_number(row, column, fact)
        elif fact:
            page.write_string(row, column, str(fact))
