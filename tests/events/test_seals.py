"""Each day of the ledger is closed once, signed, time-stamped and written where the database does not reach."""

import itertools
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from accounts.actions import robot
from core import stamps
from events import actions as events
from events import anchors, keys
from events.enums import LedgerEvent, Part
from events.ledger import verify
from events.models import Event, LedgerCheck, LedgerFinding, Seal, SealKey, SealStamp
from events.subjects import Subject
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.database import unguarded
from tests.harness.events import deliver, told
from tests.harness.refusals import refused_by_postgres

# One minute before midnight in Jakarta.
EVENING = datetime(2026, 11, 2, 16, 59, tzinfo=UTC)
CASE = Subject("test.case", 1)


def happen(cast: Cast, times: int = 1) -> Event:
    with transaction.atomic():
        for _n in range(times):
            event = events.record(LedgerEvent.REFERENCE_CHANGED, CASE, by=cast.agent, what="x", fields="y")
    return event


def seal(cast: Cast) -> list[Seal]:
    return events.seal(by=cast.administrator)


@pytest.fixture
def day(cast: Cast, clock: Clock) -> Clock:
    """Three events on Monday evening at head office; it is a minute before midnight."""
    clock.to(EVENING)
    cast.administrator, cast.agent  # noqa: B018 - made, and their events recorded, on this day
    happen(cast, 3)
    return clock


@pytest.fixture
def anchor(settings: Any, tmp_path: Path) -> Path:
    settings.LEDGER_ANCHOR_DIR = str(tmp_path / "anchor")
    return tmp_path / "anchor"


# Seals -----------------------------------------------------------------------------------------------------------


def test_a_day_is_closed_after_midnight_at_head_office(cast: Cast, day: Clock) -> None:
    assert seal(cast) == []
    count = Event.objects.count()
    day.forward(minutes=1)
    (made,) = seal(cast)
    assert (made.number, made.for_date, made.events, made.total) == (1, date(2026, 11, 2), count, count)
    assert keys.is_signed(made.statement, signature=made.signature, public=made.key.public)
    assert list(verify()) == []


def test_a_day_is_closed_once_however_often_the_sweep_runs(cast: Cast, day: Clock) -> None:
    day.forward(hours=1)
    assert len(seal(cast)) == 1
    assert seal(cast) == []


def test_after_an_outage_every_day_has_its_own_seal(cast: Cast, day: Clock) -> None:
    day.forward(days=2)
    happen(cast, 2)
    day.forward(days=3)
    made = seal(cast)
    assert [s.for_date.day for s in made] == [2, 3, 4, 5, 6]
    assert [s.events for s in made][1:] == [0, 2, 0, 0]
    assert all(b.previous_hash == a.hash for a, b in itertools.pairwise(made))
    assert list(verify()) == []


def test_an_event_that_was_late_belongs_to_the_next_seal(cast: Cast, day: Clock) -> None:
    day.forward(minutes=2)
    seal(cast)
    day.to(EVENING)  # somebody's clock goes wrong
    late = happen(cast)
    day.forward(days=1, minutes=2)
    (second,) = seal(cast)
    assert second.first_event_id < late.pk <= second.last_event_id
    assert list(verify()) == []


def test_nothing_is_sealed_before_anything_happened(db: None) -> None:
    assert events.seal(by=None) == []


def test_one_key_signs_every_day(cast: Cast, day: Clock) -> None:
    day.forward(days=3)
    assert len({s.key_id for s in seal(cast)}) == 1 == SealKey.objects.count()


def test_another_signing_key_makes_another_key_and_the_old_seals_are_doubted(
    cast: Cast, day: Clock, settings: Any
) -> None:
    day.forward(minutes=2)
    seal(cast)
    settings.SIGNING_KEY = "another-" * 8
    day.forward(days=1)
    seal(cast)
    assert SealKey.objects.count() == 2
    assert [place.wrong for place in verify()] == ["seal_key"]


