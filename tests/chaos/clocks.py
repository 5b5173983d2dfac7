# ruff: noqa: E501 - a table or a sentence reads better on one line
"""S1, S2, S4: many promises due in one second while sweepers are killed and PostgreSQL crashes; a calendar changes
under all of them; the engine against its reference. On a PostgreSQL of its own, with the product's own code and role.

`python -m tests.chaos.clocks --clocks 100000 --due 10000 --cases 20000`: figures as lines, and last a JSON with `missed`.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2

from kumala_itsm.local import postgres, product
from kumala_itsm.local.process import Service

HERE = "tests.chaos.clocks"
OFFICE = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}


def main() -> int:
    """Start a database, play, compare; the exit code says whether it could be played."""
    asked = _arguments()
    if asked.inside:
        return _INSIDE[asked.inside](asked)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the database is taken down all the same
    place = Path(tempfile.mkdtemp(prefix="kumala-clocks-"))
    place.chmod(0o711)
    server = postgres.service(place / "state")
    try:
        postgres.start(server)
        missed = _play(asked, server)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)
    print(json.dumps({"missed": missed}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {HERE}")
    parser.add_argument("--clocks", type=int, default=100_000, help="running clocks")
    parser.add_argument("--due", type=int, default=10_000, help="of which so many run out within one second")
    parser.add_argument(
        "--then", type=int, default=5_000, help="and so many more after them, a thousand a second"
    )
    parser.add_argument("--sweepers", type=int, default=2, help="processes that sweep")
    parser.add_argument("--crashes", type=int, default=2, help="crashes of PostgreSQL meanwhile")
    parser.add_argument(
        "--cases", type=int, default=20_000, help="random clocks compared with the slow reference"
    )
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    parser.add_argument("--at", type=float, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _play(asked: argparse.Namespace, server: Service) -> list[str]:
    state = server.state
    env = product.environment(
        product.Place(state, "127.0.0.1", product.free_port()), database=postgres.url(state),
        owner=postgres.url(state, postgres.OWNER), broker="redis://127.0.0.1:1/0",
    ) | {"DEMO": "0"}  # fmt: skip
    for words in (["migrate", "--verbosity", "0"], ["grant_app_role", postgres.APP]):
        _run([str(product.ROOT / "manage.py"), *words], env | {"DATABASE_URL": env["DATABASE_OWNER_URL"]})
    # An anchor of its own: that of the product beside it tells of another ledger.
    env |= {"CLOCKS_SUPERUSER": postgres.url(state, "postgres"), "LEDGER_ANCHOR_DIR": str(state / "anchor")}
    words = [f"--{name}={getattr(asked, name)}" for name in ("clocks", "due", "then", "cases")]
    missed = _said(_run(["-m", HERE, "--inside", "compare", *words], env))
    missed += _said(_run(["-m", HERE, "--inside", "fill", *words], env))
    return (
        missed
        + _due(asked, server, env, words)
        + _said(_run(["-m", HERE, "--inside", "publish", *words], env))
    )


def _due(asked: argparse.Namespace, server: Service, env: dict[str, str], words: list[str]) -> list[str]:
    """S1: they run out while sweepers are killed twice a second and the database crashes."""
    at = time.time() + 4
    _run(["-m", HERE, "--inside", "set", "--at", str(at), *words], env)
    sweepers = subprocess.Popen(
        [sys.executable, "-m", HERE, "--inside", "sweepers", "--sweepers", str(asked.sweepers), "--at", str(at), *words],
        env=env, cwd=product.ROOT,
    )  # fmt: skip
    for number in range(asked.crashes):
        time.sleep(max(0, at + 2 + 3 * number - time.time()))
        _crash(server)
    sweepers.wait()
    return _said(_run(["-m", HERE, "--inside", "reckon", "--at", str(at), *words], env))


def _crash(server: Service) -> None:
    """As if the power had failed: no checkpoint, no farewell."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGQUIT)
    server.stop()
    postgres.start(server)


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


# Inside the product ---------------------------------------------------------------------------------------------------


def _django() -> None:
    import django  # noqa: PLC0415 - only the processes inside need it

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
    django.setup()


def _compare(asked: argparse.Namespace) -> int:
    """S2: random clocks, by the engine and minute by minute."""
    from clocks.working_time import instant_after, worked  # noqa: PLC0415
    from tests.clocks import reference  # noqa: PLC0415

    dice, wrong, begun = random.Random(), [], time.perf_counter()
    for number in range(asked.cases):
        facts = reference.any_facts(dice)
        end = facts.start + timedelta(minutes=dice.randrange(3000))
        found = worked(facts.start, end, **facts.engine)
        if found != reference.worked(facts, end):
            wrong.append(f"S2: {facts} until {end}")
        elif (
            found
            and worked(facts.start, instant_after(facts.start, found, **facts.engine) or end, **facts.engine)
            != found
        ):
            wrong.append(f"S2: {facts} after {found}")
        if len(wrong) > 3 or (number % 1000 == 0 and time.perf_counter() - begun > 600):
            break
    print(f"S2: {number + 1} random clocks compared minute by minute, {len(wrong)} differ")
    print(json.dumps(wrong))
    return 0


