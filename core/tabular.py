"""Tables that people send, CSV and Excel, as rows of text. Knows neither Django nor the database.

`python -m core.tabular` reads them in a process of its own, see `core.tables`: whatever a file does to it, the one who
asked goes on.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from core.aside import serve

MOST_COLUMNS = 200
LONGEST_CELL = 10_000  # characters
MOST_UNPACKED = 160 * 1024**2  # bytes: fifty thousand rows of twenty cells are half of it
_MOST_PARTS = 2000
_HEAD = 64 * 1024  # characters by which a delimiter is known
_DELIMITERS = ",;\t|"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# Well-formed sequences of UTF-8 beyond ASCII.
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_BROKEN = (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, NotImplementedError, RuntimeError)

Row = tuple[int, list[str]]


class Figure(str):
    """A number that a workbook keeps as one, as plain text: its point is that of a decimal, whatever follows it."""

    __slots__ = ()


class Unreadable(Exception):
    """No table, or one that cannot be read on; `why` is a key of `core.tables.SAID`, `row` where it happened (or 0)."""

    def __init__(self, why: str, row: int = 0) -> None:
        super().__init__(why)
        self.why, self.row = why, row


@dataclass
class Table:
    """How a file is written, its headings, and its rows: numbers as a spreadsheet shows them, and cells as text."""

    form: str
    encoding: str
    delimiter: str
    header: list[str] = field(default_factory=list)
    rows: Iterator[Row] = field(default_factory=lambda: iter(()))


def opened(path: Path) -> Table:
    """The table in the file, read as far as its headings. Raises Unreadable; the rows raise it as well."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == _OLD_EXCEL:
        raise Unreadable("old_excel")
    table = _workbook(path) if head == b"PK\x03\x04" else _text(path)
    first = next(table.rows, None)
    if first is None:
        raise Unreadable("empty")
    table.header = _named(first[1])
    return table


def _named(cells: list[str]) -> list[str]:
    """The headings, each once; one that is missing is called by its number."""
    found: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.split())[:100] or f"#{number}"
        again = sum(known == name or known.startswith(f"{name} (") for known in found)
        found.append(f"{name} ({again + 1})" if again else name)
    return found


def _kept(rows: Iterator[Row]) -> Iterator[Row]:
    """Without empty rows and the empty cells at their ends."""
    for number, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise Unreadable("columns", number)
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise Unreadable("cell", number)
        if any(_CONTROLS.search(cell) for cell in cells):
            raise Unreadable("control", number)
        if cells:
            yield number, cells


# CSV -----------------------------------------------------------------------------------------------------------------


def _text(path: Path) -> Table:
    words, encoding = _decoded(path.read_bytes())
    if _CONTROLS.search(words):
        raise Unreadable("no_table")
    told = re.match(r"sep=(.)\r?\n", words)  # Excel's own word about its delimiter
    start = told.end() if told else 0
    delimiter = told[1] if told else _delimiter(words[:_HEAD])
    lines = csv.reader(io.StringIO(words[start:], newline=""), delimiter=delimiter, strict=True)
    return Table("csv", encoding, delimiter, rows=_kept(_records(lines, 2 if told else 1)))


def _records(lines: Any, first: int) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL * 2)
    number = first - 1
    while True:
        number += 1
        try:
            yield number, [cell.strip() for cell in next(lines)]
        except StopIteration:
            return
        except csv.Error as problem:
            raise Unreadable("cell" if "limit" in str(problem) else "quotes", number) from None


