# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What IT decides on letters that were set aside: by action, page and API."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from clocks.models import Clock
from core.errors import NotPossible, PermissionDenied
from events.models import Event
from integrations.mailbox import actions
from integrations.mailbox.models import AdmittedDomain, Message
from tests.cast import Cast
from tests.harness.database import unchanged
from tests.mailbox import letters
from tests.mailbox.conftest import Receive
from tests.mailbox.letters import answer, letter
from tests.stages import plain
from tickets.models import Comment, Ticket

STRANGER = "sari.private@mail.example"


def test_it_says_whose_letter_it_is_and_the_clock_starts_when_it_was_received(
    cast: Cast, receive: Receive
) -> None:
    at = timezone.now() - timedelta(hours=1)
    files = (("layar.txt", "text/plain", b"It says: error"),)
    message = receive(letter(STRANGER, "It smokes.", files=files), at=at)
    actions.admit(message=message, person=cast.requester, by=cast.agent)
    message = Message.objects.get(pk=message.pk)
    ticket = Ticket.objects.get()
    assert (message.state, message.ticket, message.decided_by) == ("accepted", ticket, cast.agent)
    assert (ticket.requester, ticket.created_at, ticket.channel) == (cast.requester, at, "email")
    assert [a.name for a in ticket.attachments.all()] == ["layar.txt"]
    assert Clock.objects.get(subject_id=ticket.pk, promise="response").due_at == at + timedelta(hours=2)
    opened, admitted = Event.objects.filter(type__in=("ticket.opened", "mail.admitted")).order_by("pk")
    assert (opened.actor, admitted.actor) == (cast.agent, cast.agent)


