"""The demo group: lively, true, made once."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Branch, User
from approvals.models import Approval
from devflow import board
from devflow.enums import Stage
from devflow.evasion import REPORTS, Asked
from devflow.models import Build, DevelopmentRequest, EmergencyFix, Release, System, Timer
from devflow.rules import is_on_trial
from devflow.systems import clashes
from devflow.workload import workload
from events.ledger import verify
from events.models import Delivery, Event
from portal.context import DEMO_ACCOUNTS
from tickets.enums import Kind, Status
from tickets.models import Guide, Ticket


def _seed() -> str:
    said = io.StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_the_demo_is_lively_and_made_once(settings: Any) -> None:
    settings.DEMO, settings.DEMO_PASSWORD = True, "kumala-demo-2026"
    _seed()
    assert Branch.objects.values("time_zone").distinct().count() == 3
    assert set(Ticket.objects.values_list("status", flat=True)) == set(Status)
    assert set(Ticket.objects.values_list("kind", flat=True)) == set(Kind)
    assert set(DevelopmentRequest.objects.values_list("stage", flat=True)) == set(Stage)
    assert {"draft", "pending", "approved", "refused"} <= set(
        Approval.objects.values_list("state", flat=True)
    )
    assert Guide.objects.filter(language="id").count() == Guide.objects.filter(language="en").count() == 6
    assert not Delivery.objects.exclude(state="sent").exists()
    assert list(verify()) == []
    _developments_are_lively()
    for name, _label in DEMO_ACCOUNTS:
        assert User.objects.get(email=f"{name}@kumala.example").check_password(settings.DEMO_PASSWORD)
    before = Event.objects.count(), Ticket.objects.count()
    assert "already" in _seed()
    assert (Event.objects.count(), Ticket.objects.count()) == before


def _developments_are_lively() -> None:
    """Every column, every report, an emergency on each side of its release, closed releases, hours, a conflict."""
    rows = DevelopmentRequest.objects.with_list_columns()
    assert all(board.counted(board.on_board(rows, timezone.now())).values())
    for report in REPORTS.values():
        assert report.find(DevelopmentRequest.objects.all(), Asked()).exists(), report.name
    assert EmergencyFix.objects.to_settle().exists()
    assert EmergencyFix.objects.filter(second=None).exists()
    closed = [system.name for system in System.objects.all() if not system.timetable.is_open(timezone.now())]
    assert "POS Kasir" in closed
    assert len(closed) < System.objects.count()
    assert Release.objects.valid(timezone.now()).exists()
    assert Timer.objects.filter(stopped_at=None).exists()
    manager = User.objects.get(email="it.manager@kumala.example")
    assert sum(bool(person["load"].booked) for person in workload(manager).people) >= 3
    assert any(clashes(row, manager) for row in rows.open())
    assert any(b.replaced_by for b in Build.objects.filter(reached="training").select_related("request"))
    assert any(not is_on_trial(build) for build in Build.objects.for_rules().filter(reached="trial"))


@pytest.mark.django_db
def test_an_installation_of_ones_own_gets_no_known_password(settings: Any) -> None:
    settings.DEMO, settings.DEMO_PASSWORD = False, "kumala-demo-2026"
    with pytest.raises(CommandError, match="not a demo"):
        _seed()
    assert not User.objects.exists()
