"""Where letters belong: requests, answers, and what nobody can prove."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import User
from clocks.models import Clock
from core import times
from events.models import Event
from integrations.mailbox import actions
from integrations.mailbox.models import AdmittedDomain, Message
from tests.cast import Cast
from tests.harness.database import unchanged
from tests.mailbox import letters
from tests.mailbox.conftest import Receive
from tests.mailbox.letters import answer, letter
from tests.stages import plain
from tickets.enums import Channel, Kind
from tickets.models import Comment, Ticket


def test_a_letter_of_a_known_person_is_a_request_from_when_it_was_received(
    cast: Cast, receive: Receive
) -> None:
    at = timezone.now() - timedelta(minutes=50)
    message = receive(letter(cast.requester, "It smokes.\n\n-- \nSari", subject="Bls: Re: Printer"), at=at)
    ticket = message.ticket
    assert (message.state, message.person) == ("accepted", cast.requester)
    assert (ticket.kind, ticket.channel, ticket.title) == (Kind.TROUBLESHOOTING, Channel.EMAIL, "Printer")
    assert (ticket.description, ticket.requester, ticket.branch) == (
        "It smokes.",
        cast.requester,
        cast.bandung,
    )
    assert ticket.created_at == at
    clock = Clock.objects.get(subject_type="tickets.ticket", subject_id=ticket.pk, promise="response")
    assert clock.due_at == at + timedelta(hours=2)


def test_a_letter_older_than_a_request_may_be_is_a_request_all_the_same(cast: Cast, receive: Receive) -> None:
    message = receive(letter(cast.requester), at=timezone.now() - timedelta(days=20))
    assert message.state == "accepted"
    assert message.ticket.created_at > message.received_at


def test_the_date_that_a_letter_gives_itself_moves_no_clock(cast: Cast, receive: Receive) -> None:
    late = receive(letter(cast.requester).replace(b"Nov 2026", b"Nov 2035"))
    early = receive(
        letter(cast.requester).replace(b"Nov 2026", b"Nov 1999"), at=timezone.now() + timedelta(days=9)
    )
    for message in (late, early):
        assert abs(message.ticket.created_at - timezone.now()) < timedelta(minutes=1)


def test_an_answer_finds_its_request_by_the_message_id_of_our_letter(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    quoted = "\n\nPada Sab, 21 Nov 2026 pukul 09.00 Kumala ITSM <itsm@kumala.example> menulis:\n> Halo"
    message = receive(answer(case.ticket, cast.requester, "Second floor." + quoted))
    assert (message.state, message.ticket, message.comment.text) == ("accepted", case.ticket, "Second floor.")
    assert message.comment.channel == Channel.EMAIL
    assert "> Halo" in message.comment.quoted
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("place", ["To", "Cc", "Delivered_To", "References", "subject"])
def test_an_answer_finds_its_request_wherever_the_mark_stands(
    cast: Cast, receive: Receive, place: str
) -> None:
    case = plain(cast, "opened")
    mark = letters.mark(case.ticket, cast.requester).upper()  # some servers change the case of addresses
    said = {
        "References": f"<x@y> {letters.our_id(case.ticket, cast.requester)}", "subject": f"Re: [{mark}]",
    }.get(place, letters.HELPDESK.replace("@", f"+{mark}@"))  # fmt: skip
    assert receive(letter(cast.requester, **{place: said})).comment.ticket == case.ticket


def test_what_it_staff_write_by_mail_is_the_first_answer_from_when_it_was_received(
    cast: Cast, receive: Receive, clock: Any
) -> None:
    case = plain(cast, "opened")
    at = clock.forward(minutes=30)
    clock.forward(minutes=10)
    receive(answer(case.ticket, cast.agent, "We come at ten."), at=at)
    assert case.ticket.answered_at == at
    assert Clock.objects.get(subject_id=case.pk, promise="response").state == "met"


def test_the_answer_of_the_requester_stops_no_clock(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    receive(answer(case.ticket, cast.requester))
    assert case.ticket.answered_at is None


def test_a_second_letter_to_ones_own_first_joins_it(cast: Cast, receive: Receive) -> None:
    first = receive(letter(cast.requester, Message_ID="<first@elsewhere.example>"))
    second = receive(letter(cast.requester, "More.", In_Reply_To="<first@elsewhere.example>"))
    stranger = receive(letter(cast.colleague, "Me too.", In_Reply_To="<first@elsewhere.example>"))
    assert second.comment.ticket == first.ticket
    assert stranger.ticket != first.ticket  # knowing a Message-ID proves nothing


# Spoofed threads --------------------------------------------------------------------------------------------------


def test_the_mark_of_somebody_else_joins_nothing(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    for thief in (cast.colleague, cast.outsider, cast.agent, cast.it_manager):
        message = receive(letter(thief, "Close it.", In_Reply_To=letters.our_id(case.ticket, cast.requester)))
        assert (message.state, message.reason, message.ticket) == ("quarantined", "others_mark", case.ticket)
    assert Comment.objects.count() == 0


def test_guessed_and_altered_marks_join_nothing(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    true, agents = letters.mark(case.ticket, cast.requester), letters.mark(case.ticket, cast.agent)
    other = plain(cast, "opened")
    for forged in (
        true[:-1] + ("a" if true[-1] != "a" else "b"), true[:-1], true + "a",
        true.replace(f"-{case.pk}-", f"-{other.pk}-"), f"tickets.ticket-{case.pk}-{cast.agent.pk}-" + true[-16:],
        true[:-16] + agents[-16:], f"tickets.ticket-{case.pk}-{cast.requester.pk}-{'a' * 16}",
    ):  # fmt: skip
        message = receive(letter(cast.requester, References=f"<notification.1.{forged}@kumala.example>"))
        assert (message.state, message.reason) == ("quarantined", "unproven"), forged
        at = letters.HELPDESK.replace("@", f"+{forged}@")
        assert receive(letter(cast.requester, To=at)).ticket not in (case.ticket, other.ticket), forged
        Message.objects.update(person=None)  # so that no limit is reached
    assert Comment.objects.count() == 0


def test_references_without_a_mark_join_nothing(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    message = receive(letter(cast.requester, References=f"<tickets.ticket.{case.pk}@kumala.example>"))
    assert (message.state, message.reason) == ("quarantined", "unproven")


def test_two_senders_or_none_are_nobody(cast: Cast, receive: Receive) -> None:
    for said in (
        f"{cast.agent.email}, {cast.requester.email}", f"<{cast.agent.email}> <{cast.requester.email}>", "", "nobody",
        f"{cast.requester.email}\nFrom: {cast.agent.email}", "sari@kumala", f"{cast.agent.email}@evil.example",
    ):  # fmt: skip
        raw = f"From: {said}\nSubject: x\n\nHello".encode()
        message = receive(raw)
        assert message.state == "quarantined", said
        assert message.reason in ("sender_unclear", "sender_unknown"), said


def test_a_name_that_looks_like_an_address_is_a_name(cast: Cast, receive: Receive) -> None:
    message = receive(letter(f'"{cast.agent.email}" <{cast.requester.email}>'))
    assert message.ticket.requester == cast.requester
    message = receive(letter(f'"{cast.agent.email}" <stranger@evil.example>'))
    assert (message.state, message.reason) == ("quarantined", "sender_unknown")


def test_an_outsider_of_the_case_with_a_true_mark_may_not_write(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    message = receive(answer(case.ticket, cast.auditor))
    assert (message.state, message.reason) == ("quarantined", "not_theirs")


# Senders ----------------------------------------------------------------------------------------------------------


def test_a_stranger_is_set_aside_and_gets_no_account(receive: Receive, db: None) -> None:
    before = User.objects.filter(is_robot=False).count()
    message = receive(letter("stranger@evil.example"))
    assert (message.state, message.reason, message.ticket) == ("quarantined", "sender_unknown", None)
    assert User.objects.filter(is_robot=False).count() == before


def test_a_stranger_of_an_admitted_domain_becomes_a_person_of_its_branch(
    cast: Cast, receive: Receive
) -> None:
    AdmittedDomain.objects.create(domain="cabang.example", branch=cast.bandung)
    message = receive(letter("Putri Ayu <Putri@Cabang.Example>"))
    person = message.person
    assert (person.name, person.email, person.branch) == ("Putri Ayu", "putri@cabang.example", cast.bandung)
    assert not person.has_usable_password()
    assert not person.authorities
    assert message.ticket.branch == cast.bandung
    assert Event.objects.filter(type="mail.entered").count() == 1
    assert receive(letter("x@sub.cabang.example")).reason == "sender_unknown"


def test_a_closed_account_asks_for_nothing(cast: Cast, receive: Receive) -> None:
    User.objects.filter(pk=cast.requester.pk).update(is_active=False)
    assert receive(letter(cast.requester)).reason == "sender_closed"


def test_somebody_without_a_branch_is_seen_by_it(cast: Cast, receive: Receive) -> None:
    message = receive(letter(cast.nobody))
    assert (message.state, message.reason) == ("quarantined", "refused")
    assert "branch" in message.detail


# Ended requests ---------------------------------------------------------------------------------------------------


def test_an_answer_to_an_ended_request_is_a_new_one_that_names_it(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "confirmed")
    message = receive(answer(case.ticket, cast.requester, "It smokes again."))
    assert message.ticket != case.ticket
    assert case.ticket.number in message.ticket.description
    assert message.ticket.description.endswith("It smokes again.")


def test_it_staff_who_answer_an_ended_request_ask_for_nothing_new(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "confirmed")
    assert receive(answer(case.ticket, cast.agent)).reason == "ended"


# Twice ------------------------------------------------------------------------------------------------------------


def test_the_same_bytes_twice_are_one_letter(cast: Cast, receive: Receive) -> None:
    raw = letter(cast.requester)
    first = receive(raw)
    with unchanged():
        assert receive(raw) == first


def test_the_same_letter_by_another_way_is_left_alone(cast: Cast, receive: Receive) -> None:
    raw = letter(cast.requester)
    first = receive(raw)
    second = receive(b"Received: from mx2; Sat, 21 Nov 2026 08:00:05 +0700\n" + raw)
    assert (second.state, second.reason, second.ticket) == ("ignored", "repeated", first.ticket)
    assert Ticket.objects.count() == 1


def test_another_letter_with_the_same_message_id_is_not_lost(cast: Cast, receive: Receive) -> None:
    receive(letter(cast.requester, "One.", Message_ID="<same@x>"))
    assert receive(letter(cast.requester, "Two.", Message_ID="<same@x>")).state == "accepted"


def test_placing_twice_changes_nothing(cast: Cast, receive: Receive) -> None:
    message = receive(letter(cast.requester))
    with unchanged():
        actions.place(message=message, letter=None)  # type: ignore[arg-type]


def test_a_letter_older_than_a_week_keeps_its_true_instant_and_says_so(
    cast: Cast, receive: Receive, page: Any
) -> None:
    """The clock goes back seven days at the most; nothing hides that the letter is older."""
    came = timezone.now() - timedelta(days=30)
    message = receive(letter(cast.requester), at=came)
    assert message.received_at == came
    assert timedelta(days=6) < timezone.now() - message.ticket.created_at < timedelta(days=7)
    shown = page(cast.agent).get(message.ticket.url).content.decode()
    with translation.override(cast.agent.language):
        assert times.full(came) in shown
    lately = receive(letter(cast.requester, "Again."), at=timezone.now() - timedelta(days=3))
    assert "received_at" not in lately.ticket.details


# Limits -----------------------------------------------------------------------------------------------------------


def test_one_sender_is_not_heard_without_end(cast: Cast, receive: Receive, settings: Any, page: Any) -> None:
    page(cast.requester)  # has signed in
    settings.MAIL_IN_SENDER_LIMIT = 3
    now = timezone.now() - timedelta(hours=3)
    for number in range(3):
        assert receive(letter(cast.requester, str(number)), at=now).state == "accepted"
    flood = receive(letter(cast.requester, "3"), at=now)
    assert (flood.state, flood.reason) == ("quarantined", "sender_flood")
    assert receive(letter(cast.colleague, "x"), at=now).state == "accepted"
    assert receive(letter(cast.requester, "4"), at=now + timedelta(minutes=61)).state == "accepted"


def test_one_request_does_not_grow_without_end(cast: Cast, receive: Receive, settings: Any) -> None:
    case = plain(cast, "opened")
    settings.MAIL_IN_THREAD_LIMIT = 2
    states = [receive(answer(case.ticket, cast.requester, str(n))).reason for n in range(3)]
    assert states == ["", "", "thread_flood"]


@pytest.mark.parametrize("who", ["victim@cabang.example", "requester"])
def test_new_requests_are_acknowledged_five_times_an_hour_at_most_whoever_asks(
    cast: Cast, receive: Receive, page: Any, who: str
) -> None:
    if who == "requester":
        page(cast.requester)  # has signed in
    AdmittedDomain.objects.create(domain="cabang.example", branch=cast.bandung)
    reasons = [receive(letter(who if "@" in who else cast[who], str(n))).reason for n in range(7)]
    assert reasons == [""] * 5 + ["new_flood"] * 2
    assert Ticket.objects.count() == 5
