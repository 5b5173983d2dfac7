# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Files of assets: read however they are written, tried as they are imported, and imported as a whole or not at all."""

import io
import os
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import call_command
from django.utils import timezone, translation

from accounts.actions import robot, set_preferences
from core import sheets, tables
from core.tabular import Figure
from events.models import Event
from inventory import actions as inventory
from inventory import columns
from inventory.actions import importing
from inventory.enums import AssetEvent, ImportEvent, ImportState
from inventory.models import Asset, AssetImport, ImportProblem, Repair
from tests.cast import Cast
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours
from tests.inventory.stage import asset, kind, room

HEADER = "Tag,Jenis,Cabang,Nomor seri,Merek,Harga,Tanggal beli,RAM (GB),Keterangan"
ROWS = (
    'KG-1,Computer,BDG,5CG1,Dell,"Rp 5.000.000",31/05/2026,16,Kasir\n'
    ",PC,Cabang Bandung,5CG2,HP,7500000.50,2 Mei 2026,8,"
)


@pytest.fixture(autouse=True)
def _there(cast: Cast) -> None:
    """Whoever acts here exists before anything is compared."""
    for name in ("agent", "it_manager", "requester", "foreign_agent"):
        set_preferences(user=cast[name], language="en")
    kind(cast)
    _ = cast.bandung, cast.denpasar
    robot("inventory")


def uploaded(cast: Cast, content: str | bytes, by: str = "agent", name: str = "assets.csv") -> AssetImport:
    raw = content.encode() if isinstance(content, str) else content
    return inventory.upload(name=name, file=io.BytesIO(raw), by=cast[by])


def performed(job: AssetImport) -> AssetImport:
    done = inventory.perform_import(job=job, by=robot("inventory"))
    assert done is not None
    return done


def checked(cast: Cast, content: str | bytes, by: str = "agent", **asked: Any) -> AssetImport:
    """Uploaded, its columns as they were guessed, tried."""
    job = uploaded(cast, content, by)
    return performed(inventory.ask_check(job=job, **{"mapping": job.mapping, "by": cast[by]} | asked))


def imported(cast: Cast, content: str | bytes, by: str = "agent", **asked: Any) -> AssetImport:
    """The same, and then imported."""
    job = checked(cast, content, by, **asked)
    assert job.state == ImportState.CHECKED, job.why
    return performed(inventory.ask_import(job=job, by=cast[by]))


def wrong(job: AssetImport) -> list[tuple[int, str, str]]:
    return list(
        ImportProblem.objects.filter(of=job).order_by("row", "pk").values_list("row", "column", "said")
    )


# From rows to assets -------------------------------------------------------------------------------------------------


def test_rows_become_assets_with_their_history(cast: Cast) -> None:
    room(cast, "Kasir")
    one, two = ROWS.splitlines()
    text = f"{HEADER},Ruang,Holder,Status\n{one},kasir,{cast.requester.email},In use\n{two},,,\n"
    with recorded(
        ImportEvent.UPLOADED, ImportEvent.ASKED, ImportEvent.CHECKED, ImportEvent.STARTED, AssetEvent.REGISTERED,
        AssetEvent.STATE_CHANGED, AssetEvent.REGISTERED, ImportEvent.DONE,
    ):  # fmt: skip
        job = imported(cast, text)
    assert job.found == {"new": 2, "changed": 0, "same": 0, "wrong": 0}
    first = Asset.objects.get(tag="KG-1")
    assert (first.serial, first.maker, first.cost, first.purchase_date) == (
        "5CG1", "Dell", Decimal("5000000.00"), date(2026, 5, 31),
    )  # fmt: skip
    assert (first.room and first.room.name, first.holder, first.state) == ("Kasir", cast.requester, "in_use")
    assert first.details == {"ram": "16"}
    second = Asset.objects.get(serial="5CG2")
    assert second.tag == f"PC-{second.pk:05d}"
    assert second.pk < 10**9, "numbers of a trial are not those of assets"
    assert [e.actor for e in Event.objects.about(first)] == [cast.agent] * 2
    assert Asset.objects.get_queryset().saying("5cg2").get() == second, "it is found by its words"
    assert second.due_at > timezone.now()


