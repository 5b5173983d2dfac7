"""What a backup costs: `python -m kumala_itsm.local run -- python -m tests.bench.copies --mb 2048`.

The same database into fresh repositories, in turns: bare `pg_dump | restic`, and as a run does it (repository opened
and unlocked, rows counted, the dump judged, roles, seal, all of it found again in the repository). Then the memory of
the process that carries the bytes, at a tenth and at the whole. Prints JSON.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first

from backups import dumps, pipes, restic, scratch, vault, working  # noqa: E402
from backups.enums import RepositoryKind, TargetKind  # noqa: E402
from backups.models import Repository, Run, Target  # noqa: E402
from tests.backups.servers import ask  # noqa: E402

ROUNDS = 3
_ROWS_OF_MB = 4700  # rows of some 220 bytes that make a megabyte of dump
_FILL = """
    DROP TABLE IF EXISTS filled;
    CREATE TABLE filled AS SELECT n, md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) || md5((n * 17)::text)
        || md5((n * 19)::text) || md5((n * 23)::text) AS text FROM generate_series(1, {rows}) n"""


def main() -> None:
    """Fill, take turns, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=200)
    asked = parser.parse_args()
    settings.BACKUP_SCRATCH = ""
    with scratch.postgres() as server, scratch.directory() as place:
        settings.BACKUP_HOME = place / "home"
        memory = []
        times: dict[str, list[float]] = {"bare": [], "ours": []}
        for mb, rounds in ((max(1, asked.mb // 10), 1), (asked.mb, ROUNDS)):
            ask(server, _FILL.format(rows=mb * _ROWS_OF_MB))
            for number in range(rounds):
                bare, ours = _turn(server, place / f"{mb}-{number}")
                if mb == asked.mb:
                    times["bare"].append(bare)
                    times["ours"].append(ours)
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        size = ask(server, "SELECT pg_database_size('restored')")[0][0]
    ratio = statistics.median(o / b for b, o in zip(times["bare"], times["ours"], strict=True))
    facts = {"mb": asked.mb, "database_bytes": size, "ratio": round(ratio, 3), "rss_mb": memory}
    print(json.dumps(facts | {name: [round(t, 2) for t in told] for name, told in times.items()}))


def _turn(server: dumps.Server, place: Path) -> tuple[float, float]:
    """Seconds of bare `pg_dump | restic`, and of ours."""
    place.mkdir(parents=True)
    with vault.hand() as hand:
        bare, ours = (_store(place / name, hand) for name in ("bare", "ours"))
        return _bare(server, bare), _ours(server, ours, hand)


def _store(path: Path, hand: vault.Hand) -> restic.Store:
    row = Repository(
        kind=RepositoryKind.LOCAL, path=str(path), secrets=vault.close({"password": "only-for-a-measurement"})
    )
    store = restic.Store(row, hand)
    store.make()
    return store


def _bare(server: dumps.Server, store: restic.Store) -> float:
    """Started as ours are, each in a session of its own: a kernel that shares its time by session gives both alike."""
    words = (dumps.program("pg_dump"), "--format=custom", "--compress=0", f"--dbname={server.words}")
    begun = time.monotonic()
    dump = pipes.start(pipes.Command(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert dump.stdout is not None
    sink = pipes.start(store.command("backup", "--stdin"), stdin=dump.stdout, stdout=subprocess.DEVNULL)
    dump.stdout.close()
    assert (dump.wait(), sink.wait()) == (0, 0)
    return time.monotonic() - begun


def _ours(server: dumps.Server, store: restic.Store, hand: vault.Hand) -> float:
    target = Target(
        kind=TargetKind.POSTGRESQL, host=server.host, database=server.database, username=server.user
    )
    work = working.Work(Run(pk=1, target=target, repository=store.repository), hand, lambda _facts: None)
    begun = time.monotonic()
    working.save(work, working._store(work), target, working.Result())
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
