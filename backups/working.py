"""What a run does: back up, restore as a test, check the store, restore. Writes no row; `actions.performing` does.

Everything that goes wrong is a `Broken` with its fault. A result exists only for what was judged from all sides.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from backups import dumps, places, prints, restic, scratch, seals, vault
from backups.enums import Apart, Fault, Part, Removal, RunKind, RunState, TargetKind
from backups.models import BackupPolicy, Run, Snapshot, Target
from backups.pipes import Broken, Command, Stream, feed, run
from backups.restic import FILE, Store
from core import files

ARCHIVE = "files.tar"


@dataclass
class Work:
    """One run at work: its secrets, and how far it is."""

    run: Run
    hand: vault.Hand
    beat: Callable[[dict[str, Any]], None]  # may raise pipes.Stopped
    stage: str = ""

    def bytes_so_far(self, number: int) -> None:
        """For pipes."""
        self.beat({"bytes": number, "stage": self.stage})

    def hear(self, said: dict[str, Any]) -> None:
        """For restic's own lines of progress."""
        if said.get("message_type") == "status":
            self.beat({
                "bytes": said.get("bytes_done", 0), "total": said.get("total_bytes", 0), "stage": self.stage,
                "files": said.get("files_done", 0), "left": said.get("seconds_remaining", 0),
            })  # fmt: skip

    def begins(self, stage: str) -> None:
        """The next stage of the run."""
        self.stage = stage
        self.beat({"stage": stage, "bytes": 0})


@dataclass
class Copy:
    """One part that was stored."""

    part: Part
    reference: str
    size: int


@dataclass
class Result:
    """A run that went well in every respect."""

    size: int = 0
    added: int = 0
    log: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)  # snapshots that retention took away, by their number
    apart: Apart | None = None

    def add(self, copy: Copy, written: restic.Written) -> None:
        """One more part."""
        self.copies.append(copy)
        self.size += copy.size
        self.added += written.added


# Backing up ---------------------------------------------------------------------------------------------------------


def back_up(work: Work) -> Result:
    """All parts of a target into the repository of the run."""
    target = _target(work)
    result = Result()
    work.begins("looking")
    result.apart = require_apart(target, work.run)
    store = _store(work)
    try:
        save(work, store, target, result)
    except Broken:
        if not store.repository.only_appends:
            with suppress(Broken):  # else the check finds it: it has no seal
                store.forget([copy.reference for copy in result.copies])
        raise
    return result


def save(work: Work, store: Store, target: Target, result: Result) -> None:
    """All parts into the store; when each was read back from its list, the seal that says they are all there.

    Raises Broken; then there is no seal, or only one that the store took and did not find again.
    """
    roles = ""
    if target.kind in (TargetKind.PRODUCT, TargetKind.POSTGRESQL):
        _save_postgres(work, store, target, result)
        roles = dumps.pg_roles(dumps.server_of(target), work.hand)
    if target.kind == TargetKind.MARIADB:
        _save_mariadb(work, store, target, result)
    if target.kind == TargetKind.FILES:
        _save_archive(work, store, target, result)
    # After the database: a file is written before the row that names it, and never changes. So whatever the dump
    # names is there.
    if target.kind in (TargetKind.PRODUCT, TargetKind.DIRECTORY):
        _save_directory(work, store, target, result)
    work.begins("sealing")
    whole = store.in_full([copy.reference for copy in result.copies])
    for copy, reference in zip(result.copies, whole, strict=True):
        copy.reference = reference
    made = seals.close(store, work.run, result.copies, roles)
    seal = Copy(Part.SET, made.reference, made.size)
    result.copies.append(seal)
    (seal.reference,) = store.in_full([seal.reference])


def _target(work: Work) -> Target:
    assert work.run.target is not None
    return work.run.target


def _store(work: Work) -> Store:
    """The repository of the run, as it will be asked."""
    assert work.run.repository is not None
    limit = work.run.policy.limit_kib if work.run.policy else None
    return Store(work.run.repository, work.hand, limit_kib=limit, host=seals.host(work.run))


def _unlocked(work: Work) -> Store:
    """It is there, ours to open, and free of dead processes' locks. Raises Broken."""
    store = _store(work)
    store.unlock()
    return store


