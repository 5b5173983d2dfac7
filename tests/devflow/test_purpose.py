"""Hours of requests that serve the same purpose count together (SOP-A5)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals.models import Approval
from core.transitions import why_not
from devflow import actions as devflow
from devflow.enums import DevelopmentEvent
from devflow.models import Deployment, DevelopmentRequest
from events.models import Event
from tests.cast import Cast
from tests.harness.database import unguarded
from tests.harness.events import deliver
from tests.harness.refusals import not_possible, refused_by_postgres
from tests.stages import Case, crowd, reach
from tickets import actions as tickets
from tickets.enums import TieKind
from tickets.gates import MOST_TOGETHER, same_purpose


def _linked(one: Case, other: Case) -> None:
    tickets.tie(ticket=one.ticket, other=other.ticket, kind=TieKind.SAME_PURPOSE, by=one.cast.agent)
    deliver()


def _two(cast: Cast, *, first: str = "planned", hours: int = 15) -> tuple[Case, Case]:
    one, other = reach(cast, first, hours=hours), reach(cast, "planned", hours=8)
    _linked(one, other)
    return one, other


def test_two_small_requests_of_one_purpose_are_a_large_one(cast: Cast) -> None:
    one, other = _two(cast)
    assert (one.request.effort, one.request.others_hours, other.request.effort) == (23, 8, 23)
    for case in (one, other):
        assert case.request.needs_brm
        assert getattr(why_not(case.request, "start", cast.agent), "rule", "") == "SOP-A5"
    form = Approval.objects.unfinished().get()
    assert form.content["estimate_hours"] == "23"
    held = Event.objects.filter(type=DevelopmentEvent.HELD)
    too = Event.objects.filter(type=DevelopmentEvent.HELD_TOO)
    assert {e.subject_id for e in (*held, *too)} == {one.pk, other.pk}
    deliver()
    assert too.count() == 1


def test_what_only_has_to_do_with_it_does_not_count(cast: Cast) -> None:
    one, other = reach(cast, "planned", hours=15), reach(cast, "planned", hours=8)
    tickets.tie(ticket=one.ticket, other=other.ticket, by=cast.agent)
    deliver()
    assert (one.request.effort, one.request.needs_brm) == (15, False)


def test_parts_of_a_whole_and_what_hangs_on_them_count_together(cast: Cast) -> None:
    """Through requests of other kinds, over several steps; a circle of links ends."""
    one, other, third = (reach(cast, "planned", hours=8) for _n in range(3))
    tickets.adopt(ticket=other.ticket, parent=one.ticket, by=cast.agent)
    _linked(other, third)
    _linked(third, one)
    assert {case.request.effort for case in (one, other, third)} == {24}


def test_booked_hours_of_one_hold_the_other(cast: Cast) -> None:
    one, other = _two(cast, first="on_trial", hours=10)
    assert not other.request.needs_brm
    one.book("12.25")
    assert other.request.needs_brm
    deliver()
    assert one.brm.is_draft
    with not_possible(rule="SOP-A5"):
        other.started()


def test_one_approval_lets_all_of_them_go_on(cast: Cast) -> None:
    one, other = _two(cast)
    for step in (one.brm_written, one.brm_submitted, one.director_signed, one.brm_approved):
        step()
    assert not one.request.needs_brm
    assert other.request.allowed_hours == 23
    other.started()
    tickets.estimate(ticket=other.ticket, hours=Decimal(9), reason="More.", by=cast.agent)
    deliver()
    assert one.request.needs_brm
    assert Approval.objects.unfinished().get().content["estimate_hours"] == "24"


def test_who_asked_for_one_of_them_decides_on_none(cast: Cast) -> None:
    """The Director asks for a small one that counts together with a larger one of somebody else."""
    cast.director.branch = cast.bandung
    cast.director.save()
    asked, larger = Case(cast, hours=8), reach(cast, "planned", hours=15)
    asked.requester = "director"
    for step in (asked.opened, asked.accepted, asked.planned):
        step()
    _linked(larger, asked)
    form = Approval.objects.unfinished().get()
    assert cast.director.pk in form.barred


def test_what_ended_unbuilt_counts_by_what_was_booked(cast: Cast) -> None:
    one, other = _two(cast)
    other.book(2)
    tickets.cancel(ticket=other.ticket, by=cast.requester)
    deliver()
    assert (one.request.effort, one.request.needs_brm) == (17, False)
    assert one.brm.state == "withdrawn"


def test_only_the_it_manager_takes_hours_apart(cast: Cast) -> None:
    one, other = _two(cast)
    with not_possible("no longer do", rule="SOP-A5"):
        tickets.untie(ticket=one.ticket, other=other.ticket, by=cast.agent)
    tickets.untie(ticket=one.ticket, other=other.ticket, by=cast.it_manager)
    deliver()
    assert not one.request.needs_brm
    tickets.adopt(ticket=one.ticket, parent=other.ticket, by=cast.agent)
    with not_possible("no longer do", rule="SOP-A5"):
        tickets.disown(ticket=one.ticket, by=cast.agent)


def test_postgres_counts_the_same(cast: Cast) -> None:
    _one, other = _two(cast)
    with refused_by_postgres("SOP-A5"), transaction.atomic():
        DevelopmentRequest.objects.filter(pk=other.request.pk).update(stage="trial")
    running, beside = reach(cast, "on_training", hours=8), reach(cast, "planned", hours=15)
    _linked(running, beside)
    with pytest.raises(Exception, match="exceed"), transaction.atomic():
        Deployment.objects.create(
            build=running.build,
            environment=running.request.system.environments.get(kind="trial"),
            deployed_by=cast.agent,
        )


def test_the_panel_names_the_others_one_may_see(cast: Cast, page: Any) -> None:
    one, other = _two(cast)
    shown = page(cast.agent).get(f"/developments/of/{one.pk}/").content.decode()
    assert other.ticket.number in shown
    assert "23" in shown
    listed = page(cast.agent).get("/api/v1/developments/").json()["results"]
    assert {row["others_hours"] for row in listed} == {"8.00", "15.00"}


def test_what_others_add_is_asked_once_for_a_list(cast: Cast) -> None:
    for _n in range(2):
        _two(cast)
    with CaptureQueriesContext(connection) as asked:
        assert all(row.needs_brm for row in DevelopmentRequest.objects.with_list_columns())
    assert len(asked) == 1


@pytest.mark.parametrize("tied", [True, False])
def test_of_a_crowd_nothing_moves_and_no_more_than_its_bound_is_read(
    cast: Cast, page: Any, tied: bool
) -> None:
    case = reach(cast, "planned")
    crowd(case, MOST_TOGETHER - 1, tied=tied)
    assert (case.request.is_crowd, case.request.needs_brm) == (False, False)
    with connection.cursor() as cursor:
        cursor.execute(f"{same_purpose(str(case.pk))} SELECT count(*) FROM purpose")
        assert cursor.fetchone() == (MOST_TOGETHER,)
    case = reach(cast, "planned")
    with unguarded("tickets_ticket", "tickets_tie") as cursor:
        cursor.execute("UPDATE tickets_ticket SET parent_id = %s WHERE id = 1000001", [case.pk])
    assert case.request.is_crowd
    with not_possible("hang together", rule="SOP-A5"):
        devflow.start(request=case.request, by=cast.agent)
    with refused_by_postgres("SOP-A5"):
        DevelopmentRequest.objects.filter(pk=case.request.pk).update(stage="trial")
    deliver()
    assert not Approval.objects.in_case(case.ticket).exists()
    assert str(MOST_TOGETHER) in page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute(f"{same_purpose(str(case.pk))} SELECT count(*) FROM purpose")
        assert cursor.fetchone() == (MOST_TOGETHER + 1,)
