"""Others on the same system: said before planning and before deploying, and never a refusal."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.api.client import Program
from tests.cast import Cast
from tests.stages import Case, plain, reach
from tickets import actions as tickets


def test_deploying_where_somebody_tests_is_said_before(cast: Cast, page: Any) -> None:
    tested, mine = reach(cast, "on_training"), reach(cast, "on_trial")
    browser, address = page(cast.agent), f"/developments/builds/{mine.build.pk}/training/"
    assert tested.ticket.number in browser.get(address).content.decode()
    mine.on_training()  # it forbids nothing
    assert mine.build.reached == "training"


def test_plans_that_meet_are_said_before_deploying_and_over_the_api(cast: Cast) -> None:
    other, mine, today = reach(cast, "started"), reach(cast, "signed"), timezone.localdate()
    for case, first, last in ((other, 2, 9), (mine, 9, 12)):
        tickets.plan(
            ticket=case.ticket,
            start_date=today + timedelta(days=first),
            finish_date=today + timedelta(days=last),
            by=cast.agent,
        )
    said = Program(cast.agent).get(f"developments/{mine.request.pk}/")["conflicts"]
    assert len(said) == 1
    assert other.ticket.number in said[0]
    tickets.plan(
        ticket=mine.ticket,
        start_date=today + timedelta(days=10),
        finish_date=today + timedelta(days=12),
        by=cast.agent,
    )
    assert Program(cast.agent).get(f"developments/{mine.request.pk}/")["conflicts"] == []


def test_a_request_of_another_branch_is_not_named(cast: Cast) -> None:
    hidden, mine = reach(cast, "on_training"), Case(cast)
    mine.requester, mine.assignee = "outsider", "foreign_agent"
    for step in ("opened", "accepted", "planned", "started", "built", "on_trial"):
        getattr(mine, step)()
    said = Program(cast.foreign_agent).get(f"developments/{mine.request.pk}/")["conflicts"]
    assert said == ["another request is being tested on Training by its users."]
    seen = Program(cast.it_manager).get(f"developments/{mine.request.pk}/")["conflicts"]
    assert hidden.ticket.number in seen[0]


def test_before_a_system_is_chosen_one_sees_which_are_busy(cast: Cast, page: Any) -> None:
    reach(cast, "on_training")
    mine = reach(cast, "accepted")
    shown = page(cast.agent).get(f"/developments/{mine.request.pk}/plan/").content.decode()
    assert "HRIS: 1" in shown


def test_the_days_of_others_are_said_before_days_are_planned(cast: Cast, page: Any) -> None:
    mine, other, past = (reach(cast, "planned") for _n in range(3))
    today = timezone.localdate()
    for case, first, last in ((other, 1, 4), (past, 0, 0)):
        tickets.plan(
            ticket=case.ticket, start_date=today + timedelta(days=first), finish_date=today + timedelta(days=last),
            by=cast.it_manager,
        )  # fmt: skip
    shown = page(cast.agent).get(f"/requests/{mine.pk}/plan/").content.decode()
    assert f"{other.ticket.number} direncanakan di HRIS dari" in shown
    tickets.plan(ticket=mine.ticket, start_date=today, finish_date=today, by=cast.agent)  # it forbids nothing
    unsystematic, repair = reach(cast, "accepted"), plain(cast, "accepted")
    for case in (unsystematic, repair):
        assert other.ticket.number not in page(cast.agent).get(f"/requests/{case.pk}/plan/").content.decode()