def _fill(asked: argparse.Namespace) -> int:
    """Running clocks of one calendar, far from due; a third of them round the clock."""
    _django()
    from django.utils import timezone  # noqa: PLC0415

    from accounts import actions as accounts  # noqa: PLC0415
    from clocks import actions  # noqa: PLC0415
    from clocks.models import CalendarVersion, Clock  # noqa: PLC0415
    from tests.bench.copying import copy  # noqa: PLC0415
    from tests.cast import Cast  # noqa: PLC0415

    cast, begun = Cast(), time.perf_counter()
    robot = accounts.robot("chaos")
    assert cast.it_manager.pk
    calendar = actions.open_calendar(
        name="Office", segments=OFFICE, holidays=[], note="As every week.", by=robot
    )
    policy = actions.publish_policy(
        promise="response",
        length=timedelta(hours=40),
        calendar=calendar,
        by=robot,  # type: ignore[arg-type]
    )
    version, branch, now = CalendarVersion.objects.newest(calendar.pk), cast.bandung, timezone.now()
    due = now + timedelta(days=20)

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(1, asked.clocks + 1):
            office = number % 3 != 0
            yield {
                "promise": "response", "subject_type": "chaos.thing", "subject_id": number, "case_type": "chaos.thing",
                "case_id": number, "branch_id": branch.pk, "started_at": now, "due_at": due, "next_level_at": due,
                "zone": branch.time_zone, "policy_id": policy.pk, "calendar_version_id": version.pk if office else None,
            }  # fmt: skip

    with closing(psycopg2.connect(os.environ["CLOCKS_SUPERUSER"])) as link:
        with link, link.cursor() as cursor:
            copy(cursor, Clock, rows())
        link.autocommit = True
        link.cursor().execute("VACUUM ANALYZE clocks_clock")
    empty = []
    for _number in range(200):
        started = time.perf_counter()
        assert actions.sweep() == 0
        empty.append(time.perf_counter() - started)
    typical = sorted(empty)[100] * 1000
    print(
        f"S1: {asked.clocks} running clocks in {time.perf_counter() - begun:.0f} s; an empty sweep takes {typical:.2f} ms"
    )
    print(json.dumps([f"S1: an empty sweep took {typical:.1f} ms"] if typical > 5 else []))
    return 0


def _set(asked: argparse.Namespace) -> int:
    """The last of them run out within the second after `at`: as if they had been told of 75 % long ago."""
    due = """to_timestamp(%(at)s) + (CASE WHEN number <= %(due)s THEN number %% 1000 ELSE 1000 + number - %(due)s END)
             * interval '1 ms'"""
    sql = f"""UPDATE clocks_clock c SET level = 75, calendar_version_id = NULL, due_at = {due}, next_level_at = {due},
             started_at = to_timestamp(%(at)s) - interval '2 hours'
             FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS number FROM clocks_clock
                   ORDER BY id DESC LIMIT %(due)s + %(then)s) last WHERE last.id = c.id"""
    with closing(psycopg2.connect(os.environ["CLOCKS_SUPERUSER"])) as link, link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, {"at": asked.at, "due": asked.due, "then": asked.then})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(_NOTICED)
    return 0


# When each breach was first in the database, taken down by PostgreSQL itself; twice would be an error.
_NOTICED = """
    CREATE TABLE chaos_noticed (clock bigint PRIMARY KEY, at timestamptz NOT NULL);
    CREATE FUNCTION chaos_notice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN INSERT INTO chaos_noticed VALUES (NEW.id, clock_timestamp()); RETURN NEW; END $$;
    CREATE TRIGGER chaos_notice AFTER UPDATE OF breached_at ON clocks_clock FOR EACH ROW
        WHEN (OLD.breached_at IS NULL AND NEW.breached_at IS NOT NULL) EXECUTE FUNCTION chaos_notice();
    GRANT SELECT ON chaos_noticed TO PUBLIC"""


def _sweepers(asked: argparse.Namespace) -> int:
    """Children that sweep, one of them killed every half second, until nothing is due any more."""
    _django()
    from django.db import DatabaseError, connection  # noqa: PLC0415

    from clocks import actions  # noqa: PLC0415
    from clocks.models import Clock  # noqa: PLC0415

    def sweep_for_ever() -> None:
        while True:
            try:
                actions.sweep()
            except DatabaseError:
                connection.close()
            time.sleep(0.5)

    def child() -> int:
        connection.close()
        pid = os.fork()
        if pid == 0:
            sweep_for_ever()
        return pid

    pids, killed = [child() for _number in range(asked.sweepers)], 0
    while time.time() < asked.at + 120 + asked.due / 500:
        time.sleep(0.5)
        victim = random.randrange(len(pids))
        os.kill(pids[victim], signal.SIGKILL)
        os.waitpid(pids[victim], 0)
        pids[victim], killed = child(), killed + 1
        try:
            done = (
                time.time() > asked.at + 1.5 + asked.then / 1000
                and not Clock.objects.due(datetime.fromtimestamp(time.time()).astimezone()).exists()
                and not Clock.objects.untold().exists()
            )
        except DatabaseError:
            done = False
        if done:
            break
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(f"S1: {killed} sweepers killed", flush=True)
    return 0