def judge_places(target: Target, repository: Any) -> tuple[Apart, places.Place, places.Place]:
    """Whether a copy lies apart, and where both are."""
    host = dumps.server_of(target).host if target.kind == TargetKind.PRODUCT else target.host
    path = str(settings.MEDIA_ROOT) if target.kind == TargetKind.PRODUCT else target.path
    here, there = places.of_target(target, host, path), places.of_repository(repository)
    return places.judge(here, there), here, there


def require_apart(target: Target, run_: Run) -> Apart:
    """Looked at before every run: disks are remounted and names moved. Raises Broken (SAME_PLACE)."""
    apart, here, there = judge_places(target, run_.repository)
    accepted = run_.policy is not None and bool(run_.policy.same_place_reason)
    if not accepted and run_.policy is None:
        known = BackupPolicy.objects.counting().filter(target=target, repository=run_.repository)
        accepted = known.exclude(same_place_reason="").exists()
    if target.is_sop and apart != Apart.APART and not accepted:
        raise Broken(Fault.SAME_PLACE, f"{here['mount']} / {there['mount']}")
    return apart


def _save_postgres(work: Work, store: Store, target: Target, result: Result) -> None:
    """Rows are counted and dumped as one exported snapshot sees them. Who exports it holds no table: a lock of ours,
    held while the dump waits behind a migration that waits for us, would stop all who write.
    """
    server = dumps.server_of(target)
    with closing(dumps.connect(server)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            dumps.require_version(cursor)
            cursor.execute("SET idle_in_transaction_session_timeout TO 0")
            cursor.execute("SELECT pg_export_snapshot()")
            seen = cursor.fetchone()[0]
            work.begins("counting")
            found = _counted(server, seen, target.newest_in)
            prints.require_fresh(target, found, timezone.now())
            work.begins("database")
            source = dumps.pg_dump(server, seen, work.hand)
            _save(work, store, source, dumps.judge_pg(prints.rows(found)), result, FILE)
    result.evidence["print"] = found


def _counted(server: dumps.Server, snapshot: str, newest_in: str) -> prints.Print:
    """In a transaction of its own, which gives its locks back before the dump takes them."""
    with closing(dumps.connect(server)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            return _printed(lambda: prints.of_postgres(cursor, newest_in))


def _printed(look: Callable[[], prints.Print]) -> prints.Print:
    """Raises Broken (GRANTS) where the user may not read what must be dumped."""
    try:
        return look()
    except Broken:
        raise
    except Exception as problem:
        said = str(problem)
        raise Broken(Fault.GRANTS if "permission denied" in said else Fault.DUMP, said) from None


def _save_mariadb(work: Work, store: Store, target: Target, result: Result) -> None:
    server = dumps.server_of(target)
    work.begins("counting")
    dumps.require_rights(server, work.hand)
    dumps.require_innodb(server, work.hand)
    before = prints.of_mariadb(server, work.hand, target.newest_in)
    prints.require_fresh(target, before, timezone.now())
    work.begins("database")
    _save(
        work,
        store,
        dumps.mariadb_dump(server, work.hand),
        dumps.judge_mariadb(prints.rows(before)),
        result,
        FILE,
    )
    after = prints.of_mariadb(server, work.hand, target.newest_in)
    result.evidence["print"] = prints.between(before, after)


def _save_archive(work: Work, store: Store, target: Target, result: Result) -> None:
    work.begins("files")
    words = restic.ssh(target, vault.open_(target.secrets), work.hand)
    _save(work, store, dumps.tar(words, target.path), dumps.judge_tar, result, ARCHIVE)


def _save(work: Work, store: Store, source: Command, judge: Any, result: Result, name: str) -> None:
    try:
        written, stream = store.save_stream(
            source, name=name, tag=seals.tag(work.run), judge=judge, beat=work.bytes_so_far
        )
    except Broken as broken:
        raise Broken(broken.fault, work.hand.scrub(broken.said)) from None
    part = Part.FILES if name == ARCHIVE else Part.DATABASE
    if written.size != stream.size:
        store.forget([written.reference])
        raise Broken(Fault.STORE, f"{stream.size} bytes were sent, {written.size} stored.")
    result.add(Copy(part, written.reference, stream.size), written)


def _save_directory(work: Work, store: Store, target: Target, result: Result) -> None:
    work.begins("files")
    folder = Path(settings.MEDIA_ROOT if target.kind == TargetKind.PRODUCT else target.path)
    if target.kind == TargetKind.PRODUCT:
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise Broken(Fault.MISSING, str(folder))
    # What is being received vanishes while it is looked at; small pictures are drawn again.
    without = (files.UNFINISHED, files.SMALL) if target.kind == TargetKind.PRODUCT else ()
    if all(path.name in without for path in folder.iterdir()):
        if target.kind == TargetKind.DIRECTORY:
            raise Broken(Fault.EMPTY, str(folder))
        return  # a product that nobody attached anything to yet
    written = store.save_paths(str(folder), tag=seals.tag(work.run), hear=work.hear, without=without)
    result.add(Copy(Part.FILES, written.reference, written.size), written)
    result.evidence["files"] = written.files


# Drills -------------------------------------------------------------------------------------------------------------


def drill(work: Work) -> Result:
    """The newest set restored into something that is thrown away, and compared with what was backed up."""
    source = work.run.source
    kept = list(Snapshot.objects.kept().of_set(source)) if source is not None else []
    if source is None or not kept:
        raise Broken(Fault.NOTHING)
    result = Result(evidence={"of": source.pk})
    store = _unlocked(work)
    parts = {snapshot.part: snapshot for snapshot in kept}
    with scratch.directory() as folder:
        _drill_files(work, store, parts.get(Part.FILES), folder, result)
        _drill_database(work, store, parts, folder, result)
    result.size = sum(snapshot.size for snapshot in kept)
    return result


def _drill_files(work: Work, store: Store, snapshot: Snapshot | None, folder: Path, result: Result) -> None:
    if snapshot is None:
        return
    work.begins("files")
    if _target(work).kind == TargetKind.FILES:
        sink = Command(("tar", "--extract", "--file=-", f"--directory={folder}", "--no-same-owner"))
        _fed(work, store, snapshot, sink, ARCHIVE)
    else:
        _restored(store, snapshot.reference, str(folder))
    count, size = _measured(folder)
    expected = work.run.source.evidence.get("files") if work.run.source else None
    if count == 0 or (expected is not None and expected != count):
        raise Broken(Fault.ROWS, f"{expected} files were backed up, {count} restored.")
    result.evidence |= {"files": count, "bytes": size}


def _restored(store: Store, reference: str, folder: str, only: str = "") -> None:
    try:
        store.restore(reference, folder, only=only)
    except Broken as broken:
        passing = (Fault.GONE, Fault.LOCKED, Fault.WRONG_KEY, Fault.DAMAGED)
        raise Broken(broken.fault if broken.fault in passing else Fault.RESTORE, broken.said) from None


def _measured(folder: Path) -> tuple[int, int]:
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return len(found), sum(path.stat().st_size for path in found)


def _fed(work: Work, store: Store, snapshot: Snapshot, sink: Command, name: str = FILE) -> Stream:
    """The stored stream into the program that restores it, whole. Each piece is what was stored: restic keeps every
    piece under its SHA-256 and refuses one that is another.
    """
    stream, gave, took = feed(store.given(snapshot.reference, name), sink, work.bytes_so_far)
    if gave.code and not took.code:
        broken = store.broken(gave)
        raise Broken(Fault.DAMAGED if broken.fault == Fault.STORE else broken.fault, broken.said)
    if took.code:
        raise Broken(Fault.RESTORE, work.hand.scrub(f"{took.said}\n{gave.said}"))
    if stream.size != snapshot.size:
        raise Broken(Fault.CHECKSUM, f"{stream.size} bytes came back, {snapshot.size} were stored.")
    return stream


def _drill_database(
    work: Work, store: Store, parts: dict[str, Snapshot], folder: Path, result: Result
) -> None:
    target, snapshot = _target(work), parts.get(Part.DATABASE)
    if snapshot is None:
        if target.kind in (TargetKind.PRODUCT, TargetKind.POSTGRESQL, TargetKind.MARIADB):
            raise Broken(Fault.NOTHING)
        return
    work.begins("database")
    was = work.run.source.evidence["print"] if work.run.source else {}
    if target.kind == TargetKind.MARIADB:
        with scratch.mariadb() as server:
            words = ("--no-defaults", f"--socket={server.host}", f"--user={server.user}", "--binary-mode")
            _fed(work, store, snapshot, Command(("mariadb", *words, server.database)))
            found = prints.of_mariadb(server, work.hand, target.newest_in)
    else:
        with scratch.postgres() as server:
            _fed(work, store, snapshot, pg_restore(server))
            found = _print_of(server, target.newest_in)
            _drill_roles(store, parts.get(Part.SET), server, result)
            work.begins("pages of the database")
            result.evidence["pages_checked"] = scratch.require_sound(server)
            if target.kind == TargetKind.PRODUCT:
                _drill_product(work, server, folder, result)
    work.begins("comparing")
    prints.compare(was, found)
    if was.get("newest") != found.get("newest"):
        raise Broken(Fault.ROWS, f"{target.newest_in}: {was.get('newest')} / {found.get('newest')}")
    result.evidence |= {
        "tables": len(found["tables"]), "rows": prints.rows(found), "newest": found.get("newest", ""),
        "built": {kind: facts[0] for kind, facts in found["built"].items()}, }  # fmt: skip


def _drill_roles(store: Store, seal: Snapshot | None, server: dumps.Server, result: Result) -> None:
    """The roles of the source come to life in the throwaway server."""
    if seal is None:
        raise Broken(Fault.NOTHING)
    wanted, missing = scratch.require_roles(server, store.content(seal.reference, seals.ROLES))
    if missing:
        raise Broken(Fault.RESTORE, f"Roles that could not be restored: {', '.join(missing)}")
    result.evidence["roles"] = wanted


def pg_restore(server: dumps.Server, *more: str, env: dict[str, str] | None = None) -> Command:
    """The program that puts an archive into `server`, and stops at the first error."""
    words = ("--exit-on-error", "--no-owner", "--no-privileges", "--no-password", *more)
    return Command((dumps.program("pg_restore"), *words, f"--dbname={server.words}"), env or {})


def _print_of(server: dumps.Server, newest_in: str) -> prints.Print:
    with closing(dumps.connect(server)) as connection, connection.cursor() as cursor:
        return prints.of_postgres(cursor, newest_in)


def _drill_product(work: Work, server: dumps.Server, folder: Path, result: Result) -> None:
    """Of this product: every attachment that a row names opens and is what its name says; the ledger verifies, what is
    always true of the data is true, and somebody signs in to the product that runs over the copy.
    """
    work.begins("attachments")
    count, extra = require_attachments(server, folder)
    work.begins("proving")
    result.evidence |= {"attachments": count, "unreferenced": extra} | _proved(server, folder)


_NAMED = """SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    WHERE c.relkind = 'r' AND (a.attname = 'sha256' OR a.attname LIKE '%\\_sha256') AND NOT a.attisdropped"""


def require_attachments(server: dumps.Server, folder: Path) -> tuple[int, int]:
    """How many files rows point to, and how many no row does (they came while the dump was taken, or lost their row).

    Raises Broken (ATTACHMENTS) when one is missing or not what its name says.
    """
    names: set[str] = set()
    with closing(dumps.connect(server)) as connection, connection.cursor() as cursor:
        cursor.execute(_NAMED)
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT DISTINCT "{column}" FROM public."{table}" WHERE "{column}" <> \'\'')
            names |= {row[0] for row in cursor.fetchall()}
    wrong = [name for name in sorted(names) if not _is_whole(folder / name[:2] / name, name)]
    if wrong:
        raise Broken(Fault.ATTACHMENTS, f"{len(wrong)} of {len(names)}: {', '.join(wrong[:5])}")
    return len(names), sum(path.name not in names for path in folder.glob("??/*") if path.is_file())


def _is_whole(path: Path, name: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == name


_WRONG = {"ledger": Fault.LEDGER, "invariants": Fault.INVARIANTS, "sign_in": Fault.SIGN_IN}


def _proved(server: dumps.Server, folder: Path) -> dict[str, Any]:
    """What `manage.py prove_copy` finds over another database and the attachments in `folder`.

    Raises Broken (LEDGER, INVARIANTS, SIGN_IN).
    """
    address = f"postgresql://{server.user}@/{server.database}?host={server.host}"
    env = {
        "DATABASE_URL": address, "SECRET_KEY": settings.SECRET_KEY, "SIGNING_KEY": settings.SIGNING_KEY,
        "LEDGER_ANCHOR_DIR": "", "PYTHONDONTWRITEBYTECODE": "1", "DJANGO_SETTINGS_MODULE": "kumala_itsm.settings",
        "MEDIA_ROOT": str(folder), "BASE_URL": settings.BASE_URL,
    }  # fmt: skip
    words = (sys.executable, str(settings.ROOT / "manage.py"), "prove_copy")
    done = run(Command(words, env, cwd=str(settings.ROOT)), patience=3600)
    if done.code:
        fault = next((fault for word, fault in _WRONG.items() if f'{{"{word}":' in done.said), Fault.LEDGER)
        raise Broken(fault, f"{done.out[-4000:]}\n{done.said[-4000:]}")
    return dict(json.loads(done.out.strip().splitlines()[-1]))


# The store itself ---------------------------------------------------------------------------------------------------


def check(work: Work) -> Result:
    """Retention, room given back, structure checked, the next part of the data read back."""
    repository = work.run.repository
    assert repository is not None
    store = _unlocked(work)
    there = store.snapshots()
    here = {str(row["id"]) for row in there}
    kept = list(Snapshot.objects.kept().filter(repository=repository).order_by("pk"))
    before = _let_go_before(work)
    lost = [copy for copy in kept if copy.reference not in here and copy.run_id not in before]
    if lost:
        raise Broken(Fault.DAMAGED, f"Not there any more: {', '.join(s.reference[:8] for s in lost)}")
    work.begins("retention")
    removed, unfinished = _let_go(work, store, kept, there, before)
    work.begins("removing")
    removal = Removal.POSSIBLE if store.can_remove() else Removal.REFUSED
    work.begins("reading")
    part = repository.check_part % restic.PARTS + 1
    log = store.check(part)
    probes = {str(row["id"]) for row in there if restic.PROBE in (row.get("tags") or [])}
    strangers = len(here - {snapshot.reference for snapshot in kept} - set(unfinished) - probes)
    evidence = {
        "part": part, "parts": restic.PARTS, "snapshots": len(here), "strangers": strangers,
        "unfinished": len(unfinished), "removal": removal,
    }  # fmt: skip
    return Result(log=log, evidence=evidence, removed=[snapshot.pk for snapshot in removed])


def _let_go_before(work: Work) -> set[int]:
    """Runs whose copies may be gone: the other end may remove what we would, and a check may have, that broke off
    before it could write it down. What it was told to remove counts, whatever the policies say since.
    """
    checks = Run.objects.filter(kind=RunKind.CHECK, repository=work.run.repository)
    passed = checks.filter(state=RunState.SUCCEEDED).order_by("-pk").values_list("pk", flat=True).first()
    since = checks.filter(pk__gt=passed or 0, pk__lte=work.run.pk).values_list("evidence", flat=True)
    return {number for evidence in since for number in evidence.get("removable", [])}


def _let_go(
    work: Work, store: Store, kept: list[Snapshot], there: list[dict[str, Any]], before: set[int]
) -> tuple[list[Snapshot], list[str]]:
    """What retention and failed runs leave: removed where we can remove anything, noted where the other end did."""
    here, allowed = {str(row["id"]) for row in there}, set(work.run.evidence.get("removable", []))
    gone = [copy for copy in kept if copy.run_id in before and copy.reference not in here]
    removed = [copy for copy in kept if copy.run_id in allowed and copy.reference in here]
    if store.repository.only_appends:
        return gone, []
    unfinished = seals.left_behind(there, _of_failed_runs(store.repository, there), timezone.now())
    store.forget([*(copy.reference for copy in removed), *unfinished])
    if gone or removed or unfinished:
        store.prune()
    return [*gone, *removed], unfinished


def _of_failed_runs(repository: Any, there: list[dict[str, Any]]) -> set[str]:
    """The marks of our own runs into this repository that failed and have no copy on record: others may share it."""
    failed = Run.objects.filter(kind=RunKind.BACKUP, state=RunState.FAILED, repository=repository)
    return {seals.mark(run) for run in failed.filter(pk__in=seals.numbers(there), snapshots=None)}


# Restoring ----------------------------------------------------------------------------------------------------------


def restore(work: Work) -> Result:
    """What was agreed, where it was agreed. The plan is in the evidence of the run."""
    wish, source = work.run.evidence, work.run.source
    assert source is not None
    parts = {snapshot.part: snapshot for snapshot in Snapshot.objects.kept().of_set(source)}
    if not parts:
        raise Broken(Fault.NOTHING)
    result = Result(evidence=dict(wish))
    store = _unlocked(work)
    for part, snapshot in parts.items():
        if part == Part.SET or (wish.get("path") and part == Part.DATABASE):
            continue
        work.begins(str(part))
        if part == Part.DATABASE:
            _restore_database(work, store, snapshot, wish, result)
        else:
            _restore_files(work, store, snapshot, wish, result)
    return result


def _restore_files(
    work: Work, store: Store, snapshot: Snapshot, wish: dict[str, Any], result: Result
) -> None:
    target = _target(work)
    folder = Path(target.path if wish.get("over_source") else beside(wish["destination"]))
    if target.kind == TargetKind.FILES and wish.get("over_source"):
        words = restic.ssh(target, vault.open_(target.secrets), work.hand)
        quoted = "'" + target.path.replace("'", "'\\''") + "'"
        _fed(
            work, store, snapshot, Command((*words, f"tar --extract --file=- --directory={quoted}")), ARCHIVE
        )
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.kind == TargetKind.FILES:
        only = (wish["path"],) if wish.get("path") else ()
        sink = Command(("tar", "--extract", "--file=-", f"--directory={folder}", "--no-same-owner", *only))
        _fed(work, store, snapshot, sink, ARCHIVE)
    else:
        _restored(store, snapshot.reference, str(folder), only=wish.get("path", ""))
    count, size = _measured(folder)
    if count == 0:
        raise Broken(Fault.NOTHING, str(wish.get("path")))
    result.evidence |= {"files": count, "bytes": size, "folder": str(folder)}


def beside(destination: str) -> str:
    """A directory of that name below BACKUP_RESTORED; never anywhere else."""
    return str(Path(settings.BACKUP_RESTORED) / Path(destination).name)


def _restore_database(
    work: Work, store: Store, snapshot: Snapshot, wish: dict[str, Any], result: Result
) -> None:
    target = _target(work)
    if target.kind == TargetKind.PRODUCT:  # never into a server: as an archive, for the disaster command
        folder = Path(beside(wish["destination"]))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / FILE).open("wb") as out:
            _fed(work, store, snapshot, Command(("tee", f"/proc/{os.getpid()}/fd/{out.fileno()}")))
        result.evidence["folder"] = str(folder)
        return
    server = _writable(target, wish)
    if target.kind == TargetKind.MARIADB:
        if not wish.get("over_source"):
            made = f"--execute=CREATE DATABASE `{server.database}`"
            _created(run(dumps.mariadb("mariadb", server, work.hand, made)), work)
        sink = dumps.mariadb("mariadb", server, work.hand, "--binary-mode", server.database)
        _fed(work, store, snapshot, sink)
        found = prints.of_mariadb(server, work.hand, target.newest_in)
    else:
        env = dumps.pg_env(server, work.hand)
        if not wish.get("over_source"):
            words = ("--no-password", f"--dbname={replace(server, database=target.database).words}")
            made = f'--command=CREATE DATABASE "{server.database}"'
            _created(run(Command((dumps.program("psql"), *words, made), env)), work)
        over = ("--clean", "--if-exists") if wish.get("over_source") else ()
        _fed(work, store, snapshot, pg_restore(server, "--single-transaction", *over, env=env))
        found = _print_of(server, target.newest_in)
    assert work.run.source is not None
    prints.compare(work.run.source.evidence["print"], found)
    result.evidence |= {
        "tables": len(found["tables"]),
        "rows": prints.rows(found),
        "database": server.database,
    }


def _created(done: Any, work: Work) -> None:
    if done.code:
        raise Broken(Fault.RESTORE, work.hand.scrub(done.said))


def _writable(target: Target, wish: dict[str, Any]) -> dumps.Server:
    """The server as the user who may write there, on record beside the one who reads."""
    server, kept = dumps.server_of(target), vault.open_(target.secrets)
    user = kept.get("restore_user") or server.user
    password = kept.get("restore_password") or server.password
    name = server.database if wish.get("over_source") else wish["destination"]
    return replace(server, database=name, user=user, password=password)


DOES: dict[str, Callable[[Work], Result]] = {
    RunKind.BACKUP: back_up,
    RunKind.DRILL: drill,
    RunKind.CHECK: check,
    RunKind.RESTORE: restore,
}
