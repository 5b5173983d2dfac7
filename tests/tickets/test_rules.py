"""Who may do what to a ticket: a table over the whole cast."""

from typing import Any

import pytest

from core.errors import PermissionDenied
from core.transitions import why_not
from tests.cast import PEOPLE, Cast
from tests.stages import plain

MANAGERS = {"it_manager"}
WORKERS = MANAGERS | {"agent"}
IT = WORKERS | {"other_agent", "db_manager"}
WHO: dict[str, set[str]] = {
    "accept": MANAGERS,
    "reject": MANAGERS,
    "assign": MANAGERS,
    "cancel": MANAGERS | {"requester"},
    "estimate": WORKERS,
    "start": WORKERS,
    "hand_over": WORKERS,
    "send_back": {"requester"},
    "confirm": {"requester"},
    "answer": IT | {"requester", "branch_head"},
    "note": IT,
}


@pytest.mark.parametrize("move", WHO)
def test_who(cast: Cast, move: str) -> None:
    cast.everybody()
    ticket: Any = plain(cast, "accepted").ticket
    may = {name for name in PEOPLE if not isinstance(why_not(ticket, move, cast[name]), PermissionDenied)}
    assert may == WHO[move]
