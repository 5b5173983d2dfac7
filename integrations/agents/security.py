"""What is in order on a machine and what is not (SOP-B4.2.2), from what its agent told. Pure: no queries, no clock.

What an agent does not tell is neither right nor wrong: it is told apart, so that silence never looks like safety.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from integrations.agents.reading import date_of

FINE, WRONG, UNTOLD, NOTED = "fine", "wrong", "untold", "noted"
OLDEST_SIGNATURES, OLDEST_UPDATE, OLDEST_BACKUP = 14, 45, 2  # days
_PORTABLE = re.compile(
    r"laptop|notebook|portable|tablet|convertible|detachable|sub ?notebook|hand ?held", re.IGNORECASE
)
_REMOTE = re.compile(
    r"\b(anydesk|teamviewer|rustdesk|ultraviewer|ammyy|supremo|meshagent|tacticalrmm|dwagent|splashtop|logmein|"
    r"radmin|ultravnc|tightvnc|realvnc|screenconnect|connectwise control|aeroadmin|parsec|chrome remote desktop)\b",
    re.IGNORECASE,
)
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Check:
    """One question and its answer. `about` names the thing where there may be several; `facts` fill the sentence."""

    kind: str
    verdict: str
    about: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def checks(facts: dict[str, Any], *, today: date, allowed: Iterable[str] = ()) -> list[Check]:
    """Everything that is asked of a machine with these sections; `allowed` are remote tools that IT uses itself."""
    return [
        *_antivirus(facts, today),
        *_firewall(facts),
        *_encryption(facts),
        *_updates(facts, today),
        *_remote(facts, {word.lower() for word in allowed}),
        *_databases(facts, today),
    ]


def is_windows(facts: dict[str, Any]) -> bool:
    """By the name of its operating system."""
    system, hardware = facts.get("operatingsystem", {}), facts.get("hardware", {})
    return (
        "windows"
        in f"{system.get('full_name', '')} {system.get('name', '')} {hardware.get('osname', '')}".lower()
    )


def _antivirus(facts: dict[str, Any], today: date) -> Iterator[Check]:
    programs = facts.get("antivirus")
    if not programs:
        missing = is_windows(facts) and programs is not None
        yield Check("antivirus_missing" if missing else "antivirus", WRONG if missing else UNTOLD)
        return
    running = [each for each in programs if each.get("enabled", "").lower() in _YES]
    names = ", ".join(each.get("name", "?") for each in running or programs)[:200]
    if not running:
        yield Check("antivirus_off", WRONG, facts={"name": names})
        return
    if all(_is_old(each, today) for each in running):
        newest = max((date_of(each.get("base_creation", "")) for each in running), default="")
        yield Check("antivirus_old", WRONG, facts={"name": names, "day": newest or "?"})
        return
    yield Check("antivirus", FINE, facts={"name": names})


def _is_old(program: dict[str, Any], today: date) -> bool:
    if program.get("uptodate", "").lower() in _NO:
        return True
    age = _age(program.get("base_creation", ""), today)
    return age is not None and age > OLDEST_SIGNATURES


def _firewall(facts: dict[str, Any]) -> Iterator[Check]:
    profiles = facts.get("firewalls")
    if not profiles:
        yield Check("firewall", UNTOLD)
        return
    off = [each for each in profiles if each.get("status", "").lower() in _NO]
    if off:
        names = ", ".join(each.get("profile", "") for each in off if each.get("profile"))[:200]
        yield Check("firewall_off", WRONG, facts={"name": names or "-"})
    else:
        yield Check("firewall", FINE)


def _encryption(facts: dict[str, Any]) -> Iterator[Check]:
    """A portable machine gets lost: its disks are encrypted. Of others it is only told."""
    told = [each for each in facts.get("drives", []) if each.get("encrypt_status")]
    if not told:
        yield Check("encryption", UNTOLD)
        return
    is_portable = bool(_PORTABLE.search(facts.get("hardware", {}).get("chassis_type", "")))
    plain = [each for each in told if each["encrypt_status"].lower() not in _YES]
    for drive in plain:
        name = (drive.get("letter") or drive.get("volumn") or drive.get("type") or "?")[:60]
        yield Check("unencrypted", WRONG if is_portable else NOTED, name, {"name": name})
    if not plain:
        yield Check("encryption", FINE)


def _updates(facts: dict[str, Any], today: date) -> Iterator[Check]:
    told = facts.get("updates") or {}
    if not told.get("count"):
        yield Check("updates", UNTOLD)
        return
    age = _age(told.get("newest", ""), today)
    if age is None:
        yield Check("updates", UNTOLD)
    elif age > OLDEST_UPDATE:
        yield Check("updates_old", WRONG, facts={"day": told["newest"]})
    else:
        yield Check("updates", FINE, facts={"day": told["newest"]})


def _remote(facts: dict[str, Any], allowed: set[str]) -> Iterator[Check]:
    """Programs by which somebody outside sees and moves the screen."""
    told = {
        each.get("type", "").lower(): each.get("type", "")
        for each in facts.get("remote_mgmt", [])
        if each.get("type")
    }
    for name in facts.get("remote_software", []):
        told.setdefault(name.lower(), name)
    for key, name in sorted(told.items())[:20]:
        yield Check("remote_tool", NOTED if key in allowed else WRONG, key[:60], {"name": name[:60]})
    if not told:
        yield Check("remote", FINE)


def remote_software(names: Iterable[str]) -> list[str]:
    """The remote tools among installed programs: older agents list them nowhere else."""
    found = {match.group(1).lower() for name in names if (match := _REMOTE.search(name))}
    return sorted(found)


def _databases(facts: dict[str, Any], today: date) -> Iterator[Check]:
    services = [
        each
        for each in facts.get("databases_services", [])
        if each.get("is_active", "true").lower() not in _NO
    ]
    for service in services[:20]:
        name = " ".join(filter(None, [service.get("type"), service.get("name")]))[:60] or "?"
        yield _backup(name, service, today)


def _backup(name: str, service: dict[str, Any], today: date) -> Check:
    inner = [service, *service.get("databases", [])]
    days = [day for each in inner if (day := date_of(each.get("last_backup_date", "")))]
    age = _age(max(days), today) if days else None
    if age is not None and age <= OLDEST_BACKUP:
        return Check("backup", FINE, name, {"name": name, "day": max(days)})
    if age is not None:
        return Check("backup_old", WRONG, name, {"name": name, "day": max(days)})
    if any(each.get("is_onbackup", "").lower() in _NO for each in inner):
        return Check("backup_missing", WRONG, name, {"name": name})
    return Check("backup", UNTOLD, name, {"name": name})


def _age(said: str, today: date) -> int | None:
    """Days since then; None where no day is told, 0 for days to come."""
    day = date_of(said)
    try:
        return max(0, (today - date.fromisoformat(day)).days) if day else None
    except ValueError:  # the 31st of February
        return None
