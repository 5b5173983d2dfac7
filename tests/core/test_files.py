"""Files of people: known by their content, kept under their hash."""

import codecs
import io
import zipfile

import pytest
from PIL import Image

from core import files
from core.errors import NotPossible


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 3)).save(out, "PNG")
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.txt", "a")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (b"%PDF-1.7\n%abc", "application/pdf"),
        (archive(), "application/zip"),
        (b"Selamat pagi, kasir 3 tidak bisa mencetak.", "text/plain"),
        ("é".encode() * 5000, "text/plain"),
        (b"name,city\nSari,Bandung\n", "text/plain"),
        ("Catatan: harga €5 – “mendesak”, café".encode("cp1252"), "text/plain"),
        (("Laporan “harian”, é;\r\n" * 1000).encode("cp1252"), "text/plain"),
        ("Nomor;Nama\r\n1;Señor 😀\r\n".encode("utf-16"), "text/plain"),
        (codecs.BOM_UTF16_BE + ("Kasir 3 macet.\r\n" * 1000).encode("utf-16-be"), "text/plain"),
        (b"x" + "😀".encode() * 3000, "text/plain"),
        (codecs.BOM_UTF16_LE + ("x" + "😀" * 3000).encode("utf-16-le"), "text/plain"),
    ],
)
def test_the_content_says_what_it_is(content: bytes, kind: str) -> None:
    stored = files.store(io.BytesIO(content))
    assert (stored.content_type, stored.size) == (kind, len(content))
    assert files.path_of(stored.sha256).read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00" + b"\0" * 200,
        b"\x7fELF" + b"\0" * 200,
        b"<svg onload='alert(1)'/>",
        b"  \n<!DOCTYPE html><script>",
        b"\xef\xbb\xbf<HTML>",
        b"<?xml version='1.0'?><svg/>",
        b"\xff\xfe\x00\x01 binary \x00",
        b"\xc3\x28" * 50,
        b"#!/bin/sh\n\0",
        "<!DOCTYPE html><script>".encode("utf-16"),
        codecs.BOM_UTF16_BE + " <svg onload='alert(1)'/>".encode("utf-16-be"),
        codecs.BOM_UTF16_LE + bytes(range(256)),
        codecs.BOM_UTF16_LE + b"a\0b",
        bytes(range(128, 256)) * 20,
        b"caf\xe9 \x01\x02",
    ],
)
def test_other_content_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(NotPossible):
        files.store(io.BytesIO(content))


def test_nothing_is_left_of_a_refused_file(settings: object) -> None:
    with pytest.raises(NotPossible):
        files.store(io.BytesIO(b"MZ\x90\x00"))
    assert [p for p in files.path_of("00").parent.parent.rglob("*") if p.is_file()] == []


def test_a_file_over_the_limit_is_refused_with_the_limit(settings: object) -> None:
    settings.UPLOAD_LIMIT_MB = 1  # type: ignore[attr-defined]
    assert files.store(io.BytesIO(b"a" * 1024 * 1024)).size == 1024 * 1024
    with pytest.raises(NotPossible, match="1 MB"):
        files.store(io.BytesIO(b"a" * (1024 * 1024 + 1)))


def test_the_same_content_is_kept_once() -> None:
    first, second = files.store(io.BytesIO(b"same")), files.store(io.BytesIO(b"same"))
    assert first == second
    assert len([p for p in files.path_of(first.sha256).parent.rglob("*") if p.is_file()]) == 1
