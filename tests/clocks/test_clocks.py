"""The two-hour promise: each level is told once, with its true instant, whoever sleeps meanwhile."""

from datetime import timedelta

import pytest

from clocks import actions as clocks
from clocks.enums import LEVELS, ClockEvent
from clocks.models import Clock as Promise
from events.models import Event
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver, names_told, recorded, told
from tests.stages import Case, plain, reach
from tickets import actions as tickets
from tickets.enums import Channel, Kind, Priority


@pytest.fixture
def case(cast: Cast, clock: Clock) -> Case:
    return plain(cast, "opened")


def _promise(case: Case) -> Promise:
    return Promise.objects.of(case.ticket, "response").get()


def test_it_runs_two_hours_from_the_request(case: Case) -> None:
    promise = _promise(case)
    assert promise.due_at - promise.started_at == timedelta(hours=2)
    assert promise.started_at == case.ticket.created_at


@pytest.mark.parametrize(
    ("minutes", "levels"), [(59, []), (60, [50]), (90, [50, 75]), (120, [50, 75, 100]), (600, [50, 75, 100])]
)
def test_levels_come_when_their_time_has_passed(
    case: Case, clock: Clock, minutes: int, levels: list[int]
) -> None:
    clock.forward(minutes=minutes)
    assert clocks.sweep() == len(levels)
    assert [
        e.facts["level"] for e in Event.objects.about(case.ticket).filter(facts__has_key="level")
    ] == levels


def test_each_level_is_told_once_however_often_one_looks(case: Case, clock: Clock) -> None:
    for _minute in range(12):
        clock.forward(minutes=15)
        clocks.sweep()
        clocks.sweep()
    assert _promise(case).level == LEVELS[-1]
    assert clocks.sweep() == 0


def test_after_a_night_without_workers_the_levels_carry_their_true_instants(case: Case, clock: Clock) -> None:
    started = case.ticket.created_at
    clock.forward(hours=12)
    with recorded(ClockEvent.WARNED, ClockEvent.WARNED, ClockEvent.BREACHED) as events:
        clocks.sweep()
    assert [e.facts["at_instant"][:19] for e in events] == [
        (started + timedelta(minutes=m)).isoformat()[:19] for m in (60, 90, 120)
    ]


def test_the_manager_is_warned_in_time_and_the_requester_is_not(case: Case, clock: Clock) -> None:
    told()
    clock.forward(minutes=61)
    clocks.sweep()
    deliver()
    assert names_told() == ["it_manager"]


@pytest.mark.parametrize(("minutes", "state"), [(0, "met"), (119, "met"), (120, "met"), (121, "late")])
def test_the_stored_instant_decides_not_the_moment_of_looking(
    case: Case, clock: Clock, minutes: int, state: str
) -> None:
    clock.forward(minutes=minutes)
    tickets.answer(ticket=case.ticket, text="We look at it.", by=case.cast.agent)
    clock.forward(hours=5)
    clocks.sweep()
    assert (_promise(case).state, _promise(case).stopped_at) == (state, case.ticket.answered_at)


@pytest.mark.parametrize("act", ["accepted", "note", "own", "assigned"])
def test_what_is_no_human_answer_stops_nothing(case: Case, act: str) -> None:
    cast = case.cast
    if act == "note":
        tickets.note(ticket=case.ticket, text="Among us.", by=cast.agent)
    elif act == "own":
        tickets.answer(ticket=case.ticket, text="It still smokes.", by=cast.requester)
    else:
        case.accepted()
        if act == "assigned":
            tickets.assign(ticket=case.ticket, assignee=cast.other_agent, by=cast.it_manager)
    deliver()
    assert _promise(case).is_running


def test_a_rejection_answers_and_a_withdrawal_ends(cast: Cast, clock: Clock) -> None:
    rejected, withdrawn = plain(cast, "opened"), plain(cast, "opened")
    tickets.reject(ticket=rejected.ticket, reason="No.", by=cast.it_manager)
    tickets.cancel(ticket=withdrawn.ticket, by=cast.requester)
    assert (_promise(rejected).state, _promise(withdrawn).state) == ("met", "cancelled")
    clock.forward(hours=3)
    assert clocks.sweep() == 0


def test_nobody_answers_themselves_by_handing_over_or_rejecting(cast: Cast, clock: Clock) -> None:
    """Who of IT asked and does it alone: the promise runs until somebody else answers, and ends with the request."""
    mine, theirs = Case(cast), Case(cast)
    for case in (mine, theirs):
        case.pk = tickets.open_ticket(
            kind=Kind.TROUBLESHOOTING, title="My printer", description="x", by=cast.it_manager, channel=Channel.BROWSER,
            branch=cast.bandung,
        ).pk  # fmt: skip
    tickets.accept(ticket=mine.ticket, priority=Priority.LOW, assignee=cast.it_manager, by=cast.it_manager)
    tickets.start(ticket=mine.ticket, by=cast.it_manager)
    tickets.hand_over(ticket=mine.ticket, text="Done, by myself.", by=cast.it_manager)
    assert (_promise(mine).is_running, mine.ticket.answered_at) == (True, None)
    tickets.confirm(ticket=mine.ticket, by=cast.it_manager)
    tickets.reject(ticket=theirs.ticket, reason="No.", by=cast.it_manager)
    for case in (mine, theirs):
        assert (_promise(case).state, case.ticket.answered_at) == ("cancelled", None)


def test_the_boards_time_is_counted_apart(cast: Cast, clock: Clock) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    board = Promise.objects.of(case.brm, "board").get()
    assert board.due_at - board.started_at == timedelta(hours=48)
    case.director_signed()
    assert Promise.objects.of(case.brm, "board").get().is_running
    case.brm_approved()
    assert Promise.objects.of(case.brm, "board").get().state == "met"
