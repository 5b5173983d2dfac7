"""Talking: mentions, watchers, changed words, canned answers, and two who answer at once."""

from typing import Any

import pytest

from accounts import actions as accounts
from accounts.enums import Role
from clocks.enums import ClockEvent
from clocks.models import Clock
from events.models import Event
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import deliver, names_told, recorded, told
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import plain
from tickets import actions as tickets
from tickets import mentions
from tickets.enums import TicketEvent
from tickets.models import CannedAnswer, Comment, Presence, Ticket, Watcher, Wording


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()


# Mentions ----------------------------------------------------------------------------------------------------------


class Named:
    """Somebody of whom only the name counts."""

    def __init__(self, name: str) -> None:
        self.name = name


BUDI, HARTONO, SARI = Named("Budi Santoso"), Named("Budi Hartono"), Named("Sari Wulandari")


@pytest.mark.parametrize(
    ("text", "people", "unclear"),
    [
        ("@Sari please", [SARI], {}),
        ("@sari wulandari, @SARI", [SARI], {}),
        ("(@Budi Hartono)", [HARTONO], {}),
        ("@Budi", [], {"Budi": [BUDI, HARTONO]}),
        ("@Budi Hartono and @Budi Santoso.", [HARTONO, BUDI], {}),
        ("@Wati", [], {"Wati": []}),
        ("@Sariwati", [], {"Sariwati": []}),
        ("write to sari@kumala.example", [], {}),
        ("at @12:00, @ home, x/@y", [], {}),
        ("", [], {}),
    ],
)
def test_who_is_meant(text: str, people: list[Any], unclear: dict[str, list[Any]]) -> None:
    found = mentions.find(text, [BUDI, HARTONO, SARI])
    assert (found.people, found.unclear) == (people, unclear)


def test_whoever_is_mentioned_follows_and_hears_it_once(cast: Cast) -> None:
    case = plain(cast, "started")
    told()
    with recorded(TicketEvent.ANSWERED, TicketEvent.MENTIONED, ClockEvent.MET):
        tickets.answer(ticket=case.ticket, text="@Agung can you look?", by=cast.agent)
    deliver()
    assert names_told() == ["other_agent", "requester"]
    assert (
        Notification.objects.filter(person=cast.other_agent, event__type=TicketEvent.MENTIONED).count() == 1
    )
    told()
    tickets.answer(ticket=case.ticket, text="Any news?", by=cast.requester)
    deliver()
    assert names_told() == ["agent", "other_agent"]


def test_only_who_reads_it_can_be_mentioned(cast: Cast) -> None:
    case = plain(cast, "started")
    note = tickets.note(ticket=case.ticket, text="@Sari knows, @Hendra too, @Joko", by=cast.agent)
    assert set(note.unclear_mentions) == {"Sari", "Hendra"}
    answer = tickets.answer(ticket=case.ticket, text="@Hendra @Sari @Made @Wayan", by=cast.agent)
    assert set(answer.unclear_mentions) == {"Made", "Wayan"}, "people of another branch see nothing of this"
    assert {w.person for w in Watcher.objects.all()} == {cast.db_manager, cast.branch_head, cast.requester}


def test_the_words_of_a_note_stay_on_its_page(cast: Cast) -> None:
    case = plain(cast, "started")
    tickets.watch(ticket=case.ticket, by=cast.branch_head)
    told()
    tickets.note(ticket=case.ticket, text="The password is weak. @Joko", by=cast.other_agent)
    letters = deliver()
    assert names_told() == ["agent", "db_manager"], "not the head of the branch, who follows it"
    assert "password" not in "".join(str(m.message()) for m in letters)
    assert "password" not in str(list(Event.objects.values_list("facts", flat=True)))


# Watchers ----------------------------------------------------------------------------------------------------------


def test_watching_is_hearing_not_seeing(cast: Cast) -> None:
    case = plain(cast, "started")
    tickets.watch(ticket=case.ticket, by=cast.other_agent)
    tickets.watch(ticket=case.ticket, person=cast.branch_head, by=cast.agent)
    for name in ("outsider", "colleague", "nobody", "foreign_agent"):
        with not_possible("may not see"):
            tickets.watch(ticket=case.ticket, person=cast[name], by=cast.agent)
    for name in ("requester", "branch_head"):
        with not_yours():
            tickets.watch(ticket=case.ticket, person=cast.other_agent, by=cast[name])
    told()
    tickets.hand_over(ticket=case.ticket, text="Try.", by=cast.agent)
    deliver()
    assert names_told() == ["branch_head", "other_agent", "requester"]
    tickets.unwatch(ticket=case.ticket, by=cast.other_agent)
    tickets.unwatch(ticket=case.ticket, person=cast.branch_head, by=cast.agent)
    assert not Watcher.objects.exists()


