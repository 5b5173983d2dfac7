# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Every verb of a ticket: done by whom, recorded how, refused when."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts import actions as accounts
from core import files
from events.models import Event
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import recorded
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, plain, reach
from tickets import actions as tickets
from tickets.enums import Channel, Kind, TicketEvent
from tickets.models import Attachment, Comment, Draft, Ticket


def ask(cast: Cast, **facts: Any) -> Ticket:
    given = {
        "kind": Kind.TROUBLESHOOTING, "title": "Printer", "description": "It smokes.", "by": cast.requester,
        "channel": Channel.BROWSER,
    }  # fmt: skip
    return tickets.open_ticket(**(given | facts))


def test_a_request_begins_in_the_triage_queue(cast: Cast) -> None:
    ticket = ask(cast, title="  Printer \n on  fire ")
    assert (ticket.status, ticket.title, ticket.branch) == ("new", "Printer on fire", cast.bandung)
    assert [e.type for e in Event.objects.about(ticket)] == ["ticket.opened", "clock.started"]


@pytest.mark.parametrize("facts", [{"title": " \n "}, {"description": ""}, {"description": "  "}])
def test_a_request_says_what_it_is_about(cast: Cast, facts: dict[str, str]) -> None:
    _ = cast.requester
    with not_possible("what you need"):
        ask(cast, **facts)


def test_a_request_comes_from_a_branch(cast: Cast) -> None:
    person = cast.nobody
    with not_possible("do not belong to a branch"):
        ask(cast, by=person)


def test_markup_stays_text(cast: Cast) -> None:
    ticket = ask(cast, title="<script>alert(1)</script>", description="<b>bold</b>")
    assert (ticket.title, ticket.description) == ("<script>alert(1)</script>", "<b>bold</b>")


def test_accepting_decides_who_how_urgent_and_how_long(cast: Cast) -> None:
    case = plain(cast, "opened")
    with recorded(TicketEvent.ACCEPTED, TicketEvent.ESTIMATED) as events:
        case.accepted()
    ticket = case.ticket
    assert (ticket.status, ticket.priority, ticket.assignee, ticket.accepted_by) == (
        "waiting", "high", cast.agent, cast.it_manager,
    )  # fmt: skip
    assert events[0].facts["assignee_id"] == cast.agent.pk


@pytest.mark.parametrize(
    "name", ["agent", "db_manager", "director", "requester", "auditor", "administrator", "foreign_it_manager"]
)
def test_nobody_else_accepts(cast: Cast, name: str) -> None:
    case, person, agent = plain(cast, "opened"), cast[name], cast.agent
    with not_yours():
        tickets.accept(ticket=case.ticket, priority="high", assignee=agent, by=person)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["requester", "director", "auditor", "foreign_agent"])
def test_work_goes_to_it_of_this_branch(cast: Cast, name: str) -> None:
    case, person = plain(cast, "opened"), cast[name]
    with not_possible("does not work in IT"):
        tickets.accept(ticket=case.ticket, priority="high", assignee=person, by=cast.it_manager)  # type: ignore[arg-type]


def test_a_dated_substitute_accepts_and_both_are_named(cast: Cast) -> None:
    case, today = plain(cast, "opened"), timezone.localdate()
    accounts.name_substitute(
        absent=cast.it_manager,
        substitute=cast.other_agent,
        first=today,
        last=today,
        reason="Leave",
        by=cast.it_manager,
    )
    tickets.accept(ticket=case.ticket, priority="low", assignee=cast.agent, by=cast.again("other_agent"))  # type: ignore[arg-type]
    event = Event.objects.about(case.ticket).get(type="ticket.accepted")
    assert (event.actor, event.on_behalf_of) == (cast.other_agent, cast.it_manager)
    assert event.who == "Agung Pratama for Rina Kartika"


def test_what_has_ended_stays_as_it_is(cast: Cast) -> None:
    case = plain(cast, "confirmed")
    for act in (
        lambda: tickets.cancel(ticket=case.ticket, by=cast.requester),
        lambda: tickets.start(ticket=case.ticket, by=cast.agent),
        lambda: tickets.assign(ticket=case.ticket, assignee=cast.other_agent, by=cast.it_manager),
        lambda: tickets.answer(ticket=case.ticket, text="One more thing", by=cast.requester),
    ):
        _ = cast.other_agent
        with not_possible():
            act()


def test_a_rejection_and_a_changed_estimate_need_a_reason(cast: Cast) -> None:
    new, accepted = plain(cast, "opened"), plain(cast, "accepted")
    with not_possible("say why"):
        tickets.reject(ticket=new.ticket, reason=" ", by=cast.it_manager)
    with not_possible("say why"):
        tickets.estimate(ticket=accepted.ticket, hours=Decimal(9), reason="", by=cast.agent)


def test_a_development_is_not_moved_like_a_repair(cast: Cast) -> None:
    case = reach(cast, "accepted")
    with not_possible(rule="SOP-A2"):
        tickets.start(ticket=case.ticket, by=cast.agent)


