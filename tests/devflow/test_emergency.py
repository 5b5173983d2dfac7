# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The emergency path: to Production before the UAT, by the word of two, with a debt that is paid within days (SOP-A6)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import actions as accounts
from accounts.enums import Role
from accounts.models import office_date
from clocks.working_time import Hours, day_after
from core.errors import NotPossible
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import RISKS, DevelopmentEvent, EnvironmentKind
from devflow.models import Deployment, DevelopmentRequest, EmergencyFix
from notifications.models import Notification
from tests.cast import PASSWORD, Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import Case, aged, reach


def _asked(cast: Cast, stage: str = "on_training") -> Case:
    case = reach(cast, stage)
    devflow.ask_emergency(build=case.build, reason="Salaries are paid today.", by=cast.agent)
    return case


def _agreed(cast: Cast) -> Case:
    case = _asked(cast)
    case.agree("it_manager", "db_manager")
    return case


def _released(cast: Cast) -> Case:
    case = _agreed(cast)
    case.done()
    return case


def test_the_board_lets_an_agreed_build_go_as_its_page_does(cast: Cast, page: Any) -> None:
    case = _asked(cast)
    move = {"move": f"{case.request.pk}:deploy"}
    asked = {"Accept": "application/json"}
    refused = page(cast.it_manager).post("/developments/board/", move, headers=asked)
    assert (refused.status_code, refused.json()["refused"][:6]) == (409, "SOP-A6")
    case.agree("it_manager", "db_manager")
    answer = page(cast.it_manager).post("/developments/board/", move, headers=asked)
    assert (answer.status_code, answer.json()["refused"]) == (200, "")
    assert answer.json()["go"] == f"/developments/builds/{case.build.pk}/production/"


def _say(case: Case, person: Any, *, secret: str = PASSWORD, shown: str = "") -> EmergencyFix:
    return devflow.prove_and_agree(
        build=case.build, by=person, given=devflow.Given(secret), shown_hash=shown or case.build.emergency.content_hash
    )  # fmt: skip


def _review(case: Case) -> None:
    devflow.review_emergency(
        build=case.build, review="The rate was read twice; a test now counts it.", by=case.cast.it_manager
    )


def test_two_agree_and_the_build_is_released_before_its_test(cast: Cast) -> None:
    case = _asked(cast)
    with not_possible("whose UAT was signed", rule="SOP-A6"):
        case.done()
    with recorded(DevelopmentEvent.EMERGENCY_AGREED):
        case.agree("it_manager")
    with not_possible(rule="SOP-A6"):
        case.done()
    case.agree("director")
    with recorded(DevelopmentEvent.DEPLOYED, DevelopmentEvent.EMERGENCY_RELEASED):
        case.done()
    assert (case.ticket.status, case.request.stage, case.build.reached) == (
        "user_testing",
        "training",
        "production",
    )
    assert case.build.emergency.due_date == day_after(office_date(), 5, None)


@pytest.mark.parametrize("review_first", [True, False])
def test_it_is_done_when_signed_and_reviewed_in_either_order(cast: Cast, review_first: bool) -> None:
    case = _released(cast)
    steps = [
        lambda: _review(case),
        lambda: [step() for step in (case.tested, case.uat_submitted, case.signed)],
    ]
    first, second = steps if review_first else reversed(steps)
    first()
    assert case.ticket.status == "user_testing"
    second()
    assert (case.ticket.status, case.request.stage) == ("done", "done")
    assert case.build.emergency.settled_at is not None


def test_a_rejected_test_leaves_the_debt_until_another_build_is_done(cast: Cast) -> None:
    case = _released(cast)
    bad = case.build
    case.tested(result="failed")
    case.uat_submitted()
    case.decide(case.uat, "requester", outcome="refuse", reason="It prints nothing.")
    case.built("1.1")
    for step in (case.on_trial, case.on_training, case.tested, case.uat_submitted, case.signed):
        step()
    with not_possible("not reviewed yet", rule="SOP-A6"):
        case.done()
    devflow.review_emergency(build=bad, review="We tested too little.", by=cast.it_manager)
    case.done()
    assert EmergencyFix.objects.get().settled_at is not None


