"""The seal of a set: written last, it says which snapshots belong together and that they are whole.

A dump without its seal was never finished, whatever a killed process left behind: nothing restores it. What runs left
that failed, sealed or not, the check takes away. The seal also lets a repository alone, without a row of ours, be
brought back (`disaster`).
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from backups.enums import TargetKind
from backups.models import Run
from backups.restic import HOST, Store, Written

SEAL, LIST, ROLES = "sealed", "set.json", "roles.sql"
_OURS = "run-"
_PATIENCE = timedelta(days=1)  # how long a set may be in the making
_DIGITS = 19  # fewer than these have a number that a database knows


@dataclass(frozen=True)
class Sealed:
    """A set as its seal tells it."""

    mark: str
    kind: str
    parts: dict[str, dict[str, Any]]
    reference: str


def mark(run: Run) -> str:
    """By which a repository tells the runs of all products that fill it apart."""
    return f"{_OURS}{run.pk}-{run.asked_at:%Y%m%d%H%M%S}"


def tag(run: Run) -> str:
    """The tags of a snapshot of this run."""
    return f"{mark(run)},{run.target.kind if run.target else ''}"


def host(run: Run) -> str:
    """Under which a repository counts the copies of a target: each target's age is its own, whoever removes by age."""
    return f"kumala-{run.target_id}" if run.target_id else HOST


def close(store: Store, run: Run, copies: list[Any], roles: str) -> Written:
    """Seal what has been stored, under the whole ids that `copies` name. Raises Broken."""
    parts = {copy.part: {"snapshot": copy.reference, "bytes": copy.size} for copy in copies}
    facts = {"mark": mark(run), "kind": run.target.kind if run.target else "", "parts": parts}
    with _folder(run) as folder:
        (folder / LIST).write_text(json.dumps(facts, indent=1), encoding="utf-8")
        if roles:
            (folder / ROLES).write_text(roles, encoding="utf-8")
        return store.save_paths(str(folder), tag=f"{tag(run)},{SEAL}", hear=lambda _said: None)


def newest(store: Store, kind: TargetKind, only: str = "") -> Sealed | None:
    """The newest sealed set of that kind, or the one with the mark `only`. Raises Broken."""
    rows = [row for row in store.snapshots() if {SEAL, kind.value} <= set(row.get("tags") or [])]
    for row in sorted(rows, key=_made_at, reverse=True):
        if only in ("", _mark(row)):
            facts = json.loads(store.content(row["id"], LIST))
            return Sealed(facts["mark"], facts["kind"], facts["parts"], row["id"])
    return None


def left_behind(snapshots: list[dict[str, Any]], failed: set[str], now: datetime) -> list[str]:
    """Snapshots of the `failed` marks that are too old to be in the making: a run that was given up may live on."""
    return [str(row["id"]) for row in snapshots if _mark(row) in failed and now - _made_at(row) > _PATIENCE]


def numbers(snapshots: list[dict[str, Any]]) -> set[int]:
    """The numbers of the runs that the marks name; another product's may be the same, its marks are not."""
    found = {_mark(row).removeprefix(_OURS).partition("-")[0] for row in snapshots}
    return {int(number) for number in found if number.isdecimal() and len(number) < _DIGITS}


@contextmanager
def _folder(run: Run) -> Iterator[Path]:
    """One of its own for each target, always under the same path: the store sees one thing that is saved again."""
    folder = Path(settings.BACKUP_HOME) / "seals" / str(run.target_id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mark(row: dict[str, Any]) -> str:
    return next((tag for tag in row.get("tags") or [] if tag.startswith(_OURS)), "")


def _made_at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(row["time"]))
