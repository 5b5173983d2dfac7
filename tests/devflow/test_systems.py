"""Systems: who keeps them, who answers for them, who deploys on their servers, what runs where."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import actions as accounts
from accounts.enums import Scope
from core.database import refusal_of
from core.errors import PermissionDenied
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import EnvironmentKind, SystemEvent
from devflow.models import Deployment, Environment, System
from devflow.systems import places
from tests.api.client import Program
from tests.cast import PEOPLE, Cast
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import reach, system

TRIAL, TRAINING, PRODUCTION = EnvironmentKind


def keep(cast: Cast, kind: EnvironmentKind, *names: str, **facts: Any) -> Environment:
    """These people alone deploy there."""
    return devflow.keep_server(
        system=system(), kind=kind, deployers=[cast[name] for name in names], by=cast.it_manager, **facts
    )


def test_the_it_manager_and_administrators_keep_systems(cast: Cast) -> None:
    cast.everybody()
    for number, name in enumerate(PEOPLE):
        new = System(name=f"System {number}")
        if name in ("it_manager", "administrator"):
            with recorded(SystemEvent.ADDED):
                devflow.keep_system(system=new, owners=[cast.agent], fields=[], by=cast[name])
            continue
        with not_yours():
            devflow.keep_system(system=new, owners=[cast.agent], fields=[], by=cast[name])


def test_somebody_from_it_answers_for_every_system(cast: Cast) -> None:
    cast.everybody()
    for owners in ([], [cast.requester]):
        with not_possible("works in IT", rule="SOP-B5"):
            devflow.keep_system(system=System(name="New"), owners=owners, fields=[], by=cast.it_manager)
    made = devflow.keep_system(
        system=System(name="New"), owners=[cast.requester, cast.agent], fields=[], by=cast.it_manager
    )
    assert set(made.owners.all()) == {cast.requester, cast.agent}


def test_what_did_not_change_is_not_said_to_have_changed(cast: Cast) -> None:
    people = [cast.other_agent, cast.agent]
    made = devflow.keep_system(
        system=System(name="New"), owners=[cast.agent], fields=[], by=cast.administrator
    )
    with recorded():
        devflow.keep_system(system=made, owners=[cast.agent], fields=[], by=cast.administrator)
    with recorded(SystemEvent.CHANGED):
        devflow.keep_system(system=made, owners=people, fields=[], by=cast.administrator)


def test_only_those_who_are_named_deploy_on_a_server(cast: Cast) -> None:
    case = reach(cast, "built")
    keep(cast, TRIAL, "other_agent")
    assert isinstance(why_not(case.build, "to_trial", cast.agent), PermissionDenied)
    with not_yours():
        case.on_trial()
    statement = (
        "INSERT INTO devflow_deployment (build_id, environment_id, deployed_by_id, deployed_at, result, notes)"
        " VALUES (%s, %s, %s, now(), 'succeeded', '')"
    )
    server = system().environments.get(kind="trial")
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [case.build.pk, server.pk, cast.agent.pk])
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-B4.2.2"
    devflow.deploy(build=case.build, kind=TRIAL, by=cast.other_agent)
    assert case.build.reached == "trial"


def test_where_nobody_is_named_whoever_works_on_it_deploys(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    keep(cast, TRIAL, "other_agent")
    keep(cast, TRIAL)
    case.built("1.1")
    case.on_trial()
    assert case.build.reached == "trial"


def test_people_are_not_named_on_production(cast: Cast) -> None:
    system(), cast.everybody()
    with not_possible("IT Manager releases", rule="SOP-A6"):
        keep(cast, PRODUCTION, "agent")


def test_what_runs_where_is_the_newest_that_succeeded(cast: Cast) -> None:
    case = reach(cast, "on_training")
    case.built("1.1")
    devflow.deploy(build=case.build, kind=TRIAL, by=cast.agent, result="failed", notes="Disk.")  # type: ignore[arg-type]
    found = {p.server.kind: p.running for p in places(Environment.objects.all())[system().pk]}
    assert {kind: run and run.build.version for kind, run in found.items()} == {
        "trial": "1.0", "training": "1.0", "production": None,
    }  # fmt: skip


def test_the_page_of_a_system_and_the_list_show_what_runs(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_training")
    browser = page(cast.agent)
    for address in ("/developments/systems/", f"/developments/systems/{system().pk}/"):
        shown = browser.get(address).content.decode()
        assert shown.count("1.0") >= 2, address
    assert case.ticket.number in shown
    outside = page(cast.outsider).get(f"/developments/systems/{system().pk}/").content.decode()
    assert case.ticket.number not in outside
    assert "trial.hris.example" not in outside


def test_another_branch_sees_the_version_but_not_the_request(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_training")
    shown = page(cast.foreign_agent).get(f"/developments/systems/{system().pk}/").content.decode()
    assert "1.0" in shown
    assert case.ticket.number not in shown
    assert case.title not in shown


def test_a_system_is_kept_on_its_pages(cast: Cast, page: Any) -> None:
    browser = page(cast.it_manager)
    typed = {
        "name": "Payroll", "description": "Salaries", "owners": [cast.agent.pk], "others": cast.requester.email,
        "repositories": "https://git.example/payroll\n", "is_active": "on",
    }  # fmt: skip
    answer = browser.post("/developments/systems/new/", typed)
    made = System.objects.get(name="Payroll")
    assert answer["Location"] == made.get_absolute_url()
    assert (made.repositories, made.owners.count()) == (["https://git.example/payroll"], 2)
    for wrong, said in (
        ({"repositories": "http://git.example/"}, "https://"),
        ({"others": "nobody@nowhere.example"}, "nobody@nowhere.example"),
        ({"name": "payroll"}, "payroll"),
        ({"owners": []}, "SOP-B5"),
    ):
        refused = browser.post("/developments/systems/new/", typed | {"name": "Other"} | wrong)
        assert refused.status_code in (409, 422), wrong
        assert said in refused.content.decode()
    edit = f"/developments/systems/{made.pk}/edit/"
    assert cast.requester.email in browser.get(edit).content.decode()
    browser.post(edit, typed | {"description": "Wages", "others": ""})
    made.refresh_from_db()
    assert (made.description, made.owners.count()) == ("Wages", 1)
    server = f"/developments/systems/{made.pk}/servers/trial/"
    browser.post(
        server, {"address": "https://trial.payroll.example/", "name": "Alpha", "deployers": [cast.agent.pk]}
    )
    assert made.deployers_on("trial") == {cast.agent.pk}
    assert "Alpha" in browser.get(made.get_absolute_url()).content.decode()
    assert browser.get(f"/developments/systems/{made.pk}/servers/staging/").status_code == 404


def test_a_system_is_kept_over_the_api(cast: Cast) -> None:
    manager, agent = Program(cast.it_manager), Program(cast.agent)
    agent.post("systems/", name="Payroll", owners=[cast.agent.pk])
    agent.refused(403)
    manager.post("systems/", name="Payroll", owners=[cast.requester.pk])
    manager.refused(409, "SOP-B5")
    made = manager.post("systems/", name="Payroll", owners=[cast.agent.pk])
    assert manager.status == 201
    manager.post("systems/", name="payroll", owners=[cast.agent.pk])
    manager.refused(400)
    path = f"systems/{made['id']}/"
    assert manager.patch(path, repositories=["https://git.example/payroll"])["repositories"]
    manager.patch(path, repositories=["ftp://git.example/payroll"])
    manager.refused(400)
    manager.post(path + "servers/", kind="trial")
    manager.refused(409)
    manager.post(path + "servers/", kind="trial", address="https://trial.example/", deployers=[cast.agent.pk])
    kept = manager.post(path + "servers/", kind="trial", name="Alpha")
    assert kept["environments"][0]["deployers"] == [
        {"id": cast.agent.pk, "name": cast.agent.name, "is_robot": False}
    ]
    assert agent.get(path + "now/")["servers"] == [
        {"environment": "trial", "address": "https://trial.example/", "running": None, "check": None}
    ]


def test_a_robot_gets_no_token_that_does_more_than_deploy(cast: Cast) -> None:
    robot = accounts.robot("ci-hris")
    for scope in (Scope.READ, Scope.WRITE):
        with not_possible("deploy"):
            accounts.issue_token(user=robot, name="ci", scope=scope, by=robot)
    _token, secret = accounts.issue_token(user=robot, name="ci", scope=Scope.DEPLOY, by=robot)
    assert secret


def test_lists_ask_as_often_for_many_systems_as_for_one(cast: Cast, page: Any) -> None:
    case, browser = reach(cast, "on_training"), page(cast.it_manager)
    keep(cast, TRIAL, "agent")
    addresses = ("/developments/systems/", f"/developments/systems/{system().pk}/", "/api/v1/systems/")
    before = [_count(browser, address) for address in addresses]
    for number in range(4):
        other = system(f"System {number}")
        keep(cast, TRIAL, "agent")
        devflow.keep_server(system=other, kind=TRIAL, deployers=[cast.agent], by=cast.it_manager)
        case.built(f"1.{number + 1}")
        case.on_trial()
    assert Deployment.objects.count() == 6
    assert [_count(browser, address) for address in addresses] == before


def _count(browser: Any, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)
