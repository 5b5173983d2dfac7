"""monday.com fails in every way while both sides go on working (W3)."""

import argparse
import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from integrations.monday.operations import WEBHOOK_EVENTS
from tests.chaos.stage import Stage
from tests.fakes.monday import Mistake, Monday, Person
from tests.fakes.monday.world import Hook

FAULTS = (
    "429", "502", "500", "200-complexity", "flat", "423", "drop-before", "drop-after", "500-after", "half-page",
    "partial", "truncated",
)  # fmt: skip
LIKELY = 0.35  # of all calls fail, one way or the other
SETTLED_SECONDS, QUIET_SECONDS = 120.0, 12.0
SLOWEST = 0.5  # seconds, p95 of a page of the helpdesk


def play(stage: Stage, asked: argparse.Namespace, say: Any, patience: float) -> list[str]:
    """The act: connect, break, edit on both sides, heal, reckon."""
    fake = stage.monday
    people = {name: fake.person(name.title(), f"{name}@kumala.example") for name in ("it_manager", "agent")}
    numbers = json.dumps({name: person.id for name, person in people.items()})
    told = stage.inside("mirrored", "connect", "--people", numbers, "--requests", str(asked.cards))
    board = fake.world.boards[told["board"]]
    for event in WEBHOOK_EVENTS:
        hook = Hook(fake.world.number(), board.id, stage.address + told["path"], event, fake.token, None)
        fake.world.hooks[hook.id] = hook
    with ThreadPoolExecutor(2) as pool, _asking(stage) as waited:
        ours = pool.submit(stage.inside, "mirrored", "edit", "--seconds", str(asked.trouble))
        _break(fake)
        theirs = _edit(fake, board, told, people["it_manager"], asked.trouble)
        done = ours.result()
    broken = sum(1 for call in fake.journal if call.fault)
    say(
        f"{len(fake.journal)} calls, {broken} of them broken; {done['done']} changes here, {theirs} there,"
        f" in {asked.trouble:.0f} s"
    )
    _heal(fake)
    healed = stage.inside("mirrored", "heal")["at"]
    left = _settled(stage, healed, SETTLED_SECONDS * patience)
    return [*left, *_reckon(stage, fake, board, told, say), *_unaffected(waited, say, patience)]


def _break(fake: Monday) -> None:
    with fake.lock:
        for kind in FAULTS:
            fake.fails(kind, times=10**6, chance=LIKELY / len(FAULTS))
        mischief = fake.hooks.mischief
        mischief.drop, mischief.double, mischief.again, mischief.shuffle = 0.2, 0.4, 0.2, True


def _heal(fake: Monday) -> None:
    with fake.lock:
        fake.heal()
        fake.meter.plan.per_day = 10_000


def _edit(fake: Monday, board: Any, told: dict[str, Any], person: Person, seconds: float) -> int:
    """Somebody changes cards by hand; for the last third of the time the calls of the day are used up."""
    dice, began, done = random.Random(7), time.monotonic(), 0
    while (gone := time.monotonic() - began) < seconds:
        with fake.lock:
            if gone > seconds * 2 / 3:
                fake.meter.plan.per_day = 0
            items = board.active()
            if items:
                done += _change(fake, told, person, dice.choice(items), dice)
        time.sleep(dice.random() * 0.6)
    return done


def _change(fake: Monday, told: dict[str, Any], person: Person, item: Any, dice: random.Random) -> int:
    columns, acts = told["columns"], fake.world.by(person)
    try:
        match dice.randrange(3):
            case 0:
                acts.set(item, columns["estimate"], str(dice.randrange(1, 18)))
            case 1:
                acts.set(
                    item,
                    columns["priority"],
                    {"index": dice.choice(list(told["labels"]["priority"].values()))},
                )
            case _:
                acts.set(
                    item,
                    columns["finish"],
                    {"date": f"{datetime.now(UTC).date() + timedelta(days=dice.randrange(30, 60))}"},
                )
    except Mistake:
        return 0
    return 1


@contextmanager
def _asking(stage: Stage) -> Iterator[list[float]]:
    """Meanwhile somebody opens a page of the helpdesk again and again: how long each took, -1 for no answer."""
    (person,) = stage.inside("people", "1")
    waited: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.wait(0.25):
            began = time.monotonic()
            try:
                answer = requests.get(
                    f"{stage.address}/api/v1/tickets/",
                    headers={"Authorization": f"Token {person['token']}"},
                    timeout=15,
                )
                waited.append(time.monotonic() - began if answer.ok else -1.0)
            except requests.RequestException:
                waited.append(-1.0)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waited
    finally:
        stop.set()
        thread.join()


def _settled(stage: Stage, healed: str, patience: float) -> list[str]:
    """Nothing waits, and the board was walked since."""
    until, waits = time.monotonic() + patience, {}
    while time.monotonic() < until:
        waits = stage.inside("mirrored", "waits")
        if waits["swept_at"] > healed and not (waits["changed"] or waits["calls"]):
            return [f"{waits['dead']} requests were given up"] if waits["dead"] else []
        time.sleep(2)
    return [f"does not settle: {waits}"]


def _reckon(stage: Stage, fake: Monday, board: Any, told: dict[str, Any], say: Any) -> list[str]:
    """One card for each request, the same on both sides, and then silence."""
    before = len(fake.writes())
    time.sleep(QUIET_SECONDS)
    echoes = len(fake.writes()) - before
    found = stage.inside("mirrored", "compare")
    items = fake.world.items_by(told["columns"]["key"], board)
    doubles = [key for key, several in items.items() if len(several) > 1]
    say(
        f"{len(items)} cards for {found['links']} requests, {len(doubles)} doubled,"
        f" {len(found['differences'])} differences, {echoes} writes in {QUIET_SECONDS:.0f} s of silence"
    )
    wrong = [f"{len(doubles)} requests have several cards: {doubles[:5]}"] if doubles else []
    wrong += [f"{found['links']} requests, {len(items)} cards"] if len(items) != found["links"] else []
    wrong += [f"differs: {found['differences'][:5]}"] if found["differences"] else []
    wrong += [f"{echoes} writes although nothing changed"] if echoes else []
    return wrong + [f"misuse: {what}" for what in sorted(set(fake.misuses))]


def _unaffected(waited: list[float], say: Any, patience: float) -> list[str]:
    silent, told = waited.count(-1.0), sorted(took for took in waited if took >= 0)
    p95 = statistics.quantiles(told, n=20)[-1] if len(told) > 1 else 0.0
    say(f"helpdesk meanwhile: {len(waited)} pages, {silent} without an answer, p95 {p95 * 1000:.0f} ms")
    wrong = [f"{silent} pages without an answer"] if silent else []
    return wrong + ([f"p95 of {p95:.2f} s"] if p95 > SLOWEST * patience else [])
