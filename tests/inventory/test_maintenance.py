"""Maintenance: at least monthly, spread over people, with findings; a plan makes each task once (SOP-B4.1.2)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import actions as accounts
from accounts.enums import Role
from events.models import Event
from inventory import actions as inventory
from inventory import calendars
from inventory.enums import AssetEvent, MaintenanceEvent
from inventory.models import Asset, MaintenancePlan, MaintenanceTask
from inventory.periods import period
from notifications.models import Notification
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours
from tests.inventory.stage import FINE, LINES, asset, kind, plan, room, task


@pytest.fixture(autouse=True)
def _there(cast: Cast) -> None:
    for name in ("agent", "other_agent", "it_manager", "db_manager", "requester", "foreign_agent"):
        _ = cast[name]
    accounts.robot("inventory")
    kind(cast)


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31)), st.integers(1, 8))
def test_periods_cover_every_day_once(day: date, times: int) -> None:
    first, last = period(day, times)
    assert first <= day <= last
    assert first.month == last.month == day.month
    assert period(first, times) == period(last, times) == (first, last)
    following = period(last + timedelta(days=1), times)[0]
    assert following == last + timedelta(days=1), "the next one begins the day after"


@pytest.mark.parametrize(
    ("facts", "says", "rule"),
    [
        ({"times_a_month": 0}, "once a month", "SOP-B4.1.2"), ({"times_a_month": 9}, "the most", ""),
        ({"lines": []}, "at least one line", ""), ({"lines": [{"text": " "}]}, "words", ""),
        ({"lines": [{"text": "x", "kind": "reading", "low": "cold"}]}, "no figure", ""),
        ({"workers": []}, "at least one person", ""),
    ],
)  # fmt: skip
def test_a_plan_is_refused_that_is_none(cast: Cast, facts: dict[str, Any], says: str, rule: str) -> None:
    with not_possible(says, rule=rule):
        plan(cast, **facts)


def test_the_it_manager_plans(cast: Cast) -> None:
    with not_yours():
        plan(cast, by=cast.agent)
    with not_possible("does not work in IT"):
        plan(cast, workers=[cast.requester])
    with recorded(MaintenanceEvent.PLAN_KEPT):
        plan(cast)


def test_postgres_wants_a_plan_at_least_monthly(cast: Cast) -> None:
    kept = plan(cast)
    with pytest.raises(DatabaseError, match="at least once a month"), transaction.atomic():
        MaintenancePlan.objects.filter(pk=kept.pk).update(times_a_month=0)


def test_every_asset_gets_its_task_once_in_a_period(cast: Cast) -> None:
    front = room(cast)
    things = [asset(cast, room=front) for _n in range(4)]
    asset(cast, type=kind(cast, "Printer", "PR", []))
    lost = asset(cast)
    inventory.move_state(asset=lost, move="declare_lost", reason="Gone.", by=cast.agent)
    kept = plan(cast, times_a_month=2)
    first = date(2027, 3, 5)
    assert inventory.plan_ahead(today=first) == 4
    assert inventory.plan_ahead(today=first + timedelta(days=3)) == 0
    rows = MaintenanceTask.objects.filter(plan=kept)
    assert {row.asset for row in rows} == set(things)
    assert {(row.period_date, row.due_date) for row in rows} == {(date(2027, 3, 1), date(2027, 3, 15))}
    spread = [rows.filter(assignee=cast[name]).count() for name in ("agent", "other_agent")]
    assert spread == [2, 2]
    asset(cast)
    assert inventory.plan_ahead(today=first) == 1, "a new asset is looked after too"
    assert inventory.plan_ahead(today=date(2027, 3, 16)) == 5
    inventory.end_plan(plan=kept, by=cast.it_manager)
    assert inventory.plan_ahead(today=date(2027, 4, 1)) == 0


def test_work_goes_to_who_may_do_it_there(cast: Cast) -> None:
    there = asset(cast, "DPS")
    accounts.grant_role(
        user=cast.foreign_agent, role=Role.AGENT, branch=cast.denpasar, by=accounts.robot("cast")
    )
    plan(cast, branch=cast.denpasar, workers=[cast.again("foreign_agent")])
    asset(cast)
    inventory.plan_ahead()
    assert [(t.asset, t.assignee) for t in MaintenanceTask.objects.all()] == [(there, cast.foreign_agent)]


def test_doing_it_verifies_the_asset(cast: Cast) -> None:
    row = task(cast)
    with recorded(MaintenanceEvent.DONE, AssetEvent.VERIFIED):
        row = inventory.finish_task(task=row, answers=FINE, by=cast.agent)
    assert (row.state, row.results[1]["value"], row.problems) == ("done", "61.5 °C", [])
    assert Asset.objects.get(pk=row.asset_id).verified_by == cast.agent
    with not_possible("while it is"):
        inventory.finish_task(task=row, answers=FINE, by=cast.agent)


def test_a_reading_out_of_its_limits_is_a_finding(cast: Cast) -> None:
    row = task(cast)
    with recorded(MaintenanceEvent.DONE, MaintenanceEvent.FOUND, AssetEvent.VERIFIED):
        inventory.finish_task(task=row, answers=[{"answer": "ok"}, {"value": "82"}], by=cast.agent)
    told = Event.objects.about(row.case).get(type=MaintenanceEvent.FOUND)
    assert told.facts["finding"] == "Temperature: 82 °C"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([{"answer": "ok"}], "every line"), ([{"answer": ""}, {"value": "60"}], "no answer"),
        ([{"answer": "ok"}, {"value": ""}], "needs a figure"), ([{"answer": "ok"}, {"value": "warm"}], "no figure"),
        ([{"answer": "problem"}, {"value": "60"}], "what is wrong"),
        ([{"answer": "maybe"}, {"value": "60"}], "no answer"),
    ],
)  # fmt: skip
def test_a_checklist_is_filled_in_wholly(cast: Cast, answers: list[dict[str, str]], says: str) -> None:
    row = task(cast)
    with not_possible(says):
        inventory.finish_task(task=row, answers=answers, by=cast.agent)


def test_only_it_of_the_branch_does_it(cast: Cast) -> None:
    row = task(cast)
    for name in ("requester", "foreign_agent"):
        with not_yours():
            inventory.finish_task(task=row, answers=FINE, by=cast[name])
    with not_possible("does not work in IT"):
        inventory.reassign_task(task=row, assignee=cast.requester, by=cast.agent)
    with not_possible("Say why"):
        inventory.drop_task(task=row, reason="", by=cast.agent)


def test_postgres_keeps_what_was_done(cast: Cast) -> None:
    row = inventory.finish_task(task=task(cast), answers=FINE, by=cast.agent)
    for change in (
        "results = '[]'",
        "done_by_id = NULL",
        "state = 'open', done_at = NULL, done_by_id = NULL",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE inventory_maintenancetask SET {change} WHERE id = %s", [row.pk])


def test_what_is_overdue_is_told_once(cast: Cast) -> None:
    row = task(cast)
    late = row.due_date + timedelta(days=1)
    with recorded():
        inventory.tell_overdue(today=row.due_date)
    with recorded(MaintenanceEvent.OVERDUE):
        inventory.tell_overdue(today=late)
        inventory.tell_overdue(today=late)
    deliver()
    told = Notification.objects.filter(event__type=MaintenanceEvent.OVERDUE)
    assert {n.person for n in told} == {row.assignee, cast.it_manager}


def test_the_pages_of_maintenance(cast: Cast, page: Any) -> None:
    browser, row = page(cast.it_manager), task(cast)
    assert row.asset.tag in browser.get("/assets/maintenance/?show=all").content.decode()
    assert row.asset.tag not in browser.get("/assets/maintenance/?show=overdue").content.decode()
    typed = {
        "name": "Printers", "type": kind(cast, "Printer", "PR", []).pk, "times_a_month": 0,
        "lines": "Dust\nPages | pcs | 0 | 90000", "workers": [cast.agent.pk],
    }  # fmt: skip
    refused = browser.post("/assets/maintenance/plans/new/", typed)
    assert refused.status_code == 409
    assert b"SOP-B4.1.2" in refused.content
    assert browser.post("/assets/maintenance/plans/new/", typed | {"times_a_month": 1}).status_code == 302
    made = MaintenancePlan.objects.get(name="Printers")
    assert made.lines[1] == {"text": "Pages", "kind": "reading", "unit": "pcs", "low": "0", "high": "90000"}
    assert b"Pages | pcs | 0 | 90000" in browser.get(f"/assets/maintenance/plans/{made.pk}/").content
    address = row.get_absolute_url()
    assert browser.post(address, {"answer_0": "problem", "value_1": "60"}).status_code == 409
    answered = {"answer_0": "problem", "remark_0": "Two are missing.", "value_1": "60"}
    assert browser.post(address, answered).status_code == 302
    assert b"Two are missing." in browser.get(address).content


def test_a_calendar_file_holds_ones_own_tasks(cast: Cast, page: Any) -> None:
    row = task(cast, asset(cast, name="Till; front, " + "é" * 70))
    said = page(row.assignee).get("/assets/maintenance/mine.ics").content
    assert b"BEGIN:VEVENT" in said
    assert f"DTSTART;VALUE=DATE:{row.due_date:%Y%m%d}".encode() in said
    assert all(len(line) <= 75 for line in said.split(b"\r\n"))
    other = page(cast.db_manager).get("/assets/maintenance/mine.ics").content
    assert b"VEVENT" not in other
    month = calendars.month_of("2026-02", timezone.localdate())
    assert (month.last.day, month.before, month.after) == (28, "2026-01", "2026-03")
    assert calendars.month_of("<x>", date(2026, 5, 9)).first == date(2026, 5, 1)


def test_programs_do_maintenance_too(cast: Cast) -> None:
    row = task(cast)
    program = Program(cast.agent)
    assert [r["id"] for r in program.rows("maintenance/", state="open", asset=row.asset_id)] == [row.pk]
    program.post(f"maintenance/{row.pk}/finish/", answers=[])
    program.refused(409)
    assert program.post(f"maintenance/{row.pk}/finish/", answers=FINE)["state"] == "done"
    manager = Program(cast.it_manager)
    facts = {"name": "Late", "type": kind(cast).pk, "lines": LINES, "workers": [cast.agent.pk]}
    manager.post("maintenance-plans/", **facts, times_a_month=0)
    manager.refused(409, "SOP-B4.1.2")
    assert manager.post("maintenance-plans/", **facts)["times_a_month"] == 1


def test_programs_change_a_plan_and_read_the_six_months(cast: Cast) -> None:
    kept, thing = plan(cast), asset(cast)
    program = Program(cast.it_manager)
    changed = program.patch(f"maintenance-plans/{kept.pk}/", times_a_month=2)
    assert (program.status, changed["times_a_month"], len(changed["lines"])) == (200, 2, len(LINES))
    assert {person["id"] for person in changed["workers"]} == {cast.agent.pk, cast.other_agent.pk}
    program.patch(f"maintenance-plans/{kept.pk}/", times_a_month=0)
    program.refused(409, "SOP-B4.1.2")
    told = Program(cast.branch_head).get("verification/")
    assert told == [{"branch": thing.branch_id, "total": 1, "overdue": 0, "soon": 0, "by_agent": 0}]
    assert Program(cast.outsider).get("verification/") == []
