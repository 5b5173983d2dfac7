"""Deployments reported by pipelines: what a robot may, what it never may, and the very lines of docs/ci.md by curl."""

import json
import os
import re
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import ApiToken, User
from core.database import refusal_of
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import DevelopmentEvent, EnvironmentKind
from devflow.models import Build, Deployment, Release
from events.models import Event
from tests.api.client import Program
from tests.cast import Cast
from tests.devflow.robots import Pipeline, pipeline
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, reach, system

PAGE = Path(settings.ROOT) / "docs" / "ci.md"


def _signed_by_pipeline(cast: Cast, robot: Pipeline) -> Case:
    case = reach(cast, "started")
    robot.report("trial", ticket=case.ticket.number, version="1.0", commit="abc123")
    robot.report("training", ticket=case.ticket.number, version="1.0", scenarios=["Print"])
    for step in (case.tested, case.uat_submitted, case.signed):
        step()
    return case


def test_a_build_is_registered_and_deployed_in_one_call(cast: Cast) -> None:
    case, robot = reach(cast, "started"), Pipeline(cast, "trial", "training")
    made = robot.report(
        "trial", ticket=case.ticket.number, version="1.0", commit="abc123", artefact_hash="f00d"
    )
    assert (robot.status, made["version"], made["environment"]) == (201, "1.0", "trial")
    assert (case.build.commit, case.build.artefact_hash, case.build.reached) == ("abc123", "f00d", "trial")
    robot.report("training", development=case.request.pk, version="1.0", scenarios=["Print"])
    assert robot.status == 201
    assert case.uat.content["scenarios"][0]["name"] == "Print"
    robot.report("trial", ticket=case.ticket.number, version="1.1", commit="abc124")
    assert (robot.status, case.request.stage, case.uat.state) == (201, "trial", "withdrawn")


def test_the_same_key_acts_once(cast: Cast) -> None:
    case, robot = reach(cast, "started"), Pipeline(cast, "trial")
    told = {"ticket": case.ticket.number, "version": "1.0", "commit": "abc123", "environment": "trial"}
    first = robot.post("deployments/", key="pipeline-7", **told)
    assert robot.post("deployments/", key="pipeline-7", **told) == first
    assert (Build.objects.count(), Deployment.objects.count()) == (1, 1)


def test_a_version_means_one_commit(cast: Cast) -> None:
    case, robot = reach(cast, "started"), Pipeline(cast, "trial")
    told = {"ticket": case.ticket.number, "version": "1.0"}
    robot.report("trial", **told)
    robot.refused(400)
    robot.report("trial", **told, commit="abc123")
    robot.report("trial", **told, commit="abc124")
    robot.refused(400)
    assert list(robot.said["errors"]) == ["commit"]
    robot.report("trial", ticket="T-99999", version="1.0", commit="abc123")
    robot.refused(400)


def test_what_is_refused_registers_nothing(cast: Cast) -> None:
    case, robot = reach(cast, "planned"), Pipeline(cast, "trial")
    robot.report("trial", ticket=case.ticket.number, version="1.0", commit="abc123")
    assert robot.status in (403, 409)
    assert not Build.objects.exists()


def test_a_robot_deploys_only_where_it_is_named(cast: Cast) -> None:
    case, robot = reach(cast, "on_trial"), Pipeline(cast, "trial")
    robot.report("training", ticket=case.ticket.number, version="1.0")
    robot.refused(403)
    server = system().environments.get(kind="training")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Deployment.objects.create(build=case.build, environment=server, deployed_by=robot.robot)
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-B4.2.2"


def test_a_robot_reaches_nothing_but_deployments(cast: Cast) -> None:
    case, robot = reach(cast, "started"), Pipeline(cast, "trial")
    for path in ("tickets/", f"tickets/{case.pk}/", "people/", "approvals/", "calendars/", "notifications/"):
        robot.get(path)
        robot.refused(403)
    for path, body in (
        (f"developments/{case.request.pk}/start/", {}),
        (f"developments/{case.request.pk}/hours/", {"day": "2026-01-05", "hours": "1", "note": "x"}),
        ("systems/", {"name": "Mine", "owners": [cast.agent.pk]}),
        ("calendars/", {"name": "x", "segments": {"0": [["08:00", "12:00"]]}, "note": "x"}),
        ("freezes/", {"reason": "x", "last_days": 1}),
        ("releases/", {"build": 1}),
    ):
        robot.post(path, **body)
        robot.refused(403)
    assert [row["id"] for row in robot.rows("developments/")] == [case.request.pk]
    assert [s["environments"][0]["kind"] for s in robot.rows("systems/")] == ["trial"]


