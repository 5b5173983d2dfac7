"""What a client knows: written down, and on disk, before it asks and after it was answered."""

import json
import os
import time
from pathlib import Path

BY_MAIL = 0  # the number of a ticket that the mail server promised: nobody knows it yet


class Journal:
    """One client's append-only file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def write(self, what: str, key: str, **facts: object) -> None:
        """One line, flushed to the disk before it counts."""
        self._file.write(json.dumps({"what": what, "key": key, "at": time.time(), **facts}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read(place: Path) -> dict[str, int]:
    """Key -> number of every acknowledged ticket, from all journals in a directory."""
    lines = (
        json.loads(line) for file in sorted(place.glob("*.jsonl")) for line in file.open(encoding="utf-8")
    )
    return {line["key"]: int(line["ticket"]) for line in lines if line["what"] == "acknowledged"}
