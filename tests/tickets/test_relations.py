"""Duplicates, parts, links, and what is made out of a part: who may, what follows, and that nobody sees more by it."""

import io
import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clocks.models import Clock
from core.database import refusal_of
from devflow.models import DevelopmentRequest
from events.models import Event
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import deliver, names_told, recorded, told
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import plain, reach
from tests.tickets.desk import accepted, again, asked
from tickets import actions as tickets
from tickets.enums import Kind, Priority, TicketEvent
from tickets.models import Attachment, Ticket, Tie, Watcher


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()


# Duplicates --------------------------------------------------------------------------------------------------------


def test_a_duplicate_goes_on_in_the_older_request(cast: Cast, clock: Stopwatch) -> None:
    older = accepted(cast, asked(cast))
    clock.forward(minutes=1)
    duplicate = asked(cast, by="colleague")
    tickets.watch(ticket=duplicate, by=cast.other_agent)
    told()
    with recorded(TicketEvent.MERGED, TicketEvent.ABSORBED):
        tickets.merge(ticket=duplicate, into=older, by=cast.it_manager)
    found = again(duplicate)
    assert (found.status, found.merged_into) == ("cancelled", older)
    assert found.sentence == f"It goes on as {older.number}, which asks for the same."
    assert Clock.objects.of(duplicate, "response").get().state == "cancelled"
    assert Clock.objects.of(older, "response").get().state == "running", (
        "the promise about the older one stays"
    )
    deliver()
    assert names_told() == ["agent", "colleague", "other_agent"]


def test_those_that_speak_of_the_same_are_suggested(cast: Cast, page: Any) -> None:
    """To join: older open ones of the same kind; to link: also those that have ended; never one's own number."""
    older, ended = (asked(cast, "Printer struk tidak mencetak", by="colleague") for _ in range(2))
    tickets.cancel(ticket=ended, by=cast.colleague)
    ticket, other = asked(cast, "Printer struk tidak mencetak lagi"), asked(cast, "Layar gelap")
    asked(cast, "Printer struk tidak mencetak", kind=Kind.DATA_UPDATE)
    browser = page(cast.it_manager)
    joined, linked = (
        set(re.findall(r'<option value="(T-\d+)"', browser.get(f"{ticket.url}{verb}/").content.decode()))
        for verb in ("merge", "tie")
    )
    assert joined == {older.number}
    assert {older.number, ended.number} <= linked
    assert not {ticket.number, other.number} & linked


def test_nobody_sees_more_by_a_merge(cast: Cast, clock: Stopwatch) -> None:
    """A requester of another branch hears of the end on their own page, and of nothing else."""
    older = accepted(cast, asked(cast, "Secret of Bandung"))
    clock.forward(minutes=1)
    duplicate = asked(cast, by="outsider")
    tickets.merge(ticket=duplicate, into=older, by=cast.it_manager)
    assert not Watcher.objects.filter(ticket=older, person=cast.outsider).exists()
    assert not Ticket.objects.visible_to(cast.outsider).filter(pk=older.pk).exists()
    told()
    tickets.start(ticket=older, by=cast.agent)
    tickets.hand_over(ticket=older, text="Please try.", by=cast.agent)
    tickets.confirm(ticket=older, by=cast.requester)
    letters = [m for m in deliver() if m.to == ["outsider@kumala.example"]]
    heard = list(Notification.objects.filter(person=cast.outsider))
    assert [n.path for n in heard] == [duplicate.get_absolute_url()]
    assert "Secret" not in " ".join([n.title + n.text for n in heard] + [str(m.message()) for m in letters])
    said = Event.objects.about(duplicate).get(type=TicketEvent.ENDED_ELSEWHERE)
    assert said.sentence == f"notes that {older.number}, with which this request was joined, is now “Done”"


def test_whoever_may_see_it_follows_the_older_one(cast: Cast) -> None:
    older, duplicate = asked(cast), asked(cast, by="branch_head")
    tickets.merge(ticket=duplicate, into=older, by=cast.it_manager)
    assert [w.person for w in older.watchers.all()] == [cast.branch_head]


