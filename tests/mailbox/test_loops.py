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
BULK = [{"Precedence": "bulk"}, {"Precedence": "JUNK"}]
LISTED = [
    {"Precedence": "list"}, {"List_Id": "Everybody <all.kumala.example>"}, {"List_Unsubscribe": "<mailto:x@y>"},
    {"List_Id": "<all.kumala.example>", "List_Post": "<mailto:all@kumala.example>", "Precedence": "list"},
]  # fmt: skip
OURS = [
    {"List_Id": "Helpdesk <helpdesk.kumala.example>"},
    {"List_Post": f"<mailto:{letters.HELPDESK}>", "Precedence": "list"},
]


@pytest.mark.parametrize("said", AUTOMATIC, ids=str)
def test_what_a_program_writes_is_left_alone(cast: Cast, receive: Receive, said: dict[str, str]) -> None:
    case = plain(cast, "opened")
    message = receive(answer(case.ticket, cast.agent, **said))
    assert (message.state, message.reason) == ("ignored", "automatic")
    assert case.ticket.answered_at is None
    assert Comment.objects.count() == 0


@pytest.mark.parametrize("said", BULK + LISTED, ids=str)
def test_what_strangers_write_to_many_is_left_alone(receive: Receive, said: dict[str, str]) -> None:
    message = receive(letter(**said))
    assert (message.state, message.reason) == ("ignored", "bulk")


@pytest.mark.parametrize("said", BULK + LISTED, ids=str)
def test_what_somebody_known_writes_to_many_is_never_ignored_unseen(
    cast: Cast, receive: Receive, page: Any, said: dict[str, str]
) -> None:
    message = receive(letter(cast.requester, To="all@kumala.example", subject="Cake", **said))
    assert (message.state, message.reason) == ("quarantined", "listed")
    assert "Cake" in page(cast.it_manager).get("/mailbox-in/").content.decode()


@pytest.mark.parametrize("said", LISTED + OURS, ids=str)
def test_somebody_known_who_writes_to_the_helpdesk_through_a_list_is_heard(
    cast: Cast, receive: Receive, said: dict[str, str]
) -> None:
    assert receive(letter(cast.requester, **said)).state == "accepted"


@pytest.mark.parametrize("said", BULK + LISTED + OURS, ids=str)
def test_an_answer_that_went_through_a_list_joins_its_conversation(
    cast: Cast, receive: Receive, said: dict[str, str]
) -> None:
    case = plain(cast, "opened")
    raw = answer(case.ticket, cast.requester, To="all@kumala.example", **said)
    assert receive(raw).comment.ticket == case.ticket


@pytest.mark.parametrize("said", OURS, ids=str)
def test_strangers_in_our_own_list_wait_for_somebody(receive: Receive, said: dict[str, str]) -> None:
    message = receive(letter(To="it@elsewhere.example", **said))
    assert (message.state, message.reason) == ("quarantined", "sender_unknown")


def test_a_group_that_writes_our_address_over_the_senders_waits_for_somebody(receive: Receive) -> None:
    """As groups do for domains with a strict DMARC policy."""
    message = receive(letter(f"'Sari' via Helpdesk <{letters.HELPDESK}>", **OURS[0]))
    assert (message.state, message.reason) == ("quarantined", "sender_unclear")


ABSENT = [
    "Automatic reply: {about}", "Out of Office: {about}", "Auto: {about}", "AUTO: Sari is out of the office", "OOO {n}",
    "Balasan otomatis: {about}", "Di luar kantor sampai Senin", "Sedang cuti {n}", "Cuti s.d. 30 November", "Autoreply",
    "Re: Out of office", "Re: saya cuti {n}", "Saya sedang tidak di tempat",
]  # fmt: skip


@pytest.mark.parametrize("subject", ABSENT)
def test_an_absence_notice_without_any_mark_waits_visibly_and_starts_no_clock(
    cast: Cast, receive: Receive, subject: str
) -> None:
    message = receive(letter(cast.requester, "Back on Monday.", subject=subject.format(about="Printer", n=1)))
    assert (message.state, message.reason) == ("quarantined", "absence")
    assert not Ticket.objects.exists()


def test_an_absence_notice_in_a_thread_opens_nothing_and_answers_nobody(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    notice = answer(case.ticket, cast.agent, "I am away.", subject="Automatic reply: your request")
    message = receive(notice)
    assert (message.reason, message.ticket) == ("absence", case.ticket)
    assert case.ticket.answered_at is None


@pytest.mark.parametrize(
    "subject", ["Cuti saya tidak tercatat di aplikasi HR", "Auto-update fails", "Lampu di luar kantor mati",
                "Holiday schedule missing", "Automatic door stuck", "Leave form does not open"]
)  # fmt: skip
def test_a_request_about_leave_or_automatic_things_is_a_request(
    cast: Cast, receive: Receive, subject: str
) -> None:
    assert receive(letter(cast.requester, subject=subject)).state == "accepted"


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


def _answers(cast: Cast, receive: Receive, *, polite: bool, threads: bool, subject: str) -> list[str]:
    """The requester's mail program answers every letter at once, with or without marks; the threads of our letters."""
    sent = []
    for round_ in range(12):
        deliver()
        notifications.send_mail()
        mine = [m.message() for m in mail.outbox if m.to == [cast.requester.email]]
        mail.outbox.clear()
        for number, got in enumerate(mine):
            sent.append(unfolded(got["References"]))
            said = {"Auto_Submitted": "auto-replied"} if polite else {}
            said |= {"In_Reply_To": got["Message-ID"]} if threads else {}
            about = subject.format(about=unfolded(got["Subject"]), n=f"{round_}.{number}")
            receive(letter(cast.requester, f"I am away. {round_}.{number}", subject=about, **said))
    return sent


@pytest.mark.parametrize("polite", [True, False])
@pytest.mark.parametrize("threads", [True, False])
@pytest.mark.parametrize("subject", ["Re: {about}", "Terima kasih {n}", *ABSENT])
def test_two_answering_machines_exchange_three_letters_at_most(
    cast: Cast, receive: Receive, *, polite: bool, threads: bool, subject: str
) -> None:
    for name in ("it_manager", "agent"):
        _ = cast[name]
    receive(letter(cast.requester))
    sent = _answers(cast, receive, polite=polite, threads=threads, subject=subject)
    in_one = max(sent.count(thread) for thread in sent)
    assert in_one <= 3
    if subject != "Terima kasih {n}":
        assert len(sent) <= 3


def test_a_machine_whose_letters_look_like_a_persons_gets_five_answers_an_hour(
    cast: Cast, receive: Receive, page: Any
) -> None:
    """Nothing says that a program wrote them: the limit of new requests does."""
    page(cast.requester)  # has signed in
    receive(letter(cast.requester))
    sent = _answers(cast, receive, polite=False, threads=False, subject="Terima kasih {n}")
    assert 3 < len(sent) <= 5
    assert Ticket.objects.count() == 5
