"""A letter's bytes made into words and files, whatever was done to them. Knows neither Django nor the database.

The structure is read with the standard `email` package in its forgiving policy; headers and charsets are decoded here,
because the strict ones raise on what real mail programs (and unreal ones) send. Run as a program it reads letters for
`reader.Reader` in a process of its own, with limits, so that no letter can harm the one who fetches it.
"""

import binascii
import codecs
import hashlib
import json
import quopri
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from email.message import Message
from email.parser import BytesFeedParser, BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from core import aside
from core.lazily import lazily
from integrations.mailbox import text

if TYPE_CHECKING:
    from integrations.mailbox import markup
else:
    markup = lazily("integrations.mailbox.markup")

MOST_PARTS, MOST_DEPTH = 200, 20
MOST_HEADER = 256 * 1024  # bytes of the letter's own header
MOST_LINES = 600_000  # 25 MB in base64 have 340,000
MOST_TEXT = 1_000_000  # characters of one part that are read as words
GLANCE = 64 * 1024
SECONDS, MEMORY = 5, 400 * 1024 * 1024  # of the processor; of address space

_HEADER_ENDS = re.compile(rb"\n\r?\n|\A\r?\n")

# Headers that say something about automatic letters, and where marks of ours may stand.
MARKS = (
    "auto-submitted", "x-auto-response-suppress", "precedence", "return-path", "list-id",
    "list-unsubscribe", "list-post", "x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply",
)  # fmt: skip
ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