def test_only_a_newer_open_one_of_the_same_kind_is_joined(cast: Cast, clock: Stopwatch) -> None:
    older = asked(cast)
    clock.forward(minutes=1)
    newer, other_kind = asked(cast), asked(cast, kind=Kind.DATA_UPDATE)
    foreign = asked(cast, by="outsider")
    ended = plain(cast, "confirmed").ticket
    for ticket, into, why in (
        (older, newer, "newer one"), (newer, newer, "with itself"), (other_kind, older, "same kind"),
        (newer, ended, "has ended"),
    ):  # fmt: skip
        with not_possible(why):
            tickets.merge(ticket=ticket, into=into, by=cast.it_manager)
    for name in ("agent", "requester", "db_manager"):
        with not_yours():
            tickets.merge(ticket=newer, into=older, by=cast[name])
    with not_possible("no request with this number"):
        tickets.merge(ticket=foreign, into=older, by=cast.foreign_it_manager)
    with refused_by_postgres("ticket_is_not_its_own_relative"):
        Ticket.objects.filter(pk=newer.pk).update(status="cancelled", merged_into=newer.pk)


def test_duplicates_of_a_duplicate_follow_it(cast: Cast) -> None:
    first, second, third = asked(cast), asked(cast), asked(cast)
    tickets.merge(ticket=third, into=second, by=cast.it_manager)
    tickets.merge(ticket=second, into=first, by=cast.it_manager)
    assert again(third).merged_into == first


def test_the_forms_of_a_merged_development_are_taken_back(cast: Cast) -> None:
    older, newer = reach(cast, "opened"), reach(cast, "brm_written", hours=24)
    tickets.merge(ticket=newer.ticket, into=older.ticket, by=cast.it_manager)
    assert newer.brm.state == "withdrawn"
    begun = reach(cast, "on_trial")
    with not_possible("has begun", rule="SOP-A2"):
        tickets.merge(ticket=begun.ticket, into=older.ticket, by=cast.it_manager)
    assert DevelopmentRequest.objects.get(ticket=newer.ticket).stage == "cancelled"


# A part becomes a request ------------------------------------------------------------------------------------------


def test_a_part_begins_in_triage_with_its_own_two_hours(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "started")
    said = tickets.answer(
        ticket=case.ticket,
        text="And the scanner.",
        by=cast.requester,
        uploads=[("scan.txt", io.BytesIO(b"x"))],
    )
    clock.forward(hours=5)
    part = tickets.split(
        ticket=case.ticket,
        title="Scanner",
        description="It scans grey.",
        files=[said.attachments.get()],
        by=cast.agent,
    )
    assert (part.status, part.requester, part.split_from) == ("new", cast.requester, case.ticket)
    response = Clock.objects.of(part, "response").get()
    assert (response.started_at, response.state) == (clock.now, "running")
    copied = part.attachments.get()
    assert (copied.sha256, Attachment.objects.count()) == (said.attachments.get().sha256, 2)
    with not_possible("not possible while"):
        tickets.start(ticket=part, by=cast.it_manager)


def test_a_file_of_a_note_is_not_shown_in_the_part(cast: Cast) -> None:
    case = plain(cast, "started")
    note = tickets.note(ticket=case.ticket, text="x", by=cast.agent, uploads=[("log.txt", io.BytesIO(b"x"))])
    with not_yours():
        tickets.split(
            ticket=case.ticket, title="A", description="B", files=[note.attachments.get()], by=cast.agent
        )


def test_a_development_is_not_cut_into_small_ones(cast: Cast) -> None:
    development, repair = reach(cast, "accepted", hours=24), plain(cast, "accepted")
    with not_possible("count together", rule="SOP-A5"):
        tickets.split(ticket=development.ticket, title="Half", description="Half of it", by=cast.agent)
    tickets.split(ticket=repair.ticket, title="One", description="x", kind=Kind.DEVELOPMENT, by=cast.agent)
    with not_possible("count together", rule="SOP-A5"):
        tickets.split(
            ticket=repair.ticket, title="Two", description="x", kind=Kind.DEVELOPMENT, by=cast.agent
        )


def test_postgres_keeps_developments_together_too(cast: Cast) -> None:
    development, other = reach(cast, "accepted").ticket, reach(cast, "accepted").ticket
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Ticket.objects.filter(pk=other.pk).update(split_from=development)
    said = refusal_of(caught.value)
    assert said is not None
    assert said.rule == "SOP-A5"
    part = tickets.split(ticket=plain(cast, "accepted").ticket, title="A", description="B", by=cast.agent)
    with refused_by_postgres("SOP-A5"):
        Ticket.objects.filter(pk=part.pk).update(split_from=None)


