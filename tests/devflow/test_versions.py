"""What servers say about their versions: how it is read, when they are asked, who is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from core.fetching import NotFetched
from devflow import actions as devflow
from devflow.enums import EnvironmentKind, SystemEvent
from devflow.models import Environment, VersionCheck
from devflow.versions import Told, fits, told
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, reach, system

TRIAL = EnvironmentKind.TRIAL
ADDRESS = "https://trial.hris.example/version"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("1.4.2\n", Told("1.4.2")),
        ("v1.4.2\nbuilt on Monday", Told("v1.4.2")),
        ('"1.4.2"', Told("1.4.2")),
        (json.dumps({"version": "1.4.2", "commit": "abc1234"}), Told("1.4.2", "abc1234")),
        (json.dumps({"commit": "abc1234"}), Told("", "abc1234")),
        (json.dumps({"version": ["1"], "commit": None}), Told()),
        ("", Told()),
        ("[]", Told()),
        ("17", Told("17")),
        ("x" * 500, Told("x" * 80)),
    ],
)
def test_an_answer_is_text_or_json(answer: str, found: Told) -> None:
    assert told(answer) == found


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        (Told("1.0"), True),
        (Told("v1.0"), True),
        (Told("1.1"), False),
        (Told("abc1234"), True),
        (Told("1.0", "ABC1234"), True),
        (Told("1.0", "ffff123"), False),
        (Told("", "abc123456789"), True),
        (Told("", "abc"), False),
        (Told(), False),
    ],
)
def test_a_commit_decides_where_both_know_one(said: Told, is_it: bool) -> None:
    assert fits(said, version="1.0", commit="abc1234567") is is_it


def _watched(cast: Cast) -> Case:
    cast.everybody()
    case = reach(cast, "on_trial")
    devflow.keep_system(system=system(), owners=[cast.agent, cast.requester], fields=[], by=cast.it_manager)
    devflow.keep_server(
        system=system(), kind=TRIAL, deployers=[], by=cast.it_manager, version_address=ADDRESS
    )
    return case


@contextmanager
def answering(*answers: Any) -> Iterator[mock.Mock]:
    """The server says these, one after the other."""
    with mock.patch("devflow.actions.checking.fetch", side_effect=answers) as asked:
        yield asked


def _server() -> Environment:
    return system().environments.get(kind="trial")


def test_a_difference_is_recorded_once_and_told_to_owners_and_manager(cast: Cast) -> None:
    _watched(cast)
    deliver()
    with answering("1.0", "0.9", "0.9", "0.8", "1.0"):
        for expected in (
            (),
            (SystemEvent.VERSION_DIFFERS,),
            (),
            (SystemEvent.VERSION_DIFFERS,),
            (SystemEvent.VERSION_FITS,),
        ):
            with recorded(*expected):
                devflow.look_now(server=_server(), by=cast.other_agent)
    letters = deliver()
    assert {m.to[0].partition("@")[0] for m in letters if "0.9" in m.subject} == {
        "agent",
        "requester",
        "it_manager",
    }


def test_a_server_that_does_not_answer_is_said_to_be_silent(cast: Cast) -> None:
    _watched(cast)
    with (
        answering(NotFetched("it answered 500"), ""),
        recorded(SystemEvent.VERSION_SILENT),
    ):
        devflow.look_now(server=_server(), by=cast.agent)
        check = devflow.look_now(server=_server(), by=cast.agent)
    assert (check.state, check.told) == ("silent", "its answer names no version")


def test_every_server_is_asked_every_fifteen_minutes(cast: Cast, clock: Clock) -> None:
    _watched(cast)
    with answering("1.0", "1.0") as asked:
        assert devflow.look_at_versions(by=cast.agent) == 1
        clock.forward(minutes=14)
        assert devflow.look_at_versions(by=cast.agent) == 0
        clock.forward(minutes=2)
        assert devflow.look_at_versions(by=cast.agent) == 1
    assert asked.call_args.args == (ADDRESS,)


def test_systems_out_of_use_and_servers_without_address_are_left_alone(cast: Cast) -> None:
    _watched(cast)
    system("Payroll")
    devflow.keep_server(system=system(), kind=TRIAL, deployers=[], by=cast.it_manager, version_address="")
    with answering() as asked:
        assert devflow.look_at_versions(by=cast.agent) == 0
        with not_possible("no address"):
            devflow.look_now(server=_server(), by=cast.agent)
    assert not asked.called


def test_where_nothing_was_deployed_nothing_differs(cast: Cast) -> None:
    cast.everybody()
    devflow.keep_server(
        system=system(), kind=TRIAL, deployers=[], by=cast.it_manager, version_address=ADDRESS
    )
    with answering("3.0"), recorded():
        check = devflow.look_now(server=_server(), by=cast.agent)
    assert (check.state, check.told) == ("", "3.0")


def test_who_asks(cast: Cast) -> None:
    _watched(cast), cast.everybody()
    with answering() as asked:
        for name in ("requester", "director", "auditor"):
            with not_yours():
                devflow.look_now(server=_server(), by=cast[name])
    assert not asked.called


def test_a_difference_is_loud_on_the_pages(cast: Cast, page: Any) -> None:
    _watched(cast)
    browser = page(cast.agent)
    with answering("0.9-beta"):
        answer = browser.post(f"/developments/systems/{system().pk}/servers/trial/look/")
    assert answer["Location"] == system().get_absolute_url()
    for address in (system().get_absolute_url(), "/developments/systems/"):
        assert "0.9-beta" in browser.get(address).content.decode()
    assert browser.get(f"/developments/systems/{system().pk}/servers/trial/look/").status_code == 200


def test_a_program_asks_too(cast: Cast) -> None:
    _watched(cast)
    agent, path = Program(cast.agent), f"systems/{system().pk}/"
    with answering(json.dumps({"version": "1.0"})):
        assert agent.post(path + "look/", kind="trial")["state"] == "fits"
    assert agent.get(path + "now/")["servers"][0]["check"]["told"] == "1.0"
    agent.post(path + "look/", kind="production")
    agent.refused(409)


def test_a_worker_that_dies_while_asking_leaves_the_turn_to_a_later_one(cast: Cast, clock: Clock) -> None:
    _watched(cast)
    with answering(MemoryError(), "1.0"):
        with pytest.raises(MemoryError):
            devflow.look_at_versions(by=cast.agent)
        clock.forward(minutes=16)
        assert devflow.look_at_versions(by=cast.agent) == 1
    check = VersionCheck.objects.get()
    assert (check.state, check.due_at) == ("fits", timezone.now() + timedelta(minutes=15))
