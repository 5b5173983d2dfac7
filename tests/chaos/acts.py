# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The acts: each breaks one kind of thing, prints its figures, and returns what was wrong."""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import psycopg2
import requests
from redis import Redis

from kumala_itsm.local import postgres, product, redis
from tests.chaos import monday
from tests.chaos.bombs import corpus
from tests.chaos.client import Client
from tests.chaos.client import Counter as Answers
from tests.chaos.scripts import inject
from tests.chaos.stage import Stage

Act = Callable[[Stage, argparse.Namespace], list[str]]
PARTS = ("web", "worker", "scheduler")
READY_SECONDS, DRAINED_SECONDS = 15.0, 120.0
# The bars are those of a machine that does nothing else; a test that runs beside others says so.
PATIENCE = float(os.environ.get("CHAOS_PATIENCE", "1"))


_SPOKEN = threading.local()


def say(line: str) -> None:
    """One figure."""
    _SPOKEN.lines.append(f"   {line}")


@contextmanager
def speaking() -> Iterator[list[str]]:
    """What is said by the act of this thread, also when it ends with an error: then it is printed."""
    _SPOKEN.lines = lines = []
    try:
        yield lines
    except BaseException:
        print("\n".join(lines), flush=True)
        raise


# R1, R2, R8: nothing accepted is lost or doubled ------------------------------------------------------------------


