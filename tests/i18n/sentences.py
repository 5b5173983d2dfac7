"""Every sentence of the product as it stands in the code, read without gettext's programs, which a machine may lack."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import templatize

ROOT = Path(settings.ROOT)
ASIDE = {".venv", ".local", "node_modules", "tests", "migrations"}
# How many of the first arguments are words of the sentence, and whether the first is its context.
CALLS = {
    "_": (1, False), "gettext": (1, False), "gettext_lazy": (1, False), "gettext_noop": (1, False),
    "ngettext": (2, False), "ngettext_lazy": (2, False), "pgettext": (2, True), "pgettext_lazy": (2, True),
    "npgettext": (3, True),
}  # fmt: skip
_STRING = r"u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(((?:{_STRING}\s*,?\s*)+)")

Sentence = tuple[str | None, str]


def said() -> set[Sentence]:
    """The (context, sentence) pairs of all code and all templates; of a plural, the singular."""
    found = set()
    for path in _files("*.py"):
        found |= set(_in_code(path.read_text(encoding="utf-8")))
    for path in (ROOT / "templates").rglob("*.*"):
        found |= set(_in_template(path.read_text(encoding="utf-8")))
    return found


def _files(pattern: str) -> Iterator[Path]:
    for path in ROOT.rglob(pattern):
        if not ASIDE & set(path.relative_to(ROOT).parts):
            yield path


def _in_code(text: str) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            words, has_context = CALLS[node.func.id]
            given = [a.value for a in node.args[:words] if isinstance(a, ast.Constant)]
            if given and isinstance(given[0], str):
                yield (given[0], given[1]) if has_context else (None, given[0])


def _in_template(text: str) -> Iterator[Sentence]:
    for name, arguments in _IN_TEMPLATE.findall(templatize(text)):
        given = ast.literal_eval(f"({arguments.rstrip().rstrip(',')},)")
        yield (given[0], given[1]) if CALLS[name][1] else (None, given[0])
