"""Development: the arithmetic of SOP-A5, builds, servers, and what a rejected test undoes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from approvals import actions as approvals
from approvals.models import Approval
from clocks.models import Clock
from core.errors import PermissionDenied
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import DevelopmentEvent
from devflow.models import Environment
from events.models import Event
from tests.cast import PEOPLE, Cast
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import reach
from tickets import actions as tickets


@pytest.mark.parametrize(
    ("estimate", "booked", "held"),
    [
        ("20", "0", False),
        ("20.01", "0", True),
        ("8", "20", False),
        ("8", "20.25", True),
        ("20", "20", False),
        ("0", "0", False),
    ],
)
def test_more_than_twenty_hours_is_more_than_twenty(
    cast: Cast, estimate: str, booked: str, held: bool
) -> None:
    case = reach(cast, "planned", hours=Decimal(estimate))
    left = Decimal(booked)
    while left > 0:
        case.book(min(left, Decimal(20)))
        left -= Decimal(20)
    assert case.request.needs_brm is held
    refusal = why_not(case.request, "start", cast.agent)
    assert getattr(refusal, "rule", "") == ("SOP-A5" if held else "")


def test_an_estimate_that_grows_opens_the_brm_once(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    for hours in (30, 40):
        tickets.estimate(ticket=case.ticket, hours=Decimal(hours), reason="More.", by=cast.agent)
        deliver()
    assert Event.objects.about(case.ticket).filter(type=DevelopmentEvent.HELD).count() == 1
    assert case.brm.is_draft


def test_a_form_that_asks_for_too_little_is_followed_by_another(cast: Cast) -> None:
    """Five hours approved for a work of 24: still held, and it says whose turn it is (SOP-A5)."""
    case = reach(cast, "brm_written", hours=24)
    approvals.save_draft(
        approval=case.brm, content={"estimate_hours": "5"}, version=case.brm.version, by=cast.requester
    )
    for step in (case.brm_submitted, case.director_signed, case.brm_approved):
        step()
    assert case.request.needs_brm
    again = Approval.objects.about(case.request).unfinished().get()
    assert (again.is_draft, again.content["estimate_hours"]) == (True, "24")
    assert again.requested_by not in (cast.director, cast.board)  # they decide on it, too


@pytest.mark.parametrize("by", ["requester", "it_manager"])
def test_nobody_decides_on_what_was_cancelled(cast: Cast, by: str) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    form = case.brm
    tickets.cancel(ticket=case.ticket, by=cast[by])
    form = Approval.objects.get(pk=form.pk)
    assert (form.state, form.waits_for) == ("withdrawn", "")
    assert not Clock.objects.filter(promise="board", state="running").exists()


def test_approval_reaches_as_far_as_it_says(cast: Cast) -> None:
    case = reach(cast, "started", hours=24)
    tickets.estimate(ticket=case.ticket, hours=Decimal(25), reason="More.", by=cast.agent)
    assert case.request.needs_brm
    with not_possible(rule="SOP-A5"):
        case.built()


@pytest.mark.parametrize(("hours", "days"), [("0", 0), ("-1", 0), ("24.25", 0), ("1", 1)])
def test_hours_fit_into_a_day_that_was(cast: Cast, hours: str, days: int) -> None:
    case, day = reach(cast, "started"), timezone.localdate() + timedelta(days=days)
    with not_possible():
        devflow.book_hours(request=case.request, hours=Decimal(hours), day=day, note="x", by=cast.agent)


def test_a_version_is_used_once(cast: Cast) -> None:
    case = reach(cast, "built")
    for version in ("1.0", " 1.0 ", ""):
        with not_possible("not used before"):
            case.built(version)


def test_a_rejected_test_sends_the_work_back(cast: Cast) -> None:
    case = reach(cast, "uat_submitted")
    case.decide(case.uat, "requester", outcome="refuse", reason="It prints nothing.")
    assert (case.request.stage, case.ticket.status, case.request.signed_build) == (
        "trial",
        "in_progress",
        None,
    )


def test_a_new_build_makes_the_signature_worthless(cast: Cast) -> None:
    case = reach(cast, "signed")
    case.built("1.1")
    with recorded(DevelopmentEvent.DEPLOYED, DevelopmentEvent.BACK_TO_TRIAL):
        case.on_trial()
    assert (case.request.stage, case.request.signed_build) == ("trial", None)
    signed = case.build_of("1.0")
    with not_possible(rule="SOP-A6"):
        devflow.deploy(build=signed, kind="production", by=cast.it_manager)  # type: ignore[arg-type]


def test_a_uat_is_signed_for_what_is_on_training(cast: Cast, page: Any) -> None:
    """The build of another request was put there meanwhile: whoever signed would have tested that one."""
    case, other = reach(cast, "uat_submitted"), reach(cast, "on_training")
    with not_possible("build 1.0 of another request runs there", rule="SOP-A2"):
        case.decide(case.uat, "requester")
    shown = page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()
    assert "tidak lagi ada di Training" in shown
    shown = page(cast.agent).get(f"/developments/of/{other.pk}/").content.decode()
    assert "tidak lagi ada di Training" not in shown
    case.decide(
        case.uat, "requester", outcome="refuse", reason="Another version."
    )  # a refusal sends it back as ever
    for step in (case.on_trial, case.on_training, case.tested, case.uat_submitted, case.signed):
        step()
    assert case.request.stage == "ready"


def test_only_what_is_on_trial_goes_to_training(cast: Cast, page: Any) -> None:
    """The page names what runs there instead, and leads back there."""
    case, other = reach(cast, "on_trial"), reach(cast, "on_trial")
    with not_possible("build 1.0 of another request runs there", rule="SOP-A2"):
        case.on_training()
    shown = page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()
    assert "tidak lagi ada di Trial: di sana berjalan build 1.0 dari permintaan lain" in shown
    assert f"/builds/{case.build.pk}/trial/" in shown
    assert f"/builds/{case.build.pk}/training/" not in shown
    shown = page(cast.agent).get(f"/developments/of/{other.pk}/").content.decode()
    assert "tidak lagi ada di Trial" not in shown
    for step in (case.on_trial, case.on_training):
        step()
    assert case.request.stage == "training"


def test_a_newer_build_on_trial_keeps_the_older_one_from_training(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    case.built("1.1")
    older = case.build_of("1.0")
    devflow.deploy(build=older, kind="training", by=cast.agent)  # type: ignore[arg-type]
    case.on_trial()
    with not_possible("Trial any more: build 1.1 runs there", rule="SOP-A2"):
        devflow.deploy(build=older, kind="training", by=cast.agent)  # type: ignore[arg-type]


def test_what_another_pushed_off_training_is_tested_again_from_trial_on(cast: Cast, page: Any) -> None:
    """Not while its own test goes on, and never once it is signed: nobody loses a test by repeating a deployment."""
    case = reach(cast, "on_training")
    with not_possible("test of this build goes on"):
        case.on_trial()
    reach(cast, "on_training")
    shown = page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()
    assert f"/builds/{case.build.pk}/trial/" in shown
    case.on_trial()
    assert (case.build.reached, case.request.stage) == ("training", "trial")
    shown = page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()
    assert f"/builds/{case.build.pk}/training/" in shown
    for step in (case.on_training, case.tested, case.uat_submitted, case.signed):
        step()
    reach(cast, "on_training")
    with not_possible("UAT is signed"):
        case.on_trial()
    case.done()


def test_a_build_that_gave_way_to_the_next_is_not_said_to_be_missing(cast: Cast, page: Any) -> None:
    """The UAT of the first one was withdrawn; nobody waits for it."""
    case = reach(cast, "on_training")
    case.built("1.1")
    case.on_trial()
    case.on_training()
    assert case.build_of("1.0").reached == "training"
    shown = page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()
    assert "tidak lagi ada di Training" not in shown


def test_what_runs_in_production_is_tested_there(cast: Cast) -> None:
    """An emergency fix is released; its users sign where it runs, whatever is on Training by then."""
    case = reach(cast, "on_training")
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    case.agree("it_manager", "db_manager")
    case.done()
    reach(cast, "on_training")
    for step in (case.tested, case.uat_submitted, case.signed):
        step()
    assert case.request.signed_build == case.build


def test_a_failed_deployment_moves_nothing(cast: Cast) -> None:
    case = reach(cast, "built")
    with recorded(DevelopmentEvent.DEPLOYMENT_FAILED):
        devflow.deploy(build=case.build, kind="trial", by=cast.agent, result="failed", notes="Disk")  # type: ignore[arg-type]
    assert case.build.reached == "registered"
    with not_possible(rule="SOP-A2"):
        devflow.deploy(build=case.build, kind="training", by=cast.agent)  # type: ignore[arg-type]


def test_a_system_without_that_server_says_who_can_mend_it(cast: Cast) -> None:
    case = reach(cast, "built")
    Environment.objects.filter(kind="trial").delete()
    with not_possible("administrator can add", rule="SOP-A2"):
        devflow.deploy(build=case.build, kind="trial", by=cast.agent)  # type: ignore[arg-type]


def test_what_is_done_is_not_deployed_again(cast: Cast) -> None:
    case = reach(cast, "done")
    for kind in ("trial", "training", "production"):
        with not_possible():
            devflow.deploy(build=case.build, kind=kind, by=cast.it_manager)  # type: ignore[arg-type]


def test_only_the_tester_writes_results(cast: Cast) -> None:
    case = reach(cast, "on_training")
    for name in ("colleague", "it_manager", "branch_head", "agent"):
        person = cast[name]
        with not_yours():
            approvals.record_results(approval=case.uat, results=[("passed", "")] * 2, by=person)


WORKERS = {"agent", "it_manager"}
WHO = {
    "plan": WORKERS,
    "start": WORKERS,
    "register_build": WORKERS,
    "open_brm": WORKERS | {"requester"},
    "book_hours": WORKERS | {"other_agent", "db_manager"},
}


@pytest.mark.parametrize("move", WHO)
def test_who(cast: Cast, move: str) -> None:
    cast.everybody()
    request = reach(cast, "planned").request
    may = {name for name in PEOPLE if not isinstance(why_not(request, move, cast[name]), PermissionDenied)}
    assert may == WHO[move]


@pytest.mark.parametrize("result", ["succeeded", "failed"])
def test_nothing_is_deployed_for_a_request_that_has_ended(cast: Cast, result: str) -> None:
    """The gate says so beforehand, and a deployment that failed is no way round it."""
    case = reach(cast, "signed")
    case.built("1.1")
    devflow.deploy(build=case.build_of("1.0"), kind="production", by=cast.it_manager)  # type: ignore[arg-type]
    left = case.build_of("1.1")
    refusal = why_not(left, "to_trial", cast.agent)
    with not_possible():
        devflow.deploy(build=left, kind="trial", result=result, by=cast.agent)  # type: ignore[arg-type]
    assert "has ended" in str(refusal)


def test_hours_read_as_their_reader_writes_them(cast: Cast) -> None:
    case = reach(cast, "accepted", hours=24)
    tickets.estimate(ticket=case.ticket, hours=Decimal("30.5"), reason="Two reports more", by=cast.agent)
    told = Event.objects.about(case.ticket).filter(type="ticket.estimated").order_by("-seq")[0]
    with translation.override("id"):
        assert "30,5 jam" in told.sentence
    with translation.override("en"):
        assert "30.5 hours" in told.sentence
