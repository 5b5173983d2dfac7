"""Documents: a template in, PDF bytes out, with the door to the outside shut."""

from importlib import import_module
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation


def render(template: str, context: dict[str, Any], *, language: str) -> bytes:
    """Render `template` as a tagged PDF in `language` ("id" or "en").

    Only `data:` addresses are opened: text typed by people can carry other addresses, and a renderer that follows
    them reads files and calls hosts for strangers. Styles and pictures of ours stand in the template itself.
    """
    # 25 MB that only the worker needs: loaded with the first document.
    weasyprint, urls = import_module("weasyprint"), import_module("weasyprint.urls")
    with translation.override(language):
        html = render_to_string(template, context)
    sealed = urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    document = weasyprint.HTML(string=html, base_url=None, url_fetcher=sealed, media_type="print")
    return bytes(document.write_pdf(pdf_tags=True))
