"""What htmx puts into the page is what a reload would show: nobody sees a page that does not exist."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.a11y.conftest import SignIn, settled
from tests.harness.events import deliver
from tests.stages import plain
from tickets import actions as tickets

# A part of the page without what htmx and forgery protection write into it.
PART = """selector => {
    const part = document.querySelector(selector).cloneNode(true);
    part.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(field => field.remove());
    [part, ...part.querySelectorAll('*')].forEach(one => {
        [...one.classList].filter(name => name.startsWith('htmx-')).forEach(name => one.classList.remove(name));
        if (!one.classList.length) one.removeAttribute('class');
    });
    return part.outerHTML.replace(/\\s+/g, ' ');
}"""


def part(page: Page, selector: str) -> str:
    """The part as it stands."""
    found: str = page.evaluate(PART, selector)
    return found


def equals_reload(page: Page, selector: str) -> None:
    """The part as it was put in, and as the whole page shows it."""
    swapped = part(page, selector)
    settled(page, page.url)
    assert swapped == part(page, selector)


def test_the_dashboard_asks_again(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.it_manager)
    page.clock.install()
    settled(page, "/")
    case = plain(cast, "opened")
    expect(page.locator("#triage")).not_to_contain_text(case.ticket.number)
    page.clock.run_for(21_000)
    expect(page.locator("#triage")).to_contain_text(case.ticket.number)
    equals_reload(page, "#dashboard")


def test_the_bell_counts_on(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    page = sign_in(cast.requester)
    page.clock.install()
    settled(page, "/notifications/")
    before = page.locator("#bell").get_attribute("aria-label")
    tickets.answer(ticket=cases["repair opened"].ticket, text="We look at it.", by=cast.agent)
    deliver()
    page.clock.run_for(31_000)
    expect(page.locator("#bell")).not_to_have_attribute("aria-label", before or "")
    equals_reload(page, "#bell")


def test_the_development_is_the_same_inside_the_ticket_and_alone(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    page = sign_in(cast.agent)
    for name in ("small opened", "small on_training", "held brm_submitted"):
        settled(page, f"/requests/{cases[name].pk}/")
        inside = part(page, "#development")
        settled(page, f"/developments/of/{cases[name].pk}/")
        assert inside == part(page, "#development"), name


def test_the_document_appears_by_itself(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    case = cases["held director_signed"]
    case.brm_approved()
    page = sign_in(cast.requester)
    page.clock.install()
    settled(page, f"/approvals/{case.brm.pk}/")
    expect(page.locator("#document [role=status]")).to_be_visible()
    deliver()
    page.clock.run_for(3_000)
    expect(page.locator("#document [role=status]")).to_have_count(0)
    expect(page.locator("#document a[href$='document.pdf']")).to_be_visible()
    equals_reload(page, "#document")
