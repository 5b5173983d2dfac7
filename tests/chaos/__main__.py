"""`python -m tests.chaos`: load, faults, then the reckoning. Exit code 1 when anything accepted was lost or doubled."""

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
from contextlib import suppress
from pathlib import Path

import psutil

from kumala_itsm.local import postgres, product, redis
from tests.chaos.client import Client, Counter
from tests.running.runner import Runner

PARTS = ("web", "worker", "scheduler")


def main() -> int:
    """Play it; the exit code."""
    asked = _arguments()
    random.seed(asked.seed)
    place = Path(tempfile.mkdtemp(prefix="kumala-chaos-"))
    place.chmod(0o711)
    runner = Runner(place / "state")
    try:
        runner.ready()
        return _play(asked, place, runner)
    finally:
        runner.stop()
        shutil.rmtree(place, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument(
        "--kills", type=int, default=20, help="kill -9 of web, worker and scheduler processes"
    )
    parser.add_argument(
        "--restarts", type=int, default=2, help="immediate stops of PostgreSQL, and SIGKILLs of Redis"
    )
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=15, help="when to give up")
    parser.add_argument("--seed", type=int, default=None, help="for the order and choice of the faults")
    return parser.parse_args()


def _play(asked: argparse.Namespace, place: Path, runner: Runner) -> int:
    begun = time.monotonic()
    until = begun + asked.minutes * 60
    journals = place / "journals"
    journals.mkdir()
    env = _environment(runner)
    people = json.loads(_inside("people", str(asked.clients), env=env).stdout.splitlines()[-1])
    clients = [Client(n, f"http://127.0.0.1:{runner.port}", p, journals, until) for n, p in enumerate(people)]
    counter = Counter()
    shares = [
        asked.tickets // asked.clients + (n < asked.tickets % asked.clients) for n in range(asked.clients)
    ]
    threads = [
        threading.Thread(target=c.ask, args=(s, counter.add)) for c, s in zip(clients, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    faults = _break_things(asked, runner, counter, threads, until)
    for thread in threads:
        thread.join()
    print(
        f"acknowledged {counter.value} of {asked.tickets} after {time.monotonic() - begun:.0f} s", flush=True
    )
    return _reckon(asked, clients, faults, journals, env, min(until, time.monotonic() + 300))


def _environment(runner: Runner) -> dict[str, str]:
    place = product.Place(runner.state, "127.0.0.1", runner.port)
    url = postgres.url(runner.state)
    return product.environment(place, database=url, owner=url, broker=redis.url(runner.state)) | {"DEMO": "0"}


def _inside(module: str, *words: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", f"tests.chaos.{module}", *words],
        cwd=product.ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 2):
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return done


def _break_things(
    asked: argparse.Namespace, runner: Runner, counter: Counter, threads: list[threading.Thread], until: float
) -> list[str]:
    """Spread the faults evenly over the answers, so that each meets load; what was done."""
    plan = [*(random.choice(PARTS) for _ in range(asked.kills)), *(["postgresql", "redis"] * asked.restarts)]
    random.shuffle(plan)
    done = []
    for number, part in enumerate(plan, start=1):
        threshold = asked.tickets * number // (len(plan) + 1)
        while counter.value < threshold and time.monotonic() < until and any(t.is_alive() for t in threads):
            time.sleep(0.02)
        done.append(_fault(runner, part))
        print(f"{counter.value:>5} acknowledged: {done[-1]}", flush=True)
    return done


def _fault(runner: Runner, part: str) -> str:
    """One kill: a store's main process; of the others, their main process or one of its children."""
    process = _alive(runner, part)
    if part == "postgresql":
        process.send_signal(signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
        return "postgresql stopped at once"
    if part != "redis":
        process = random.choice([process, *process.children(recursive=True)])
    child = "" if process.pid == runner.pid_of(part) else " (a child)"
    with suppress(psutil.NoSuchProcess):
        process.kill()
    return f"{part} killed{child}"


def _alive(runner: Runner, part: str) -> psutil.Process:
    """The part's main process, once the runner has it up again."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
            process = psutil.Process(runner.pid_of(part))
            if process.status() != psutil.STATUS_ZOMBIE:
                return process
        time.sleep(0.05)
    raise SystemExit(f"{part} did not come back:\n{runner.output}")


def _reckon(
    asked: argparse.Namespace,
    clients: list[Client],
    faults: list[str],
    journals: Path,
    env: dict[str, str],
    until: float,
) -> int:
    begun = time.monotonic()
    done = _inside("verify", str(journals), env=env)
    while done.returncode == 2 and time.monotonic() < until:
        time.sleep(2)
        done = _inside("verify", str(journals), env=env)
    found = json.loads(done.stdout.splitlines()[-1])
    found |= {"still on their way": found.pop("pending", {})}
    figures = found.pop("figures", {})
    acknowledged = sum(c.acknowledged for c in clients)
    _tell(clients, faults, figures, drained=time.monotonic() - begun)
    found["not acknowledged in time"] = [asked.tickets - acknowledged] if acknowledged < asked.tickets else []
    wrong = {name: what for name, what in found.items() if what}
    for name, what in wrong.items():
        print(f"WRONG: {name}: {what if len(str(what)) < 500 else len(what)}")
    print("Nothing that was accepted was lost or doubled." if not wrong else "make chaos failed.", flush=True)
    return 1 if wrong else 0


def _tell(clients: list[Client], faults: list[str], figures: dict[str, int], *, drained: float) -> None:
    pages = sum(c.by_page for c in clients)
    print(
        f"tickets: {sum(c.acknowledged for c in clients)} acknowledged, {pages} by pages, the others by API"
    )
    print(
        f"requests repeated: {sum(c.repeated for c in clients)}; slowest answer {max(c.slowest for c in clients):.1f} s"
    )
    counted = {fault.replace(" (a child)", ""): 0 for fault in faults}
    for fault in faults:
        counted[fault.replace(" (a child)", "")] += 1
    print("faults: " + ", ".join(f"{count} x {fault}" for fault, count in sorted(counted.items())))
    print(f"queues empty {drained:.0f} s after the last answer")
    print("; ".join(f"{name} {count}" for name, count in figures.items()))
    if odd := sorted({said for client in clients for said in client.unexpected}):
        print("answers that promised nothing:\n  " + "\n  ".join(odd[:10]))


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    sys.exit(main())
