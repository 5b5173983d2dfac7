"""Documents: a template in, PDF bytes out, with the door to the outside shut."""

import functools
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

ARCHIVE = "pdf/a-3a"  # ISO 19005-3, with tags for readers who listen
_POINTS = 0.75  # of a CSS pixel


@dataclass(frozen=True)
class Place:
    """Where an element with an id stands: page from 0; points from the lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True)
class Enclosed:
    """A file that travels inside a document."""

    name: str
    content: bytes
    about: str


@dataclass(frozen=True)
class Paper:
    """A document, and where the elements of its template with an id stand."""

    content: bytes
    places: dict[str, Place]


def render(template: str, context: dict[str, Any], *, language: str) -> bytes:
    """Render `template` as a tagged PDF for archives in `language` ("id" or "en").

    Only `data:` addresses are opened: text typed by people can carry other addresses, and a renderer that follows
    them reads files and calls hosts for strangers. Styles and pictures of ours stand in the template itself.
    """
    return draw(template, context, language=language).content


def draw(
    template: str, context: dict[str, Any], *, language: str, enclosed: tuple[Enclosed, ...] = ()
) -> Paper:
    """The same, with what is enclosed, and with the places of its elements: signatures are put there later."""
    # 25 MB that only the worker needs: loaded with the first document.
    weasyprint, urls = import_module("weasyprint"), import_module("weasyprint.urls")
    with translation.override(language):
        html = render_to_string(template, context)
    sealed = urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    source = weasyprint.HTML(string=html, base_url=None, url_fetcher=sealed, media_type="print")
    document = source.render(font_config=_fonts())
    files = [
        weasyprint.Attachment(string=file.content, name=file.name, description=file.about)
        for file in enclosed
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library leaves its colour profile open
        content = document.write_pdf(pdf_variant=ARCHIVE, attachments=files)
    return Paper(bytes(content), _places(document.pages))


@functools.cache
def _fonts() -> Any:
    """The fonts of this machine, once for the process: each time they are read, 200 kB are never given back."""
    return import_module("weasyprint.text.fonts").FontConfiguration()


def _places(pages: list[Any]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for number, page in enumerate(pages):
        for name, (left, top, right, bottom) in page.anchors.items():
            across = (left * _POINTS, right * _POINTS)
            upward = ((page.height - bottom) * _POINTS, (page.height - top) * _POINTS)
            found[name] = Place(number, across[0], upward[0], across[1], upward[1])
    return found
