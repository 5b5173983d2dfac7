"""Words of letters: cleaned of what no screen should get, and parted from what they only repeat."""

import re
import unicodedata

MOST_SIGNATURE = 15  # lines after "-- " that are still a signature
# Characters that turn the direction of writing: with them a name of a file can lie about its ending.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(words: str) -> str:
    """Lines as they were, without control characters (PostgreSQL refuses NUL) and without half characters."""
    whole = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n"))
    whole = _CONTROL.sub("", whole).replace("\xa0", " ")
    lines = [line if line == "-- " else line.rstrip() for line in whole.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def one_line(words: str) -> str:
    """A header or a file name: one line that looks like what it is."""
    return " ".join(_CONTROL.sub(" ", words.translate(_TURNING)).split())


_PREFIXES = re.compile(
    r"^\s*((re|fw|fwd|bls|balas|trs|terusan|aw|wg)(\[\d{1,3}\])?\s*:\s*){1,20}", re.IGNORECASE
)


def without_prefixes(subject: str) -> str:
    """A subject without the Re: and Bls: that mail programs put before it."""
    return _PREFIXES.sub("", subject).strip()


# How mail programs, and people who set them up, begin the subject of an automatic answer.
_AUTOMATIC = re.compile(
    r"auto\s*:|ooo\b|(auto|automatic|automated)[ -]?(reply|response|responder|answer)\b|autoreply\b"
    r"|(out of|away from|not in) (the |my )?office\b|(balasan|jawaban|respons?|tanggapan|pesan) otomatis\b"
    r"|(saya |kami )?(sedang |lagi )?(di luar kantor|tidak (ada |berada )?di (kantor|tempat))\b"
    r"|(saya |kami )?(sedang|lagi) (cuti|dinas luar|tugas luar)\b|cuti\s*(:|$|sampai|hingga|s[./]?d\b)"
    r"|(on )?(vacation|holiday|(annual |sick |maternity )?leave)\s*(:|$|until|till|from)"
    r"|automatische (antwort|abwesenheit)|abwesenheits|réponse automatique|respuesta automática",
    re.IGNORECASE,
)
# In an answer these words anywhere mean the same; in a request they may be its subject.
_AWAY = re.compile(
    r"\bout of (the )?office\b|\b(is|am|are|i'm) (currently )?(away|on (annual |sick |maternity )?leave|on vacation)\b"
    r"|\b(cuti|di luar kantor|dinas luar|balasan otomatis|automatic reply|auto-?reply)\b",
    re.IGNORECASE,
)


def says_absence(subject: str, *, is_reply: bool) -> bool:
    """Is it the subject of an automatic answer, in Indonesian, English, or the words of common mail programs?"""
    bare = without_prefixes(subject)
    return bool(_AUTOMATIC.match(bare)) or bool((is_reply or bare != subject.strip()) and _AWAY.search(bare))


def address_in(header: str) -> str:
    """The address in a setting of ours like `Kumala ITSM <itsm@kumala.example>`, in lower case."""
    return header.rpartition("<")[2].rstrip("> ").strip().lower()


FORWARDS = re.compile(r"-{3,}\s*(Forwarded message|Pesan (yang )?diteruskan|Pesan terusan)", re.IGNORECASE)


_CID = re.compile(r"\[?cid:([^\]\s>]{1,200})\]?")


def with_places(words: str, places: dict[str, str]) -> str:
    """Plain text that says `[cid:...]` where a picture belongs says the name of its file instead."""
    return _CID.sub(lambda found: f"[{places.get(found[1], found[1])}]", words) if places else words


def names_a_picture(words: str) -> bool:
    """Does the text itself say where a picture belongs?"""
    return bool(re.search(r"\[[^\]\n]{1,200}\.(png|jpe?g|gif|webp|bmp)\]|\[image", words, re.IGNORECASE))


# What is only repeated --------------------------------------------------------------------------------------------

_WROTE = re.compile(
    r"^\W{0,3}(On|Pada|Am|Op)\b.{4,300}\b(wrote|menulis|menuliskan|schrieb|schreef)\s*:?\s*$", re.IGNORECASE
)
_WROTE_START = re.compile(r"^\W{0,3}(On|Pada)\b.{4,200}(\d{4}|\d{1,2}[.:]\d{2})", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"^\s*-{2,}\s*(Original (Message|Appointment)|Pesan (Asli|asal|sebelumnya))\s*-{2,}\s*$", re.IGNORECASE
)
_FROM = re.compile(r"^\W{0,3}(From|Dari)\s*:\s?\S", re.IGNORECASE)
_SENT = re.compile(r"^\W{0,3}(Sent|Date|Dikirim|Terkirim|Tanggal)\s*:\s?\S", re.IGNORECASE)
_ABOUT = re.compile(r"^\W{0,3}(To|Kepada|Ke|Untuk|Subject|Subjek|Perihal)\s*:", re.IGNORECASE)
_PHONE = re.compile(
    r"^\W{0,3}(Sent from (my|Mail|Outlook|Yahoo|Samsung|Gmail)|Dikirim dari|Terkirim dari"
    r"|Get Outlook for|Dapatkan Outlook|Unduh Outlook)\b.{0,120}$",
    re.IGNORECASE,
)
_QUOTE_MARK = re.compile(r"^\s{0,3}>")


def fold(words: str) -> tuple[str, str]:
    """What was written, and what a mail program or a habit put after it (quoted letters, signatures).

    Answers between quoted lines stay where they are, and a letter that is only forwarded is not folded away.
    """
    lines = words.split("\n")
    end = _end_of_said(lines)
    kept = _without_signature(lines[:end])
    said = "\n".join(lines[:kept]).strip()
    if not said:
        return words.strip(), ""
    return said, "\n".join(lines[kept:]).strip()


def _end_of_said(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if FORWARDS.search(line):
            return len(lines)
        if _begins_quote(lines, number, line):
            return len(lines) if _answers_between(lines[number:]) else number
    return _without_last_quote(lines)


def _begins_quote(lines: list[str], number: int, line: str) -> bool:
    if len(line) > 400:
        return False
    if _ORIGINAL.match(line) or _WROTE.match(line):
        return True
    if _WROTE_START.match(line):  # wrapped over two or three lines
        return any(_WROTE.match(" ".join(lines[number : number + n])[:400]) for n in (2, 3))
    if _FROM.match(line):  # Outlook repeats the headers
        after = lines[number + 1 : number + 6]
        return any(_SENT.match(x[:200]) for x in after) and any(_ABOUT.match(x[:200]) for x in after)
    return False


def _answers_between(lines: list[str]) -> bool:
    """After an attribution: is something written below or between the lines that are marked as quoted?"""
    marked = [number for number, line in enumerate(lines) if _QUOTE_MARK.match(line)]
    if not marked:
        return False
    after = lines[marked[0] :]
    own = [
        line for line in after[: _without_signature(after)] if line.strip() and not _QUOTE_MARK.match(line)
    ]
    return bool(own)


def _without_last_quote(lines: list[str]) -> int:
    """Without an attribution: the quoted lines at the very end."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _QUOTE_MARK.match(lines[end - 1])):
        end -= 1
    return end if any(_QUOTE_MARK.match(line) for line in lines[end:]) else len(lines)


def _without_signature(lines: list[str]) -> int:
    """The number of lines before the signature."""
    end = len(lines)
    for number in range(max(0, end - MOST_SIGNATURE - 1), end):
        if lines[number] in ("-- ", "--"):
            end = number
            break
    while end and not lines[end - 1].strip():
        end -= 1
    if end and _PHONE.match(lines[end - 1][:200]):
        end -= 1
    return end