def test_the_first_human_answer_of_it_is_the_response(cast: Cast, clock: Clock) -> None:
    case = plain(cast, "accepted")
    clock.forward(minutes=10)
    first = tickets.answer(ticket=case.ticket, text="We come.", by=cast.agent)
    clock.forward(minutes=10)
    tickets.answer(ticket=case.ticket, text="We are here.", by=cast.agent)
    assert case.ticket.answered_at == first.created_at


def test_a_manager_who_asks_does_not_answer_himself(cast: Cast) -> None:
    cast.it_manager.branch = cast.bandung
    cast.it_manager.save()
    ticket = ask(cast, by=cast.it_manager)
    tickets.answer(ticket=ticket, text="Never mind.", by=cast.it_manager)
    assert Ticket.objects.get(pk=ticket.pk).answered_at is None


def test_too_many_or_refused_files_keep_nothing(cast: Cast) -> None:
    case = plain(cast, "accepted")
    many = [(f"{n}.txt", io.BytesIO(b"x")) for n in range(tickets.MOST_FILES + 1)]
    with not_possible("at most"):
        tickets.answer(ticket=case.ticket, text="Look", by=cast.requester, uploads=many)
    bad: list[tuple[str, Any]] = [("a.txt", io.BytesIO(b"x")), ("b.png", io.BytesIO(b"MZ\x00"))]
    with not_possible("not accepted"):
        tickets.answer(ticket=case.ticket, text="Look", by=cast.requester, uploads=bad)
    assert (Comment.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Users\\sari\\foto.png", "foto.png"), ("a\x00b\r\nc.txt", "abc.txt"),
        ("", "file"), ("/", "file"), ("x" * 300, "x" * 200), ("foto kasir.jpg", "foto kasir.jpg"),
    ],
)  # fmt: skip
def test_a_name_is_a_label_never_a_path(cast: Cast, name: str, kept: str) -> None:
    case = plain(cast, "accepted")
    tickets.answer(ticket=case.ticket, text="Look", by=cast.requester, uploads=[(name, io.BytesIO(b"x"))])
    assert Attachment.objects.get().name == kept


# Drafts ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def draft(cast: Cast) -> Draft:
    row = tickets.begin_draft(kind=Kind.DEVELOPMENT, by=cast.requester)
    return tickets.write_draft(
        draft=row, fields={"title": "Report", "description": "Count"}, by=cast.requester
    )


def test_coming_back_finds_the_draft(cast: Cast, draft: Draft) -> None:
    assert tickets.begin_draft(kind=Kind.DEVELOPMENT, by=cast.requester) == draft
    assert tickets.begin_draft(kind=Kind.DATA_UPDATE, by=cast.requester) != draft


def test_sending_twice_gives_one_ticket(cast: Cast, draft: Draft) -> None:
    tickets.attach_to_draft(draft=draft, name="a.txt", file=io.BytesIO(b"hello"), by=cast.requester)
    ticket = tickets.send(draft=draft, by=cast.requester)
    assert tickets.send(draft=draft, by=cast.requester) == ticket
    assert [files.path_of(a.sha256).read_bytes() for a in ticket.attachments.all()] == [b"hello"]
    with not_possible("already sent"):
        tickets.write_draft(draft=draft, fields={"title": "Other"}, by=cast.requester)


def test_a_draft_is_ones_own(cast: Cast, draft: Draft) -> None:
    file = tickets.attach_to_draft(draft=draft, name="a.txt", file=io.BytesIO(b"hello"), by=cast.requester)
    for name in ("colleague", "it_manager", "branch_head", "administrator"):
        person = cast[name]
        for act in (
            lambda p: tickets.write_draft(draft=draft, fields={}, by=p),
            lambda p: tickets.send(draft=draft, by=p),
            lambda p: tickets.discard(draft=draft, by=p),
            lambda p: tickets.detach(attachment=file, by=p),
        ):
            with not_yours():
                act(person)


def test_a_draft_without_its_words_is_not_sent(cast: Cast) -> None:
    row = tickets.begin_draft(kind=Kind.DATA_UPDATE, by=cast.requester)
    with not_possible("what you need"):
        tickets.send(draft=row, by=cast.requester)


# Who sees what -----------------------------------------------------------------------------------------------------------


def test_each_sees_what_concerns_them(cast: Cast) -> None:
    cast.everybody()
    here, held = plain(cast, "accepted"), reach(cast, "brm_submitted", hours=24)
    there = Case(cast)
    there.requester = "outsider"
    there.opened()
    seen = {
        name: set(Ticket.objects.visible_to(cast[name]).values_list("pk", flat=True))
        for name in cast.everybody()
    }
    ours, everything = {here.pk, held.pk}, {here.pk, held.pk, there.pk}
    for name in ("agent", "other_agent", "it_manager", "db_manager", "auditor"):
        assert seen[name] == everything, name
    for name in ("requester", "branch_head"):
        assert seen[name] == ours, name
    for name in ("director", "board"):
        assert seen[name] == {held.pk}, name
    for name in ("outsider", "foreign_head", "foreign_agent", "foreign_it_manager"):
        assert seen[name] == {there.pk}, name
    for name in ("colleague", "administrator", "nobody", "foreign_director"):
        assert seen[name] == set(), name