def test_a_second_time_only_differences_are_written(cast: Cast) -> None:
    imported(cast, f"{HEADER}\n{ROWS}\n")
    again = "Tag;Serial Number;Keterangan;RAM (GB)\nkg-1;5CG9;;32\n"
    with recorded(
        ImportEvent.UPLOADED, ImportEvent.ASKED, ImportEvent.CHECKED, ImportEvent.STARTED, AssetEvent.CHANGED,
        AssetEvent.CHANGED, ImportEvent.DONE,
    ) as seen:  # fmt: skip
        job = imported(cast, again)
    assert job.found["changed"] == 1
    told = [
        (e.facts["asset_field"], e.facts["before"], e.facts["after"])
        for e in seen
        if e.type == AssetEvent.CHANGED
    ]
    assert told == [("serial", "5CG1", "5CG9"), ("RAM (GB)", "16", "32")]
    assert Asset.objects.get(tag="KG-1").note == "Kasir", "an empty cell says nothing"
    imported(cast, again, defaults={"empties": True})
    assert Asset.objects.get(tag="KG-1").note == ""


def test_all_rows_or_none(cast: Cast) -> None:
    text = (
        "Tag,Type,Branch,Room,Holder,Cost,Warranty until,RAM (GB),State,Belongs to\n"
        "KG-1,Computer,BDG,,,,,,,\n"
        "KG-2,Drone,BDG,,,,,,,\n"
        "KG-3,Computer,XYZ,,,,,,,\n"
        "KG-4,Computer,BDG,Attic,,,,,,\n"
        "KG-5,Computer,BDG,,nobody@nowhere.example,,,,,\n"
        "KG-6,Computer,BDG,,,much,,,,\n"
        "KG-7,Computer,BDG,,,,2026-02-31,,,\n"
        "KG-8,Computer,BDG,,,,,lots,,\n"
        "KG-9,Computer,BDG,,,,,,Broken,\n"
        "KG-1,Computer,BDG,,,,,,,\n"
        "<b>,Computer,BDG,,,,,,,\n"
        "KG-12,Computer,BDG,,,,,,,KG-99\n"
        "KG-13,Computer,BDG,,,,,,,,,more\n"
        "KG-14,Computer,BDG,,,,,,In use,\n"
    )
    job = checked(cast, text)
    said = {row: (column, sentence) for row, column, sentence in wrong(job)}
    assert sorted(said) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    for row, column, word in (
        (3, "Type", "Drone"), (4, "Branch", "XYZ"), (5, "Room", "Attic"), (6, "Holder", "Nobody"), (7, "Cost (Rp)", "much"),
        (8, "Warranty until", "2026-02-31"), (9, "", "lots"), (10, "State", "Broken"), (11, "Tag", "Row 2"),
        (12, "", "Letters"), (13, "Belongs to", "KG-99"), (14, "", "more cells"), (15, "", "where it is"),
    ):  # fmt: skip
        assert said[row][0] == column, said[row]
        assert word in said[row][1], said[row]
    assert job.found == {"new": 2, "changed": 0, "same": 0, "wrong": 13}
    with not_possible("nothing is imported in part"):
        inventory.ask_import(job=job, by=cast.agent)
    assert not Asset.objects.exists()


def test_what_became_wrong_since_the_trial_undoes_everything(cast: Cast) -> None:
    job = checked(cast, f"{HEADER}\n{ROWS}\n")
    asset(cast, "DPS", tag="KG-1")
    job = inventory.ask_import(job=job, by=cast.agent)
    held = inventory.change(asset=Asset.objects.get(), serial="mine", by=cast.agent)
    inventory.move_state(asset=held, move="retire", reason="Sold.", by=cast.agent)
    job = performed(job)
    assert (job.state, job.found["wrong"]) == (ImportState.CHECKED, 1)
    assert "retired" in wrong(job)[0][2]
    assert Asset.objects.count() == 1, "the other row was taken back"