def test_a_robot_knows_no_system_on_which_it_is_not_named(cast: Cast) -> None:
    case, robot = reach(cast, "built"), Pipeline(cast)
    assert robot.rows("developments/") == robot.rows("deployments/") == []
    robot.report("trial", ticket=case.ticket.number, version="1.0")
    robot.refused(400)


def test_a_robot_releases_what_the_manager_has_given(cast: Cast) -> None:
    robot = Pipeline(cast, "trial", "training", "production")
    case = _signed_by_pipeline(cast, robot)
    told = {"ticket": case.ticket.number, "version": "1.0"}
    robot.report("production", **told)
    robot.refused(409, "SOP-A6")
    manager = Program(cast.it_manager)
    given = manager.post("releases/", build=case.build.pk, hours=2)
    assert manager.status == 201
    assert [row["id"] for row in robot.rows("releases/", valid="true", version="1.0")] == [given["id"]]
    robot.report("production", **told)
    assert (robot.status, case.ticket.status) == (201, "done")
    event = Event.objects.about(case.ticket).filter(type=DevelopmentEvent.DEPLOYED).order_by("-seq")[0]
    assert (event.actor, event.on_behalf_of) == (robot.robot, cast.it_manager)


def test_a_release_ends_when_it_is_taken_back(cast: Cast, page: Any) -> None:
    robot = Pipeline(cast, "trial", "training", "production")
    case = _signed_by_pipeline(cast, robot)
    browser = page(cast.it_manager)
    browser.post(f"/developments/builds/{case.build.pk}/give-release/", {"hours": "4"})
    release = Release.objects.get()
    assert browser.get(f"/developments/releases/{release.pk}/withdraw/").status_code == 200
    with recorded(DevelopmentEvent.RELEASE_WITHDRAWN):
        browser.post(f"/developments/releases/{release.pk}/withdraw/")
    robot.report("production", ticket=case.ticket.number, version="1.0")
    robot.refused(409, "SOP-A6")
    with not_possible("no longer counts"):
        devflow.withdraw_release(release=release, by=cast.it_manager)


def test_who_gives_a_release_and_when(cast: Cast) -> None:
    robot = Pipeline(cast, "production")
    case = reach(cast, "on_training")
    with not_possible(rule="SOP-A6"):
        devflow.give_release(build=case.build, hours=4, by=cast.it_manager)
    for step in (case.tested, case.uat_submitted, case.signed):
        step()
    for person in (cast.agent, cast.requester, robot.robot):
        with not_yours():
            devflow.give_release(build=case.build, hours=4, by=person)
    for hours in (0, 73):
        with not_possible("1 to 72"):
            devflow.give_release(build=case.build, hours=hours, by=cast.it_manager)


def test_whoever_works_on_it_built_what_a_robot_registered(cast: Cast) -> None:
    """An IT Manager who writes the code cannot release it because a pipeline registered it (SOP-A6)."""
    robot = Pipeline(cast, "trial", "training", "production")
    case = Case(cast)
    case.assignee = "it_manager"
    for step in ("opened", "accepted", "planned", "started"):
        getattr(case, step)()
    robot.report("trial", ticket=case.ticket.number, version="1.0", commit="abc123")
    robot.report("training", ticket=case.ticket.number, version="1.0", scenarios=["Print"])
    for step in ("tested", "uat_submitted", "signed"):
        getattr(case, step)()
    for move in ("to_production", "give_release"):
        assert type(why_not(case.build, move, cast.it_manager)).__name__ == "PermissionDenied"
    server = system().environments.get(kind="production")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Deployment.objects.create(build=case.build, environment=server, deployed_by=cast.it_manager)
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-A6"
    statement = (
        "INSERT INTO devflow_release (build_id, environment_id, given_by_id, given_at, until_at)"
        " VALUES (%s, %s, %s, now(), now() + interval '1 hour')"
    )
    with pytest.raises(IntegrityError, match="never the one who built it"), transaction.atomic():
        connection.cursor().execute(statement, [case.build.pk, server.pk, cast.it_manager.pk])