class Unreadable(Exception):
    """The letter is beyond the limits; `why` is a value of `enums.Reason`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class File:
    """A part that is not the text. `path` is where its content was put; `place` is its Content-ID in the text."""

    name: str
    content_type: str
    size: int
    path: str = ""
    place: str = ""


@dataclass
class Report:
    """What a mail server says about a letter (RFC 3464)."""

    action: str = ""
    address: str = ""
    why: str = ""
    original: str = ""  # Message-ID of the letter it is about


@dataclass
class Letter:
    """What a letter says. Addresses are only what it claims; `senders` has one entry when it is clear who claims."""

    senders: list[str] = field(default_factory=list)
    name: str = ""
    to: str = ""
    addressed: str = ""  # every address it was sent to, also by the servers' word
    subject: str = ""
    message_id: str = ""
    replies_to: str = ""  # In-Reply-To and References
    date: str = ""
    received: list[str] = field(default_factory=list)  # dates of our own servers, ISO, newest first
    marks: dict[str, str] = field(default_factory=dict)
    # Authentication-Results as they came, whoever wrote them.
    authentication: list[str] = field(default_factory=list)
    said: str = ""
    quoted: str = ""
    files: list[File] = field(default_factory=list)
    report: Report | None = None
    trouble: str = ""  # why it could not be read, a value of `enums.Reason`

    @property
    def fingerprint(self) -> str:
        """The same for the same letter that came twice by different ways; "" where it has no Message-ID."""
        facts: list[Any] = [self.message_id, self.senders, self.date, self.subject, self.said, self.quoted]
        facts += [[f.name, f.size] for f in self.files]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest() if self.message_id else ""


def read(raw: BinaryIO, folder: Path) -> Letter:
    """Everything the letter says; its files are put into `folder` under numbers. Never raises for what a letter does.

    What is beyond the limits has `trouble` and only what its first headers say.
    """
    letter = glance(raw)
    raw.seek(0)
    try:
        _read_all(raw, letter, folder)
    except Unreadable as problem:
        letter.trouble = problem.why
    except RecursionError:
        letter.trouble = "too_deep"
    except MemoryError:
        letter.trouble = "too_hard"
    except (
        Exception
    ):  # the standard library has raised about everything there is; the letter is shown as it is
        letter.trouble = "broken"
    return letter


def glance(raw: BinaryIO) -> Letter:
    """Who wrote about what, from the first bytes only."""
    letter = Letter()
    try:
        _read_headers(letter, BytesParser().parsebytes(_head(raw.read(GLANCE)), headersonly=True))
    except Exception:
        letter.trouble = "broken"
    return letter


def _head(start: bytes) -> bytes:
    """The headers, cut where they are too long, without half a line."""
    found = _HEADER_ENDS.search(start)
    if found:
        return start[: found.end()]
    return start if len(start) < GLANCE else start[: start.rfind(b"\n") + 1]


def _read_all(raw: BinaryIO, letter: Letter, folder: Path) -> None:
    message = _parsed(raw)
    parts = list(_parts(message))
    letter.report = _report(message, parts)
    _read_text(letter, parts, folder)


def _parsed(raw: BinaryIO) -> Message:
    """The structure, read piece by piece: the library takes five times the size of what it gets at once."""
    parser, lines, start = BytesFeedParser(), 0, raw.read(MOST_HEADER)
    if len(start) == MOST_HEADER and not _HEADER_ENDS.search(start):
        raise Unreadable("too_hard")
    piece = start
    while piece:
        lines += piece.count(b"\n")
        if lines > MOST_LINES:
            raise Unreadable("too_hard")
        parser.feed(piece)
        piece = raw.read(256 * 1024)
    return parser.close()


# Headers --------------------------------------------------------------------------------------------------------


def _read_headers(letter: Letter, message: Message) -> None:
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), []).append(_unfolded(str(value)))

    def one(name: str, most: int = 2000) -> str:
        return decoded(found.get(name, [""])[0][:most])

    said = found.get("from", [])
    letter.senders = sorted({address for value in said for address in addresses(value)})
    letter.name = _name_of(said[0]) if said else ""
    letter.to = one("to")
    letter.addressed = " ".join(value[:4000] for name in ADDRESSED for value in found.get(name, [])[:10])
    letter.subject = text.one_line(one("subject"))[:250]
    letter.message_id = text.one_line(one("message-id"))[:250]
    letter.replies_to = " ".join(one(name, 20_000) for name in ("in-reply-to", "references"))
    letter.date = one("date", 100)
    letter.received = _instants(found.get("received", []))
    letter.marks = {name: one(name, 500) for name in MARKS if name in found}
    letter.authentication = [value[:4000] for value in found.get("authentication-results", [])[:20]]


def _unfolded(value: str) -> str:
    return re.sub(r"[\r\n]+[ \t]*", " ", value).strip()


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?")


def addresses(value: str) -> list[str]:
    """The addresses of a From header, in lower case: those in <angle brackets>, or a bare one.

    Names in quotes and comments are no addresses, whatever they look like. Where more than one thing could be the
    address, all are given: nobody should have to guess who wrote.
    """
    bare = _COMMENT.sub(" ", _QUOTED.sub(" ", value[:2000]))
    if bare.count("<") == bare.count(">") == 1:
        name, _, rest = bare.partition("<")
        inside, _, after = rest.partition(">")
        if not after.strip() and "," not in name.partition("@")[2]:
            bare = inside
    found = [a.strip("<>;,: \t").lower() for a in re.split(r"[,;<>\s]+", bare) if "@" in a]
    return sorted({a if _ADDRESS.fullmatch(a) else f"?{a[:200]}" for a in found})


def _name_of(value: str) -> str:
    """The name before the address, for people to read."""
    name = value[:1000].rpartition("<")[0].strip().strip('"') if "<" in value else ""
    return text.one_line(decoded(name).replace('\\"', '"'))[:100]


def _instants(received: list[str]) -> list[str]:
    found: list[str] = []
    for value in received[:5]:
        try:
            at = parsedate_to_datetime(value.rpartition(";")[2].strip()[:60])
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if at.tzinfo is not None:
            found.append(at.isoformat())
    return found


_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")


def decoded(value: str) -> str:
    """A header in words (RFC 2047), also where the encoded words were cut in the middle of a character."""
    pieces: list[tuple[str, bytes]] = []  # charset ("" for what was not encoded), content
    end = 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        if between.strip() or not pieces:
            pieces.append(("", between.encode("utf-8", "surrogateescape")))
        charset = word[1].partition("*")[0].lower()
        content = _unworded(word[2].lower(), word[3])
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + content)
        else:
            pieces.append((charset, content))
        end = word.end()
    pieces.append(("", value[end:].encode("utf-8", "surrogateescape")))
    return "".join(decode(content, charset) for charset, content in pieces)


def _unworded(way: str, content: str) -> bytes:
    said = content.encode("ascii", "ignore")
    if way == "q":
        return quopri.decodestring(said.replace(b"_", b" "), header=True)
    said = re.sub(rb"[^A-Za-z0-9+/]", b"", said)
    try:
        return binascii.a2b_base64(said + b"=" * (-len(said) % 4))
    except binascii.Error:
        return binascii.a2b_base64(said[: len(said) // 4 * 4])


# Charsets -------------------------------------------------------------------------------------------------------

# What mail programs call a charset is not always the one they use; the wider one reads both.
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
          "euc_kr": "cp949", "iso8859-9": "cp1254", "tis-620": "cp874"}  # fmt: skip
# Text encodings of Python that no letter is written in; some take quadratic time.
_NOT_FOR_LETTERS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}


def decode(content: bytes, charset: str) -> str:
    """Bytes as text. UTF-8 wins where it fits, then what is declared; unknown and wrong ones are read as Western."""
    known = _known(charset)
    if not known.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz")):
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as problem:
            damage = content.decode("utf-8", "replace")
            cut = problem.reason == "unexpected end of data" and problem.start > 40
            if known == "utf-8" and (cut or damage.count("�") * 100 <= len(damage)):
                return damage  # UTF-8 with a scratch, or cut in the middle of a character
    return content.decode("cp1252" if known == "utf-8" else known, "replace")


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset.strip().strip("\"'")[:40]).name if charset.isascii() else "ascii"
        b"".decode(name)  # refuses the codecs that are not for text
    except (LookupError, ValueError, UnicodeError):
        return "cp1252"
    name = "cp1252" if name in _NOT_FOR_LETTERS else name
    return _WIDER.get(name, name)


# Parts ----------------------------------------------------------------------------------------------------------


@dataclass
class _Part:
    message: Message
    content_type: str
    name: str
    is_attached: bool
    place: str


def _parts(message: Message) -> Iterator[_Part]:
    """The leaves in order; a letter inside the letter is one leaf. Raises Unreadable beyond the limits."""
    todo: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while todo:
        part, depth = todo.pop()
        seen += 1
        if seen > MOST_PARTS:
            raise Unreadable("too_many_parts")
        if depth > MOST_DEPTH:
            raise Unreadable("too_deep")
        kind = _type_of(part)
        inside = _inside(part)
        if isinstance(inside, list) and kind.startswith("multipart/"):
            todo += [(p, depth + 1) for p in reversed(inside)]
        else:
            yield _leaf(
                part, "text/plain" if kind.startswith("multipart/") else kind
            )  # boundaries that never came


def _leaf(part: Message, kind: str) -> _Part:
    disposition = _header(part, "content-disposition").partition(";")[0].strip().lower()
    place = _header(part, "content-id").strip().strip("<>")[:200]
    name = _file_name(part)
    return _Part(part, kind, name, disposition == "attachment" or bool(name), place)


def _type_of(part: Message) -> str:
    value = _header(part, "content-type").partition(";")[0].strip().lower()
    if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}", value):
        return value
    return "multipart/mixed" if part.is_multipart() else "text/plain"


def _header(part: Message, name: str) -> str:
    for key, value in part.raw_items():
        if key.lower() == name:
            return _unfolded(str(value)[:4000])
    return ""


def _param(part: Message, header: str, name: str) -> str:
    """A parameter of a header, read from its first 4000 characters: the library takes quadratic time for long ones."""
    own = Message()
    own["x"] = _header(part, header).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    found = own.get_param(name, "", header="x")
    if isinstance(found, tuple):  # RFC 2231: charset, language, text that may still be escaped bytes
        charset, _language, value = found
        return decode(str(value).encode("latin-1", "replace"), charset or "utf-8")
    return decoded(str(found))


def _file_name(part: Message) -> str:
    name = _param(part, "content-disposition", "filename") or _param(part, "content-type", "name")
    return text.one_line(name.replace("\\", "/").rpartition("/")[2])[:200]


def _inside(part: Message) -> Any:
    """Parts, or text as it came. `get_payload` decodes by whatever charset is named, and raises for some of them."""
    return part._payload  # type: ignore[attr-defined]


def _content(part: Message) -> bytes:
    """The content of a part, decoded as far as it can be."""
    inside = _inside(part)
    if isinstance(inside, list):
        return b"\n".join(_as_bytes(inner) for inner in inside)
    way = _header(part, "content-transfer-encoding").strip().lower()
    if way == "base64":
        return b"".join(_base64(str(inside)))
    content = str(inside).encode("ascii", "surrogateescape")
    if way == "quoted-printable":
        return quopri.decodestring(content)
    return _uu(content) if way in ("x-uuencode", "uuencode", "uue", "x-uue") else content


def _uu(content: bytes) -> bytes:
    """What was written before base64 was invented, as far as it can be read."""
    lines = content.split(b"\n")
    start = next((n + 1 for n, line in enumerate(lines) if line.startswith(b"begin ")), 0)
    found = []
    for line in lines[start:]:
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            break
    return b"".join(found)


def _as_bytes(inner: Any) -> bytes:
    """A letter inside the letter, or a block of a report."""
    try:
        return bytes(inner.as_bytes())
    except (ValueError, LookupError, TypeError, AttributeError):
        return str(_inside(inner)).encode("utf-8", "replace")


def _is_base64(part: Message) -> bool:
    return _header(part, "content-transfer-encoding").strip().lower() == "base64"


_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_BASE64_PIECE = 1024 * 1024


def _base64(payload: str) -> Iterator[bytes]:
    """Decoded piece by piece: a large file never lies in memory three times over."""
    rest = ""
    for start in range(0, len(payload), _BASE64_PIECE):
        whole = rest + _NOT_BASE64.sub("", payload[start : start + _BASE64_PIECE])
        fits = len(whole) // 4 * 4
        yield binascii.a2b_base64(whole[:fits])
        rest = whole[fits:]
    if len(rest) > 1:
        yield binascii.a2b_base64(rest + "=" * (4 - len(rest)))


def _words(part: _Part) -> str:
    return decode(_content(part.message)[: MOST_TEXT * 4], _param(part.message, "content-type", "charset"))[
        :MOST_TEXT
    ]


# Text and files -------------------------------------------------------------------------------------------------


def _read_text(letter: Letter, parts: list[_Part], folder: Path) -> None:
    """The first text that says something, as words; every other part is a file."""
    bodies = [p for p in parts if not p.is_attached and p.content_type in ("text/plain", "text/html")]
    plain = next((p for p in bodies if p.content_type == "text/plain" and _words(p).strip()), None)
    html = next((p for p in bodies if p.content_type == "text/html"), None)
    rest = [p for p in parts if p is not plain and p is not html and (p.is_attached or _says_something(p))]
    for number, part in enumerate(rest, start=1):
        letter.files.append(_kept(part, number, folder))
    places = {f.place: f.name for f in letter.files if f.place}
    whole, folded = _body(plain, html, places)
    said, quoted = text.fold(whole)
    letter.said = said
    letter.quoted = "\n\n".join(piece for piece in (quoted, folded) if piece)


def _says_something(part: _Part) -> bool:
    inside = _inside(part.message)
    return isinstance(inside, list) or bool(str(inside).strip())


def _body(plain: _Part | None, html: _Part | None, places: dict[str, str]) -> tuple[str, str]:
    """The words, and those that the HTML itself marks as quoted. Plain text first, unless only the HTML shows where
    the pictures belong.
    """
    if plain is not None:
        words = text.with_places(text.clean(_words(plain)), places)
        if html is None or not places or text.names_a_picture(words):
            return words, ""
    if html is None:
        return "", ""
    words, quoted = markup.from_html(_words(html), places)
    if plain is not None and not words.strip():
        return text.clean(_words(plain)), ""
    return text.clean(words), text.clean(quoted)


def _kept(part: _Part, number: int, folder: Path) -> File:
    target = folder / str(number)
    with target.open("wb") as out:
        if isinstance(_inside(part.message), str) and _is_base64(part.message):
            out.writelines(_base64(str(_inside(part.message))))
        else:
            out.write(_content(part.message))
    name = part.name or _made_up(part, number)
    return File(name, part.content_type, target.stat().st_size, str(target), part.place)


_ENDINGS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "image/jpeg": "jpg",
    "message/rfc822": "eml",
}


def _made_up(part: _Part, number: int) -> str:
    """A name for a file that has none."""
    if part.content_type == "message/rfc822":
        inner = _inside(part.message)
        subject = _header(inner[0], "subject") if isinstance(inner, list) and inner else ""
        return (text.one_line(decoded(subject))[:80] or f"letter-{number}") + ".eml"
    kind, _, ending = part.content_type.partition("/")
    ending = _ENDINGS.get(part.content_type) or (ending if kind == "image" and ending.isalnum() else "bin")
    return f"{kind if kind == 'image' else 'file'}-{number}.{ending}"


def _report(message: Message, parts: list[_Part]) -> Report | None:
    """What a mail server reports, or None for a letter of a person."""
    told = [p for p in parts if p.content_type == "message/delivery-status"]
    said = _header(message, "content-type").lower()
    of_status = said.startswith("multipart/report") and "delivery-status" in said
    if not told and not of_status:
        return None
    report = Report()
    for part in told[:1]:
        for block in _inside(part.message) or []:
            if isinstance(block, Message):
                _read_block(report, block)
    for part in parts:
        if part.content_type in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            inner = BytesParser().parsebytes(_head(_content(part.message)), headersonly=True)
            report.original = report.original or text.one_line(_header(inner, "message-id"))[:250]
    return report


def _read_block(report: Report, block: Message) -> None:
    report.action = report.action or _header(block, "action").lower()[:20]
    report.address = (
        report.address or text.one_line(_header(block, "final-recipient").rpartition(";")[2])[:254]
    )
    why = _header(block, "diagnostic-code").partition(";")[2] or _header(block, "status")
    report.why = report.why or text.one_line(decoded(why))[:300]


# As a program of its own ------------------------------------------------------------------------------------------


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    """The letter in the file `path`, its files put into `folder`."""
    with Path(asked["path"]).open("rb") as raw:
        return asdict(glance(raw) if asked.get("glance") else read(raw, Path(asked["folder"])))


if __name__ == "__main__":
    aside.serve(_answer, seconds=SECONDS, memory=MEMORY)