def test_parts_may_stand_before_what_they_belong_to(cast: Cast) -> None:
    imported(
        cast,
        "Tag,Type,Branch,Belongs to\nMN-1,Computer,BDG,KG-1\nKG-1,Computer,BDG,\nMN-2,Computer,BDG,KG-1\n",
    )
    whole = Asset.objects.get(tag="KG-1")
    assert set(Asset.objects.filter(parent=whole).values_list("tag", flat=True)) == {"MN-1", "MN-2"}
    job = checked(cast, "Tag,Belongs to\nKG-1,MN-1\n")
    assert "belongs to it" in wrong(job)[0][2]


def test_who_may_not_change_an_asset_ties_it_to_nothing(cast: Cast) -> None:
    foreign = asset(cast, tag="KG-1", holder=cast.foreign_agent)  # seen by who holds it, kept by others
    asset(cast, "DPS", tag="KG-0")
    for whole in ("KG-0", "KG-9"):  # one that is there, and one further down
        text = f"Tag,Type,Branch,Belongs to\nKG-1,,,{whole}\nKG-9,Computer,DPS,\n"
        job = checked(cast, text, by="foreign_agent")
        assert [(row, words.split()[0]) for row, _column, words in wrong(job)] == [(2, "You")]
    gone = asset(cast, tag="KG-2")
    inventory.move_state(asset=gone, move="retire", reason="Sold.", by=cast.agent)
    job = checked(cast, "Tag,Type,Branch,Belongs to\nKG-2,,,KG-9\nKG-9,Computer,BDG,\n")
    assert "retired" in wrong(job)[0][2]
    assert Asset.objects.get(pk=foreign.pk).parent is None


def test_what_belongs_to_another_now_is_changed(cast: Cast) -> None:
    thing, whole = asset(cast, tag="KG-1"), asset(cast, tag="kg-0")
    job = imported(cast, "Tag,Type,Branch,Belongs to\nKG-1,,,KG-9\nKG-9,Computer,BDG,\n")
    assert job.found == {"new": 1, "changed": 1, "same": 0, "wrong": 0}
    now = Asset.objects.select_related("parent").get(pk=thing.pk)
    assert now.parent
    assert (now.parent.tag, now.changed_at > thing.changed_at) == ("KG-9", True)
    assert imported(cast, "Tag,Belongs to\nKG-1,KG-0\n").found["changed"] == 1
    assert imported(cast, "Tag,Belongs to\nKG-1,KG-0\n").found["same"] == 1, "kg-0 and KG-0 are one"
    told = [e.facts for e in Event.objects.about(thing).filter(type=AssetEvent.CHANGED).order_by("seq")]
    assert [(f["asset_field"], f["before"], f["after"]) for f in told] == [
        ("parent", "–", "KG-9"), ("parent", "KG-9", "kg-0"),
    ]  # fmt: skip
    assert Asset.objects.get(pk=thing.pk).parent == whole
    empty = "Tag,Belongs to\nKG-1,\n"
    assert imported(cast, empty).found["same"] == 1, "an empty cell says nothing"
    assert imported(cast, empty, defaults={"empties": True}).found["changed"] == 1
    assert Asset.objects.get(pk=thing.pk).parent is None


@pytest.mark.parametrize("are_known", [True, False])
def test_nothing_belongs_to_what_belongs_to_it(cast: Cast, are_known: bool) -> None:
    if are_known:
        asset(cast, tag="KG-1")
        asset(cast, tag="KG-2")
    circle = (
        "Tag,Type,Branch,Belongs to\nKG-1,Computer,BDG,KG-2\nKG-2,Computer,BDG,KG-1\nKG-3,Computer,BDG,KG-3\n"
    )
    job = checked(cast, circle)
    assert [(row, column) for row, column, _words in wrong(job)] == [(n, "Belongs to") for n in (2, 3, 4)]
    assert all("belongs to it" in words for _row, _column, words in wrong(job))


