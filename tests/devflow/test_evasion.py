"""Ways round SOP-A5 that look like ordinary work."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import actions as accounts
from accounts.enums import Role
from accounts.models import office_date
from approvals.models import Approval
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from tests.cast import Cast
from tests.stages import reach
from tickets import actions as tickets


def test_the_worker_may_raise_the_estimate_but_not_lower_it(cast: Cast) -> None:
    ticket = reach(cast, "accepted", hours=24).ticket
    tickets.estimate(ticket=ticket, hours=Decimal(30), reason="Two more reports", by=cast.agent)
    with pytest.raises(NotPossible) as refused:
        tickets.estimate(ticket=ticket, hours=Decimal(2), reason="Easy", by=cast.agent)
    assert refused.value.rule == "SOP-A5"


def test_a_lower_estimate_of_the_manager_takes_the_draft_back(cast: Cast) -> None:
    case = reach(cast, "accepted", hours=24)
    tickets.estimate(ticket=case.ticket, hours=Decimal(12), reason="Smaller scope", by=cast.it_manager)
    events.deliver()
    assert (case.request.needs_brm, case.brm.state) == (False, "withdrawn")


def test_whoever_may_not_decide_cannot_send_a_substitute(cast: Cast) -> None:
    today = office_date()
    accounts.grant_role(user=cast.requester, role=Role.DIRECTOR, by=cast.administrator)
    accounts.name_substitute(
        absent=cast.requester, substitute=cast.colleague, first=today, last=today + timedelta(days=1),
        reason="Leave", by=cast.requester,
    )  # fmt: skip
    cast.again("requester"), cast.again("colleague")
    case = reach(cast, "brm_submitted", hours=24)
    assert not Approval.objects.waiting_for(cast.colleague).exists()
    with pytest.raises(PermissionDenied):
        case.decide(case.brm, "colleague")
    step = case.brm.steps.get(position=1)
    with (
        pytest.raises(IntegrityError, match="what they asked for"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO approvals_decision"
            " (approval_id, edition, step_id, decided_by_id, on_behalf_of_id, as_role, outcome, reason, content_hash,"
            " decided_at) VALUES (%s, 1, %s, %s, %s, 'director', 'approve', '', %s, now())",
            [case.brm.pk, step.pk, cast.colleague.pk, cast.requester.pk, case.brm.content_hash],
        )
    case.decide(case.brm, "director")


def test_who_asked_is_history(cast: Cast) -> None:
    case = reach(cast, "accepted")
    with pytest.raises(IntegrityError, match="history"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket SET requester_id = %s WHERE id = %s", [cast.colleague.pk, case.pk]
        )
