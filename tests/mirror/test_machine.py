"""Random edits on both sides, random faults, a jumping clock: in the end both sides are alike, and silent."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import NotPossible, PermissionDenied
from integrations.monday import actions
from integrations.monday.models import Batch, Connection, Difference, Link, Remark
from tests.harness.events import deliver as tell
from tests.mirror.conftest import Mirror, opened
from tests.stages import Case
from tickets import actions as tickets
from tickets.enums import Kind, Priority

PLAYS = ("ask", "estimate", "prioritise", "plan", "assign", "start", "there", "there", "there", "unknown", "rename",
         "fault", "fault", "mischief", "pass", "pass", "turn", "walk", "wait", "wait_long")  # fmt: skip
FAULTS = ("429", "200-complexity", "flat", "423", "500", "502", "503", "conflict", "drop-after", "truncated",
          "500-after", "drop-before", "half-page", "cursor", "404-gateway")  # fmt: skip
WRITES = ("create_item", "change_multiple_column_values", "create_update", "items", "archive_item", "")
EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
plays = st.lists(st.tuples(st.sampled_from(PLAYS), st.integers(0, 2**32)), min_size=8, max_size=25)


class Play:
    """Hands that do at random what people, machines and the line between them do."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror, self.cases, self.dice = mirror, [self._asked(mirror)], random.Random(0)
        self.edits: list[
            tuple[Case, str, Any]
        ] = []  # the newest of each field there: request, field, instant

    def _asked(self, mirror: Mirror) -> Case:
        case = Case(mirror.cast, kind=Kind.TROUBLESHOOTING)
        case.opened()
        case.accepted()
        return case

    def step(self, name: str, seed: int) -> None:
        """One thing happens; what is refused is refused."""
        self.dice = random.Random(seed)
        case = self.dice.choice(self.cases)
        try:
            with transaction.atomic():
                getattr(self, f"_{name}")(case)
        except (NotPossible, PermissionDenied):
            pass

    def _ask(self, case: Case) -> None:
        if len(self.cases) < 5:
            self.cases.append(self._asked(self.mirror))

    def _estimate(self, case: Case) -> None:
        hours = Decimal(self.dice.randint(1, 40))
        tickets.estimate(ticket=case.ticket, hours=hours, reason="Seen.", by=self.mirror.cast.agent)

    def _prioritise(self, case: Case) -> None:
        to, by = self.dice.choice(list(Priority)), self.mirror.cast.it_manager
        tickets.prioritise(ticket=case.ticket, priority=to, reason="Seen.", by=by)

    def _plan(self, case: Case) -> None:
        day = case.ticket.created_at.date() + timedelta(days=self.dice.randint(2, 9))
        tickets.plan(ticket=case.ticket, start_date=day, finish_date=None, by=self.mirror.cast.it_manager)

    def _assign(self, case: Case) -> None:
        to = self.mirror.cast[self.dice.choice(["agent", "other_agent"])]
        tickets.assign(ticket=case.ticket, assignee=to, by=self.mirror.cast.it_manager)

    def _start(self, case: Case) -> None:
        tickets.start(ticket=case.ticket, by=self.mirror.cast.it_manager)

    def _there(self, case: Case, who: str = "it_manager") -> None:
        day = case.ticket.created_at.date() + timedelta(days=self.dice.randint(2, 9))
        name, value = self.dice.choice([
            ("priority", {"index": self.dice.randint(0, 2)}), ("estimate", str(self.dice.randint(1, 40))),
            ("status", {"index": self.dice.randint(0, 3)}), ("finish", {"date": day.isoformat()}),
            ("assignee", {"personsAndTeams": [{"id": int(self.mirror.there["other_agent"].id), "kind": "person"}]}),
            ("estimate", None), ("priority", None),
        ])  # fmt: skip
        items = self.mirror.fake.world.items_by("key").get(case.ticket.number)
        if items:
            self.mirror.fake.world.by(self.mirror.there.get(who, self.mirror.stranger)).set(
                items[0], name, value
            )
            self.edits.append((case, name, self.mirror.clock.now))

    def _unknown(self, case: Case) -> None:
        self._there(case, who="nobody")

    def _rename(self, case: Case) -> None:
        items = self.mirror.fake.world.items_by("key").get(case.ticket.number)
        if items:
            self.mirror.fake.world.by(self.mirror.stranger).rename(
                items[0], f"Name {self.dice.randint(1, 9)}"
            )

    def _fault(self, case: Case) -> None:
        kind, on = self.dice.choice(FAULTS), self.dice.choice(WRITES)
        self.mirror.fake.fails(kind, on=on, times=self.dice.randint(1, 3), after=self.dice.randint(0, 2))

    def _mischief(self, case: Case) -> None:
        mischief = self.mirror.fake.hooks.mischief
        mischief.drop, mischief.double, mischief.again = (self.dice.choice([0.0, 0.4]) for _n in range(3))
        mischief.shuffle = self.dice.random() < 0.5
        self.mirror.fake.world.search_lag = timedelta(seconds=self.dice.choice([0, 20]))

    def _pass(self, case: Case) -> None:
        tell()
        actions.deliver()

    def _turn(self, case: Case) -> None:
        self.mirror.turn(3)

    def _walk(self, case: Case) -> None:
        Connection.objects.update(sweep_due_at=self.mirror.clock.now)
        actions.sweep()

    def _wait(self, case: Case) -> None:
        self.mirror.clock.forward(seconds=self.dice.randint(1, 90))

    def _wait_long(self, case: Case) -> None:
        self.mirror.clock.forward(minutes=self.dice.randint(20, 300))

    def heal(self) -> None:
        """Nothing goes wrong any more, time passes, whoever runs operations has looked."""
        self.mirror.fake.heal()
        for _n in range(4):
            for link in Link.objects.dead():
                actions.retry(link=link, by=self.mirror.cast.administrator)
            for link in Link.objects.paused():
                actions.resume(link=link, by=self.mirror.cast.administrator)
            self.mirror.clock.forward(minutes=40)
            self.mirror.turn()
            self._walk(self.cases[0])
            self.mirror.turn()


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is forgotten."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@examples(
    max_examples=EXAMPLES, phases=[Phase.explicit, Phase.generate], deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(moves=plays)