def test_what_is_turned_round_in_one_file_is_no_circle(cast: Cast) -> None:
    whole = asset(cast, tag="KG-1")
    part = asset(cast, tag="KG-2", parent=whole)
    imported(cast, "Tag,Belongs to\nKG-1,KG-2\nKG-2,\n", defaults={"empties": True})
    assert Asset.objects.get(pk=whole.pk).parent == part


def test_a_circle_that_closed_since_the_trial_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.actions.importing._BATCH", 1)
    one, two = asset(cast, tag="KG-1"), asset(cast, tag="KG-2")
    job = checked(cast, "Tag,Belongs to\nKG-1,KG-2\n")
    inventory.change(asset=two, parent=one, by=cast.agent)
    job = performed(inventory.ask_import(job=job, by=cast.agent))
    assert (job.state, job.found["wrong"]) == (ImportState.CHECKED, 1)
    assert "belongs to it" in wrong(job)[0][2]
    assert Asset.objects.get(pk=one.pk).parent is None


def test_a_repair_through_an_import_begins_and_ends(cast: Cast) -> None:
    thing = asset(cast, tag="KG-1")
    job = imported(cast, "Tag,Type,Branch,State\nKG-1,,,Repair\nKG-2,Computer,BDG,Repair\n")
    begun = Repair.objects.order_by("asset__tag")
    assert [(r.asset.tag, r.reason, r.ended_at) for r in begun] == [
        ("KG-1", f"{job.number} assets.csv", None), ("KG-2", f"{job.number} assets.csv", None),
    ]  # fmt: skip
    imported(cast, "Tag,State\nKG-1,In stock\n")
    assert Repair.objects.get(asset=thing).ended_at is not None
    assert Repair.objects.get(asset__tag="KG-2").ended_at is None