def load(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """R1, R2, R8: tickets by pages, API and e-mail while processes are killed and stores crash."""
    begun = time.monotonic()
    with _asking(stage, asked, asked.tickets) as (clients, counter, threads):
        faults = _break_things(stage, asked, counter, threads, begun + asked.minutes * 60)
    say(
        f"{counter.value} of {asked.tickets} acknowledged after {time.monotonic() - begun:.0f} s; "
        + _counted(faults)
    )
    say(
        f"{sum(c.repeated for c in clients)} requests repeated; slowest answer {max(c.slowest for c in clients):.1f} s"
    )
    wrong = [] if counter.value == asked.tickets else [f"only {counter.value} acknowledged"]
    return wrong + _big_transactions(stage, min(asked.restarts, 3)) + _reckon(stage, asked)


@contextmanager
def _asking(
    stage: Stage, asked: argparse.Namespace, tickets: int
) -> Iterator[tuple[list[Client], Answers, list[threading.Thread]]]:
    """Clients that ask for so many tickets while the body runs; afterwards all of them have been answered."""
    journals = stage.place / "journals"
    journals.mkdir(exist_ok=True)
    people = stage.inside("people", str(asked.clients))
    until = time.monotonic() + asked.minutes * 60
    clients = [Client(n, stage.address, p, journals, until, stage.mailbox) for n, p in enumerate(people)]
    counter = Answers()
    shares = [tickets // asked.clients + (n < tickets % asked.clients) for n in range(asked.clients)]
    threads = [
        threading.Thread(target=c.ask, args=(s, counter.add)) for c, s in zip(clients, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield clients, counter, threads
    finally:
        for thread in threads:
            thread.join()
    for said in sorted({said for client in clients for said in client.unexpected})[:5]:
        say(f"an answer that promised nothing: {said}")


def _break_things(
    stage: Stage, asked: argparse.Namespace, counter: Answers, threads: list[threading.Thread], until: float
) -> list[str]:
    """Spread the faults evenly over the answers, so that each meets load; what was done."""
    plan = [
        *(random.choice(PARTS) for _ in range(asked.kills)),
        *(["postgresql", "redis", "flush"] * asked.restarts),
    ]
    random.shuffle(plan)
    done = []
    for number, part in enumerate(plan, start=1):
        threshold = asked.tickets * number // (len(plan) + 1)
        while counter.value < threshold and time.monotonic() < until and any(t.is_alive() for t in threads):
            time.sleep(0.02)
        done.append(_fault(stage, part))
    return done


def _fault(stage: Stage, part: str) -> str:
    """One fault: a store crashes, Redis forgets everything, a process or one of its children is killed."""
    if part == "flush":
        with suppress(Exception):
            _redis(stage).flushall()
        return "FLUSHALL"
    if part in stage.stores:
        stage.crash(part)
        return f"{part} crashed"
    process = stage.process(part)
    victim = random.choice([process, *process.children(recursive=True)])
    with suppress(psutil.NoSuchProcess):
        victim.kill()
    return f"{part} killed"


def _redis(stage: Stage) -> "Redis[bytes]":
    return Redis(unix_socket_path=str(redis.socket(stage.state)), socket_timeout=5)


def _counted(faults: list[str]) -> str:
    return ", ".join(f"{count} x {fault}" for fault, count in sorted(Counter(faults).items()))


def _big_transactions(stage: Stage, turns: int) -> list[str]:
    """R8: PostgreSQL crashes inside a transaction of thousands of rows; none of them is there afterwards."""
    wrong: list[str] = []
    slowest = 0.0
    for _turn in range(turns):
        _until_ready(stage)  # what was killed before is another matter
        before = stage.inside("bulk", "0")
        process = subprocess.Popen(  # it dies with its connection: that is the point
            [sys.executable, "-m", "tests.chaos.bulk", "700"], cwd=product.ROOT, env=stage.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()  # half of the rows are written
        stage.crash("postgresql")
        slowest = max(slowest, _until_ready(stage))
        process.wait(60)
        if stage.inside("bulk", "0") != before:
            wrong.append("a transaction that never ended left rows")
    say(
        f"{turns} crashes inside a transaction of 700 tickets left none; ready again after {slowest:.1f} s at most"
    )
    return wrong + _late(slowest, READY_SECONDS, "ready after a crash of PostgreSQL")


def _until_ready(stage: Stage) -> float:
    """Seconds until /readyz says 200 again."""
    begun = time.monotonic()
    while time.monotonic() - begun < 120:
        with suppress(requests.RequestException):
            if requests.get(f"{stage.address}/readyz", timeout=5).status_code == 200:
                break
        time.sleep(0.1)
    return time.monotonic() - begun


def _late(seconds: float, most: float, what: str) -> list[str]:
    return [f"{what}: {seconds:.1f} s, not {most:.0f}"] if seconds > most * PATIENCE else []


def _reckon(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """Compare the clients' journals and the postman's bag with the database, once the queues are empty."""
    begun = time.monotonic()
    found = stage.inside("verify", str(stage.place / "journals"))
    while found["exit"] == 2 and time.monotonic() - begun < 300:
        time.sleep(2)
        found = stage.inside("verify", str(stage.place / "journals"))
    drained = time.monotonic() - begun
    say(f"queues empty {drained:.0f} s after the last answer")
    figures, letters = found.pop("figures", {}), set(found.pop("letters", []))
    found.pop("exit")
    found = {"still on their way": found} if "pending" in found else found
    say("; ".join(f"{name} {count}" for name, count in figures.items()))
    wrong = [f"{name}: {str(what)[:300]}" for name, what in found.items() if what]
    return (
        wrong
        + _posted(stage, letters, asked.kills + asked.restarts * 2)
        + _late(drained, DRAINED_SECONDS, "drained")
    )


def _posted(stage: Stage, letters: set[str], faults: int) -> list[str]:
    """R2: every letter that the database calls sent was taken, and hardly one twice."""
    taken, moods = stage.postman.taken, stage.postman.moods
    repeats = sum(count - 1 for count in taken.values())
    say(f"letters: {len(taken)} taken, {repeats} again with the same Message-ID; the postman {dict(moods)}")
    wrong = (
        [f"letters called sent that nobody took: {len(letters - set(taken))}"] if letters - set(taken) else []
    )
    if repeats > faults + moods["died after taking"] + moods["slept"]:
        wrong.append(f"{repeats} letters came twice, with {faults} faults")
    return wrong


# R3: the broker is only a doorbell --------------------------------------------------------------------------------


def broker(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """R3: requests are answered as quickly without Redis, and what waited is done soon after its return."""
    usual = _paced(stage, seconds=min(10, asked.away))
    stage.stores["redis"].stop()
    try:
        without = _paced(stage, seconds=asked.away)
    finally:
        redis.start(stage.stores["redis"])
    begun = time.monotonic()
    wrong = _reckon(stage, asked)
    say(
        f"p99 {usual * 1000:.0f} ms with Redis, {without * 1000:.0f} ms without; all done {time.monotonic() - begun:.0f} s later"
    )
    # A few hundred answers: the slowest is noise, so a floor of 300 ms stands beside the bar of 1.5 times.
    return wrong + _late(without, max(1.5 * usual, 0.3), "p99 without Redis")


def _paced(stage: Stage, *, seconds: float) -> float:
    """Ask steadily for so long; the 99th percentile of the answers, in seconds."""
    (person,) = stage.inside("people", "1")
    took = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        _ask(stage, person["token"], "paced")
        took.append(time.monotonic() - begun)
        time.sleep(0.1)
    return statistics.quantiles(took, n=100)[98]


def _ask(stage: Stage, token: str, title: str) -> int:
    answer = requests.post(
        f"{stage.address}/api/v1/tickets/",
        json={"kind": "troubleshooting", "title": title, "description": "Printer mati."},
        headers={"Authorization": f"Token {token}"}, timeout=30,
    )  # fmt: skip
    answer.raise_for_status()
    return int(answer.json()["id"])


# R4: a cable is pulled --------------------------------------------------------------------------------------------


def cable(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """R4: answers of PostgreSQL, then of Redis, vanish without a word; everything works soon after they come back."""
    if stage.net is None:
        say("not tried: only root can cut a cable")
        return []
    (person,) = stage.inside("people", "1")
    wrong = []
    for address, name in ((stage.net.database, "PostgreSQL"), (stage.net.broker, "Redis")):
        for _turn in range(asked.cuts):
            pids = {part: stage.process(part).pid for part in PARTS}
            with stage.net.cut(address):
                time.sleep(asked.away)
            back = _until_works(stage, person["token"])
            again = [part for part in PARTS if stage.process(part).pid != pids[part]]
            say(
                f"{name} silent for {asked.away:.0f} s: asked, delivered and ready {back:.1f} s after it came back"
            )
            wrong += _late(back, READY_SECONDS, f"working after {name} was silent")
            wrong += [f"{part} had to be started again" for part in again]
    return wrong


def _until_works(stage: Stage, token: str) -> float:
    """Seconds until a request is answered, its subscribers have heard of it, and /readyz is content."""
    begun = time.monotonic()
    ticket = None
    while time.monotonic() - begun < 120:
        with suppress(requests.RequestException):
            ticket = ticket or _ask(stage, token, "cable")
            if _heard(stage, ticket) and _until_ready(stage) < 60:
                break
        time.sleep(0.2)
    return time.monotonic() - begun


def _heard(stage: Stage, ticket: int) -> bool:
    """By the database's own word, past the cable."""
    with psycopg2.connect(postgres.url(stage.state, "postgres")) as link, link.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM events_delivery d JOIN events_event e ON e.id = d.event_id WHERE e.subject_type ="
            " 'tickets.ticket' AND e.subject_id = %s AND d.state = 'pending'",
            [ticket],
        )
        (pending,) = cursor.fetchone() or (1,)
    link.close()
    return pending == 0


# R5: who wakes the sweeps -----------------------------------------------------------------------------------------


def wakers(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """R5: without a scheduler the sweeps go on; with two of them nothing happens twice."""
    (person,) = stage.inside("people", "1")
    scheduler = stage.process("scheduler")
    scheduler.suspend()
    try:
        begun = time.monotonic()
        time.sleep(asked.silence - 15)
        _redis(stage).flushall()  # also the rings that were on their way
        late = _until_warned(stage, _two_hours_ago(stage, _ask(stage, person["token"], "silent")))
        said = requests.get(f"{stage.address}/readyz", timeout=5)
        alarm = stage.inside("alarm")
        say(
            f"no scheduler for {time.monotonic() - begun:.0f} s: a promise was found broken after {late:.0f} s; alarm: {alarm['said']!r}"
        )
    finally:
        scheduler.resume()
    wrong = _late(late, 60, "a sweep without the scheduler")
    wrong += [] if said.status_code == 503 else ["/readyz is content without a scheduler"]
    wrong += [] if alarm["said"] else ["nobody was told that the scheduler is silent"]
    return wrong + _two_schedulers(stage) + _reckon(stage, asked)


def _two_hours_ago(stage: Stage, ticket: int) -> int:
    """As if it had been asked two hours ago, its promise with it: history that only the superuser rewrites; the clock."""
    with psycopg2.connect(postgres.url(stage.state, "postgres")) as link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE tickets_ticket SET created_at = created_at - interval '2 hours' WHERE id = %s", [ticket]
        )
        cursor.execute(
            "UPDATE clocks_clock SET started_at = started_at - interval '2 hours', due_at = due_at - interval '2 hours',"
            " next_level_at = next_level_at - interval '2 hours' WHERE promise = 'response'"
            " AND subject_type = 'tickets.ticket' AND subject_id = %s RETURNING id",
            [ticket],
        )
        (clock,) = cursor.fetchone() or (0,)
    link.close()
    return int(clock)


def _until_warned(stage: Stage, clock: int) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < 120 and not stage.inside("promise", str(clock))["told"]:
        time.sleep(1)
    return time.monotonic() - begun


def _two_schedulers(stage: Stage) -> list[str]:
    """A second one beside the first for a while: the invariants say whether anything happened twice."""
    command = next(s.command for s in product.services(stage.where(), {}) if s.name == "scheduler")
    command = [str(stage.place / "second") if word.endswith("/schedule") else word for word in command]
    second = subprocess.Popen(
        command,
        cwd=product.ROOT,
        env=stage.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with _asking(stage, argparse.Namespace(clients=2, minutes=2), 40):
        time.sleep(10)
    second.terminate()
    second.wait(30)
    say("two schedulers for 10 s and 40 tickets")
    return []


# R7: poison -------------------------------------------------------------------------------------------------------


def poison(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """R7: a message that kills its worker, one that hangs, and a flood of one kind hold up nobody else."""
    (person,) = stage.inside("people", "1")
    for title in ("poison kills", "poison hangs"):
        _ask(stage, person["token"], title)
    stage.inside("flood", str(asked.flood))
    begun = time.monotonic()
    delays: list[float] = []
    dead: dict[str, Any] = {}
    enough = min(30, max(10, asked.flood // 20))
    while time.monotonic() - begun < 400 and (len(delays) < enough or dead.get("pending", 1)):
        asked_at = time.monotonic()
        ticket = _ask(stage, person["token"], "beside poison")
        while not _heard(stage, ticket) and time.monotonic() - asked_at < 60:
            time.sleep(0.05)
        delays.append(time.monotonic() - asked_at)
        dead = stage.inside("flood", "--dead")
    p95 = statistics.quantiles(delays, n=20)[18]
    say(
        f"{len(delays)} tickets beside the poison and {asked.flood} messages of a flood: heard of after {p95:.1f} s (p95)"
    )
    say(
        f"given up and visible after {time.monotonic() - begun:.0f} s: {dead['dead']} with {dead['attempts']} attempts"
    )
    wrong = _late(p95, 10, "p95 of others beside the poison")
    wrong += [] if dead["dead"] == 2 and not dead["pending"] else [f"poison is not given up: {dead}"]
    return wrong + ([f"{dead['attempts']} attempts"] if max(dead["attempts"], default=0) > 5 else [])


# S1, S4: promises by the hundred thousand -------------------------------------------------------------------------


def clocks(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """S1, S4: many promises due in one second while sweepers are killed; a calendar changes under all of them."""
    return _module(stage, "clocks", "--clocks", str(asked.clocks), "--due", str(asked.due))


# A6: the ledger ---------------------------------------------------------------------------------------------------


def ledger(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """A6: somebody with all rights tampers with the ledger at random; how fast it is written and verified."""
    return _module(stage, "ledger", "--events", str(asked.events), "--tamperings", str(asked.tamperings))


# S3, S5: races -----------------------------------------------------------------------------------------------------


def races(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """S3, S5: answers against the sweep at the very deadline; random sequences of everything that moves a deadline."""
    sizes = {"CHAOS_RACES": str(asked.races), "CHAOS_SEQUENCES": str(asked.sequences)}
    named = f"{asked.races} races at the deadline, {asked.sequences} random sequences"
    return _tests(named, sizes, "tests/clocks/test_races.py", "tests/clocks/test_machine.py")


# A2, A5: forms and papers -----------------------------------------------------------------------------------------


def forms(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """A2, A5: many decide one thing at once, random acts under random policies, a signed paper is changed anywhere."""
    sizes = {"AT_ONCE": str(asked.at_once), "ROUNDS": str(asked.rounds), "BYTES": str(asked.bytes)}
    missed = _tests(
        f"{asked.rounds} times {asked.at_once} acts at once, {asked.bytes} changed bytes", sizes,
        "tests/approvals/test_self_approval.py::test_many_at_once_decide_one_thing_once",
        "tests/approvals/test_sealing.py", "tests/approvals/test_stamping.py",
    )  # fmt: skip
    # Half of them over BRMs, half over UATs, each half in a process and a database of its own.
    halves = {"EXAMPLES": str(-(-asked.walks // 2)), "STEPS": str(asked.steps)}
    named = f"{asked.walks} random walks of {asked.steps} acts"
    return missed + _tests(
        named, halves, "tests/approvals/test_policy_machine.py", "--numprocesses", "2", "-rP"
    )


_PLAYED = re.compile(r"^(?:Brm|Uat): .*", re.MULTILINE)  # what the machine says of a half


# A2: developments -------------------------------------------------------------------------------------------------


def flow(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """A2: many act on one development at once; random acts by all roles through page, API and SQL pass no gate unearned."""
    sizes = {
        "AT_ONCE": str(asked.at_once), "ROUNDS": str(asked.rounds), "EXAMPLES": str(asked.walks), "STEPS": str(asked.steps),
    }  # fmt: skip
    named = f"{asked.rounds} times two developments with {asked.at_once} acts at once, {asked.walks} random walks of {asked.steps} steps"
    return _tests(named, sizes, "tests/devflow/test_at_once.py", "tests/devflow/test_machine.py")


def _tests(named: str, sizes: dict[str, str], *plays: str) -> list[str]:
    """Tests of the product, larger than `make test` plays them."""
    words = ["kumala_itsm.local", "run", "--", sys.executable, "-m", "pytest", "-q", *plays]
    done = _beside(words, os.environ | sizes)
    say("; ".join([f"{named}: {_last_line(done.stdout)}", *_PLAYED.findall(done.stdout)]))
    return [done.stdout[-600:]] if done.returncode else []


_BESIDE: list["subprocess.Popen[str]"] = []
_ENDED = threading.Event()


def _beside(words: list[str], env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """A module of ours in a process of its own, to its end."""
    if _ENDED.is_set():
        raise SystemExit("ended early")
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=product.ROOT, env=env, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _BESIDE.append(process)
    said, complained = process.communicate()
    _BESIDE.remove(process)
    return subprocess.CompletedProcess(words, process.returncode, said, complained)


def end_early() -> None:
    """Whatever is still being played in a process of its own takes down what it has set up; nothing more begins."""
    _ENDED.set()
    for process in tuple(_BESIDE):
        process.terminate()


def _last_line(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "nothing was said")


# X5: letters ------------------------------------------------------------------------------------------------------


def letters(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """X5: mutated and monstrous letters: none stops the reader, none vanishes."""
    return _module(stage, "mail", "--messages", str(asked.letters))


def _module(stage: Stage, name: str, *words: str) -> list[str]:
    """A module that prints its figures as lines of text, and last a JSON with `missed`."""
    done = _beside([f"tests.chaos.{name}", *words], stage.environment())
    lines = done.stdout.splitlines()
    for line in lines[:-1]:
        say(line)
    if done.returncode or not lines:
        return [f"tests.chaos.{name} ended with {done.returncode}: {done.stderr[-600:]}"]
    missed: list[str] = json.loads(lines[-1])["missed"]
    return missed


# X6: bombs --------------------------------------------------------------------------------------------------------


def bombs(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """X6: files that explode, endless streams and slow patterns are answered quickly and cost little memory."""
    (person,) = stage.inside("people", "1")
    web = stage.process("web")
    before = _megabytes(web)
    wrong, slowest = [], 0.0
    for name, send in corpus(stage.address, person["token"]):
        begun = time.monotonic()
        status = send()
        took = time.monotonic() - begun
        slowest = max(slowest, took)
        if status >= 500 or took > 2:
            wrong.append(f"{name}: {status} after {took:.1f} s")
    grown = _megabytes(web) - before
    say(
        f"{len(corpus(stage.address, ''))} bombs answered, the slowest after {slowest:.1f} s; web processes grew by {grown:.0f} MB"
    )
    return wrong + ([f"memory grew by {grown:.0f} MB"] if grown > 200 else [])


def _megabytes(process: psutil.Process) -> float:
    return sum(p.memory_info().rss for p in (process, *process.children(recursive=True))) / 1e6


# X3: scripts ------------------------------------------------------------------------------------------------------


def scripts(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """X3: scripts by API, pages, telephone and e-mail are shown to requester and IT, and never run in a real browser."""
    (asker,) = stage.inside("people", "1")
    boss = {"email": "boss@chaos.example", "password": asker["password"]}
    run, shown, wrong = inject(stage.address, asker, boss, stage.mailbox.put, count=asked.payloads)
    say(f"{shown} payloads shown on pages, {len(run)} of them run")
    missed = [f"run: {payload}" for payload in run] + wrong
    return missed + ([] if shown >= asked.payloads else [f"only {shown} shown"])


# W3: monday.com ---------------------------------------------------------------------------------------------------


def mirror(stage: Stage, asked: argparse.Namespace) -> list[str]:
    """W3: monday.com fails in every way, also for the rest of the day, while both sides change; then they agree."""
    return monday.play(stage, asked, say, PATIENCE)
