"""A report is read: which machine it is about, and what that machine is like now.

One agent's reports are read in the order in which they came (`core.outbox`), each in a transaction: it may be killed at
any line and is then read again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from core import files, locks
from core.outbox import drain
from integrations.agents import security
from integrations.agents.actions._parts import record, robot, write_asset, write_findings
from integrations.agents.enums import AgentEvent, Alarm, How, MachineState, Trouble
from integrations.agents.identity import Found, Known, Marks, marks_of, match
from integrations.agents.models import Identity, Machine, Report
from integrations.agents.reader import Reader
from integrations.agents.reading import Told

_ALARMS = {How.CLONE: Alarm.CLONE, How.FOREIGN: Alarm.FOREIGN, How.SEVERAL: Alarm.SEVERAL}
# Alarms on a machine whose reports come from two: those of the one that was there first go on counting.
_HOLD = (Alarm.NAMES, Alarm.AGENTS)


def settle(*, most: int = 500) -> int:
    """Read the reports that wait; how many. Safe to run many at a time, and to be killed at any line."""
    with Reader() as reader:
        return drain(Report, lambda report: _place(report, reader), most=most)


@dataclass
class Aside(Exception):
    """The report changes nothing; `trouble` says why."""

    trouble: Trouble
    detail: str = ""


def _place(report: Report, reader: Reader) -> None:
    try:
        _read(report, reader)
    except Aside as aside:
        report.trouble, report.detail = aside.trouble, aside.detail[:250]
    report.save(update_fields=["machine", "how", "trouble", "detail", "is_partial", "agent"])


def _read(report: Report, reader: Reader) -> None:
    told = reader.read(files.path_of(report.sha256), limit=settings.AGENTS_OPENED_LIMIT_MB * 1024 * 1024)
    if told.trouble:
        raise Aside(Trouble(told.trouble), told.detail)
    marks = marks_of(report.agent_id or told.device_id, told.sections)
    if not marks.agent_id and not marks.has_hardware:
        raise Aside(Trouble.NAMELESS)
    report.is_partial, report.agent = told.is_partial, told.agent[:200] or report.agent
    identity, how = _identity(report, told, marks)
    report.machine, report.how = identity.machine, how
    machine = Machine.objects.lock(identity.machine, "asset")
    _must_count(machine, report, told, identity)
    _apply(machine, report, told, identity)


# Which machine it is ----------------------------------------------------------------------------------------------


def _identity(report: Report, told: Told, marks: Marks) -> tuple[Identity, str]:
    """The marks' row, a new one where they are new; and why they lead to its machine."""
    found, rows = _found(report, marks)
    if found.how != How.SAME:
        locks.wait_for("agents", "identities")  # two readers must not both meet a machine for the first time
        found, rows = _found(report, marks)
    if found.how == How.SAME:
        return next(r for r in rows if r.marks == marks and r.machine_id == found.machine), found.how
    machine = next((r.machine for r in rows if r.machine_id == found.machine), None) or _appear(
        report, told, found
    )
    identity = Identity.objects.create(
        machine=machine, origin=machine, how=found.how, name=_name(told), first_at=report.received_at,
        seen_at=report.received_at, agent_id=marks.agent_id, system_uuid=marks.system_uuid, serial=marks.serial,
        maker=marks.maker,
    )  # fmt: skip
    if found.machine is not None:
        record(AgentEvent.MATCHED, machine, by=robot(), matched=found.how, report=report.pk)
    return identity, found.how


def _found(report: Report, marks: Marks) -> tuple[Found, list[Identity]]:
    rows = list(Identity.objects.resembling(marks).select_related("machine").order_by("pk"))
    known = [Known(row.machine_id, row.machine.branch_id, row.marks) for row in rows]
    return match(marks, report.branch_id, known), rows


