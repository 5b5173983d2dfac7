"""A narrow door to restic (0.14 and newer): what we ask of it, and what its words mean.

The repository's password and keys reach it through files in memory (`backups.vault`). Snapshots are named by the
id in restic's own summary, and never by "latest": another program may have written since.
"""

import glob
import json
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from backups import vault
from backups.enums import Fault, RepositoryKind
from backups.pipes import Beat, Broken, Command, Ended, Judge, Stream, pump, run, watched

Made = TypeVar("Made")
FILE = "database.dump"  # the name of a stream inside its snapshot
PARTS = 20  # a check reads one of so many parts back
HOST = "kumala"  # of what belongs to no target
PROBE = "probe"  # the tag of a snapshot that is only there to be removed
_SAYS: tuple[tuple[tuple[str, ...], Fault], ...] = (
    (("wrong password", "no key found"), Fault.WRONG_KEY),
    (("no space left", "quota exceeded", "disk quota", "storagefull", "xminiostoragefull"), Fault.FULL),
    (("already locked", "unable to create lock"), Fault.LOCKED),
    (("host key verification failed", "remote host identification has changed"), Fault.HOST_KEY),
    (
        ("ciphertext verification failed", "data seems to be corrupted", "does not match", "invalid data returned",
         "repository contains errors", "checking checksum", "hash mismatch", "not found in index", "unexpected eof",
         "blob not found", "cannot decode", "load(<data/", "truncated", "invalid character"),
        Fault.DAMAGED,
    ),
    (
        ("is there a repository", "does not exist", "no such file", "unable to open config", "connection refused",
         "connection reset", "timed out", "no route to host", "permission denied", "unable to start the sftp",
         "broken pipe", "connection closed", "could not resolve", "bucket does not exist", "access denied",
         "read-only file system", "input/output error"),
        Fault.GONE,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What restic says of a snapshot it made: bytes read, bytes newly stored, files."""

    reference: str
    size: int
    added: int
    files: int


class Store:
    """One repository, for the time of one run."""

    def __init__(
        self, repository: Any, hand: vault.Hand, *, limit_kib: int | None = None, host: str = HOST
    ) -> None:
        """`limit_kib` per second, where a policy has its own; the smaller of two limits counts.

        `host` is what snapshots are counted under there.
        """
        kept = vault.open_(repository.secrets)
        self.repository, self._hand, self._host = repository, hand, host
        self._env = {
            "RESTIC_REPOSITORY": location(repository),
            "RESTIC_PASSWORD_FILE": hand.file(kept.get("password", ""), kept.get("password", "")),
            "RESTIC_CACHE_DIR": str(Path(settings.BACKUP_HOME) / "cache"),
            "RESTIC_PROGRESS_FPS": "1",
        }
        self._options: list[str] = []
        if repository.kind == RepositoryKind.S3:
            self._env["AWS_SHARED_CREDENTIALS_FILE"] = _credentials(kept, hand)
        elif repository.kind != RepositoryKind.LOCAL:
            self._options = _by_ssh(repository, kept, hand)
        limits = [limit for limit in (repository.limit_kib, limit_kib) if limit]
        if limits:
            self._options += ["--limit-upload", str(min(limits))]

    def command(self, *words: str, bare: bool = False) -> Command:
        """restic with these words."""
        quiet = () if bare else ("--json",)
        return Command(("restic", *quiet, *self._options, *words), self._env)

    def make(self) -> None:
        """An empty repository, where there is none. Raises Broken."""
        done = run(self.command("init"))
        if done.code and "already" not in done.said:
            raise self.broken(done)

    def look(self) -> str:
        """The repository's own id: it is there, and the password opens it. Raises Broken."""
        done = run(self.command("cat", "config"), patience=120)
        if done.code:
            raise self.broken(done)
        return str(json.loads(done.out).get("id", ""))

    def unlock(self) -> None:
        """Forget locks of processes that have ended, not of the living. Raises Broken where it cannot be opened."""
        done = run(self.command("unlock"), patience=120)
        if done.code:
            raise self.broken(done)

    def save_stream(
        self, source: Command, *, name: str, tag: str, judge: Judge, beat: Beat
    ) -> tuple[Written, Stream]:
        """What `source` prints, as one file. Raises Broken; then no snapshot is left."""
        sink = self.command("backup", "--stdin", "--stdin-filename", name, "--tag", tag, "--host", self._host)

        def save() -> tuple[Written, Stream]:
            try:
                stream, ended = pump(source, sink, judge, beat)
            except Broken:
                with suppress(Broken):
                    self.unlock()  # the one that we killed has left its lock behind
                raise
            return self._written(ended), stream

        return self._past_the_dead(save)

    def save_paths(
        self, folder: str, *, tag: str, hear: Callable[[dict[str, Any]], None], without: tuple[str, ...] = ()
    ) -> Written:
        """A directory as it lies there, without what has these names in it.

        Raises Broken, also when a single file could not be read.
        """
        words = ("backup", "--tag", tag, "--host", self._host, "--one-file-system")
        # The whole path: a bare name would also be found in the names of the directories above, and leave out all.
        left_out = (f"--exclude={glob.escape(folder)}/{name}" for name in without)
        command = self.command(*words, *left_out, ".")

        def save() -> Written:
            ended = watched(Command(command.words, command.env, cwd=folder), hear)
            if ended.code == 3:
                raise Broken(Fault.PARTIAL, self._hand.scrub(ended.said))
            return self._written(ended)

        return self._past_the_dead(save)

    def _past_the_dead(self, save: Callable[[], Made]) -> Made:
        """A lock of a process that has ended costs a second try, not every run a look for locks: each opening of a
        repository costs a second, as its password is stretched.
        """
        try:
            return save()
        except Broken as broken:
            if broken.fault != Fault.LOCKED:
                raise
        self.unlock()
        return save()

    def _written(self, ended: Ended) -> Written:
        if ended.code:
            raise self.broken(ended)
        said = _summary(ended.out)
        reference = str(said.get("snapshot_id", ""))
        if not reference:
            raise Broken(Fault.STORE, self._hand.scrub(ended.said or ended.out))
        return Written(
            reference, int(said.get("total_bytes_processed", 0)), int(said.get("data_added", 0)),
            int(said.get("total_files_processed", 0)),
        )  # fmt: skip

    def in_full(self, references: list[str]) -> list[str]:
        """Their whole ids; that all are really there is read back from the repository. Raises Broken."""
        there = [str(row["id"]) for row in self.snapshots()]
        found = []
        for short in references:
            fitting = [whole for whole in there if whole.startswith(short)]
            if len(fitting) != 1:
                raise Broken(Fault.STORE, f"The snapshot {short} is not in the repository.")
            found += fitting
        return found

    def snapshots(self) -> list[dict[str, Any]]:
        """All that are there, whoever made them. Raises Broken."""
        done = run(self.command("snapshots"), patience=600)
        if done.code:
            raise self.broken(done)
        return list(json.loads(done.out or "[]") or [])

    def forget(self, references: list[str]) -> None:
        """Remove exactly these. Raises Broken."""
        if references:
            self._done("forget", *references)

    def can_remove(self) -> bool:
        """Whether our keys can remove a snapshot: one that was made for it, so nothing is lost. Raises Broken where the
        try says nothing of it: a lock, a connection that was lost.

        A store that only appends keeps it; the same one is tried again the next time.
        """
        probe = self._probe() or self._made_probe()
        done = run(self.command("forget", probe, bare=True), patience=600)
        if self._probe() == "":
            return True
        if not is_refusal(done):
            raise self.broken(done)
        return False

    def _probe(self) -> str:
        return next((str(row["id"]) for row in self.snapshots() if PROBE in (row.get("tags") or [])), "")

    def _made_probe(self) -> str:
        words = ("--stdin", "--stdin-filename", PROBE, "--tag", PROBE, "--host", HOST)
        return self._written(run(self.command("backup", *words), stdin=b"to be removed")).reference

    def prune(self) -> None:
        """Give back the room of what was forgotten. Raises Broken."""
        self._done("prune", "--max-unused", "10%")

    def check(self, part: int) -> str:
        """Structure, and one part of the data read back; what restic said. Raises Broken."""
        done = run(self.command("check", f"--read-data-subset={part}/{PARTS}", bare=True), patience=6 * 3600)
        if done.code:
            broken = self.broken(done)
            raise Broken(
                broken.fault
                if broken.fault in (Fault.GONE, Fault.LOCKED, Fault.WRONG_KEY)
                else Fault.DAMAGED,
                broken.said,
            )
        return self._hand.scrub(done.out)

    def given(self, reference: str, name: str = FILE) -> Command:
        """The program that prints a file of a snapshot."""
        return self.command("dump", reference, f"/{name.lstrip('/')}", bare=True)

    def content(self, reference: str, name: str) -> str:
        """A small file of a snapshot. Raises Broken."""
        done = run(self.given(reference, name), patience=600)
        if done.code:
            raise self.broken(done)
        return done.out

    def restore(self, reference: str, folder: str, *, only: str = "") -> None:
        """The files of a snapshot into `folder`. Raises Broken."""
        chosen = ("--include", only) if only else ()
        self._done("restore", reference, "--target", folder, "--verify", *chosen)

    def listed(self, reference: str, path: str = "") -> list[dict[str, Any]]:
        """Files and directories of a snapshot, as restic tells them. Raises Broken."""
        done = run(self.command("ls", reference, *([path] if path else [])), patience=600)
        if done.code:
            raise self.broken(done)
        rows = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
        return [row for row in rows if row.get("struct_type") == "node"]

    def _done(self, *words: str) -> Ended:
        done = run(self.command(*words, bare=True), patience=12 * 3600)
        if done.code:
            raise self.broken(done)
        return done

    def broken(self, ended: Ended) -> Broken:
        """What restic's words mean."""
        said = self._hand.scrub("\n".join(part for part in (ended.said, ended.out[-4000:]) if part))
        return Broken(meaning(said), said)


def meaning(said: str) -> Fault:
    """The fault behind what restic printed; STORE where its words say nothing to us."""
    low = said.lower()
    return next((fault for words, fault in _SAYS if any(word in low for word in words)), Fault.STORE)


_REFUSED = "unable to remove"  # what restic says when the store answered that it will not
_CUT = ("connection", "timed out", "timeout", "no route to host", "broken pipe", "could not resolve", "eof")


def is_refusal(ended: Ended) -> bool:
    """Whether the store itself would not remove: not a lock, not a connection that broke, not a process killed."""
    low = f"{ended.said}\n{ended.out}".lower()
    return ended.code > 0 and _REFUSED in low and not any(word in low for word in _CUT)


def location(repository: Any) -> str:
    """The repository as restic names it; nothing secret is in it."""
    kind, path = repository.kind, repository.path
    if kind == RepositoryKind.LOCAL:
        return str(path)
    if kind == RepositoryKind.SFTP:
        return f"sftp:{repository.username}@{repository.host}:{path}"
    if kind == RepositoryKind.APPEND:
        return f"rclone:kumala:{path}"
    scheme = "" if "://" in repository.host else "https://"
    port = f":{repository.port}" if repository.port else ""
    return f"s3:{scheme}{repository.host}{port}/{path}"


def ssh(thing: Any, kept: dict[str, str], hand: vault.Hand) -> list[str]:
    """The words of a connection to the host of a target or repository: its key, and the host key on record only."""
    key = kept.get("key", "").replace("\r\n", "\n").strip() + "\n"
    words = [
        "ssh",
        "-F",
        "none",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "ConnectTimeout=20",
    ]
    words += [
        "-o",
        "GlobalKnownHostsFile=none",
        "-o",
        f"UserKnownHostsFile={hand.file(thing.host_key.strip() + chr(10))}",
    ]
    words += ["-o", "UpdateHostKeys=no", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"]
    words += ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", hand.file(key, key.strip())]
    return [*words, "-p", str(thing.port or 22), f"{thing.username}@{thing.host}"]


def _by_ssh(repository: Any, kept: dict[str, str], hand: vault.Hand) -> list[str]:
    line = shlex.join(ssh(repository, kept, hand))
    if repository.kind == RepositoryKind.APPEND:
        return ["-o", f"rclone.program={line}"]
    return ["-o", f"sftp.command={line} -s sftp"]


def _credentials(kept: dict[str, str], hand: vault.Hand) -> str:
    name, secret = kept.get("access_key", ""), kept.get("secret_key", "")
    return hand.file(
        f"[default]\naws_access_key_id = {name}\naws_secret_access_key = {secret}\n", name, secret
    )


def _summary(out: str) -> dict[str, Any]:
    for line in reversed(out.splitlines()):
        if '"message_type":"summary"' in line:
            return dict(json.loads(line))
    return {}
