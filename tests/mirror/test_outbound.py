"""What happens here is seen on the board: once, in few calls, whatever goes wrong on the way."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.models import Event
from integrations.monday import actions
from integrations.monday.enums import LinkState
from integrations.monday.models import Difference, Link, Remark
from integrations.monday.subscribers import mark_the_card
from notifications.models import Notification
from tests.harness.events import deliver as tell
from tests.mirror.conftest import Mirror
from tickets import actions as tickets
from tickets.enums import Kind, Priority


def test_an_accepted_request_gets_its_card(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    ticket = case.ticket
    assert mirror.item(case).name == ticket.title
    assert mirror.shown(case, "status") == "Waiting"
    assert mirror.shown(case, "priority") == "High"
    assert mirror.shown(case, "estimate") == "8"
    assert mirror.shown(case, "requester") == str(ticket.requester)
    assert mirror.shown(case, "branch") == str(ticket.branch)
    assert mirror.shown(case, "kind") == "development"
    assert mirror.item(case).values["assignee"]
    assert mirror.link(case).item_id == mirror.item(case).id
    before = len(mirror.fake.writes())
    mirror.turn()
    assert len(mirror.fake.writes()) == before, "then silence"


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_of_request_has_its_card(mirror: Mirror, kind: str) -> None:
    waiting = mirror.case(kind=Kind(kind))
    mirror.turn()
    assert not list(mirror.fake.world.all_items()), "nothing before the IT Manager has accepted it"
    waiting.accepted()
    mirror.turn()
    shown = {name: mirror.shown(waiting, name) for name in ("kind", "status", "key")}
    ticket = waiting.ticket
    assert (shown["kind"], shown["status"], shown["key"]) == (kind, "Waiting", ticket.number)
    assert ticket.url in str(mirror.item(waiting).values["link"])


def test_many_edits_are_one_change(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    for hours in (9, 10, 11, 12):
        tickets.estimate(ticket=case.ticket, hours=Decimal(hours), reason="It grows.", by=mirror.cast.agent)
    tickets.assign(ticket=case.ticket, assignee=mirror.cast.other_agent, by=mirror.cast.it_manager)
    before = len(mirror.fake.calls("change_multiple_column_values"))
    mirror.turn()
    assert len(mirror.fake.calls("change_multiple_column_values")) == before + 1
    assert mirror.shown(case, "estimate") == "12"


def test_a_create_that_landed_without_an_answer_is_one_card(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.fake.fails("drop-after", on="create_item")
    mirror.turn()
    mirror.clock.forward(minutes=2)
    mirror.turn()
    assert mirror.link(case).item_id == mirror.item(case).id
    assert len(list(mirror.fake.world.all_items())) == 1


@pytest.mark.parametrize("caches", [True, False])
@pytest.mark.parametrize("lag", [0, 60])
def test_the_same_when_the_next_look_comes_half_an_hour_later(mirror: Mirror, caches: bool, lag: int) -> None:
    case = mirror.case("accepted")
    mirror.fake.caches_keys, mirror.fake.world.search_lag = caches, timedelta(seconds=lag)
    mirror.fake.fails("drop-after", on="create_item")
    mirror.turn(1)
    mirror.clock.forward(minutes=31)
    for _n in range(3):
        mirror.turn()
        mirror.clock.forward(minutes=2)
    assert len(list(mirror.fake.world.all_items())) == 1
    assert mirror.link(case).item_id == mirror.item(case).id


def test_a_call_that_never_arrived_is_made_again(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.fake.fails("drop-before", on="create_item", times=2)
    for _n in range(4):
        mirror.turn()
        mirror.clock.forward(minutes=1)
    assert len(list(mirror.fake.world.all_items())) == 1
    assert mirror.shown(case, "status") == "Waiting"


def test_a_change_without_an_answer_is_read_again_and_not_taken_for_somebodys(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    mirror.fake.fails("drop-after", on="change_multiple_column_values")
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.turn(1)
    tickets.estimate(ticket=case.ticket, hours=Decimal(10), reason="Still more.", by=mirror.cast.agent)
    mirror.clock.forward(minutes=1)
    mirror.turn()
    assert mirror.shown(case, "estimate") == "10"
    assert case.ticket.estimate_hours == 10
    assert not Difference.objects.exists()


def test_a_withdrawn_request_leaves_the_board(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    item = mirror.item(case)
    tickets.cancel(ticket=case.ticket, by=mirror.cast.it_manager)
    mirror.turn()
    assert item.state == "archived"
    assert mirror.link(case).state == LinkState.ENDED
    assert not Difference.objects.exists()


def test_what_is_refused_waits_for_a_person_and_holds_up_nobody(mirror: Mirror) -> None:
    poor, fine = mirror.case("accepted"), mirror.case("accepted")
    mirror.turn()
    mirror.fake.fails(
        "partial", on="change_multiple_column_values", code="ColumnValueException", message="invalid value"
    )
    for case in (fine, poor):
        tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.turn()
    dead = Link.objects.get(state=LinkState.DEAD)
    assert "invalid value" in dead.last_error
    actions.retry(link=dead, by=mirror.cast.administrator)
    mirror.turn()
    assert mirror.shown(poor, "estimate") == mirror.shown(fine, "estimate") == "9"


def test_a_thousand_changes_take_few_calls_and_waits_are_kept(mirror: Mirror) -> None:
    cases = [mirror.case("accepted") for _n in range(3)]
    mirror.turn()
    mirror.fake.fails("429")
    for case in cases:
        tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    tell()
    before = len(mirror.fake.journal)
    actions.deliver()
    actions.deliver()
    assert len(mirror.fake.journal) == before + 1, "nothing leaves before the wait is over"
    mirror.clock.forward(seconds=10)
    mirror.turn()
    assert len(mirror.fake.calls("change_multiple_column_values")) == 1
    assert {mirror.shown(case, "estimate") for case in cases} == {"9"}


def test_the_calls_of_the_day_end_at_noon_and_begin_again_at_midnight(mirror: Mirror) -> None:
    mirror.clock.to(mirror.clock.now.replace(hour=12))
    case = mirror.case("accepted")
    mirror.turn()
    mirror.fake.fails("daily", times=99)
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.turn()
    before = len(mirror.fake.journal)
    mirror.clock.forward(hours=6)
    mirror.turn()
    assert len(mirror.fake.journal) == before, "nothing leaves until midnight"
    mirror.fake.heal()
    mirror.clock.forward(hours=7)
    mirror.turn()
    assert mirror.shown(case, "estimate") == "9"


def test_after_another_plan_was_bought_nothing_waits_for_midnight(mirror: Mirror) -> None:
    mirror.clock.to(mirror.clock.now.replace(hour=12))
    case = mirror.case("accepted")
    mirror.turn()
    mirror.fake.fails("daily", on="change_multiple_column_values")
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.turn()
    assert mirror.shown(case, "estimate") == "8"
    actions.try_now(by=mirror.cast.administrator)
    mirror.turn()
    assert mirror.shown(case, "estimate") == "9"


def test_without_a_token_nothing_happens_and_nothing_is_lost(mirror: Mirror, settings: Any) -> None:
    settings.MONDAY_TOKEN = ""
    case = mirror.case("accepted")
    mirror.turn()
    assert mirror.fake.journal == []
    settings.MONDAY_TOKEN = mirror.fake.token
    mirror.turn()
    assert mirror.shown(case, "status") == "Waiting"


def test_a_refused_token_stops_everything_until_somebody_says_so(mirror: Mirror) -> None:
    case, administrator = mirror.case("accepted"), mirror.cast.administrator
    mirror.fake.fails("401", times=1)
    mirror.turn()
    mirror.clock.forward(hours=3)
    mirror.turn()
    assert len(mirror.fake.journal) == 1
    told = Notification.objects.get(person=administrator)
    assert told.path == "/integrations/monday/", "heard of once"
    actions.try_now(by=administrator)
    mirror.turn()
    assert mirror.shown(case, "status") == "Waiting"


def test_a_public_answer_stands_below_the_card_once_where_it_is_wanted(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    tickets.answer(ticket=case.ticket, text="Not shown.", by=mirror.cast.agent)
    mirror.turn()
    actions.keep_connection(mirrors_answers=True, by=mirror.cast.administrator)
    mirror.fake.fails("drop-after", on="create_update")
    tickets.answer(ticket=case.ticket, text="We look at <it> now.", by=mirror.cast.agent)
    tickets.note(ticket=case.ticket, text="Among us.", by=mirror.cast.agent)
    for _n in range(3):
        mirror.turn()
        mirror.clock.forward(minutes=1)
    (said,) = mirror.said(case)
    assert "We look at <it> now." in said


def test_a_remark_whose_answer_was_lost_long_ago_is_looked_for(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    actions.keep_connection(mirrors_answers=True, by=mirror.cast.administrator)
    mirror.fake.fails("drop-after", on="create_update")
    tickets.answer(ticket=case.ticket, text="We look at it now.", by=mirror.cast.agent)
    mirror.turn(1)
    mirror.clock.forward(hours=2)
    mirror.turn()
    assert len(mirror.said(case)) == 1
    assert Remark.objects.get().sent_at is not None


def test_a_column_that_was_deleted_is_no_longer_mirrored_and_the_page_says_so(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    mirror.turn()
    mirror.fake.world.by(mirror.stranger).delete_column(mirror.board, "estimate")
    tickets.prioritise(ticket=case.ticket, priority=Priority.LOW, reason="Later.", by=mirror.cast.it_manager)
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    for _n in range(4):
        mirror.turn()
        mirror.clock.forward(minutes=3)
    assert mirror.shown(case, "priority") == "Low"
    assert mirror.link(case).state == LinkState.ACTIVE


def test_telling_twice_marks_once(mirror: Mirror) -> None:
    case = mirror.case("accepted")
    version = mirror.link(case).version
    event = Event.objects.about(case.ticket).get(type="ticket.accepted")
    mark_the_card(event)
    assert mirror.link(case).version == version
