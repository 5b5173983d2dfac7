"""Files and requests that cost their receiver more than their sender."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import requests

Send = Callable[[], int]


def corpus(address: str, token: str) -> list[tuple[str, Send]]:
    """Name and sending of each; sending gives the status of the answer."""
    files = {
        "a picture of 65,535 x 65,535 pixels": ("flood.png", _pixels(65535, 65535)),
        "a picture that lies about its size": ("liar.png", _pixels(20000, 20000)[:60]),
        "a ZIP of 1 GB of zeros": ("zeros.zip", _zeros(1000)),
        "a ZIP in a ZIP in a ZIP": ("nested.zip", _nested(12)),
        "a ZIP that climbs out of its folder": ("climb.zip", _zip("../../../etc/passwd", b"x")),
        "a PDF of 20,000 nested lists": (
            "deep.pdf",
            b"%PDF-1.4\n1 0 obj\n" + b"[" * 20000 + b"]" * 20000 + b"\nendobj\n",
        ),
        "a GIF that is also a script": ("both.gif", b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1)//"),
        "a page": ("page.html", b"<script>alert(1)</script>"),
        "a drawing with a script": (
            "draw.svg",
            b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        ),
        "a drawing of a billion laughs": ("laughs.svg", _laughs()),
        "an empty file": ("empty.png", b""),
        "a name of 5,000 letters": (f"{'n' * 5000}.png", _pixels(1, 1)),
        "a name with a path and a line break": ("..\\..\\x\r\nSet-Cookie: a=b.png", _pixels(1, 1)),
    }
    sent: list[tuple[str, Send]] = [(name, _uploading(address, token, file)) for name, file in files.items()]
    return [
        *sent,
        ("a hundred files at once", _many(address, token, 100)),
        ("a stream of 60 MB", _stream(address, token, 60)),
        ("a title of 5 MB", _posting(address, token, title="t" * 5_000_000)),
        ("10,000 levels of JSON", _raw(address, token, b"[" * 10000 + b"]" * 10000)),
        ("a number of 100,000 digits", _raw(address, token, b'{"kind": ' + b"9" * 100_000 + b"}")),
        *((f"a search for {what}", _searching(address, token, words)) for what, words in _SEARCHES.items()),
    ]


_SEARCHES = {
    "30,000 letters": "a" * 6000 + "!",
    "2,000 words": " ".join(f"w{number}" for number in range(1500))[:7000],
    "operators": "((((!&|<->:*'\"\\ " * 100,
    "zero bytes": "a\x00b",
    "a slow pattern": "(a+)+$" * 200 + "a" * 2000,
}


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}"}


def _fields() -> dict[str, str]:
    return {"kind": "troubleshooting", "title": "A file that explodes", "description": "Lampiran."}


def _uploading(address: str, token: str, file: tuple[str, bytes]) -> Send:
    def send() -> int:
        return requests.post(
            f"{address}/api/v1/tickets/",
            data=_fields(),
            files={"attachments": file},
            headers=_headers(token),
            timeout=60,
        ).status_code

    return send


def _many(address: str, token: str, count: int) -> Send:
    def send() -> int:
        files = [("attachments", (f"{number}.png", _pixels(1, 1))) for number in range(count)]
        answer = requests.post(
            f"{address}/api/v1/tickets/", data=_fields(), files=files, headers=_headers(token), timeout=60
        )
        return answer.status_code

    return send


def _stream(address: str, token: str, megabytes: int) -> Send:
    """No length is told, so that nothing can be refused before it comes."""

    def endless() -> Iterator[bytes]:
        for _number in range(megabytes * 16):
            yield b"\x00" * 65536

    def send() -> int:
        try:
            return requests.post(
                f"{address}/api/v1/tickets/", data=endless(), timeout=60,
                headers=_headers(token) | {"Content-Type": "multipart/form-data; boundary=x"},
            ).status_code  # fmt: skip
        except requests.ConnectionError:  # hung up on: as good an answer as any
            return 413

    return send


def _posting(address: str, token: str, **fields: str) -> Send:
    def send() -> int:
        try:
            return requests.post(
                f"{address}/api/v1/tickets/", json=_fields() | fields, headers=_headers(token), timeout=60
            ).status_code
        except requests.ConnectionError:
            return 413

    return send


def _raw(address: str, token: str, body: bytes) -> Send:
    def send() -> int:
        headers = _headers(token) | {"Content-Type": "application/json"}
        return requests.post(f"{address}/api/v1/tickets/", data=body, headers=headers, timeout=60).status_code

    return send


def _searching(address: str, token: str, words: str) -> Send:
    def send() -> int:
        return requests.get(
            f"{address}/api/v1/tickets/", params={"q": words}, headers=_headers(token), timeout=60
        ).status_code

    return send


def _pixels(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds one line."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00" + b"\xff" * 3))
        + chunk(b"IEND", b"")
    )


def _zip(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def _zeros(megabytes: int) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as file,
    ):
        for _number in range(megabytes):
            file.write(b"\x00" * 1_000_000)
    return made.getvalue()


def _nested(levels: int) -> bytes:
    content = b"0" * 1000
    for _level in range(levels):
        content = _zip("inner.zip", content)
    return content


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">{entities}]><svg>&l9;</svg>'.encode()
