"""Tables that people upload: what is written in them, read by a process of its own (`core.tabular`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.aside import Aside, Died
from core.errors import NotPossible
from core.tabular import Figure

PATIENCE_SECONDS = 90  # until a question is answered, by the clock on the wall
BATCH = 500  # rows of an answer
SAID = {
    "broken": _("The file is broken. Open it in your spreadsheet program and save it again."),
    "bomb": _("The workbook would unpack to far more than a table needs. Send its rows as CSV."),
    "cell": _("Row %(row)s has a cell that is too long."),
    "columns": _("Row %(row)s has too many columns."),
    "control": _("Row %(row)s has a cell with characters that are no text. Clear the cell and type it anew."),
    "empty": _("There are no rows in the file."),
    "encoding": _(
        "Row %(row)s has characters that are broken. Open the file in your spreadsheet program, mend the row and"
        " save it as “CSV UTF-8”."
    ),
    "no_table": _("This is no table. Send a CSV file or an Excel workbook (.xlsx)."),
    "old_excel": _("This is a workbook of an old Excel (.xls). Save it as .xlsx or CSV."),
    "quotes": _("Row %(row)s has quotation marks that do not close, or text behind them."),
    "too_hard": _("The file cannot be read: it takes too much memory or time. Send fewer rows, or CSV."),
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """How the file is written, its headings, and its rows with their numbers; numbers of workbooks are `Figure`s."""

    form: str
    encoding: str
    delimiter: str
    header: list[str]
    rows: Iterator[tuple[int, list[str]]] = field(compare=False)


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The table in a file. Raises NotPossible with a sentence, from its rows as well."""
    aside = Aside("core.tabular", renew_after=1_000_000)
    try:
        told = _asked(aside, path=str(path))
        yield Table(told["form"], told["encoding"], told["delimiter"], told["header"], _rows(aside))
    finally:
        aside.end()


def _rows(aside: Aside) -> Iterator[tuple[int, list[str]]]:
    while rows := _asked(aside, most=BATCH)["rows"]:
        for number, cells, figures in rows:
            for place in figures:
                cells[place] = Figure(cells[place])
            yield number, cells


def _asked(aside: Aside, **question: Any) -> dict[str, Any]:
    try:
        told: dict[str, Any] = aside.ask(patience=PATIENCE_SECONDS, **question)
    except Died:
        told = {"trouble": "too_hard", "row": 0}
    if trouble := told.get("trouble"):
        raise NotPossible(str(SAID[trouble]) % {"row": told["row"]})
    return told
