"""Small pictures of pictures, so that a page of photos costs a telephone little.

They are made when they are first looked at, in a process of its own without our secrets, encoded anew without anything
that the picture carried along, and kept beside the files. What cannot be drawn is remembered as an empty file.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image, ImageOps

from core import aside, bombs, files

DRAWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
CONTENT_TYPE = "image/jpeg"
EDGE = 224  # pixels: four for each that a page shows
PATIENCE = 8  # seconds by the clock on the wall
SECONDS, MEMORY, IDLE = 5, 600 * 1024 * 1024, 30
_painter = aside.Aside("core.thumbnails", renew_after=200)


def of(sha256: str, content: Path) -> Path | None:
    """The small picture of the file with this hash; None for what cannot be drawn in time and memory."""
    target = Path(settings.MEDIA_ROOT) / files.SMALL / sha256[:2] / sha256
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _draw(content, target)
    return target if target.stat().st_size else None


def _draw(content: Path, target: Path) -> None:
    handle, made = tempfile.mkstemp(dir=target.parent)
    os.close(handle)
    try:
        drawn = _painter.ask(patience=PATIENCE, path=str(content), target=made)
    except aside.Died:
        drawn = False
    if not drawn:
        Path(made).write_bytes(b"")
    Path(made).replace(target)


def _answer(asked: dict[str, Any]) -> bool:
    """Draw the picture in the file `path` into the file `target`; False for what is no picture that we know."""
    Image.MAX_IMAGE_PIXELS = bombs.MOST_PIXELS
    try:
        with Image.open(asked["path"], formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            picture.draft("RGB", (EDGE * 2, EDGE * 2))
            picture.thumbnail((EDGE, EDGE))
            small = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return False
    paper = Image.new("RGB", small.size, "white")
    paper.paste(small, mask=small)
    paper.save(asked["target"], "JPEG", quality=75)
    return True


if __name__ == "__main__":
    aside.serve(_answer, seconds=SECONDS, memory=MEMORY, idle=IDLE)
