"""Without a mouse: the skip link, an order that follows the page, a focus one sees, menus that close."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.a11y.conftest import SignIn, settled
from tests.cast import PASSWORD
from tests.harness.browser import PHONE

# Where the focus is: its place in the document, whether it can be seen, and whether something shows that it is there.
FOCUS = """() => {
    const here = document.activeElement;
    const box = here.getBoundingClientRect();
    const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const look = getComputedStyle(here);
    const behind = getComputedStyle(here.closest('.drop-pick') || here);
    return {
        place: [...document.querySelectorAll('*')].indexOf(here),
        name: here.outerHTML.slice(0, 120),
        ringed: look.outlineStyle !== 'none' || look.boxShadow !== 'none' || behind.outlineStyle !== 'none'
            || [...(here.labels || [])].some(label => getComputedStyle(label).outlineStyle !== 'none'),
        covered: !(over && [here, ...(here.labels || [])].some(one => one.contains(over) || over.contains(one)))
            && `${over && over.outerHTML.slice(0, 80)} at ${box.x} ${box.y}`,
    };
}"""


def stops(page: Page, *, most: int = 60) -> list[dict[str, Any]]:
    """Every place where the focus rests on the way through the page by Tab."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if found and stop["place"] <= found[0]["place"]:
            break
        found.append(stop)
    return found


def walks_well(page: Page) -> None:
    """The focus goes down the page, is always shown and never hidden below a bar."""
    found = stops(page)
    assert len(found) > 5
    places = [stop["place"] for stop in found]
    assert places == sorted(places)
    assert [stop["name"] for stop in found if not stop["ringed"]] == []
    assert [(stop["name"], stop["covered"]) for stop in found if stop["covered"]] == []


def test_the_first_stop_leads_past_the_menu(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.requester)
    settled(page, "/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('main') !== null")


def test_the_focus_goes_down_the_page_and_is_always_seen(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    for role, path in (
        ("requester", "/"),
        ("it_manager", f"/requests/{cases['repair opened'].pk}/accept/"),
        ("agent", f"/requests/{cases['small on_trial'].pk}/"),
        ("director", f"/approvals/{cases['held brm_submitted'].brm.pk}/"),
    ):
        page = sign_in(cast[role], reduced_motion="reduce")
        settled(page, path)
        walks_well(page)


def test_the_focus_is_not_hidden_below_the_bars_of_a_phone(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    page = sign_in(cast.board, viewport=PHONE, reduced_motion="reduce")
    settled(page, f"/approvals/{cases['held director_signed'].brm.pk}/")
    walks_well(page)


def test_escape_closes_the_menu_and_returns_to_it(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.requester)
    settled(page, "/")
    menu = page.locator("details[data-menu]")
    menu.locator("summary").press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_a_form_sent_back_begins_at_its_summary(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    page = sign_in(cast.it_manager)
    settled(page, f"/requests/{cases['repair opened'].pk}/accept/")
    with page.expect_navigation():
        page.locator("main form[novalidate] .btn-primary").press("Enter")
    expect(page.locator("[data-errors]")).to_be_focused()
    page.locator("[data-errors] a").first.press("Enter")
    assert page.evaluate("() => document.activeElement.closest('form') !== null")


def goes_to(page: Page, wanted: Locator, *, most: int = 80) -> None:
    """By Tab alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"the focus never came to {wanted}")


def test_a_form_is_signed_without_a_pointer(scene: Any, sign_in: SignIn) -> None:
    """Every field is found by the name under which a screen reader tells of it; what is signed is told as well."""
    cast, cases = scene
    form = cases["held brm_submitted"].brm
    page = sign_in(cast.director, language="en", reduced_motion="reduce")
    settled(page, f"/approvals/{form.pk}/")
    approve = page.locator("#approve")
    name = approve.get_by_role("textbox", name="Type your full name")
    expect(name).to_have_accessible_description(re.compile(cast.director.name))
    for place, typed in ((name, cast.director.name), (approve.get_by_label("Password"), PASSWORD)):
        goes_to(page, place)
        page.keyboard.type(typed)
    goes_to(page, approve.get_by_role("button", name="Approve and sign"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    signed = page.locator(".signatures li").filter(has_text="Signed")
    expect(signed).to_contain_text(cast.director.name)
    assert form.decisions.get().decided_by == cast.director
