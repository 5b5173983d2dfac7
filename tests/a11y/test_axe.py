"""axe-core finds nothing on any page of the story: light and dark, both languages, on a desk and on a phone."""

from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from tests.a11y.conftest import SignIn, settled
from tests.cast import Cast
from tests.harness.browser import DESK, PHONE
from tests.i18n.walk import STRANGER, kind_of, walk
from tickets import actions as tickets
from tickets.models import Ticket

AXE = (settings.NODE / "axe-core/axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ROLES = ("it_manager", "requester", "agent", "director", "board", "administrator")
RUN = """async only => (await axe.run(document, only)).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html.slice(0, 150)}`))"""
REPAINT = """async theme => {
    const still = new CSSStyleSheet();
    still.replaceSync('*, ::before, ::after { transition: none !important; }');
    document.adoptedStyleSheets = [still];
    document.documentElement.setAttribute('data-bs-theme', theme);
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
EVERYTHING = {"runOnly": TAGS}
STAGES = {"/requests/1/", "/approvals/1/"}


def visits(cast: Cast) -> dict[str, list[str]]:
    """Whose browser opens what: every kind of page once, home and hubs for everybody, a ticket at every stage."""
    wanted: dict[str, list[str]] = {}
    known: set[str] = set()
    for role in ROLES:
        browser, hubs = Client(), set()
        browser.force_login(cast[role])
        for path, answer in walk(browser, most=1):
            kind, whole = kind_of(path), b"<html" in answer.content
            fresh = (
                kind == "/"
                or kind not in known
                or (kind in STAGES and (role == "it_manager" or kind not in hubs))
            )
            if whole and fresh:
                wanted.setdefault(role, []).append(path)
                hubs.add(kind)
                known.add(kind)
    return wanted


def violations(page: Page, only: dict[str, Any]) -> list[str]:
    """What axe says about the page as it stands."""
    found: list[str] = page.evaluate(RUN, only)
    return found


def inspected(page: Page, path: str) -> set[str]:
    """The violations of one address, light on a desk and dark on a phone; and nothing sticks out."""
    page.set_viewport_size(DESK)
    settled(page, path)
    page.evaluate(AXE)
    found = {f"light desk {v}" for v in violations(page, EVERYTHING)}
    page.set_viewport_size(PHONE)
    repaint(page, "dark")
    found |= {f"dark phone {v}" for v in violations(page, EVERYTHING)}
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.add("phone: the page is wider than the screen")
    return {f"{path} {violation}" for violation in found}


def repaint(page: Page, theme: str) -> None:
    """The page in the other theme, at once: colours on their way are not colours."""
    page.evaluate(REPAINT, theme)


def test_every_page_of_the_story_in_indonesian(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    found: set[str] = set()
    for role, paths in visits(cast).items():
        page = sign_in(cast[role], reduced_motion="reduce")
        for path in paths:
            found |= inspected(page, path)
    assert not found, "\n".join(sorted(found))


def test_every_kind_of_page_in_english(scene: Any, sign_in: SignIn) -> None:
    cast, _cases = scene
    found: set[str] = set()
    known: set[str] = set()
    for role, paths in visits(cast).items():
        page = sign_in(cast[role], language="en", viewport=PHONE, reduced_motion="reduce")
        for path in [p for p in paths if kind_of(p) not in known]:
            known.add(kind_of(path))
            settled(page, path)
            page.evaluate(AXE)
            found |= {f"{path} light {v}" for v in violations(page, EVERYTHING)}
            repaint(page, "dark")
            found |= {f"{path} dark {v}" for v in violations(page, EVERYTHING)}
    assert not found, "\n".join(sorted(found))
    assert len(known) > 35, f"only {len(known)} kinds of page were found: {sorted(known)}"


def test_forms_with_mistakes(scene: Any, sign_in: SignIn) -> None:
    """The summary of errors, fields that are refused and a decision that is held."""
    cast, cases = scene
    found: set[str] = set()
    for role, path in (
        ("it_manager", f"/requests/{cases['repair opened'].pk}/accept/"),
        ("requester", f"/approvals/{cases['held planned'].brm.pk}/edit/"),
        ("director", f"/approvals/{cases['held brm_submitted'].brm.pk}/"),
    ):
        page = sign_in(cast[role], viewport=PHONE, reduced_motion="reduce")
        settled(page, path)
        with page.expect_navigation():
            page.locator("main form[novalidate] .btn-primary").first.click()
        assert page.locator("[data-errors], main .errorlist").count(), path
        page.evaluate(AXE)
        found |= {f"{path} {v}" for v in violations(page, EVERYTHING)}
    assert not found, "\n".join(sorted(found))


def test_the_pages_before_signing_in(sign_in: SignIn) -> None:
    page = sign_in()
    assert {v for path in STRANGER for v in inspected(page, path)} == set()


def test_lists_with_their_filters_and_a_month_of_work(scene: Any, sign_in: SignIn) -> None:
    """What no link of the story opens: all filters, chosen columns, nothing found, plans in the calendar."""
    cast, _cases = scene
    today = timezone.localdate()
    Ticket.objects.filter(status__in=["waiting", "in_progress", "done"]).update(
        start_date=today, finish_date=today
    )
    view = tickets.save_view(name="New ones", query="status=new", is_shared=True, by=cast.it_manager)
    found: set[str] = set()
    for role, paths in {
        "it_manager": [
            "/requests/?filters=1&status=new&sort=due", "/requests/?q=zzz&kind=development", "/requests/?status=new",
            "/requests/?status=all&cols=status&cols=asked&cols=estimate", f"/requests/views/{view.pk}/",
            "/requests/views/", "/requests/board/", "/requests/calendar/", "/developments/board/",
            "/developments/timeline/", "/developments/capacity/",
            "/developments/audit/over-estimate/",
        ],
        "requester": ["/requests/?filters=1"],
    }.items():  # fmt: skip
        page = sign_in(cast[role], reduced_motion="reduce")
        for path in paths:
            found |= inspected(page, path)
    assert not found, "\n".join(sorted(found))
