"""Pages and API of clocks: every figure explains itself; calendars and policies are published by administrators."""

import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions import robot
from clocks import actions as clocks
from clocks import indonesia
from clocks.enums import DayOff
from clocks.models import Calendar, Clock, ClockPolicy
from tests.cast import Cast
from tests.clocks.stage import LEAVE, asked, clock_of, office, promise, publish, wib
from tests.harness.clock import Clock as Time
from tests.stages import Case
from tickets import actions as tickets

WEEK = {f"day{day}": "08:00-12:00, 13.00 – 17.00" for day in range(5)}


@pytest.fixture
def case(cast: Cast, clock: Time) -> Case:
    """Monday 16:00, two office hours, due on Tuesday at 9:00, may be paused."""
    for person in cast.everybody().values():
        person.language = "en"
        person.save()
    clock.to(wib(23, "07:00"))
    promise(cast, calendar=office(cast), may_pause=True)
    clock.to(wib(23, "16:00"))
    return asked(cast)


def text(answer: Any) -> str:
    """What a reader sees."""
    return re.sub(r"\s+", " ", BeautifulSoup(answer.content, "html.parser").find("main").get_text(" "))  # type: ignore[union-attr]


def test_a_figure_explains_itself_line_by_line(case: Case, clock: Time, page: Any) -> None:
    clock.to(wib(23, "16:30"))
    clocks.pause(clock=clock_of(case), reason="Waits for a part.", by=case.cast.it_manager)
    clock.to(wib(23, "16:45"))
    clocks.resume(clock=clock_of(case), by=case.cast.it_manager)
    clock.to(wib(24, "08:20"))
    said = text(page(case.cast.requester).get(reverse("clocks:detail", args=[clock_of(case).pk])))
    for line in (
        "1 h 5 min of 2 h ",
        "counted from 23 Nov 16:00 WIB to 23 Nov 16:30 WIB 30 min",
        "not counted from 23 Nov 16:30 WIB to 23 Nov 16:45 WIB: paused by Rina Kartika, Waits for a part. 15 min",
        "counted from 23 Nov 16:45 WIB to 23 Nov 17:00 WIB 15 min",
        "not counted from 23 Nov 17:00 WIB to 08:00 WIB: outside working hours 15 h ",
        "counted from 08:00 WIB to 08:20 WIB 20 min",
        "Office , version 1".replace(" ,", ","),
    ):
        assert line in said, said


def test_the_lines_of_a_figure_add_up_to_the_second(case: Case, clock: Time, page: Any) -> None:
    clock.to(wib(23, "16:30"))
    clock.forward(seconds=40)
    clocks.pause(clock=clock_of(case), reason="Waits for a part.", by=case.cast.it_manager)
    clock.to(wib(26, "09:00"))
    clock.forward(seconds=50)
    clocks.resume(clock=clock_of(case), by=case.cast.it_manager)
    clock.to(wib(26, "09:20"))
    said = text(page(case.cast.requester).get(reverse("clocks:detail", args=[clock_of(case).pk])))
    for line in (
        "counted from 23 Nov 16:00 WIB to 23 Nov 16:30:40 WIB 30 min 40 s",
        "paused by Rina Kartika, Waits for a part. 2 days 16 h 30 min 10 s",
        "counted from 09:00:50 WIB to 09:20 WIB 19 min 10 s",
        "49 min 50 s of 2 h ",
    ):
        assert line in said, said


def test_a_holiday_is_named(case: Case, clock: Time, page: Any) -> None:
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clocks.recount()
    clock.to(wib(25, "08:30"))
    said = text(page(case.cast.agent).get(reverse("clocks:detail", args=[clock_of(case).pk])))
    assert "not counted from 24 Nov 00:00 WIB to 00:00 WIB: Cuti bersama 1 day" in said


