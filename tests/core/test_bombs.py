"""Files that are small on a disk and enormous once opened."""

import io
import struct
import zipfile
import zlib
from typing import Any

import pytest
from PIL import Image

from core import bombs, files
from core.errors import NotPossible

KINDS = [("PNG", {}), ("JPEG", {}), ("GIF", {}), ("WEBP", {}), ("WEBP", {"lossless": True})]


def drawn(kind: str, size: tuple[int, int], **facts: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind, **facts)
    return out.getvalue()


def flood() -> bytes:
    """A PNG that claims a million times a million pixels in a hundred bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1_000_000, 1_000_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def archive(*entries: tuple[str, int]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, size in entries:
            made.writestr(name, b"")
            made.filelist[
                -1
            ].file_size = size  # what the list claims; making it true would take the time to unpack
    return out.getvalue()


@pytest.mark.parametrize(("kind", "facts"), KINDS)
def test_the_size_is_read_from_the_header(kind: str, facts: dict[str, Any]) -> None:
    assert bombs.size_of(io.BytesIO(drawn(kind, (321, 123), **facts))) == (321, 123)


def test_a_photo_with_a_large_thumbnail_inside_tells_its_own_size() -> None:
    photo = drawn("JPEG", (320, 200), exif=b"Exif\0\0" + b"\xff\xc0" * 30000, icc_profile=b"x" * 100_000)
    assert bombs.size_of(io.BytesIO(photo)) == (320, 200)


@pytest.mark.parametrize(("kind", "facts"), KINDS)
@pytest.mark.parametrize("cut", [0, 2, 5, 11, 17, 25, 40])
def test_what_is_cut_off_says_nothing_and_breaks_nothing(kind: str, facts: dict[str, Any], cut: int) -> None:
    width, height = bombs.size_of(io.BytesIO(drawn(kind, (9, 9), **facts)[:cut]))
    assert width * height >= 0


def test_a_jpeg_without_end_ends() -> None:
    assert bombs.size_of(io.BytesIO(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000)) == (0, 0)


def test_a_flood_of_pixels_is_refused_unseen() -> None:
    with pytest.raises(NotPossible, match="1000000 million pixels, at most 50"):
        files.store(io.BytesIO(flood()))


def test_the_photo_of_a_good_telephone_is_taken() -> None:
    assert files.store(io.BytesIO(drawn("PNG", (400, 300)))).content_type == "image/png"
    claims = drawn("JPEG", (8160, 6120))  # 49.9 million
    assert files.store(io.BytesIO(claims)).content_type == "image/jpeg"


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(NotPossible, match="would unpack to more than"):
        files.store(io.BytesIO(archive(("a", 700 * 1024**2), ("b", 700 * 1024**2))))
    assert files.store(io.BytesIO(archive(("a", 700 * 1024**2)))).content_type == "application/zip"


def test_an_archive_of_too_many_files_is_refused() -> None:
    with pytest.raises(NotPossible, match="would unpack to more than"):
        files.store(io.BytesIO(archive(*((f"{n}", 0) for n in range(bombs.MOST_ENTRIES + 1)))))


def packed(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return out.getvalue()


def test_archives_in_archives_count_together() -> None:
    """Like 42.zip: sixteen in each of the sixteen above, small everywhere, and petabytes at the bottom."""
    content = archive(("0.dll", 300 * 1024**2))
    assert files.store(io.BytesIO(packed(("0.zip", content)))).content_type == "application/zip"
    for _layer in range(2):
        content = packed(*((f"{n:x}.zip", content) for n in range(16)))
    assert len(content) < 100_000
    with pytest.raises(NotPossible, match="would unpack to more than"):
        files.store(io.BytesIO(content))


def test_an_archive_in_an_archive_is_known_by_its_content_whatever_its_name() -> None:
    bomb = archive(("a", 700 * 1024**2), ("b", 700 * 1024**2))
    with pytest.raises(NotPossible, match="would unpack to more than"):
        files.store(io.BytesIO(packed(("holiday.jpg", bomb))))


def test_archives_nested_too_deeply_are_refused() -> None:
    content = packed(("a.txt", b"a"))
    for _layer in range(bombs.MOST_NESTED - 1):
        content = packed(("in.zip", content))
    assert files.store(io.BytesIO(content)).content_type == "application/zip"
    with pytest.raises(NotPossible, match="cannot be looked into"):
        files.store(io.BytesIO(packed(("in.zip", content))))


def test_an_archive_that_swells_is_not_looked_into() -> None:
    """Packed well once more: nobody packs what is packed, but for a bomb."""
    inner = packed(("a.txt", b"a")) + bytes(bombs.MOST_LOOKED_INTO)
    with pytest.raises(NotPossible, match="cannot be looked into"):
        files.store(io.BytesIO(packed(("in.zip", inner))))


def test_a_locked_archive_in_an_archive_is_refused_and_a_locked_file_taken() -> None:
    def locked(name: str) -> bytes:
        content = bytearray(packed((name, b"secret")))
        for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            content[content.index(mark) + at] |= 1
        return bytes(content)

    assert files.store(io.BytesIO(locked("salaries.txt"))).content_type == "application/zip"
    with pytest.raises(NotPossible, match="cannot be looked into"):
        files.store(io.BytesIO(locked("lib 0.zip")))


def test_a_broken_archive_in_an_archive_harms_nothing() -> None:
    whole = packed(("a.txt", b"a"))
    assert files.store(io.BytesIO(packed(("in.zip", whole[:-10]), ("b.zip", whole)))).size > 0


def test_a_broken_archive_is_kept_as_it_is() -> None:
    whole = archive(("a.txt", 1))
    assert files.store(io.BytesIO(whole[:-10])).size == len(whole) - 10


def test_nothing_is_left_behind_by_a_refusal(settings: Any) -> None:
    with pytest.raises(NotPossible):
        files.store(io.BytesIO(flood()))
    assert [p for p in settings.MEDIA_ROOT.rglob("*") if p.is_file()] == []
