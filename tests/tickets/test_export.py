"""A list as a file: what one sees and no more, no formula, the reader's time zone, an end."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actions as accounts
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.stages import plain
from tickets import actions as tickets
from tickets.enums import Channel, Kind
from tickets.models import Ticket
from tickets.views import export

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '  =HYPERLINK("x")', "＝1", "%cmd|' /C calc'!A0"]
NAMES = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def ask(cast: Cast, title: str = "Printer", **facts: Any) -> Ticket:
    return tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title=title, description="Mati.", channel=Channel.BROWSER,
        by=facts.get("by", cast.requester),
    )  # fmt: skip


def lines(answer: Any) -> list[list[str]]:
    raw = b"".join(answer.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n"), "RFC 4180"
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def sheet(answer: Any) -> tuple[list[list[Any]], str]:
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    text = book.read("xl/worksheets/sheet1.xml").decode()
    rows = ElementTree.fromstring(text).iter(f"{{{NAMES['s']}}}row")  # noqa: S314 - made by ourselves
    return [_cells(row) for row in rows], text


def _cells(row: Any) -> list[Any]:
    """The values of a row; cells that are not there are None."""
    found = {cell.get("r").rstrip("0123456789"): _value(cell) for cell in row}
    return [found.get(letter) for letter in "ABCDEFGHIJKLMNOPQRST"]


def _value(cell: Any) -> Any:
    said = cell.find("s:is/s:t", NAMES)
    number = cell.find("s:v", NAMES)
    return said.text if said is not None else float(number.text) if number is not None else None


def test_a_file_holds_what_the_list_shows(cast: Cast, page: Any) -> None:
    mine, foreign = ask(cast, "Printer, “besar”"), ask(cast, "Layar", by=cast.outsider)
    plain(cast, "confirmed")
    rows = lines(page(cast.agent).get("/requests/export/csv/?sort=oldest"))
    assert [row[:2] for row in rows[1:]] == [
        [mine.number, "Printer, “besar”"],
        [foreign.number, "Layar"],
    ]
    assert len(lines(page(cast.agent).get("/requests/export/csv/?status=all"))) == 4
    assert [row[0] for row in lines(page(cast.requester).get("/requests/export/csv/"))[1:]] == [mine.number]
    assert lines(page(cast.agent).get("/requests/export/csv/?q=nothing"))[1:] == []


def test_no_cell_of_a_csv_is_a_formula(cast: Cast, page: Any) -> None:
    ticket = ask(cast)
    for text in EVIL:
        Ticket.objects.filter(pk=ticket.pk).update(title=text)
        title = lines(page(cast.agent).get("/requests/export/csv/"))[1][1]
        assert title.endswith(text)
        assert not title.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝")), text


def test_every_text_of_an_excel_file_is_text(cast: Cast, page: Any) -> None:
    ticket = ask(cast)
    for text in (*EVIL, "https://evil.example/", "12345", "\x01\x02", "a" * 150):
        Ticket.objects.filter(pk=ticket.pk).update(title=text)
        rows, source = sheet(page(cast.agent).get("/requests/export/xlsx/"))
        assert "<f>" not in source
        assert "hyperlink" not in source
        assert rows[1][0] == ticket.number
        if text.isprintable():
            assert rows[1][1] == text


def test_instants_are_told_in_the_readers_zone(cast: Cast, page: Any, clock: Clock) -> None:
    accounts.set_preferences(user=cast.outsider, language="en")
    ticket = ask(cast, by=cast.outsider)
    at = ticket.created_at.astimezone(cast.outsider.zone)
    head, row = lines(page(cast.outsider).get("/requests/export/csv/"))
    asked = head.index("Asked (WITA)")
    assert row[asked] == f"{at:%Y-%m-%d %H:%M}"
    rows, _source = sheet(page(cast.outsider).get("/requests/export/xlsx/"))
    since_1900 = (at.replace(tzinfo=None) - at.replace(1899, 12, 30, 0, 0, 0, 0, None)) / timedelta(days=1)
    assert rows[0][asked] == "Asked (WITA)"
    assert rows[1][asked] == pytest.approx(since_1900, abs=1e-5)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_ends_and_says_so(cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    for n in range(4):
        ask(cast, f"Printer {n}")
    accounts.set_preferences(user=cast.agent, language="en")
    monkeypatch.setattr(export, "MOST", 3)
    answer = page(cast.agent).get(f"/requests/export/{form}/")
    rows = lines(answer) if form == "csv" else sheet(answer)[0]
    assert len(rows) == 5
    assert "Only the first 3 requests" in rows[4][0]
    monkeypatch.setattr(export, "MOST", 4)
    answer = page(cast.agent).get(f"/requests/export/{form}/")
    assert len(lines(answer) if form == "csv" else sheet(answer)[0]) == 5


def test_long_files_are_read_in_parts(cast: Cast, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part is a question of its own, whatever the order: nothing is held open and nothing is lost."""
    made = {ask(cast, f"Printer {n}").number for n in range(7)}
    monkeypatch.setattr("core.pages.walk.__kwdefaults__", {"size": 3})
    for order in ("newest", "changed", "priority", "due"):
        with CaptureQueriesContext(connection) as asked:
            rows = lines(page(cast.agent).get(f"/requests/export/csv/?sort={order}"))
        assert {row[0] for row in rows[1:]} == made
        assert len(rows) == 8
        assert sum('FROM "tickets_ticket"' in q["sql"] for q in asked.captured_queries) == 3


@pytest.mark.parametrize("path", ["pdf", "CSV", "csv%2F.."])
def test_other_files_do_not_exist(cast: Cast, page: Any, path: str) -> None:
    assert page(cast.agent).get(f"/requests/export/{path}/").status_code == 404
