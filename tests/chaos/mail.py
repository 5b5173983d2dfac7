"""`python -m tests.chaos.mail --messages N`: mutated letters and mail bombs, read as the product reads them (bar X5).

Prints the slowest letter, the most memory that the reading process ever had, and what became of them all; last a JSON
with `missed`: the reader died over an ordinary letter, took a second or 100 MB for one, or a bomb was not parked.
"""

import argparse
import base64
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import django

SECOND, MEMORY_KB = 1.0, 100 * 1024
LARGE = 24 * 1024 * 1024  # bytes of a letter just below the limit


def main() -> int:
    """Read them all; say what was measured. The exit code says whether they could be read at all."""
    asked = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
    django.setup()
    with tempfile.TemporaryDirectory(prefix="kumala-mail-") as place:
        missed = [
            *_mutated(asked.messages, asked.seed, Path(place)),
            *_large(Path(place)),
            *_bombs(Path(place)),
        ]
    print(json.dumps({"missed": missed}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.mail")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _peak_kb(pid: int) -> int:
    """The most memory that the process has held so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def _mutated(messages: int, seed: int, place: Path) -> list[str]:
    from integrations.mailbox.reader import Reader  # noqa: PLC0415 - needs the settings
    from tests.mailbox.mutations import SEEDS, mutated  # noqa: PLC0415

    chance, file, slowest, peak = random.Random(seed), place / "letter", 0.0, 0
    became: Counter[str] = Counter()
    worst, begun = b"", time.monotonic()
    with Reader() as reader:
        for _number in range(messages):
            content = mutated(chance, chance.choice(SEEDS))
            file.write_bytes(content)
            before = time.perf_counter()
            found = reader.read(file, place)
            took = time.perf_counter() - before
            if took > slowest:
                slowest, worst = took, content
            became[found.trouble or "read"] += 1
            peak = max(peak, _peak_kb(reader.pid))
    rate = messages / (time.monotonic() - begun)
    print(
        f"{messages} mutated letters, {rate:.0f} a second: slowest {slowest * 1000:.0f} ms, at most {peak // 1024} MB"
    )
    print("  " + ", ".join(f"{state} {count}" for state, count in became.most_common()))
    missed = [f"{slowest:.2f} s for one letter"] if slowest > SECOND else []
    missed += [f"{peak // 1024} MB"] if peak > MEMORY_KB else []
    if missed:
        print(f"  the slowest one: {base64.b64encode(worst[:3000]).decode()}")
    return missed + ([f"{became['too_hard']} ordinary letters were too hard"] if became["too_hard"] else [])


def _large(place: Path) -> list[str]:
    """A letter with a file, just below the limit."""
    from integrations.mailbox.reader import Reader  # noqa: PLC0415

    content = base64.encodebytes(os.urandom(LARGE * 3 // 4 - LARGE // 50))
    head = b"From: a@b.id\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nScan.\n--b\nContent-Type: image/png"
    file = place / "large"
    file.write_bytes(head + b"\nContent-Transfer-Encoding: base64\n\n" + content + b"--b--\n")
    with Reader() as reader:
        before = time.perf_counter()
        found = reader.read(file, place)
        took, peak = time.perf_counter() - before, _peak_kb(reader.pid)
    print(f"a letter of {file.stat().st_size // 1024**2} MB: {took:.2f} s, {peak // 1024} MB")
    missed = [] if not found.trouble and len(found.files) == 1 else ["the large letter was not read"]
    return missed + ([f"{peak // 1024} MB for the large letter"] if peak > MEMORY_KB else [])


def _bombs(place: Path) -> list[str]:
    from integrations.mailbox.reader import Reader  # noqa: PLC0415
    from tests.mailbox.test_reading import BOMBS  # noqa: PLC0415

    missed, file = [], place / "bomb"
    with Reader() as reader:
        for name, (content, trouble) in BOMBS.items():
            file.write_bytes(content)
            before = time.perf_counter()
            found = reader.read(file, place)
            took = time.perf_counter() - before
            print(f"{name}: {found.trouble} after {took:.2f} s, {_peak_kb(reader.pid) // 1024} MB")
            missed += [] if found.trouble == trouble else [f"{name} was {found.trouble or 'read'}"]
    return missed


if __name__ == "__main__":
    sys.exit(main())
