"""A backup while others write and a migration runs: what comes back is of one moment, and whole."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from backups import restic, vault, working
from backups.actions._parts import latest_set
from backups.dumps import Server
from backups.enums import PASSING, Part, RunKind, RunState, TargetKind
from backups.models import Snapshot
from core import files
from tests.backups import servers
from tests.backups.stage import Stage
from tests.cast import Cast
from tests.stages import plain
from tickets import actions as tickets
from tickets.models import Attachment

BUSY = """
    CREATE TABLE accounts (id serial PRIMARY KEY, balance int NOT NULL DEFAULT 0);
    CREATE TABLE bookings (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES accounts, amount int NOT NULL,
        text text NOT NULL DEFAULT repeat('x', 200));
    INSERT INTO accounts SELECT FROM generate_series(1, 50);
    INSERT INTO bookings (account, amount) SELECT 1 + n % 50, 0 FROM generate_series(1, 60000) n"""
# Two rows in one transaction: in every moment the bookings of an account add up to its balance.
BOOKS = """
    WITH booked AS (INSERT INTO bookings (account, amount) VALUES (%(account)s, 5) RETURNING account, amount)
    UPDATE accounts SET balance = balance + amount FROM booked WHERE id = booked.account"""
MIGRATES = (
    "ALTER TABLE bookings ADD COLUMN note text NOT NULL DEFAULT ''",
    "CREATE INDEX bookings_by_account ON bookings (account)",
    "ALTER TABLE accounts RENAME COLUMN balance TO total; ALTER TABLE accounts RENAME COLUMN total TO balance",
)
WRONG = (
    "SELECT count(*) FROM accounts a WHERE balance <> (SELECT sum(amount) FROM bookings WHERE account = a.id)"
)


@contextmanager
def meanwhile(*acts: Callable[[threading.Event], None]) -> Iterator[None]:
    """All of them at once, until the block ends; an exception of one is an exception of the test."""
    over, wrong = threading.Event(), []

    def guarded(act: Callable[[threading.Event], None]) -> None:
        try:
            act(over)
        except Exception as problem:  # told below
            wrong.append(problem)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_database_that_is_written_and_migrated_meanwhile(stage: Stage, shop: Server) -> None:
    servers.ask(shop, "CREATE DATABASE busy OWNER owner")
    busy = Server("busy", shop.host, None, "postgres")
    servers.ask(busy, BUSY)
    booked: list[int] = []

    def books(over: threading.Event) -> None:
        with closing(psycopg2.connect(**busy.facts)) as own, own.cursor() as cursor:
            while not over.wait(0.004):
                cursor.execute(BOOKS, {"account": 1 + len(booked) % 50})
                own.commit()
                booked.append(1)

    def migrates(over: threading.Event) -> None:
        for number in range(1000):
            for statement in MIGRATES[(0 if number == 0 else 2) :]:
                servers.ask(busy, statement)
                if over.wait(0.2):
                    return

    target = stage.postgres(busy, name="Busy")
    stage.policy(target, stage.repository())
    begun = time.monotonic()
    with meanwhile(books, books, migrates):
        time.sleep(0.5)
        for _ in range(
            4
        ):  # a table that is rebuilt between our look and the dump's lock: told, and tried again
            run = stage.run(target)
            if run.state == RunState.SUCCEEDED:
                break
            assert run.fault in PASSING, run.log
    print(f"{len(booked) / (time.monotonic() - begun):.0f} transactions a second meanwhile")
    assert run.state == RunState.SUCCEEDED, run.log
    assert booked
    seen: list[Any] = []
    look = working._print_of
    stage.patch.setattr(
        working,
        "_print_of",
        lambda server, newest: (seen.append(servers.ask(server, WRONG)), look(server, newest))[1],
    )
    stage.good(target, RunKind.DRILL)
    assert seen == [[(0,)]]


@pytest.mark.django_db(transaction=True)
def test_attachments_that_come_meanwhile_are_there_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a row of the copy names is in the copy; what no row names came after the dump."""
    cast = Cast()
    stage = Stage(cast, tmp_path, monkeypatch)
    case = plain(cast, "accepted")

    def answers(over: threading.Event) -> None:
        try:
            for number in range(200):
                upload = (f"{number}.txt", io.BytesIO(f"attachment {number}".encode()))
                tickets.answer(ticket=case.ticket, text=f"No. {number}", by=cast.agent, uploads=[upload])
                if over.wait(0.005):
                    return
        finally:
            connection.close()

    target = stage.target(TargetKind.PRODUCT, name="Kumala ITSM")
    stage.policy(target, stage.repository())
    with meanwhile(answers):
        while not Attachment.objects.exists():
            time.sleep(0.01)
        stage.good(target)
    source = latest_set(target)
    drill = stage.good(target, RunKind.DRILL)
    files = Snapshot.objects.get(run=source, part=Part.FILES)
    assert drill.evidence["attachments"] >= 1
    assert drill.evidence["attachments"] + drill.evidence["unreferenced"] == drill.evidence["files"], files
    assert drill.evidence["invariants"] >= 40


@pytest.mark.django_db(transaction=True)
def test_what_is_being_received_and_what_can_be_drawn_again_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that comes in vanishes under its first name: looked at in that moment, it would break the backup."""
    stage = Stage(Cast(), tmp_path, monkeypatch)
    media = (
        tmp_path / files.SMALL / "media [1]"
    )  # a name that is left out, above; and one with a meaning in patterns
    monkeypatch.setattr(settings, "MEDIA_ROOT", media)
    target = stage.target(TargetKind.PRODUCT, name="Kumala ITSM")
    stage.policy(target, stage.repository())
    for folder in (files.UNFINISHED, files.SMALL):
        (media / folder).mkdir(parents=True)
        (media / folder / "one").write_text("half")
    run = stage.good(target)  # nobody has attached anything yet
    assert not Snapshot.objects.filter(run=run, part=Part.FILES).exists()
    kept = files.store(io.BytesIO(b"the attachment"))
    run = stage.good(target)
    copy = Snapshot.objects.get(run=run, part=Part.FILES)
    with vault.hand() as hand:
        rows = restic.Store(run.repository, hand).listed(copy.reference)
    assert [Path(row["path"]).name for row in rows if row["type"] == "file"] == [kept.sha256]