def test_past_the_actions_a_robot_needs_the_word_of_the_manager(cast: Cast) -> None:
    robot = Pipeline(cast, "trial", "training", "production")
    case = _signed_by_pipeline(cast, robot)
    server = system().environments.get(kind="production")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Deployment.objects.create(build=case.build, environment=server, deployed_by=robot.robot)
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-A6"


def test_the_command_makes_robots_of_pipelines_only(cast: Cast) -> None:
    said = StringIO()
    call_command("api_token", robot="ci-hris", stdout=said)
    assert said.getvalue().startswith("kumala_")
    token = ApiToken.objects.get()
    assert (token.scope, token.user.is_robot) == ("deploy", True)
    for name in ("devflow", "CI", "ci-"):
        with pytest.raises(CommandError):
            call_command("api_token", robot=name)
    assert User.objects.filter(is_robot=True, email__startswith="ci-").count() == 1


# The lines of the guide ---------------------------------------------------------------------------------------------


def _lines() -> dict[str, str]:
    """The shell lines of docs/ci.md by the name in their first line."""
    blocks = re.findall(r"```sh\n# ([\w ]+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


@pytest.fixture
def curl(transactional_db: None, live_server: Any) -> Any:
    """`curl("report trial", TICKET="T-00001")` runs those lines against the running product."""

    def run(name: str, **env: str) -> "subprocess.CompletedProcess[str]":
        usual = {"PATH": os.environ["PATH"], "KUMALA_URL": live_server.url, "NO_PROXY": "*"}
        return subprocess.run(
            ["sh", "-euc", _lines()[name]],
            env=usual | env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_the_lines_of_the_guide_report_a_build_as_far_as_production(curl: Any) -> None:
    cast = Cast()
    cast.everybody()
    robot, secret = pipeline(cast, "trial", "training", "production")
    case = reach(cast, "started")
    env = {
        "KUMALA_TOKEN": secret, "TICKET": case.ticket.number, "VERSION": "41", "COMMIT": "abc123", "JOB": "7-41",
        "SYSTEM": str(system().pk),
    }  # fmt: skip
    for name in ("report trial", "report trial"):
        told = curl(name, **env)
        assert told.returncode == 0, told.stdout + told.stderr
    assert Deployment.objects.count() == 1
    other = reach(cast, "started")
    assert curl("report trial", **(env | {"TICKET": other.ticket.number, "JOB": "7-40"})).returncode == 0
    pushed_off = curl("report training", **env)
    assert json.loads(pushed_off.stdout)["rule"] == "SOP-A2"
    assert "41" in json.loads(pushed_off.stdout)["detail"]
    for name in ("report trial", "report training"):
        told = curl(name, **(env | {"JOB": "7-41-2"}))
        assert told.returncode == 0, told.stdout + told.stderr
    assert Deployment.objects.count() == 4
    for step in (case.tested, case.uat_submitted, case.signed):
        step()
    refused = curl("report production", **env)
    assert refused.returncode != 0
    assert json.loads(refused.stdout)["rule"] == "SOP-A6"
    devflow.give_release(build=case.build, hours=1, by=cast.it_manager)
    asked = curl("ask", **env)
    assert asked.returncode == 0, asked.stderr
    assert '"is_open":true' in asked.stdout.replace(" ", "")
    assert curl("report production", **(env | {"JOB": "7-42"})).returncode == 0
    assert (case.ticket.status, Deployment.objects.order_by("-pk")[0].deployed_by) == ("done", robot)


def test_a_wrong_token_ends_the_job(curl: Any) -> None:
    env = {"KUMALA_TOKEN": "kumala_x", "TICKET": "T-00001", "VERSION": "1", "COMMIT": "a", "JOB": "1"}
    told = curl("report trial", **env)
    assert told.returncode != 0
    assert json.loads(told.stdout)["status"] == 401


def test_every_example_names_lines_that_are_there() -> None:
    assert set(_lines()) == {"report trial", "report training", "report production", "ask"}
    assert EnvironmentKind.values == ["trial", "training", "production"]
