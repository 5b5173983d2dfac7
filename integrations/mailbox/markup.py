"""Words made of the HTML of letters. Only whoever reads letters loads what reads HTML."""

import re
from html import unescape

from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree, html

from integrations.mailbox.text import FORWARDS

_QUOTES = (
    "//blockquote[@type='cite']",
    "//div[contains(@class, 'gmail_quote')]",
    "//div[@id='divRplyFwdMsg']/following-sibling::*",
    "//div[@id='divRplyFwdMsg']",
    "//div[@id='appendonsend']",
    "//div[contains(@class, 'yahoo_quoted')]",
    "//div[contains(@class, 'moz-cite-prefix')]",
)
_CONFIG = ParserConfig(display_images=True, display_links=False)


def from_html(source: str, places: dict[str, str]) -> tuple[str, str]:
    """HTML as plain text, and the text of what it marks as quoted. Pictures in the text are named where they stand."""
    try:
        tree = html.document_fromstring(_without_declaration(source))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return _stripped(source), ""
    for picture in tree.iter("img"):
        place = str(picture.get("src", "")).removeprefix("cid:")
        shown = places.get(place) or str(picture.get("alt", ""))[:100]
        picture.attrib.clear()
        picture.set("alt", shown)
    quoted = "" if FORWARDS.search(source) else _taken_out(tree)
    words = _as_text(tree)
    if not words.strip():
        return (quoted, "") if quoted.strip() else (_stripped(source), "")
    return words, quoted


def _without_declaration(source: str) -> str:
    """lxml refuses text that declares an encoding."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", source.replace("\x00", ""), count=1) or "<p></p>"


def _taken_out(tree: html.HtmlElement) -> str:
    found = []
    for path in _QUOTES:
        for element in tree.xpath(path):
            if element.getparent() is not None:
                found.append(_as_text(element))
                element.drop_tree()
    return "\n".join(piece for piece in found if piece.strip())


def _as_text(tree: html.HtmlElement) -> str:
    return str(Inscriptis(tree, _CONFIG).get_text())


def _stripped(source: str) -> str:
    """For HTML that cannot be read as such (or is nested beyond measure): everything between the tags."""
    without = re.sub(r"<(script|style)\b[^>]*>.*?(</\1\s*>|\Z)", " ", source, flags=re.IGNORECASE | re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", without))
