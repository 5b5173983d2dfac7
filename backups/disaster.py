"""This product brought back from a repository alone: no row of ours is there to say what lies in it."""

from pathlib import Path
from typing import Any

from backups import seals, vault
from backups.dumps import own_server, pg_env
from backups.enums import Fault, Part, TargetKind
from backups.pipes import Broken, feed
from backups.restic import Store
from backups.working import pg_restore, require_attachments


def bring_back(repository: Any, hand: vault.Hand, media: Path, *, only: str = "") -> tuple[str, int]:
    """Restore the newest sealed set (or the one with the mark `only`) into the database of our connection and `media`.

    Returns the set's mark and how many attachments rows point to; all of them were opened. Raises Broken.
    """
    store = Store(repository, hand)
    store.look()
    found = seals.newest(store, TargetKind.PRODUCT, only)
    if found is None:
        raise Broken(Fault.NOTHING)
    server = own_server()
    sink = pg_restore(server, "--single-transaction", env=pg_env(server, hand))
    database, files = found.parts[Part.DATABASE], found.parts.get(Part.FILES)
    stream, gave, took = feed(store.given(database["snapshot"]), sink, lambda _bytes: None)
    if took.code or gave.code or stream.size != database["bytes"]:
        raise Broken(Fault.RESTORE, hand.scrub(f"{took.said}\n{gave.said}"))
    media.mkdir(parents=True, exist_ok=True, mode=0o700)
    if files is not None:
        store.restore(files["snapshot"], str(media))
    return found.mark, require_attachments(server, media)[0]
