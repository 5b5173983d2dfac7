"""No two programs talk to each other for ever, and what programs say moves nothing."""

from typing import Any

import pytest
from django.core import mail

from events.models import Event
from notifications import actions as notifications
from tests.cast import Cast
from tests.harness.events import deliver
from tests.mailbox import letters
from tests.mailbox.conftest import Receive
from tests.mailbox.letters import answer, letter, unfolded
from tests.stages import plain
from tickets.models import Comment, Ticket

AUTOMATIC = [
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=y"}, {"Auto_Submitted": "Auto-Notified"},
    {"X_Auto_Response_Suppress": "All"}, {"X_Auto_Response_Suppress": "DR, all"}, {"Precedence": "auto_reply"},
    {"Return_Path": "<>"}, {"X_Autoreply": "yes"}, {"X_Autorespond": "Re: x"},
]  # fmt: skip
BULK = [
    {"Precedence": "bulk"}, {"Precedence": "JUNK"}, {"Precedence": "list"}, {"List_Id": "<all.kumala.example>"},
    {"List_Unsubscribe": "<mailto:x@y>"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "reason"), [(h, "automatic") for h in AUTOMATIC] + [(h, "bulk") for h in BULK], ids=str
)
def test_what_a_program_writes_is_left_alone(
    cast: Cast, receive: Receive, said: dict[str, str], reason: str
) -> None:
    case = plain(cast, "opened")
    message = receive(answer(case.ticket, cast.agent, **said))
    assert (message.state, message.reason) == ("ignored", reason)
    assert case.ticket.answered_at is None
    assert Comment.objects.count() == 0


@pytest.mark.parametrize("said", [{"Auto_Submitted": "no"}, {"X_Auto_Response_Suppress": "OOF, DR"}], ids=str)
def test_what_a_person_writes_is_heard(cast: Cast, receive: Receive, said: dict[str, str]) -> None:
    assert receive(letter(cast.requester, **said)).state == "accepted"


def test_an_absence_notice_reopens_nothing_and_asks_for_nothing(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "confirmed")
    receive(answer(case.ticket, cast.requester, "I am away until Monday.", Auto_Submitted="auto-replied"))
    assert case.ticket.status == "done"
    assert Ticket.objects.count() == 1


def test_our_own_letters_are_left_alone(cast: Cast, receive: Receive, settings: Any) -> None:
    case = plain(cast, "opened")
    mark = letters.mark(case.ticket, cast.requester)
    for raw in (
        letter(settings.DEFAULT_FROM_EMAIL), letter(letters.HELPDESK.replace("@", f"+{mark}@")),
        letter(cast.requester, Message_ID=letters.our_id(case.ticket, cast.requester)),
    ):  # fmt: skip
        message = receive(raw)
        assert (message.state, message.reason) == ("ignored", "own")


def test_a_bounce_is_seen_on_the_request_by_it_alone(cast: Cast, receive: Receive, page: Any) -> None:
    case = plain(cast, "opened")
    message = receive(letters.bounce(letters.our_id(case.ticket, cast.requester), cast.requester.email))
    assert (message.state, message.reason, message.ticket) == ("ignored", "bounce", case.ticket)
    event = Event.objects.get(type="mail.bounced")
    assert cast.requester.email in event.sentence
    assert "No such user" in event.sentence
    timeline = f"/requests/{case.pk}/timeline/"
    assert "No such user" in page(cast.agent).get(timeline).content.decode()
    assert "No such user" not in page(cast.requester).get(timeline).content.decode()


def test_a_forged_or_harmless_bounce_marks_nothing(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    receive(
        letters.bounce(
            f"<notification.1.tickets.ticket-{case.pk}-{cast.requester.pk}-{'a' * 16}@kumala.example>"
        )
    )
    receive(letters.bounce(letters.our_id(case.ticket, cast.requester), action="delayed"))
    assert not Event.objects.filter(type="mail.bounced").exists()


def test_our_letters_say_that_a_program_sent_them_and_lead_back(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    deliver()
    notifications.send_mail()
    sent = next(m for m in mail.outbox if m.to == [cast.requester.email]).message()
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"
    assert letters.mark(case.ticket, cast.requester) in sent["Reply-To"]
    assert sent["References"] == f"<tickets.ticket.{case.pk}@kumala.example>"
    reply = letter(
        cast.requester, "Thanks.", In_Reply_To=sent["Message-ID"], subject=f"Re: {unfolded(sent['Subject'])}"
    )
    assert receive(reply).comment.ticket == case.ticket


def _answers(cast: Cast, receive: Receive, *, polite: bool, threads: bool) -> int:
    """The requester's mail program answers every letter at once, with or without the proper marks; letters we sent."""
    sent = 0
    for round_ in range(12):
        deliver()
        notifications.send_mail()
        mine = [m.message() for m in mail.outbox if m.to == [cast.requester.email]]
        mail.outbox.clear()
        sent += len(mine)
        for number, got in enumerate(mine):
            said = {"Auto_Submitted": "auto-replied"} if polite else {}
            said |= {"In_Reply_To": got["Message-ID"]} if threads else {}
            about = unfolded(got["Subject"])
            subject = f"Re: {about}" if threads else f"Auto: {about}"
            receive(letter(cast.requester, f"I am away. {round_}.{number}", subject=subject, **said))
    return sent


@pytest.mark.parametrize("polite", [True, False])
@pytest.mark.parametrize("threads", [True, False])
def test_two_answering_machines_exchange_three_letters_at_most(
    cast: Cast, receive: Receive, *, polite: bool, threads: bool
) -> None:
    for name in ("it_manager", "agent"):
        _ = cast[name]
    receive(letter(cast.requester))
    assert _answers(cast, receive, polite=polite, threads=threads) <= 3
