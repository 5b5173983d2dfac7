"""A board, people on both sides, and hands for what happens there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from integrations.monday import actions
from integrations.monday.enums import Field, NewItems
from integrations.monday.models import Connection, Link, MondayPerson, Remark
from tests.cast import Cast
from tests.fakes.monday import Monday
from tests.fakes.monday.world import Hook, Item
from tests.harness.clock import Clock
from tests.harness.events import deliver as tell
from tests.stages import Case

TYPES = {
    Field.STATUS: "status",
    Field.PRIORITY: "status",
    Field.ESTIMATE: "numbers",
    Field.START: "date",
    Field.FINISH: "date",
    Field.ASSIGNEE: "people",
    Field.REQUESTER: "text",
    Field.BRANCH: "text",
    Field.KIND: "text",
    Field.LINK: "link",
    Field.KEY: "text",
}
LABELS = {
    "status": {"waiting": 0, "in_progress": 1, "user_testing": 2, "deploy": 3},
    "priority": {"high": 0, "medium": 1, "low": 2},
}
TEXTS = {
    "status": ["Waiting", "In Progress", "User Testing", "Deploy"],
    "priority": ["High", "Medium", "Low"],
}
SUBSCRIBED = (
    "create_item", "change_name", "change_column_value", "item_archived", "item_deleted", "item_restored",
    "create_update",
)  # fmt: skip


class Mirror:
    """Both sides of the mirror, in one test."""

    def __init__(self, fake: Monday, cast: Cast, clock: Clock) -> None:
        self.fake, self.cast, self.clock = fake, cast, clock
        self.board = fake.world.make_board("Requests")
        for name, kind in TYPES.items():
            texts = {
                "status": ["Waiting", "In Progress", "User Testing", "Deploy"],
                "priority": ["High", "Medium", "Low"],
            }
            labels = [{"id": n, "label": text, "index": n} for n, text in enumerate(texts.get(name, []))]
            fake.world.make_column(
                self.board, str(name), str(name), kind, {"labels": labels} if labels else None
            )
        self.there: dict[str, Any] = {}
        for name in ("it_manager", "agent", "other_agent", "requester"):
            self.there[name] = fake.person(cast[name].name, cast[name].email)
            MondayPerson.objects.create(user=cast[name], monday_id=self.there[name].id, name=cast[name].name)
        self.stranger = fake.person("Somebody")
        self.connection = Connection.objects.create(
            board_id=self.board.id, columns={str(name): str(name) for name in TYPES}, labels=LABELS, is_active=True,
            plan="pro", account_id=fake.account, own_id=fake.integration.id, new_items=NewItems.ADOPT,
        )  # fmt: skip
        for event in SUBSCRIBED:
            hook = Hook(fake.world.number(), self.board.id, self.address, event, fake.token, None)
            fake.world.hooks[hook.id] = hook

    @property
    def address(self) -> str:
        """Where monday.com calls us."""
        return actions.webhook_url(connection=self.connection)

    def case(self, *steps: str, **how: Any) -> Case:
        """A request that has come so far; everybody was told."""
        case = Case(self.cast, **how)
        for step in ("opened", *steps):
            getattr(case, step)()
        tell()
        return case

    def turn(self, most: int = 12) -> None:
        """Both sides talk until nothing is left to say just now."""
        for _n in range(most):
            tell()
            heard = self.fake.hooks.deliver()
            if not actions.deliver() + heard:
                return
            self.clock.forward(seconds=1)

    def item(self, case: Case) -> Item:
        """The one card of the request."""
        (found,) = self.fake.world.items_by("key")[case.ticket.number]
        return found

    def shown(self, case: Case, name: str) -> Any:
        """What a cell of the card holds."""
        item = self.item(case)
        told = self.fake.world.shown_item(item)["column_values"](ids=[name])[0]
        return told.get("label") or told["text"]

    def drag(self, case: Case, label: str, who: str = "agent") -> None:
        """Somebody moves the card."""
        person = self.there.get(who, self.stranger)
        self.fake.world.by(person).set(self.item(case), "status", {"index": LABELS["status"][label]})

    def set(self, case: Case, name: str, value: Any, who: str = "it_manager") -> None:
        """Somebody writes into a cell."""
        self.fake.world.by(self.there.get(who, self.stranger)).set(self.item(case), name, value)

    def link(self, case: Case) -> Link:
        """How the request stands with its card."""
        return Link.objects.get(ticket=case.pk)

    def said(self, case: Case) -> list[str]:
        """What we wrote below the card."""
        return [update["text_body"] for update in self.item(case).updates]

    def remarks(self) -> list[str]:
        """What we have to say, said or not."""
        return list(Remark.objects.order_by("pk").values_list("text", flat=True))


@contextmanager
def opened(cast: Cast, clock: Clock, settings: Any) -> Iterator[Mirror]:
    """A connected board. Time stands still on both sides."""
    browser = Client()

    def receive(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        path = url.removeprefix(settings.BASE_URL.rstrip("/"))
        given = {name: value for name, value in headers.items() if name != "Content-Type"}
        answer = browser.post(path, data=body, content_type="application/json", headers=given)
        return answer.status_code, answer.content

    with Monday(now=lambda: clock.now, receiver=receive) as fake:
        settings.MONDAY_TOKEN, settings.MONDAY_API_URL = fake.token, fake.url
        yield Mirror(fake, cast, clock)
        assert fake.misuses == []


@pytest.fixture
def mirror(cast: Cast, clock: Clock, settings: Any) -> Iterator[Mirror]:
    """A connected board."""
    with opened(cast, clock, settings) as found:
        yield found
