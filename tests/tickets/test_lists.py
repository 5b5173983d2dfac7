"""Lists: filters, orders, pages that neither lose nor repeat, names, columns, parts that renew themselves."""

import random
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import Team, User
from core.pages import Order
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.refusals import not_possible, not_yours
from tests.stages import plain
from tickets import actions as tickets
from tickets.enums import Channel, Kind
from tickets.lists import COLUMNS, ORDERS, in_order, usual
from tickets.models import SavedView, Ticket


def ask(cast: Cast, title: str = "Printer", by: User | None = None, **facts: Any) -> Ticket:
    given = {"kind": Kind.TROUBLESHOOTING, "description": "Mati.", "channel": Channel.BROWSER} | facts
    return tickets.open_ticket(title=title, by=by or cast.requester, **given)


def shown(browser: Any, address: str) -> list[int]:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    rows = BeautifulSoup(answer.content, "html.parser").select("tr[id^=row-]")
    return [int(row["id"].removeprefix("row-")) for row in rows]


# Filters --------------------------------------------------------------------------------------------------------------


def test_each_filter_narrows_the_list(cast: Cast, page: Any, clock: Clock) -> None:
    clock.forward(days=-30)
    old = ask(cast, kind=Kind.DATA_UPDATE)
    clock.forward(days=30)
    new = ask(cast, by=cast.outsider, channel=Channel.PHONE)
    work = plain(cast, "started").ticket
    testing = plain(cast, "handed_over").ticket
    done = plain(cast, "confirmed").ticket
    team = Team.objects.create(name="Jaringan")
    Ticket.objects.filter(pk=work.pk).update(team=team, finish_date=timezone.localdate() - timedelta(days=1))
    Ticket.objects.filter(pk=old.pk).update(asked_back_at=timezone.now())
    browser = page(cast.it_manager)
    today = timezone.localdate().isoformat()
    for query, wanted in {
        "": {old, new, work, testing},
        "status=all": {old, new, work, testing, done},
        "status=done": {done},
        "status=new&status=in_progress": {old, new, work},
        "status=open&status=done": {old, new, work, testing, done},
        "kind=data_update": {old},
        "priority=high": {work, testing},
        f"branch={cast.denpasar.pk}": {new},
        f"team={team.pk}": {work},
        f"assignee={cast.agent.pk}": {work, testing},
        "assignee=none": {old, new},
        "assignee=me": set(),
        "requester=made": {new},
        f"requester={cast.outsider.pk}": {new},
        "requester=outsider@": {new},
        "channel=phone": {new},
        f"asked_from={today}": {new, work, testing},
        f"asked_to={(timezone.localdate() - timedelta(days=29)).isoformat()}": {old},
        "waits=on": {old, testing},
        "late=on": {old, work},
        "late=on&kind=data_update": {old},
    }.items():
        assert set(shown(browser, f"/requests/?{query}")) == {t.pk for t in wanted}, query


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense", "branch=x", "branch=99999999999999999999", "asked_from=2026-02-31", "sort=;drop", "cols=x",
        "before=x", "before=999999999999999999999", "after=-1", "sort=changed&before=2026~1", "sort=changed&before=~1",
        "sort=priority&before=abc~2", "sort=due&after=2026-01-01T00:00:00~5", "requester=%25", "q=%00",
        "team=1&assignee=me",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_no_error(cast: Cast, page: Any, query: str) -> None:
    ask(cast)
    for person in (cast.agent, cast.requester):
        assert page(person).get(f"/requests/?{query}").status_code == 200


def test_a_wrong_filter_is_named(cast: Cast, page: Any) -> None:
    answer = page(cast.agent).get("/requests/?asked_from=2026-02-31&filters=1")
    assert b"errorlist" in answer.content


