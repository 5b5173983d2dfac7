"""What stands on labels: the code that leads to the asset, and what a person reads beside it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Paper:
    """A sheet of labels on A4: how many stand side by side and below each other, and how large they are, in mm."""

    label: Any
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float

    @property
    def count(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows


PAPERS = {
    "24": Paper(_("24 labels a sheet, 70 × 37 mm"), 3, 8, 70, 37, 0, 0.5),
    "40": Paper(_("40 labels a sheet, 52.5 × 29.7 mm"), 4, 10, 52.5, 29.7, 0, 0),
    "12": Paper(_("12 labels a sheet, 105 × 48 mm"), 2, 6, 105, 48, 0, 4.5),
}


def address_of(tag: str) -> str:
    """Where the code on the label of this asset leads."""
    return settings.BASE_URL + reverse("inventory:tagged", args=[tag])


def tag_in(code: str) -> str:
    """The tag that a scanned code means: that of our own labels, or the code itself; "" for an address of others."""
    text = code.strip()
    start = settings.BASE_URL + reverse("inventory:tagged", args=["x"]).removesuffix("x/")
    if text.startswith(start):
        return unquote(text.removeprefix(start)).strip("/")
    return "" if urlsplit(text).scheme in ("http", "https") else text


def label(asset: Any) -> dict[str, Any]:
    """One label."""
    drawn = segno.make(address_of(asset.tag), error="m").svg_data_uri(border=1)
    return {
        "qr": drawn,
        "tag": asset.tag,
        "title": asset.title or asset.type.name,
        "branch": asset.branch.name,
    }


def sheets(assets: list[Any], paper: Paper, skipped: int) -> list[list[dict[str, Any] | None]]:
    """The labels by sheet; the first `skipped` places stay empty: they were used before."""
    places = [None] * min(skipped, paper.count - 1) + [label(asset) for asset in assets]
    return [places[n : n + paper.count] for n in range(0, len(places), paper.count)]
