"""A mailbox over IMAP, with the standard library: what is new, one letter, a mark when it is safe with us."""

import imaplib
import re
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl, unquote, urlsplit

TIMEOUT_SECONDS = 10  # for each answer of the server
PIECE = 1024 * 1024  # bytes that are asked for at a time
BEGINNING = 256 * 1024  # bytes that are fetched of a letter which is too large


class Trouble(Exception):
    """The mailbox cannot be read; the sentence is for whoever runs the product."""


@dataclass(frozen=True)
class Address:
    """Where a mailbox is and how it is entered: `imaps://user:password@host:993/INBOX?done=Processed`."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    encryption: str  # "tls", "starttls" or "" for none
    done: str  # the folder to move to what was read; "" leaves it where it is

    @classmethod
    def of(cls, url: str) -> "Address":
        """The address in a setting. Raises Trouble when it is none."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or port == -1:
            raise Trouble("MAIL_IN_URL must look like imaps://user:password@host:993/INBOX.")
        asked = dict(parse_qsl(parts.query))
        encryption = "tls" if parts.scheme == "imaps" else "starttls" if asked.get("tls") == "1" else ""
        return cls(
            parts.hostname, port or (993 if encryption == "tls" else 143), unquote(parts.username or ""),
            unquote(parts.password or ""), unquote(parts.path.strip("/")) or "INBOX", encryption, asked.get("done", ""),
        )  # fmt: skip


def name_of(url: str) -> str:
    """What the mailbox of this setting is called with us; no password in it."""
    try:
        address = Address.of(url)
    except Trouble:
        return "MAIL_IN_URL"
    return f"{address.user}@{address.host}/{address.folder}"[:150]


@dataclass(frozen=True)
class Fetched:
    """A letter as it lies in the mailbox. `size` in bytes; `file` holds all of it only if `is_whole`."""

    file: BinaryIO
    size: int
    received_at: datetime | None
    is_whole: bool


@contextmanager
def opened(address: Address) -> Iterator["Inbox"]:
    """The mailbox, entered. Raises Trouble when the server, the network or the password does not do."""
    try:
        imap = _connected(address)
    except (OSError, imaplib.IMAP4.error) as problem:
        raise Trouble(_sentence(problem)) from None
    try:
        yield Inbox(imap, address)
    except (OSError, imaplib.IMAP4.error) as problem:
        raise Trouble(_sentence(problem)) from None
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            imap.logout()


def _connected(address: Address) -> imaplib.IMAP4:
    trusted = ssl.create_default_context()
    imap: imaplib.IMAP4
    if address.encryption == "tls":
        imap = imaplib.IMAP4_SSL(address.host, address.port, ssl_context=trusted, timeout=TIMEOUT_SECONDS)
    else:
        imap = imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT_SECONDS)
    try:
        if address.encryption == "starttls":
            imap.starttls(trusted)
        _sign_in(imap, address)
    except BaseException:
        imap.shutdown()
        raise
    return imap


def _sign_in(imap: imaplib.IMAP4, address: Address) -> None:
    if "AUTH=PLAIN" in imap.capabilities:
        secret = f"\0{address.user}\0{address.password}".encode()
        imap.authenticate("PLAIN", lambda _challenge: secret)
    else:
        imap.login(address.user, address.password)


def _sentence(problem: Exception) -> str:
    """What went wrong; a server's words come as bytes."""
    said = problem.args[-1] if problem.args else problem
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{type(problem).__name__}: {words}"[:500]


class Inbox:
    """One folder that is open for reading and marking. Its methods raise what imaplib raises."""

    def __init__(self, imap: imaplib.IMAP4, address: Address) -> None:
        self._imap, self._address = imap, address
        said = self._do("CAPABILITY", imap.capability())  # more than before signing in
        self._able = set(b" ".join(said).decode("ascii", "replace").upper().split())
        self._do("SELECT", imap.select(_quoted(address.folder)))
        _, validity = imap.response("UIDVALIDITY")
        self.uid_validity = int(validity[0] or 0) if validity else 0

    def after(self, uid: int) -> list[int]:
        """The numbers of the letters that came after this one, oldest first."""
        found = self._search(f"UID {uid + 1}:*")
        return [number for number in found if number > uid]  # "*" is the last letter, also when it is older

    def unmarked(self, uid: int) -> list[int]:
        """The numbers of letters up to this one that are not marked as seen."""
        return self._search(f"UID 1:{uid} UNSEEN") if uid else []

    def fetch(self, uid: int, *, most: int) -> Fetched | None:
        """The letter with this number, piece by piece into a file; its beginning if it is larger than `most` bytes.

        None when somebody took it away meanwhile.
        """
        facts = self._fetched(uid, "(INTERNALDATE RFC822.SIZE)")
        if facts is None:
            return None
        head = facts if isinstance(facts, bytes) else facts[0]
        size = int(_found(rb"RFC822\.SIZE (\d+)", head, b"0"))
        file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - belongs to whoever asked for the letter
        try:
            self._read_into(file, uid, size if size <= most else BEGINNING)
            return Fetched(file, size, _instant(head), size <= most)
        except BaseException:
            file.close()
            raise

    def _read_into(self, file: BinaryIO, uid: int, wanted: int) -> None:
        while file.tell() < wanted:
            said = self._fetched(uid, f"(BODY.PEEK[]<{file.tell()}.{min(PIECE, wanted - file.tell())}>)")
            if not isinstance(said, tuple) or not said[1]:
                break
            file.write(said[1])
        file.seek(0)

    def mark(self, uid: int, *, is_whole: bool) -> None:
        """Say in the mailbox that the letter is safe with us: seen, and moved where it is wanted.

        A letter that was too large stays and is flagged: its only whole copy lies here.
        """
        flags = r"(\Seen)" if is_whole else r"(\Seen \Flagged)"
        self._do("STORE", self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", flags))
        if self._address.done and is_whole:
            self._move(str(uid), _quoted(self._address.done))

    def _move(self, uid: str, folder: str) -> None:
        self._imap.create(folder)  # says NO when it is there; that is as good
        if "MOVE" in self._able:
            self._do("MOVE", self._imap.uid("MOVE", uid, folder))
            return
        self._do("COPY", self._imap.uid("COPY", uid, folder))
        self._do("STORE", self._imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in self._able:
            self._do("EXPUNGE", self._imap.uid("EXPUNGE", uid))

    def _search(self, what: str) -> list[int]:
        (said,) = self._do("SEARCH", self._imap.uid("SEARCH", what))
        return sorted(int(number) for number in (said or b"").split())

    def _fetched(self, uid: int, what: str) -> Any:
        """The part of the answer that is about this letter: bytes, or a pair with its content; None: it is gone."""
        said = self._do("FETCH", self._imap.uid("FETCH", str(uid), what))
        mine = f"UID {uid}".encode()
        for piece in said:
            head = piece[0] if isinstance(piece, tuple) else piece
            if isinstance(head, bytes) and mine in head:
                return piece
        return next((piece for piece in said if isinstance(piece, tuple)), None)

    def _do(self, name: str, answer: Any) -> list[Any]:
        kind, said = answer
        if kind != "OK":
            raise imaplib.IMAP4.error(said[0] if said and said[0] else f"{name} was refused")
        return list(said)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _found(pattern: bytes, said: bytes, default: bytes) -> bytes:
    match = re.search(pattern, said)
    return match[1] if match else default


def _instant(said: bytes) -> datetime | None:
    """When the server received the letter, where it says so."""
    told = imaplib.Internaldate2tuple(said)
    return datetime.fromtimestamp(time.mktime(told), UTC) if told else None