def test_a_chip_takes_its_filter_away(cast: Cast, page: Any) -> None:
    answer = page(cast.agent).get("/requests/?status=new&status=waiting&q=printer&sort=oldest&cols=status")
    chips = BeautifulSoup(answer.content, "html.parser").select("a.chip")
    assert [chip["href"].partition("?")[2] for chip in chips] == [
        "status=waiting&q=printer&sort=oldest&cols=status",
        "status=new&q=printer&sort=oldest&cols=status",
        "status=new&status=waiting&sort=oldest&cols=status",
    ]


def test_an_empty_list_offers_those_that_have_ended(cast: Cast, page: Any) -> None:
    case = plain(cast, "confirmed")
    browser = page(cast.requester)
    answer = browser.get("/requests/?q=report")
    assert b'href="/requests/?q=report&amp;status=all"' in answer.content
    assert shown(browser, "/requests/?q=report&status=all") == [case.pk]


def test_a_requester_has_the_simple_list(cast: Cast, page: Any) -> None:
    ask(cast)
    answer = page(cast.requester).get("/requests/?filters=1").content.decode()
    assert 'name="status"' in answer
    assert 'name="assignee"' not in answer
    assert "/requests/board/" not in answer
    mine = page(cast.requester).get("/requests/?waits=on").content.decode()
    assert "Waits for the requester" not in mine, "who asked is not told of themselves as of somebody else"
    for address in ("/requests/calendar/", "/requests/board/"):
        assert 'class="narrow"' not in page(cast.requester).get(address).content.decode()
        assert 'class="narrow"' in page(cast.agent).get(address).content.decode()


# Orders and pages ----------------------------------------------------------------------------------------------------


def _many(cast: Cast, number: int) -> list[Ticket]:
    made = [ask(cast, f"Printer {n}") for n in range(number)]
    dice = random.Random(5)
    now = timezone.now().replace(microsecond=0)
    for ticket in made:
        facts = {"priority": dice.choice(["", "low", "medium", "high"])}
        at = now - timedelta(minutes=dice.randrange(3))
        Ticket.objects.filter(pk=ticket.pk).update(changed_at=at, **facts)
    return list(Ticket.objects.filter(pk__in=[t.pk for t in made]))


_URGENCY = {"high": 3, "medium": 2, "low": 1, "": 0}
EXPECTED: dict[str, Any] = {
    "newest": lambda t: -t.pk,
    "oldest": lambda t: t.pk,
    "changed": lambda t: (-t.changed_at.timestamp(), -t.pk),
    "priority": lambda t: (-_URGENCY[t.priority], -t.pk),
    "due": lambda t: (t.created_at, t.pk),
}


def test_every_order_has_its_expectation() -> None:
    assert set(EXPECTED) == set(ORDERS)


@pytest.mark.parametrize("name", ORDERS)
def test_pages_of_an_order_are_the_whole_list_forth_and_back(cast: Cast, page: Any, name: str) -> None:
    wanted = [t.pk for t in sorted(_many(cast, 60), key=EXPECTED[name])]
    browser, address = page(cast.agent), f"/requests/?sort={name}"
    pages: list[list[int]] = []
    while address:
        pages.append(shown(browser, address))
        address, here = _link(browser, address, "next"), address
    assert [pk for part in pages for pk in part] == wanted
    for part in reversed(pages[:-1]):
        here = _link(browser, here, "prev")
        assert shown(browser, here) == part
    assert not _link(browser, here, "prev")


def _link(browser: Any, address: str, rel: str) -> str:
    found = BeautifulSoup(browser.get(address).content, "html.parser").select_one(f".pager a[rel={rel}]")
    return f"/requests/{found['href']}" if found else ""


@pytest.mark.parametrize("name", ["newest", "oldest", "priority", "changed", "due"])
def test_no_row_is_lost_or_repeated_while_others_ask(cast: Cast, name: str) -> None:
    """Whoever reads on while new requests arrive gets each of the old ones once."""
    there = {t.pk for t in _many(cast, 30)}
    program = Program(cast.agent)
    read: list[int] = []
    answer = program.get("tickets/", ordering=name, page_size=7)
    while True:
        read += [row["id"] for row in answer["results"]]
        ask(cast, "Meanwhile")
        if not answer["next"]:
            break
        answer = program.get(answer["next"].partition("/api/v1/")[2])
    assert len(read) == len(set(read))
    assert there <= set(read)