def test_an_excused_breach_shows_both_results(case: Case, clock: Time, page: Any) -> None:
    clock.to(wib(24, "10:00"))
    clocks.sweep()
    publish(case.cast, clock_of(case).policy.calendar, holidays=[LEAVE])  # type: ignore[union-attr, arg-type]
    clocks.recount()
    said = text(page(case.cast.auditor).get(reverse("clocks:detail", args=[clock_of(case).pk])))
    assert "Two results" in said
    assert "the calendar as it was then Due 09:00 WIB Late" in said
    assert "Office 2 Due 25 Nov 09:00 WIB · for information In time" in said


def test_the_manager_pauses_and_resumes_on_the_page_and_sees_why(case: Case, page: Any) -> None:
    browser, pk = page(case.cast.it_manager), clock_of(case).pk
    assert b"Pause the clock" in browser.get(reverse("clocks:detail", args=[pk])).content
    answer = browser.post(
        reverse("clocks:pause", args=[pk]), {"reason": "Waits for <b>a part</b>."}, follow=True
    )
    assert "Paused by Rina Kartika Waits for <b>a part</b>." in text(answer)
    assert "unknown until it runs again" in text(answer)
    assert "Paused by Rina Kartika" in text(
        page(case.cast.requester).get(reverse("clocks:detail", args=[pk]))
    )
    answer = browser.post(reverse("clocks:resume", args=[pk]), follow=True)
    assert "The clock runs again." in text(answer)
    assert clock_of(case).paused_at is None


def test_a_page_says_why_a_clock_cannot_be_paused(cast: Cast, page: Any) -> None:
    case = asked(cast)
    cast.it_manager.language = "en"
    cast.it_manager.save()
    browser = page(cast.it_manager)
    assert "allows no pause" in text(browser.get(reverse("clocks:detail", args=[clock_of(case).pk])))
    answer = browser.post(reverse("clocks:pause", args=[clock_of(case).pk]), {"reason": "Because."})
    assert (answer.status_code, clock_of(case).paused_at) == (409, None)


def test_the_clocks_of_a_case_are_a_part_of_its_page(case: Case, page: Any) -> None:
    browser = page(case.cast.requester)
    part = reverse("clocks:for_case", args=["tickets.ticket", case.pk])
    assert part in browser.get(reverse("tickets:detail", args=[case.pk])).content.decode()
    assert reverse("clocks:detail", args=[clock_of(case).pk]) in browser.get(part).content.decode()
    assert page(case.cast.outsider).get(part).content.strip() == b""


def test_a_paused_promise_is_neither_late_nor_at_risk_anywhere(case: Case, clock: Time, page: Any) -> None:
    clocks.pause(clock=clock_of(case), reason="Waits for a part.", by=case.cast.it_manager)
    clock.to(wib(27))
    browser = page(case.cast.it_manager)
    for address in ("/", "/requests/", reverse("tickets:detail", args=[case.pk])):
        said = browser.get(address).content.decode()
        assert case.ticket.title in said
        assert "late by" not in said
    assert page(case.cast.agent).get(f"/api/v1/tickets/{case.pk}/").json()["response_due_at"] is None


# Calendars and policies --------------------------------------------------------------------------------------------


def test_an_administrator_writes_a_calendar_as_one_writes_hours(cast: Cast, page: Any) -> None:
    browser = page(cast.administrator)
    off = {"holidays": "2026-12-25 Natal\n", "leave": "2026-12-24 Cuti bersama"}
    typed = WEEK | {"name": "Branches", "note": "First"} | off
    answer = browser.post(reverse("clocks:new-calendar"), typed)
    assert answer.status_code == 302
    version = Calendar.objects.get().versions.get()
    assert version.segments["0"] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert version.segments["6"] == []
    assert [d["kind"] for d in version.holidays] == ["leave", "holiday"]
    answer = browser.post(
        reverse("clocks:publish", args=[version.calendar_id]), WEEK | {"note": "Less", "day4": ""}
    )
    assert answer.status_code == 302
    assert Calendar.objects.get().versions.count() == 2
    said = text(browser.get(reverse("clocks:calendar", args=[version.calendar_id])))
    assert "Less" in said


