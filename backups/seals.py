"""The seal of a set: written last, it says which snapshots belong together and that they are whole.

A dump without its seal was never finished, whatever a killed process left behind: nothing restores it, and the check
takes it away. The seal also lets a repository alone, without a row of ours, be brought back (`disaster`).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backups import scratch
from backups.enums import TargetKind
from backups.models import Run
from backups.restic import Store, Written

SEAL, LIST, ROLES = "sealed", "set.json", "roles.sql"
_OURS = "run-"
_PATIENCE = timedelta(days=1)  # how long a set may be in the making


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


def close(store: Store, run: Run, copies: list[Any], roles: str) -> Written:
    """Seal what has been stored. Raises Broken."""
    parts = {copy.part: {"snapshot": copy.reference, "bytes": copy.size} for copy in copies}
    facts = {"mark": mark(run), "kind": run.target.kind if run.target else "", "parts": parts}
    with scratch.directory() as folder:
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


def unfinished(snapshots: list[dict[str, Any]], now: datetime) -> list[str]:
    """Snapshots of our runs that never got their seal and are too old to be in the making."""
    sealed = {_mark(row) for row in snapshots if SEAL in (row.get("tags") or [])}
    ours = [row for row in snapshots if _mark(row) and _mark(row) not in sealed]
    return [str(row["id"]) for row in ours if now - _made_at(row) > _PATIENCE]


def _mark(row: dict[str, Any]) -> str:
    return next((tag for tag in row.get("tags") or [] if tag.startswith(_OURS)), "")


def _made_at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(row["time"]))
