"""A language in which every translated sentence stands between ⟦ and ⟧: what stands outside was never translated."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from unittest import mock

from django.utils.translation import _trans, get_language, trans_real  # type: ignore[attr-defined]

from core import times
from core.templatetags import kumala

OPEN, SHUT = "⟦", "⟧"
_INNERMOST = re.compile(rf"{OPEN}[^{OPEN}{SHUT}]*{SHUT}")
# Read or shown to people, besides the text itself; data-… are the sentences that scripts of ours say.
SPOKEN = {
    "alt", "aria-label", "aria-description", "placeholder", "title", "data-label", "data-close", "data-offline",
    "data-expired", "data-sign-in", "data-failed", "data-busy", "data-minutes", "data-hours", "data-moment",
    "data-left", "data-late", "data-empty", "data-drawn", "data-remove", "data-too-big",
}  # fmt: skip
SILENT = {"script", "svg", "code", "template"}
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
    "path",
}


@contextmanager
def marked() -> Iterator[set[str]]:
    """Inside, everything that is translated comes back between the marks, into whatever language it is translated.

    Yields the sentences that came back as they went in while the language was Indonesian: nobody translated them,
    neither our catalogue nor the packages' own.
    """
    unsaid: set[str] = set()

    def wrap(real: Callable[..., str]) -> Callable[..., str]:
        def say(*words: Any) -> str:
            sentence = real(*words)
            if sentence and sentence in words and get_language() == "id":
                unsaid.add(sentence)
            return f"{OPEN}{sentence}{SHUT}" if words[0] else sentence

        return say

    names = ("gettext", "ngettext", "pgettext", "npgettext")
    patches = [mock.patch.object(_trans, n, wrap(getattr(trans_real, n)), create=True) for n in names]
    for patch in patches:
        patch.start()
    _forget_kept()
    try:
        yield unsaid
    finally:
        for patch in patches:
            patch.stop()
        _forget_kept()


def _forget_kept() -> None:
    """What is kept in the reader's language was said with marks, or without, whichever came first."""
    times._on.cache_clear()
    kumala._running.cache_clear()


def unmarked(text: str) -> str:
    """What is left of a text when every marked part is taken out, the innermost first."""
    previous = None
    while previous != text:
        previous, text = text, _INNERMOST.sub(" ", text)
    return text


class Spoken(HTMLParser):
    """Everything a page says: its texts and the attributes that are shown or read aloud, as (where, text)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[tuple[str, str]] = []
        self._path: list[str] = []
        # The last text and how deep it stands: a sentence may have elements of its own.
        self._last, self._begun = 0, 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Its spoken attributes."""
        if tag not in VOID:
            self._path.append(tag)
        self.texts += [(f"{tag} {name}", value) for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        """Back to the element around it."""
        while tag in self._path and self._path.pop() != tag:
            pass
        if len(self._path) < self._begun:
            self._begun = 0

    def handle_data(self, data: str) -> None:
        """A text; of a style sheet only what it prints."""
        where = self._path[-1] if self._path else ""
        if where == "style":
            printed = [
                s for value in re.findall(r"content:([^;}]*)", data) for s in re.findall(r'"([^"]*)"', value)
            ]
            self.texts += [("style", s) for s in printed]
        elif data.strip() and not SILENT & set(self._path):
            self._say(where, " ".join(data.split()))

    def _say(self, where: str, text: str) -> None:
        """What follows inside the marks of a sentence, also in elements of its own, belongs to it."""
        if self._begun:
            first, said = self.texts[self._last]
            if said.count(OPEN) > said.count(SHUT):
                self.texts[self._last] = (first, f"{said} {text}")
                return
        self._last, self._begun = len(self.texts), len(self._path)
        self.texts.append((where, text))
