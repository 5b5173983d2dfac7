"""The words of assets: how PostgreSQL keeps them, and how a question becomes a condition.

Punctuation is taken away on both sides, so that `PC-00012` and `10.1.2.3` are words like any others, and every word
may be a beginning: `5cg12` finds the serial number 5CG1234XYZ. What is written in one piece is found without its
dashes as well.
"""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery

MOST_WORDS = 8
LONGEST_WORD = 60
_WORD = re.compile(r"[^\W_]+")

# A tag counts with and without its dashes; `simple` keeps every word as it is.
WORDS = r"""
    NEW.words = to_tsvector('pg_catalog.simple',
        regexp_replace(lower(concat_ws(' ', NEW.tag, NEW.serial, NEW.name, NEW.maker, NEW.model, left(NEW.note, 5000),
            regexp_replace(NEW.tag, '[^[:alnum:]]', '', 'g'), regexp_replace(NEW.serial, '[^[:alnum:]]', '', 'g'))),
            '[^[:alnum:]]+', ' ', 'g'));
    RETURN NEW;
"""


def words_in(question: str) -> list[str]:
    """The words that are looked for, each once; empty when nothing but punctuation was typed."""
    found = dict.fromkeys(word[:LONGEST_WORD].lower() for word in _WORD.findall(question))
    return list(found)[:MOST_WORDS]


def narrowed(rows: Any, question: str) -> Any:
    """`rows` in whose words every word of the question stands, at least as a beginning; none for no words."""
    words = words_in(question)
    if not words:
        return rows.none()
    from_start = " & ".join(f"'{word}':*" for word in words)
    return rows.filter(words=SearchQuery(from_start, config="simple", search_type="raw"))
