"""Files that are small on a disk and enormous once opened: refused by what their headers say.

We never decode pictures, and of an archive we unpack nothing but the archives in it, within a limit, to read what they
claim in turn; the people who open an attachment would unpack it all.
"""

import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import NotPossible

MOST_PIXELS = 50_000_000  # the sharpest telephones take 50 million
MOST_UNPACKED = 1024**3  # bytes
MOST_ENTRIES = 10_000
MOST_NESTED = 4  # an office document in a ZIP in a ZIP is the third
MOST_LOOKED_INTO = (
    128 * 1024**2
)  # bytes of archives inside archives; these are packed, so they hardly shrink again
_MOST_DIRECTORY = 4 * 1024 * 1024  # bytes of the list at the end of an archive
_MOST_SEGMENTS = 2000  # of a JPEG before its size is told
_LOCKED = 0x1  # the flag of an entry that needs a password
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".jar", ".docx", ".xlsx", ".pptx")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, ValueError, EOFError,
           OSError, struct.error)  # fmt: skip
_SIZE_MARKERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def refuse(path: Path, content_type: str) -> None:
    """Raises NotPossible for a picture of too many pixels and an archive that would unpack to too much."""
    with path.open("rb") as file:
        if content_type.startswith("image/"):
            _refuse_pixels(file)
        elif zipfile.is_zipfile(file):
            _refuse_archive(file)


def _refuse_pixels(file: BinaryIO) -> None:
    width, height = size_of(file)
    if width * height > MOST_PIXELS:
        raise NotPossible(
            _("The picture has %(found)d million pixels, at most %(limit)d are taken. Make it smaller.")
            % {"found": width * height // 1_000_000, "limit": MOST_PIXELS // 1_000_000}
        )


def size_of(file: BinaryIO) -> tuple[int, int]:
    """Width and height that a picture claims in its header; (0, 0) where it says nothing that can be read."""
    file.seek(0)
    head = file.read(65536)
    try:
        if head.startswith(b"\x89PNG"):
            return struct.unpack(">II", head[16:24])
        if head.startswith(b"GIF8"):
            return struct.unpack("<HH", head[6:10])
        if head[8:12] == b"WEBP":
            return _webp(head)
        if head.startswith(b"\xff\xd8"):
            return _jpeg(file)
        return _heic(head)
    except struct.error:
        return (0, 0)  # cut off: no program shows it


def _webp(head: bytes) -> tuple[int, int]:
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    """Segments are jumped over until the one that tells the size: pictures inside the first ones may be large."""
    file.seek(2)
    for _segment in range(_MOST_SEGMENTS):
        mark, kind = struct.unpack(">BB", file.read(2))
        while kind == 0xFF:  # fill bytes
            (kind,) = struct.unpack(">B", file.read(1))
        (length,) = struct.unpack(">H", file.read(2))
        if mark != 0xFF or length < 2:
            return (0, 0)
        if kind in _SIZE_MARKERS:
            _depth, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(length - 2, 1)
    return (0, 0)


def _heic(head: bytes) -> tuple[int, int]:
    """The largest of the sizes that its parts claim."""
    sizes, at = [(0, 0)], head.find(b"ispe")
    while at >= 0:
        sizes.append(struct.unpack(">II", head[at + 8 : at + 16]))
        at = head.find(b"ispe", at + 4)
    return max(sizes, key=lambda size: size[0] * size[1])


@dataclass
class _Room:
    """What an archive may still unpack to, all archives inside it included, and what we still unpack to see that."""

    entries: int = MOST_ENTRIES
    unpacked: int = MOST_UNPACKED
    looked_into: int = MOST_LOOKED_INTO


def _refuse_archive(file: BinaryIO) -> None:
    """The lists at the ends of all its archives say how large everything is; a list too long to read is refused too."""
    room = _Room()
    if _fits(file, room, depth=1):
        return
    if room.looked_into < 0:
        raise NotPossible(
            _("There are archives in the archive that cannot be looked into. Send what we need of it.")
        )
    raise NotPossible(
        _("The archive would unpack to more than %(files)d files or %(limit)d GB. Send what we need of it.")
        % {"files": MOST_ENTRIES, "limit": MOST_UNPACKED // 1024**3}
    )


def _fits(file: BinaryIO, room: _Room, *, depth: int) -> bool:
    """Whether what it claims to hold has room. A broken archive has: no program opens it either."""
    entries, directory = _end_of_archive(file)
    if entries > MOST_ENTRIES or directory > _MOST_DIRECTORY:
        return False
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        return True
    with archive:
        found = archive.infolist()
        room.entries -= len(found)
        room.unpacked -= sum(entry.file_size for entry in found)
        if min(room.entries, room.unpacked) < 0:
            return False
        return all(_inner_fits(archive, entry, room, depth + 1) for entry in found)


def _inner_fits(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: _Room, depth: int) -> bool:
    """An archive in the archive counts with what it holds; one that is locked, or lies too deep, is not believed."""
    if entry.flag_bits & _LOCKED:
        if entry.filename.lower().endswith(_ARCHIVES):
            room.looked_into = -1
        return room.looked_into >= 0
    try:
        with archive.open(entry) as inner, tempfile.TemporaryFile() as copy:
            head = inner.read(4)
            if head not in (b"PK\3\4", b"PK\5\6"):
                return True
            room.looked_into -= entry.file_size
            if depth > MOST_NESTED:
                room.looked_into = -1
            if room.looked_into < 0:
                return False
            copy.write(head)
            shutil.copyfileobj(inner, copy)
            return _fits(copy, room, depth=depth)
    except _BROKEN:
        return True


def _end_of_archive(file: BinaryIO) -> tuple[int, int]:
    """How many entries it names, and how many bytes their list has."""
    end = file.seek(0, 2)
    file.seek(max(end - 65557, 0))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    try:
        entries, directory = struct.unpack("<HL", tail[at + 10 : at + 16])
    except struct.error:
        return (0, 0)
    return entries, directory
