# ruff: noqa: PLC0415 - only the process inside needs Django
"""A6: the ledger against somebody with all rights over the database, and how fast it is written and verified.
On a PostgreSQL of its own.

`python -m tests.chaos.ledger --events 1000000 --tamperings 1000`: figures as lines, and last a JSON with `missed`.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kumala_itsm.local import postgres, product

HERE = "tests.chaos.ledger"
DAYS, BLOCK, LINKS = 100, 1000, 5  # the big ledger: days, cases that go on at the same time, events of a case
WRITERS, SECONDS = 4, 10


def main() -> int:
    """Start a database, tamper, write, verify; the exit code says whether it could be played."""
    asked = _arguments()
    if asked.inside:
        return {"tamper": _tamper, "append": _append, "fill": _fill, "verify": _verify}[asked.inside](asked)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the database is taken down all the same
    place = Path(tempfile.mkdtemp(prefix="kumala-ledger-"))
    place.chmod(0o711)
    server = postgres.service(place / "state")
    try:
        postgres.start(server)
        missed = _play(asked, place / "state")
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)
    print(json.dumps({"missed": missed}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {HERE}")
    parser.add_argument("--events", type=int, default=1_000_000, help="of the ledger that is verified")
    parser.add_argument("--tamperings", type=int, default=1000, help="acts of somebody with all rights")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of those acts")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _play(asked: argparse.Namespace, state: Path) -> list[str]:
    owner = postgres.url(state, postgres.OWNER)
    env = product.environment(
        product.Place(state, "127.0.0.1", product.free_port()), database=postgres.url(state), owner=owner,
        broker="redis://127.0.0.1:1/0",
    ) | {"DEMO": "0", "LEDGER_ANCHOR_DIR": str(state / "anchor")}  # fmt: skip
    for words in (["migrate", "--verbosity", "0"], ["grant_app_role", postgres.APP]):
        _run([str(product.ROOT / "manage.py"), *words], env | {"DATABASE_URL": owner})
    all_rights = env | {"DATABASE_URL": postgres.url(state, "postgres")}
    missed: list[str] = []
    for part, rights in (("tamper", all_rights), ("append", env), ("fill", all_rights), ("verify", env)):
        words = [
            "--events",
            str(asked.events),
            "--tamperings",
            str(asked.tamperings),
            "--seed",
            str(asked.seed),
        ]
        missed += _said(_run(["-m", HERE, "--inside", part, *words], rights))
    return missed


def _run(words: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *words], env=env, cwd=product.ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return done.stdout


def _said(output: str) -> list[str]:
    """Lines for people, and last what was missed."""
    *lines, last = output.strip().splitlines()
    for line in lines:
        print(line, flush=True)
    missed: list[str] = json.loads(last)
    return missed


# Inside the product ----------------------------------------------------------------------------------------------


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
    django.setup()


def _tamper(asked: argparse.Namespace) -> int:
    """One act after the other on a small ledger, each found or missed, each taken back."""
    _django()
    from django.db import transaction

    from accounts.actions import robot
    from events import actions as events
    from events.ledger import verify
    from tests.events.tampering import Tamperer, written
    from tests.harness.clock import Clock

    start = datetime.now(UTC) - timedelta(days=DAYS + 20)
    with Clock() as clock:
        written(clock, by=robot("chaos"), other=robot("other"), start=start, days=5, each=100)
    events.anchor(by=robot("chaos"))
    assert list(verify()) == []
    tamperer, missed, begun = Tamperer(asked.seed), [], time.perf_counter()
    for number in range(asked.tamperings):
        with transaction.atomic():
            said = _one(tamperer, number)
            if not any(True for _place in verify()):
                missed.append(f"A6: {said} was not found")
            transaction.set_rollback(True)
    lasted = time.perf_counter() - begun
    said = f"A6: {asked.tamperings} random acts with all rights (seed {asked.seed})"
    print(f"{said}, {len(missed)} not found, {lasted:.0f} s")
    print(json.dumps(missed[:20]))
    return 0


def _one(tamperer: Any, number: int) -> str:
    """Every kind of act once, then at random; triggers and foreign keys are off."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        act = tamperer.acts[number] if number < len(tamperer.acts) else tamperer.tamper
        return str(act(cursor))


