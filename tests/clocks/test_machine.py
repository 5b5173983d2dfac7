"""S3: whatever happens in whatever order, the stored deadline is the one that follows from the facts."""

import os
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clocks import actions as clocks
from clocks.enums import ClockEvent
from clocks.models import CalendarVersion, Clock
from core.errors import NotPossible
from events.ledger import verify
from events.models import Event
from tests.cast import Cast
from tests.clocks.reference import day_of
from tests.clocks.stage import holds, office, promise, publish, wib
from tests.harness.clock import Clock as Time
from tests.stages import Case
from tickets import actions as tickets
from tickets.enums import Kind, Priority, Status
from tickets.models import Ticket

SEQUENCES = int(os.environ.get("CHAOS_SEQUENCES", "25"))  # `make chaos` plays more
STEPS = (
    "later", "later", "later", "sweep", "sweep", "pause", "resume", "publish", "recount", "answer", "cancel", "ask",
    "work", "work", "urgency", "merge", "policy",
)  # fmt: skip
plays = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2**32)), min_size=5, max_size=30)


class World:
    """A calendar, some requests, and time that is moved."""

    def __init__(self, time: Time) -> None:
        self.time, self.cast = time, Cast()
        self.time.to(wib(20, "06:00"))
        self.calendar = office(self.cast)
        promise(self.cast, hours=5, calendar=self.calendar, may_pause=True)
        self.cases = [self._asked()]
        self.ended: dict[int, Any] = {}

    def _asked(self) -> Case:
        case = Case(self.cast, kind=Kind.TROUBLESHOOTING)
        case.opened()
        return case

    def do(self, step: str, dice: Random) -> None:
        """One thing happens, or is refused."""
        case = dice.choice(self.cases)
        try:
            with transaction.atomic():
                getattr(self, f"_{step}")(case, dice)
        except NotPossible:
            pass

    def _later(self, case: Case, dice: Random) -> None:
        self.time.forward(minutes=dice.choice([1, 7, 30, 90, 240, 1000, 3000]), seconds=dice.randrange(60))

    def _sweep(self, case: Case, dice: Random) -> None:
        clocks.sweep()

    def _recount(self, case: Case, dice: Random) -> None:
        clocks.recount()
        newest = CalendarVersion.objects.newest(self.calendar.pk)
        counted = Clock.objects.running().filter(calendar_version__isnull=False)
        assert not counted.exclude(calendar_version=newest).exists()

    def _pause(self, case: Case, dice: Random) -> None:
        clocks.pause(clock=self._clock(case), reason="Waits for a part.", by=self.cast.it_manager)

    def _resume(self, case: Case, dice: Random) -> None:
        clocks.resume(clock=self._clock(case), by=self.cast.it_manager)

    def _publish(self, case: Case, dice: Random) -> None:
        week = {
            str(d): day_of([dice.randrange(1441) for _ in range(dice.choice([0, 2, 4]))]) for d in range(7)
        }
        week["2"] = [["09:00", "15:00"]]
        today = self.time.now.date()
        off = [
            {"date": (today + timedelta(n)).isoformat(), "name": "Cuti bersama", "kind": "leave"}
            for n in range(5)
            if dice.random() < 0.3
        ]
        publish(self.cast, self.calendar, segments=week, holidays=off)

    def _answer(self, case: Case, dice: Random) -> None:
        tickets.answer(ticket=case.ticket, text="We look at it.", by=self.cast.agent)

    def _cancel(self, case: Case, dice: Random) -> None:
        tickets.cancel(ticket=case.ticket, by=self.cast.requester)

    def _ask(self, case: Case, dice: Random) -> None:
        self.cases.append(self._asked())

    def _work(self, case: Case, dice: Random) -> None:
        """The next thing on its way: from acceptance to its end, and back by a refused test or when it came back."""
        ticket, cast = case.ticket, self.cast
        match ticket.status:
            case Status.NEW:
                tickets.accept(ticket=ticket, priority=Priority.LOW, assignee=cast.agent, by=cast.it_manager)
            case Status.WAITING:
                tickets.start(ticket=ticket, by=cast.agent)
            case Status.IN_PROGRESS:
                tickets.hand_over(ticket=ticket, text="Please try.", by=cast.agent)
            case Status.USER_TESTING if dice.random() < 0.5:
                tickets.send_back(ticket=ticket, text="Not yet.", by=cast.requester)
            case Status.USER_TESTING:
                tickets.confirm(ticket=ticket, by=cast.requester)
            case Status.DONE:
                tickets.reopen(ticket=ticket, text="It came back.", by=cast.requester)

    def _urgency(self, case: Case, dice: Random) -> None:
        priority, by = dice.choice(list(Priority)), self.cast.it_manager
        tickets.prioritise(ticket=case.ticket, priority=priority, reason="Seen closer.", by=by)

    def _merge(self, case: Case, dice: Random) -> None:
        older, newer = sorted((case.pk, dice.choice(self.cases).pk))
        duplicate, into = Ticket.objects.get(pk=newer), Ticket.objects.get(pk=older)
        tickets.merge(ticket=duplicate, into=into, by=self.cast.it_manager)
        assert not Clock.objects.of(duplicate, "response").running().exists()

    def _policy(self, case: Case, dice: Random) -> None:
        """From now on other promises are made, or none by a calendar; those that run keep theirs."""
        calendar, hours = dice.choice([None, self.calendar]), dice.choice([1, 5, 9])
        promise(self.cast, hours=hours, calendar=calendar, may_pause=dice.random() < 0.5)

    def _clock(self, case: Case) -> Clock:
        return Clock.objects.of(case.ticket, "response").get()

    def check(self) -> None:
        """What must hold after every step."""
        for clock in Clock.objects.order_by("pk"):
            holds(clock)
            if not clock.is_running:
                result = (clock.state, clock.stopped_at, clock.due_at, clock.breached_at, clock.excused_by_id)
                assert self.ended.setdefault(clock.pk, result) == result, "a past result moved"
        told = Counter(
            (e.facts["clock"], e.facts["level"])
            for e in Event.objects.filter(type__in=[ClockEvent.WARNED, ClockEvent.BREACHED])
        )
        assert set(told.values()) <= {1}, "a level was told twice"
        broken = set(Clock.objects.filter(breached_at__isnull=False).values_list("pk", flat=True))
        assert {pk for pk, level in told if level == 100} == broken


@pytest.mark.django_db
@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=list(HealthCheck))
@given(play=plays)
def test_the_stored_deadline_follows_from_the_facts_after_every_step(play: list[tuple[str, int]]) -> None:
    with transaction.atomic(), Time() as time:
        world = World(time)
        for step, seed in play:
            world.do(step, Random(seed))
            world.check()
        assert list(verify()) == []
        transaction.set_rollback(True)
