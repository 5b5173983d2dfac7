"""`python -m tests.chaos`: load, faults, then the reckoning, act by act. Exit code 1 when a bar was missed.

Acts that need nothing of the stage and measure no delay are played beside those that mostly wait: a cut cable, a silent
scheduler, poison. Acts that are asked for by name are played one after the other.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.chaos import acts
from tests.chaos.acts import Act
from tests.chaos.report import Played, Report
from tests.chaos.stage import Stage

ACTS: dict[str, Act] = {
    "load": acts.load,
    "broker": acts.broker,
    "mirror": acts.mirror,
    "cable": acts.cable,
    "wakers": acts.wakers,
    "poison": acts.poison,
    "clocks": acts.clocks,
    "races": acts.races,
    "forms": acts.forms,
    "flow": acts.flow,
    "ledger": acts.ledger,
    "letters": acts.letters,
    "bombs": acts.bombs,
    "scripts": acts.scripts,
}
# What needs nothing of the stage is played beside what waits; the rest has the machine for itself.
BESIDE = ("races", "ledger", "forms", "flow", "letters")
WAITING = ("cable", "wakers", "poison")


def main() -> int:
    """Play the acts that were asked for; the exit code."""
    asked = _arguments()
    random.seed(asked.seed)
    if asked.lease:
        os.environ["CHAOS_LEASE"] = str(asked.lease)  # for the product and for what runs inside it
    place = Path(tempfile.mkdtemp(prefix="kumala-chaos-"))
    place.chmod(0o711)
    stage = Stage(place)
    begun = time.monotonic()
    report = Report()
    try:
        stage.start()
        if asked.acts:
            _one_by_one(asked.acts, stage, asked, report)
        else:
            _all(stage, asked, report)
    finally:
        stage.stop()
    return _end(report, asked, minutes=(time.monotonic() - begun) / 60)


def _end(report: Report, asked: argparse.Namespace, *, minutes: float) -> int:
    """The last lines, the document of a whole run where one is wanted, and the exit code."""
    missed = [what for act in report.played for what in act.missed]
    print("\n" + ("Every bar was held." if not missed else "Missed:\n  " + "\n  ".join(missed)), flush=True)
    print(f"{minutes:.1f} minutes", flush=True)
    if asked.out and not asked.acts:
        report.write(asked.out, asked, minutes=minutes, order=list(ACTS))
    return 1 if missed else 0


def _all(stage: Stage, asked: argparse.Namespace, report: Report) -> None:
    """Every act; what waits and what needs no stage at the same time."""
    alone = [name for name in ACTS if name not in (*BESIDE, *WAITING)]
    _one_by_one(alone, stage, asked, report)
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(_one_by_one, BESIDE, stage, asked, report)
        try:
            _one_by_one(WAITING, stage, asked, report)
            beside.result()
        except BaseException:
            acts.end_early()
            raise


def _one_by_one(names: Iterable[str], stage: Stage, asked: argparse.Namespace, report: Report) -> None:
    for name in names:
        begun = time.monotonic()
        with acts.speaking() as lines:
            missed = [f"{name}: {what}" for what in ACTS[name](stage, asked)]
        about = (ACTS[name].__doc__ or "").splitlines()[0]
        report.played.append(Played(name, about, lines, missed, time.monotonic() - begun))
        print(report.played[-1].text(), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("acts", nargs="*", choices=[[], *ACTS], default=[], help="only these")
    parser.add_argument("--tickets", type=int, default=500, help="created under load")
    parser.add_argument(
        "--kills", type=int, default=20, help="kill -9 of web, worker and scheduler processes"
    )
    parser.add_argument("--restarts", type=int, default=3, help="crashes of PostgreSQL, and of Redis")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument(
        "--away", type=float, default=25, help="seconds that Redis is gone, that a cable is cut"
    )
    parser.add_argument("--cuts", type=int, default=1, help="cuts of each cable")
    parser.add_argument("--silence", type=float, default=75, help="seconds without a scheduler")
    parser.add_argument("--flood", type=int, default=2000, help="messages of one kind beside the poison")
    parser.add_argument("--lease", type=float, default=0, help="seconds of a claim, instead of the product's")
    parser.add_argument("--clocks", type=int, default=100_000, help="open clocks")
    parser.add_argument("--due", type=int, default=10_000, help="clocks that are due in one second")
    parser.add_argument("--races", type=int, default=120, help="answers against the sweep at the deadline")
    parser.add_argument("--sequences", type=int, default=60, help="random sequences around promises")
    parser.add_argument("--at-once", type=int, default=200, help="acts on one form at the same moment")
    parser.add_argument("--rounds", type=int, default=2, help="forms on which so many act at once")
    parser.add_argument(
        "--walks",
        type=int,
        default=10,
        help="random walks under random policies, half of them over BRMs and half over UATs",
    )
    parser.add_argument("--steps", type=int, default=25, help="of one walk")
    parser.add_argument("--bytes", type=int, default=200, help="changes of a signed paper")
    parser.add_argument("--letters", type=int, default=2000, help="mutated letters")
    parser.add_argument("--events", type=int, default=300_000, help="of the ledger that is verified")
    parser.add_argument(
        "--tamperings", type=int, default=300, help="random acts on the ledger with all rights"
    )
    parser.add_argument("--payloads", type=int, default=150, help="scripts that must not run")
    parser.add_argument("--cards", type=int, default=20, help="requests on monday.com")
    parser.add_argument("--trouble", type=float, default=20, help="seconds in which monday.com fails")
    parser.add_argument("--minutes", type=float, default=15, help="when to give up")
    parser.add_argument("--seed", type=int, default=None, help="for the order and choice of the faults")
    parser.add_argument("--out", type=Path, default=None, help="a file that a whole run writes as well")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the stage is taken down all the same
    sys.exit(main())