def _appear(report: Report, told: Told, found: Found) -> Machine:
    """A machine that nobody knows: it waits, with an alarm where it claims to be another one."""
    machine = Machine(
        branch_id=report.branch_id, name=_name(told), first_at=report.received_at, seen_at=report.received_at
    )
    machine.save(force_insert=True)
    record(AgentEvent.APPEARED, machine, by=robot(), matched=found.how, report=report.pk)
    if found.how in _ALARMS:
        other = Machine.objects.get(pk=found.others[0])
        _alarm(machine, _ALARMS[How(found.how)], report.heard_at, other)
        if found.how == How.CLONE and other.branch_id == machine.branch_id:
            other = Machine.objects.lock(other)
            _alarm(other, Alarm.CLONE, report.heard_at, machine)
    return machine


def _alarm(machine: Machine, alarm: Alarm, at: datetime, other: Machine | None = None) -> None:
    if machine.alarm:
        return
    machine.alarm, machine.alarm_at, machine.alarm_with = alarm, at, other
    machine.save(update_fields=["alarm", "alarm_at", "alarm_with"])
    record(AgentEvent.ALARM, machine, by=robot(), alarm=alarm)


def _must_count(machine: Machine, report: Report, told: Told, identity: Identity) -> None:
    """Raises Aside for a report that changes nothing: of a refused machine, late, or of the other one of two."""
    if machine.state == MachineState.REFUSED:
        raise Aside(Trouble.REFUSED)
    if machine.last_report_id is not None and report.heard_at < machine.seen_at:
        raise Aside(Trouble.LATE)
    alarm = None if machine.is_shared else _taking_turns(machine, told, identity)
    if alarm is not None:
        _alarm(machine, alarm, report.heard_at)
        raise Aside(Trouble.HELD)


def _taking_turns(machine: Machine, told: Told, identity: Identity) -> Alarm | None:
    """What was replaced comes back, a name or an agent: one change is a change, two are two machines."""
    name = _name(told)
    if machine.former_name and name == machine.former_name and name != machine.name:
        return Alarm.NAMES
    newer = machine.identities.filter(first_at__gt=identity.seen_at).exclude(agent_id=identity.agent_id)
    if identity.agent_id and newer.exists():
        return Alarm.AGENTS
    return None


# What it is like --------------------------------------------------------------------------------------------------


def _apply(machine: Machine, report: Report, told: Told, identity: Identity) -> None:
    identity.seen_at, identity.name = report.heard_at, _name(told)
    identity.save(update_fields=["seen_at", "name"])
    machine.facts = _merged(machine.facts, told)
    _name_it(machine, told)
    machine.agent, machine.last_report = report.agent[:250], report
    machine.seen_at = report.heard_at
    if not told.is_partial:
        machine.whole_at = report.heard_at
    if machine.state == MachineState.ADMITTED:
        write_asset(machine, seen_at=report.heard_at, software=told.software)
        write_findings(machine, seen_at=report.heard_at)
    elif told.software is not None:
        machine.facts["software"], machine.software_count = told.software, len(told.software)
    machine.save()


def _merged(before: dict[str, Any], told: Told) -> dict[str, Any]:
    """The facts after a report: in a partial one a section that is missing is unchanged, in a full one it is gone."""
    facts = dict(before) if told.is_partial else {k: before[k] for k in ("software",) if k in before}
    facts |= told.sections
    if told.software is not None:
        facts["updates"] = told.updates
        facts["remote_software"] = security.remote_software(row[0] for row in told.software)
    if told.tag:
        facts["tag"] = told.tag
    return facts


def _name_it(machine: Machine, told: Told) -> None:
    bios, system = machine.facts.get("bios", {}), machine.facts.get("operatingsystem", {})
    name = _name(told)
    if name and machine.name and name != machine.name:
        machine.former_name = machine.name
    machine.name = name or machine.name
    machine.serial, machine.maker = bios.get("ssn", ""), bios.get("smanufacturer", "")
    machine.model = bios.get("smodel", "")
    machine.system = system.get("full_name", "") or machine.facts.get("hardware", {}).get("osname", "")


def _name(told: Told) -> str:
    return str(told.sections.get("hardware", {}).get("name", ""))[:250]
