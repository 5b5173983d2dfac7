"""How letters read: one for each event, for people and for machines, in both languages."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import timezone, translation

from accounts import actions as accounts
from clocks import actions as clocks
from notifications.letters import write
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver
from tests.stages import Case, plain, reach
from tickets import actions as tickets


def _late(cast: Cast) -> Case:
    case = plain(cast, "opened")
    clocks.sweep(now=timezone.now() + timedelta(hours=3))
    return case


def _soon(cast: Cast) -> Case:
    case = plain(cast, "opened")
    clocks.sweep(now=timezone.now() + timedelta(minutes=61))
    return case


def _reminded(cast: Cast) -> Case:
    case = plain(cast, "handed_over")
    deliver()
    clocks.sweep(now=timezone.now() + timedelta(days=4))
    return case


def _unconfirmed(cast: Cast) -> Case:
    with Clock() as time:
        case = plain(cast, "handed_over")
        time.forward(days=8)
        clocks.sweep()
        deliver()
    return case


def _asked_back(cast: Cast) -> Case:
    case = plain(cast, "accepted")
    tickets.ask_back(ticket=case.ticket, text="Which printer?", by=cast.it_manager)
    return case


def _answered(cast: Cast) -> Case:
    case = plain(cast, "accepted")
    tickets.answer(ticket=case.ticket, text="<b>Tomorrow</b> & no later.\nAt ten.", by=cast.agent)
    return case


def _rejected(cast: Cast) -> Case:
    case = plain(cast, "opened")
    tickets.reject(ticket=case.ticket, reason="The leasing company repairs it.", by=cast.it_manager)
    return case


# name -> how it comes about, who gets it, words of its text
LETTERS: dict[str, tuple[Callable[[Cast], Case], str, str]] = {
    "received": (lambda c: plain(c, "opened"), "requester", "We have received your request"),
    "new_request": (lambda c: plain(c, "opened"), "it_manager", "Accept it with a priority"),
    "accepted": (lambda c: plain(c, "accepted"), "requester", "is accepted. Budi Santoso takes care of it."),
    "task": (lambda c: plain(c, "accepted"), "agent", "It waits for you."),
    "rejected": (_rejected, "requester", "The leasing company repairs it."),
    "answered": (_answered, "requester", "Budi Santoso wrote about"),
    "asked_back": (_asked_back, "requester", "needs an answer from you"),
    "please_test": (lambda c: plain(c, "handed_over"), "requester", "is ready. Please try it."),
    "reminder": (_reminded, "requester", "We are still waiting for your word"),
    "unconfirmed": (_unconfirmed, "requester", "we heard nothing from you"),
    "done": (lambda c: reach(c, "done"), "requester", "is done"),
    "warning": (_soon, "it_manager", "50 % of the time"),
    "breach": (_late, "it_manager", "has run out: first response"),
    "sign": (lambda c: reach(c, "brm_submitted", hours=24), "director", "It takes a minute"),
    "ticket": (lambda c: plain(c, "started"), "requester", "Work on T-"),
}


def played(name: str, cast: Cast, language: str = "en") -> mail.EmailMultiAlternatives:
    """The last letter of this kind to its reader."""
    play, reader, _words = LETTERS[name]
    accounts.set_preferences(user=cast[reader], language=language)
    cast.again(reader)
    play(cast)
    deliver()
    return [m for m in mail.outbox if m.to == [cast[reader].email]][-1]  # type: ignore[return-value]


def _html(letter: mail.EmailMultiAlternatives) -> str:
    return str(letter.alternatives[0][0])


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_says_what_happened_and_what_one_can_do(name: str, cast: Cast) -> None:
    letter = played(name, cast)
    words = LETTERS[name][2]
    page = BeautifulSoup(_html(letter), "html.parser")
    said = re.sub(r"\s+", " ", page.get_text(" "))
    assert words in " ".join(letter.body.split())
    assert words in said
    button = page.select_one("a.go")
    assert button is not None
    assert button["href"].startswith("http")
    assert button["href"] in letter.body, "whoever reads the text can go there as well"
    assert "/notifications/preferences/" in letter.body
    assert page.h1 is not None


@pytest.mark.parametrize("name", LETTERS)
def test_the_text_is_as_good_as_the_page(name: str, cast: Cast) -> None:
    letter = played(name, cast)
    assert "\n\n\n" not in letter.body
    assert "<" not in letter.body.replace("<b>Tomorrow</b>", "")
    assert "&amp;" not in letter.body
    assert "&#x27;" not in letter.body
    assert "\n-- \n" in letter.body, "mail programs fold away what follows"


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_in_the_readers_language(name: str, cast: Cast) -> None:
    letter = played(name, cast, "id")
    assert 'lang="id"' in _html(letter)
    assert not re.search(r"\b(the|you|your|request|letter)\b", _without_typed(letter.body)), letter.body


def _without_typed(text: str) -> str:
    """Without what people wrote, which is in their own words."""
    return re.sub(r"(?m)^  .*$|Stock report per warehouse|https?://\S+", "", text)


def test_what_somebody_wrote_stays_text(cast: Cast) -> None:
    letter = played("answered", cast)
    assert "<b>Tomorrow</b> & no later." in letter.body
    assert "&lt;b&gt;Tomorrow&lt;/b&gt; &amp; no later." in _html(letter)


def test_a_repair_that_is_done_can_be_opened_again_and_a_development_cannot(cast: Cast) -> None:
    case = plain(cast, "handed_over")
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    deliver()
    event = Notification.objects.filter(event__type="ticket.done").select_related("event")[0].event
    note = Notification(event=event, person=cast.requester, title="Done", path="/")
    with translation.override("en"):
        assert "open the request again" in write(note).text
    assert "open the request again" not in played("done", cast).body


def test_only_what_can_be_answered_says_so(cast: Cast, settings: Any) -> None:
    plain(cast, "opened")
    deliver()
    note: Any = Notification.objects.filter(person=cast.requester).select_related("event", "person")[0]
    settings.MAIL_IN_ADDRESS = ""
    assert "Nobody reads answers" in write(note).text
    settings.MAIL_IN_ADDRESS = "helpdesk+*@kumala.example"
    assert "You can answer this letter" in write(note).text
    note.subscriber = "digest.1"
    assert "You can answer this letter" not in write(note).text


def test_the_it_manager_hears_of_the_breach_of_their_own_request(cast: Cast) -> None:
    case = Case(cast)
    _, case.requester = cast.foreign_it_manager, "foreign_it_manager"
    case.opened()
    clocks.sweep(now=timezone.now() + timedelta(hours=3))
    deliver()
    kinds = Notification.objects.filter(event__type="clock.breached").values_list("kind", flat=True)
    assert set(kinds) == {"breach"}


def test_a_subject_is_one_line_whatever_the_title(cast: Cast) -> None:
    plain(cast, "opened")
    deliver()
    note: Any = Notification.objects.filter(person=cast.requester).select_related("event", "person")[0]
    note.title = "One\r\nBcc: all@kumala.example"
    assert write(note).subject == "[Kumala ITSM] One Bcc: all@kumala.example"
