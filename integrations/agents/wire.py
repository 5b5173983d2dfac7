"""What agents send over the wire: opened up to a limit, and asked what it wants. Knows neither Django nor the database.

The type of a body tells how it was compressed, and not always that; whether it is JSON or XML its first byte says.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

PIECE = 64 * 1024
SMALL = 64 * 1024  # what is larger is an inventory: PROLOG and CONTACT have a few hundred bytes
TAIL = 2048
_GZIP, _EITHER, _RAW = b"\x1f\x8b", 32 + 15, -15
_TYPES = {
    "application/x-compress-zlib", "application/x-zlib", "application/x-compress-gzip", "application/x-gzip",
    "application/x-compress-deflate", "application/x-deflate", "application/json", "application/xml", "text/xml",
    "application/octet-stream", "",
}  # fmt: skip
_BLANKS = b"\xef\xbb\xbf \t\r\n"


class Unreadable(Exception):
    """Beyond the limits, or no report at all; `why` is a value of `enums.Trouble`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Message:
    """What a body wants: `query` is "prolog", "contact", "inventory" or another word of the agent's."""

    is_json: bool
    query: str
    device_id: str
    size: int  # bytes, opened
    enabled_tasks: tuple[str, ...] = ()
    made: str = ""  # when the agent wrote it, by the clock on the wall there: 2026-11-30 21:32:41


def is_known(content_type: str) -> bool:
    """Whether agents send bodies of this type."""
    return content_type.partition(";")[0].strip().lower() in _TYPES


def opened(raw: BinaryIO, *, limit: int) -> Iterator[bytes]:
    """The body without its compression, piece by piece. Raises Unreadable beyond `limit` bytes, or broken ones."""
    head = raw.read(PIECE)
    inflate = _inflater(head)
    size = 0
    for piece in _plain(raw, head) if inflate is None else _inflated(raw, head, inflate):
        size += len(piece)
        if size > limit:
            raise Unreadable("too_large")
        yield piece


def _inflater(head: bytes) -> "zlib._Decompress | None":
    """zlib and gzip say so in their first bytes, plain text begins with a bracket; what is left is raw deflate."""
    if head.startswith(_GZIP) or (
        len(head) > 1 and head[0] & 0x0F == 8 and not (head[0] << 8 | head[1]) % 31
    ):
        return zlib.decompressobj(_EITHER)
    if head.lstrip(_BLANKS)[:1] in (b"{", b"<") or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    return zlib.decompressobj(_RAW)


def _plain(raw: BinaryIO, piece: bytes) -> Iterator[bytes]:
    while piece:
        yield piece
        piece = raw.read(PIECE)


def _inflated(raw: BinaryIO, piece: bytes, inflate: "zlib._Decompress") -> Iterator[bytes]:
    try:
        while piece:
            yield inflate.decompress(piece, PIECE)
            while inflate.unconsumed_tail:
                yield inflate.decompress(inflate.unconsumed_tail, PIECE)
            piece = raw.read(PIECE)
        yield inflate.flush()
    except zlib.error:
        raise Unreadable("broken") from None
    if not inflate.eof:
        raise Unreadable("cut_off")


def look(raw: BinaryIO, *, limit: int) -> Message:
    """What the body wants, without reading all of it into memory. Raises Unreadable."""
    head, tail, size = b"", b"", 0
    for piece in opened(raw, limit=limit):
        size += len(piece)
        head += piece[: max(0, SMALL - len(head))]
        tail = (tail + piece)[-TAIL:]
    first = head.lstrip(_BLANKS)[:1]
    if first == b"{":
        return _json(head, tail, size)
    if first == b"<" or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _xml(head, tail, size)
    raise Unreadable("no_report")


def _json(head: bytes, tail: bytes, size: int) -> Message:
    if size > SMALL:
        device = _found(rb'"deviceid"\s*:\s*"([^"\\]{1,200})"', head, tail)
        return Message(is_json=True, query="inventory", device_id=device, size=size, made=_made(head))
    try:
        said = json.loads(head.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable("broken") from None
    action, named = said.get("action", "inventory"), said.get("deviceid")
    if not isinstance(action, str):
        raise Unreadable("broken")
    return Message(
        is_json=True, query=action.lower(), device_id=named[:200] if isinstance(named, str) else "", size=size,
        enabled_tasks=_tasks(said), made=_made(head),
    )  # fmt: skip


def _tasks(said: dict[str, Any]) -> tuple[str, ...]:
    named = said.get("enabled-tasks")
    return tuple(task for task in named[:50] if isinstance(task, str)) if isinstance(named, list) else ()


def _xml(head: bytes, tail: bytes, size: int) -> Message:
    places = (head, tail) if size <= SMALL else (tail,)
    query = _found(rb"<QUERY>\s*([A-Z]{1,30})\s*</QUERY>", *places) or "INVENTORY"
    device = _found(rb"<DEVICEID>\s*([^<&]{1,200}?)\s*</DEVICEID>", tail, head)
    return Message(is_json=False, query=query.lower(), device_id=device, size=size, made=_made(head))


def _made(head: bytes) -> str:
    """Agents write their sections by name, and this one is called ACCESSLOG."""
    return _found(rb'(?:"logdate"\s*:\s*"|<LOGDATE>)(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)["<]', head)


def _found(pattern: bytes, *places: bytes) -> str:
    for place in places:
        if match := re.search(pattern, place):
            return match.group(1).decode("utf-8", "replace")
    return ""
