"""Developments over the API: the gates of SOP-A2, A5 and A6."""

from devflow.models import Deployment, HourEntry
from tests.api.client import Program, verbs
from tests.cast import Cast
from tests.stages import reach, system


def test_more_than_twenty_hours_are_held(cast: Cast) -> None:
    case = reach(cast, "accepted", hours=24)
    agent, path = Program(cast.agent), f"developments/{case.request.pk}/"
    assert verbs(agent.get(path))["start"] == "SOP-A2"
    agent.post(path + "plan/", system=system().pk)
    assert verbs(agent.said)["start"] == "SOP-A5"
    assert agent.said["needs_brm"]
    agent.post(path + "start/")
    agent.refused(409, "SOP-A5")
    assert agent.post(path + "open-brm/")["id"] == case.brm.pk


def test_hours_are_booked_once_per_key(cast: Cast) -> None:
    case = reach(cast, "started")
    agent, path = Program(cast.agent), f"developments/{case.request.pk}/hours/"
    for _ in range(2):
        agent.post(path, key="monday", day="2026-01-05", hours="3.5", note="Tables")
    assert agent.status == 201
    assert HourEntry.objects.count() == 1
    for wrong in ({"hours": "25"}, {"hours": "0"}, {"day": "2999-01-01"}, {"day": "soon"}, {"hours": "NaN"}):
        agent.post(path, **({"day": "2026-01-05", "hours": "1", "note": "x"} | wrong))
        assert agent.status in (400, 409), wrong
    assert HourEntry.objects.count() == 1


def test_a_build_goes_from_server_to_server(cast: Cast) -> None:
    case = reach(cast, "built")
    agent, manager = Program(cast.agent), Program(cast.it_manager)
    named = {"development": case.request.pk, "version": "1.0"}
    agent.post("deployments/", **named, environment="training")
    agent.refused(409, "SOP-A2")
    agent.post("deployments/", **named, environment="trial")
    assert agent.status == 201
    agent.post("deployments/", build=case.build.pk, environment="training", scenarios=["Print"])
    assert agent.status == 201
    gates = agent.rows(f"developments/{case.request.pk}/builds/")[0]
    assert "roles" in verbs(gates)["production"]
    manager.post("deployments/", **named, environment="production")
    manager.refused(409, "SOP-A6")
    case.tested()
    case.uat_submitted()
    case.signed()
    manager.post("deployments/", **named, environment="production")
    assert manager.status == 201
    assert case.ticket.status == "done"
    assert [d["environment"] for d in manager.rows("deployments/")] == ["production", "training", "trial"]
    assert [d["environment"] for d in manager.rows("deployments/", environment="trial")] == ["trial"]


def test_a_failed_deployment_is_history_and_moves_nothing(cast: Cast) -> None:
    case = reach(cast, "built")
    agent = Program(cast.agent)
    agent.post("deployments/", build=case.build.pk, environment="trial", result="failed", notes="Disk full.")
    assert agent.status == 201
    assert case.build.reached == "registered"


def test_a_build_must_be_named(cast: Cast) -> None:
    case = reach(cast, "built")
    agent = Program(cast.agent)
    for named, field in (
        ({}, "build"),
        ({"version": "1.0"}, "build"),
        ({"development": case.request.pk, "version": "9"}, "version"),
    ):
        agent.post("deployments/", **named, environment="trial")
        agent.refused(400)
        assert list(agent.said["errors"]) == [field]


def test_another_branch_names_nothing_of_ours(cast: Cast) -> None:
    case = reach(cast, "built")
    stranger = Program(cast.foreign_agent)
    assert stranger.rows("developments/") == stranger.rows("deployments/") == []
    for part in ("", "hours/", "builds/"):
        stranger.get(f"developments/{case.request.pk}/{part}")
        stranger.refused(404)
    stranger.post("deployments/", build=case.build.pk, environment="trial")
    stranger.refused(400)
    assert not Deployment.objects.exists()


def test_servers_are_shown_to_staff_only(cast: Cast) -> None:
    system()
    assert len(Program(cast.agent).rows("systems/")[0]["environments"]) == 3
    assert Program(cast.requester).rows("systems/")[0]["environments"] == []