def test_both_sides_become_alike_and_silent(
    cast: Any, clock: Any, settings: Any, moves: list[tuple[str, int]]
) -> None:
    cast.everybody()  # before what is forgotten
    with undone(), opened(cast, clock, settings) as mirror:
        play = Play(mirror)
        for name, seed in moves:
            play.step(name, seed)
        play.heal()
        _alike(mirror, play)
        before = len(mirror.fake.writes())
        clock.forward(hours=2)
        play._walk(play.cases[0])
        mirror.turn()
        assert len(mirror.fake.writes()) == before, "then silence"


def _alike(mirror: Mirror, play: Play) -> None:
    world = mirror.fake.world
    assert Batch.objects.count() == 0
    assert list(Remark.objects.filter(sent_at=None).values_list("text", "last_error")) == []
    by_key = world.items_by("key")
    for case in play.cases:
        ticket = case.ticket
        (item,) = by_key.pop(ticket.number)
        assert mirror.link(case).item_id == item.id
        shown = {
            name: mirror.shown(case, name) for name in ("status", "priority", "estimate", "start", "finish")
        }
        label = {
            "waiting": "Waiting",
            "in_progress": "In Progress",
            "user_testing": "User Testing",
            "done": "Deploy",
        }
        assert item.name == ticket.title
        assert shown["status"] == label[ticket.status]
        assert shown["priority"] == ticket.get_priority_display()
        assert Decimal(shown["estimate"] or 0) == (ticket.estimate_hours or 0)
        assert (shown["start"] or None, shown["finish"] or None) == tuple(
            day.isoformat() if day else None for day in (ticket.start_date, ticket.finish_date)
        )
    assert by_key == {}, "nothing is there that is nobody's"
    texts = [update["text_body"] for item in world.all_items() for update in item.updates]
    assert len(texts) == len(set(texts)), "nothing is said twice"
    for case, name, at in play.edits:
        link = mirror.link(case)
        in_writing = Difference.objects.filter(link=link, field=name).exists()
        later = [edit for edit in play.edits if edit[:2] == (case, name) and edit[2] >= at]
        assert in_writing or len(later) > 1 or _counted(mirror, case, name), f"{name} was lost"


def _counted(mirror: Mirror, case: Case, name: str) -> bool:
    """What was written there stands on both sides, or somebody here has changed it since."""
    return bool(mirror.shown(case, name) is not None or name in mirror.link(case).ours_at)
