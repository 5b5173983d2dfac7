"""Small pictures: drawn aside, without what the picture carried along; what cannot be drawn harms nothing."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core import files, thumbnails


def _picture(kind: str, size: tuple[int, int], **facts: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **facts)
    return out.getvalue()


def _small(content: bytes) -> Path | None:
    stored = files.store(io.BytesIO(content))
    return thumbnails.of(stored.sha256, files.path_of(stored.sha256))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_becomes_small_and_keeps_its_shape(kind: str) -> None:
    found = _small(_picture(kind, (1200, 600)))
    assert found is not None
    with Image.open(found) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (224, 112))


def test_it_stands_upright_and_carries_nothing_along() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter to the right
    turned[0x010E] = "where it was taken"
    found = _small(_picture("JPEG", (600, 300), exif=turned.tobytes()))
    assert found is not None
    with Image.open(found) as drawn:
        assert drawn.size == (112, 224)
        assert not drawn.getexif()
    assert b"where it was taken" not in found.read_bytes()


def test_what_cannot_be_drawn_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _picture("PNG", (50, 50))[:60]
    assert _small(broken) is None
    monkeypatch.setattr(thumbnails, "_draw", None)  # nobody tries again
    assert _small(broken) is None
