"""The mailbox itself: a real Dovecot, and everything that can end in the middle."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction

from events.models import Heartbeat
from integrations.mailbox import actions, client
from integrations.mailbox.actions import arriving, fetching
from integrations.mailbox.models import Mailbox, Message
from tests.cast import Cast
from tests.fakes.dovecot import Dovecot
from tests.mailbox.letters import letter
from tickets.models import Ticket

_folders = itertools.count(1)


@pytest.fixture
def folder(dovecot: Dovecot, settings: Any) -> str:
    """An empty folder that is read."""
    name = f"In{next(_folders)}"
    dovecot.renew(name)
    settings.MAIL_IN_URL = dovecot.url(name)
    return name


def test_letters_become_requests_in_their_order_and_are_marked(
    cast: Cast, dovecot: Dovecot, folder: str
) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=40)
    for number in range(3):
        dovecot.put(letter(cast.requester, subject=f"No. {number}"), folder, at=at)
    actions.poll()
    tickets = list(Ticket.objects.order_by("pk"))
    assert [t.title for t in tickets] == ["No. 0", "No. 1", "No. 2"]
    assert {t.created_at for t in tickets} == {at}
    assert all(b"Seen" in flags for flags in dovecot.letters(folder))
    assert Heartbeat.objects.filter(name="mailbox").exists()


def test_a_mailbox_that_is_no_longer_read_is_not_missed(
    cast: Cast, dovecot: Dovecot, folder: str, settings: Any
) -> None:
    actions.poll()
    settings.MAIL_IN_URL = ""
    actions.poll()
    assert not Heartbeat.objects.filter(name="mailbox").exists()


def test_looking_again_changes_nothing(cast: Cast, dovecot: Dovecot, folder: str) -> None:
    dovecot.put(letter(cast.requester), folder)
    for _look in range(3):
        actions.poll()
    assert Ticket.objects.count() == Message.objects.count() == 1


def test_what_was_read_is_moved_where_it_is_wanted(
    cast: Cast, dovecot: Dovecot, folder: str, settings: Any
) -> None:
    settings.MAIL_IN_URL = dovecot.url(folder, done=f"Done{folder}")
    dovecot.put(letter(cast.requester), folder)
    dovecot.put(letter("stranger@evil.example"), folder)
    actions.poll()
    assert len(dovecot.letters(folder)) == 0
    assert len(dovecot.letters(f"Done{folder}")) == 2


@pytest.mark.parametrize("line", ["keep", "save", "mark", "settle", "place"])
def test_a_crash_at_any_line_is_made_good_by_the_next_look(
    cast: Cast, dovecot: Dovecot, folder: str, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """Before and after every commit: nothing is lost, nothing comes twice, nothing stays unmarked."""
    dovecot.put(letter(cast.requester, "One."), folder)
    dovecot.put(letter(cast.requester, "Two."), folder)

    class Crash(BaseException):
        """The process ends here."""

    def crash(*_: Any, **__: Any) -> Any:
        raise Crash

    where: Any = {
        "keep": (fetching, "keep"), "save": (Mailbox, "save"), "mark": (client.Inbox, "mark"),
        "settle": (fetching, "settle"), "place": (arriving, "place"),
    }[line]  # fmt: skip
    with monkeypatch.context() as broken:
        broken.setattr(*where, crash)
        with pytest.raises(Crash), transaction.atomic():
            actions.poll()
    Mailbox.objects.update(
        leased_at=datetime.now(UTC) - timedelta(seconds=1)
    )  # the lease of the dead runs out
    Message.objects.update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    actions.poll()
    assert sorted(Ticket.objects.values_list("description", flat=True)) == ["One.", "Two."]
    assert Message.objects.count() == 2
    actions.poll()
    assert all(b"Seen" in flags for flags in dovecot.letters(folder))


def test_a_letter_that_is_safe_but_unmarked_is_marked_by_the_next_look(
    cast: Cast, dovecot: Dovecot, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.put(letter(cast.requester), folder)
    with monkeypatch.context() as broken:
        broken.setattr(client.Inbox, "mark", lambda *_, **__: (_ for _ in ()).throw(OSError("gone")))
        actions.poll()
    assert Message.objects.count() == 1
    assert Mailbox.objects.get().is_failing
    assert not any(b"Seen" in flags for flags in dovecot.letters(folder))
    actions.poll()
    assert all(b"Seen" in flags for flags in dovecot.letters(folder))
    assert Ticket.objects.count() == 1
    assert not Mailbox.objects.get().is_failing


def test_numbers_that_begin_anew_bring_nothing_twice(cast: Cast, dovecot: Dovecot, folder: str) -> None:
    first = letter(cast.requester, "One.")
    dovecot.put(first, folder)
    actions.poll()
    dovecot.renew(folder)
    dovecot.put(first, folder)
    dovecot.put(letter(cast.requester, "Two."), folder)
    actions.poll()
    assert sorted(Ticket.objects.values_list("description", flat=True)) == ["One.", "Two."]


def test_a_letter_that_is_too_large_is_seen_and_stays_in_the_mailbox(
    cast: Cast, dovecot: Dovecot, folder: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_IN_LIMIT_MB = 1
    settings.MAIL_IN_URL = dovecot.url(folder, done="Elsewhere")
    fetched = []
    once = client.Inbox._fetched
    monkeypatch.setattr(client.Inbox, "_fetched", lambda *a: fetched.append(a[2]) or once(*a))
    dovecot.put(
        letter(cast.requester, subject="Scans", files=(("a.bin", "application/x", b"\x00" * 3_000_000),)),
        folder,
    )
    actions.poll()
    message = Message.objects.get()
    assert (message.state, message.reason, message.subject) == ("failed", "too_large", "Scans")
    assert message.size > 4_000_000
    assert not message.is_whole
    assert len(fetched) == 2  # its size, and its beginning
    assert [b"Flagged" in flags and b"Seen" in flags for flags in dovecot.letters(folder)] == [True]


def test_a_mailbox_that_cannot_be_entered_is_seen_and_harms_nothing(
    cast: Cast, dovecot: Dovecot, folder: str, settings: Any, page: Any
) -> None:
    for url in (
        dovecot.url(folder, password="wrong"),
        "imap://u:p@127.0.0.1:1/INBOX",
        "pop3://x",
        "imap://u@h:99999/",
    ):
        settings.MAIL_IN_URL = url
        actions.poll()
        shown = page(cast.agent).get("/mailbox-in/").content.decode()
        assert "Kotak surat tidak dapat dibaca" in shown
        assert "wrong" not in shown
    assert page(cast.administrator).get("/mailbox-in/status/").status_code == 200
    assert page(cast.requester).get("/mailbox-in/status/").status_code == 404


def test_trouble_of_ours_is_tried_again_and_then_shown(
    cast: Cast, dovecot: Dovecot, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.put(letter(cast.requester, "One."), folder)
    dovecot.put(letter(cast.colleague, "Two."), folder)

    def broken(*, message: Message, **_: Any) -> None:
        if message.pk == min(Message.objects.values_list("pk", flat=True)):
            raise OperationalError("the disk is full")
        place(message=message, **_)

    place = arriving.place
    monkeypatch.setattr(arriving, "place", broken)
    for _attempt in range(arriving.MOST_ATTEMPTS + 1):
        actions.poll()
        Message.objects.update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    first, second = Message.objects.order_by("pk")
    assert (first.state, first.reason) == ("failed", "error")
    assert "the disk is full" in first.detail
    assert second.state == "accepted"


def test_somebody_else_who_is_looking_is_left_alone(
    cast: Cast, dovecot: Dovecot, folder: str, settings: Any
) -> None:
    dovecot.put(letter(cast.requester), folder)
    Mailbox.objects.create(
        name=client.name_of(settings.MAIL_IN_URL), leased_at=datetime.now(UTC) + timedelta(minutes=1)
    )
    actions.poll()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://a%40b:p%2Fw@mail.example/INBOX", ("mail.example", 993, "a@b", "p/w", "INBOX", "tls", "")),
        (
            "imap://u:secret@mail.example:1143/Help?tls=1&done=Old",
            ("mail.example", 1143, "u", "secret", "Help", "starttls", "Old"),
        ),
        ("imap://u:secret@mail.example", ("mail.example", 143, "u", "secret", "INBOX", "", "")),
    ],
)
def test_the_address_of_a_mailbox_is_one_line(url: str, expected: tuple[Any, ...]) -> None:
    found = client.Address.of(url)
    assert (
        found.host,
        found.port,
        found.user,
        found.password,
        found.folder,
        found.encryption,
        found.done,
    ) == expected
    assert found.password not in client.name_of(url)


def test_a_connection_that_breaks_in_a_letter_leaves_no_file_open(
    cast: Cast, dovecot: Dovecot, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []

    def begin(*args: Any) -> None:
        opened.append(args[1])
        raise OSError("gone")

    monkeypatch.setattr(client.Inbox, "_read_into", begin)
    dovecot.put(letter(cast.requester), folder)
    actions.poll()
    assert [file.closed for file in opened] == [True]
    monkeypatch.undo()
    actions.poll()
    assert Ticket.objects.count() == 1