@pytest.mark.parametrize("table", ["events_seal", "events_sealkey", "events_sealstamp", "events_event"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_product_cannot_touch_what_is_sealed(cast: Cast, day: Clock, table: str, act: str) -> None:
    day.forward(minutes=2)
    seal(cast)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        column = "number" if table == "events_seal" else "id"
        cursor.execute(act.format(table, column, column))


def test_a_seal_that_does_not_continue_is_refused(cast: Cast, day: Clock) -> None:
    day.forward(minutes=2)
    (made,) = seal(cast)
    made.number, made.hash, made.for_date = 3, "a" * 64, date(2026, 11, 9)
    with refused_by_postgres("seal_continues_chain"):
        made.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_a_seal_waits_for_whoever_is_still_writing(clock: Clock) -> None:
    """A number that was drawn but not committed would appear below the end of the seal."""
    cast = Cast()
    clock.to(EVENING)
    happen(cast)
    clock.forward(days=1)
    writing, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            events.record(
                LedgerEvent.REFERENCE_CHANGED, Subject("test.case", 2), by=cast.agent, what="x", fields="y"
            )
            writing.set()
            finish.wait(20)
        connections["default"].close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert writing.wait(20)
    assert events.seal(by=cast.administrator) == []
    finish.set()
    writer.join(20)
    (made,) = events.seal(by=cast.administrator)
    assert made.for_date == date(2026, 11, 2)
    assert list(verify()) == []


# Time stamps -----------------------------------------------------------------------------------------------------


def test_a_stamp_is_asked_for_until_it_comes(cast: Cast, day: Clock, settings: Any) -> None:
    settings.TSA_URL = "https://tsa.invalid/"
    day.forward(minutes=2)
    (made,) = seal(cast)
    with mock.patch.object(stamps, "stamp", side_effect=stamps.Silent("away")):
        assert events.stamp() == 0
    with (
        mock.patch.object(stamps, "stamp", return_value=b"der"),
        mock.patch.object(stamps, "told", return_value=day.now),
    ):
        assert events.stamp() == 1
        assert list(verify()) == []
    assert events.stamp() == 0
    assert SealStamp.objects.get(seal=made).stamped_at == day.now
    assert [place.wrong for place in verify()] == ["seal_stamp"]


def test_without_an_authority_nobody_is_asked(cast: Cast, day: Clock, settings: Any) -> None:
    settings.TSA_URL = ""
    day.forward(minutes=2)
    seal(cast)
    assert events.stamp() == 0


# The anchor ------------------------------------------------------------------------------------------------------


def test_the_anchor_holds_every_event_and_every_seal(cast: Cast, day: Clock, anchor: Path) -> None:
    events.anchor(by=cast.administrator)
    day.forward(minutes=2)
    (made,) = seal(cast)
    happen(cast)
    events.anchor(by=cast.administrator)
    first, second = anchors.files(anchor)
    assert (first.seal() or {})["hash"] == made.hash
    assert first.is_whole()
    assert second.seal() is None
    assert anchors.latest_event(second) == Event.objects.order_by("-pk")[0].pk
    assert list(verify()) == []
    assert events.anchor(by=cast.administrator) == 0


def test_a_line_that_a_crash_tore_off_is_written_again(cast: Cast, day: Clock, anchor: Path) -> None:
    events.anchor(by=cast.administrator)
    path = anchor / "00000001.anchor"
    path.write_bytes(path.read_bytes()[:-40])
    happen(cast)
    events.anchor(by=cast.administrator)
    assert list(verify()) == []


def test_an_anchor_that_was_changed_says_so(cast: Cast, day: Clock, anchor: Path) -> None:
    day.forward(minutes=2)
    seal(cast)
    events.anchor(by=cast.administrator)
    path = anchor / "00000001.anchor"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:1], *lines[2:]]))
    assert {"anchor_broken", "anchor_unknown"} <= {place.wrong for place in verify()}