def _decoded(raw: bytes) -> tuple[str, str]:
    """The text, and what it was written in: UTF-8, UTF-16 or the Western code page of Windows."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(raw, "utf-16"), "UTF-16"
    if raw.startswith(codecs.BOM_UTF8):
        return _strictly(raw[3:], "utf-8"), "UTF-8"
    sample = raw[:4096]
    if sample.count(0) > len(sample) // 4:  # every other byte, as UTF-16 without its mark has it
        side = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        return _strictly(raw, side), "UTF-16"
    try:
        return raw.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        if _is_meant_as_utf8(raw):
            return _strictly(raw, "utf-8"), "UTF-8"
        return _strictly(raw, "cp1252"), "Windows-1252"


def _is_meant_as_utf8(raw: bytes) -> bool:
    """Most of what is beyond ASCII is well-formed: a few bytes were broken on the way."""
    high = sum(byte > 127 for byte in raw)
    return sum(len(found) for found in _UTF8.findall(raw)) * 2 > high


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as problem:
        before = raw[: problem.start].decode(encoding, "ignore")
        raise Unreadable("encoding", _row_at(before)) from None


def _row_at(before: str) -> int:
    """The number of the row in which the text breaks off."""
    rows = csv.reader(io.StringIO(before, newline=""), delimiter=_delimiter(before[:_HEAD]))
    count = sum(1 for _row in rows)
    return count + (not before or before[-1] in "\r\n")


def _delimiter(head: str) -> str:
    """The one by which the first rows have the same number of cells, and more than one."""
    return max(_DELIMITERS, key=lambda mark: _evenness(head, mark))


def _evenness(head: str, mark: str) -> tuple[float, int]:
    lines = head.splitlines(keepends=True)
    whole = "".join(lines[:-1] if len(lines) > 1 and len(head) >= _HEAD else lines)
    try:
        widths = [
            len(row) for row in islice(csv.reader(io.StringIO(whole, newline=""), delimiter=mark), 50) if row
        ]
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] < 2:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


# Excel ---------------------------------------------------------------------------------------------------------------


def _workbook(path: Path) -> Table:
    _must_be_small(path)
    try:
        calamine = import_module("python_calamine")
        book = calamine.CalamineWorkbook.from_path(str(path))
        visible = calamine.SheetVisibleEnum.Visible
        seen = [sheet.name for sheet in book.sheets_metadata if sheet.visible == visible]
        sheet = book.get_sheet_by_name(seen[0]) if seen else None
    except Exception:
        raise Unreadable("broken") from None
    if sheet is None:
        raise Unreadable("empty")
    return Table("xlsx", "", "", rows=_kept(_cells(sheet)))


def _must_be_small(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _BROKEN:
        raise Unreadable("broken") from None
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("bomb")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise Unreadable("no_table")


def _cells(sheet: Any) -> Iterator[Row]:
    if sheet.start is None:
        return
    for number, values in enumerate(sheet.iter_rows(), start=1):
        yield number, [_said(value) for value in values]


def _said(value: Any) -> str:
    """A cell as text: dates in ISO form, numbers without an exponent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return Figure(_figure(value))
    if isinstance(value, int):
        return Figure(value)
    if isinstance(value, datetime):  # without a zone: Excel knows none
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _figure(value: float) -> str:
    text = format(Decimal(repr(value)), "f") if value == value and abs(value) < 1e300 else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


# The child's side ---------------------------------------------------------------------------------------------------


class _Open:
    table: Table | None = None


def _figures(cells: list[str]) -> list[int]:
    return [place for place, cell in enumerate(cells) if isinstance(cell, Figure)]


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """`{"path": ...}` opens a table, `{"most": 500}` reads on in it: rows with the places of their figures."""
    try:
        if "path" in asked:
            _Open.table = table = opened(Path(asked["path"]))
            return {
                "form": table.form,
                "encoding": table.encoding,
                "delimiter": table.delimiter,
                "header": table.header,
            }
        assert _Open.table is not None
        rows = islice(_Open.table.rows, asked["most"])
        return {"rows": [(number, cells, _figures(cells)) for number, cells in rows]}
    except Unreadable as problem:
        return {"trouble": problem.why, "row": problem.row}
    except MemoryError:
        return {"trouble": "too_hard", "row": 0}


if __name__ == "__main__":
    serve(answer, seconds=30, memory=512 * 1024 * 1024)
