"""`python -m tests.bench`: fill, ask, compare, write docs/performance.md. Never part of the tests."""

import argparse
import base64
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg2

from kumala_itsm.local import postgres, product, redis
from kumala_itsm.local.process import Service
from tests.bench import load, plans, report, reports, things
from tests.bench.pages import Page, empty, pages


def main() -> int:
    """Measure; the exit code says whether it could be measured, not whether it was fast."""
    asked = _arguments()
    place = Path(tempfile.mkdtemp(prefix="kumala-bench-"))
    place.chmod(0o711)
    started: list[Service] = []
    try:
        found = _measure(asked, place / "state", started)
    finally:
        for service in reversed(started):
            service.stop()
        shutil.rmtree(place, ignore_errors=True)
    said = report.write(found, asked.out)
    print(said)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000, help="the size that growth is compared with")
    parser.add_argument("--seconds", type=float, default=8, help="of each loop")
    parser.add_argument("--due", type=int, default=1000, help="clocks that are due in the sweep")
    parser.add_argument("--developments", type=int, default=5000, help="open ones, for board and timeline")
    parser.add_argument("--documents", type=int, default=500, help="forms that are printed and signed")
    parser.add_argument(
        "--backup-mb", type=int, default=200, help="the database that is backed up; 2048 at full size"
    )
    parser.add_argument("--assets", type=int, default=100_000, help="each with fifty programs")
    parser.add_argument("--reports", type=int, default=1000, help="of agents, sent as fast as they are kept")
    parser.add_argument("--cards", type=int, default=10_000, help="requests on monday.com")
    parser.add_argument("--out", type=Path, default=product.ROOT / "docs" / "performance.md")
    return parser.parse_args()


@dataclass
class House:
    """A database of one size, the product's environment over it, and who may sign in there."""

    size: int
    where: product.Place
    env: dict[str, str]
    superuser: str
    keys: dict[str, Any]

    def pages(self) -> list[Page]:
        """What is measured here."""
        return pages(self.size, self.keys["people"], _deep_cursor(self.size))

    def bare(self) -> dict[str, Any]:
        """The SQL that these pages cannot do without, and how many statements they send."""
        return _inside(
            "bare", {"last": self.size, "keys": self.keys, "cursor": _deep_cursor(self.size)}, self.env
        )


def _measure(asked: argparse.Namespace, place: Path, started: list[Service]) -> dict[str, Any]:
    small, large = (_house(size, place / str(size), started) for size in (asked.small, asked.tickets))
    found: dict[str, Any] = {
        "asked": vars(asked) | {"out": ""},
        "sizes": _pages(small, large, asked, started),
    }
    facts = {"last": large.size, "keys": large.keys, "superuser": large.superuser}
    found["sweep"] = _inside("sweep", facts | {"clocks": large.size, "due": asked.due}, large.env)
    found["disk"] = _disk(large.superuser)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "developments": lambda: _developments(
            asked, large.keys, large.superuser, large.where, large.env, started
        ),
        "keeping": lambda: _keeping(asked, large, place / "copies", started),
        "inventory": lambda: _inventory(asked, small, large, started),
        "papers": lambda: _beside("papers", "--documents", str(asked.documents)),
        "backups": lambda: _beside("copies", "--mb", str(asked.backup_mb)),
        "mirror": lambda: _beside("mirror", "--cards", str(asked.cards)),
    }
    found |= {name: _tried(name, measure) for name, measure in parts.items()}
    return found | {"conditions": report.conditions()}