def _append(asked: argparse.Namespace) -> int:
    """How many events a second: each in a transaction of its own, in one case and by several writers."""
    _django()
    from django.db import connection, transaction

    from accounts.actions import robot
    from events import actions as events
    from events.enums import LedgerEvent
    from events.subjects import Subject

    by = robot("chaos")

    def write(writer: int, until: float, done: list[int]) -> None:
        count = 0
        while time.perf_counter() < until:
            with transaction.atomic():
                case = Subject("chaos.append", writer * 1000 + count % 50)
                events.record(LedgerEvent.REFERENCE_CHANGED, case, by=by, what="baris", fields="nama")
            count += 1
        done.append(count)
        connection.close()

    for writers in (1, WRITERS):
        done: list[int] = []
        until = time.perf_counter() + SECONDS
        threads = [threading.Thread(target=write, args=(writer, until, done)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(
            f"A6: {sum(done) / SECONDS:.0f} appends a second by {writers} writer(s), each its own transaction"
        )
    print("[]")
    return 0


def _fill(asked: argparse.Namespace) -> int:
    """A big ledger, true in every hash."""
    _django()
    from django.db import connection, transaction

    from accounts.actions import robot
    from events.models import Event
    from tests.bench.copying import copy

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        copy(cursor, Event, _rows(asked.events, robot("chaos").pk))
    connection.set_autocommit(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE events_event")
    print("[]")
    return 0


def _rows(count: int, actor: int) -> Iterator[dict[str, Any]]:
    from events import canon

    begun = datetime.now(UTC) - timedelta(days=DAYS)
    step = timedelta(days=DAYS - 1) / count
    for number in range(count):
        block, place = divmod(number, BLOCK * LINKS)
        seq, case = place // BLOCK + 1, block * BLOCK + place % BLOCK
        if place == 0:
            last: dict[int, str] = {}
        at, before = begun + step * number, last.get(case, canon.FIRST_HASH)
        facts = {
            "number": f"K-{case:06}",
            "priority": "medium",
            "hours": "12.5",
            "text": "Laporan bulanan cabang",
        }
        last[case] = canon.sha256(canon.text([
            before, "chaos.big", case, seq, "ticket.answered", actor, "robot:chaos", None, "", canon.instant(at),
            "everyone", facts,
        ]))  # fmt: skip
        yield {
            "type": "ticket.answered", "subject_type": "chaos.big", "subject_id": case, "seq": seq, "actor_id": actor,
            "actor_label": "robot:chaos", "at": at, "audience": "everyone", "facts": facts, "previous_hash": before,
            "hash": last[case],
        }  # fmt: skip


def _verify(asked: argparse.Namespace) -> int:
    """Seal a hundred days, write the anchor, and read all of it with suspicion: without and with the anchor."""
    _django()
    import resource

    from django.conf import settings

    from accounts.actions import robot
    from events import actions as events
    from events.ledger import Look
    from events.models import Seal

    by, begun = robot("chaos"), time.perf_counter()
    while events.seal(by=by):
        pass
    sealed, begun = time.perf_counter() - begun, time.perf_counter()
    events.anchor(by=by)
    print(
        f"A6: {Seal.objects.count()} days sealed in {sealed:.1f} s, anchored in {time.perf_counter() - begun:.1f} s"
    )
    missed: list[str] = []
    for anchor in (None, Path(settings.LEDGER_ANCHOR_DIR)):
        look, begun = Look(anchor=anchor), time.perf_counter()
        wrong = sum(1 for _place in look.broken())
        lasted = time.perf_counter() - begun
        against = "with the anchor" if anchor else "without an anchor"
        print(f"A6: {look.events} events verified in {lasted:.1f} s {against}, {wrong} wrong")
        missed += [f"A6: an untouched ledger has {wrong} places {against}"] if wrong else []
    print(f"A6: at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB of memory")
    print(json.dumps(missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
