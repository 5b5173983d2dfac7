"""The telephone: who calls, when, what was said; twenty seconds."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import User
from clocks.models import Clock
from core.errors import PermissionDenied
from events.models import Event
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.clock import Clock as Time
from tests.harness.events import deliver, names_told
from tickets import actions
from tickets.enums import Channel, Kind
from tickets.models import Ticket

CALL = {"kind": "troubleshooting", "title": "The printer is on fire", "description": "", "ago": "0"}


def _names(answer: Any) -> list[str]:
    page = BeautifulSoup(answer.content, "html.parser")
    return [label.span.find(string=True).strip() for label in page.select("#callers label, .choices label")]


def _callers(browser: Any, who: str) -> list[str]:
    return _names(browser.get("/requests/phone/callers/", {"who": who}))


def _newest() -> Ticket:
    return Ticket.objects.order_by("-pk")[0]


def test_three_fields_are_enough(cast: Cast, page: Any) -> None:
    answer = page(cast.agent).post("/requests/phone/", CALL | {"caller": cast.requester.pk})
    ticket = _newest()
    assert answer["Location"] == ticket.url
    assert (ticket.requester, ticket.channel, ticket.branch) == (cast.requester, Channel.PHONE, cast.bandung)
    assert ticket.description == "The printer is on fire"


def test_the_clock_starts_at_the_time_of_the_call(cast: Cast, page: Any, clock: Time) -> None:
    page(cast.agent).post("/requests/phone/", CALL | {"caller": cast.requester.pk, "ago": "30"})
    ticket = _newest()
    assert timezone.now() - ticket.created_at == timedelta(minutes=30)
    running = Clock.objects.get(subject_id=ticket.pk)
    assert running.due_at - timezone.now() == timedelta(minutes=90)


def test_what_the_caller_was_told_is_the_first_answer(cast: Cast, page: Any, clock: Time) -> None:
    page(cast.agent).post(
        "/requests/phone/",
        CALL | {"caller": cast.requester.pk, "ago": "10", "told": "Pull the plug, I come."},
    )
    ticket = _newest()
    assert ticket.answered_at == timezone.now()
    comment = ticket.comments.get()
    assert (comment.author, comment.channel, comment.text) == (cast.agent, "phone", "Pull the plug, I come.")


def test_the_ledger_names_both_and_the_caller_gets_the_receipt(cast: Cast, page: Any) -> None:
    _ = cast.it_manager
    page(cast.agent).post("/requests/phone/", CALL | {"caller": cast.requester.pk})
    event = Event.objects.get(type="ticket.opened")
    assert event.who == "Budi Santoso for Sari Wulandari"
    deliver()
    assert names_told() == ["it_manager", "requester"]


def test_an_earlier_call_is_written_with_its_moment_and_a_future_one_refused(cast: Cast, page: Any) -> None:
    browser = page(cast.agent)
    when = timezone.localtime() - timedelta(days=1)
    call = CALL | {"caller": cast.requester.pk, "ago": "other"}
    browser.post("/requests/phone/", call | {"called_at": when.strftime("%Y-%m-%dT%H:%M")})
    assert timezone.now() - _newest().created_at >= timedelta(days=1)
    for moment, said in (
        (timezone.localtime() + timedelta(hours=1), "This moment has not come yet"),
        (timezone.localtime() - timedelta(days=8), "That is too long ago"),
    ):
        accounts_language(cast.agent)
        answer = browser.post("/requests/phone/", call | {"called_at": moment.strftime("%Y-%m-%dT%H:%M")})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert "The printer is on fire" in answer.content.decode(), "what was typed is still there"


def accounts_language(person: User) -> None:
    """Their pages in English."""
    User.objects.filter(pk=person.pk).update(language="en")


def test_an_earlier_call_needs_its_moment(cast: Cast, page: Any) -> None:
    answer = page(cast.agent).post("/requests/phone/", CALL | {"caller": cast.requester.pk, "ago": "other"})
    assert answer.status_code == 422
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "who", ["sari", "Wulandari Sari", "bandung sari", "0812-3456 7890", "+62 812 3456", "7890", "BDG wul"]
)
def test_a_caller_is_found_by_name_number_or_branch(cast: Cast, page: Any, who: str) -> None:
    User.objects.filter(pk=cast.requester.pk).update(phone="0812 3456-7890")
    _ = cast.outsider
    assert _callers(page(cast.agent), who) == ["Sari Wulandari"]


def test_a_telephone_system_opens_the_form_with_the_callers_number(cast: Cast, page: Any) -> None:
    """As addresses are written: a plus sign that was not escaped arrives as a blank."""
    User.objects.filter(pk=cast.requester.pk).update(phone="0812 3456-7890")
    _ = cast.outsider
    for number in ("%2B6281234567890", "+6281234567890", "081234567890"):
        shown = page(cast.agent).get(f"/requests/phone/?who={number}").content.decode()
        assert f'id="caller-{cast.requester.pk}" checked' in shown
    assert page(cast.agent).get(f"/requests/phone/?who={'9' * 5000}").status_code == 200
    assert page(cast.requester).get("/requests/phone/?who=0812").status_code == 404


def test_whoever_is_called_so_stands_before_those_in_whose_word_it_hides(cast: Cast, page: Any) -> None:
    """Every branch is a Cabang; "ban" means Bandung."""
    cast.everybody()
    found = _callers(page(cast.agent), "ban")
    assert found[:3] == ["Dewi Lestari", "Hendra Gunawan", "Sari Wulandari"]
    assert len(found) > 3


def test_a_branch_shows_its_people_and_never_more_than_eight(cast: Cast, page: Any) -> None:
    cast.everybody()
    browser = page(cast.agent)
    assert _callers(browser, "Bandung") == ["Dewi Lestari", "Hendra Gunawan", "Sari Wulandari"]
    for n in range(10):
        User.objects.create(email=f"n{n}@kumala.example", name=f"Nama {n}", branch=cast.bandung)
    assert len(_callers(browser, "Bandung")) == 8
    assert _callers(browser, "") == []
    assert _callers(browser, "'; DROP TABLE %%% ((") == []


def test_it_of_one_branch_takes_calls_of_that_branch_only(cast: Cast, page: Any) -> None:
    cast.everybody()
    browser = page(cast.foreign_agent)
    assert _callers(browser, "Bandung") == []
    assert "Made Wirawan" in _callers(browser, "Denpasar")
    answer = browser.post("/requests/phone/", CALL | {"caller": cast.requester.pk})
    assert answer.status_code == 422
    with pytest.raises(PermissionDenied):
        actions.write_down(
            requester=cast.requester,
            kind=Kind.TROUBLESHOOTING,
            title="x",
            description="",
            by=cast.foreign_agent,
        )


def test_without_javascript_the_form_searches_when_it_is_sent(cast: Cast, page: Any) -> None:
    cast.everybody()
    browser = page(cast.agent)
    several = browser.post("/requests/phone/", CALL | {"who": "Bandung"})
    assert several.status_code == 422
    assert "Sari Wulandari" in several.content.decode()
    assert browser.post("/requests/phone/", CALL | {"who": "nobody at all"}).status_code == 422
    alone = browser.post("/requests/phone/", CALL | {"who": "wulandari"})
    assert alone.status_code == 302
    assert _newest().requester == cast.requester


def test_a_caller_whom_nobody_knows_is_spoken_for_by_the_head_of_the_branch(cast: Cast, page: Any) -> None:
    _ = cast.branch_head
    stranger = {"stranger": "Pak Joko 0811-22", "branch": cast.bandung.pk}
    page(cast.agent).post("/requests/phone/", CALL | stranger)
    ticket = _newest()
    assert ticket.requester == cast.branch_head
    assert "Pak Joko 0811-22" in ticket.description
    assert not User.objects.filter(name__icontains="joko 08").exists(), (
        "nobody is enrolled by a telephone call"
    )


def test_in_a_branch_without_a_head_the_agent_asks_and_the_request_says_so(cast: Cast, page: Any) -> None:
    stranger = {"stranger": "Pak Joko 0811-22", "branch": cast.bandung.pk, "told": "I call back."}
    assert page(cast.agent).post("/requests/phone/", CALL | stranger).status_code == 302
    ticket = _newest()
    assert (ticket.requester, ticket.branch) == (cast.agent, cast.bandung)
    assert "Pak Joko 0811-22" in ticket.description
    assert "Cabang Bandung belum punya kepala cabang: Budi Santoso" in ticket.description
    assert ticket.answered_at is None, "nobody answers themselves"
    actions.answer(ticket=ticket, text="We come.", by=cast.it_manager)
    ticket = _newest()
    assert ticket.answered_at is not None


def test_it_of_another_branch_takes_no_call_of_a_stranger(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        actions.write_down_for_stranger(
            caller="Pak Joko", branch=cast.bandung, title="x", description="", kind=Kind.TROUBLESHOOTING,
            by=cast.foreign_agent,
        )  # fmt: skip


def test_a_program_of_it_writes_a_call_down(cast: Cast) -> None:
    called = timezone.now() - timedelta(minutes=20)
    said = Program(cast.agent).post(
        "tickets/", kind="troubleshooting", title="No network", description="Since nine.", channel="phone",
        requester=cast.requester.pk, asked_at=called.isoformat(), told="I restart the router.",
    )  # fmt: skip
    ticket = Ticket.objects.get(pk=said["id"])
    assert (ticket.requester, ticket.channel, ticket.created_at) == (cast.requester, "phone", called)
    assert ticket.answered_at is not None


def test_a_program_of_a_requester_writes_for_nobody_else_and_moves_no_clock(cast: Cast) -> None:
    program = Program(cast.requester)
    base = {"kind": "troubleshooting", "title": "No network", "description": "Since nine."}
    for more in (
        {"requester": cast.colleague.pk},
        {"asked_at": (timezone.now() - timedelta(hours=2)).isoformat()},
        {"channel": "phone"},
    ):
        program.post("tickets/", **base, **more)
        program.refused(403)
    assert not Ticket.objects.exists()


def test_searching_asks_little(cast: Cast, page: Any, django_assert_max_num_queries: Any) -> None:
    cast.everybody()
    browser = page(cast.agent)
    browser.get("/requests/phone/")
    with django_assert_max_num_queries(10):
        browser.get("/requests/phone/")
    with django_assert_max_num_queries(6):
        browser.get("/requests/phone/callers/", {"who": "Bandung"})
