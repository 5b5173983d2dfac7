"""A drawn signature, as the page and the API take it: of anybody."""

import base64
import io

from PIL import Image, ImageDraw


def _drawn() -> str:
    picture, out = Image.new("RGBA", (120, 40)), io.BytesIO()
    ImageDraw.Draw(picture).line((10, 30, 60, 8, 110, 30), fill="black", width=3)
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


DRAWN = _drawn()