def _reckon(asked: argparse.Namespace) -> int:
    """Each breach once, how late it was noticed, and every chain whole."""
    _django()
    from django.db import connection  # noqa: PLC0415

    from events.ledger import verify  # noqa: PLC0415

    shares = "percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {shares} n.at - c.breached_at)) FROM clocks_clock c LEFT JOIN chaos_noticed n"
            " ON n.clock = c.id WHERE breached_at IS NOT NULL"
        )
        marked, noticed = cursor.fetchone()
        cursor.execute(
            "SELECT count(*), count(DISTINCT subject_id), count(*) FILTER (WHERE facts ->> 'escalated_to' = '–'),"
            f" {shares} at - (facts ->> 'at_instant')::timestamptz)) FROM events_event WHERE type = 'clock.breached'"
        )
        told, different, nobody, heard = cursor.fetchone()
    findings = list(verify())
    broken, due = len(findings), asked.due + asked.then
    for finding in findings[:3]:
        print(f"S1: {finding}")
    print(f"S1: {told} of {due} breaches recorded, {told - different} twice, {broken} broken links")
    for what, (half, most, last) in (("recorded in the clock", noticed), ("in the ledger", heard)):
        print(f"S1: {what} after {half:.1f} s (p50), {most:.1f} s (p99), {last:.1f} s (last)")
    held = (told, different, marked, nobody, broken) == (due, due, due, 0, 0)
    missed = {
        f"S1: {told} events, {different} clocks, {marked} marked, {nobody} to nobody, {broken} broken": not held,
        f"S1: p99 {noticed[1]:.1f} s": noticed[1] > 5,
        f"S1: the last was recorded after {noticed[2]:.1f} s": noticed[2] > 15,
        # the ledger writes a thousand breaches in a second on one slow core
        f"S1: the ledger heard of the last after {heard[2]:.1f} s": heard[2] > 15 + due / 1000,
    }
    print(json.dumps([said for said, wrong in missed.items() if wrong]))
    return 0


def _publish(asked: argparse.Namespace) -> int:
    """S4: a new day of collective leave under all of them, while somebody works."""
    _django()
    from django.db import connection, transaction  # noqa: PLC0415

    from accounts import actions as accounts  # noqa: PLC0415
    from clocks import actions  # noqa: PLC0415
    from clocks.models import Calendar, Clock  # noqa: PLC0415
    from events.models import Event  # noqa: PLC0415

    waits: list[float] = []
    ended = threading.Event()

    def somebody() -> None:
        ids = list(Clock.objects.running().values_list("pk", flat=True)[:5000])
        while not ended.is_set():
            begun = time.perf_counter()
            with transaction.atomic():
                Clock.objects.get_queryset().lock(Clock.objects.get(pk=random.choice(ids)))
            waits.append(time.perf_counter() - begun)
            time.sleep(0.02)
        connection.close()

    before = Event.objects.count()
    leave = [
        {
            "date": (datetime.now().astimezone() + timedelta(days=n)).date().isoformat(),
            "name": "Cuti bersama",
            "kind": "leave",
        }
        for n in (1, 2, 3, 4)
    ]
    worker = threading.Thread(target=somebody)
    worker.start()
    actions.publish_calendar(
        calendar=Calendar.objects.get(),
        segments=OFFICE,
        holidays=leave,
        note="Collective leave.",
        by=accounts.robot("chaos"),
    )
    begun, counted = time.perf_counter(), 0
    while done := actions.recount():
        counted += done
    took = time.perf_counter() - begun
    ended.set()
    worker.join()
    new, left = Event.objects.count() - before - 1, Clock.objects.stale().count()
    print(
        f"S4: {counted} clocks counted anew in {took:.1f} s ({counted / took:.0f} a second), {new} notices, longest wait of a user {max(waits):.2f} s"
    )
    rules = {
        f"S4: {left} clocks still counted by the old calendar": left > 0,
        f"S4: {new} notices were repeated": new > 0,
        f"S4: {took:.0f} s": took > max(10, 60 * counted / 200_000),
        f"S4: a user waited {max(waits):.1f} s": max(waits) > 2,
    }
    print(json.dumps([said for said, wrong in rules.items() if wrong]))
    return 0


_INSIDE = {
    "compare": _compare, "fill": _fill, "set": _set, "sweepers": _sweepers, "reckon": _reckon, "publish": _publish,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