def test_it_puts_a_letter_where_it_belongs(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    message = receive(letter(STRANGER, "Second floor."))
    actions.admit(message=message, person=cast.requester, ticket=case.ticket, by=cast.it_manager)
    comment = Comment.objects.get()
    assert (comment.ticket, comment.author, comment.text) == (case.ticket, cast.requester, "Second floor.")


def test_nobody_stops_a_clock_with_the_words_of_a_colleague(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    message = receive(letter(STRANGER))
    with pytest.raises(NotPossible, match="taken in by the one who wrote it"), unchanged():
        actions.admit(message=message, person=cast.other_agent, ticket=case.ticket, by=cast.agent)
    assert case.ticket.answered_at is None


def test_who_takes_no_part_in_a_request_does_not_answer_it(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    message = receive(letter(STRANGER))
    with pytest.raises(NotPossible, match="does not take part"):
        actions.admit(message=message, person=cast.outsider, ticket=case.ticket, by=cast.agent)


@pytest.mark.parametrize(
    "who", ["requester", "branch_head", "foreign_agent", "director", "auditor", "administrator"]
)
def test_only_it_of_the_whole_group_decides(cast: Cast, receive: Receive, who: str) -> None:
    message, by, person = receive(letter(STRANGER)), cast[who], cast.requester
    with unchanged():
        for act in (
            lambda: actions.admit(message=message, person=person, by=by),
            lambda: actions.discard(message=message, reason="x", by=by),
            lambda: actions.read_again(message=message, by=by),
        ):
            with pytest.raises(PermissionDenied):
                act()


def test_what_is_thrown_away_is_kept_with_its_reason_and_can_come_back(cast: Cast, receive: Receive) -> None:
    message = receive(letter(STRANGER))
    with pytest.raises(NotPossible):
        actions.discard(message=message, reason=" ", by=cast.agent)
    actions.discard(message=message, reason="An advertisement.", by=cast.agent)
    assert Event.objects.get(type="mail.discarded").facts["reason"] == "An advertisement."
    actions.admit(message=message, person=cast.requester, by=cast.agent)
    assert Ticket.objects.count() == 1
    with pytest.raises(NotPossible):
        actions.discard(message=message, reason="Twice.", by=cast.agent)


def test_what_stood_in_its_way_is_gone(cast: Cast, receive: Receive) -> None:
    at = timezone.now() - timedelta(minutes=30)
    message = receive(letter("putri@cabang.example"), at=at)
    AdmittedDomain.objects.create(domain="cabang.example", branch=cast.bandung)
    actions.read_again(message=message, by=cast.agent)
    actions.settle()
    message = Message.objects.get(pk=message.pk)
    assert message.state == "accepted"
    assert message.ticket.created_at == at


def test_a_letter_that_could_not_be_read_can_be_taken_in_all_the_same(cast: Cast, receive: Receive) -> None:
    parts = [letters.part("", b"x")] * 300
    message = receive(letters.mixed(*parts, head="Subject: Many parts", sender=cast.requester))
    assert (message.state, message.reason) == ("failed", "too_many_parts")
    actions.admit(message=message, person=cast.requester, by=cast.agent)
    assert Ticket.objects.get().title == "Many parts"


# What travels with a letter -----------------------------------------------------------------------------------------


def test_files_that_are_refused_are_named_and_stay_in_the_letter(cast: Cast, receive: Receive) -> None:
    files = (
        ("virus.exe", "application/octet-stream", b"MZ\x90\x00" * 9), ("gambar.svg", "image/svg+xml", b"<svg onload=x>"),
        ("page.html", "text/html", b"<script>alert(1)</script>"), ("ok.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 9),
        ("again.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 9),
    )  # fmt: skip
    ticket = receive(letter(cast.requester, "See.", files=files)).ticket
    assert [a.name for a in ticket.attachments.all()] == ["ok.png"]
    for name in ("virus.exe", "gambar.svg", "page.html"):
        assert name in ticket.description
    assert "again.png" not in ticket.description  # the same picture once more


def test_more_files_than_a_request_takes_are_named(cast: Cast, receive: Receive) -> None:
    files = tuple((f"{n}.txt", "text/plain", f"file {n}".encode()) for n in range(14))
    ticket = receive(letter(cast.requester, "See.", files=files)).ticket
    assert ticket.attachments.count() == 10
    assert all(f"{n}.txt" in ticket.description for n in range(10, 14))


def test_a_text_without_end_goes_along_as_a_file(cast: Cast, receive: Receive) -> None:
    words = "Panjang sekali. " * 5000
    ticket = receive(letter(cast.requester, words)).ticket
    assert len(ticket.description) < 21_000
    assert ticket.attachments.get().size >= len(words.strip())


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({"subject": "", "text": "First line\nsecond"}, "First line"),
        ({"subject": "Only this", "text": ""}, "Only this"),
        ({"subject": "Re: Bls: FW: Printer", "text": "x"}, "Printer"),
        ({"subject": "", "text": "", "files": (("a.txt", "text/plain", b"x"),)}, "E-mail tanpa subjek"),
    ],
)
def test_a_request_has_a_title(cast: Cast, receive: Receive, facts: dict[str, Any], title: str) -> None:
    message = receive(letter(cast.requester, **facts))
    assert message.state == "accepted", message.detail
    assert message.ticket.title == title


def test_nothing_at_all_is_set_aside(cast: Cast, receive: Receive) -> None:
    assert receive(letter(cast.requester, "", subject="")).reason == "empty"


# Pages and API ------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_waits_with_the_reason_in_words(cast: Cast, receive: Receive, page: Any) -> None:
    receive(letter(STRANGER, subject="Waits"))
    receive(letter(cast.requester, subject="Came in"))
    shown = page(cast.agent).get("/mailbox-in/").content.decode()
    assert "Waits" in shown
    assert "Came in" not in shown
    assert "Came in" in page(cast.auditor).get("/mailbox-in/?state=accepted").content.decode()
    assert "Came in" in page(cast.auditor).get("/mailbox-in/?state=all").content.decode()
    assert page(cast.agent).get("/mailbox-in/?state=nonsense").status_code == 200
    for name in ("requester", "foreign_agent", "branch_head", "director"):
        assert page(cast[name]).get("/mailbox-in/").status_code == 404


def test_a_person_decides_on_the_page(cast: Cast, receive: Receive, page: Any) -> None:
    message, browser = receive(letter(STRANGER)), page(cast.agent)
    assert f"/mailbox-in/{message.pk}/admit/" in browser.get(message.url).content.decode()
    typed = {"person": "nobody@here.example", "ticket": "", "kind": "troubleshooting"}
    assert browser.post(f"{message.url}admit/", typed).status_code == 422
    assert browser.post(f"{message.url}admit/", typed | {"ticket": "T-99999"}).status_code == 422
    assert (
        browser.post(f"{message.url}admit/", typed | {"person": cast.requester.email.upper()}).status_code
        == 302
    )
    assert Ticket.objects.get().requester == cast.requester
    assert browser.post(f"{message.url}admit/", typed | {"person": cast.requester.email}).status_code == 409
    assert "admit" not in page(cast.auditor).get(message.url).content.decode()


def test_the_letter_is_saved_never_shown_as_ours(cast: Cast, receive: Receive, page: Any) -> None:
    raw = letter(STRANGER, html="<script>alert(1)</script>")
    message = receive(raw)
    for address in (f"{message.url}letter.eml", f"/api/v1/messages/{message.pk}/raw/"):
        answered = page(cast.agent).get(address)
        assert b"".join(answered.streaming_content) == raw
        assert answered["Content-Type"] == "message/rfc822"
        assert answered["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answered["Content-Security-Policy"]


def test_the_api_decides_as_the_page_does(cast: Cast, receive: Receive, page: Any) -> None:
    first, second, third = (receive(letter(STRANGER, str(n))) for n in range(3))
    browser = page(cast.it_manager)

    def post(message: Message, verb: str, **body: Any) -> Any:
        return browser.post(f"/api/v1/messages/{message.pk}/{verb}/", body, content_type="application/json")

    listed = browser.get("/api/v1/messages/?state=quarantined").json()["results"]
    assert [row["id"] for row in listed] == [third.pk, second.pk, first.pk]
    assert listed[0]["why"]
    done = post(first, "admit", person=cast.requester.pk).json()
    assert (done["state"], done["ticket"]) == ("accepted", Ticket.objects.get().pk)
    assert post(second, "discard", text="An advertisement.").json()["state"] == "discarded"
    assert post(third, "read-again").json()["state"] == "arrived"
    refused = post(first, "discard", text="x")
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert page(cast.requester).get("/api/v1/messages/").json()["results"] == []
    assert page(cast.requester).get(f"/api/v1/messages/{first.pk}/").status_code == 404


# Import -------------------------------------------------------------------------------------------------------------


def test_letters_are_imported_from_files_mailboxes_and_directories(
    cast: Cast, tmp_path: Path, capsys: Any
) -> None:
    one, two, three = (letter(cast.requester, f"No. {n}") for n in range(3))
    stranger = letter(STRANGER)
    (tmp_path / "one.eml").write_bytes(one)
    (tmp_path / "box").write_bytes(
        b"".join(b"From x Sat Nov 21 08:00:00 2026\n" + m + b"\n\n" for m in (two, stranger))
    )
    (tmp_path / "dir" / "cur").mkdir(parents=True)
    (tmp_path / "dir" / "cur" / "1:2,S").write_bytes(three)
    paths = [str(tmp_path / name) for name in ("one.eml", "box", "dir")]
    call_command("import_mail", *paths)
    said = capsys.readouterr().out
    assert "4 new, 0 known already" in said
    assert re.search(r"3 accepted", said)
    assert re.search(r"1 quarantined", said)
    call_command("import_mail", *paths)
    assert "0 new, 4 known already" in capsys.readouterr().out
    assert Ticket.objects.count() == 3


def test_an_imported_letter_counts_from_when_a_server_received_it(cast: Cast, tmp_path: Path) -> None:
    at = (timezone.now() - timedelta(hours=5)).replace(microsecond=0)
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
    (tmp_path / "one.eml").write_bytes(b"Received: from mx by us; " + stamp + b"\n" + letter(cast.requester))
    call_command("import_mail", str(tmp_path / "one.eml"), verbosity=0)
    assert Ticket.objects.get().created_at == at


def test_answers_show_where_they_came_from(cast: Cast, receive: Receive) -> None:
    case = plain(cast, "opened")
    assert receive(answer(case.ticket, cast.branch_head)).comment.author == cast.branch_head
