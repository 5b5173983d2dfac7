# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Reports are read: which machine they are about, what they change, and what they must not change."""

import io
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.outbox import QueueState
from events.models import Event
from integrations.agents import actions
from integrations.agents.enums import Alarm, MachineState, Trouble
from integrations.agents.models import AgentKey, Identity, Machine, Report, Weakness
from integrations.agents.reader import Reader
from inventory import actions as inventory
from inventory.models import Asset, AssetType, Installation, SoftwareTitle
from tests.agents.bodies import as_json, as_xml, changed, partial, windows
from tests.agents.conftest import Told, again
from tests.cast import Cast
from tests.harness.clock import Clock

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<REQUEST><CONTENT><BIOS><SSN>&b;</SSN></BIOS></CONTENT><DEVICEID>x</DEVICEID></REQUEST>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<REQUEST><CONTENT><HARDWARE><NAME>&x;</NAME></HARDWARE></CONTENT><DEVICEID>x</DEVICEID></REQUEST>"""


def _told_of(machine: Machine) -> set[tuple[str, str]]:
    rows = Installation.objects.filter(asset=machine.asset, gone_at=None).select_related("title")
    return {(row.title.name, row.version) for row in rows}


# A machine appears ---------------------------------------------------------------------------------------------------


def test_an_unknown_machine_waits_and_touches_nothing(tell: Told) -> None:
    report = tell(as_json())
    machine = report.machine
    assert machine is not None
    assert (machine.state, machine.asset, machine.name, machine.serial) == (
        MachineState.WAITING,
        None,
        "BDG-PC-017",
        "B5Q8VD3",
    )
    assert (report.state, report.how, report.is_partial) == (QueueState.SENT, "new", False)
    assert machine.software_count == 2
    assert not SoftwareTitle.objects.exists()
    assert Event.objects.filter(type="agent.appeared", subject_id=machine.pk).exists()


def test_xml_of_the_older_agent_is_read_the_same_way(tell: Told) -> None:
    machine = tell(as_xml(), agent="bdg-srv-2026-01-05-09-00-00").machine
    assert machine is not None
    assert (machine.name, machine.serial, machine.maker, machine.agent) == (
        "bdg-srv", "VMK-00412-X", "HPE", "FusionInventory 2.6-3",
    )  # fmt: skip
    assert machine.system == "Debian GNU/Linux 12 (bookworm)"
    assert machine.facts["firewalls"] == [{"status": "on"}]


def test_western_letters_are_read_as_they_are_declared(tell: Told) -> None:
    assert tell(as_xml(name="büro", encoding="ISO-8859-1"), agent="a").machine.name == "büro"  # type: ignore[union-attr]
    lying = as_xml(name="buero").replace(b"buero", b"b\xfcro")
    assert tell(lying, agent="b").machine.name == "büro"  # type: ignore[union-attr]


def test_secrets_of_environment_and_processes_are_thrown_away(tell: Told) -> None:
    for raw, agent in ((as_json(), "a"), (as_xml(), "b")):
        machine = tell(raw, agent=agent).machine
        assert "do-not-read-this" not in str(Machine.objects.values().get(pk=machine.pk))  # type: ignore[union-attr]


# Admitted ------------------------------------------------------------------------------------------------------------


def test_admission_registers_the_asset_with_what_it_told(admitted: Callable[..., Machine]) -> None:
    machine = again(admitted(as_json()))
    asset = machine.asset
    assert asset is not None
    assert (asset.serial, asset.maker, asset.model, asset.name) == (
        "B5Q8VD3",
        "Dell Inc.",
        "Latitude 5420",
        "BDG-PC-017",
    )
    assert (asset.verified_how, asset.last_seen_at) == ("agent", machine.seen_at)
    assert _told_of(machine) == {("Google Chrome", "119.0.6045.160"), ("7-Zip 23.01 (x64)", "23.01")}
    assert "software" not in Machine.objects.get(pk=machine.pk).facts


def test_a_report_of_an_admitted_machine_verifies_its_asset(
    admitted: Callable[..., Machine], tell: Told, past: Clock
) -> None:
    machine = admitted(as_json())
    before = again(machine).asset.verified_at  # type: ignore[union-attr]
    past.forward(days=40)
    report = tell(partial())
    machine = again(machine)
    asset = machine.asset
    assert asset is not None
    assert asset.verified_at == report.received_at > before  # type: ignore[operator]
    assert asset.due_at > report.received_at + timedelta(days=170)


def test_a_waiting_machine_verifies_nothing(tell: Told, kind: AssetType, cast: Cast) -> None:
    asset = inventory.register(
        type=kind, branch=cast.bandung, by=cast.agent, serial="B5Q8VD3", maker="Dell Inc."
    )
    tell(as_json())
    assert Asset.objects.get(pk=asset.pk).verified_at is None


def test_only_what_changed_is_written(admitted: Callable[..., Machine], tell: Told, past: Clock) -> None:
    machine = admitted(as_json())
    first = {row.pk: row.found_at for row in Installation.objects.all()}
    past.forward(days=1)
    newer = windows(
        softwares=[
            {"name": "Google Chrome", "version": "120.0", "publisher": "Google LLC"},
            windows()["softwares"][1],
        ]
    )
    tell(as_json(newer))
    assert _told_of(machine) == {("Google Chrome", "120.0"), ("7-Zip 23.01 (x64)", "23.01")}
    old = Installation.objects.get(version="119.0.6045.160")
    assert old.gone_at is not None
    assert {pk: Installation.objects.get(pk=pk).found_at for pk in first} == first
    past.forward(days=1)
    tell(as_json(changed(windows(), "hardware", memory=8192)))
    assert _told_of(machine) == {("Google Chrome", "119.0.6045.160"), ("7-Zip 23.01 (x64)", "23.01")}
    assert Installation.objects.count() == 3


def test_a_partial_report_leaves_what_it_does_not_tell(admitted: Callable[..., Machine], tell: Told) -> None:
    machine = admitted(as_json())
    tell(partial(firewalls=[{"profile": "PublicProfile", "status": "off"}]))
    machine = again(machine)
    assert machine.facts["antivirus"][0]["name"] == "Windows Defender"
    assert _told_of(machine)
    assert set(machine.findings.filter(ended_at=None).values_list("kind", flat=True)) == {"firewall_off"}


def test_a_full_report_forgets_what_is_gone(admitted: Callable[..., Machine], tell: Told) -> None:
    machine = admitted(as_json())
    tell(as_json({name: value for name, value in windows().items() if name not in ("antivirus", "monitors")}))
    machine = again(machine)
    assert "antivirus" not in machine.facts


def test_a_finding_has_its_day_and_ends(admitted: Callable[..., Machine], tell: Told, past: Clock) -> None:
    machine = admitted(as_json())
    assert not machine.findings.exists()
    past.forward(days=1)
    first = tell(as_json(windows(antivirus=[{"name": "Defender", "enabled": False}])))
    past.forward(days=1)
    tell(
        partial(
            antivirus=[{"name": "Defender", "enabled": False}], hardware=windows()["hardware"] | {"memory": 1}
        )
    )
    finding = machine.findings.get()
    assert (finding.kind, finding.since_at, finding.ended_at) == ("antivirus_off", first.received_at, None)
    assert finding.words == "Defender is installed but does not run."
    past.forward(days=1)
    last = tell(as_json())
    finding.refresh_from_db()
    assert finding.ended_at == last.heard_at


def test_silence_is_a_finding_until_the_next_report(
    admitted: Callable[..., Machine], tell: Told, past: Clock
) -> None:
    machine = admitted(as_json())
    past.forward(days=13)
    assert actions.look_after() == 0
    past.forward(days=2)
    assert (actions.look_after(), actions.look_after()) == (1, 0)
    finding = machine.findings.get()
    assert (finding.kind, finding.since_at) == ("silent", machine.seen_at)
    tell(partial())
    finding.refresh_from_db()
    assert finding.ended_at is not None


def test_the_same_bytes_another_day_say_that_it_lives(
    admitted: Callable[..., Machine], tell: Told, past: Clock
) -> None:
    machine = admitted(as_json())
    tell(partial())
    past.forward(days=3)
    report = tell(partial())
    machine = again(machine)
    assert report.again_at is not None
    assert machine.seen_at == report.again_at
    assert machine.asset.last_seen_at == report.again_at  # type: ignore[union-attr]
    assert Report.objects.count() == 2


def test_a_retired_asset_stays_retired_when_its_machine_reports(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    machine = admitted(as_json())
    inventory.move_state(asset=machine.asset, move="retire", reason="Sold.", by=cast.agent)  # type: ignore[arg-type]
    assert tell(partial()).trouble == ""
    assert again(machine).asset.state == "retired"  # type: ignore[union-attr]


# Identity -------------------------------------------------------------------------------------------------------------


def test_a_reinstalled_agent_finds_its_machine_and_says_why(
    admitted: Callable[..., Machine], tell: Told
) -> None:
    machine = admitted(as_json())
    report = tell(as_json(changed(windows(), "hardware", memory=4)), agent="another-agent")
    assert (report.machine, report.how) == (machine, "hardware")
    assert Identity.objects.get(agent_id="another-agent").how == "hardware"
    assert Event.objects.get(type="agent.matched").facts["matched"] == "hardware"


def test_junk_numbers_make_no_two_machines_one(tell: Told) -> None:
    junk = {
        "bios": {"ssn": "To be filled by O.E.M.", "smanufacturer": "ASUS"},
        "hardware": {"name": "PC", "uuid": "0" * 32},
    }
    one = tell(as_json(windows(**junk)), agent="agent-1").machine
    two = tell(as_json(windows(**junk), tag="b"), agent="agent-2").machine
    assert one != two


def test_the_same_mac_and_name_make_no_two_machines_one(tell: Told) -> None:
    one = tell(as_json(), agent="agent-1").machine
    other = changed(
        changed(windows(), "bios", ssn="OTHER-77"), "hardware", uuid="11112222-3333-4444-5555-666677778888"
    )
    two = tell(as_json(other), agent="agent-2").machine
    assert one != two
    assert one.name == two.name  # type: ignore[union-attr]


def test_a_copied_disk_raises_an_alarm_and_overwrites_nothing(
    admitted: Callable[..., Machine], tell: Told
) -> None:
    machine = admitted(as_json())
    other = changed(
        changed(windows(), "bios", ssn="OTHER-77"),
        "hardware",
        uuid="11112222-3333-4444-5555-666677778888",
        name="COPY",
    )
    clone = tell(as_json(other)).machine
    machine = again(machine)
    assert clone is not None
    assert clone != machine
    assert (machine.alarm, clone.alarm, clone.alarm_with) == (Alarm.CLONE, Alarm.CLONE, machine)
    assert (machine.name, machine.serial) == ("BDG-PC-017", "B5Q8VD3")
    assert tell(partial()).machine == machine, "the one that was there first goes on"
    assert tell(as_json(other, tag="x")).machine == clone


def test_two_machines_with_the_very_same_marks_take_turns_with_their_names(
    admitted: Callable[..., Machine], tell: Told
) -> None:
    machine = admitted(as_json())
    assert tell(as_json(changed(windows(), "hardware", name="RENAMED"))).trouble == ""
    report = tell(as_json(changed(windows(), "hardware", memory=1)))
    machine = again(machine)
    assert (report.trouble, machine.alarm, machine.name) == (Trouble.HELD, Alarm.NAMES, "RENAMED")


def test_two_agents_that_take_turns_raise_an_alarm(
    admitted: Callable[..., Machine], tell: Told, past: Clock
) -> None:
    machine = admitted(as_json())
    past.forward(days=1)
    tell(as_json(changed(windows(), "hardware", memory=4)), agent="another-agent")
    past.forward(days=1)
    report = tell(as_json(changed(windows(), "hardware", memory=5)))
    machine = again(machine)
    assert (report.trouble, machine.alarm) == (Trouble.HELD, Alarm.AGENTS)


def test_the_key_of_another_branch_writes_nothing_about_our_machines(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    machine = admitted(as_json())
    foreign, _secret = actions.issue_key(branch=cast.denpasar, by=cast.it_manager)
    stranger = tell(as_json(changed(windows(), "hardware", name="STOLEN")), by=foreign).machine
    machine = again(machine)
    assert stranger is not None
    assert (stranger.branch, stranger.alarm, stranger.state) == (
        cast.denpasar,
        Alarm.FOREIGN,
        MachineState.WAITING,
    )
    assert (machine.name, machine.alarm, machine.branch) == ("BDG-PC-017", "", cast.bandung)


# What cannot be used ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "trouble"),
    [
        (BOMB, "entities"), (OUTSIDE, "entities"), (b"<REQUEST><CONTENT>", "broken"), (b"<a/>", "no_report"), (b'{"content": 5}', "no_report"),
        (b"<REQUEST><CONTENT>" + b"<BIOS>" * 5000, "too_deep"), (b'{"content": {}}', "nameless"), (b"\x1f\x8bxx", "broken"),
        (b'{"content": ' + b"[" * 100000, "broken"), (b'<?xml version="1.0" encoding="klingon"?><REQUEST/>', "no_report"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_with_its_reason(tell: Told, raw: bytes, trouble: str) -> None:
    report = tell(raw, agent="")
    assert (report.trouble, report.machine, report.state) == (trouble, None, QueueState.SENT)
    assert report in Report.objects.unread()


def test_a_report_that_kills_its_reader_holds_up_nobody(
    tell: Told, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.agents.reader.PATIENCE_SECONDS", 0.2)
    os.kill(reader.aside.pid, signal.SIGSTOP)
    assert tell(as_json()).trouble == "too_hard"
    monkeypatch.setattr("integrations.agents.reader.PATIENCE_SECONDS", 60)
    assert tell(as_xml(), agent="b").trouble == ""


def test_reports_of_one_agent_are_read_in_order_and_a_late_one_changes_nothing(
    key: tuple[AgentKey, str], admitted: Callable[..., Machine], cast: Cast
) -> None:
    machine = admitted(as_json())
    rows = [
        actions.keep(raw=io.BytesIO(as_json(changed(windows(), "hardware", memory=n))), key=key[0], agent_id=machine.identities.get().agent_id)[0]
        for n in (1, 2, 3)
    ]  # fmt: skip
    Report.objects.filter(pk=rows[1].pk).update(due_at=timezone.now() + timedelta(hours=1))
    actions.settle()
    machine = again(machine)
    assert machine.last_report_id == rows[0].pk, "the third waits for the second"
    Report.objects.filter(pk=rows[1].pk).update(state="dead")
    actions.settle()
    machine = again(machine)
    assert machine.last_report_id == rows[2].pk
    actions.read_again(report=Report.objects.get(pk=rows[1].pk), by=cast.agent)
    actions.settle()
    assert Report.objects.get(pk=rows[1].pk).trouble == Trouble.LATE
    machine = again(machine)
    assert machine.facts["hardware"]["memory"] == "3"


def test_what_breaks_on_our_side_is_tried_again(
    key: tuple[AgentKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _new = actions.keep(raw=io.BytesIO(as_json()), key=key[0], agent_id="a")

    def broken(*_args: Any, **_facts: Any) -> None:
        raise OSError("disk")

    monkeypatch.setattr("integrations.agents.actions.placing._apply", broken)
    actions.settle()
    report.refresh_from_db()
    assert (report.state, report.attempts, report.machine) == (QueueState.PENDING, 1, None)
    assert not Machine.objects.exists()
    assert not Weakness.objects.exists()
    monkeypatch.undo()
    Report.objects.update(due_at=timezone.now())
    actions.settle()
    report.refresh_from_db()
    assert report.machine is not None


def test_hostile_text_is_made_plain(tell: Told) -> None:
    said = changed(windows(), "hardware", name="A\u202eB\0C\n<script>" + "x" * 5000)
    machine = tell(as_json(said)).machine
    assert machine is not None
    assert machine.name.startswith("ABC <script>")
    assert len(machine.name) == 250


def test_numbers_lists_and_nests_where_text_belongs_do_no_harm(tell: Told) -> None:
    odd: dict[str, Any] = {
        "hardware": {"name": ["a", 1], "uuid": {"x": 1}, "memory": 1e308}, "bios": [None, 5, {"ssn": True}],
        "antivirus": {"name": None}, "drives": "C:", "softwares": [{"name": {"a": 1}}, 7, {"name": "ok", "version": 1.5}],
        "databases_services": [{"databases": [[[]]]}], "operatingsystem": None, "networks": [[1]],
    }  # fmt: skip
    machine = tell(as_json(windows(**odd))).machine
    assert machine is not None
    assert machine.software_count == 1
