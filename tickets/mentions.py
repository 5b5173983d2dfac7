"""Who is meant by `@name` in what somebody wrote. Pure: the people who could be meant are given."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# A name after an @ that does not stand inside a word, an address or a path.
_AT = re.compile(r"(?<![\w@./])@(?=[^\W\d_])")
_WORD = re.compile(r"[\w'’-]+")


@dataclass
class Found:
    """`people` are meant, each once; `unclear` are names as typed, with those who could be meant: nobody, several."""

    people: list[Any] = field(default_factory=list)
    unclear: dict[str, list[Any]] = field(default_factory=dict)


def find(text: str, people: Iterable[Any]) -> Found:
    """Every `@Full Name`, and every `@first name` that only one of the people has; capitals do not matter."""
    everybody, found = list(people), Found()
    for at in _AT.finditer(text):
        rest = text[at.end() : at.end() + 120]
        meant = _called(rest, everybody)
        if len(meant) == 1:
            found.people += [p for p in meant if p not in found.people]
        else:
            word = _WORD.match(rest)
            found.unclear[word.group() if word else rest[:20]] = meant
    return found


def _called(rest: str, people: list[Any]) -> list[Any]:
    """Those whose whole name stands here, the longest name first; else those with this first name."""
    whole = [p for p in people if _begins_with(rest, p.name)]
    if whole:
        longest = max(len(p.name) for p in whole)
        return [p for p in whole if len(p.name) == longest]
    return [p for p in people if p.name.split() and _begins_with(rest, p.name.split()[0])]


def _begins_with(rest: str, name: str) -> bool:
    following = rest[len(name) : len(name) + 1]
    return rest[: len(name)].lower() == name.lower() and not (following.isalnum() or following == "_")
