"""What only a browser shows: a development goes from Waiting to Deploy on the board, and says why where it may not."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, expect

from accounts.models import User
from devflow import actions as devflow
from tests.cast import PASSWORD, Cast
from tests.harness.browser import Person
from tests.stages import Case, reach
from tickets import actions as tickets

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/developments/board/"


@pytest.fixture
def people(live_server: Any, chromium: Browser, transactional_db: None) -> Iterator[Any]:
    """`people("agent")` is somebody signed in; nobody's console may hold an error."""
    cast, known = Cast(), []
    cast.everybody()
    User.objects.update(language="en")

    def person(name: str, *, phone: bool = False) -> Person:
        known.append(Person(name, chromium, live_server.url, phone=phone).sign_in(PASSWORD))
        return known[-1]

    person.cast = cast  # type: ignore[attr-defined]
    yield person
    for somebody in known:
        somebody.leave()
    assert [error for somebody in known for error in somebody.errors] == []


def card(person: Person, case: Case, lane: str) -> Locator:
    return person.page.locator(f'[data-lane="{lane}"] [data-card="{case.ticket.number}"]')


def drag(person: Person, case: Case, lane: str) -> None:
    """Take the card by its grip and let it go over a column."""
    mouse = person.page.mouse
    grip = person.page.locator(f'[data-card="{case.ticket.number}"] [data-grip]').bounding_box()
    there = person.page.locator(f'[data-lane="{lane}"]').bounding_box()
    assert grip
    assert there
    mouse.move(grip["x"] + 4, grip["y"] + 4)
    mouse.down()
    mouse.move(there["x"] + 30, there["y"] + 40, steps=6)
    mouse.up()


def refused(person: Person, words: str) -> None:
    expect(person.page.locator(".toast-box", has_text=words).first).to_be_visible()


def test_a_development_goes_from_waiting_to_deploy(people: Any) -> None:
    case, agent = reach(people.cast, "planned"), people("agent")
    agent.go(ADDRESS)

    drag(agent, case, "deploy")
    refused(agent, "SOP-A2: Trial first, then Training")
    expect(card(agent, case, "waiting")).to_be_visible()

    drag(agent, case, "in_progress")
    expect(card(agent, case, "in_progress").locator('[data-to="user_testing"]')).to_be_visible()
    drag(agent, case, "user_testing")
    refused(agent, "SOP-A2: There is no build yet")

    case.built()
    drag(agent, case, "user_testing")
    refused(agent, "SOP-A2: This build was never on Trial")
    case.on_trial()

    # With the keyboard: the button on the card leads to the form of the act.
    card(agent, case, "in_progress").locator('[data-to="user_testing"]').focus()
    with agent.page.expect_navigation():
        agent.page.keyboard.press("Enter")
    agent.fill(scenarios="Print the report")
    agent.send()
    agent.go(ADDRESS)
    drag(agent, case, "deploy")
    refused(agent, "SOP-A6: This is not the build whose UAT was signed")
    expect(card(agent, case, "user_testing")).to_be_visible()

    for step in (case.tested, case.uat_submitted, case.signed):
        step()
    agent.go(ADDRESS)
    expect(card(agent, case, "deploy")).to_contain_text("Ready for Production")
    expect(card(agent, case, "deploy").get_by_text("Release to Production")).to_have_count(0)
    drag(agent, case, "waiting")
    refused(agent, "SOP-A2: Work that has begun does not go back")

    # The IT Manager releases it, on a phone.
    manager = people("it_manager", phone=True)
    manager.go(ADDRESS)
    card(manager, case, "deploy").get_by_text("Release to Production").click()
    manager.send()
    manager.go(ADDRESS)
    expect(card(manager, case, "deploy")).to_contain_text("Done")
    assert case.ticket.status == "done"
    assert manager.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_who_may_not_move_a_card_has_no_grip(people: Any) -> None:
    case, requester = reach(people.cast, "planned"), people("requester")
    requester.go(ADDRESS)
    expect(card(requester, case, "waiting")).to_be_visible()
    expect(card(requester, case, "waiting").locator("[data-grip], button")).to_have_count(0)


WHY = "Since this morning every invoice is refused, as the format of the file has changed. It cannot wait."


def test_an_emergency_fits_on_its_card_and_into_its_report(people: Any) -> None:
    case = reach(people.cast, "on_training")
    devflow.ask_emergency(build=case.build, reason=WHY, by=people.cast.agent)
    case.agree("it_manager", "db_manager")
    case.done()
    auditor = people("auditor")
    auditor.go(ADDRESS)
    told = card(auditor, case, "user_testing")
    expect(told).to_contain_text("UAT and review until")
    inside = "e => e.scrollWidth <= e.clientWidth && e.offsetWidth <= e.parentElement.clientWidth"
    assert told.evaluate(inside)
    tag = told.locator(".tag", has_text="UAT and review until")
    assert tag.evaluate("e => e.scrollHeight <= e.clientHeight && e.offsetHeight >= 36")
    auditor.go("/developments/audit/emergencies/")
    expect(auditor.page.locator("tbody tr")).to_contain_text(WHY)
    assert auditor.page.locator(".table-wrap").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_what_release_notes_are_asked_for_has_room(people: Any) -> None:
    case, agent = reach(people.cast, "done"), people("agent")
    agent.go(f"/developments/systems/{case.request.system_id}/notes/")
    fields = agent.page.locator("main form input:not([type=hidden])")
    assert [width >= 170 for width in fields.evaluate_all("all => all.map(e => e.offsetWidth)")] == [True] * 4
    assert agent.page.locator("main form label").first.inner_text().strip().endswith(":") is False


def test_the_timeline_scrolls_in_itself_and_keeps_the_names(people: Any) -> None:
    case, agent = reach(people.cast, "started"), people("agent", phone=True)
    agent.go("/developments/timeline/")
    weeks = agent.page.locator(".gantt")
    expect(weeks).to_contain_text(case.ticket.number)
    assert agent.page.evaluate("document.documentElement.scrollWidth") <= 360
    name = agent.page.locator(".gantt th[scope=row]").first
    before = name.bounding_box()
    weeks.evaluate("e => { e.scrollLeft = 300 }")
    assert weeks.evaluate("e => e.scrollLeft") > 200
    assert name.bounding_box() == before


def test_the_capacity_scrolls_in_itself_also_where_it_says_too_much(people: Any) -> None:
    case, today, by = reach(people.cast, "started"), timezone.localdate(), people.cast.it_manager
    tickets.estimate(ticket=case.ticket, hours=Decimal(90), reason="It is larger.", by=by)
    tickets.plan(ticket=case.ticket, start_date=today, finish_date=today, by=by)
    manager = people("it_manager", phone=True)
    manager.go("/developments/capacity/")
    expect(manager.page.locator(".gantt .over").first).to_contain_text("90")
    assert manager.page.evaluate("document.documentElement.scrollWidth") <= 360
