"""Receiving: team and days, asking back, and what the IT Manager's word brings."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts import actions as accounts
from clocks.models import Clock
from devflow.models import DevelopmentRequest
from events.models import Event
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import deliver, names_told, recorded, told
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import plain
from tests.tickets.desk import accepted, again, asked, experts
from tickets import actions as tickets
from tickets.enums import Channel, Kind, TicketEvent
from tickets.models import Ticket


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()


def test_accepting_says_who_from_when_to_when_and_which_team(cast: Cast) -> None:
    ticket, team, today = asked(cast), experts(cast, "other_agent"), timezone.localdate()
    with recorded(TicketEvent.ACCEPTED, TicketEvent.PLANNED) as events:
        accepted(cast, ticket, team=team, start_date=today, finish_date=today + timedelta(days=2))
    found = again(ticket)
    assert (found.team, found.start_date, found.finish_date) == (team, today, today + timedelta(days=2))
    assert events[0].facts["team"] == "Network"


def test_a_plan_that_cannot_be_is_refused_by_everybody(cast: Cast) -> None:
    ticket, today = asked(cast), timezone.localdate()
    with not_possible("before the start"):
        accepted(cast, ticket, start_date=today, finish_date=today - timedelta(days=1))
    with not_possible("nothing is planned before"):
        accepted(cast, ticket, start_date=today - timedelta(days=9))
    accepted(cast, ticket)
    with refused_by_postgres("ticket_finishes_after_it_starts"):
        Ticket.objects.filter(pk=ticket.pk).update(start_date=today, finish_date=today - timedelta(days=1))


def test_the_worker_and_the_manager_plan_and_nobody_else(cast: Cast) -> None:
    case, today = plain(cast, "accepted"), timezone.localdate()
    for name in ("agent", "it_manager"):
        tickets.plan(ticket=case.ticket, start_date=today, finish_date=None, by=cast[name])
        assert Event.objects.about(case.ticket).last().type == TicketEvent.PLANNED  # type: ignore[union-attr]
    for name in ("requester", "other_agent", "db_manager", "auditor"):
        with not_yours():
            tickets.plan(ticket=case.ticket, start_date=today, finish_date=today, by=cast[name])
    tickets.plan(ticket=case.ticket, start_date=None, finish_date=None, by=cast.agent)
    assert case.ticket.start_date is None


def test_nothing_is_planned_before_it_is_accepted(cast: Cast) -> None:
    ticket = asked(cast)
    with not_possible(rule="SOP-A1"):
        tickets.plan(ticket=ticket, start_date=timezone.localdate(), finish_date=None, by=cast.it_manager)


def test_asking_back_answers_and_waits_for_the_requester(cast: Cast, clock: Stopwatch) -> None:
    ticket = asked(cast)
    clock.forward(minutes=30)
    tickets.ask_back(ticket=ticket, text="Which printer is it?", by=cast.it_manager)
    found = again(ticket)
    assert found.asked_back_at == found.answered_at == clock.now
    assert Clock.objects.of(ticket, "response").get().state == "met"
    tickets.answer(ticket=ticket, text="We look for it.", by=cast.other_agent)
    assert again(ticket).asked_back_at == clock.now, "another word of IT is not what it waits for"
    tickets.answer(ticket=ticket, text="The one at the till.", by=cast.requester)
    assert again(ticket).asked_back_at is None


def test_nobody_asks_themselves_and_only_the_worker_asks(cast: Cast) -> None:
    case = plain(cast, "accepted")
    for name in ("requester", "other_agent", "branch_head", "auditor"):
        with not_yours():
            tickets.ask_back(ticket=case.ticket, text="Which?", by=cast[name])
    cast.it_manager.branch = cast.bandung
    cast.it_manager.save()
    own = asked(cast, by="it_manager")
    with not_yours():
        tickets.ask_back(ticket=own, text="Which?", by=cast.it_manager)


def test_the_manager_says_of_which_kind_it_really_is_before_accepting_it(cast: Cast, page: Any) -> None:
    """What an e-mail or a hurried person could not choose; the clock, the words and the answers stay."""
    ticket = tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title="Wrong balance", description="Two days are missing.",
        details={"place": "HRIS, screen 4", "impact": "me"}, by=cast.requester, channel=Channel.EMAIL,
    )  # fmt: skip
    clock = Clock.objects.get(promise="response", subject_id=ticket.pk)
    told()
    with recorded(TicketEvent.RECLASSIFIED) as events:
        page(cast.it_manager).post(
            f"/requests/{ticket.pk}/reclassify/", {"kind": "data_update", "reason": "A figure is wrong."}
        )
    assert again(ticket).kind == Kind.DATA_UPDATE
    assert (events[0].facts["before_kind"], events[0].facts["new_kind"]) == ("troubleshooting", "data_update")
    assert "A figure is wrong." in events[0].sentence
    after = Clock.objects.get(promise="response", subject_id=ticket.pk)
    assert (after.due_at, after.state) == (clock.due_at, "running"), "saying so is no answer"
    assert "HRIS, screen 4" in page(cast.requester).get(ticket.url).content.decode()
    deliver()
    assert names_told() == ["requester"]


def test_a_reclassified_development_gets_its_work_when_it_is_accepted(cast: Cast) -> None:
    ticket = asked(cast, "A new report")
    tickets.reclassify(ticket=ticket, kind=Kind.DEVELOPMENT, reason="It must be built.", by=cast.it_manager)
    accepted(cast, ticket, estimate_hours=Decimal(30))
    request = DevelopmentRequest.objects.with_list_columns().get(ticket=ticket)
    assert request.needs_brm, "SOP-A5 counts as for every other"


def test_a_kind_changes_only_with_a_reason_before_it_is_accepted_and_never_of_a_part(cast: Cast) -> None:
    ticket = asked(cast)
    with not_possible("why the kind"):
        tickets.reclassify(ticket=ticket, kind=Kind.DATA_UPDATE, reason=" ", by=cast.it_manager)
    with not_possible("of this kind already"):
        tickets.reclassify(ticket=ticket, kind=Kind.TROUBLESHOOTING, reason="So.", by=cast.it_manager)
    for name in ("requester", "agent", "foreign_it_manager"):
        with not_yours():
            tickets.reclassify(ticket=ticket, kind=Kind.DATA_UPDATE, reason="So.", by=cast[name])
    accepted(cast, ticket)
    with not_possible():
        tickets.reclassify(ticket=again(ticket), kind=Kind.DATA_UPDATE, reason="So.", by=cast.it_manager)
    with refused_by_postgres("SOP-A1"):
        Ticket.objects.filter(pk=ticket.pk).update(kind=Kind.DEVELOPMENT)
    part = tickets.split(ticket=again(ticket), title="A", description="B", by=cast.agent)
    with not_possible("part of another request", rule="SOP-A5"):
        tickets.reclassify(ticket=part, kind=Kind.DEVELOPMENT, reason="So.", by=cast.it_manager)


def test_what_waits_says_so_until_it_ends(cast: Cast) -> None:
    case = plain(cast, "started")
    tickets.ask_back(ticket=case.ticket, text="Which?", by=cast.agent)
    assert case.ticket.sentence == "We have asked you something. Please answer it below."
    tickets.hand_over(ticket=case.ticket, text="Found it. Try.", by=cast.agent)
    assert case.ticket.asked_back_at is None


def test_a_substitute_does_what_the_manager_does(cast: Cast) -> None:
    ticket, today = asked(cast), timezone.localdate()
    accounts.name_substitute(
        absent=cast.it_manager, substitute=cast.other_agent, first=today, last=today, reason="Leave",
        by=cast.it_manager,
    )  # fmt: skip
    tickets.ask_back(ticket=ticket, text="Which?", by=cast.again("other_agent"))
    duplicate = asked(cast)
    tickets.merge(ticket=duplicate, into=ticket, by=cast.again("other_agent"))
    merged = Event.objects.about(duplicate).get(type=TicketEvent.MERGED)
    assert merged.who == "Agung Pratama for Rina Kartika"


def test_every_act_moves_the_instant_of_the_last_change(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "opened")
    steps = (
        case.accepted,
        lambda: tickets.plan(ticket=case.ticket, start_date=None, finish_date=None, by=cast.agent),
        lambda: tickets.answer(ticket=case.ticket, text="Hello", by=cast.requester),
        lambda: tickets.note(ticket=case.ticket, text="Hello", by=cast.agent),
        lambda: tickets.start(ticket=case.ticket, by=cast.agent),
        lambda: tickets.ask_back(ticket=case.ticket, text="Which?", by=cast.agent),
        lambda: tickets.hand_over(ticket=case.ticket, text="Try.", by=cast.agent),
        lambda: tickets.confirm(ticket=case.ticket, by=cast.requester),
        lambda: tickets.rate(ticket=case.ticket, score=4, by=cast.requester),
        lambda: tickets.reopen(ticket=case.ticket, text="Again.", by=cast.requester),
    )
    for step in steps:
        clock.forward(minutes=1)
        step()
        assert case.ticket.changed_at == clock.now


def test_a_new_request_has_neither_worker_nor_team_whoever_writes_it(cast: Cast) -> None:
    ticket, team = asked(cast), experts(cast, "agent")
    with refused_by_postgres("SOP-A1"):
        Ticket.objects.filter(pk=ticket.pk).update(assignee=cast.agent)
    with refused_by_postgres("SOP-A1"):
        Ticket.objects.filter(pk=ticket.pk).update(team=team)
