"""People after an @: by keyboard, by finger, and for whoever hears the page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.a11y.conftest import SignIn, settled
from tests.a11y.test_axe import AXE, EVERYTHING, violations
from tests.harness.browser import PHONE
from tickets.models import Comment


@pytest.fixture
def writing(scene: Any, sign_in: SignIn) -> Any:
    """`writing()` is the agent's page of a repair, its field and the list below it."""
    cast, cases = scene

    def opened(path: str = "", **options: Any) -> tuple[Page, Any, Any]:
        page = sign_in(cast.agent, language="en", **options)
        settled(page, f"{cases['repair started'].ticket.url}{path}")
        return page, page.locator("main textarea[name=text]"), page.locator("[role=listbox]")

    return opened


def test_a_name_is_chosen_with_the_keyboard_and_reaches_its_person(writing: Any) -> None:
    page, field, people = writing()
    field.press_sequentially("Ask @r")
    expect(people.get_by_role("option")).to_have_text(["Rina Kartika"])
    assert field.get_attribute("aria-controls") == people.get_attribute("id")
    assert field.get_attribute("aria-activedescendant") == people.get_by_role("option").get_attribute("id")
    expect(page.locator("#conversation [role=status]", has_text="People found")).to_contain_text("1")
    field.press("Enter")
    expect(field).to_have_value("Ask @Rina Kartika ")
    expect(people).to_be_hidden()
    field.press_sequentially("please")
    with page.expect_navigation():
        page.locator("#conversation .form-actions button").click()
    said = Comment.objects.order_by("-pk")[0]
    assert said.text == "Ask @Rina Kartika please"
    assert said.ticket.watchers.filter(person__name="Rina Kartika").exists()


def test_arrows_go_round_escape_closes_and_an_address_is_no_mention(writing: Any) -> None:
    _page, field, people = writing()
    field.press_sequentially("@")
    chosen = people.locator("[aria-selected=true]")
    expect(chosen).to_have_attribute("data-name", "Agung Pratama")
    field.press("ArrowUp")
    expect(chosen).to_have_attribute("data-name", "Sari Wulandari")
    field.press("ArrowDown")
    expect(chosen).to_have_attribute("data-name", "Agung Pratama")
    field.press("Escape")
    expect(people).to_be_hidden()
    expect(field).to_have_value("@")
    field.fill("")
    with _page.expect_request(lambda asked: "/people/" in asked.url):
        field.press_sequentially("mail budi@r and @j")
    expect(people.get_by_role("option")).to_have_text(["Joko Susilo"])
    field.press("Tab")
    expect(field).to_have_value("mail budi@r and @Joko Susilo ")


def test_a_finger_chooses_and_the_open_list_is_accessible(writing: Any) -> None:
    page, field, people = writing("note/", viewport=PHONE, has_touch=True, reduced_motion="reduce")
    field.press_sequentially("@")
    expect(people.get_by_role("option").first).to_be_visible()
    page.evaluate(AXE)
    assert violations(page, EVERYTHING) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for option in people.get_by_role("option").all():
        assert (option.bounding_box() or {})["height"] >= 44
    people.get_by_role("option", name="Joko").tap()
    expect(field).to_have_value("@Joko Susilo ")
    expect(field).to_be_focused()
