"""Documents: a template in, PDF bytes out, with the door to the outside shut."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML
from weasyprint.urls import URLFetcher


def render(template: str, context: dict[str, Any], *, language: str) -> bytes:
    """Render `template` as a tagged PDF in `language` ("id" or "en").

    Only `data:` addresses are opened: text typed by people can carry other addresses, and a renderer that follows
    them reads files and calls hosts for strangers. Styles and pictures of ours stand in the template itself.
    """
    with translation.override(language):
        html = render_to_string(template, context)
    sealed = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    document = HTML(string=html, base_url=None, url_fetcher=sealed, media_type="print")
    return bytes(document.write_pdf(pdf_tags=True))
