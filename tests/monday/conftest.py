"""The fake of monday.com for every test of the mirror."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.monday.client import Client
from integrations.monday.limits import PLANS
from tests.fakes.monday import Board, Monday, echo


@pytest.fixture
def fake() -> Iterator[Monday]:
    """A server of its own; whatever the real one would put up with and we should never do fails the test."""
    with Monday(receiver=echo) as running:
        yield running
    assert running.misuses == []


@pytest.fixture
def client(fake: Monday) -> Iterator[Client]:
    """Ours, in a hurry."""
    with client_of(fake) as ours:
        yield ours


def client_of(fake: Monday, **how: Any) -> Client:
    """Another one."""
    return Client(
        fake.token, **{"url": fake.url, "plan": PLANS["pro"], "timeout": (5, 20), "clock": fake.now, **how}
    )


@pytest.fixture
def board(fake: Monday) -> Board:
    """With a column of each type that we write."""
    world = fake.world
    made = world.make_board("Requests")
    labels = [
        {"label": "Waiting", "index": 3},
        {"label": "In Progress", "index": 2},
        {"label": "Deploy", "index": 1},
    ]
    world.make_column(made, "status", "Status", "status", {"labels": labels})
    for name, kind in (
        ("hours", "numbers"),
        ("who", "people"),
        ("day", "date"),
        ("link", "link"),
        ("key", "text"),
    ):
        world.make_column(made, name, name, kind)
    return made
