"""The end of a request: the requester's word, reminders, the policy for repairs, opening again, satisfaction."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.actions import robot
from clocks import actions as clocks
from clocks.models import Clock
from events.models import Event
from notifications.models import Notification
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import deliver, names_told, recorded, told
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import plain, reach
from tickets import actions as tickets
from tickets.enums import REOPEN_WITHIN, Kind, TicketEvent
from tickets.models import Rating, Ticket


@pytest.fixture(autouse=True)
def _everybody(cast: Cast) -> None:
    cast.everybody()


def _waits(ticket: Ticket) -> Clock | None:
    return Clock.objects.of(ticket, "confirmation").running().first()


def test_a_test_that_is_asked_for_has_its_own_clock(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "handed_over")
    waits = _waits(case.ticket)
    assert waits is not None
    assert waits.due_at - waits.started_at == timedelta(days=7)
    tickets.send_back(ticket=case.ticket, text="No.", by=cast.requester)
    assert _waits(case.ticket) is None
    clock.forward(hours=1)
    tickets.hand_over(ticket=case.ticket, text="And now?", by=cast.agent)
    again = _waits(case.ticket)
    assert again is not None
    assert again.started_at == clock.now
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    assert _waits(case.ticket) is None
    assert case.ticket.confirmed_by == cast.requester


def test_the_requester_is_reminded_twice_then_the_policy_ends_a_repair(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "handed_over")
    for days in (3.6, 2):
        told()
        clock.forward(days=days)
        clocks.sweep()
        deliver()
        assert names_told() == ["requester"]
        assert (
            "dengan sendirinya" in Notification.objects.get().text
            or "by itself" in Notification.objects.get().text
        )
    told()
    clock.forward(days=2)
    clocks.sweep()
    deliver()
    assert case.ticket.status == "done"
    assert case.ticket.was_closed_by_policy
    assert "heard nothing" in case.ticket.sentence
    said = Event.objects.about(case.ticket).get(type=TicketEvent.CLOSED_UNCONFIRMED)
    assert (said.who, said.sentence) == (
        "Kumala ITSM",
        "ended the request: no word from the requester for 7 days",
    )
    assert names_told() == ["agent", "it_manager", "requester"]
    assert _waits(case.ticket) is None
    assert "open it again" in case.ticket.sentence
    clock.forward(days=8)
    assert "heard nothing" in case.ticket.sentence
    assert "open it again" not in case.ticket.sentence, "the days for that are over"


def test_a_data_update_is_reminded_of_but_never_ends_by_itself(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "handed_over", kind=Kind.DATA_UPDATE)
    told()
    clock.forward(days=30)
    clocks.sweep()
    deliver()
    assert case.ticket.status == "user_testing"
    assert set(names_told()) == {"requester"}
    with not_possible("only a repair", rule="SOP-A6"):
        tickets.close_unconfirmed(ticket=case.ticket, by=robot("policy"))


def test_the_policy_is_no_person_and_waits_its_time(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "handed_over")
    for name in ("agent", "it_manager", "requester"):
        with not_yours():
            tickets.close_unconfirmed(ticket=case.ticket, by=cast[name])
    clock.forward(days=6, hours=23)
    machine = robot("policy")
    with not_possible("still has time"):
        tickets.close_unconfirmed(ticket=case.ticket, by=machine)


def test_a_word_just_before_the_policy_counts(cast: Cast, clock: Stopwatch) -> None:
    """The breach is in the queue when the requester sends it back and gets it again: the old breach ends nothing."""
    case = plain(cast, "handed_over")
    deliver()
    clock.forward(days=8)
    clocks.sweep()
    tickets.send_back(ticket=case.ticket, text="No.", by=cast.requester)
    tickets.hand_over(ticket=case.ticket, text="Now?", by=cast.agent)
    deliver()
    assert case.ticket.status == "user_testing"


@pytest.mark.parametrize("who", ["agent", "it_manager", None])
@pytest.mark.parametrize("kind", [Kind.TROUBLESHOOTING, Kind.DATA_UPDATE])
def test_done_is_no_field_that_somebody_sets(cast: Cast, who: str | None, kind: Kind) -> None:
    case = plain(cast, "handed_over", kind=kind)
    by = cast[who].pk if who else None
    with refused_by_postgres("SOP-A6"):
        Ticket.objects.filter(pk=case.pk).update(status="done", confirmed_by=by)


def test_a_robot_ends_no_data_update_in_sql_either(cast: Cast) -> None:
    case, machine = plain(cast, "handed_over", kind=Kind.DATA_UPDATE), robot("policy")
    with refused_by_postgres("SOP-A6"):
        Ticket.objects.filter(pk=case.pk).update(status="done", confirmed_by=machine)


# Opening again -----------------------------------------------------------------------------------------------------


def test_a_requester_opens_again_within_the_period(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "confirmed")
    told()
    clock.forward(days=REOPEN_WITHIN.days)
    with recorded(TicketEvent.REOPENED):
        tickets.reopen(ticket=case.ticket, text="The same again.", by=cast.requester)
    deliver()
    assert names_told() == ["agent", "it_manager"]
    assert (case.ticket.status, case.ticket.finished_at, case.ticket.confirmed_by) == (
        "in_progress",
        None,
        None,
    )
    tickets.hand_over(ticket=case.ticket, text="Now?", by=cast.agent)
    tickets.confirm(ticket=case.ticket, by=cast.requester)


def test_opening_again_needs_a_reason_the_requester_and_its_days(cast: Cast, clock: Stopwatch) -> None:
    case = plain(cast, "confirmed")
    with not_possible("what happened"):
        tickets.reopen(ticket=case.ticket, text=" ", by=cast.requester)
    for name in ("agent", "it_manager", "branch_head"):
        with not_yours():
            tickets.reopen(ticket=case.ticket, text="Again.", by=cast[name])
    clock.forward(days=REOPEN_WITHIN.days, minutes=1)
    with not_possible("too long ago"):
        tickets.reopen(ticket=case.ticket, text="Again.", by=cast.requester)


def test_a_deployed_development_is_not_opened_again(cast: Cast) -> None:
    case = reach(cast, "done")
    with not_possible("not opened again", rule="SOP-A6"):
        tickets.reopen(ticket=case.ticket, text="Again.", by=cast.requester)


# Satisfaction ------------------------------------------------------------------------------------------------------


def test_satisfaction_is_asked_once(cast: Cast) -> None:
    case = plain(cast, "handed_over")
    with not_possible("not possible while"):
        tickets.rate(ticket=case.ticket, score=4, by=cast.requester)
    tickets.confirm(ticket=case.ticket, by=cast.requester)
    for name in ("agent", "branch_head", "colleague"):
        with not_yours():
            tickets.rate(ticket=case.ticket, score=1, by=cast[name])
    for score in (0, 6):
        with not_possible("one of the five"):
            tickets.rate(ticket=case.ticket, score=score, by=cast.requester)
    told()
    tickets.rate(ticket=case.ticket, score=4, text=" Quick. ", by=cast.requester)
    deliver()
    assert names_told() == ["agent", "it_manager"]
    with not_possible("already told"):
        tickets.rate(ticket=case.ticket, score=1, by=cast.requester)
    rating = Rating.objects.get()
    assert (rating.score, rating.text) == (4, "Quick.")
    with refused_by_postgres("rating"):
        Rating.objects.update(score=5)


def test_handing_over_and_sending_back_take_photos(cast: Cast, page: Any) -> None:
    case = plain(cast, "started")

    def photo(name: str) -> SimpleUploadedFile:
        out = io.BytesIO()
        Image.new("RGB", (3, 3)).save(out, "PNG")
        return SimpleUploadedFile(name, out.getvalue())

    for who, verb, name in (
        (cast.agent, "hand-over", "repaired.png"),
        (cast.requester, "send-back", "blank.png"),
    ):
        form = page(who).get(f"/requests/{case.pk}/{verb}/").content.decode()
        assert 'enctype="multipart/form-data"' in form
        typed = {"text": "Look.", "attachments": [photo(name)]}
        assert page(who).post(f"/requests/{case.pk}/{verb}/", typed).status_code == 302
    assert [(c.author, [a.name for a in c.attachments.all()]) for c in case.ticket.comments.order_by("pk")] == [
        (cast.agent, ["repaired.png"]), (cast.requester, ["blank.png"]),
    ]  # fmt: skip
    sent = Program(cast.agent).post(
        f"tickets/{case.pk}/hand-over/", files=True, text="Now?", attachments=[photo("again.png")]
    )
    assert "again.png" in [a["name"] for a in sent["attachments"]]


def test_the_head_of_the_branch_tests_for_somebody_who_has_left(
    cast: Cast, page: Any, clock: Stopwatch
) -> None:
    case = plain(cast, "started", kind=Kind.DATA_UPDATE)
    cast.requester.is_active = False
    cast.requester.save()
    told()
    tickets.hand_over(ticket=case.ticket, text="The price is changed.", by=cast.agent)
    deliver()
    assert "branch_head" in names_told()
    head = page(cast.branch_head)
    assert f"/requests/{case.pk}/confirm/" in head.get(case.ticket.url).content.decode()
    assert head.post(f"/requests/{case.pk}/send-back/", {"text": "Not in March."}).status_code == 302
    tickets.hand_over(ticket=case.ticket, text="Now?", by=cast.agent)
    assert head.post(f"/requests/{case.pk}/confirm/").status_code == 302
    assert (case.ticket.status, case.ticket.confirmed_by) == ("done", cast.branch_head)
    assert not case.ticket.was_closed_by_policy


def test_the_head_tests_no_repair_and_nothing_of_those_who_are_here(cast: Cast) -> None:
    for kind, here in ((Kind.TROUBLESHOOTING, False), (Kind.DATA_UPDATE, True)):
        case = plain(cast, "handed_over", kind=kind)
        cast.requester.is_active = here
        cast.requester.save()
        with not_yours():
            tickets.confirm(ticket=case.ticket, by=cast.branch_head)
        cast.requester.is_active = True
        cast.requester.save()
