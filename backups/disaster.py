"""This product brought back from a repository alone: no row of ours is there to say what lies in it."""

from pathlib import Path
from typing import Any

from django.db import connection

from backups import vault
from backups.dumps import Server, pg_env
from backups.enums import Fault, TargetKind
from backups.pipes import Broken, feed
from backups.restic import FILE, Store
from backups.working import pg_restore, require_attachments


def bring_back(repository: Any, hand: vault.Hand, media: Path, *, only: str = "") -> tuple[str, int]:
    """Restore the newest set (or the one with the mark `only`) into the database we are connected to, and into `media`.

    Returns the set's mark and how many attachments rows point to; all of them were opened. Raises Broken.
    """
    store = Store(repository, hand)
    store.look()
    database, files = _set(store.snapshots(), only)
    server = _own_server()
    sink = pg_restore(server, "--single-transaction", env=pg_env(server, hand))
    _stream, gave, took = feed(store.given(database["id"]), sink, lambda _bytes: None)
    if took.code or gave.code:
        raise Broken(Fault.RESTORE, hand.scrub(f"{took.said}\n{gave.said}"))
    media.mkdir(parents=True, exist_ok=True, mode=0o700)
    if files is not None:
        store.restore(files["id"], str(media))
    return _mark(database), require_attachments(server, media)


def _set(snapshots: list[dict[str, Any]], only: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The database and the files of one set, by the marks that our runs leave on their snapshots."""
    ours = [
        row for row in snapshots if TargetKind.PRODUCT in (row.get("tags") or []) and only in ("", _mark(row))
    ]
    dumps = sorted((row for row in ours if row["paths"] == [f"/{FILE}"]), key=lambda row: row["time"])
    if not dumps:
        raise Broken(Fault.NOTHING)
    newest = dumps[-1]
    files = [row for row in ours if row is not newest and _mark(row) == _mark(newest)]
    return newest, files[0] if files else None


def _mark(row: dict[str, Any]) -> str:
    return next((tag for tag in row.get("tags") or [] if tag.startswith("run-")), "")


def _own_server() -> Server:
    own = connection.settings_dict
    host = own.get("HOST") or own.get("OPTIONS", {}).get("host", "")
    port = int(own["PORT"]) if own.get("PORT") else None
    return Server(str(own["NAME"]), host, port, own.get("USER") or "", own.get("PASSWORD") or "")
