# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Work on hold, withdrawn, and taken back out of Production."""

from typing import Any

import pytest
from django.db import transaction

from accounts import actions as accounts
from approvals.models import Approval
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import DevelopmentEvent
from devflow.models import Deployment, DevelopmentRequest
from events.models import Event
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import Case, reach
from tickets import actions as tickets
from tickets.enums import TicketEvent


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


# Begun work that the IT Manager ends -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["started", "on_trial", "on_training", "uat_submitted", "signed"])
def test_the_manager_ends_begun_work_and_everybody_reads_why(cast: Cast, stage: str) -> None:
    case = reach(cast, stage)
    case.book(2)
    devflow.end(request=case.request, reason="Bought instead.", by=cast.it_manager)
    assert (case.request.stage, case.ticket.status, case.request.ended_by) == (
        "cancelled",
        "cancelled",
        cast.it_manager,
    )
    assert (case.request.booked_hours, case.request.own_effort) == (2, 2)
    assert not Approval.objects.in_case(case.ticket).unfinished().exists()
    deliver()
    told = Notification.objects.filter(event__type=TicketEvent.ENDED)
    assert {cast.requester.pk, cast.agent.pk} <= set(told.values_list("person", flat=True))
    for verb in ("hold", "end", "register_build", "book_hours"):
        assert why_not(case.request, verb, cast.it_manager) is not None


def test_ended_from_hold_and_never_before_it_began(cast: Cast) -> None:
    waiting, held = reach(cast, "planned"), reach(cast, "on_trial")
    with not_possible("not possible while"):
        devflow.end(request=waiting.request, reason="No.", by=cast.it_manager)
    _hold(waiting)
    tickets.cancel(ticket=waiting.ticket, by=cast.requester)
    assert waiting.request.stage == "cancelled"
    _hold(held)
    devflow.end(request=held.request, reason="The vendor never answered.", by=cast.it_manager)
    assert (held.request.stage, held.request.held_from, held.request.hold_reason) == ("cancelled", "", "")


def test_ending_needs_a_reason_and_the_it_manager(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    with not_possible("say why"):
        devflow.end(request=case.request, reason=" ", by=cast.it_manager)
    for name in ("agent", "requester", "director", "auditor", "foreign_it_manager"):
        person = cast[name]
        with not_yours():
            devflow.end(request=case.request, reason="Because.", by=person)


def test_what_is_ended_says_what_it_leaves_on_servers(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_training")
    accounts.set_preferences(user=cast.it_manager, language="en")
    browser = page(cast.it_manager)
    form = browser.get(f"/developments/{case.request.pk}/end/").content.decode()
    for server in ("Trial", "Training"):
        assert f"Build 1.0 stays on {server} until another one is deployed there." in form
    answer = browser.post(f"/developments/{case.request.pk}/end/", {"reason": "Bought instead."})
    assert answer.status_code == 302
    left = [
        e.facts["environment"]
        for e in Event.objects.filter(type=DevelopmentEvent.LEFT_RUNNING).order_by("seq")
    ]
    assert left == ["trial", "training"]
    panel = page(cast.requester).get(f"/developments/of/{case.pk}/").content.decode()
    assert "Bought instead." in panel
    system = browser.get(case.request.system.get_absolute_url()).content.decode()
    assert system.count("its request has ended") == 2
    other = reach(cast, "on_trial")
    assert other.build.reached == "trial"
    assert (
        browser.get(case.request.system.get_absolute_url()).content.decode().count("its request has ended")
        == 1
    )


def test_nothing_untested_stays_in_production(cast: Cast) -> None:
    case = reach(cast, "on_training")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    case.agree("it_manager", "db_manager")
    case.done()
    with not_possible("runs in Production", rule="SOP-A6"):
        devflow.end(request=case.request, reason="No more.", by=cast.it_manager)
    devflow.roll_back(build=case.build, reason="It pays twice.", by=cast.it_manager)
    with not_possible("not reviewed yet", rule="SOP-A6"):
        devflow.end(request=case.request, reason="No more.", by=cast.it_manager)
    devflow.review_emergency(build=case.build, review="We tested too little.", by=cast.it_manager)
    devflow.end(request=case.request, reason="No more.", by=cast.it_manager)
    assert case.ticket.status == "cancelled"


def test_the_api_ends_work_as_the_page_does(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_trial")
    address = f"/api/v1/developments/{case.request.pk}/end/"
    assert page(cast.agent).post(address, {"reason": "x"}, "application/json").status_code == 403
    said = page(cast.it_manager).post(address, {"reason": "Bought instead."}, "application/json").json()
    assert (said["stage"], said["end_reason"], said["ticket"]["status"]) == (
        "cancelled",
        "Bought instead.",
        "cancelled",
    )
