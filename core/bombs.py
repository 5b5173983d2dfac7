"""Files that are small on a disk and enormous once opened: refused by what their headers say, without opening them.

We never decode pictures and never unpack archives; the people who open an attachment would.
"""

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import NotPossible

MOST_PIXELS = 50_000_000  # the sharpest telephones take 50 million
MOST_UNPACKED = 1024**3  # bytes
MOST_ENTRIES = 10_000
_MOST_DIRECTORY = 4 * 1024 * 1024  # bytes of the list at the end of an archive
_MOST_SEGMENTS = 2000  # of a JPEG before its size is told
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


def _refuse_archive(file: BinaryIO) -> None:
    """The list at its end says how large everything is; a list too long to read is refused as well."""
    entries, directory = _end_of_archive(file)
    if entries <= MOST_ENTRIES and directory <= _MOST_DIRECTORY:
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(entry.file_size for entry in archive.infolist()) <= MOST_UNPACKED:
                    return
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
            return  # no program opens it either
    raise NotPossible(
        _("The archive would unpack to more than %(files)d files or %(limit)d GB. Send what we need of it.")
        % {"files": MOST_ENTRIES, "limit": MOST_UNPACKED // 1024**3}
    )


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
