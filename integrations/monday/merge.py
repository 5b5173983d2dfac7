"""Which side of a field counts: three ways, by what both agreed on last. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

DOUBT = timedelta(seconds=2)  # clocks of two houses differ; closer than this nobody knows who was first


class Side(Enum):
    """Whose value counts."""

    SAME = "same"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Verdict:
    """Whose value counts, and whether both sides had changed it."""

    side: Side
    is_conflict: bool = False


def judge(
    *,
    base: str | None,
    ours: str | None,
    theirs: str | None,
    echoes: Collection[str | None] = (),
    ours_at: datetime | None = None,
    theirs_at: datetime | None = None,
) -> Verdict:
    """Compare a field with what was agreed last.

    `echoes` are values that we ourselves sent and heard no answer about: on the other side they are our own word, not
    somebody's. Both changed: the later one counts; in doubt ours does.
    """
    if ours == theirs:
        return Verdict(Side.SAME)
    if theirs == base or theirs in echoes:
        return Verdict(Side.OURS)
    if ours == base:
        return Verdict(Side.THEIRS)
    later = theirs_at is not None and (ours_at is None or theirs_at - ours_at >= DOUBT)
    return Verdict(Side.THEIRS if later else Side.OURS, is_conflict=True)