def test_a_watcher_who_may_no_longer_see_it_hears_nothing(cast: Cast) -> None:
    case = plain(cast, "started")
    tickets.watch(ticket=case.ticket, by=cast.other_agent)
    for held in cast.other_agent.roles.all():
        accounts.revoke_role(held=held, by=cast.administrator)
    told()
    tickets.answer(ticket=case.ticket, text="Hello", by=cast.requester)
    deliver()
    assert names_told() == ["agent"]
    accounts.grant_role(user=cast.other_agent, role=Role.AGENT, by=cast.administrator)


# Changed words -----------------------------------------------------------------------------------------------------


def test_changed_words_keep_how_they_read_before(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "started")
    said = tickets.answer(ticket=case.ticket, text="We come on Monday.", by=cast.agent)
    clock.forward(minutes=3)
    with recorded(TicketEvent.EDITED):
        changed = tickets.edit(comment=said, text="We come on Tuesday.", by=cast.agent)
    with recorded():
        tickets.edit(comment=said, text=" We come on Tuesday. ", by=cast.agent)
    assert (changed.text, changed.edited_at) == ("We come on Tuesday.", clock.now)
    assert [w.text for w in said.wordings.all()] == ["We come on Monday."]
    with refused_by_postgres("wording"):
        Wording.objects.update(text="never said")


def test_everybody_changes_their_own_words_while_it_is_open(cast: Cast) -> None:
    case = plain(cast, "handed_over")
    said = tickets.answer(ticket=case.ticket, text="Monday.", by=cast.agent)
    note = tickets.note(ticket=case.ticket, text="Hm.", by=cast.agent)
    for name in ("it_manager", "requester", "other_agent"):
        with not_yours():
            tickets.edit(comment=said, text="x", by=cast[name])
    with not_possible("write something"):
        tickets.edit(comment=said, text="  ", by=cast.agent)
    tickets.edit(comment=note, text="Hm?", by=cast.agent)
    edited = Event.objects.about(case.ticket).filter(type=TicketEvent.EDITED)
    assert [e.audience for e in edited] == ["staff"]
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    with not_possible("has ended"):
        tickets.edit(comment=said, text="Tuesday.", by=cast.agent)


# Canned answers ----------------------------------------------------------------------------------------------------


def test_places_are_filled_once_and_unknown_ones_stay(cast: Cast) -> None:
    ticket = tickets.open_ticket(
        kind="troubleshooting", title="Braces {agent}", description="x", by=cast.requester, channel="browser"  # type: ignore[arg-type]
    )  # fmt: skip
    canned = CannedAnswer(
        text="Dear {requester}, {number} {title}: {agent}, {branch}. {unknown} {} {{number}}"
    )
    assert canned.filled(ticket, cast.agent) == (
        f"Dear Sari Wulandari, {ticket.number} Braces {{agent}}: Budi Santoso, Cabang Bandung."
        f" {{unknown}} {{}} {{{ticket.number}}}"
    )


# Two at once -------------------------------------------------------------------------------------------------------


def test_the_second_of_two_reads_the_first_ones_words_before_sending(cast: Cast) -> None:
    case = plain(cast, "started")
    seen = tickets.answer(ticket=case.ticket, text="Which one?", by=cast.agent).pk
    tickets.answer(ticket=case.ticket, text="The till.", by=cast.requester)
    with not_possible("Sari Wulandari has written"):
        tickets.answer(ticket=case.ticket, text="Hello?", by=cast.agent, seen=seen)
    with not_possible("Sari Wulandari has written"):
        tickets.note(ticket=case.ticket, text="Hm.", by=cast.other_agent, seen=seen)
    newest = Comment.objects.latest("pk").pk
    tickets.answer(ticket=case.ticket, text="I see.", by=cast.agent, seen=newest)
    tickets.answer(
        ticket=case.ticket, text="And I.", by=cast.agent, seen=newest
    )  # one's own words are no news


def test_a_note_is_no_news_to_who_may_not_read_it(cast: Cast) -> None:
    case = plain(cast, "started")
    tickets.note(ticket=case.ticket, text="Hm.", by=cast.agent)
    tickets.answer(ticket=case.ticket, text="Hello?", by=cast.requester, seen=0)


def test_who_has_it_open_is_known_for_a_moment(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "started")
    with recorded():
        tickets.be_here(ticket=case.ticket, is_writing=False, by=cast.agent)
        tickets.be_here(ticket=case.ticket, is_writing=True, by=cast.agent)
    assert Presence.objects.get().is_writing
    for name in ("requester", "auditor", "branch_head"):
        with not_yours():
            tickets.be_here(ticket=case.ticket, is_writing=False, by=cast[name])
    clock.forward(seconds=46)
    tickets.be_here(ticket=case.ticket, is_writing=False, by=cast.other_agent)
    assert tickets.forget_presences() == 1
    assert Presence.objects.get().person == cast.other_agent


def test_an_answer_with_a_mention_still_stops_the_clock(cast: Cast) -> None:
    case = plain(cast, "accepted")
    tickets.answer(ticket=case.ticket, text="@Agung looks at it.", by=cast.agent)
    assert Clock.objects.of(case.ticket, "response").get().state == "met"
    assert Ticket.objects.get(pk=case.pk).answered_at is not None