def test_an_anchor_begun_anew_is_told(cast: Cast, day: Clock, anchor: Path) -> None:
    day.forward(minutes=2)
    seal(cast)
    told()
    events.anchor(by=cast.administrator)
    cast.auditor  # noqa: B018
    deliver()
    assert Notification.objects.filter(
        person=cast.auditor, title="Jangkar riwayat dimulai dari awal"
    ).exists()


def test_without_a_directory_there_is_no_anchor(cast: Cast, settings: Any) -> None:
    settings.LEDGER_ANCHOR_DIR = ""
    assert events.anchor(by=cast.administrator) == 0
    assert anchors.files(None) == []


# Heads in letters ------------------------------------------------------------------------------------------------


def test_the_head_goes_to_the_auditors(cast: Cast, day: Clock) -> None:
    auditor = cast.auditor
    day.forward(minutes=2)
    (made,) = seal(cast)
    (letter,) = [m for m in deliver() if made.hash in m.body]
    assert letter.to == [auditor.email]
    assert made.hash in str(letter.alternatives[0][0])  # type: ignore[attr-defined]


def test_the_head_goes_where_the_setting_says(cast: Cast, day: Clock, settings: Any) -> None:
    settings.LEDGER_ANCHOR_MAIL = ["notary@outside.example", "archive@outside.example"]
    day.forward(days=3)
    made = seal(cast)
    letters = [m for m in deliver() if made[-1].hash in m.body]
    assert [m.to for m in letters] == [["notary@outside.example"], ["archive@outside.example"]]
    assert not any(made[0].hash in m.body for m in mail.outbox if m not in letters)


def test_the_command_compares_a_head(cast: Cast, day: Clock) -> None:
    day.forward(minutes=2)
    (made,) = seal(cast)
    call_command("verify_ledger", head=[made.hash])
    with pytest.raises(CommandError, match="1 place"):
        call_command("verify_ledger", head=["0" * 64])


# The daily look --------------------------------------------------------------------------------------------------


def test_the_new_part_is_read_wholly_and_the_rest_in_turn(cast: Cast, day: Clock) -> None:
    for _n in range(9):
        day.forward(days=1)
        happen(cast)
        seal(cast)
        events.check(by=cast.administrator)
    new = LedgerCheck.objects.filter(part=Part.NEW).order_by("pk")
    assert [(c.since, c.until) for c in new] == [(n, n + 1) for n in range(9)]
    read: set[int] = set()
    for check in LedgerCheck.objects.filter(part=Part.OLD):
        read |= set(range(check.since + 1, check.until + 1))
    assert read >= set(range(1, 6))
    assert not any(c.wrong for c in LedgerCheck.objects.all())


def test_a_day_is_looked_at_once(cast: Cast, day: Clock) -> None:
    day.forward(minutes=2)
    seal(cast)
    assert len(events.check(by=cast.administrator)) == 1  # everything is news
    assert [c.part for c in events.check(by=cast.administrator)] == ["old"]
    assert events.check(by=cast.administrator) == []


def test_a_part_that_is_read_alone_is_whole(cast: Cast, day: Clock, anchor: Path) -> None:
    for _n in range(5):
        day.forward(days=1)
        happen(cast, 2)
        seal(cast)
        events.anchor(by=cast.administrator)
    for since, until in itertools.combinations_with_replacement(range(6), 2):
        assert list(verify(since=since, until=until)) == []
        assert list(verify(since=since)) == []


def test_a_finding_is_told_once_and_again_only_when_it_changes(cast: Cast, day: Clock) -> None:
    people = [cast.auditor, cast.administrator, cast.it_manager]
    cast.requester  # noqa: B018
    day.forward(minutes=2)
    seal(cast)
    told()
    _spoil(1)
    _next_day(cast, day, times=2)
    assert _alarms() == {p.email: 1 for p in people}
    first = LedgerFinding.objects.open().count()
    _spoil(2)
    _next_day(cast, day, times=1)
    assert LedgerFinding.objects.open().count() > first
    assert _alarms() == {p.email: 2 for p in people}


