# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Letters as real mail programs, broken ones and attackers write them: always words, never a crash."""

import io
import random
from pathlib import Path

import pytest

from integrations.mailbox import reading, text
from integrations.mailbox.reader import Reader
from integrations.mailbox.reading import Letter
from tests.harness.patience import ends
from tests.mailbox import letters
from tests.mailbox.letters import in_base64, letter, mixed, part, raw
from tests.mailbox.mutations import SEEDS, mutated


@pytest.fixture
def read(tmp_path: Path) -> object:
    return lambda content: reading.read(io.BytesIO(content), tmp_path)


def _said(read: object, head: str, body: bytes) -> str:
    return read(raw(head, body)).said  # type: ignore[operator]


# Charsets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "codec", "words"),
    [
        ("utf-8", "utf-8", "Terima kasih – é 日本 🙏"),
        ("iso-8859-1", "latin-1", "café"),
        ("windows-1252", "cp1252", "“café” – 5 €"),
        ("iso-8859-1", "cp1252", "“café” – 5 €"),  # what Windows calls so
        ("iso-2022-jp", "iso2022_jp", "プリンター"),
        ("gb18030", "gb18030", "打印机坏了"),
        ("gb2312", "gb18030", "打印机坏了镕"),
        ("shift_jis", "cp932", "プリンター①"),
        ("euc-kr", "cp949", "프린터"),
        ("koi8-r", "koi8-r", "Принтер"),
        ("utf-16", "utf-16", "Halo Budi é"),
        ("utf-7", "utf-7", "Halo é"),
        ("unknown-8bit", "cp1252", "café"),
        ("x-no-such-charset", "utf-8", "café 日本"),
        ("us-ascii", "utf-8", "café 日本"),
        ("utf-8", "cp1252", "café"),  # wrong declared
        ("iso-8859-1", "utf-8", "café 日本"),
        ("punycode", "utf-8", "café"),
        ("zlib", "utf-8", "café"),
        ("", "utf-8", "café"),
    ],
)
def test_every_charset_is_read(read: object, charset: str, codec: str, words: str) -> None:
    head = f"Subject: x\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64"
    assert _said(read, head, in_base64(words.encode(codec))) == words
    if codec not in ("utf-16", "utf-7"):
        head = head.replace("base64", "8bit")
        assert _said(read, head, words.encode(codec)) == words


def test_a_scratch_in_utf8_spoils_one_character_only(read: object) -> None:
    body = ("é" * 200).encode() + b"\xff" + "日本".encode()
    assert "日本" in _said(read, "Content-Type: text/plain; charset=utf-8", body)


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("=?utf-8?q?Caf=C3=A9?=", "Café"),
        ("=?UTF-8?B?4pyT?= ok", "✓ ok"),
        ("=?utf-8?b?5pel?= =?utf-8?b?5pys?=", "日本"),
        ("=?utf-8?b?5pc=?=\n =?utf-8?b?pQ==?=", "日"),  # cut in the middle of a character
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?x-unknown?q?caf=E9?=", "café"),
        ("=?utf-8?b?w6k?=", "é"),  # no padding
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?a=0Ab=0D=0ABcc:_x@y?=", "a b Bcc: x@y"),
        ("caf\xe9", "café"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("=?utf-8?q?exe=E2=80=AEgpj.scr?=", "exegpj.scr"),
    ],
)
def test_every_subject_is_read(read: object, header: str, subject: str) -> None:
    assert read(raw(f"Subject: {header}", b"x")).subject == subject  # type: ignore[operator]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="laporan.pdf"', "laporan.pdf"),
        ("filename*=utf-8''lapor%C3%A9.pdf", "laporé.pdf"),
        ('filename*0="lapo"; filename*1="ran.pdf"', "laporan.pdf"),
        ("filename*0*=utf-8''lap%C3; filename*1*=%A9.pdf", "lapé.pdf"),
        ("filename*=x-none''a%E9.pdf", "aé.pdf"),
        ('filename="=?utf-8?q?lapor=C3=A9.pdf?="', "laporé.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\Users\\\\x\\\\a.pdf"', "a.pdf"),
        ("filename=", "file-1.bin"),
        ('filename="a\x00b.pdf"', "a b.pdf"),
        ('filename="=?utf-8?q?=E2=80=AEfdp.exe?="', "fdp.exe"),
    ],
)
def test_every_file_name_is_read(read: object, disposition: str, name: str) -> None:
    head = f"Content-Type: application/octet-stream\nContent-Disposition: attachment; {disposition}"
    found = read(mixed(part("Content-Type: text/plain", b"x"), part(head, b"y")))  # type: ignore[operator]
    assert [f.name for f in found.files] == [name]


