"""Hours that were booked wrongly are taken back, and nobody works more than a day has."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from bs4 import BeautifulSoup
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from approvals import actions as approvals
from approvals.models import Approval
from core import pdf
from devflow import actions as devflow
from devflow.enums import DevelopmentEvent
from devflow.models import HourEntry, Timer
from devflow.workload import workload
from events.subjects import Subject
from notifications.models import Notification
from tests.api.client import Program
from tests.cast import Cast
from tests.devflow.test_audit import found, numbers
from tests.harness.clock import Clock as Stopwatch
from tests.harness.events import blank, deliver, recorded
from tests.harness.refusals import not_possible, not_yours, refused_by_postgres
from tests.stages import Case, reach
from tickets import actions as tickets

COUNTER = """INSERT INTO devflow_hourentry (request_id, person_id, date, hours, note, booked_at, takes_back_id,
    taken_back_by_id) SELECT request_id, {person}, date, {hours}, {note}, now(), {takes_back}, {by}
    FROM devflow_hourentry WHERE id = %s"""


def _sql(entry: HourEntry, by: str = "person_id", **facts: str) -> None:
    said = {"person": "person_id", "hours": "-hours", "note": "'x'", "takes_back": "id", "by": by} | facts
    with connection.cursor() as cursor:
        cursor.execute(COUNTER.format(**said), [entry.pk])


def _book(case: Case, person: Any, hours: str, ago: int = 0) -> HourEntry:
    day = timezone.localdate() - timedelta(days=ago)
    return devflow.book_hours(request=case.request, hours=Decimal(hours), day=day, note="Tables.", by=person)


def test_fifteen_becomes_one_and_a_half(cast: Cast) -> None:
    """A counter-entry, with its event; every sum is right and the day has room again."""
    case = reach(cast, "on_trial")
    wrong = case.book("15")
    with recorded(DevelopmentEvent.HOURS_TAKEN_BACK):
        counter = devflow.take_back_hours(entry=wrong, reason=" It was 1.5. ", by=cast.agent)
    right = case.book("1.5")
    assert (counter.hours, counter.note, counter.takes_back) == (Decimal(-15), "It was 1.5.", wrong)
    assert (counter.person, counter.date, counter.taken_back_by) == (wrong.person, wrong.date, cast.agent)
    assert case.request.booked_hours == HourEntry.objects.of_day(cast.agent, wrong.date) == Decimal("1.5")
    people = {row["pk"]: row["load"].booked for row in workload(cast.it_manager).people}
    assert list(people[cast.agent.pk].values()) == [Decimal("1.5")]
    for entry in (wrong, counter):
        with not_possible("taken back already"):
            devflow.take_back_hours(entry=entry, reason="x", by=cast.it_manager)
    with not_possible("Say why"):
        devflow.take_back_hours(entry=right, reason=" ", by=cast.agent)


def test_who_takes_back_and_when(cast: Cast) -> None:
    """On the day on which it was written, not the day that was worked; the IT Manager at any time."""
    case, cast_of_it = reach(cast, "on_trial"), cast.other_agent
    with Stopwatch(timezone.now() - timedelta(days=2)):
        old = _book(case, cast.agent, "2")
    late = _book(case, cast.agent, "2", ago=9)
    with not_yours():
        devflow.take_back_hours(entry=late, reason="x", by=cast_of_it)
    with not_possible("Ask the IT Manager"):
        devflow.take_back_hours(entry=old, reason="x", by=cast.agent)
    devflow.take_back_hours(entry=late, reason="Yesterday's.", by=cast.agent)
    devflow.take_back_hours(entry=old, reason="Of another request.", by=cast.it_manager)
    deliver()
    told = Notification.objects.filter(event__type=DevelopmentEvent.HOURS_TAKEN_BACK)
    assert [note.person for note in told] == [
        cast.agent
    ]  # of what the manager took back; one's own one knows
    assert case.request.booked_hours == 0


def test_the_it_manager_lets_held_work_go_on(cast: Cast, page: Any) -> None:
    """Its draft is withdrawn, and the auditor reads what happened; what stayed within the threshold is no finding."""
    case, small = reach(cast, "on_trial"), reach(cast, "on_trial")
    devflow.take_back_hours(entry=small.book(3), reason="x", by=cast.agent)
    typed = case.book("21")
    assert case.request.needs_brm
    with not_possible("only the IT Manager", rule="SOP-A5"):
        devflow.take_back_hours(entry=typed, reason="It was 2.1.", by=cast.agent)
    devflow.take_back_hours(entry=typed, reason="It was 2.1.", by=cast.it_manager)
    deliver()
    assert not case.request.needs_brm
    assert not Approval.objects.about(case.request).unfinished().exists()
    listed = found(page(cast.auditor), "taken-back")
    assert set(listed) == numbers(case)
    hours, was, became, _at, by, why = listed[case.ticket.number]
    assert (hours, was, became, by, why) == ("21", "21", "8", cast.it_manager.name, "It was 2.1.")


def test_a_submitted_brm_is_not_withdrawn_behind_its_deciders(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    entry = case.book(2)
    with not_possible("only the IT Manager", rule="SOP-A5"):
        devflow.take_back_hours(entry=entry, reason="x", by=cast.agent)
    devflow.take_back_hours(entry=entry, reason="x", by=cast.it_manager)
    assert case.brm.state == "pending"


def test_postgres_takes_back_whole_and_once(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    entry, manager = case.book(3), str(cast.it_manager.pk)
    for name, facts in (
        ("hours_are_taken_back_whole", {"hours": "-hours - 1"}),
        ("hours_are_taken_back_whole", {"person": manager}),
        ("hours_fit_into_a_day", {"note": "''"}),
        ("hours_fit_into_a_day", {"takes_back": "NULL"}),
        ("SOP-A5", {"by": str(cast.other_agent.pk)}),
        ("SOP-A5", {"by": "NULL"}),
    ):
        with refused_by_postgres(name):
            _sql(entry, **facts)
    counter = devflow.take_back_hours(entry=entry, reason="x", by=cast.agent)
    with refused_by_postgres("takes_back"):
        _sql(entry, by=manager)
    with refused_by_postgres("hours_are_taken_back_whole"):
        _sql(counter, by=manager)


def test_a_day_has_24_hours_over_all_requests(cast: Cast) -> None:
    case, other = reach(cast, "on_trial"), reach(cast, "on_trial")
    entry = _book(case, cast.agent, "14")
    with not_possible("have booked 14 hours"):
        _book(other, cast.agent, "10.25")
    _book(other, cast.agent, "10")
    _book(other, cast.agent, "10", ago=1)
    _book(other, cast.other_agent, "10")
    with refused_by_postgres("hours_of_all_fit_into_a_day"):
        HourEntry.objects.create(
            request=other.request, person=cast.agent, date=entry.date, hours=Decimal("0.25"), note="x"
        )
    devflow.take_back_hours(entry=entry, reason="x", by=cast.it_manager)
    _book(case, cast.agent, "14")
    agent = Program(cast.agent)
    body = {"day": str(entry.date), "hours": "1", "note": "x"}
    agent.post(f"developments/{case.request.pk}/hours/", **body)
    assert agent.status == 409


def test_a_timer_that_the_day_has_no_room_for_keeps_its_time(cast: Cast, page: Any) -> None:
    case, now = reach(cast, "on_trial"), timezone.now()
    with Stopwatch(now - timedelta(hours=2)):
        timer = devflow.start_timer(request=case.request, by=cast.agent)
        day = timezone.localdate(timer.started_at)
        devflow.book_hours(request=case.request, hours=Decimal(23), day=day, note="x", by=cast.agent)
    with not_possible("have booked 23 hours"), Stopwatch(now):
        devflow.stop_timer(request=case.request, note="Tables.", by=cast.agent)
    typed = {"hours": "2", "note": "What I typed."}
    answer = page(cast.agent).post(f"/developments/{case.request.pk}/timer-stop/", typed)
    assert answer.status_code == 409
    assert "What I typed." in answer.content.decode()
    assert Timer.objects.open_of(cast.agent) == timer
    with Stopwatch(now):
        devflow.stop_timer(request=case.request, note="Tables.", hours=Decimal(1), by=cast.agent)


def test_both_are_struck_through_with_who_and_why(cast: Cast, page: Any) -> None:
    case = reach(cast, "on_trial")
    wrong, address = case.book("15"), f"/developments/of/{case.pk}/"
    mine, theirs = page(cast.agent), page(cast.other_agent)
    link = f"/developments/hours/{wrong.pk}/take-back/"
    assert link in mine.get(address).content.decode()
    assert link not in theirs.get(address).content.decode()
    assert theirs.get(link).status_code == 403
    assert mine.post(link, {"reason": ""}).status_code == 422
    assert mine.post(link, {"reason": "Satu setengah <b>jam</b>."}).status_code == 302
    panel = mine.get(address).content.decode()
    assert link not in panel
    struck = BeautifulSoup(panel, "html.parser").select("s.num")
    assert [cell.get_text() for cell in struck] == ["-15", "15"]
    assert panel.count("Satu setengah &lt;b&gt;jam&lt;/b&gt;.") >= 2
    again = mine.post(link, {"reason": "Twice."})
    assert again.status_code == 409
    assert HourEntry.objects.count() == 2


def test_the_case_file_strikes_through_what_does_not_count(cast: Cast) -> None:
    """Its reader sees at once which hours stand, and from what to what the estimate went."""
    case = reach(cast, "on_trial")
    tickets.estimate(ticket=case.ticket, hours=Decimal("12.5"), reason="Two reports more.", by=cast.agent)
    devflow.take_back_hours(entry=case.book("15"), reason="It was 1.5.", by=cast.it_manager)
    case.book("1.5")
    with blank(), translation.override("id"):
        approvals.hand_over(case=Subject.of(case.ticket), by=cast.it_manager, language="id")
        paper = BeautifulSoup(render_to_string(*pdf.draw.call_args.args), "html.parser")  # type: ignore[attr-defined]
    hours, estimates = ([_cells(row) for row in _table(paper, title)] for title in ("Jam kerja", "Estimasi"))
    struck = [[cell.find("s") is not None for cell in row] for row in _table(paper, "Jam kerja")]
    assert [row[2] for row in hours] == ["15", "-15", "1,5"]
    assert [marks[:3] for marks in struck] == [[True] * 3, [True] * 3, [False] * 3]
    assert all(f"ditarik kembali oleh {cast.it_manager.name}" in row[3] for row in hours[:2])
    assert hours[2][3] == "worked"
    total = [
        cell.get_text(strip=True) for cell in paper.find("th", string="Jumlah").parent.find_all(["th", "td"])
    ]
    assert total == ["Jumlah", "1,5", "Yang dicoret tidak dihitung."]
    assert [row[2:] for row in estimates] == [["8", "–"], ["8 → 12,5", "Two reports more."]]


def _table(paper: Any, title: str) -> list[list[Any]]:
    """The rows of the table below this heading, without its head and its sum."""
    rows = paper.find("h2", string=title).find_next("tbody").find_all("tr")
    return [cells for row in rows if len(cells := row.find_all("td")) > 1]


def _cells(row: list[Any]) -> list[str]:
    return [" ".join(cell.get_text().split()) for cell in row]


def test_a_program_takes_back_once_per_key(cast: Cast) -> None:
    case = reach(cast, "on_trial")
    wrong, agent = case.book("15"), Program(cast.agent)
    for _ in range(2):
        said = agent.post(f"booked-hours/{wrong.pk}/take-back/", key="oops", reason="It was 1.5.")
    assert (agent.status, said["hours"], said["takes_back"]) == (201, "-15.00", wrong.pk)
    assert said["taken_back_by"]["id"] == cast.agent.pk
    listed = agent.rows(f"developments/{case.request.pk}/hours/")
    assert [(row["hours"], row["taken_back"]) for row in listed] == [("-15.00", None), ("15.00", said["id"])]
    agent.post(f"booked-hours/{wrong.pk}/take-back/", reason="Again.")
    agent.refused(409)


def test_the_panel_asks_as_often_for_many_entries_as_for_one(cast: Cast, page: Any) -> None:
    case, browser = reach(cast, "on_trial"), page(cast.agent)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/developments/of/{case.pk}/").status_code == 200
        return len(captured)

    case.book(1)
    asked()
    once = asked()
    for _n in range(3):
        case.book(1)
    devflow.take_back_hours(entry=case.book(1), reason="x", by=cast.agent)
    assert asked() == once
