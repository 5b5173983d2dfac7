"""Runs inside the bench's product: the product itself backed up and restored as its register does, both whole runs.

`keeping backup|drill --place DIRECTORY`. The copy lies beside the database, which an SOP target needs a reason for:
here only the time counts. Prints JSON: seconds, bytes, memory of the process in MB, and what a drill found.
"""

import argparse
import json
import resource
import sys
from datetime import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first

from accounts.enums import Role  # noqa: E402
from accounts.models import Branch, User  # noqa: E402
from backups import actions  # noqa: E402
from backups.actions._parts import robot  # noqa: E402
from backups.enums import RepositoryKind, Rhythm, RunKind, RunState, TargetKind  # noqa: E402
from backups.models import Repository, Run, Target  # noqa: E402

NAME = "Bench"


def main() -> None:
    """Do what was asked and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=[RunKind.BACKUP.value, RunKind.DRILL.value])
    parser.add_argument("--place", type=Path, required=True)
    asked = parser.parse_args()
    settings.BACKUP_HOME, settings.BACKUP_SCRATCH = asked.place / "home", ""
    by = User.objects.filter(roles__role=Role.IT_MANAGER).earliest("pk")
    print(json.dumps(_played(_target(asked.place, by), RunKind(asked.what), by)))


def _target(place: Path, by: User) -> Target:
    known = Target.objects.filter(name=NAME).first()
    if known is not None:
        return known
    where = Repository(name=NAME, kind=RepositoryKind.LOCAL, path=str(place / "store"))
    store = actions.keep_repository(
        repository=where, fields=[], given={"password": "for-a-measurement"}, by=by
    )
    row = Target(name=NAME, kind=TargetKind.PRODUCT, branch=Branch.objects.earliest("pk"))
    made = actions.keep_target(target=row, fields=[], given={}, by=by)
    actions.add_policy(
        target=made, repository=store, rhythm=Rhythm.DAILY, at=time(2), by=by, reason="Only time counts here."
    )
    return made


def _played(target: Target, kind: RunKind, by: User) -> dict[str, Any]:
    waiting = actions.ask_run(target=target, kind=kind, by=by)
    actions.perform(run=waiting, by=robot())
    run = Run.objects.get(pk=waiting.pk)
    assert run.state == RunState.SUCCEEDED, (run.fault, run.log)
    assert run.started_at is not None
    assert run.ended_at is not None
    told = ("rows", "tables", "attachments", "invariants", "pages_checked")
    return {
        "seconds": (run.ended_at - run.started_at).total_seconds(), "bytes": run.size, "added": run.added,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    } | {name: run.evidence[name] for name in told if name in run.evidence}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