# Structure --------------------------------------------------------------------------------------------------------


def test_html_alone_becomes_words(read: object) -> None:
    html = b"<style>p{}</style><p>Halo <b>Budi</b>,<br>lihat <a href='http://x'>ini</a></p><script>alert(1)</script><ul><li>a<li>b</ul>"
    said = _said(read, "Content-Type: text/html; charset=utf-8", html)
    assert said.startswith("Halo Budi,\nlihat ini")
    assert "alert" not in said
    assert "p{}" not in said


@pytest.mark.parametrize(
    "html", ["<div>" * 5000 + "deep", "<" * 50_000, "<table><tr><td>" * 500 + "x", "<!--", "<p", "\x00"]
)
def test_html_beyond_measure_is_survived(read: object, html: str) -> None:
    found = read(raw("Content-Type: text/html", html.encode()))  # type: ignore[operator]
    assert found.trouble == ""
    if "deep" in html:
        assert "deep" in found.said


def test_pictures_in_the_text_are_files_and_the_text_says_where(read: object) -> None:
    picture = part(
        "Content-Type: image/png; name=layar.png\nContent-ID: <p1>\nContent-Transfer-Encoding: base64",
        in_base64(b"\x89PNG"),
    )
    html = part("Content-Type: text/html", b"<p>Before</p><img src='cid:p1'><p>After</p>")
    found = read(mixed(html, picture, kind="related"))  # type: ignore[operator]
    assert "Before" in found.said.split("[layar.png]")[0]
    assert "After" in found.said.split("[layar.png]")[1]
    assert [(f.name, f.content_type, f.size) for f in found.files] == [("layar.png", "image/png", 4)]
    plain = part("Content-Type: text/plain", b"Before [cid:p1] After")
    assert read(mixed(plain, html, picture)).said == "Before [layar.png] After"  # type: ignore[operator]
    silent = part("Content-Type: text/plain", b"Before After")
    assert "[layar.png]" in read(mixed(silent, html, picture)).said  # type: ignore[operator]


def test_a_forwarded_letter_a_calendar_and_unknown_streams_are_files(read: object) -> None:
    found = read(  # type: ignore[operator]
        mixed(
            part("Content-Type: text/plain", b"See below."),
            part("Content-Type: message/rfc822", b"From: x@y\nSubject: Invoice\n\nPay."),
            part("Content-Type: text/calendar; name=undangan.ics", b"BEGIN:VCALENDAR"),
            part("Content-Type: application/ms-tnef; name=winmail.dat", b"\x78\x9f\x3e\x22"),
            part("Content-Type: text/html; name=page.html", b"<script>alert(1)</script>"),
        )
    )
    assert found.said == "See below."
    assert [f.name for f in found.files] == ["Invoice.eml", "undangan.ics", "winmail.dat", "page.html"]
    assert b"Pay." in Path(found.files[0].path).read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"\x00" * 12, b"Subject: x\n\n", b"a" * 12, b"From", b":\n:\n\n:", b"\xff\xfe" * 6,
        b"Content-Type: multipart/mixed\n\n", b"Content-Type: multipart/mixed; boundary=\n\n--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"Content-Type: message/rfc822\n\n",
        b"Content-Type: text/plain; charset\n\nx", b"Content-Type: ;;;=;\n\nx",
        b"Content-Transfer-Encoding: base64\n\n!!!=A", b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n!!",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: "
        b"message/delivery-status\n\n\n\n--b--", b"Date: 99 Foo\nReceived: ;;\n\nx",
    ],
)  # fmt: skip
def test_hardly_a_letter_is_a_letter_all_the_same(read: object, content: bytes) -> None:
    assert isinstance(read(content), Letter)  # type: ignore[operator]