def test_what_was_taken_back_needs_its_review_only(cast: Cast) -> None:
    case = _released(cast)
    devflow.roll_back(build=case.build, reason="It pays twice.", by=cast.it_manager)
    assert case.request.stage == "trial"
    _review(case)
    assert case.build.emergency.settled_at is not None


def test_never_the_same_person_and_never_who_built_it(cast: Cast) -> None:
    accounts.grant_role(user=cast.it_manager, role=Role.DB_MANAGER, by=cast.administrator)
    accounts.grant_role(user=cast.agent, role=Role.DIRECTOR, by=cast.administrator)
    cast.again("it_manager"), cast.again("agent")
    case = _asked(cast)
    case.agree("it_manager")
    for name in ("it_manager", "agent", "requester", "auditor", "board", "foreign_director"):
        person = cast[name]
        with not_yours():
            _say(case, person)


def test_what_was_not_on_training_cannot_ask(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    with not_possible("not possible while"):
        devflow.ask_emergency(build=case.build, reason="Now.", by=cast.agent)
    asked = _asked(cast)
    with not_possible("asked for this build already"):
        devflow.ask_emergency(build=asked.build, reason="Again.", by=cast.agent)
    with not_possible("say why"):
        devflow.ask_emergency(build=reach(cast, "on_training").build, reason=" ", by=cast.agent)


def test_hours_beyond_approval_hold_an_emergency_as_well(cast: Cast) -> None:
    case = _agreed(cast)
    case.book(21)
    with not_possible(rule="SOP-A5"):
        case.done()


def test_postgres_keeps_the_word_of_two(cast: Cast) -> None:
    case, now = _asked(cast), timezone.now()
    fix, server = (
        EmergencyFix.objects.filter(build=case.build),
        case.request.system.environments.get(kind="production"),
    )
    shown = case.build.emergency.content_hash
    both = {"manager_agreed_at": now, "second_agreed_at": now, "manager_hash": shown, "second_hash": shown}
    cast.proof("it_manager", shown)
    attacks: list[dict[str, Any]] = [
        {"manager": cast.it_manager, "second": cast.it_manager, **both},
        {"manager": cast.agent, "second": cast.db_manager, **both},
        {"manager": cast.db_manager, "second": cast.director, **both},
        # by those who may, but without their proof
        {"manager": cast.it_manager, "second": cast.db_manager, **both},
        # over something else, or for longer than a day
        {"manager": cast.it_manager, "manager_agreed_at": now, "manager_hash": "0" * 64},
        {"manager": cast.it_manager, "manager_agreed_at": now + timedelta(days=9), "manager_hash": shown},
        {"reason": "Another one."},
        {"review": "Fine.", "reviewed_by": cast.agent, "reviewed_at": now},
        {"settled_at": now},
    ]
    for columns in attacks:
        with refused_by_postgres("SOP-A6"):
            fix.update(**columns)
    with refused_by_postgres("SOP-A6"):
        Deployment.objects.create(build=case.build, environment=server, deployed_by=cast.it_manager)
    with refused_by_postgres("SOP-A6"):
        EmergencyFix.objects.create(build=reach(cast, "built").build, reason="x", asked_by=cast.agent)


def test_postgres_lets_nothing_be_done_before_its_review(cast: Cast) -> None:
    case = _released(cast)
    for step in (case.tested, case.uat_submitted, case.signed):
        step()
    assert (case.request.stage, case.ticket.status) == ("ready", "user_testing")
    with refused_by_postgres("SOP-A6"):
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(stage="done")
    with refused_by_postgres("SOP-A6"):
        EmergencyFix.objects.update(settled_at=timezone.now())


def test_the_word_needs_a_fresh_proof_over_what_was_read(cast: Cast, page: Any) -> None:
    case = _asked(cast)
    with pytest.raises(NotPossible, match="password is wrong"):
        _say(case, cast.it_manager, secret="guessed")
    with not_possible("not the one you saw", rule="SOP-A6"):
        _say(case, cast.it_manager, shown="0" * 64)
    shown = case.build.emergency.content_hash
    elsewhere = cast.proof("it_manager", "0" * 64)
    for proof in (elsewhere, cast.proof("db_manager", shown)):
        with not_possible("confirm again", rule="SOP-A6"):
            devflow.agree_emergency(build=case.build, by=cast.it_manager, proof=proof, shown_hash=shown)
    address = f"/developments/builds/{case.build.pk}/agree/"
    browser = page(cast.it_manager)
    assert "The build before it is put back." in browser.get(address).content.decode()
    typed = {"shown": shown, "password": "guessed"}
    assert browser.post(address, typed).status_code == 409
    assert case.build.emergency.manager is None
    assert browser.post(address, typed | {"password": PASSWORD}).status_code == 302
    fix = case.build.emergency
    assert (fix.manager, fix.manager_hash, fix.manager_proof["factor"]) == (
        cast.it_manager,
        shown,
        "password",
    )


def test_a_word_counts_for_a_day_and_may_be_given_again(cast: Cast, page: Any) -> None:
    case = _agreed(cast)
    with refused_by_postgres("SOP-A6"):
        EmergencyFix.objects.update(manager=None, manager_agreed_at=None)
    aged(case, "manager")
    fix = case.build.emergency
    assert (fix.was_agreed, fix.is_agreed) == (True, False)
    with not_possible("counts for 24 hours", rule="SOP-A6"):
        case.done()
    assert "tone-brass" in page(cast.it_manager).get(f"/developments/of/{case.pk}/").content.decode()
    assert f"/builds/{case.build.pk}/agree/" in page(cast.it_manager).get("/").content.decode()
    with not_yours():
        _say(case, cast.db_manager)
    case.agree("it_manager")
    case.done()
    assert case.build.reached == "production"


def test_words_lapse_when_risks_or_the_way_back_change(cast: Cast) -> None:
    case = _agreed(cast)
    with recorded(DevelopmentEvent.PREPARED, DevelopmentEvent.EMERGENCY_LAPSED):
        devflow.prepare(
            request=case.request, risks=dict.fromkeys(case.request.questions, True), rollback_plan="By hand.", by=cast.agent
        )  # fmt: skip
    deliver()
    fix = case.build.emergency
    assert (fix.manager, fix.second) == (None, None)
    asked = Notification.objects.filter(event__type=DevelopmentEvent.EMERGENCY_LAPSED).values_list(
        "person", flat=True
    )
    assert {cast.it_manager.pk, cast.db_manager.pk} <= set(asked)
    with not_possible(rule="SOP-A6"):
        case.done()
    case.agree("it_manager", "director")
    case.done()


def test_python_and_postgres_read_the_same_content(cast: Cast) -> None:
    """The gate compares with what PostgreSQL counts itself: letters of any script, lines, separators."""
    case = reach(cast, "on_training")
    case.built("2.0|7:ä")
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(
        rollback_plan="Zurück\r\n→ 1:2 \U0001f680", risks={name: name == "money" for name in RISKS}
    )
    case.on_trial()
    case.on_training()
    devflow.ask_emergency(build=case.build, reason="Gaji 'hari ini'\n3:x", by=cast.agent)
    case.agree("it_manager", "db_manager")
    assert case.build.emergency.is_agreed


def test_an_emergency_is_asked_for_with_a_way_back(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_training")
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(rollback_plan="", risks={})
    with not_possible("roll-back plan first", rule="SOP-B4.5"):
        devflow.ask_emergency(build=case.build, reason="Now.", by=cast.agent)
    assert "SOP-B4.5" in page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()


def test_a_director_needs_more_than_a_password_where_signing_does(
    cast: Cast, page: Any, settings: Any
) -> None:
    settings.SIGNING_FACTOR_REQUIRED = True
    case = _asked(cast)
    with pytest.raises(NotPossible, match="passkey or an authenticator app"):
        _say(case, cast.director)
    shown = case.build.emergency.content_hash
    with not_possible("confirm again", rule="SOP-A6"):
        devflow.agree_emergency(
            build=case.build, by=cast.director, proof=cast.proof("director", shown), shown_hash=shown
        )  # fmt: skip
    assert (
        "?next=/developments/builds/"
        in page(cast.director).get(f"/developments/builds/{case.build.pk}/agree/").content.decode()
    )
    _say(case, cast.it_manager)


def test_put_there_once_more_it_owes_no_later(cast: Cast) -> None:
    case = _released(cast)
    due = case.build.emergency.due_date
    with Clock() as clock:
        clock.forward(hours=23)
        devflow.deploy(build=case.build, kind=EnvironmentKind.PRODUCTION, by=cast.it_manager)
    assert EmergencyFix.objects.get(build=case.build).due_date == due


def test_overdue_is_said_once_and_shown(cast: Cast, page: Any) -> None:
    case = _released(cast)
    due = case.build.emergency.due_date
    assert devflow.look_after(today=due) == 0
    late = due + timedelta(days=1)
    with recorded(DevelopmentEvent.EMERGENCY_OVERDUE):
        assert (devflow.look_after(today=late), devflow.look_after(today=late)) == (1, 0)
    deliver()
    assert Notification.objects.filter(
        person=cast.it_manager, event__type=DevelopmentEvent.EMERGENCY_OVERDUE
    ).exists()
    for address in ("/", "/developments/emergencies/"):
        assert case.ticket.number in page(cast.it_manager).get(address).content.decode()
    assert (
        "Salaries are paid today."
        in page(cast.it_manager).get(f"/developments/of/{case.pk}/").content.decode()
    )


def test_a_director_reads_the_reason_and_agrees_without_seeing_the_request(cast: Cast, page: Any) -> None:
    case = _asked(cast)
    deliver()
    browser = page(cast.director)
    address = f"/developments/builds/{case.build.pk}/agree/"
    assert address in browser.get("/").content.decode()
    assert Notification.objects.filter(person=cast.director, path=address).exists()
    assert "Salaries are paid today." in browser.get(address).content.decode()
    assert browser.post(address).status_code == 422
    typed = {"shown": case.build.emergency.content_hash, "password": PASSWORD}
    assert browser.post(address, typed).status_code == 302
    assert case.build.emergency.second == cast.director
    assert browser.get(f"/requests/{case.pk}/").status_code == 404
    assert browser.get("/developments/emergencies/").status_code == 200


def test_the_api_has_the_whole_path(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_training")
    root = f"/api/v1/builds/{case.build.pk}"
    calls = [
        ("agent", "emergency", {"reason": "Now."}),
        ("it_manager", "agree", {"secret": PASSWORD}),
        ("db_manager", "agree", {"secret": PASSWORD}),
    ]
    for name, verb, body in calls:
        if verb == "agree":
            body["shown_hash"] = page(cast[name]).get(f"{root}/").json()["emergency"]["content_hash"]
        assert page(cast[name]).post(f"{root}/{verb}/", body, "application/json").status_code == 200
    case.done()
    said = page(cast.it_manager).post(f"{root}/review/", {"review": "Fine now."}, "application/json").json()
    assert said["emergency"]["reviewed_by"]["name"] == cast.it_manager.name
    assert why_not(case.build, "review_emergency", cast.it_manager) is not None


OFFICE = Hours.of(
    {str(day): [["08:00", "17:00"]] for day in range(5)}, [{"date": "2026-08-17", "name": "Merdeka"}]
)


@pytest.mark.parametrize(
    ("start", "days", "hours", "end"),
    [
        (date(2026, 8, 12), 5, None, date(2026, 8, 19)),
        (date(2026, 8, 12), 5, OFFICE, date(2026, 8, 20)),
        (date(2026, 8, 15), 1, OFFICE, date(2026, 8, 18)),
        (date(2026, 8, 14), 0, OFFICE, date(2026, 8, 14)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(
    start: date, days: int, hours: Hours | None, end: date
) -> None:
    assert day_after(start, days, hours) == end
