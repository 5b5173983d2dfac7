"""Experts (SOP-B4.3.2): with a reason, visibly, and only for what was accepted."""

import pytest

from tests.cast import Cast
from tests.harness.events import deliver, names_told, recorded, told
from tests.harness.refusals import not_possible, not_yours
from tests.stages import plain
from tests.tickets.desk import again, asked, experts
from tickets import actions as tickets
from tickets.enums import TicketEvent


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()


def test_experts_are_asked_with_a_reason_and_take_it(cast: Cast) -> None:
    case, team = plain(cast, "started"), experts(cast, "other_agent", "db_manager")
    told()
    with recorded(TicketEvent.ESCALATED) as events:
        tickets.escalate(ticket=case.ticket, team=team, reason="The switch is not ours.", by=cast.agent)
    assert events[0].sentence == "gave the request to the experts of Network: The switch is not ours."
    assert (case.ticket.team, case.ticket.assignee) == (team, cast.agent), (
        "it stays with somebody until it is taken"
    )
    deliver()
    assert names_told() == ["db_manager", "it_manager", "other_agent", "requester"]
    told()
    with recorded(TicketEvent.TAKEN):
        tickets.take(ticket=case.ticket, by=cast.again("other_agent"))
    assert case.ticket.assignee == cast.other_agent
    deliver()
    assert names_told() == ["agent", "requester"], "whoever had it knows that it is no longer theirs"


def test_a_member_can_be_named_at_once(cast: Cast) -> None:
    case, team = plain(cast, "accepted"), experts(cast, "other_agent")
    tickets.escalate(
        ticket=case.ticket, team=team, reason="Hard.", member=cast.other_agent, by=cast.it_manager
    )
    assert case.ticket.assignee == cast.other_agent
    with not_possible("does not belong"):
        tickets.escalate(
            ticket=case.ticket, team=team, reason="Hard.", member=cast.db_manager, by=cast.it_manager
        )


def test_without_a_reason_a_team_or_the_right_there_is_no_escalation(cast: Cast) -> None:
    case, team = plain(cast, "started"), experts(cast, "other_agent")
    empty, shut = experts(cast, name="Empty"), experts(cast, "other_agent", name="Shut")
    shut.is_active = False
    shut.save()
    with not_possible("why experts", rule="SOP-B4.3.2"):
        tickets.escalate(ticket=case.ticket, team=team, reason=" ", by=cast.agent)
    for nobody in (empty, shut):
        with not_possible("takes no requests"):
            tickets.escalate(ticket=case.ticket, team=nobody, reason="Hard.", by=cast.agent)
    for name in ("requester", "db_manager", "auditor", "branch_head"):
        with not_yours():
            tickets.escalate(ticket=case.ticket, team=team, reason="Hard.", by=cast[name])


def test_experts_take_only_what_their_team_was_given(cast: Cast) -> None:
    case, team = plain(cast, "started"), experts(cast, "other_agent", "colleague")
    with not_yours():
        tickets.take(ticket=case.ticket, by=cast.other_agent)
    tickets.escalate(ticket=case.ticket, team=team, reason="Hard.", by=cast.agent)
    for name in (
        "agent",
        "db_manager",
        "colleague",
        "requester",
    ):  # a member who does not work in IT takes nothing
        with not_yours():
            tickets.take(ticket=case.ticket, by=cast.again(name))


def test_nothing_new_goes_to_experts_past_the_manager(cast: Cast) -> None:
    ticket, team = asked(cast), experts(cast, "other_agent")
    with not_possible(rule="SOP-A1"):
        tickets.escalate(ticket=ticket, team=team, reason="Hard.", by=cast.it_manager)
    assert again(ticket).team is None