@pytest.mark.parametrize(
    ("typed", "saying"),
    [
        ({f"day{day}": "" for day in range(5)}, "at least one day"),
        ({"day0": "8-17"}, "Write the hours like this"),
        ({"day0": "17:00-08:00"}, "one after the other"),
        ({"day0": "08:00-12:00, 11:00-13:00"}, "one after the other"),
        ({"day0": "22:00-25:00"}, "one after the other"),
        ({"holidays": "Christmas"}, "no day with a name"),
        ({"holidays": "2026-02-30 Never"}, "no day with a name"),
    ],
)
def test_what_is_no_calendar_is_said_beside_the_line_and_nothing_typed_is_lost(
    cast: Cast, page: Any, typed: dict[str, str], saying: str
) -> None:
    cast.administrator.language = "en"
    cast.administrator.save()
    given = WEEK | {"name": "Branches", "note": "First words"} | typed
    answer = page(cast.administrator).post(reverse("clocks:new-calendar"), given)
    assert answer.status_code == 422
    assert saying in text(answer)
    assert b"First words" in answer.content
    assert not Calendar.objects.exists()


def test_a_new_calendar_begins_with_office_hours_and_the_days_off_of_indonesia(cast: Cast, page: Any) -> None:
    said = page(cast.administrator).get(reverse("clocks:new-calendar")).content.decode()
    assert "08:00-12:00, 13:00-17:00" in said
    assert "Hari Kemerdekaan" in said


def test_a_year_is_added_without_losing_what_was_written(cast: Cast, page: Any) -> None:
    own = {"date": "2027-08-17", "name": "Our own words", "kind": "holiday"}
    calendar = office(cast, holidays=[own])
    address = reverse("clocks:publish", args=[calendar.pk])
    said = page(cast.administrator).get(f"{address}?year=2027").content.decode()
    assert "2027-08-17 Our own words" in said
    assert said.count("2027-08-17") == 1
    assert "2027-12-25" in said


def test_the_known_days_off_are_those_of_indonesia() -> None:
    days = {d["date"]: d for d in indonesia.days_off(2026)}
    assert days["2026-08-17"]["kind"] == DayOff.HOLIDAY
    assert days["2026-03-20"]["kind"] == DayOff.LEAVE
    assert list(days) == sorted(days)


