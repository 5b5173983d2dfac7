"""Not yours, not yet, or not any more: `why_not` tells them apart, `fire` raises what it says."""

import pytest

from core.errors import NotPossible, PermissionDenied
from core.transitions import fire, why_not
from tests.cast import Cast
from tests.stages import plain, reach


def test_not_yours_comes_before_not_now(cast: Cast) -> None:
    case = plain(cast, "confirmed")
    assert isinstance(why_not(case.ticket, "accept", cast.requester), PermissionDenied)
    refusal = why_not(case.ticket, "accept", cast.it_manager)
    assert isinstance(refusal, NotPossible)
    assert "Done" in str(refusal)


def test_a_condition_gives_its_sentence_and_clause(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    refusal = why_not(case.request, "start", cast.agent)
    assert isinstance(refusal, NotPossible)
    assert refusal.rule == "SOP-A5"
    assert "BRM" in str(refusal)


def test_nothing_stands_in_the_way(cast: Cast) -> None:
    assert why_not(plain(cast, "accepted").ticket, "start", cast.agent) is None


@pytest.mark.parametrize(("person", "kind"), [("requester", PermissionDenied), ("agent", NotPossible)])
def test_fire_raises_what_why_not_says(cast: Cast, person: str, kind: type[Exception]) -> None:
    ticket = plain(cast, "started").ticket
    with pytest.raises(kind):
        fire(ticket, "start", by=cast[person])
    assert ticket.status == "in_progress"