def test_the_api_goes_back_by_its_own_links(cast: Cast) -> None:
    _many(cast, 10)
    program = Program(cast.agent)
    first = program.get("tickets/", ordering="changed", page_size=4)
    second = program.get(first["next"].partition("/api/v1/")[2])
    again = program.get(second["previous"].partition("/api/v1/")[2])
    assert [r["id"] for r in again["results"]] == [r["id"] for r in first["results"]]
    assert first["previous"] is None
    assert again["previous"] is None


@pytest.mark.parametrize("cursor", ["x", "cD0=", "cD1h", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk="])
def test_a_cursor_that_nobody_gave_is_not_found(cast: Cast, cursor: str) -> None:
    program = Program(cast.agent)
    program.get("tickets/", cursor=cursor, ordering="priority")
    assert program.status == 404


def test_the_api_filters_as_the_page_does(cast: Cast) -> None:
    ticket = ask(cast, "Kaleidoskop", channel=Channel.PHONE)
    ask(cast, "Printer")
    program = Program(cast.agent)
    for facts in ({"q": "kaleidoskop"}, {"channel": "phone"}, {"q": ticket.number}):
        assert [row["id"] for row in program.get("tickets/", **facts)["results"]] == [ticket.pk]
    assert program.get("tickets/", late=True)["results"] == []
    program.get("tickets/", ordering="pk; drop")
    assert program.status == 400


def test_those_that_wait_for_an_answer_come_by_their_deadline(cast: Cast) -> None:
    first, second = ask(cast), ask(cast)
    answered = ask(cast)
    tickets.answer(ticket=answered, text="Kami datang.", by=cast.agent)
    rows, order = in_order(Ticket.objects.visible_to(cast.agent), "due")
    assert [t.pk for t in order.sorted(rows)] == [first.pk, second.pk]


def test_a_place_that_no_row_has_is_refused() -> None:
    for place in ("", "x", "1~", "~1", "1~1", "9" * 30):
        with pytest.raises(ValueError, match=r".*"):
            Order("changed_at", read=ORDERS["changed"].read).beyond(Ticket.objects.all(), place)


# Columns and names ---------------------------------------------------------------------------------------------------


def test_columns_are_chosen_in_the_address(cast: Cast, page: Any) -> None:
    ask(cast)
    accounts.set_preferences(user=cast.agent, language="en")
    answer = page(cast.agent).get("/requests/?cols=requester&cols=channel")
    heads = [th.get_text(strip=True) for th in BeautifulSoup(answer.content, "html.parser").select("main th")]
    assert heads == ["Request", "Requester", "Channel"]


def test_every_column_can_be_shown(cast: Cast, page: Any) -> None:
    plain(cast, "handed_over")
    every = "&".join(f"cols={name}" for name, _label in COLUMNS)
    assert len(shown(page(cast.agent), f"/requests/?{every}")) == 1


def test_a_list_is_kept_under_a_name_and_found_by_it(cast: Cast, page: Any) -> None:
    browser = page(cast.agent)
    browser.post("/requests/views/", {"name": "Mine", "query": "sort=oldest&status=new&evil=1&cols=status"})
    view = SavedView.objects.get()
    assert (view.owner, view.query) == (cast.agent, "cols=status&sort=oldest&status=new")
    answer = browser.get(f"/requests/?{view.query}")
    assert f'href="/requests/views/{view.pk}/"'.encode() in answer.content
    assert b"Mine" in browser.get("/requests/").content
    browser.post(f"/requests/views/{view.pk}/", {"name": "Ours", "is_shared": "on"})
    assert b"Ours" in page(cast.other_agent).get("/requests/").content
    assert b"Ours" not in page(cast.requester).get("/requests/").content
    assert page(cast.other_agent).get(f"/requests/views/{view.pk}/").status_code == 404
    browser.post(f"/requests/views/{view.pk}/", {"delete": "1"})
    assert not SavedView.objects.exists()


def test_a_nameless_list_keeps_what_was_typed(cast: Cast, page: Any) -> None:
    answer = page(cast.agent).post("/requests/views/", {"name": " ", "query": "status=new"})
    assert answer.status_code == 422
    assert b'value="status=new"' in answer.content


def test_lists_are_shared_by_it_alone_and_changed_by_their_owner(cast: Cast) -> None:
    _ = cast.requester, cast.agent
    with not_yours():
        tickets.save_view(name="Mine", query="", is_shared=True, by=cast.requester)
    view = tickets.save_view(name="Mine", query="status=all", by=cast.requester)
    again = tickets.save_view(name="Mine", query="status=new", by=cast.requester)
    assert (again.pk, again.query) == (view.pk, "status=new")
    other = tickets.save_view(name="Other", query="", by=cast.requester)
    with not_possible():
        tickets.change_view(view=other, name="Mine", by=cast.requester)
    for act in (
        lambda: tickets.change_view(view=view, name="X", by=cast.agent),
        lambda: tickets.delete_view(view=view, by=cast.agent),
    ):
        with not_yours():
            act()


def test_nobody_keeps_lists_without_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.actions.lists.MOST_VIEWS", 1)
    tickets.save_view(name="One", query="", by=cast.agent)
    tickets.save_view(name="One", query="status=new", by=cast.agent)
    with not_possible():
        tickets.save_view(name="Two", query="", by=cast.agent)


def test_lists_under_a_name_over_the_api(cast: Cast) -> None:
    agent, other = Program(cast.agent), Program(cast.other_agent)
    made = agent.post("lists/", name="New ones", query="status=new", is_shared=True)
    assert (agent.status, made["query"]) == (201, "status=new")
    assert [row["name"] for row in other.get("lists/")["results"]] == ["New ones"]
    other.post(f"lists/{made['id']}/delete/")
    assert other.status == 403
    assert agent.post(f"lists/{made['id']}/change/", name="Fresh")["is_shared"] is False
    agent.post(f"lists/{made['id']}/delete/")
    assert (agent.status, SavedView.objects.count()) == (204, 0)


def test_two_addresses_that_mean_the_same_read_the_same() -> None:
    assert (
        usual("status=new&q=&sort=oldest&x=1") == usual("sort=oldest&status=new") == "sort=oldest&status=new"
    )


# Parts that renew themselves ------------------------------------------------------------------------------------------

PARTS = [
    ("/requests/", "requests"),
    ("/requests/board/", "board"),
    ("/", "dashboard"),
    ("/notifications/bell/", "bell"),
]


@pytest.mark.parametrize(("address", "part"), PARTS)
def test_a_part_that_has_not_changed_is_not_sent_again(
    cast: Cast, page: Any, clock: Clock, address: str, part: str
) -> None:
    ask(cast)
    browser = page(cast.it_manager)
    asked = {"HX-Request": "true", "HX-Target": part}
    first = browser.get(address, headers=asked)
    assert f'id="{part}"'.encode() in first.content
    assert b"<html" not in first.content
    assert "no-cache" in first["Cache-Control"]
    same = browser.get(address, headers=asked | {"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    ask(cast, "Layar gelap")
    news = browser.get(address, headers=asked | {"If-None-Match": first["ETag"]})
    assert news.status_code == 200


def test_the_menu_says_how_many_wait_for_the_it_manager(cast: Cast, page: Any) -> None:
    ask(cast)
    accounts.set_preferences(user=cast.it_manager, language="en")
    answer = page(cast.it_manager).get("/notifications/bell/").content.decode()
    counts = BeautifulSoup(answer, "html.parser").select("[id=count-side-tickets-list]")
    assert [c.get_text() for c in counts] == ["1 waiting"]
    other = BeautifulSoup(page(cast.agent).get("/requests/").content, "html.parser")
    assert other.select_one("[id=count-side-tickets-list]") is None  # nothing waits for an agent there
