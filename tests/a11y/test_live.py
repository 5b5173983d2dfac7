"""What renews itself keeps the reader's place, and cards of the board go where the rules let them."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.a11y.conftest import SignIn, settled
from tests.a11y.test_swaps import equals_reload
from tests.cast import Cast
from tests.harness.browser import PHONE
from tests.stages import plain
from tickets import actions as tickets
from tickets.enums import Priority, Status
from tickets.models import Ticket

RENEW = """id => new Promise(done => {
    const region = document.getElementById(id);
    region.addEventListener('htmx:afterRequest', event => done(event.detail.xhr.status), {once: true});
    htmx.trigger(region, 'renew');
})"""


def _accept(cast: Cast, ticket: Ticket) -> None:
    tickets.accept(ticket=ticket, priority=Priority.LOW, assignee=cast.agent, by=cast.it_manager)


def test_a_list_renews_itself_and_keeps_the_place(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    ticket = cases["repair opened"].ticket
    # Without motion, or the page would still be gliding to the focus while the place is taken.
    page = sign_in(
        cast.agent, language="en", viewport={"width": 1200, "height": 500}, reduced_motion="reduce"
    )
    settled(page, "/requests/?filters=1")
    row = page.locator(f"#row-{ticket.pk}")
    row.locator("a").focus()
    page.evaluate("scrollTo({top: 700, behavior: 'instant'})")
    page.evaluate("document.querySelector('main tr:last-child').mine = true")
    assert page.evaluate("scrollY") > 500
    place = "document.querySelector('main tr:last-child').getBoundingClientRect().top"
    before = page.evaluate(place)
    _accept(cast, ticket)
    assert page.evaluate(RENEW, "requests") == 200
    expect(row).to_contain_text("Waiting")
    assert page.evaluate("document.activeElement.closest('tr').id") == f"row-{ticket.pk}"
    assert page.evaluate("document.querySelector('main tr:last-child').mine"), "the row was made anew"
    assert page.evaluate(place) == pytest.approx(before, abs=1), "what is read moved on the screen"


def test_what_is_the_same_is_not_sent(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.it_manager)
    for address, region in (("/", "dashboard"), ("/requests/board/", "board"), ("/requests/", "bell")):
        settled(page, address)
        assert page.evaluate(RENEW, region) == 200
        page.evaluate("id => { document.getElementById(id).firstElementChild.mine = true }", region)
        assert page.evaluate(RENEW, region) == 304
        assert page.evaluate("id => document.getElementById(id).firstElementChild.mine", region)


def test_the_numbers_of_the_menu_move_with_the_bell(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    page = sign_in(cast.it_manager)
    settled(page, "/notifications/")
    count = page.locator("#count-side-tickets-list")
    before = int(count.inner_text().split()[0])
    _accept(cast, cases["repair opened"].ticket)
    page.evaluate(RENEW, "bell")
    expect(count).to_contain_text(str(before - 1))


@pytest.mark.parametrize(
    "busy",
    [
        "region => { region.append(Object.assign(document.createElement('input'), {id: 'x'})); x.focus(); }",
        "region => document.getSelection().selectAllChildren(region.querySelector('td'))",
        "region => region.setAttribute('data-held', '')",
    ],
    ids=["typing", "selecting", "dragging"],
)
def test_whoever_is_busy_in_it_is_not_disturbed(scene: Any, sign_in: SignIn, busy: str) -> None:
    cast, cases = scene
    ticket = cases["repair opened"].ticket
    page = sign_in(cast.agent, language="en")
    settled(page, "/requests/")
    page.eval_on_selector("#requests", busy)
    _accept(cast, ticket)
    page.evaluate(RENEW, "requests")
    expect(page.locator(f"#row-{ticket.pk}")).to_contain_text("New")


def test_a_ticket_shows_where_it_stands_without_a_reload(scene: Any, sign_in: SignIn) -> None:
    """Somebody else accepts it and answers: status, clock, steps and buttons follow; an open menu stays open."""
    cast, _cases = scene
    ticket = plain(cast, "opened").ticket
    page = sign_in(cast.it_manager, language="en")
    settled(page, ticket.url)
    standing, course = page.locator("#standing"), page.locator("#course")
    expect(course.locator(f'a[href$="/{ticket.pk}/reject/"]')).to_be_visible()
    course.locator("summary").click()
    _accept(cast, ticket)
    tickets.answer(ticket=ticket, text="We look at it.", by=cast.agent)
    assert page.evaluate(RENEW, "talk") == 200
    expect(standing).to_contain_text("Waiting")
    expect(standing).to_contain_text("in time")
    expect(course).to_contain_text("will take it up")
    expect(course.locator(f'a[href$="/{ticket.pk}/start/"]')).to_be_visible()
    expect(course.locator(f'a[href$="/{ticket.pk}/reject/"]')).to_have_count(0)
    expect(course.locator("details[open]")).to_have_count(1)
    for selector in ("#standing", "#talk"):
        equals_reload(page, selector)


# The board ------------------------------------------------------------------------------------------------------------


def _drag(page: Page, ticket: Ticket, lane: str) -> None:
    handle = page.locator(f"#card-{ticket.pk} [data-grip]")
    handle.scroll_into_view_if_needed()
    grip, there = handle.bounding_box(), page.locator(f"[data-lane={lane}]").bounding_box()
    assert grip is not None
    assert there is not None
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(there["x"] + 30, grip["y"] + 5, steps=8)
    page.mouse.up()


class Finger:
    """One finger on the glass, as Chromium hears it from a touch screen."""

    def __init__(self, page: Page) -> None:
        self._glass = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: dict[str, float]) -> None:
        self._glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    def drags(self, start: Any, end: dict[str, float], *, steps: int = 8) -> None:
        """Down in the middle of `start`, over to the point `end`, up."""
        x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
        self._send("touchStart", {"x": x, "y": y})
        for n in range(1, steps + 1):
            part = n / steps
            self._send("touchMove", {"x": x + (end["x"] - x) * part, "y": y + (end["y"] - y) * part})
        self._send("touchEnd")


def test_a_card_is_dragged_by_a_finger(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    ticket = plain(cast, "accepted").ticket
    page = sign_in(
        cast.agent, language="en", has_touch=True, is_mobile=True, viewport={"width": 800, "height": 1100}
    )
    settled(page, "/requests/board/")
    card = page.locator(f"#card-{ticket.pk}")
    grip, lane = card.locator("[data-grip]"), page.locator("[data-lane=in_progress]")
    grip.scroll_into_view_if_needed()
    assert (grip.bounding_box() or {})["width"] >= 24
    start, there = grip.bounding_box(), lane.bounding_box()
    assert start is not None
    assert there is not None
    scrolled = page.evaluate("[scrollX, scrollY]")
    Finger(page).drags(start, {"x": there["x"] + 40, "y": start["y"] + 10})
    expect(lane.locator(f"#card-{ticket.pk}")).to_have_count(1)
    expect(page.locator(".dragged")).to_have_count(0)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS
    assert page.evaluate("[scrollX, scrollY]") == scrolled, "the finger moved the page instead of the card"


def test_a_card_is_dragged_to_the_next_column(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    ticket = cases["repair accepted"].ticket
    page = sign_in(cast.agent)
    settled(page, "/requests/board/")
    _drag(page, ticket, "in_progress")
    expect(page.locator(f"[data-lane=in_progress] #card-{ticket.pk}")).to_be_visible()
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS
    expect(page.locator(".dragged")).to_have_count(0)


def test_a_refused_card_goes_back_and_says_why(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    repair, development = cases["repair accepted"].ticket, cases["small planned"].ticket
    page = sign_in(cast.agent, language="en")
    settled(page, "/requests/board/")
    _drag(page, repair, "user_testing")
    expect(page.locator(".toast-box")).to_contain_text("no step")
    _drag(page, development, "in_progress")
    expect(page.locator(".toast-box").last).to_contain_text("SOP-A2")
    for ticket in (repair, development):
        expect(page.locator(f"[data-lane=waiting] #card-{ticket.pk}")).to_be_visible()


def test_a_card_that_needs_words_leads_to_its_form(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    ticket = cases["repair opened"].ticket
    page = sign_in(cast.it_manager)
    settled(page, "/requests/board/")
    _drag(page, ticket, "waiting")
    page.wait_for_url(f"**/requests/{ticket.pk}/accept/")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_card_moves_by_the_keyboard(scene: Any, sign_in: SignIn, script: bool) -> None:
    cast, cases = scene
    ticket = cases["repair accepted"].ticket
    page = sign_in(cast.agent, viewport=PHONE, java_script_enabled=script)
    page.goto("/requests/board/")
    page.locator(f"#card-{ticket.pk} button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-lane=in_progress] #card-{ticket.pk}")).to_have_count(1)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.IN_PROGRESS


def test_the_filters_come_into_the_page(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.agent, viewport=PHONE)
    settled(page, "/requests/?status=new")
    page.locator("#filters a").click()
    expect(page.locator("#id_status_1")).to_be_checked()
    page.locator("#id_kind").select_option("troubleshooting")
    with page.expect_navigation():
        page.locator("#filters button").click()
    assert "status=new" in page.url
    assert "kind=troubleshooting" in page.url


def test_the_queue_grows_and_what_was_ticked_stays(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    page = sign_in(cast.it_manager)
    settled(page, "/requests/triage/")
    first = cases["repair opened"].ticket
    page.locator(f"#t{first.pk}").check()
    later = plain(cast, "opened").ticket
    page.evaluate(RENEW, "queue")
    expect(page.locator(f"#t{later.pk}")).to_be_visible()
    expect(page.locator(f"#t{first.pk}")).to_be_checked()
    page.locator(f"#t{later.pk}").focus()
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("2")


def test_an_empty_queue_is_read_again_when_somebody_asks(scene: Any, sign_in: SignIn) -> None:
    cast, cases = scene
    for name in ("repair opened", "small opened"):
        tickets.reject(ticket=cases[name].ticket, reason="No.", by=cast.it_manager)
    page = sign_in(cast.it_manager)
    settled(page, "/requests/triage/")
    later = plain(cast, "opened").ticket
    with page.expect_navigation():
        page.evaluate("htmx.trigger('#queue', 'renew')")
    expect(page.locator(f"#t{later.pk}")).to_be_visible()


def test_whose_visit_has_ended_stays_on_the_page(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    page = sign_in(cast.agent)
    settled(page, "/requests/")
    page.context.clear_cookies()
    for region in ("requests", "bell"):
        assert page.evaluate(RENEW, region) == 401
    expect(page.locator(".toast-box a")).to_have_count(2)
    assert page.url.endswith("/requests/")