def test_a_finding_that_is_mended_is_closed(cast: Cast, day: Clock) -> None:
    day.forward(minutes=2)
    seal(cast)
    _spoil(1)
    _next_day(cast, day)
    assert LedgerFinding.objects.open().exists()
    with unguarded("events_event") as cursor:
        cursor.execute(
            "UPDATE events_event SET actor_label = rtrim(actor_label, '!') WHERE subject_type = 'test.case'"
        )
    _next_day(cast, day)
    assert not LedgerFinding.objects.open().exists()


def _spoil(seq: int) -> None:
    with unguarded("events_event") as cursor:
        cursor.execute(
            "UPDATE events_event SET actor_label = actor_label || '!' WHERE subject_type = 'test.case' AND seq = %s",
            [seq],
        )


def _next_day(cast: Cast, day: Clock, times: int = 1) -> None:
    """Two days are sealed: everything older is read again in the rotation."""
    for _n in range(times):
        for _part in range(2):
            day.forward(days=1)
            seal(cast)
            LedgerCheck.objects.filter(part=Part.OLD).delete()
            events.check(by=robot("ledger"))
            deliver()


def _alarms() -> dict[str, int]:
    found: dict[str, int] = {}
    for note in Notification.objects.filter(title="Riwayat bukan lagi yang ditulis").select_related("person"):
        found[note.person.email] = found.get(note.person.email, 0) + 1
    return found


# Pages -----------------------------------------------------------------------------------------------------------


def test_the_auditor_sees_how_the_ledger_stands(cast: Cast, day: Clock, page: Any, anchor: Path) -> None:
    browser = page(cast.auditor)
    assert "Belum ada: hari pertama" in browser.get("/ledger/seals/").content.decode()
    day.forward(minutes=2)
    (made,) = seal(cast)
    events.anchor(by=cast.administrator)
    events.check(by=cast.administrator)
    said = browser.get("/ledger/seals/").content.decode()
    assert made.hash in said
    assert "Tidak ada yang diubah setelah ditulis" in said
    assert "Masih di tempatnya" in browser.get(f"/ledger/seals/?head={made.hash.upper()}").content.decode()
    assert "Tidak ada segel dengan kepala ini" in browser.get("/ledger/seals/?head=abc").content.decode()


def test_a_finding_stands_on_the_page(cast: Cast, day: Clock, page: Any) -> None:
    day.forward(minutes=2)
    seal(cast)
    _spoil(1)
    events.check(by=cast.administrator)
    said = page(cast.it_manager).get("/ledger/seals/").content.decode()
    assert "Riwayat bukan lagi yang ditulis" in said
    assert "diubah setelah ditulis" in said


def test_a_seal_is_handed_out_so_that_anybody_can_check_it(cast: Cast, day: Clock, page: Any) -> None:
    day.forward(minutes=2)
    (made,) = seal(cast)
    handed = page(cast.auditor).get("/ledger/seals/1/").json()
    assert handed == {
        "statement": made.statement,
        "hash": made.hash,
        "signature": made.signature,
        "stamp": None,
    }
    assert page(cast.auditor).get("/ledger/seals/2/").status_code == 404


def test_the_api_says_how_the_ledger_stands(cast: Cast, day: Clock, page: Any) -> None:
    day.forward(minutes=2)
    (made,) = seal(cast)
    events.check(by=cast.administrator)
    browser = page(cast.auditor)
    said = browser.get("/api/v1/seals/state/").json()
    assert said["whole"] is True
    assert said["seal"]["hash"] == made.hash
    assert browser.get("/api/v1/seals/1/").json()["statement"] == made.statement
    assert browser.get("/api/v1/seals/").json()["results"][0]["number"] == 1
    assert page(cast.requester).get("/api/v1/seals/state/").status_code == 403
    assert page(cast.requester).get("/ledger/seals/").status_code == 404
