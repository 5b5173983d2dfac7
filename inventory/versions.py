"""Versions in their order: 1.10 comes after 1.9, 2.0-rc1 before 2.0. Pure.

A version becomes a text that sorts as the version does, so that an index holds the order.
"""

import re

LONGEST_KEY = 400
_TOKEN = re.compile(r"\d+|[a-z]+|~")
_EPOCH = re.compile(r"(\d+):")
# Words of what comes before a release, in their order.
_BEFORE = {word: rank for rank, word in enumerate(("~", "dev", "alpha", "beta", "pre", "preview", "rc"))}
_END = "3"


def key(version: str) -> str:
    """A text that sorts, character by character, as the version does among others.

    Numbers count as numbers, zeros at the end of them do not count (1.0 is 1.0.0), words such as `rc` come before the
    release itself, other letters after it (1.1.1w). Before a colon stands an epoch, as Debian writes it.
    """
    words = version.strip().lower()
    epoch = _EPOCH.match(words)
    tokens = _TOKEN.findall(words[epoch.end() :] if epoch else words)
    coded = [_number(epoch[1] if epoch else "0"), *map(_coded, _without_zeros(tokens))]
    return ("".join(coded) + _END)[:LONGEST_KEY]


def _without_zeros(tokens: list[str]) -> list[str]:
    """Without the zeros that stand before a word or the end: they say nothing."""
    kept: list[str] = []
    for token in reversed(tokens):
        says_nothing = not token.strip("0") and not (kept and kept[-1].isdigit())
        if not says_nothing:
            kept.append(token)
    return kept[::-1]


def _coded(token: str) -> str:
    if token.isdigit():
        return _number(token)
    rank = _BEFORE.get(token)
    return f"1{rank}" if rank is not None else f"5{token} "


def _number(digits: str) -> str:
    """Longer numbers are larger ones."""
    short = digits.lstrip("0") or "0"
    return f"7{min(len(short), 99):02d}{short}"
