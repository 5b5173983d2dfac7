"""Files of people: known by their content, stored under their hash, never under a name somebody chose."""

import codecs
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import filetype
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import bombs
from core.errors import NotPossible

# Below MEDIA_ROOT: what is being received, and pictures that can be drawn again. No backup needs them.
UNFINISHED, SMALL = "unfinished", "small"
# What may be attached, by content. Text is recognised separately because it has no signature.
ACCEPTED = {
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/heic",
    "application/pdf",
    "application/zip",
    "video/mp4",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
}
SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/heic"}
_MARKUP = ("<!doctype", "<html", "<svg", "<?xml", "<script", "<body", "<head", "<iframe")
_CONTROLS = {chr(code) for code in range(32)} - set("\t\n\r\f\x1b")  # a log may be coloured


@dataclass(frozen=True)
class Stored:
    """A file that is safely on disk: SHA-256 in hex, size in bytes, type by content."""

    sha256: str
    size: int
    content_type: str


def store(file: BinaryIO) -> Stored:
    """Write the file under its hash, durably, before any row may point at it.

    Raises NotPossible when it is empty, larger than UPLOAD_LIMIT_MB, of a type that is not accepted, or enormous once
    opened (see `core.bombs`).
    A file whose row never came is harmless: it has no name and no address.
    """
    return _write(file, _kind_of, _refuse_too_large, bombs.refuse)


def keep(file: BinaryIO, *, content_type: str) -> Stored:
    """Write under its hash what must be kept as it came, whatever it is: a letter. Never to be served inline."""
    return _write(file, lambda _head: content_type, lambda _size: None, lambda _path, _kind: None)


def take(file: BinaryIO) -> Stored:
    """Write a file that a program of ours is about to judge, whatever it is: a table. Never to be served.

    Raises NotPossible when it is larger than UPLOAD_LIMIT_MB.
    """
    return _write(
        file, lambda _head: "application/octet-stream", _refuse_too_large, lambda _path, _kind: None
    )


def _write(
    file: BinaryIO,
    kind_of: Callable[[bytes], str],
    refuse: Callable[[int], None],
    inspect: Callable[[Path, str], None],
) -> Stored:
    folder = Path(settings.MEDIA_ROOT) / UNFINISHED
    folder.mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
        try:
            while chunk := file.read(64 * 1024):
                head = head or chunk[:8192]
                size += len(chunk)
                refuse(size)
                digest.update(chunk)
                out.write(chunk)
            content_type = kind_of(head)
            out.flush()
            inspect(Path(out.name), content_type)
            os.fsync(out.fileno())
        except BaseException:
            Path(out.name).unlink()
            raise
    target = path_of(digest.hexdigest())
    target.parent.mkdir(parents=True, exist_ok=True)
    Path(out.name).replace(target)
    return Stored(digest.hexdigest(), size, content_type)


def safe_name(name: str) -> str:
    """The last part of a path, without control characters: a label for people, never a path for us."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:200] or "file"


def path_of(sha256: str) -> Path:
    """Where the content with this hash lives."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256


def _refuse_too_large(size: int) -> None:
    if size > settings.UPLOAD_LIMIT_MB * 1024 * 1024:
        raise NotPossible(
            _("The file is larger than %(limit)s MB. Make it smaller or send it in parts.")
            % {"limit": settings.UPLOAD_LIMIT_MB}
        )


def _kind_of(head: bytes) -> str:
    """The type of a file from its first bytes, whatever its name says. Raises NotPossible for refused ones."""
    if not head:
        raise NotPossible(_("The file is empty. Choose another one."))
    guess = filetype.guess(head)
    if guess and guess.mime in ACCEPTED:
        return str(guess.mime)
    if guess is None and _is_plain_text(head):
        return "text/plain"
    raise NotPossible(
        _(
            "This type of file is not accepted. Send a picture, a PDF, an office document, a ZIP or plain text."
        )
    )


def _is_plain_text(head: bytes) -> bool:
    """UTF-8, or what older programs of Windows write: UTF-16 with its mark, and the Western code page 1252."""
    text = _in_words(head)
    start = text.lstrip("\ufeff \t\r\n").lower()
    return bool(text) and not _CONTROLS & set(text) and not start.startswith(_MARKUP)


def _in_words(head: bytes) -> str:
    """The beginning of a file as text; empty where it is none."""
    window = head[:4096]
    if window.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(window, "utf-16")
    if b"\0" in head:
        return ""
    return _decoded(window, "utf-8") or (
        "" if _is_mostly_beyond_ascii(window) else _decoded(window, "cp1252")
    )


def _decoded(window: bytes, encoding: str) -> str:
    """Empty where it does not fit. A character may be cut in half by the window, and only there."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(window, final=len(window) < 4096)
    except UnicodeDecodeError:
        return ""


def _is_mostly_beyond_ascii(window: bytes) -> bool:
    """Every third byte: no Western text looks so, but nearly any other file could be read as one."""
    return sum(byte > 127 for byte in window) * 3 > len(window)
