"""Reports of machines without network, brought as files by a person."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone

from events.models import Event
from integrations.agents import actions
from integrations.agents.models import AgentKey, Machine, Report
from inventory.models import AssetType
from tests.agents import bodies
from tests.agents.conftest import Told, again
from tests.api.client import Program
from tests.cast import Cast
from tests.harness.refusals import not_possible, not_yours

WRITTEN = "2026-11-20 09:15:00"  # on the wall in Bandung


def file(raw: bytes | None = None, *, name: str = "pc.json", **facts: Any) -> Any:
    written = {"accesslog": {"logdate": WRITTEN}} | facts
    return SimpleUploadedFile(name, raw if raw is not None else bodies.as_json(bodies.windows(**written)))


def brought(cast: Cast, *files: Any) -> list[Report]:
    found = actions.bring(files=files, branch=cast.bandung, by=cast.agent)
    actions.settle()
    return [Report.objects.get(pk=report.pk) for report, _new in found]


def test_a_file_of_an_agent_is_read_like_a_report(cast: Cast, page: Any, kind: AssetType) -> None:
    browser = page(cast.agent)
    typed = {"branch": cast.bandung.pk, "reports": [file(), file(bodies.as_xml(), name="pc.ocs")]}
    answer = browser.post("/agents/reports/bring/", typed, follow=True)
    assert answer.redirect_chain[-1][0] == "/agents/reports/?what=all"
    text = answer.content.decode()
    assert text.count(str(cast.agent)) >= 2
    actions.settle()
    first = Report.objects.order_by("pk")[0]
    assert (first.key, first.brought_by, first.branch, first.trouble) == (None, cast.agent, cast.bandung, "")
    assert first.machine is not None
    assert first.machine.name == "BDG-PC-017"
    event = Event.objects.about(first).get()
    assert (event.type, event.actor, event.facts["device"]) == (
        "agent.brought", cast.agent, "BDG-PC-017-2026-03-02-08-00-00",
    )  # fmt: skip


def test_a_machine_was_seen_when_its_file_was_written(cast: Cast, kind: AssetType, past: Any) -> None:
    past.forward(days=90)
    report = brought(cast, file())[0]
    when = datetime(2026, 11, 20, 2, 15, tzinfo=UTC)
    assert (report.made_at, report.heard_at) == (when, when)
    assert report.machine is not None
    machine = actions.admit(machine=report.machine, type=kind, by=cast.agent)
    assert machine.seen_at == when
    asset = again(machine).asset
    assert asset is not None
    assert asset.verified_at == when


def test_an_older_file_changes_nothing(cast: Cast, kind: AssetType) -> None:
    newer, older = file(accesslog={"logdate": "2026-11-21 09:15:00"}), file(softwares=[])
    first, second = brought(cast, newer)[0], brought(cast, older)[0]
    assert (first.trouble, second.trouble) == ("", "late")


@pytest.mark.parametrize("written", ["2999-01-01 00:00:00", "", "2026-99-01 00:00:00", "yesterday"])
def test_a_file_without_a_day_or_of_tomorrow_counts_from_now(cast: Cast, written: str) -> None:
    report = brought(cast, file(accesslog={"logdate": written}))[0]
    assert timezone.now() - timedelta(minutes=2) < report.heard_at <= timezone.now()


def test_the_same_file_again_is_the_same_report(cast: Cast, page: Any, tell: Told, clock: Any) -> None:
    for _n in range(2):
        assert brought(cast, file())[0].pk == Report.objects.get().pk
    clock.forward(days=30)
    report = brought(cast, file())[0]
    assert (report.again_at, report.state) == (None, "sent"), "nobody saw the machine meanwhile"
    assert Event.objects.filter(type="agent.brought").count() == 1
    text = page(cast.agent).post(
        "/agents/reports/bring/", {"branch": cast.bandung.pk, "reports": [file()]}, follow=True
    )
    assert "there already" in text.content.decode() or "sudah ada" in text.content.decode()


BROKEN, NONE = "It could not be read", "It is no inventory"
BAD = [
    (b"hello", BROKEN), (b"{}x", BROKEN), (zlib.compress(b"{"), BROKEN), (bodies.as_json()[:-40] + b"\0", BROKEN),
    (b'{"action": "contact", "deviceid": "x"}', NONE), (b"<REQUEST><QUERY>PROLOG</QUERY></REQUEST>", NONE),
    (zlib.compress(bodies.as_json())[:50], "It ends before its end"),
    (zlib.compress(b"{" + b" " * 3_000_000), "It is too large once"),
    (b" " * 1_500_000, "The report is larger than 1 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "says"), BAD)
def test_what_is_no_report_is_refused_and_nothing_is_taken(
    cast: Cast, page: Any, settings: Any, content: bytes, says: str
) -> None:
    settings.AGENTS_LIMIT_MB, settings.AGENTS_OPENED_LIMIT_MB = 1, 2
    browser, branch = page(cast.agent), cast.bandung
    with not_possible(f"bad.json: {says}"):
        actions.bring(files=[file(), file(content, name="bad.json")], branch=branch, by=cast.agent)
    typed = {"branch": branch.pk, "reports": [file(content, name="bad.json")]}
    answer = browser.post("/agents/reports/bring/", typed)
    assert answer.status_code == 409
    assert not Report.objects.exists()


def test_it_staff_bring_what_is_of_their_branch(cast: Cast, page: Any) -> None:
    staff = cast.agent
    for person in (cast.requester, cast.auditor, cast.foreign_agent):
        with not_yours():
            actions.bring(files=[file()], branch=cast.bandung, by=person)
    typed = {"branch": cast.bandung.pk, "reports": [file()]}
    assert page(cast.foreign_agent).post("/agents/reports/bring/", typed).status_code == 422
    with not_possible("1 to 50"):
        actions.bring(files=[], branch=cast.bandung, by=staff)
    assert not Report.objects.exists()


def test_a_report_comes_by_a_key_or_a_person(cast: Cast, key: tuple[AgentKey, str]) -> None:
    facts = {"branch": cast.bandung, "size": 1, "mailbox": "x"}
    for number, came in enumerate(({}, {"key": key[0], "brought_by": cast.agent})):
        with pytest.raises(DatabaseError, match="report_came_by_key_or_person"), transaction.atomic():
            Report.objects.create(sha256=str(number) * 64, **facts, **came)
    report = brought(cast, file())[0]
    for change in ({"brought_by": cast.it_manager}, {"made_at": timezone.now()}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**change)


def test_a_program_brings_reports(cast: Cast) -> None:
    program = Program(cast.agent)
    said = program.post("agent-reports/", files=True, file=file(), branch=cast.bandung.pk)
    assert (program.status, said["key"], said["brought_by"]) == (201, None, cast.agent.pk)
    again_ = program.post("agent-reports/", files=True, file=file(), branch=cast.bandung.pk)
    assert again_["id"] == said["id"]
    program.post("agent-reports/", files=True, file=file(b"x"), branch=cast.bandung.pk)
    program.refused(409)
    assert Machine.objects.count() == 0
    actions.settle()
    assert again(Machine.objects.get()).seen_at == Report.objects.get().made_at
