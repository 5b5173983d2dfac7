# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Letters made worse at random, always the same way for the same number."""

import random

from tests.mailbox.letters import bounce, in_base64, letter, mixed, part, raw

SEEDS = [
    letter(),
    letter(text="Sudah.\n\nPada Sab, 21 Nov 2026 pukul 09.00 Budi menulis:\n> Halo\n", html="<p>Sudah.</p><blockquote>Halo</blockquote>"),
    letter(files=(("layar.png", "image/png", b"\x89PNG\r\n\x1a\n" * 20), ("a.txt", "text/plain", b"teks"))),
    mixed(
        part("Content-Type: text/html; charset=utf-8", b"<p>Halo<img src='cid:p'><table><tr><td>1<td>2</table>"),
        part("Content-Type: image/png; name=\"=?utf-8?q?l=C3=A9.png?=\"\nContent-ID: <p>\nContent-Transfer-Encoding: base64",
             in_base64(b"\x89PNG" * 50)),
        part("Content-Type: message/rfc822", letter()), kind="related",
    ),
    mixed(part("Content-Type: multipart/alternative; boundary=c", b"--c\nContent-Type: text/plain\n\nHalo\n--c--\n")),
    bounce("<notification.1.tickets.ticket-1-1-aaaaaaaaaaaaaaaa@kumala.example>"),
    raw("Subject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?utf-8?q?=E2=82=AC?=\nContent-Type: text/plain; charset=iso-2022-jp\n"
        "Content-Transfer-Encoding: base64", in_base64("プリンター".encode("iso2022_jp"))),
    raw("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\nReferences: <a@b> <c@d>",
        b"Caf=C3=A9 =\n=E2=82=AC=\n-- =20\nSari"),
    raw("Content-Type: application/pdf; name*0*=utf-8''a%C3; name*1*=%A9.pdf\nContent-Disposition: attachment", b"%PDF-1.7"),
]  # fmt: skip
TOKENS = [
    b"\x00", b"\xff", b"\r", b"\n\n", b"\r\n\r\n", b"=?", b"?=", b"=?utf-8?b?", b"=?utf-8?q?=", b"boundary=", b"--b", b"--b--",
    b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n",
    b"charset=utf-7", b"charset=idna", b"charset=utf-16", b"filename*0*=", b"filename*1=", b'"', b"\\", b"<", b">", b";", b"(", b"@",
    b"From: x@y\n", b"<table><tr><td>", b"<blockquote type=cite>", b"<div>" * 50, b"</div>", b"&#x110000;", b"<!--", b"cid:p",
    b"On x 2026\n", b"Pada x menulis:\n", b"\n> ", b"\n-- \n", b"Auto-Submitted: auto-replied\n", b"\xf0\x9f", b" " * 300, b"=" * 80,
]  # fmt: skip


def mutated(chance: random.Random, content: bytes) -> bytes:
    """The letter with some of its bytes changed, doubled, moved, cut, or mixed with another letter."""
    made = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        at = chance.randint(0, len(made))
        match chance.randint(0, 6):
            case 0:
                made[at : at + 1] = bytes([chance.randint(0, 255)])
            case 1:
                made[at:at] = chance.choice(TOKENS)
            case 2:
                del made[at : at + chance.randint(1, 60)]
            case 3:
                made[at:at] = made[at : at + chance.randint(1, 400)]
            case 4:
                other = chance.choice(SEEDS)
                start = chance.randint(0, len(other))
                made[at : at + chance.randint(0, 200)] = other[start : start + chance.randint(1, 400)]
            case 5:
                made[at:at] = chance.choice(TOKENS) * chance.randint(1, 200)
            case _:
                del made[at : len(made) if chance.random() < 0.2 else at + 1]
    return bytes(made[:200_000])