def test_only_it_cuts_a_request_and_only_an_open_one(cast: Cast) -> None:
    case, ended = plain(cast, "accepted"), plain(cast, "confirmed")
    for name in ("requester", "branch_head", "auditor"):
        with not_yours():
            tickets.split(ticket=case.ticket, title="A", description="B", by=cast[name])
    with not_possible("not possible while"):
        tickets.split(ticket=ended.ticket, title="A", description="B", by=cast.agent)


# Whole and parts ---------------------------------------------------------------------------------------------------


def test_the_whole_is_tested_when_its_parts_have_ended(cast: Cast) -> None:
    whole, part = plain(cast, "started"), plain(cast, "accepted")
    tickets.adopt(ticket=part.ticket, parent=whole.ticket, by=cast.agent)
    with not_possible("parts of this request"):
        tickets.hand_over(ticket=whole.ticket, text="Try.", by=cast.agent)
    tickets.cancel(ticket=part.ticket, by=cast.requester)
    tickets.hand_over(ticket=whole.ticket, text="Try.", by=cast.agent)


def test_there_are_wholes_and_parts_and_nothing_between(cast: Cast) -> None:
    whole, part, other = asked(cast), asked(cast), asked(cast)
    tickets.adopt(ticket=part, parent=whole, by=cast.agent)
    for ticket, parent in ((whole, whole), (other, part), (whole, other), (whole, part)):
        with not_possible("a part has no parts"):
            tickets.adopt(ticket=ticket, parent=parent, by=cast.agent)
    with not_possible("already"):
        tickets.adopt(ticket=part, parent=other, by=cast.agent)
    with recorded(TicketEvent.DISOWNED, TicketEvent.PART_REMOVED):
        tickets.disown(ticket=part, by=cast.agent)
    assert again(part).parent is None
    with not_possible("not a part"):
        tickets.disown(ticket=part, by=cast.agent)
    for name in ("requester", "auditor"):
        with not_yours():
            tickets.adopt(ticket=part, parent=whole, by=cast[name])


def test_nothing_becomes_part_of_what_has_ended_or_is_unseen(cast: Cast) -> None:
    ended, ticket, foreign = plain(cast, "confirmed").ticket, asked(cast), asked(cast, by="outsider")
    with not_possible("not possible while"):
        tickets.adopt(ticket=ticket, parent=ended, by=cast.agent)
    with not_possible("no request with this number"):
        tickets.adopt(ticket=foreign, parent=ticket, by=cast.foreign_agent)


# Links -------------------------------------------------------------------------------------------------------------


def test_a_link_stands_once_and_is_taken_away_from_either_side(cast: Cast) -> None:
    one, other = asked(cast), asked(cast)
    with recorded(TicketEvent.TIED, TicketEvent.TIED):
        tickets.tie(ticket=other, other=one, by=cast.agent)
    row = Tie.objects.get()
    assert (row.first, row.second) == (one, other)
    with not_possible("linked already"):
        tickets.tie(ticket=one, other=other, by=cast.agent)
    with not_possible("with itself"):
        tickets.tie(ticket=one, other=one, by=cast.agent)
    tickets.untie(ticket=one, other=other, by=cast.other_agent)
    with not_possible("not linked"):
        tickets.untie(ticket=one, other=other, by=cast.agent)
    with not_yours():
        tickets.tie(ticket=one, other=other, by=cast.requester)


def test_a_link_never_tells_of_a_request_one_may_not_see(cast: Cast) -> None:
    here, there = asked(cast), asked(cast, by="outsider")
    tickets.tie(ticket=here, other=there, by=cast.agent)
    assert Tie.objects.visible_to(cast.agent).exists()
    assert not Tie.objects.visible_to(cast.requester).exists()
    assert not Event.objects.about(here).visible_to(cast.requester).filter(type=TicketEvent.TIED).exists()
    with not_possible("no request with this number"):
        tickets.tie(ticket=there, other=here, by=cast.foreign_agent)


def test_an_accepted_part_is_work_like_any_other(cast: Cast) -> None:
    part = tickets.split(ticket=asked(cast), title="Scanner", description="Grey.", by=cast.it_manager)
    tickets.accept(ticket=part, priority=Priority.LOW, assignee=cast.agent, by=cast.it_manager)
    tickets.start(ticket=part, by=cast.agent)
