"""The anchor: hashes of the ledger in files outside the database, one for each seal, appended to and never rewritten.

`00000003.anchor` holds what stands under seal no. 3: a line `E id case seq hash` for each event, soon after it was
written, and last `S {seal}`. The files belong where neither the product's nor the database's administrator can change
them: on a write-once volume, or copied away by the backup.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from events import canon

_EVENT = re.compile(r"E (\d+) (\S+):(-?\d+) (\d+) ([0-9a-f]{64})\n")
_TAIL = 4096  # bytes: longer than the longest line


class Line(NamedTuple):
    """One event as the anchor knows it."""

    id: int
    subject_type: str
    subject_id: int
    seq: int
    hash: str

    @property
    def subject(self) -> str:
        """`tickets.ticket:17`."""
        return f"{self.subject_type}:{self.subject_id}"


@dataclass(frozen=True)
class File:
    """The part of the anchor under one seal, as long as it was when it was opened."""

    number: int
    path: Path
    size: int

    def lines(self) -> Iterator[Line | dict[str, Any]]:
        """Events and, at the end, the seal. What a crash tore off in the middle of a line was written again."""
        left = self.size
        with self.path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                left -= len(line.encode())
                if left < 0:
                    return
                if found := _EVENT.fullmatch(line):
                    id_, type_, of, seq, hash_ = found.groups()
                    yield Line(int(id_), type_, int(of), int(seq), hash_)
                elif seal := _seal(line):
                    yield seal

    def seal(self) -> dict[str, Any] | None:
        """The seal at its end, with its statement read; None while its day is open."""
        found = [line for line in _tail(self.path, self.size) if isinstance(line, dict)]
        return found[-1] if found else None

    def is_whole(self) -> bool:
        """Do its lines make up the root of its own seal? True as well while there is none."""
        root = hashlib.sha256()
        for line in self.lines():
            if isinstance(line, dict):
                return bool(root.hexdigest() == line["statement"]["root"])
            root.update(canon.leaf(line.id, line.hash))
        return True


def place() -> Path | None:
    """Where the anchor lies (LEDGER_ANCHOR_DIR); None for an installation without one."""
    return Path(settings.LEDGER_ANCHOR_DIR) if settings.LEDGER_ANCHOR_DIR else None


def files(directory: Path | None) -> list[File]:
    """All files of the anchor, the oldest first."""
    if directory is None or not directory.is_dir():
        return []
    found = sorted(directory.glob("*.anchor"))
    return [File(int(path.stem), path, path.stat().st_size) for path in found if path.stem.isdigit()]


def latest_seal(directory: Path | None) -> int:
    """The number of the newest seal that the anchor holds; 0 for none."""
    for file in reversed(files(directory)):
        if file.seal():
            return file.number
    return 0


def latest_event(file: File) -> int:
    """The number of its last event; 0 when it has none."""
    found = [line.id for line in _tail(file.path, file.size) if isinstance(line, Line)]
    return found[-1] if found else 0


def append(directory: Path, number: int, lines: Iterable[str]) -> None:
    """Write at the end of one file, and do not come back before it is on the disk."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{number:08}.anchor"
    torn = path.exists() and not _ends_well(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    with os.fdopen(descriptor, "a", encoding="utf-8", newline="\n") as file:
        if torn:
            file.write("\n")
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def event_line(row: Line) -> str:
    """How an event stands in the anchor."""
    return f"E {row.id} {row.subject} {row.seq} {row.hash}\n"


def seal_line(record: dict[str, Any]) -> str:
    """How a seal stands there."""
    return f"S {canon.text(record)}\n"


def _seal(line: str) -> dict[str, Any] | None:
    if not line.startswith("S ") or not line.endswith("\n"):
        return None
    try:
        record = json.loads(line[2:])
        return {**record, "text": record["statement"], "statement": json.loads(record["statement"])}
    except (ValueError, KeyError, TypeError):
        return None


def _tail(path: Path, size: int) -> list[Line | dict[str, Any]]:
    """What the last lines say."""
    with path.open("rb") as file:
        file.seek(max(size - _TAIL, 0))
        said = file.read(min(size, _TAIL)).decode(errors="replace")
    found: list[Line | dict[str, Any]] = []
    for line in said.splitlines(keepends=True):
        if match := _EVENT.fullmatch(line):
            id_, type_, of, seq, hash_ = match.groups()
            found.append(Line(int(id_), type_, int(of), int(seq), hash_))
        elif seal := _seal(line):
            found.append(seal)
    return found


def _ends_well(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
