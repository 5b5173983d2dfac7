# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Work on hold, withdrawn, and taken back out of Production."""

from typing import Any

import pytest
from django.db import transaction

from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import DevelopmentEvent
from devflow.models import Deployment, DevelopmentRequest
from tests.cast import Cast
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import Case, reach
from tickets import actions as tickets


def _hold(case: Case) -> None:
    devflow.hold(request=case.request, reason="The vendor answers next week.", by=case.cast.agent)


@pytest.mark.parametrize(
    ("stage", "place", "status"),
    [("planned", "waiting", "waiting"), ("on_trial", "trial", "in_progress"), ("on_training", "training", "user_testing"),
     ("signed", "ready", "user_testing")],
)  # fmt: skip
def test_what_is_on_hold_goes_on_where_it_stood(cast: Cast, stage: str, place: str, status: str) -> None:
    case = reach(cast, stage)
    with recorded(DevelopmentEvent.PUT_ON_HOLD):
        _hold(case)
    assert (case.request.stage, case.request.held_from, case.ticket.status) == ("on_hold", place, status)
    with recorded(DevelopmentEvent.RESUMED):
        devflow.resume(request=case.request, by=cast.agent)
    assert (case.request.stage, case.request.held_from, case.ticket.status) == (place, "", status)


def test_holding_needs_a_reason_and_the_one_who_works_on_it(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    with not_possible("say why"):
        devflow.hold(request=case.request, reason=" ", by=cast.agent)
    for name in ("requester", "other_agent", "director", "auditor"):
        person = cast[name]
        with not_yours():
            devflow.hold(request=case.request, reason="Because.", by=person)


@pytest.mark.parametrize(
    ("stage", "kind"), [("built", "trial"), ("on_trial", "training"), ("signed", "production")]
)
def test_nothing_is_deployed_on_hold(cast: Cast, stage: str, kind: str) -> None:
    case = reach(cast, stage)
    _hold(case)
    with not_possible("on hold", rule="SOP-A2"):
        devflow.deploy(
            build=case.build, kind=kind, by=cast.it_manager if kind == "production" else cast.agent
        )  # type: ignore[arg-type]
    case.book(1)
    server = case.request.system.environments.get(kind=kind)
    person = cast.it_manager if kind == "production" else cast.agent
    with refused_by_postgres("SOP-A2"):
        Deployment.objects.create(build=case.build, environment=server, deployed_by=person)


def test_the_test_of_the_user_counts_also_while_on_hold(cast: Cast) -> None:
    case = reach(cast, "uat_submitted")
    _hold(case)
    case.signed()
    assert (case.request.stage, case.request.held_from) == ("on_hold", "ready")
    devflow.resume(request=case.request, by=cast.agent)
    case.done()
    assert case.ticket.status == "done"


def test_a_rejected_test_goes_on_from_trial(cast: Cast) -> None:
    case = reach(cast, "uat_submitted")
    _hold(case)
    case.decide(case.uat, "requester", outcome="refuse", reason="It prints nothing.")
    assert (case.request.held_from, case.ticket.status) == ("trial", "in_progress")
    devflow.resume(request=case.request, by=cast.agent)
    assert case.request.stage == "trial"


@pytest.mark.parametrize(
    "columns",
    [{"stage": "trial", "held_from": ""}, {"held_from": "ready"}, {"held_from": "trial"},
     {"stage": "cancelled", "held_from": ""}],
)  # fmt: skip
def test_postgres_remembers_where_it_stood(cast: Cast, columns: dict[str, str]) -> None:
    case = reach(cast, "planned")
    _hold(case)
    with refused_by_postgres("SOP-A"):
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(**columns)


def test_nobody_skips_a_stage_by_way_of_a_hold(cast: Cast) -> None:
    case = reach(cast, "on_training")
    with refused_by_postgres("SOP-A2"):
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(stage="on_hold", held_from="ready")


@pytest.mark.parametrize("is_held", [False, True])
def test_a_development_ends_with_its_request(cast: Cast, is_held: bool) -> None:
    case = reach(cast, "planned", hours=24)
    if is_held:
        _hold(case)
    tickets.cancel(ticket=case.ticket, by=cast.requester)
    assert (case.request.stage, case.brm.state) == ("cancelled", "withdrawn")
    refusal = why_not(case.request, "start", cast.agent)
    assert "not possible" in str(refusal)


# Taken back --------------------------------------------------------------------------------------------------------


def test_a_bad_build_is_taken_out_and_the_earlier_one_put_back(cast: Cast) -> None:
    earlier, case = reach(cast, "done"), reach(cast, "done")
    with recorded(DevelopmentEvent.ROLLED_BACK):
        devflow.roll_back(
            build=case.build, reason="It counts twice.", restore=earlier.build, by=cast.it_manager
        )
    request = case.request
    assert (request.stage, request.signed_build, case.ticket.status) == ("trial", None, "in_progress")
    assert (case.ticket.finished_at, case.build.reached) == (None, "rolled_back")
    rows = Deployment.objects.on_production(request.system_id)[:2]
    assert [(row.result, row.build_id) for row in rows] == [
        ("restored", earlier.build.pk), ("rolled_back", case.build.pk),
    ]  # fmt: skip
    assert earlier.request.stage == "done"
    case.built("1.1")
    for step in (case.on_trial, case.on_training, case.tested, case.uat_submitted, case.signed, case.done):
        step()
    assert case.ticket.status == "done"


def test_what_was_put_back_may_be_bad_as_well(cast: Cast) -> None:
    earlier, case = reach(cast, "done"), reach(cast, "done")
    with not_possible("does not run", rule="SOP-A6"):
        devflow.roll_back(build=earlier.build, reason="Bad.", by=cast.it_manager)
    devflow.roll_back(build=case.build, reason="Bad.", restore=earlier.build, by=cast.it_manager)
    devflow.roll_back(build=earlier.build, reason="Bad, too.", by=cast.it_manager)
    assert earlier.request.stage == "trial"
    with not_possible("not possible while"):
        devflow.roll_back(build=earlier.build, reason="Bad.", by=cast.it_manager)


def test_only_the_it_manager_takes_back_and_only_to_what_was_released(cast: Cast) -> None:
    case, other = reach(cast, "done"), reach(cast, "signed")
    for name in ("agent", "requester", "director", "db_manager"):
        person = cast[name]
        with not_yours():
            devflow.roll_back(build=case.build, reason="Bad.", by=person)
    with not_possible("released before", rule="SOP-A6"):
        devflow.roll_back(build=case.build, reason="Bad.", restore=other.build, by=cast.it_manager)
    with not_possible("what is wrong"):
        devflow.roll_back(build=case.build, reason=" ", by=cast.it_manager)


def test_postgres_keeps_what_was_taken_back_away(cast: Cast) -> None:
    """Neither opened again without it, nor signed or released again after it (SOP-A6)."""
    case, mine = reach(cast, "done"), {"deployed_by": cast.it_manager}
    server = case.request.system.environments.get(kind="production")
    with refused_by_postgres("SOP-A6"):
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(stage="trial", signed_build=None)
    with refused_by_postgres("SOP-A6"):
        Deployment.objects.create(
            build=case.build, environment=server, deployed_by=cast.agent, result="rolled_back"
        )
    with refused_by_postgres("SOP-A6"):
        Deployment.objects.create(build=case.build, environment=server, result="restored", **mine)
    devflow.roll_back(build=case.build, reason="Bad.", by=cast.it_manager)
    for result in ("succeeded", "restored", "rolled_back"):
        with refused_by_postgres("SOP-A6"):
            Deployment.objects.create(build=case.build, environment=server, result=result, **mine)
    with refused_by_postgres("SOP-A6"), transaction.atomic():
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(signed_build=case.build)


def test_page_and_api_take_back_as_well(cast: Cast, page: Any) -> None:
    earlier, case = reach(cast, "done"), reach(cast, "done")
    browser = page(cast.it_manager)
    address = f"/developments/builds/{case.build.pk}/roll-back/"
    assert "1.0" in browser.get(address).content.decode()
    answer = browser.post(address, {"reason": "It counts twice.", "restore": earlier.build.pk})
    assert answer.status_code == 302
    assert case.request.stage == "trial"
    sent = browser.post(
        f"/api/v1/builds/{earlier.build.pk}/roll-back/", {"reason": "Bad."}, "application/json"
    )
    assert (sent.status_code, sent.json()["result"]) == (201, "rolled_back")
