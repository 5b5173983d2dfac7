"""Which machine a report is about: the rules, pure. Nothing is ever joined by a MAC address or a name alone.

In this order: the very same marks as before; the agent's own id, unless the hardware contradicts; serial number and
system UUID; serial number and maker. Whatever is left open is a new machine that waits for a person, who reads why.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# What makers and hypervisors leave in place of a number, in the letters and digits that remain of it.
_JUNK = {
    "", "none", "na", "null", "unknown", "default", "defaultstring", "tobefilledbyoem", "tobefilledbyoemrevision",
    "systemserialnumber", "serialnumber", "chassisserialnumber", "baseboardserialnumber", "notspecified",
    "notapplicable",
    "notavailable", "invalid", "oem", "oemdefault", "systemmanufacturer", "systemproductname", "productname",
    "systemversion", "empty", "undefined", "nosn", "sn", "xxxxxxxx", "0123456789", "1234567890", "123456789",
    "01234567890123456789", "qwerty", "asset", "noassettag", "chassisserial", "filled", "standard", "ok", "test",
    "03000200040005000006000700080009",  # a board of AMI that nobody numbered
    "fefefefefefefefefefefefefefefefe", "12345678123456781234567812345678",
}  # fmt: skip
LEAST_SERIAL = 5  # characters; shorter ones are counted anew by every maker
_WORDS = re.compile(r"[^a-z0-9]")
_LEGAL = re.compile(
    r"\b(inc|ltd|co|corp|corporation|computer|gmbh|llc|technology|company|limited|international)\b"
)


def is_junk(said: str) -> bool:
    """Whether a number says nothing: a maker's placeholder, or one character again and again."""
    bare = _WORDS.sub("", said.lower())
    return bare in _JUNK or len(set(bare)) < 2 or bare in "01234567890123456789" or "tobefilled" in bare


def serial_of(said: str) -> str:
    """A serial number as it is compared; "" for none that tells machines apart."""
    found = " ".join(said.split()).upper()
    return "" if is_junk(found) or len(_WORDS.sub("", found.lower())) < LEAST_SERIAL else found[:100]


def uuid_of(said: str) -> str:
    """The UUID of the board in 32 lower-case digits; "" for one that many boards have."""
    found = re.sub(r"[^0-9a-f]", "", said.lower())
    is_nameless_dell = found.startswith("44454c4c") and found.endswith(
        "202020"
    )  # "DELL", and blanks for a service tag
    return "" if len(found) != 32 or is_junk(found) or len(set(found)) < 4 or is_nameless_dell else found


def maker_of(said: str) -> str:
    """A maker's name as it is compared: "Dell Inc." is "dell"."""
    words = _LEGAL.sub(" ", re.sub(r"[^\w]+", " ", said.lower()))
    found = " ".join(words.split())
    return "" if is_junk(found) else found[:100]


@dataclass(frozen=True)
class Marks:
    """What a report tells of who it is about. "" is what it does not say, or what says nothing."""

    agent_id: str = ""
    system_uuid: str = ""
    serial: str = ""
    maker: str = ""

    @property
    def has_hardware(self) -> bool:
        """Whether anything but the agent's own id speaks for it."""
        return bool(self.system_uuid or self.serial)


def marks_of(agent_id: str, sections: dict[str, Any]) -> Marks:
    """The marks in a report; `agent_id` is the header's, or the device id of agents that send none."""
    bios, hardware = sections.get("bios", {}), sections.get("hardware", {})
    return Marks(
        agent_id.strip().lower()[:200],
        uuid_of(hardware.get("uuid", "")),
        serial_of(bios.get("ssn", "")),
        maker_of(bios.get("smanufacturer", "") or bios.get("mmanufacturer", "")),
    )


@dataclass(frozen=True)
class Known:
    """Marks that lead to a machine already."""

    machine: int
    branch: int
    marks: Marks


@dataclass(frozen=True)
class Found:
    """The answer. `machine` None: a new one. `how` is a value of `enums.How`; `others` stood in its way."""

    machine: int | None
    how: str
    others: tuple[int, ...] = ()

    @property
    def is_alarm(self) -> bool:
        """Two machines claim to be the same one: a copied disk, or somebody who pretends."""
        return self.how in ("clone", "foreign")


def contradict(one: Marks, other: Marks) -> bool:
    """Whether the hardware of the two cannot be the same: both say it, and differently."""
    return _differs(one.system_uuid, other.system_uuid) or _differs(one.serial, other.serial)


def _differs(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def match(marks: Marks, branch: int, known: Iterable[Known], apart: Iterable[int] = ()) -> Found:
    """The machine that a report of `branch` with these marks is about, among what is `known`.

    `apart` are machines of which a person said that these marks are not theirs. A machine of another branch is never
    taken: whoever holds the key of one branch cannot write about the machines of another.
    """
    rows, parted = list(known), set(apart)
    for how, test in _RULES:
        fitting = [row for row in rows if test(marks, row.marks)]
        if not fitting:
            continue
        machines = tuple(sorted({row.machine for row in fitting} - parted))
        if not machines:
            continue
        if how == "agent" and not any(
            not contradict(marks, row.marks) for row in fitting if row.machine in machines
        ):
            return Found(None, "clone", machines)
        if how == "agent":
            machines = tuple(sorted({r.machine for r in fitting if not contradict(marks, r.marks)} - parted))
        return _judged(how, machines, branch, rows)
    return Found(None, "new")


def _judged(how: str, machines: tuple[int, ...], branch: int, rows: list[Known]) -> Found:
    if len(machines) > 1:
        return Found(None, "several", machines)
    if any(row.machine == machines[0] and row.branch != branch for row in rows):
        return Found(None, "foreign", machines)
    return Found(machines[0], how)


def _same(one: Marks, other: Marks) -> bool:
    return one == other and bool(one.agent_id or one.has_hardware)


def _agent(one: Marks, other: Marks) -> bool:
    return bool(one.agent_id) and one.agent_id == other.agent_id


def _hardware(one: Marks, other: Marks) -> bool:
    return bool(one.serial and one.system_uuid) and (one.serial, one.system_uuid) == (
        other.serial,
        other.system_uuid,
    )


def _serial(one: Marks, other: Marks) -> bool:
    same = (one.serial, one.maker) == (other.serial, other.maker)
    return bool(one.serial and one.maker) and same and not contradict(one, other)


_RULES = (("same", _same), ("agent", _agent), ("hardware", _hardware), ("serial", _serial))
