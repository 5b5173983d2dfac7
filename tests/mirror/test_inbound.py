"""What people change on the board becomes the same act as in the browser, by them; what the SOP refuses is put back."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts import actions as accounts
from accounts.models import office_date
from events.models import Event
from integrations.monday import actions, operations
from integrations.monday.enums import Field, LinkState, Matter
from integrations.monday.models import Connection, Difference, Incoming, Link, MondayPerson, Stray
from integrations.monday.standing import state_of
from tests.mirror.conftest import Mirror
from tests.stages import ORDER
from tickets import actions as tickets
from tickets.enums import Channel, Kind, Priority, Status
from tickets.models import Ticket


def _ready(mirror: Mirror, *steps: str, **how: Any) -> Any:
    case = mirror.case(*(steps or ("accepted",)), **how)
    mirror.turn()
    return case


def test_a_priority_set_there_is_the_managers_act(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.set(case, "priority", {"index": 2})
    mirror.turn()
    assert case.ticket.priority == Priority.LOW
    event = Event.objects.about(case.ticket).get(type="ticket.prioritised")
    assert event.actor == mirror.cast.it_manager
    before = len(mirror.fake.writes())
    mirror.turn()
    assert len(mirror.fake.writes()) == before, "an echo is not answered"
    assert not Difference.objects.exists()


def test_days_estimate_and_assignee_set_there_are_acts_too(mirror: Mirror) -> None:
    case = _ready(mirror)
    day = case.ticket.created_at.date().replace(year=2027)
    mirror.set(case, "start", {"date": day.isoformat()}, who="agent")
    mirror.set(case, "finish", {"date": day.replace(month=12).isoformat()}, who="agent")
    mirror.set(case, "estimate", "12.50", who="agent")
    mirror.set(
        case, "assignee", {"personsAndTeams": [{"id": int(mirror.there["other_agent"].id), "kind": "person"}]}
    )
    mirror.turn()
    ticket = case.ticket
    assert (ticket.start_date, ticket.finish_date) == (day, day.replace(month=12))
    assert ticket.estimate_hours == Decimal("12.50")
    assert ticket.assignee == mirror.cast.other_agent
    assert Event.objects.about(ticket).filter(type="ticket.planned").count() == 1
    assert not Difference.objects.exists()


def test_starting_a_repair_there_starts_it(mirror: Mirror) -> None:
    case = _ready(mirror, kind=Kind.TROUBLESHOOTING)
    mirror.drag(case, "in_progress")
    mirror.turn()
    assert case.ticket.status == Status.IN_PROGRESS


def test_a_card_dragged_to_deploy_without_uat_is_put_back_with_the_reason(mirror: Mirror) -> None:
    case = _ready(mirror, "accepted", "planned", "started", "built", "on_trial", "on_training")
    assert mirror.shown(case, "status") == "User Testing"
    mirror.drag(case, "deploy")
    mirror.turn()
    assert mirror.shown(case, "status") == "User Testing"
    assert case.ticket.status == Status.USER_TESTING
    (said,) = mirror.said(case)
    assert "SOP-A6" in said
    assert str(mirror.cast.requester) in said, "whose turn it is"
    found = Difference.objects.get()
    assert (found.matter, found.person, found.theirs) == (Matter.REFUSED, mirror.cast.agent, "Deploy")
    assert Event.objects.about(case.ticket).get(type="monday.refused").actor == mirror.cast.agent


def test_an_estimate_over_twenty_hours_holds_the_start_that_came_with_it(mirror: Mirror) -> None:
    case = _ready(mirror, "accepted", "planned")
    mirror.set(case, "estimate", "24", who="agent")
    mirror.drag(case, "in_progress")
    mirror.turn()
    assert case.ticket.estimate_hours == 24, "saying that it takes longer is allowed"
    assert mirror.shown(case, "status") == "Waiting"
    (said,) = mirror.said(case)
    assert "SOP-A5" in said


def test_a_release_takes_the_managers_form_also_from_there(mirror: Mirror) -> None:
    case = _ready(mirror, *ORDER[1 : ORDER.index("signed") + 1])
    mirror.drag(case, "deploy", who="it_manager")
    mirror.turn()
    assert case.ticket.status == Status.USER_TESTING
    assert reverse("devflow:deploy-production", args=[case.build.pk]) in mirror.said(case)[-1]


def test_somebody_unknown_changes_nothing(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.set(case, "priority", {"index": 2}, who="nobody")
    mirror.turn()
    mirror.clock.forward(minutes=2)
    mirror.turn()
    assert case.ticket.priority == Priority.HIGH
    assert mirror.shown(case, "priority") == "High"
    assert len(mirror.said(case)) == 1


def test_somebody_without_the_role_changes_nothing(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.set(case, "priority", {"index": 2}, who="agent")
    mirror.turn()
    assert case.ticket.priority == Priority.HIGH
    assert mirror.shown(case, "priority") == "High"


def test_somebody_who_has_left_changes_nothing(mirror: Mirror) -> None:
    case = _ready(mirror)
    leaver = mirror.cast.it_manager
    leaver.is_active = False
    leaver.save()
    mirror.set(case, "priority", {"index": 2})
    mirror.turn()
    assert case.ticket.priority == Priority.HIGH


def test_a_substitute_acts_in_the_managers_place(mirror: Mirror) -> None:
    case = _ready(mirror)
    cast = mirror.cast
    accounts.name_substitute(
        absent=cast.it_manager, substitute=cast.other_agent, first=office_date(), last=office_date(), reason="Leave.",
        by=cast.it_manager,
    )  # fmt: skip
    mirror.set(case, "priority", {"index": 2}, who="other_agent")
    mirror.turn()
    event = Event.objects.about(case.ticket).get(type="ticket.prioritised")
    assert (event.actor, event.on_behalf_of) == (cast.other_agent, cast.it_manager)


def test_a_name_written_there_is_put_back(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.fake.world.by(mirror.there["it_manager"]).rename(mirror.item(case), "Something else")
    mirror.turn()
    assert mirror.item(case).name == case.ticket.title
    assert len(mirror.said(case)) == 1


def test_other_people_in_the_cell_stay(mirror: Mirror) -> None:
    case = _ready(mirror)
    mine, guest = int(mirror.there["agent"].id), int(mirror.stranger.id)
    both = [{"id": mine, "kind": "person"}, {"id": guest, "kind": "person"}]
    mirror.set(case, "assignee", {"personsAndTeams": both})
    mirror.turn()
    assert case.ticket.assignee == mirror.cast.agent
    tickets.assign(ticket=case.ticket, assignee=mirror.cast.other_agent, by=mirror.cast.it_manager)
    mirror.turn()
    told = mirror.fake.world.shown_item(mirror.item(case))["column_values"](ids=["assignee"])[0]
    people = {str(p["id"]) for p in told["persons_and_teams"]}
    assert people == {mirror.there["other_agent"].id, str(guest)}
    assert not Difference.objects.exists()


def test_both_sides_changed_the_later_counts_and_the_other_is_kept_in_writing(mirror: Mirror) -> None:
    case = _ready(mirror)
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.clock.forward(seconds=30)
    mirror.set(case, "estimate", "11", who="agent")
    mirror.turn()
    assert case.ticket.estimate_hours == 11
    found = Difference.objects.get(matter=Matter.CONFLICT)
    assert (found.ours, found.theirs, found.kept) == ("9", "11", "11")
    mirror.set(case, "estimate", "13", who="agent")
    mirror.clock.forward(seconds=30)
    tickets.estimate(ticket=case.ticket, hours=Decimal(14), reason="More.", by=mirror.cast.agent)
    mirror.turn()
    assert case.ticket.estimate_hours == 14
    assert mirror.shown(case, "estimate") == "14"


def test_different_fields_changed_on_both_sides_are_both_kept(mirror: Mirror) -> None:
    case = _ready(mirror)
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.set(case, "priority", {"index": 1})
    mirror.turn()
    assert (case.ticket.estimate_hours, case.ticket.priority) == (9, Priority.MEDIUM)
    assert (mirror.shown(case, "estimate"), mirror.shown(case, "priority")) == ("9", "Medium")
    assert not Difference.objects.exists()


def test_a_label_that_nobody_knows_here_does_not_overwrite_ours(mirror: Mirror) -> None:
    case = _ready(mirror)
    column = mirror.board.column("status")
    mirror.fake.world.set_labels(
        mirror.board, column, column.revision,
        [*({"id": one.id, "label": one.label} for one in column.labels), {"label": "Stuck"}],
    )  # fmt: skip
    (new,) = [one for one in column.labels if one.label == "Stuck"]
    mirror.fake.world.by(mirror.there["it_manager"]).set(mirror.item(case), "status", {"index": new.id})
    mirror.turn()
    assert case.ticket.status == Status.WAITING
    assert mirror.shown(case, "status") == "Waiting"


def test_a_renamed_label_changes_nothing(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.fake.world.by(mirror.stranger).rename_label(mirror.board.column("status"), 0, "Menunggu")
    mirror.clock.forward(hours=1)
    _sweep(mirror)
    assert not Difference.objects.exists()
    assert mirror.shown(case, "status") == "Menunggu"


def test_an_automation_that_fights_us_is_stopped_and_reported(mirror: Mirror) -> None:
    case = _ready(mirror)

    def fights(board: Any, item: Any, column: str, who: str) -> None:
        if column == "priority" and item.values["priority"] != 2:
            mirror.fake.world.change(mirror.stranger.id, board.id, item.id, '{"priority": {"index": 2}}')

    mirror.fake.world.automations.append(fights)
    mirror.set(case, "priority", {"index": 1}, who="nobody")
    for _n in range(12):
        mirror.turn(4)
        mirror.clock.forward(seconds=20)
    link = mirror.link(case)
    assert list(link.paused) == [Field.PRIORITY]
    assert Difference.objects.filter(matter=Matter.LOOP).count() == 1
    before = len(mirror.fake.writes())
    mirror.turn()
    assert len(mirror.fake.writes()) == before
    mirror.fake.world.automations.clear()
    actions.resume(link=link, by=mirror.cast.administrator)
    mirror.clock.forward(minutes=2)
    mirror.turn()
    assert mirror.shown(case, "priority") == "High"


def test_a_card_archived_there_is_gone_until_somebody_decides(mirror: Mirror) -> None:
    case = _ready(mirror)
    item = mirror.item(case)
    mirror.fake.world.by(mirror.stranger).archive(item)
    mirror.turn()
    assert mirror.link(case).state == LinkState.GONE
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.turn()
    assert len(list(mirror.fake.world.all_items())) == 1, "it is never made anew by itself"
    mirror.fake.world.by(mirror.stranger).restore(item)
    mirror.turn()
    assert mirror.link(case).state == LinkState.ACTIVE
    assert mirror.shown(case, "estimate") == "9"
    mirror.fake.world.by(mirror.stranger).delete(item)
    mirror.turn()
    actions.renew(link=mirror.link(case), by=mirror.cast.administrator)
    mirror.turn()
    assert mirror.item(case).id != item.id


# Cards made by hand ------------------------------------------------------------------------------------------------


def test_a_card_made_by_hand_becomes_a_request_in_the_queue(mirror: Mirror) -> None:
    mirror.fake.world.by(mirror.there["requester"]).add(mirror.board, "The printer is broken")
    mirror.turn()
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.requester, ticket.status) == (
        "The printer is broken",
        mirror.cast.requester,
        Status.NEW,
    )
    assert ticket.channel == Channel.MONDAY
    (item,) = mirror.fake.world.all_items()
    assert item.values["key"] == ticket.number
    assert "SOP-A1" in item.updates[0]["text_body"]
    mirror.fake.world.by(mirror.there["agent"]).set(item, "status", {"index": 1})
    mirror.turn()
    assert Ticket.objects.get().status == Status.NEW, "nothing is worked on before it is accepted"
    tickets.accept(
        ticket=ticket, priority=Priority.LOW, assignee=mirror.cast.agent, by=mirror.cast.it_manager
    )
    mirror.turn()
    assert len(list(mirror.fake.world.all_items())) == 1
    assert mirror.fake.world.shown_item(item)["column_values"](ids=["status"])[0]["label"] == "Waiting"


def test_a_card_of_somebody_unknown_waits_for_a_person(mirror: Mirror) -> None:
    mirror.fake.world.by(mirror.stranger).add(mirror.board, "The printer is broken")
    mirror.turn()
    assert not Ticket.objects.exists()
    (stray,) = Stray.objects.waiting()
    actions.adopt(stray=stray, requester=mirror.cast.requester, by=mirror.cast.agent)
    mirror.turn()
    assert len(list(mirror.fake.world.all_items())) == 1
    assert mirror.fake.world.items_by("key")[Ticket.objects.get().number]


def test_cards_made_by_hand_can_be_put_back_or_left_alone(mirror: Mirror) -> None:
    for rule, state in (("put_back", "archived"), ("ignore", "active")):
        Connection.objects.update(new_items=rule)
        item = mirror.fake.world.by(mirror.there["requester"]).add(mirror.board, rule)
        mirror.turn()
        assert item.state == state
    assert not Ticket.objects.exists()


def test_a_second_card_with_our_key_is_archived(mirror: Mirror) -> None:
    case = _ready(mirror)
    copy = mirror.fake.world.by(mirror.stranger).add(mirror.board, "Copy", {"key": case.ticket.number})
    mirror.turn()
    assert copy.state == "archived"
    assert mirror.item(case).id == mirror.link(case).item_id
    assert Difference.objects.filter(matter=Matter.DOUBLE).count() == 1


# The walk ----------------------------------------------------------------------------------------------------------


def _sweep(mirror: Mirror) -> None:
    Connection.objects.update(sweep_due_at=mirror.clock.now)
    assert actions.sweep()
    mirror.turn()


def test_the_walk_alone_repairs_what_no_message_told(mirror: Mirror) -> None:
    case, other, gone = _ready(mirror), _ready(mirror), _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "priority", {"index": 2})
    mirror.fake.world.by(mirror.stranger).archive(mirror.item(gone))
    Link.objects.filter(ticket=other.pk).delete()
    hand = mirror.fake.world.by(mirror.there["requester"]).add(mirror.board, "By hand")
    mirror.clock.forward(hours=1)
    _sweep(mirror)
    assert case.ticket.priority == Priority.LOW
    assert Event.objects.about(case.ticket).get(type="ticket.prioritised").actor == mirror.cast.it_manager
    assert mirror.link(gone).state == LinkState.GONE
    assert mirror.link(other).item_id == mirror.item(other).id
    assert hand.values["key"]
    assert len(mirror.fake.world.items_by("key")[other.ticket.number]) == 1


def test_who_changed_what_no_message_told_stands_in_the_log_of_the_board(mirror: Mirror) -> None:
    """One question for all cards; who may not do it is refused as ever."""
    cases = [_ready(mirror) for _n in range(3)]
    mirror.fake.world.hooks.clear()
    for case, who in zip(cases, ("it_manager", "agent", "nobody"), strict=True):
        mirror.set(case, "priority", {"index": 2}, who=who)
        mirror.set(case, "estimate", "12", who=who)
    mirror.clock.forward(hours=3)
    _sweep(mirror)
    assert [case.ticket.priority for case in cases] == [Priority.LOW, Priority.HIGH, Priority.HIGH]
    assert [case.ticket.estimate_hours for case in cases] == [12, 12, 8]
    assert (
        Event.objects.about(cases[1].ticket).filter(type="ticket.estimated").latest("seq").actor
        == mirror.cast.agent
    )
    assert [mirror.shown(case, "priority") for case in cases] == ["Low", "High", "High"]
    assert sum(call.name == "Log" for call in mirror.fake.journal) == 1


def test_a_change_waits_for_the_log_that_does_not_answer(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "priority", {"index": 2})
    mirror.clock.forward(hours=1)
    mirror.fake.fails("502", on="Log", times=2)
    _sweep(mirror)
    assert mirror.shown(case, "priority") == "Low", "not put back before it was found out"
    for _n in range(4):
        mirror.clock.forward(minutes=1)
        mirror.turn()
    assert case.ticket.priority == Priority.LOW


def test_a_line_that_lags_behind_names_nobody(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "estimate", "11", who="agent")
    mirror.set(case, "estimate", "12", who="nobody")
    late = mirror.board.log.pop()
    mirror.clock.forward(hours=1)
    _sweep(mirror)
    assert case.ticket.estimate_hours == 8
    mirror.board.log.append(late)
    mirror.clock.forward(minutes=1)
    mirror.turn()
    assert mirror.shown(case, "estimate") == "8"
    assert Difference.objects.get().matter == Matter.REFUSED


@pytest.mark.parametrize("kind", ["partial", "502"])
def test_a_log_that_never_answers_holds_nothing_up_for_ever(mirror: Mirror, kind: str) -> None:
    case, other = _ready(mirror), _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "priority", {"index": 2})
    tickets.estimate(ticket=other.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.clock.forward(hours=1)
    mirror.fake.fails(kind, on="Log", times=10**6, code="InvalidArgumentException")
    _sweep(mirror)
    assert mirror.shown(other, "estimate") == "9"
    for _n in range(20):
        mirror.clock.forward(minutes=1)
        mirror.turn()
    assert mirror.shown(case, "priority") == "High"
    assert Difference.objects.get(link__ticket=case.pk).matter == Matter.REFUSED


def test_a_line_that_cannot_be_read_names_nobody(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "priority", {"index": 2}, who="nobody")
    newest = mirror.board.log[-1]
    unreadable = json.dumps(json.loads(newest["data"]) | {"value": "Low"})
    newest |= {"data": unreadable, "user_id": mirror.there["it_manager"].id}
    mirror.clock.forward(hours=1)
    _sweep(mirror)
    for _n in range(12):
        mirror.clock.forward(minutes=1)
        mirror.turn()
    assert case.ticket.priority == Priority.HIGH
    found = Difference.objects.get()
    assert (found.matter, found.person) == (Matter.REFUSED, None)


def test_only_who_is_said_to_have_given_this_value_is_its_author(mirror: Mirror) -> None:
    """A message that does not say which value it was may be about an earlier one."""
    case = _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "priority", {"index": 2}, who="nobody")
    mirror.board.log.clear()
    vague = {"by": mirror.there["agent"].id}
    fact = {"at": mirror.clock.now.isoformat(), "said": [vague]}
    Link.objects.update(theirs={"priority": fact}, is_stale=True)
    mirror.turn()
    assert case.ticket.priority == Priority.HIGH
    said = [{"by": mirror.there["it_manager"].id, "value": "low"}, vague]
    Link.objects.update(theirs={"priority": fact | {"said": said}}, is_stale=True, due_at=mirror.clock.now)
    mirror.turn()
    assert case.ticket.priority == Priority.LOW
    assert Event.objects.about(case.ticket).get(type="ticket.prioritised").actor == mirror.cast.it_manager


def test_what_a_former_release_noted_of_a_message_stops_nothing(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.set(case, "priority", {"index": 2})
    mirror.fake.hooks.deliver()
    at = Incoming.objects.waiting().get().changed_at
    assert at
    former = {"at": at.isoformat(), "by": mirror.there["agent"].id, "value": "medium"}
    Link.objects.update(theirs={"priority": former})
    mirror.turn()
    assert case.ticket.priority == Priority.LOW


@pytest.mark.parametrize(
    ("kind", "code"),
    [("403", ""), ("partial", "USER_ACCESS_DENIED"), ("partial", "UNAUTHORIZED_FIELD_OR_TYPE")],
)
def test_a_right_that_the_log_alone_lacks_blocks_nothing(mirror: Mirror, kind: str, code: str) -> None:
    case, other = _ready(mirror), _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "priority", {"index": 2})
    tickets.estimate(ticket=other.ticket, hours=Decimal(9), reason="More.", by=mirror.cast.agent)
    mirror.clock.forward(hours=1)
    mirror.fake.fails(kind, on="Log", times=10**6, code=code)
    _sweep(mirror)
    assert any(call.fault == kind for call in mirror.fake.journal), "it was asked"
    assert mirror.shown(other, "estimate") == "9"
    assert mirror.shown(case, "priority") == "High", "nobody is known as who did it, and no log is waited for"
    connection = Connection.objects.get()
    assert (state_of(connection)["name"], connection.trouble) == ("works", "")
    assert not Event.objects.filter(type="monday.stopped").exists()


def test_a_change_of_nobody_is_asked_about_a_few_times(mirror: Mirror) -> None:
    """Each round is two calls of the day, for one card."""
    case = _ready(mirror)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "estimate", "12", who="nobody")
    mirror.board.log.clear()
    mirror.clock.forward(hours=1)
    mirror.fake.journal.clear()
    _sweep(mirror)
    for _n in range(27):
        mirror.clock.forward(seconds=20)
        mirror.turn()
    assert mirror.shown(case, "estimate") == "12", "ten minutes long it is waited for"
    for _n in range(6):
        mirror.clock.forward(seconds=20)
        mirror.turn()
    assert mirror.shown(case, "estimate") == "8"
    assert sum(call.name == "Log" for call in mirror.fake.journal) == 7
    assert sum(call.name == "ByIds" for call in mirror.fake.journal) <= 8


def test_the_report_of_the_night_is_empty_when_all_is_well(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.clock.forward(hours=1)
    _sweep(mirror)
    connection = Connection.objects.get()
    assert (connection.report, connection.swept["differences"]) == ([], 0)
    mirror.fake.world.hooks.clear()
    mirror.set(case, "estimate", "99", who="nobody")
    mirror.clock.forward(hours=25)
    _sweep(mirror)
    (difference,) = Connection.objects.get().report
    assert (difference["field"], difference["ours"], difference["theirs"]) == ("estimate", "8", "99")


def test_a_cursor_that_ends_begins_the_walk_again(mirror: Mirror, monkeypatch: Any) -> None:
    for _n in range(3):
        _ready(mirror)
    monkeypatch.setattr(operations.first_page, "__kwdefaults__", {"limit": 1, "spare": 0})
    monkeypatch.setattr(operations.next_page, "__kwdefaults__", {"limit": 1, "spare": 0})
    mirror.fake.fails("cursor", on="next_items_page")
    mirror.clock.forward(hours=1)
    _sweep(mirror)
    assert Connection.objects.get().swept["cards"] == 3


# The address that is called ----------------------------------------------------------------------------------------


def test_messages_twice_and_out_of_order_lead_to_the_same(mirror: Mirror) -> None:
    case = _ready(mirror)
    mirror.fake.hooks.mischief.double = mirror.fake.hooks.mischief.again = 1.0
    mirror.fake.hooks.mischief.shuffle = True
    for hours in ("9", "10", "11"):
        mirror.set(case, "estimate", hours, who="agent")
    mirror.turn()
    assert case.ticket.estimate_hours == 11
    assert Event.objects.about(case.ticket).filter(type="ticket.estimated").count() == 2


def test_people_are_found_by_their_addresses(mirror: Mirror) -> None:
    MondayPerson.objects.all().delete()
    assert actions.match_people(by=mirror.cast.administrator) == 4
    assert MondayPerson.objects.get(user=mirror.cast.agent).monday_id == mirror.there["agent"].id
    assert actions.match_people(by=mirror.cast.administrator) == 0


def test_old_messages_are_forgotten(mirror: Mirror) -> None:
    _ready(mirror)
    assert Incoming.objects.exists()
    mirror.clock.forward(days=20)
    _sweep(mirror)
    assert not Incoming.objects.filter(handled_at__lt=mirror.clock.now).exists()
