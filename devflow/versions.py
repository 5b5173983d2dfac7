"""What an environment says about itself: the version or commit in a text or in JSON, beside what was deployed there.

Pure: no Django, no clock, no database.
"""

import json
from dataclasses import dataclass
from typing import Any

LONGEST = 80  # of a version or commit that is kept
SHORTEST_COMMIT = 7  # characters by which a commit is known


@dataclass(frozen=True)
class Told:
    """What the address told; both "" when nothing could be understood."""

    version: str = ""
    commit: str = ""

    @property
    def words(self) -> str:
        """For a person."""
        return self.version or self.commit


def told(answer: str) -> Told:
    """The first line of a text, or `version` and `commit` of a JSON object."""
    try:
        found: Any = json.loads(answer)
    except ValueError:
        lines = answer.strip().splitlines()
        return Told(version=lines[0].strip()[:LONGEST]) if lines else Told()
    if isinstance(found, dict):
        return Told(_text(found.get("version")), _text(found.get("commit")))
    return Told(version=_text(found))


def _text(value: Any) -> str:
    return str(value).strip()[:LONGEST] if isinstance(value, str | int | float) else ""


def fits(said: Told, *, version: str, commit: str) -> bool:
    """Whether that is this build. A commit decides where both know one; a text may be either."""
    if said.commit and commit:
        return _same_commit(said.commit, commit)
    return _same_version(said.version, version) or (bool(commit) and _same_commit(said.version, commit))


def _same_version(one: str, other: str) -> bool:
    return bool(one) and one.removeprefix("v") == other.removeprefix("v")


def _same_commit(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    if min(len(one), len(other)) < SHORTEST_COMMIT:
        return one == other
    return one.startswith(other) or other.startswith(one)
