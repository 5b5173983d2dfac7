"""What only a browser shows: receiving with the keyboard, canned answers at the caret, desks that see each other."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.cast import PASSWORD, Cast
from tests.harness.browser import Person
from tests.stages import plain
from tests.tickets.desk import again, asked
from tickets.actions import answer
from tickets.models import CannedAnswer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(live_server: Any, chromium: Browser, transactional_db: None) -> Iterator[Any]:
    """`people("agent")` is somebody signed in; nobody's console may hold an error."""
    cast, known = Cast(), []
    cast.everybody()

    def person(name: str) -> Person:
        known.append(Person(name, chromium, live_server.url, phone=False).sign_in(PASSWORD))
        return known[-1]

    person.cast = cast  # type: ignore[attr-defined]
    yield person
    for somebody in known:
        somebody.leave()
    assert [error for somebody in known for error in somebody.errors] == []


def test_many_are_received_without_a_mouse(people: Any) -> None:
    cast = people.cast
    one, kept, two = asked(cast), asked(cast), asked(cast)
    manager = people("it_manager")
    manager.go("/requests/triage/")
    keyboard, page = manager.page.keyboard, manager.page
    for key in ("j", "x", "j", "j", "x", "k", "j"):
        keyboard.press(key)
    assert page.locator("[data-chosen]").inner_text() == "2"
    keyboard.press("a")
    assert page.evaluate("document.activeElement.name") == "accept-priority"
    keyboard.press("Space")
    keyboard.press("Tab")
    page.keyboard.type(cast.agent.name)
    manager.send('button[value="accept"]')
    manager.sees(one.number)
    assert [again(t).status for t in (one, kept, two)] == ["waiting", "new", "waiting"]


def test_a_canned_answer_joins_what_was_typed_and_both_survive(people: Any) -> None:
    cast = people.cast
    case = plain(cast, "started")
    CannedAnswer.objects.create(title="Photo", text="Dear {requester}, a photo please.")
    agent = people("agent")
    agent.go(case.ticket.url)
    field = agent.page.locator("#conversation textarea[name=text]")
    field.fill("Good morning.")
    agent.page.locator("details[data-canned] > summary").click()
    agent.page.locator("[data-insert]").first.click()
    expect(field).to_have_value("Good morning.\nDear Sari Wulandari, a photo please.")
    agent.page.reload()
    expect(field).to_have_value("Good morning.\nDear Sari Wulandari, a photo please.")


def test_two_desks_see_each_other_write(people: Any) -> None:
    cast = people.cast
    case = plain(cast, "started")
    one, other = people("agent"), people("other_agent")
    one.go(case.ticket.url)
    one.page.wait_for_load_state("networkidle")
    with one.page.expect_response(lambda answer: "/presence/" in answer.url):
        one.page.locator("#conversation textarea[name=text]").fill("We come")
    other.go(case.ticket.url)
    expect(other.page.locator("[data-presence]")).to_contain_text("Budi Santoso")
    expect(other.page.locator("[data-presence]")).to_contain_text("menulis")


def test_what_another_one_writes_appears_and_disturbs_nobody(people: Any) -> None:
    cast = people.cast
    case = plain(cast, "started")
    agent = people("agent")
    agent.go(case.ticket.url)
    field = agent.page.locator("#conversation textarea[name=text]")
    field.fill("I think that")
    answer(ticket=case.ticket, text="It burns again.", by=cast.requester)
    agent.page.evaluate("htmx.trigger('#talk', 'renew')")
    expect(agent.page.locator("#talk")).to_contain_text("It burns again.")
    expect(field).to_have_value("I think that")
    expect(field).to_be_focused()
    field.fill("I think that it is the fuser.")
    agent.send("#answer button.btn-primary")  # what has appeared was read: no second look is asked for
    expect(agent.page.locator("#talk")).to_contain_text("it is the fuser")


def test_what_is_typed_at_one_desk_is_found_at_another(people: Any) -> None:
    case = plain(people.cast, "started")
    one = people("agent")
    one.go(case.ticket.url)
    with one.page.expect_response(lambda sent: "/unsent/" in sent.url and sent.status == 204):
        one.page.locator("#conversation textarea[name=text]").fill("Half an answer")
    other = people("agent")
    other.go(case.ticket.url)
    expect(other.page.locator("#conversation textarea[name=text]")).to_have_value("Half an answer")
    other.send("#answer button.btn-primary")
    expect(other.page.locator("#talk")).to_contain_text("Half an answer")
    other.go(case.ticket.url)
    expect(other.page.locator("#conversation textarea[name=text]")).to_have_value("")
