"""A breach is in its clock at once, and in the ledger once: whoever comes in between."""

from datetime import timedelta

from clocks import actions as clocks
from clocks.models import Clock
from events.models import Event
from tests.cast import Cast
from tests.clocks.stage import asked, clock_of, office, promise, publish
from tests.harness.clock import Clock as Time
from tests.harness.refusals import refused_by_postgres
from tickets import actions as tickets


def test_what_ran_out_is_marked_at_once_and_told_to_the_ledger_once(cast: Cast, clock: Time) -> None:
    _ = cast.it_manager
    first, second = asked(cast), asked(cast)
    clock.forward(hours=2, minutes=5)
    assert clocks.mark(now=clock.now) == 2
    for case in (first, second):
        marked = clock_of(case)
        assert (marked.level, marked.untold_from, marked.breached_at) == (100, 0, marked.due_at)
    tickets.answer(
        ticket=first.ticket, text="Hello", by=cast.agent
    )  # whoever comes in between tells first what is owed
    assert clocks.mark(now=clock.now) == 0
    clocks.sweep()
    clocks.sweep()
    for case, last in ((first, ["clock.late"]), (second, [])):
        told = Event.objects.about(case.ticket).filter(type__startswith="clock.").order_by("seq")
        assert [e.type for e in told] == [
            "clock.started", "clock.warned", "clock.warned", "clock.breached", *last
        ]  # fmt: skip
        assert clock_of(case).untold_from is None


def test_a_promise_withdrawn_after_its_mark_has_told_its_breach(cast: Cast, clock: Time) -> None:
    _ = cast.it_manager
    case = asked(cast)
    clock.forward(hours=3)
    clocks.mark(now=clock.now)
    tickets.cancel(ticket=case.ticket, by=cast.requester)
    assert Event.objects.about(case.ticket).filter(type="clock.breached").count() == 1
    with refused_by_postgres("clock_owes_only_a_breach"):
        Clock.objects.filter(pk=clock_of(asked(cast)).pk).update(untold_from=50)


def test_what_a_newer_calendar_may_have_moved_is_not_marked(cast: Cast, clock: Time) -> None:
    _ = cast.it_manager
    calendar = office(cast)
    promise(cast, hours=3, calendar=calendar)
    case = asked(cast)
    deadline = clock_of(case).due_at
    publish(cast, calendar, segments={"0": [["08:00", "12:00"]]})
    clock.to(deadline + timedelta(minutes=1))
    assert clocks.mark(now=clock.now) == 0