def test_what_was_registered_meanwhile_is_nobodys_to_overwrite(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asset that came after the import had taken its locks is not held, so it is not touched."""
    job = inventory.ask_import(job=checked(cast, f"{HEADER}\n{ROWS}\n"), by=cast.agent)
    held_for = importing.held_for

    def late(*asked: Any, **more: Any) -> set[int]:
        found = held_for(*asked, **more)
        asset(cast, tag="kg-1")
        return found

    monkeypatch.setattr(importing, "held_for", late)
    job = performed(job)
    assert (job.state, wrong(job)[0][0]) == (ImportState.CHECKED, 2)
    assert "already" in wrong(job)[0][2]


def test_tags_that_people_chose_in_small_letters_are_left_alone(cast: Cast) -> None:
    last = asset(cast).pk
    for number in range(last + 2, last + 5):
        asset(cast, tag=f"pc-{number:05d}")
    made = {asset(cast).tag for _again in range(3)}
    imported(cast, "Type,Branch\nComputer,BDG\nComputer,BDG\nComputer,BDG\n")
    assert len(made) == 3
    tags = [tag.upper() for tag in Asset.objects.values_list("tag", flat=True)]
    assert len(tags) == len(set(tags)) == 10


def test_nobody_imports_into_branches_of_others(cast: Cast) -> None:
    thing = asset(cast, tag="KG-1", name="Vault", serial="5CG-SECRET", holder=cast.requester)
    with not_yours():
        uploaded(cast, ROWS, by="requester")
    job = checked(
        cast, "Tag,Type,Branch,Serial number\nKG-2,Computer,BDG,1\nKG-1,Computer,BDG,2\n", by="foreign_agent"
    )
    assert [(row, word.split()[0]) for row, _column, word in wrong(job)] == [(2, "You"), (3, "There")]
    with not_yours():
        inventory.cancel_import(job=job, by=cast.agent)
    assert list(AssetImport.objects.visible_to(cast.agent)) == []
    assert wrong(job)[1][2] == "There is an asset with the tag KG-1 already."
    for secret in (thing.name, thing.serial, "Sari", "Bandung", cast.requester.email):
        assert secret not in str(wrong(job)), "that there is one is all that is said"


def test_modes_and_defaults(cast: Cast) -> None:
    asset(cast, tag="KG-1")
    text = "Tag,Serial number\nKG-1,1\nKG-2,2\n"
    defaults = {"type": kind(cast).pk, "branch": cast.bandung.pk}
    assert [row for row, *_rest in wrong(checked(cast, text, mode="new", defaults=defaults))] == [2]
    assert [row for row, *_rest in wrong(checked(cast, text, mode="change"))] == [3]
    assert [row for row, *_rest in wrong(checked(cast, text))] == [3], "a new one needs its type"
    assert imported(cast, text, defaults=defaults).found["new"] == 1


def test_columns_are_named_once(cast: Cast) -> None:
    job = uploaded(cast, "A,B\n1,2\n")
    for mapping, says in (
        (["tag", "tag"], "same field"), (["tag"], "each column"), (["tag", "x"], "each column"), (["name", ""], "Say first"),
    ):  # fmt: skip
        with not_possible(says):
            inventory.ask_check(job=job, mapping=mapping, by=cast.agent)
    assert job.mapping == ["", ""]


def test_headings_are_known_in_both_languages_and_remembered(cast: Cast) -> None:
    for language in ("en", "id"):
        with translation.override(language):
            labels = [str(f.label) for f in columns.FIELDS]
        assert columns.guessed(labels, [], {}) == [f.key for f in columns.FIELDS], language
    assert columns.guessed(["S/N", "MEREK", "no. inventaris", "ram (gb)", "?", "Serial"], [kind(cast)], {}) == [
        "serial", "maker", "tag", "own:ramgb", "", "",
    ]  # fmt: skip
    job = uploaded(cast, "Kode,Lain\nKG-1,x\n")
    inventory.ask_check(job=job, mapping=["tag", "supplier"], by=cast.agent)
    assert uploaded(cast, "LAIN,Kode\nx,KG-1\n").mapping == ["supplier", "tag"]
    assert uploaded(cast, "LAIN,Kode\nx,KG-1\n", by="it_manager").mapping == ["", ""]


# Killed, twice, at once ----------------------------------------------------------------------------------------------


def test_an_import_that_was_killed_is_begun_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr("inventory.actions.importing._spawn", started.append)
    job = checked(cast, f"{HEADER}\n{ROWS}\n")
    inventory.ask_import(job=job, by=cast.agent)
    now = timezone.now()
    assert inventory.bring_in(now=now) == [job.pk]
    assert inventory.bring_in(now=now) == [], "it was started just now"
    assert started == [job]

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("inventory.actions.bringing.Bringing.finish", dies)
        with pytest.raises(KeyboardInterrupt):
            performed(job)
    assert not Asset.objects.exists()
    assert inventory.bring_in(now=now + timedelta(minutes=1)) == [job.pk]
    call_command("perform_import", str(job.pk))
    assert Asset.objects.count() == 2
    assert inventory.perform_import(job=job, by=robot("inventory")) is None, "it is done"


def test_what_kills_its_process_again_and_again_is_given_up(cast: Cast) -> None:
    job = inventory.ask_check(
        job=uploaded(cast, f"{HEADER}\n{ROWS}"), mapping=["tag", *[""] * 8], by=cast.agent
    )
    AssetImport.objects.filter(pk=job.pk).update(attempts=5)
    assert performed(job).state == ImportState.FAILED
    assert inventory.cancel_import(job=AssetImport.objects.get(pk=job.pk), by=cast.agent).state == "cancelled"


# However it is written ------------------------------------------------------------------------------------------------

TABLE = "Tag,Serial number,Note\nKG-1,5CG1,“Ruang Ñ” – 5 €\nKG-2,5CG2,b\n"


@pytest.mark.parametrize(
    ("raw", "encoding", "delimiter"),
    [
        (TABLE.encode(), "UTF-8", ","),
        (TABLE.encode("utf-8-sig"), "UTF-8", ","),
        (TABLE.encode("utf-16"), "UTF-16", ","),
        (TABLE.encode("utf-16-le"), "UTF-16", ","),
        (TABLE.encode("utf-16-be"), "UTF-16", ","),
        (TABLE.encode("cp1252"), "Windows-1252", ","),
        (TABLE.replace(",", ";").encode("cp1252"), "Windows-1252", ";"),
        (TABLE.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"), "UTF-16", "\t"),
        (("sep=|\r\n" + TABLE.replace(",", "|")).encode(), "UTF-8", "|"),
        (TABLE.replace("\n", "\r").encode(), "UTF-8", ","),
    ],
)  # fmt: skip
def test_encoding_and_delimiter_are_found(cast: Cast, raw: bytes, encoding: str, delimiter: str) -> None:
    job = uploaded(cast, raw)
    assert (job.encoding, job.delimiter, job.total) == (encoding, delimiter, 2)
    assert job.preview[0] == ["KG-1", "5CG1", "“Ruang Ñ” – 5 €"]
    assert job.mapping == ["tag", "serial", "note"]


LONG = "Tag,Note\n" + "".join(f"KG-{n},“Ñ”\n" for n in range(2000))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (LONG.encode().replace("KG-1500,“".encode(), b"KG-1500,\x93"), "Row 1502 has characters"),
        (b"Tag,Note\nKG-1,\x93a\x94\nKG-2,\x81\n", "Row 3 has characters"),
        ("Tag,Note\nKG-1,a\nKG-2,b\n".encode("utf-16") + b"\x00", "Row 4 has characters"),
        (b'Tag,Note\n"a\nb",1\nKG-2,"x\n', "Row 3 has quotation"),
        (f"Tag,Note\nKG-1,{'x' * 11_000}\n".encode(), "Row 2 has a cell"),
        (b"Tag,Note\n\n\n", "no rows"), (b" \n", "no rows"), (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel"),
        (b"GIF89a" + b"\1" * 90, "no table"), (b"%PDF-1.7\n%\x01", "no table"),
        (f"Tag{',x' * 300}\n1\n".encode(), "too many columns"),
    ],
)  # fmt: skip
def test_what_is_broken_is_said_with_its_row(cast: Cast, raw: bytes, says: str) -> None:
    with pytest.raises(Exception, match=says):
        uploaded(cast, raw)
    assert not AssetImport.objects.exists()


def workbook(rows: list[list[Any]], **options: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        hidden = book.add_worksheet("hidden")
        page = book.add_worksheet("assets")
        page.activate()
        page.set_first_sheet()
        hidden.hide()
        days = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(number, column, value, days)
                elif isinstance(value, str):
                    page.write_string(number, column, value)
                else:
                    page.write(number, column, value)
    return out.getvalue()


def test_a_workbook_is_read_by_its_first_visible_sheet(cast: Cast) -> None:
    rows = [
        [], ["Tag", "Type", "Branch", "Cost (Rp)", "Bought on", "RAM (GB)", "Leased", "Serial number"],
        ["KG-1", "Computer", "BDG", 5_000_000, date(2026, 5, 31), 16.5, True, 123456789012345],
    ]  # fmt: skip
    job = imported(cast, workbook(rows))
    thing = Asset.objects.get()
    assert (job.form, thing.cost, thing.purchase_date, thing.serial) == (
        "xlsx", Decimal("5000000.00"), date(2026, 5, 31), "123456789012345",
    )  # fmt: skip
    assert thing.details == {"ram": "16.5", "leased": True}
    assert wrong(checked(cast, workbook([*rows[:2], ["KG-2", "Drone", "BDG"]])))[0][0] == 3, (
        "as the program counts"
    )


AMOUNTS: list[tuple[Any, str]] = [
    (2500000.125, "2500000.12"), (0.125, "0.12"), (125.125, "125.12"), (7500, "7500.00"), ("7.500", "7500.00"),
    ("2500000.125", "2500000.12"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_numbers_of_a_workbook_are_what_they_are(cast: Cast, page: Any, form: str) -> None:
    """Straight from the workbook, and from the file to be mended that was made of it."""
    rows: list[list[Any]] = [["Tag", "Type", "Branch", "Cost (Rp)"]]
    rows += [[f"KG-{n}", "Computer", "BDG", told] for n, (told, _amount) in enumerate(AMOUNTS)]
    job = checked(cast, workbook([*rows, ["KG-99", "Drone", "BDG", 1]]))
    mended = b"".join(page(cast.agent).get(f"/assets/imports/{job.pk}/wrong/{form}/").streaming_content)
    for again in (workbook(rows), mended):
        job = checked(cast, again)
        if wrong(job):  # the drone
            assert [row for row, *_rest in wrong(job)] == [len(rows) + 1]
            continue
        performed(inventory.ask_import(job=job, by=cast.agent))
        costs = dict(Asset.objects.values_list("tag", "cost"))
        assert costs == {f"KG-{n}": Decimal(amount) for n, (_told, amount) in enumerate(AMOUNTS)}
    job = checked(cast, mended, mode="change")
    assert job.found["same"] == len(AMOUNTS), "and nothing became another amount on the way"


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _with_sheet(xml: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["Tag", "Note"], ["a", "b"]]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, xml if part.filename.endswith("sheet2.xml") else old.read(part))
    return out.getvalue()


_BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b']><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
)
_NUL = (
    b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Tag</t></is></c></row>'
    b'<row r="2"><c r="A2" t="inlineStr"><is><t>KG_x0000_1</t></is></c></row></sheetData></worksheet>'
)
_FAR = (
    b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "raw",
    [
        _packed({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 300_000_000}),
        _packed({"xl/workbook.xml": b"<x/>"} | {f"xl/{n}.xml": b"" for n in range(3000)}),
        _packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        _packed({"a.txt": b"a"}), workbook([["Tag"], ["a"]])[:-400], _with_sheet(_BILLION), _with_sheet(_FAR),
        _with_sheet(_NUL), _with_sheet(_NUL.replace(b"Tag", b"Tag_x0007_")),
        _with_sheet(b"<worksheet><sheetData>" + b"<row>" * 100_000), b"PK\x03\x04" + os.urandom(500),
    ],
    ids=["bomb", "parts", "ods", "zip", "cut", "entities", "far", "nul", "bell", "deep", "noise"],
)  # fmt: skip
def test_hostile_workbooks_are_refused_in_words(cast: Cast, raw: bytes) -> None:
    with not_possible(""):
        uploaded(cast, raw, name="assets.xlsx")
    assert not AssetImport.objects.exists()


def test_characters_that_are_no_text_are_named_by_their_row(cast: Cast) -> None:
    with not_possible("Row 2 has a cell with characters that are no text"):
        uploaded(cast, _with_sheet(_NUL), name="assets.xlsx")


# There and back ------------------------------------------------------------------------------------------------------

STRANGE = [
    "=1+1",
    "'=1+1",
    "''@x",
    "+62 812",
    "-5",
    "@cmd",
    'a;b,"c"\nd',
    "＝x",
    "Ñ “ü” 😀",
    "0012",
    "1.5",
    "'quoted'",
    "yes",
]


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_comes_back_without_a_change(cast: Cast, page: Any, form: str, language: str) -> None:
    place = room(cast, "=Front; desk")
    whole = asset(
        cast,
        tag="KG-0",
        room=place,
        details={"leased": True, "ram": "16", "disk": "SSD", "built": "2020-01-31"},
    )
    for number, text in enumerate(STRANGE):
        asset(
            cast, name=text, serial=text, maker=text, note=text, parent=whole, holder=cast.requester, cost=Decimal("1234567.89"),
            purchase_date=date(2024, 2, 29), warranty_date=date(2027, 1, number + 1),
        )  # fmt: skip
    gone = asset(cast, "DPS")
    inventory.move_state(asset=gone, move="retire", reason="Sold.", by=cast.agent)
    set_preferences(user=cast.agent, language=language)
    answer = page(cast.agent).get(f"/assets/export/{form}/?state=all")
    job = checked(cast, b"".join(answer.streaming_content), defaults={"empties": True})
    assert wrong(job) == []
    assert job.found == {"new": 0, "changed": 0, "same": len(STRANGE) + 2, "wrong": 0}


@pytest.mark.parametrize("text", [*STRANGE, "", "'", "' =", " =x", "'a", "\t=x", "''''=", "= "])
def test_what_is_made_harmless_is_found_again(text: str) -> None:
    told = sheets.harmless(text)
    assert sheets.as_meant(told) == text
    assert not told.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# Cells ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5000000", "5000000.00"), ("5.000.000", "5000000.00"), ("Rp 5.000.000,50", "5000000.50"), ("5,000,000.5", "5000000.50"),
        ("IDR 7500", "7500.00"), ("Rp. 7.500,-", "7500.00"), ("1.5", "1.50"), ("0", "0.00"), ("5000000.00", "5000000.00"),
        ("2500000.125", "2500000.12"), ("0.125", "0.12"), ("0,125", "0.12"), ("1234,567", "1234.57"), ("7.500", "7500.00"),
        ("12,500", "12500.00"), ("5,000.125", "5000.12"), ("00.125", "0.12"), ("5.", "5.00"), ("-7.500", "-7500.00"),
        (Figure("125.125"), "125.12"), (Figure("2500000.125"), "2500000.12"), (Figure("7500"), "7500.00"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_they_are_written_here(text: str, amount: str) -> None:
    assert columns.money(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1e9", "NaN", "--5", "Rp", "5 juta", "1.2.3", "0.125.000", "5,000.000,00", "1.5,000.2", Figure("inf"),
     Figure("nan"), Figure("1e+300")],
)  # fmt: skip
def test_what_is_no_amount_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        columns.money(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-31",
        "31/05/2026",
        "31-5-26",
        "31 Mei 2026",
        "31 may 2026",
        "31.05.2026",
        "2026/05/31",
        "2026-05-31 00:00",
    ],
)
def test_days_are_read_as_they_are_written_here(text: str) -> None:
    assert columns.day(text) == date(2026, 5, 31)


def test_a_process_is_started_for_an_import(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job = inventory.ask_check(
        job=uploaded(cast, f"{HEADER}\n{ROWS}"), mapping=["tag", *[""] * 8], by=cast.agent
    )
    started: list[Any] = []
    monkeypatch.setattr("subprocess.Popen", lambda words, **_: started.append(words))
    inventory.bring_in()
    assert started[0][-2:] == ["perform_import", str(job.pk)]


def test_no_more_than_two_imports_are_at_work(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.actions.importing._spawn", lambda job: None)
    text = f"{HEADER}\n{ROWS}"
    jobs = [
        inventory.ask_check(job=uploaded(cast, text), mapping=["tag", *[""] * 8], by=cast.agent)
        for _n in range(5)
    ]
    now = timezone.now()
    assert inventory.bring_in(now=now) == [jobs[0].pk, jobs[1].pk]
    assert inventory.bring_in(now=now) == [], "the others wait"
    performed(jobs[1])
    assert inventory.bring_in(now=now) == [jobs[2].pk]
    later = now + timedelta(minutes=1)  # nobody is at work on the first and the third any more
    assert inventory.bring_in(now=later) == [jobs[0].pk, jobs[2].pk]
    with monkeypatch.context() as busy:  # their processes work, however long ago they were started
        busy.setattr(
            "inventory.actions.importing._is_free", lambda job: job.pk not in (jobs[0].pk, jobs[2].pk)
        )
        assert inventory.bring_in(now=later + timedelta(minutes=1)) == []


def test_a_table_is_read_by_a_process_that_has_nothing_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Tag\n" + "x\n" * 1200)
    with tables.opened(file) as table:
        assert table.header == ["Tag"]
        assert len(list(table.rows)) == 1200
