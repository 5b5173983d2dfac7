"""Files out of a copy: what lies there, and one of them as a stream."""

import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from backups import vault
from backups.enums import Part, TargetKind
from backups.models import Snapshot
from backups.pipes import CHUNK, Broken, killed_afterwards, start
from backups.restic import FILE, Store
from backups.working import ARCHIVE
from core.errors import NotPossible

MOST = 500  # rows of one directory that are shown
Listed = list[dict[str, Any]]


def look(snapshots: list[Snapshot], path: str) -> tuple[list[tuple[Snapshot, Listed]], str]:
    """The rows of one directory of each part, and what went wrong while looking, if anything."""
    found: list[tuple[Snapshot, Listed]] = []
    try:
        for snapshot in snapshots:
            if is_stream(snapshot):
                name_ = FILE if snapshot.part == Part.DATABASE else ARCHIVE
                found.append(
                    (snapshot, [{"path": f"/{name_}", "name": name_, "type": "file", "size": snapshot.size}])
                )
                continue
            with vault.hand() as hand:
                rows = Store(snapshot.repository, hand).listed(snapshot.reference, path)
            found.append((snapshot, [row for row in rows if _is_in(row["path"], path)][:MOST]))
    except Broken as broken:
        return found, str(broken.fault.label)
    return found, ""


def is_stream(snapshot: Snapshot) -> bool:
    """One file, whatever the target has: a dump or an archive."""
    target = snapshot.run.target
    is_archive = snapshot.part == Part.FILES and target is not None and target.kind == TargetKind.FILES
    return snapshot.part == Part.DATABASE or is_archive


def _is_in(path: str, folder: str) -> bool:
    return str(PurePosixPath(path).parent).rstrip("/") == folder.rstrip("/")


def stream(snapshot: Snapshot, path: str) -> Iterator[bytes]:
    """The bytes of one file. Raises NotPossible before the first of them where it cannot be had."""
    if not path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise NotPossible(_("This is no path inside the copy."))
    pieces = _pieces(snapshot, path)
    try:
        first = next(pieces, b"")
    except Broken as broken:
        raise NotPossible(broken.fault.label) from None
    return _with(first, pieces)


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _pieces(snapshot: Snapshot, path: str) -> Iterator[bytes]:
    with vault.hand() as hand:
        store = Store(snapshot.repository, hand)
        store.look()
        process = start(
            store.given(snapshot.reference, path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with killed_afterwards(process):
            assert process.stdout is not None
            while chunk := process.stdout.read(CHUNK):
                yield chunk


def name(path: str) -> str:
    """What the file is called at the reader's end: a name, never a path, without what a header could not hold."""
    last = PurePosixPath(path).name or "file"
    return "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in last)[:120]
