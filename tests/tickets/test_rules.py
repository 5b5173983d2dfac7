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
    "prioritise": MANAGERS,
    "reclassify": MANAGERS,
    "cancel": MANAGERS | {"requester"},
    "estimate": WORKERS,
    "start": WORKERS,
    "hand_over": WORKERS,
    "send_back": {"requester"},
    "confirm": {"requester"},
    "answer": IT | {"requester", "branch_head"},
    "note": IT,
    "ask_back": WORKERS,
    "plan": WORKERS,
    "escalate": WORKERS,
    "take": set(),  # it was not given to a team
    "merge": MANAGERS,
    "split": IT,
    "tie": IT,
    "adopt": IT,
    "watch": IT | {"requester", "branch_head"},
    "add_watcher": IT,
    "reopen": {"requester"},
    "rate": {"requester"},
    "close_unconfirmed": set(),  # no person
}


@pytest.mark.parametrize("move", WHO)
def test_who(cast: Cast, move: str) -> None:
    cast.everybody()
    ticket: Any = plain(cast, "accepted").ticket
    may = {name for name in PEOPLE if not isinstance(why_not(ticket, move, cast[name]), PermissionDenied)}
    assert may == WHO[move]