def test_an_administrator_sets_a_promise(cast: Cast, page: Any) -> None:
    calendar = office(cast)
    typed = {"promise": "response", "branch": cast.bandung.pk, "hours": "1.5", "calendar": calendar.pk}
    typed |= {"may_pause": "on"}
    assert page(cast.administrator).post(reverse("clocks:new-policy"), typed).status_code == 302
    policy = ClockPolicy.objects.order_by("-pk")[0]
    assert (policy.length, policy.branch, policy.may_pause, policy.by) == (
        5400,
        cast.bandung,
        True,
        cast.administrator,
    )
    refused = page(cast.administrator).post(
        reverse("clocks:new-policy"), typed | {"valid_from": "2020-01-01T00:00"}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize("who", ["agent", "it_manager", "requester", "auditor"])
def test_nobody_else_is_offered_to_publish(cast: Cast, page: Any, who: str) -> None:
    browser, calendar = page(cast[who]), office(cast)
    for name, args in (("new-policy", []), ("new-calendar", []), ("publish", [calendar.pk])):
        address = reverse(f"clocks:{name}", args=args)
        assert browser.get(address).status_code == 403
        assert browser.post(address, {}).status_code == 403
        assert address not in browser.get(reverse("clocks:list")).content.decode()


# API ---------------------------------------------------------------------------------------------------------------


def test_the_api_tells_a_clock_with_its_explanation(case: Case, clock: Time, page: Any) -> None:
    browser = page(case.cast.it_manager)
    clock.to(wib(23, "16:30"))
    listed = browser.get(f"/api/v1/clocks/?ticket={case.pk}").json()["results"]
    assert [(c["promise"], c["paused"]) for c in listed] == [("response", False)]
    address = f"/api/v1/clocks/{listed[0]['id']}/"
    paused = browser.post(f"{address}pause/", {"reason": "Waits."}, content_type="application/json").json()
    assert (paused["paused"], paused["pauses"][0]["reason"]) == (True, "Waits.")
    assert {v["verb"]: v["allowed"] for v in paused["verbs"]} == {"pause": False, "resume": True}
    clock.to(wib(23, "16:40"))
    told = browser.post(f"{address}resume/").json()["explanation"]
    assert (told["used_seconds"], told["length_seconds"]) == (1800, 7200)
    assert [(line["counted"], line["seconds"]) for line in told["lines"]] == [(True, 1800), (False, 600)]
    again = browser.post(f"{address}resume/")
    assert (again.status_code, again.json()["detail"]) == (409, "This clock is not paused.")


def test_the_api_publishes_for_administrators_only(cast: Cast, page: Any) -> None:
    week = {"0": [["08:00", "12:00"]]}
    given = {"name": "Branches", "segments": week, "note": "First"}
    given |= {"holidays": [{"date": "2026-12-25", "name": "Natal"}]}

    def post(who: str, address: str, **sent: Any) -> Any:
        return page(cast[who]).post(address, sent, content_type="application/json")

    assert post("it_manager", "/api/v1/calendars/", **given).status_code == 403
    made = post("administrator", "/api/v1/calendars/", **given).json()
    assert (made["newest"]["segments"], made["newest"]["holidays"][0]["kind"]) == (week, "holiday")
    address = f"/api/v1/calendars/{made['id']}/publish/"
    empty = post("administrator", address, segments={}, note="x")
    assert (empty.status_code, empty.json()["rule"]) == (409, "SOP-B4.3.1")
    assert post("administrator", address, segments={"5": week["0"]}, note="x").json()["newest_number"] == 2
    policy = {"promise": "response", "seconds": 3600, "calendar": made["id"], "branch": cast.bandung.pk}
    made = post("administrator", "/api/v1/promises/", **policy)
    assert (made.status_code, made.json()["seconds"]) == (201, 3600)
    assert post("agent", "/api/v1/promises/", **policy).status_code == 403


# Speed -------------------------------------------------------------------------------------------------------------


def test_pages_ask_the_database_as_often_for_many_rows_as_for_one(case: Case, clock: Time, page: Any) -> None:
    cast = case.cast
    browser = page(cast.it_manager)
    addresses = [
        reverse("clocks:detail", args=[clock_of(case).pk]), reverse("clocks:list"), reverse("clocks:calendars"),
        reverse("clocks:for_case", args=["tickets.ticket", case.pk]), "/api/v1/clocks/", "/api/v1/calendars/",
        "/api/v1/promises/",
    ]  # fmt: skip

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    for address in addresses:
        count(address)
    before = [count(address) for address in addresses]
    for number in range(4):
        promise(cast, hours=3, calendar=office(cast, name=f"Office {number}"), branch=cast.bandung)
        asked(cast)
        clocks.pause(clock=clock_of(case), reason="Waits.", by=cast.it_manager)
        clock.forward(minutes=1)
        clocks.resume(clock=clock_of(case), by=cast.it_manager)
    tickets.answer(ticket=case.ticket, text="Hello", by=cast.agent)
    assert [count(address) for address in addresses] == before
    assert max(before) <= 10


def test_an_empty_sweep_asks_twice_and_a_full_one_the_same_for_many(cast: Cast, clock: Time) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            clocks.sweep()
        return len(captured)

    robot("sla")
    asked(cast)
    assert statements() == 2  # what has come, and what was marked and not told
    clock.forward(hours=3)
    one = statements()
    for _number in range(30):
        asked(cast)
    clock.forward(hours=3)
    assert Clock.objects.due(clock.now).count() == 30
    assert statements() == one
    assert clock.now - timedelta(hours=3) > Clock.objects.order_by("pk")[0].started_at


def test_the_page_of_a_clock_names_its_request(case: Case, page: Any) -> None:
    shown = page(case.cast.agent).get(reverse("clocks:detail", args=[clock_of(case).pk]))
    assert str(case.ticket) in text(shown)
