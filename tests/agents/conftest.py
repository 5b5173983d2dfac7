"""Agents that report: through the door, or straight to the queue."""

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from integrations.agents import actions
from integrations.agents.models import AgentKey, Machine, Report
from integrations.agents.reader import Reader
from inventory.models import AssetType
from tests.agents.bodies import AGENT
from tests.cast import Cast
from tests.harness.clock import Clock

Send = Callable[..., Any]
Told = Callable[..., Report]


class Shared(Reader):
    """One process for all tests; starting one takes longer than reading."""

    def __exit__(self, *problem: Any) -> None:
        return


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """The process that reads."""
    shared = Shared()
    yield shared
    shared.aside.end()


@pytest.fixture(autouse=True)
def _one_reader(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.agents.actions.placing.Reader", lambda: reader)


@pytest.fixture
def past(clock: Clock) -> Clock:
    """A clock that begins a season ago: PostgreSQL lets nothing be verified in its own future."""
    clock.forward(days=-90)
    return clock


def again(machine: Machine) -> Machine:
    """The machine as it is now."""
    return Machine.objects.select_related("asset", "branch").get(pk=machine.pk)


@pytest.fixture
def key(cast: Cast) -> tuple[AgentKey, str]:
    """The key of Bandung, and its password."""
    return actions.issue_key(branch=cast.bandung, by=cast.it_manager)


@pytest.fixture
def send(key: tuple[AgentKey, str]) -> Send:
    """An agent posts a body with its credentials: the answer."""
    pair = base64.b64encode(f"{key[0].username}:{key[1]}".encode()).decode()

    def posted(
        body: bytes, *, kind: str = "application/x-compress-zlib", who: str | None = None, **headers: str
    ) -> Any:
        named = {"Authorization": f"Basic {pair}" if who is None else who} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        named = {name: value for name, value in named.items() if value}
        return Client().post("/integrations/agents/", body, content_type=kind, headers=named)

    return posted


@pytest.fixture
def tell(key: tuple[AgentKey, str]) -> Told:
    """A report comes and is read: what became of it."""

    def told(raw: bytes, *, agent: str = AGENT, by: AgentKey | None = None) -> Report:
        report, _new = actions.keep(raw=io.BytesIO(raw), key=by or key[0], agent_id=agent)
        actions.settle()
        return Report.objects.with_list_columns().get(pk=report.pk)

    return told


@pytest.fixture
def kind(db: None) -> AssetType:
    """A type of which new machines are registered."""
    return AssetType.objects.get_or_create(name="PC", defaults={"prefix": "PC"})[0]


@pytest.fixture
def admitted(cast: Cast, tell: Told, kind: AssetType) -> Callable[[bytes], Machine]:
    """A machine that reported this and was admitted."""

    def made(raw: bytes, *, agent: str = AGENT) -> Machine:
        machine = tell(raw, agent=agent).machine
        assert machine is not None
        return actions.admit(machine=machine, type=kind, by=cast.agent)

    return made