def test_missing_boundaries_lose_no_words(read: object) -> None:
    assert read(raw("Content-Type: multipart/mixed", b"Hello")).said == "Hello"  # type: ignore[operator]
    unclosed = raw("Content-Type: multipart/mixed; boundary=b", b"--b\n\nHello")
    assert read(unclosed).said == "Hello"  # type: ignore[operator]
    inner = raw(
        "Content-Type: multipart/mixed; boundary=b",
        b"--b\nContent-Type: multipart/mixed; boundary=c\n\nHello\n--b--",
    )
    assert read(inner).said == "Hello"  # type: ignore[operator]


# Bombs ------------------------------------------------------------------------------------------------------------


def _nested(depth: int, kind: str = "multipart") -> bytes:
    if kind == "message":
        return b"From: a@b.id\nSubject: Deep\n" + b"Content-Type: message/rfc822\n\n" * depth + b"x"
    levels = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return b"From: a@b.id\nSubject: Deep\n" + levels + b"\nx"


BOMBS = {
    "10,000 parts": (
        mixed(*[part("", b"x")] * 10_000, head="Subject: Deep", sender="a@b.id"),
        "too_many_parts",
    ),
    "100 deep": (_nested(100), "too_deep"),
    "1,000 deep": (_nested(1000), "too_deep"),
    "1,000 letters in letters": (_nested(1000, "message"), "too_deep"),
    "a header of 20 MB": (b"From: a@b.id\nSubject: Deep\nX: " + b"a" * 20_000_000 + b"\n\nx", "too_hard"),
    "1,000,000 headers": (b"From: a@b.id\nSubject: Deep\n" + b"X: y\n" * 1_000_000 + b"\nx", "too_hard"),
    "20 MB of short lines": (b"From: a@b.id\nSubject: Deep\n\n" + b"a\n" * 10_000_000, "too_hard"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_parked_with_what_its_first_lines_say(name: str, tmp_path: Path, settings: object) -> None:
    content, trouble = BOMBS[name]
    file = tmp_path / "letter"
    file.write_bytes(content)
    with Reader() as reader:
        with ends():
            found = reader.read(file, tmp_path)
        assert (found.trouble, found.senders, found.subject) == (trouble, ["a@b.id"], "Deep")
        file.write_bytes(letter(text="Still there."))
        assert reader.read(file, tmp_path).said == "Still there."


def test_a_letter_that_kills_its_reader_harms_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is slow beyond measure: the process is ended, the letter shown by its first lines, the next one read."""
    monkeypatch.setattr("integrations.mailbox.reader.PATIENCE_SECONDS", 0.5)
    params = b";" + b'"' * 200_000
    content = b"From: a@b.id\nSubject: Slow\nContent-Type: multipart/mixed" + params + b"\n\nx"
    file = tmp_path / "letter"
    with Reader() as reader:
        file.write_bytes(letter())
        reader.read(file, tmp_path)
        assert reader.aside.process is not None
        reader.aside.process.kill()
        reader.aside.process.wait()
        assert reader.read(file, tmp_path).said == "The printer smokes."
        file.write_bytes(content)
        assert reader.read(file, tmp_path).subject == "Slow"


def test_reading_knows_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    file = tmp_path / "letter"
    file.write_bytes(letter())
    with Reader() as reader:
        reader.read(file, tmp_path)
        assert reader.aside.process is not None
        assert b"hush" not in Path(f"/proc/{reader.aside.process.pid}/environ").read_bytes()


def test_mutated_letters_are_read(tmp_path: Path) -> None:
    """A small form of `python -m tests.chaos.mail`, which also measures."""
    chance = random.Random(20261121)
    for _letter in range(2000):
        content = mutated(chance, chance.choice(SEEDS))
        with ends():
            found = reading.read(io.BytesIO(content), tmp_path)
        assert "\x00" not in found.subject + found.said + found.quoted + found.name + found.message_id
        assert len(found.senders) != 1 or "\n" not in found.senders[0]
        (found.said + found.quoted + found.subject).encode()


# Folding ----------------------------------------------------------------------------------------------------------

FOLDED = {
    "Gmail in Indonesian": "Sudah.\n\nPada Sab, 21 Nov 2026 pukul 09.00 Budi <b@k.example> menulis:\n\n> Sudah?\n> Halo",
    "Gmail in English": "Done.\n\nOn Sat, Nov 21, 2026 at 9:00 AM Budi <b@k.example> wrote:\n\n> Done?",
    "wrapped": "Done.\n\nOn Sat, Nov 21, 2026 at 9:00 AM Budi Santoso\n<budi.santoso@kumala.example> wrote:\n> Done?",
    "Outlook": "Done.\n\nFrom: Budi <b@k.example>\nSent: Saturday, 21 November 2026\nTo: Sari\nSubject: Printer\n\nDone?",
    "Outlook in Indonesian": "Sudah.\n\nDari: Budi\nDikirim: Sabtu\nKepada: Sari\nPerihal: Printer\n\nSudah?",
    "Original Message": "Done.\n\n-----Original Message-----\nFrom: Budi\n\nDone?",
    "Pesan Asli": "Sudah.\n\n----- Pesan Asli -----\nDari: Budi\n\nSudah?",
    "signature": "Done.\n\n-- \nSari Wulandari\nCabang Bandung",
    "telephone": "Done.\n\nSent from my iPhone",
    "telefon": "Sudah.\n\nDikirim dari ponsel saya",
    "Yahoo": "Sudah.\n\nDikirim dari Yahoo Mail di Android",
    "quote at the end": "Done.\n\n> Done?\n> Really?",
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDED)
def test_what_is_only_repeated_is_folded(name: str) -> None:
    said, quoted = text.fold(FOLDED[name])
    assert said in ("Done.", "Sudah.")
    assert quoted
    assert said + quoted.replace("\n", "") == FOLDED[name].replace("\n", "").strip()


@pytest.mark.parametrize(
    "words",
    [
        "On Monday it worked, wrote Budi.", "Pada hari Senin printer rusak.", "From: Bandung\nwe have no network",
        "> only quoted", "-- \nonly a signature", "On Sat, 21 Nov 2026 Budi wrote:\n> Red or blue?\nBlue.\n> When?\nNow.",
        "---------- Forwarded message ---------\nFrom: Vendor <v@x>\nDate: Sat\nSubject: Offer\nTo: Sari\n\nHere is it.",
        "-----Original Message-----\nFrom: x\nSent: y\nTo: z\n\nall of it", "",
    ],
)  # fmt: skip
def test_what_somebody_says_is_not_folded_away(words: str) -> None:
    assert text.fold(words) == (words.strip(), "")


def test_folding_takes_time_in_proportion_to_the_letter() -> None:
    for words in (
        "On " * 200_000,
        "Pada x 2026\n" * 50_000,
        "From: x\n" * 50_000,
        "> \n" * 200_000,
        "-- \n" * 200_000,
    ):
        with ends():  # in proportion to the square they would take hours
            text.fold(words)
            text.clean(words)


def test_quotes_that_html_marks_are_folded(read: object) -> None:
    html = b"<p>Done.</p><div class='gmail_quote'>On Sat Budi wrote:<blockquote>Done?</blockquote></div>"
    found = read(raw("Content-Type: text/html", html))  # type: ignore[operator]
    assert found.said == "Done."
    assert "Done?" in found.quoted


def test_a_bounce_is_understood(read: object) -> None:
    found = read(letters.bounce("<notification.1@kumala.example>"))  # type: ignore[operator]
    assert found.report is not None
    assert (found.report.action, found.report.address) == ("failed", "gone@kumala.example")
    assert found.report.original == "<notification.1@kumala.example>"
    assert "No such user" in found.report.why
