"""The Board's monthly page: made by the clock, sealed by approvals, acknowledged by the Board."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from pypdf import PdfReader

from accounts import actions as accounts
from accounts.models import office_date
from approvals import actions as approvals
from approvals.enums import ApprovalEvent
from approvals.models import CaseFile
from backups import actions, monthly, subscribers
from backups.actions._parts import robot
from backups.enums import BackupEvent, Fault, RunKind
from backups.models import MonthlyReport, Target
from core import files
from core.errors import NotPossible, PermissionDenied
from events.models import Event
from notifications.models import Notification
from tests.backups import played
from tests.cast import Cast
from tests.harness.events import deliver, recorded

pytestmark = pytest.mark.django_db


def reported(cast: Cast) -> MonthlyReport:
    """A month with a good backup, a drill, and a failure of another target that stands under no clause."""
    good = played.target(cast, "Contracts")
    played.run(cast, good)
    played.run(cast, good, RunKind.DRILL)
    other = played.target(cast, "Photos", is_sop=False)
    played.run(cast, other, fault=Fault.FULL)
    now = timezone.now()
    report = actions.make_report(
        month=now.astimezone(monthly._office()).date().replace(day=1), by=robot(), now=now
    )
    assert report is not None
    return report


def test_a_month_is_told_per_clause(cast: Cast) -> None:
    said = reported(cast).content
    assert [(group["clause"], group["targets"]) for group in said["clauses"]] == [("SOP-B4.4.2", 1), ("", 1)]
    contracts, photos = said["lines"]
    assert contracts["target"] == "Contracts"
    assert (contracts["backups"], contracts["drills"], contracts["failed"]) == (1, 1, 0)
    assert (photos["backups"], photos["failed"], photos["good_at"]) == (0, 1, "")
    (place,) = contracts["places"]
    assert place["name"] == "Played store"
    assert place["apart"] in ("same", "disk")
    assert contracts["health"] == "misplaced"


def test_the_register_is_read_per_clause(cast: Cast, page: Any) -> None:
    played.target(cast, "Contracts")
    played.target(cast, "Photos", is_sop=False)
    browser = page(cast.auditor)
    seen = {}
    for clause in ("", "SOP-B4.4.2", "none"):
        said = browser.get(f"/backups/?clause={clause}").content.decode()
        seen[clause] = ("Contracts" in said, "Photos" in said)
    assert seen == {"": (True, True), "SOP-B4.4.2": (True, False), "none": (False, True)}
    nonsense = browser.get("/backups/?clause=nonsense").content.decode()
    assert ("Contracts" in nonsense, "Photos" in nonsense) == (False, False)


def test_the_clock_makes_it_once_when_the_month_is_over(cast: Cast, clock: Any) -> None:
    target = played.target(cast, "Contracts")
    Target.objects.filter(pk=target.pk).update(began_at=datetime(2026, 10, 5, tzinfo=UTC))
    last_evening = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)  # 23:59 in Jakarta
    assert (
        actions.report_when_due(by=robot(), now=last_evening) is None
    )  # nothing was on the register in September
    midnight = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
    with recorded(BackupEvent.REPORTED):
        made = actions.report_when_due(by=robot(), now=midnight)
    assert made is not None
    assert made.month == date(2026, 10, 1)
    assert actions.report_when_due(by=robot(), now=midnight) is None
    assert actions.make_report(month=date(2026, 10, 1), by=robot(), now=midnight) is None


def test_it_reaches_the_board_as_a_sealed_paper(cast: Cast) -> None:
    people = {cast.director, cast.board}
    report = reported(cast)
    deliver(printed=True)
    told = Notification.objects.filter(event__type=BackupEvent.REPORTED)
    assert {note.person for note in told} == people
    assert {note.path for note in told} == {report.get_absolute_url()}
    made = CaseFile.objects.get(case_type="backups.monthlyreport", asked_by=cast.board)
    paper = PdfReader(io.BytesIO(files.path_of(made.sha256).read_bytes()))
    said = "".join(page.extract_text() for page in paper.pages)
    assert "Contracts" in said
    assert "SOP-B4.4.2" in said
    assert "/Sig" in str(paper.get_fields()), "sealed"


def test_the_product_has_the_papers_made_also_for_whoever_stands_in(cast: Cast) -> None:
    today, readers = office_date(), [cast.director, cast.board, cast.agent]
    accounts.name_substitute(
        absent=cast.director, substitute=cast.agent, first=today, last=today, reason="Leave", by=cast.director
    )
    report = reported(cast)
    deliver()
    subscribers.send_to_the_board(Event.objects.get(type=BackupEvent.REPORTED))  # heard twice
    papers = CaseFile.objects.filter(case_type="backups.monthlyreport", case_id=report.pk)
    assert sorted(paper.asked_by.pk for paper in papers) == sorted(reader.pk for reader in readers)
    asked = Event.objects.filter(type=ApprovalEvent.CASE_FILE_ASKED)
    assert {event.actor for event in asked} == {robot()}
    told = Notification.objects.filter(event__type=BackupEvent.REPORTED)
    assert {note.person for note in told} == set(readers)
    with pytest.raises(PermissionDenied):  # a person asks for nobody else
        approvals.ask_case_file(case=report.case, by=cast.director, reader=cast.board)


def test_the_board_acknowledges_it_once_each(cast: Cast, page: Any) -> None:
    report = reported(cast)
    for stranger in (cast.agent, cast.it_manager, cast.auditor):
        with pytest.raises(PermissionDenied):
            actions.acknowledge_report(report=report, by=stranger)
    browser = page(cast.board)
    address = report.get_absolute_url()
    assert f"{address}acknowledge/" in browser.get(address).content.decode()
    with recorded(BackupEvent.ACKNOWLEDGED):
        assert browser.post(f"{address}acknowledge/").status_code == 302
    said = browser.get(address).content.decode()
    assert f"{address}acknowledge/" not in said
    assert cast.board.name in said
    with pytest.raises(NotPossible):
        actions.acknowledge_report(report=report, by=cast.board)
    actions.acknowledge_report(report=report, by=cast.director)


def test_what_was_reported_stays_as_it_was(cast: Cast) -> None:
    report = reported(cast)
    for change in (
        lambda: MonthlyReport.objects.filter(pk=report.pk).update(content={}),
        lambda: MonthlyReport.objects.filter(pk=report.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
