"""What happens while nobody decides: reminders, time-outs and the letter of the day; each exactly once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from approvals import actions as approvals
from approvals.enums import ApprovalEvent, Kind
from approvals.models import Approval, Step
from events.models import Event
from notifications.models import Notification
from tests.approvals.policies import policy, step
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, reach


def _waiting_since(cast: Cast, hours: int) -> Case:
    with Clock(datetime.now(UTC) - timedelta(hours=hours)):
        return reach(cast, "brm_submitted", hours=24)


def test_a_reminder_comes_after_its_hours_and_then_again(cast: Cast, clock: Clock) -> None:
    policy(cast, step("director"), remind_after_hours=24, remind_every_hours=12)
    case = reach(cast, "brm_submitted", hours=24)
    clock.forward(hours=23, minutes=59)
    assert approvals.look_after() == 0
    clock.forward(minutes=1)
    with recorded(ApprovalEvent.REMINDED):
        approvals.look_after()
        approvals.look_after()
    clock.forward(hours=40)  # nobody looked for a long time: one reminder, not three
    with recorded(ApprovalEvent.REMINDED):
        approvals.look_after()
    deliver()
    told = Notification.objects.filter(event__type=ApprovalEvent.REMINDED, person=cast.director)
    assert told.count() == 2
    case.director_signed()
    clock.forward(hours=40)
    assert approvals.look_after() == 0


def test_a_time_out_refuses_where_the_policy_says_so(cast: Cast, clock: Clock) -> None:
    policy(cast, step("director"), time_out_hours=48, on_time_out="refuse")
    case = reach(cast, "brm_submitted", hours=24)
    clock.forward(hours=48)
    approvals.look_after()
    assert Event.objects.get(type=ApprovalEvent.TIMED_OUT).facts["follows"] == "refuse"
    assert (case.brm.state, case.request.needs_brm) == ("refused", True)
    assert approvals.look_after() == 0


def test_a_time_out_that_says_nothing_changes_nothing(cast: Cast, clock: Clock) -> None:
    policy(cast, step("director"), time_out_hours=48)
    case = reach(cast, "brm_submitted", hours=24)
    clock.forward(hours=49)
    with recorded(ApprovalEvent.TIMED_OUT):
        approvals.look_after()
        approvals.look_after()
    case.director_signed()
    assert case.brm.state == "approved"


def test_a_time_out_lets_another_role_decide_as_well(cast: Cast) -> None:
    policy(cast, step("director"), time_out_hours=24, on_time_out="escalate", escalate_to="bod")
    early = _waiting_since(cast, 1)
    with not_yours():
        approvals.ask(approval=early.brm, text="Why?", by=cast.board)
    late = _waiting_since(cast, 25)
    approvals.look_after()
    deliver()
    assert late.brm.waiting_roles == ["director", "bod"]
    assert Notification.objects.filter(event__type=ApprovalEvent.TIMED_OUT, person=cast.board).exists()
    late.decide(late.brm, "board")
    assert late.brm.state == "approved"


def test_postgres_knows_when_the_time_has_run_out(cast: Cast) -> None:
    """Whoever writes the role into the form before its time still is not asked (SOP-A5)."""
    policy(cast, step("director"), time_out_hours=24, on_time_out="escalate", escalate_to="bod")
    case = _waiting_since(cast, 23)
    Approval.objects.filter(pk=case.brm.pk).update(waiting_roles=["director", "bod"])
    with (
        pytest.raises(IntegrityError, match="not asked"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, as_role, outcome, reason,"
            " content_hash, decided_at) VALUES (%s, 1, %s, %s, 'bod', 'approve', '', %s, now())",
            [case.brm.pk, Step.objects.of(case.brm).get().pk, cast.board.pk, case.brm.content_hash],
        )


def test_the_test_of_somebody_is_signed_by_no_other_role_however_late(cast: Cast) -> None:
    """Neither by the page nor with SQL (SOP-A6)."""
    tester = {"roles": [], "people": [], "quorum": "one", "tester": True}
    late = {"time_out_hours": 24, "on_time_out": "escalate", "escalate_to": "it_manager"}
    rules = [{"when": {}, "steps": [tester]}]
    approvals.publish(kind=Kind.UAT, rules=rules, note="Late.", by=cast.administrator, timing=late)
    with Clock(datetime.now(UTC) - timedelta(hours=25)):
        case = reach(cast, "uat_submitted")
    approvals.look_after()
    assert Event.objects.filter(type=ApprovalEvent.TIMED_OUT).exists()
    assert (case.uat.state, case.uat.waiting_roles) == ("pending", [])
    with not_yours():
        case.decide(case.uat, "it_manager")
    with (
        pytest.raises(IntegrityError, match="not asked"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, as_role, outcome, reason,"
            " content_hash, decided_at) VALUES (%s, 1, %s, %s, 'it_manager', 'approve', '', %s, now())",
            [case.uat.pk, Step.objects.of(case.uat).get().pk, cast.it_manager.pk, case.uat.content_hash],
        )


def test_only_a_brm_is_sent_back(cast: Cast) -> None:
    case = reach(cast, "uat_submitted")
    with not_possible("Reject it", rule="SOP-A6"):
        case.decide(case.uat, "requester", outcome="revise", reason="Again.")
    with (
        pytest.raises(IntegrityError, match="Only a BRM"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO approvals_decision (approval_id, edition, step_id, decided_by_id, as_role, outcome, reason,"
            " content_hash, decided_at) VALUES (%s, 1, %s, %s, '', 'revise', 'Again.', %s, now())",
            [case.uat.pk, Step.objects.of(case.uat).get().pk, cast.requester.pk, case.uat.content_hash],
        )


def test_the_letter_of_the_day_comes_once_and_only_with_something_to_decide(cast: Cast, clock: Clock) -> None:
    day = timezone.localtime().replace(hour=9)
    clock.to(day.astimezone(UTC))
    assert approvals.gather() == 0
    cases = [reach(cast, "brm_submitted", hours=24), reach(cast, "director_signed", hours=30)]
    clock.forward(minutes=5)
    assert approvals.gather() == 2  # one for the Director, one for the Board
    assert approvals.gather() == 0
    letters = [m for m in deliver() if "menunggu tanda tangan" in m.subject]
    assert {m.to[0] for m in letters} == {cast.director.email, cast.board.email}
    text = next(m for m in letters if m.to[0] == cast.director.email).body
    assert cases[0].brm.number in text
    assert cases[1].brm.number not in text
    assert "24 jam" in text
    clock.forward(hours=24)
    assert approvals.gather() == 2
    assert Event.objects.filter(type=ApprovalEvent.GATHERED).count() == 4
    clock.to(day.replace(hour=5).astimezone(UTC) + timedelta(days=3))
    assert approvals.gather() == 0
