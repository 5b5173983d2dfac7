"""A6: whatever somebody with all rights over the database does to the ledger is found, with the anchor outside."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from events.ledger import Broken, verify
from tests.cast import Cast
from tests.events.tampering import TABLES, Tamperer, written
from tests.harness.clock import Clock
from tests.harness.database import unguarded

TRIES = 60
START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def anchor(settings: Any, tmp_path: Path) -> Path:
    settings.LEDGER_ANCHOR_DIR = str(tmp_path / "anchor")
    return tmp_path / "anchor"


@pytest.fixture
def ledger(cast: Cast, anchor: Path, clock: Clock) -> Path:
    written(clock, by=cast.administrator, other=cast.agent, start=START, days=3, each=24)
    return anchor


class _Undone(Exception):
    """Takes back what was tampered with."""


def _found_after(act: Any) -> tuple[str, list[Broken]]:
    said, found = "", []
    try:
        with transaction.atomic():
            with unguarded(*TABLES) as cursor:
                cursor.execute("DELETE FROM events_delivery")  # they would hold on to their events
                said = act(cursor)
            found = list(verify())
            raise _Undone
    except _Undone:
        return said, found


def test_the_ledger_is_whole_before_anybody_touches_it(ledger: Path) -> None:
    assert list(verify()) == []


def test_random_tampering_is_found_every_time(ledger: Path) -> None:
    tamperer = Tamperer(6)
    missed = []
    for act in [*tamperer.acts, *(tamperer.tamper for _n in range(TRIES - len(tamperer.acts)))]:
        said, found = _found_after(act)
        if not found:
            missed.append(said)
    assert missed == []
    assert list(verify()) == []


def test_who_rewrites_a_whole_chain_is_named_without_an_anchor(ledger: Path, settings: Any) -> None:
    """The leaves of the seal name each event that is not what was sealed."""
    settings.LEDGER_ANCHOR_DIR = ""
    said, found = _found_after(Tamperer(1).rewrite_a_chain)
    event = int(said.rsplit(" ", 1)[1])
    assert event in {place.event_id for place in found}
    assert "is not what was sealed on" in " ".join(place.why for place in found)


def test_who_has_the_key_as_well_is_found_by_the_anchor_alone(ledger: Path, settings: Any) -> None:
    _said, found = _found_after(Tamperer(2).rewrite_with_our_key)
    assert {"anchor_other", "seal_rewritten"} <= {place.wrong for place in found}
    settings.LEDGER_ANCHOR_DIR = ""
    assert _found_after(Tamperer(2).rewrite_with_our_key)[1] == []


def test_a_key_of_ones_own_is_not_ours(ledger: Path, settings: Any) -> None:
    settings.LEDGER_ANCHOR_DIR = ""
    assert "seal_key" in {place.wrong for place in _found_after(Tamperer(3).forge_everything)[1]}


def test_what_is_gone_is_named_with_its_case(ledger: Path) -> None:
    said, found = _found_after(Tamperer(4).cut_a_chain)
    event = int(said.rsplit(" ", 1)[1])
    gone = {place.event_id: place for place in found if place.wrong == "anchor_gone"}
    assert gone[event].subject.startswith("test.case:")
    assert gone[event].why == "stands in the anchor and is gone"
