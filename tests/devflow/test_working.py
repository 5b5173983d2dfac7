"""Timers, marked hours, checklists, commits, and what is thought about before a release."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.utils import timezone

from devflow import actions as devflow
from devflow.enums import RISKS, DevelopmentEvent
from devflow.models import CheckItem, Commit, Deployment, DevelopmentRequest, HourEntry, Timer
from notifications.models import Notification
from tests.cast import Cast
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import deliver, recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import reach
from tickets import actions as tickets


@pytest.mark.parametrize(
    ("minutes", "hours"), [(1, "0.25"), (15, "0.25"), (16, "0.5"), (61, "1.25"), (12 * 60, "12")]
)
def test_a_timer_counts_quarters_of_an_hour(cast: Cast, minutes: int, hours: str) -> None:
    case, now = reach(cast, "started"), timezone.now()
    with Stopwatch(now - timedelta(minutes=minutes)):
        devflow.start_timer(request=case.request, by=cast.agent)
    with Stopwatch(now), recorded(DevelopmentEvent.HOURS_BOOKED):
        entry = devflow.stop_timer(request=case.request, note="Tables.", by=cast.agent)
    assert (entry.hours, case.request.booked_hours) == (Decimal(hours), Decimal(hours))
    assert Timer.objects.get().entry == entry


def test_one_works_on_one_thing_at_a_time(cast: Cast) -> None:
    case, other = reach(cast, "started"), reach(cast, "started")
    devflow.start_timer(request=case.request, by=cast.agent)
    for request in (case.request, other.request):
        with not_possible(case.ticket.number):
            devflow.start_timer(request=request, by=cast.agent)
    with pytest.raises(IntegrityError, match="timer_one_per_person"), transaction.atomic():
        Timer.objects.create(request=other.request, person=cast.agent)
    devflow.start_timer(request=other.request, by=cast.other_agent)
    with not_possible("No timer of yours"):
        devflow.stop_timer(request=other.request, note="x", by=cast.agent)
    person = cast.requester
    with not_yours():
        devflow.start_timer(request=case.request, by=person)


def test_who_works_when_is_for_it_and_for_oneself(cast: Cast) -> None:
    case = reach(cast, "started")
    timer = devflow.start_timer(request=case.request, by=cast.agent)
    for person, sees in ((cast.agent, True), (cast.it_manager, True), (cast.requester, False)):
        assert Timer.objects.visible_to(person).filter(pk=timer.pk).exists() is sees


def test_a_forgotten_timer_is_stopped_and_asks(cast: Cast) -> None:
    case, now = reach(cast, "started"), timezone.now()
    with Stopwatch(now - timedelta(hours=12)):
        devflow.start_timer(request=case.request, by=cast.agent)
    assert devflow.stop_forgotten(now=now - timedelta(seconds=1)) == 0
    assert (devflow.stop_forgotten(now=now), devflow.stop_forgotten(now=now)) == (1, 0)
    deliver()
    assert Notification.objects.filter(
        person=cast.agent, event__type=DevelopmentEvent.TIMER_FORGOTTEN
    ).exists()
    assert case.request.booked_hours == 0
    with not_possible("still open"):
        devflow.start_timer(request=case.request, by=cast.agent)
    with not_possible("ran for 12"):
        devflow.stop_timer(request=case.request, note="x", hours=Decimal("12.25"), by=cast.agent)
    devflow.stop_timer(request=case.request, note="Until lunch.", hours=Decimal(4), by=cast.agent)
    assert case.request.booked_hours == 4


def test_time_is_thrown_away_also_when_the_request_has_ended(cast: Cast) -> None:
    case = reach(cast, "planned")
    devflow.start_timer(request=case.request, by=cast.agent)
    tickets.cancel(ticket=case.ticket, by=cast.requester)
    with not_possible("has ended"):
        devflow.stop_timer(request=case.request, note="x", by=cast.agent)
    devflow.drop_timer(request=case.request, by=cast.agent)
    assert (HourEntry.objects.count(), Timer.objects.open_of(cast.agent)) == (0, None)


def test_hours_booked_while_held_are_marked(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    case.book("20.5")
    case.book(1)
    other = reach(cast, "on_trial")
    other.book(1)
    devflow.hold(request=other.request, reason="Month end.", by=cast.agent)
    other.book(2)
    marked = dict(HourEntry.objects.values_list("pk", "while_held"))
    assert list(marked.values()) == [False, True, False, True]
    HourEntry.objects.create(
        request=other.request,
        person=cast.agent,
        date=timezone.localdate(),
        hours=1,
        note="x",
        while_held=False,
    )
    assert HourEntry.objects.latest("pk").while_held


def test_nothing_is_released_without_a_way_back(cast: Cast) -> None:
    case = reach(cast, "signed")
    DevelopmentRequest.objects.filter(pk=case.request.pk).update(rollback_plan="", risks={})
    with not_possible("roll-back plan", rule="SOP-B4.5"):
        case.done()
    server = case.request.system.environments.get(kind="production")
    with refused_by_postgres("SOP-B4.5"):
        Deployment.objects.create(build=case.build, environment=server, deployed_by=cast.it_manager)
    answers = dict.fromkeys(RISKS, True)
    with not_possible("every question"):
        devflow.prepare(request=case.request, risks={"money": True}, rollback_plan="Back.", by=cast.agent)
    with not_possible("how the release is undone"):
        devflow.prepare(request=case.request, risks=answers, rollback_plan=" ", by=cast.agent)
    devflow.prepare(request=case.request, risks=answers, rollback_plan="Put 0.9 back.", by=cast.agent)
    case.done()


def test_a_checklist_says_who_ticked_and_when(cast: Cast) -> None:
    case, _other = reach(cast, "started"), cast.other_agent
    lines = devflow.keep_checklist(
        request=case.request, done=set(), new=["Print", " ", "Export", "Print"], by=cast.agent
    )
    assert [line.text for line in lines] == ["Print", "Export"]
    with recorded(DevelopmentEvent.CHECKED):
        devflow.keep_checklist(request=case.request, done={lines[0].pk}, new=[], by=cast.other_agent)
    assert CheckItem.objects.get(pk=lines[0].pk).done_by == cast.other_agent
    with recorded(DevelopmentEvent.UNCHECKED):
        devflow.keep_checklist(request=case.request, done=set(), new=[], by=cast.agent)
    with not_possible("at most"):
        devflow.keep_checklist(
            request=case.request, done=set(), new=[str(n) for n in range(99)], by=cast.agent
        )


def test_commits_are_linked_once_and_come_with_builds(cast: Cast) -> None:
    case = reach(cast, "started")
    devflow.register_build(request=case.request, version="1.0", commit="ABCDEF1234", by=cast.agent)
    for _n in range(2):
        devflow.link_commit(
            request=case.request, commit="1234567", repository="https://git.example/hris", by=cast.agent
        )
    assert set(Commit.objects.values_list("hash", flat=True)) == {"abcdef1234", "1234567"}


def test_the_panel_folds_it_all_for_it_and_nothing_of_it_for_others(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_trial")
    case.book(3)
    devflow.keep_checklist(request=case.request, done=set(), new=["Print a slip"], by=cast.agent)
    devflow.start_timer(request=case.request, by=cast.agent)
    tickets.estimate(ticket=case.ticket, hours=Decimal(9), reason="One report more", by=cast.agent)
    address = f"/developments/of/{case.pk}/"
    shown = page(cast.agent).get(address).content.decode()
    for said in ("Print a slip", "One report more", "timer-stop", "The build before it is put back."):
        assert said in shown
    assert "Print a slip" not in page(cast.requester).get(address).content.decode()


def test_the_history_of_estimates_is_written_as_the_reader_writes_figures(cast: Cast, page: Any) -> None:
    case = reach(cast, "started", hours=Decimal("7.5"))
    tickets.estimate(ticket=case.ticket, hours=Decimal("9.25"), reason="One report more.", by=cast.agent)
    assert "7,5 → 9,25" in page(cast.agent).get(f"/developments/of/{case.pk}/").content.decode()


def test_a_stopped_timer_says_what_was_done_and_a_thrown_away_one_says_nothing(cast: Cast, page: Any) -> None:
    case, browser = reach(cast, "started"), page(cast.agent)
    devflow.start_timer(request=case.request, by=cast.agent)
    address = f"/developments/{case.request.pk}/timer-stop/"
    form = BeautifulSoup(browser.get(address).content, "html.parser")
    label = form.select_one("label[for=id_note]")
    assert label is not None
    assert label.select(".must")
    assert not label.select(".may")
    assert browser.post(address, {"hours": "0.25"}).status_code == 422
    assert browser.post(address, {"drop": "on"}).status_code == 302
    assert case.request.booked_hours == 0


def test_pages_and_api(cast: Cast, page: Any) -> None:
    case = reach(cast, "started")
    root, api, browser = (
        f"/developments/{case.request.pk}",
        f"/api/v1/developments/{case.request.pk}",
        page(cast.agent),
    )
    assert browser.post(f"{root}/timer/").status_code == 302
    assert "0.25" in browser.get(f"{root}/timer-stop/").content.decode().replace(",", ".")
    assert browser.post(f"{root}/timer-stop/", {"hours": "0.25"}).status_code == 422
    assert browser.post(f"{root}/timer-stop/", {"hours": "0.25", "note": "Tables."}).status_code == 302
    answers = dict.fromkeys(RISKS, "no")
    assert browser.get(f"{root}/prepare/").status_code == 200
    assert browser.post(f"{root}/prepare/", {**answers, "rollback_plan": "Put it back."}).status_code == 302
    assert browser.post(f"{root}/checklist/", {"new": "Print\nExport"}).status_code == 302
    item = CheckItem.objects.earliest("pk")
    assert browser.post(f"{root}/checklist/", {"new": "", "done": [item.pk]}).status_code == 302
    assert browser.post(f"{root}/commit/", {"commit": "zz"}).status_code == 422
    posts: list[tuple[str, dict[str, Any], int]] = [
        ("timer", {}, 201), ("timer-stop", {"note": "More."}, 200), ("commits", {"commit": "abcdef1"}, 201),
        ("checklist", {"done": [item.pk], "new": ["Third"]}, 200),
        ("prepare", {"risks": dict.fromkeys(RISKS, False), "rollback_plan": "Back."}, 200),
    ]  # fmt: skip
    for verb, body, status in posts:
        assert browser.post(f"{api}/{verb}/", body, "application/json").status_code == status, verb
    assert len(browser.get(f"{api}/checklist/").json()["results"]) == 3
    assert browser.get(f"{api}/commits/").json()["results"][0]["hash"] == "abcdef1"
    assert case.request.booked_hours == Decimal("0.5")