def _tried(name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """None for a part that broke off: an hour of the others is not thrown away for it, and the page says so."""
    begun = time.monotonic()
    try:
        found = measure()
    except Exception:
        traceback.print_exc()
        found = None
    print(f"{name} after {time.monotonic() - begun:.0f} s", flush=True)
    return found


def _house(size: int, state: Path, started: list[Service]) -> House:
    """Stores of their own, filled."""
    state.mkdir(mode=0o711, parents=True)
    env = _stores(state, started)
    where = product.Place(state, "127.0.0.1", int(env["PORT"]))
    product.make_ready(where, env)
    superuser = postgres.url(state, "postgres")
    keys = _seed(size, superuser, env)
    print(f"{size} tickets after {keys['seconds']:.0f} s", flush=True)
    return House(size, where, env, superuser, keys)


def _pages(
    small: House, large: House, asked: argparse.Namespace, started: list[Service]
) -> dict[str, dict[str, Any]]:
    """Every page at both sizes, one after the other, so that whatever else this machine does meets both alike."""
    found: dict[str, dict[str, Any]] = {str(house.size): {"pages": {}} for house in (small, large)}
    with _web(small.where, small.env, started) as few, _web(large.where, large.env, started) as many:
        for pair in zip(small.pages(), large.pages(), strict=True):
            for house, page, web in zip((small, large), pair, (few, many), strict=True):
                rows = _timed([page], house.keys, house.where.port, asked.seconds, (1,), web)
                found[str(house.size)]["pages"] |= rows
        for name, row in _timed(
            large.pages(), large.keys, large.where.port, asked.seconds, (8,), many
        ).items():
            found[str(large.size)]["pages"][name] |= row
        for house, web in ((small, few), (large, many)):
            found[str(house.size)]["memory"] = _memory(web)
    for house in (small, large):
        for name, told in house.bare().items():
            found[str(house.size)]["pages"][name] |= told
    return found


def _developments(
    asked: argparse.Namespace,
    keys: dict[str, Any],
    superuser: str,
    where: product.Place,
    env: dict[str, str],
    started: list[Service],
) -> dict[str, Any]:
    """Board and timeline, after everything else: the pages of tickets were measured without these."""
    owner = env | {"DATABASE_URL": env["DATABASE_OWNER_URL"]}
    facts = json.dumps({"requests": asked.developments, "superuser": superuser, "keys": keys})
    made = _run(["-m", "tests.bench.developments", "seed", "--facts", facts], owner)
    with _web(where, env, started) as web:
        rows = _timed(plans.pages(), keys, where.port, asked.seconds, (1,), web)
    for name, told in _run(["-m", "tests.bench.developments", "bare", "--facts", facts], env).items():
        rows[name] |= told
    return {"pages": rows, "requests": made["requests"]}


def _inventory(
    asked: argparse.Namespace, small: House, large: House, started: list[Service]
) -> dict[str, Any]:
    """Assets with their software at both sizes, then reports of agents."""
    found: dict[str, Any] = {"sizes": {}}
    for house, count in ((small, max(1000, asked.assets // 100)), (large, asked.assets)):
        facts: dict[str, Any] = {"assets": count, "superuser": house.superuser, "keys": house.keys}
        owner = house.env | {"DATABASE_URL": house.env["DATABASE_OWNER_URL"]}
        begun = time.monotonic()
        made = _run(["-m", "tests.bench.inventory", "seed", "--facts", json.dumps(facts)], owner)
        print(f"{made['installations']} installations after {time.monotonic() - begun:.0f} s", flush=True)
        with _web(house.where, house.env, started) as web:
            wanted = things.pages(count, made["title"])
            rows = _timed(wanted, house.keys, house.where.port, asked.seconds, (1,), web)
            if house is large:
                found["reports"] = _reports(asked, house, made, web)
        told = _run(["-m", "tests.bench.inventory", "bare", "--facts", json.dumps(facts | made)], house.env)
        for name, row in told.items():
            rows[name] |= row
        found["sizes"][str(count)] = {"pages": rows, "installations": made["installations"]}
    return found


BESIDE = ("agent's list", "one ticket", "create")  # pages that are asked while the backup runs


def _keeping(asked: argparse.Namespace, house: House, place: Path, started: list[Service]) -> dict[str, Any]:
    """The whole product backed up while people work, then restored and proved as a drill does."""
    place.mkdir(mode=0o711)
    words = ["-m", "tests.bench.keeping"]
    wanted = [page for page in house.pages() if page.name in BESIDE]
    with _web(house.where, house.env, started) as web:
        quiet = _timed(wanted, house.keys, house.where.port, asked.seconds, (1,), web)
        busy: dict[str, list[load.Timing]] = {page.name: [] for page in wanted}
        with ThreadPoolExecutor(1) as pool:
            backup = pool.submit(_run, [*words, "backup", "--place", str(place)], house.env)
            while not backup.done():
                for page in wanted:
                    told = load.loop(house.where.port, page.asked(house.keys), seconds=1, clients=1)
                    busy[page.name].append(told)
    drill = _run([*words, "drill", "--place", str(place)], house.env)
    rows = {name: {"quiet": quiet[name]["c1"]["p50"]} | _over(some) for name, some in busy.items()}
    return {"backup": backup.result(), "drill": drill, "pages": rows, "tickets": house.size}


def _over(rows: list[load.Timing]) -> dict[str, Any]:
    """Of some loops: the median of their medians, the slowest of their 95 in a hundred, how often was asked."""
    return {
        "p50": statistics.median(row.p50 for row in rows), "p95": max(row.p95 for row in rows),
        "asked": sum(row.count for row in rows),
    }  # fmt: skip


def _reports(asked: argparse.Namespace, house: House, made: dict[str, Any], web: Service) -> dict[str, Any]:
    port, key, secret = house.where.port, made["key"], made["secret"]
    kept = reports.send(port, key, secret, asked.reports)
    read = _run(["-m", "tests.bench.drain"], house.env)
    big = reports.large(port, key, secret, psutil.Process(web.pid))
    return {
        "kept": kept,
        "read": read,
        "large": big,
        "large_read": _run(["-m", "tests.bench.drain"], house.env),
    }


def _beside(module: str, *words: str) -> dict[str, Any]:
    """In a product of its own: a fresh database, and nothing else running."""
    command = ["-m", "kumala_itsm.local", "run", "--", sys.executable, "-m", f"tests.bench.{module}"]
    return _run([*command, *words], dict(os.environ))


def _stores(state: Path, started: list[Service]) -> dict[str, str]:
    for module in (postgres, redis):
        server = module.service(state)
        started.append(server)
        module.start(server)
    place = product.Place(state, "127.0.0.1", product.free_port())
    made = product.environment(
        place,
        database=postgres.url(state),
        owner=postgres.url(state, postgres.OWNER),
        broker=redis.url(state),
    )
    return made | {"DEMO": "0", "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}


def _seed(size: int, superuser: str, env: dict[str, str]) -> dict[str, Any]:
    owner = env | {"DATABASE_URL": env["DATABASE_OWNER_URL"]}
    return _run(["-m", "tests.bench.seed", "--tickets", str(size), "--superuser", superuser], owner)


def _inside(what: str, facts: dict[str, Any], env: dict[str, str]) -> dict[str, Any]:
    return _run(["-m", "tests.bench.inside", what, "--facts", json.dumps(facts)], env)


def _run(words: list[str], env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, *words], cwd=product.ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{words[1]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextmanager
def _web(place: product.Place, env: dict[str, str], started: list[Service]) -> Iterator[Service]:
    """The production server alone: nothing else works while it is measured."""
    web = next(s for s in product.services(place, env) if s.name == "web")
    started.append(web)
    web.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            load.Connection(place.port).ask(load.Asked("GET", "/healthz", {}))
            break
        except OSError:
            time.sleep(0.1)
    yield web
    web.stop()


def _timed(
    asked: list[Page],
    keys: dict[str, Any],
    port: int,
    seconds: float,
    clients: tuple[int, ...],
    web: Service,
) -> dict[str, Any]:
    """How long each of these pages takes. The empty page is asked before and after each, so that noise meets both."""
    nothing = empty(keys)
    rows: dict[str, Any] = {}
    for count in clients:
        for page in asked:
            before = load.loop(port, nothing, seconds=seconds / 4, clients=count)
            timing = load.loop(port, page.asked(keys), seconds=seconds, clients=count)
            after = load.loop(port, nothing, seconds=seconds / 4, clients=count)
            row = rows.setdefault(page.name, {"most": page.most, "growth": page.growth})
            row[f"c{count}"] = vars(timing) | {
                "empty": (before.p50 + after.p50) / 2,
                "bytes": _bytes(port, page, keys),
            }
            print(
                f"  {page.name} ({count}): {timing.p50:.1f} ms, empty {row[f'c{count}']['empty']:.1f} ms,"
                f" {_memory(web):.0f} MB",
                flush=True,
            )
    return rows


def _deep_cursor(size: int) -> str:
    """The cursor that leads to the middle of the table: what the REST framework writes for a key."""
    return base64.b64encode(urlencode({"p": str(size // 2)}).encode()).decode()


def _bytes(port: int, page: Page, keys: dict[str, Any]) -> int:
    return 0 if page.body else len(load.Connection(port).ask(page.asked(keys)))


def _memory(web: Service) -> float:
    """Megabytes of all web processes: proportional set size, shared pages counted once."""
    parent = psutil.Process(web.pid)
    return sum(_share(process) for process in (parent, *parent.children(recursive=True))) / 1e6


def _share(process: psutil.Process) -> int:
    """Bytes; none of a worker that has just made room for a fresh one."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


def _disk(superuser: str) -> float:
    with psycopg2.connect(superuser) as link, link.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone() or (0,)
    link.close()
    return float(size) / 1e6


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    sys.exit(main())
