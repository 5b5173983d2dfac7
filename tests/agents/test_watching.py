"""What nobody would see by themselves is told to whoever must act; old raw reports go, and nothing that counts."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core import files
from core.errors import NotPossible
from integrations.agents import actions
from integrations.agents.actions import forgetting
from integrations.agents.enums import Trouble
from integrations.agents.models import AgentKey, Machine, Report
from inventory import actions as inventory
from notifications.models import Notification
from tests.agents.bodies import as_json, changed, windows
from tests.agents.conftest import Told
from tests.cast import Cast
from tests.harness.clock import Clock
from tests.harness.events import deliver
from tests.inventory import stage

OTHER = changed(windows(), "bios", ssn="OTHER-77")


def _told(person: Any) -> list[str]:
    deliver()
    return list(
        Notification.objects.filter(person=person).order_by("pk").values_list("event__type", flat=True)
    )


def test_machines_that_wait_are_told_of_once_a_day(cast: Cast, tell: Told, clock: Clock) -> None:
    people = (cast.agent, cast.it_manager, cast.foreign_agent, cast.branch_head)
    tell(as_json())
    assert (actions.tell_waiting(), actions.tell_waiting()) == (1, 0)
    tell(as_json(OTHER), agent="another")
    assert actions.tell_waiting() == 0  # today the branch was told
    clock.forward(hours=21)
    assert actions.tell_waiting() == 1
    assert [_told(person).count("agent.wait") for person in people] == [2, 2, 0, 0]


def test_an_alarm_reaches_those_who_settle_it(
    cast: Cast, tell: Told, admitted: Callable[[bytes], Machine]
) -> None:
    _ = cast.it_manager
    admitted(as_json())
    tell(as_json(OTHER))
    assert "agent.alarm" in _told(cast.it_manager)
    assert "agent.alarm" not in _told(cast.branch_head)


def test_what_became_wrong_is_told_once(cast: Cast, tell: Told, admitted: Callable[[bytes], Machine]) -> None:
    _ = cast.it_manager
    machine = admitted(as_json(windows(antivirus=[])))
    assert machine.findings.filter(ended_at=None).exists()
    assert (actions.tell_weakened(), actions.tell_weakened()) == (1, 0)
    assert _told(cast.it_manager).count("agent.weakened") == 1


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were written a moment ago count as old ones."""
    monkeypatch.setattr(forgetting, "YOUNG", -1)


def _bytes_of(report: Report) -> bool:
    return files.path_of(report.sha256).exists()


def test_old_raw_reports_go_and_the_newest_of_each_machine_stays(
    cast: Cast, tell: Told, clock: Clock, settings: Any, old: None
) -> None:
    clock.forward(days=-500)
    first = tell(as_json())
    clock.forward(days=1)
    second = tell(as_json(changed(windows(), "hardware", memory=1)))
    clock.forward(days=499)
    settings.AGENTS_KEEP_RAW_DAYS = 0
    assert actions.forget_raw() == 0
    settings.AGENTS_KEEP_RAW_DAYS = 400
    assert (actions.forget_raw(), actions.forget_raw()) == (1, 0)
    first.refresh_from_db()
    assert (first.raw_gone_at is not None, _bytes_of(first), _bytes_of(second)) == (True, False, True)
    assert Machine.objects.get().last_report == second
    first.trouble = "held"
    first.save(update_fields=["trouble"])
    with pytest.raises(NotPossible):
        actions.read_again(report=first, by=cast.agent)


def test_bytes_that_are_young_waiting_or_used_elsewhere_stay(
    cast: Cast, key: tuple[AgentKey, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = as_json()
    clock.forward(days=-500)
    report, _new = actions.keep(raw=io.BytesIO(words), key=key[0], agent_id="x")
    clock.forward(days=500)
    assert actions.forget_raw() == 0  # nobody has read it
    actions.settle()
    Machine.objects.update(last_report=None)
    assert actions.forget_raw() == 0  # its file was written a moment ago
    monkeypatch.setattr(forgetting, "YOUNG", -1)
    inventory.attach(
        asset=stage.asset(cast), name="a.txt", file=SimpleUploadedFile("a.txt", words), by=cast.agent
    )
    assert actions.forget_raw() == 1
    assert _bytes_of(report)


@pytest.mark.parametrize("trouble", Trouble.values)
def test_what_could_not_be_read_stays_until_it_can(
    cast: Cast, tell: Told, clock: Clock, old: None, page: Any, trouble: str
) -> None:
    """What was read and changes nothing goes: a newer one was read, or the machine is none of ours."""
    clock.forward(days=-500)
    report = tell(as_json())
    tell(as_json(changed(windows(), "hardware", memory=1)))
    Report.objects.filter(pk=report.pk).update(trouble=trouble)
    clock.forward(days=500)
    goes = trouble in (Trouble.LATE, Trouble.REFUSED)
    assert actions.forget_raw() == int(goes)
    assert _bytes_of(report) is not goes
    browser = page(cast.agent)
    shown = browser.get("/agents/reports/?what=all").content.decode()
    for verb in ("raw", "read-again"):
        assert (reverse(f"agents:{verb.replace('-', '_')}", args=[report.pk]) in shown) is not goes
    answer = browser.get(reverse("agents:raw", args=[report.pk]))
    assert answer.status_code == (404 if goes else 200)
    answer.close()


def test_what_comes_again_is_kept_again(
    cast: Cast, key: tuple[AgentKey, str], tell: Told, clock: Clock, old: None
) -> None:
    clock.forward(days=-500)
    first = tell(as_json())
    tell(as_json(changed(windows(), "hardware", memory=1)))
    clock.forward(days=500)
    assert actions.forget_raw() == 1
    again, new = actions.keep(raw=io.BytesIO(as_json()), key=key[0], agent_id=first.agent_id)
    assert (again.pk, new, _bytes_of(first)) == (first.pk, False, True)
    first.refresh_from_db()
    assert first.raw_gone_at is None
    assert timezone.now() - first.again_at < timedelta(minutes=5)  # type: ignore[operator]
