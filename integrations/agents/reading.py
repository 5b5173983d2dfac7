"""A report's bytes made into facts, JSON and XML alike. Knows neither Django nor the database.

Only the sections we know are kept: processes and environments hold secrets and are thrown away unread. Run as a program
it reads reports for `reader.Reader` in a process of its own, with limits, so that no report can harm the one who waits.
"""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from core import aside
from integrations.agents import wire

SECONDS, MEMORY = 20, 400 * 1024 * 1024  # of the processor; of address space
MOST_SOFTWARE, MOST_ROWS, MOST_TEXT, MOST_DEEP = 20_000, 200, 250, 40
MOST_UPDATES = 100  # of which we tell names; all of them are counted

# What we read: section -> keys. One row where `ONE` has it, else a list of rows.
SECTIONS: dict[str, tuple[str, ...]] = {
    "hardware": ("name", "uuid", "chassis_type", "memory", "lastloggeduser", "workgroup", "description", "vmsystem",
                 "defaultgateway", "osname", "osversion"),
    "bios": ("smanufacturer", "smodel", "ssn", "assettag", "mmanufacturer", "mmodel", "msn", "bversion", "bdate",
             "skunumber"),
    "operatingsystem": ("full_name", "name", "version", "arch", "kernel_version", "install_date", "boot_time", "fqdn"),
    "cpus": ("name", "manufacturer", "core", "thread", "speed"),
    "memories": ("capacity", "type", "speed", "description", "numslots"),
    "storages": ("name", "manufacturer", "model", "disksize", "type", "interface", "serial"),
    "drives": ("letter", "label", "volumn", "type", "filesystem", "total", "free", "systemdrive", "encrypt_status",
               "encrypt_name", "description"),
    "networks": ("description", "mac", "ipaddress", "ipgateway", "status", "type", "virtualdev", "speed"),
    "monitors": ("caption", "manufacturer", "serial", "description"),
    "antivirus": ("name", "company", "version", "enabled", "uptodate", "base_version", "base_creation", "expiration"),
    "firewalls": ("profile", "status", "description"),
    "remote_mgmt": ("id", "type", "version"),
    "databases_services": ("type", "name", "version", "size", "is_active", "is_onbackup", "last_backup_date",
                           "databases"),
    "virtualmachines": ("name", "status", "vmtype", "memory", "vcpu", "uuid"),
}  # fmt: skip
ONE = {"hardware", "bios", "operatingsystem"}
SOFTWARE = ("name", "version", "publisher", "install_date", "arch", "system_category", "from", "guid")
# What XML calls otherwise than JSON.
RENAMED = {
    "serialnumber": "serial",
    "macaddr": "mac",
    "installdate": "install_date",
}
UPDATES = {"security_update", "hotfix", "update"}  # of Windows: told as if they were programs
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TURNED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")  # days first, as agents write it


@dataclass
class Told:
    """What a report says. `trouble` is a value of `enums.Trouble` where it could not be read, else ""."""

    device_id: str = ""
    agent: str = ""
    tag: str = ""
    is_partial: bool = False
    sections: dict[str, Any] = field(default_factory=dict)
    software: list[list[str]] | None = None  # None: not told; name, version, publisher, install date, arch
    updates: dict[str, Any] | None = None  # `count`, `newest` (a date), `names`
    trouble: str = ""
    detail: str = ""


def read(raw: Path, *, limit: int) -> Told:
    """The report in the file `raw`. Never raises for what is in it."""
    try:
        with raw.open("rb") as file:
            return _read(file, limit)
    except wire.Unreadable as problem:
        return Told(trouble=problem.why)
    except MemoryError:
        return Told(trouble="too_hard")


def _read(file: Any, limit: int) -> Told:
    pieces = wire.opened(file, limit=limit)
    first = next(pieces, b"")
    if first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _from_json(b"".join([first, *pieces]))
    return _from_xml(file, limit)


# JSON ------------------------------------------------------------------------------------------------------------


def _from_json(body: bytes) -> Told:
    try:
        said = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as problem:
        return Told(trouble="broken", detail=str(problem)[:200])
    content = said.get("content")
    if not isinstance(content, dict) or said.get("action", "inventory") != "inventory":
        return Told(trouble="no_report")
    told = _told(content)
    told.device_id, told.tag = _text(said.get("deviceid")), _text(said.get("tag")) or told.tag
    told.is_partial = said.get("partial") is True
    told.agent = _text(content.get("versionclient")) or told.agent
    return told


# XML -------------------------------------------------------------------------------------------------------------


def _from_xml(file: Any, limit: int) -> Told:
    """As its own declaration says it is encoded; where its bytes belie that, as Western text, which never fails."""
    for encoding in (None, "iso-8859-1"):
        file.seek(0)
        tree = _Tree(encoding)
        try:
            for piece in wire.opened(file, limit=limit):
                tree.feed(piece)
            return tree.told()
        except expat.ExpatError as problem:
            detail = str(problem)[:200]
        except (LookupError, ValueError) as problem:  # an encoding that nobody knows
            detail = str(problem)[:200]
    return Told(trouble="broken", detail=detail)


class _Tree:
    """Sections as they go by: nothing is kept of those that we do not read. No entities, no document type."""

    def __init__(self, encoding: str | None) -> None:
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._open: list[str] = []
        self._rows: list[dict[str, Any]] = []
        self._text: list[str] = []
        self._content: dict[str, Any] = {}
        self._around: dict[str, str] = {}

    def feed(self, piece: bytes) -> None:
        """The next bytes; control characters, which some agents leave in, are not XML."""
        if piece[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            piece = piece.translate(None, _CONTROLS)
        self._parser.Parse(piece)

    def told(self) -> Told:
        """After the last piece."""
        self._parser.Parse(b"", True)  # noqa: FBT003 - as pyexpat calls it
        if "content" not in self._around or self._around.get("query", "inventory").lower() != "inventory":
            return Told(trouble="no_report")
        told = _told(self._content)
        told.device_id = _text(self._around.get("deviceid"))
        return told

    def _refuse(self, *_declared: Any) -> None:
        raise wire.Unreadable("entities")

    def _start(self, name: str, _attributes: Any) -> None:
        if len(self._open) >= MOST_DEEP:
            raise wire.Unreadable("too_deep")
        self._open.append(name.lower()[:60])
        self._text = []
        if len(self._open) == 2 and self._open[1] == "content":
            self._around["content"] = ""
        if self._is_inside() and len(self._open) >= 3:
            self._rows.append({})

    def _is_inside(self) -> bool:
        """In a section that we read."""
        return len(self._open) >= 3 and self._open[1] == "content" and _section(self._open[2]) in _READ

    def _data(self, data: str) -> None:
        if len(self._text) < 100 and (len(self._open) == 2 or self._is_inside()):
            self._text.append(data[:1000])

    def _end(self, _name: str) -> None:
        if self._is_inside():
            self._close()
        elif len(self._open) == 2:
            self._around.setdefault(self._open[1], "".join(self._text).strip())
        self._open.pop()
        self._text = []

    def _close(self) -> None:
        row, name = self._rows.pop(), self._open[-1]
        value: Any = row or "".join(self._text).strip()
        if len(self._open) == 3:
            _keep(self._content, _section(name), row or ({"": value} if value else {}))
        else:
            _keep(self._rows[-1], RENAMED.get(name, name), value)


def _section(name: str) -> str:
    return "firewalls" if name == "firewall" else name


_READ = {*SECTIONS, "softwares", "accountinfo", "versionprovider", "versionclient"}


def _keep(place: dict[str, Any], name: str, value: Any) -> None:
    """Elements that come again are a list."""
    if name not in place:
        place[name] = value
        return
    if not isinstance(place[name], list):
        place[name] = [place[name]]
    if len(place[name]) < (MOST_SOFTWARE if name == "softwares" else MOST_ROWS):
        place[name].append(value)


# Both ------------------------------------------------------------------------------------------------------------


def _told(content: dict[str, Any]) -> Told:
    told = Told()
    for name, keys in SECTIONS.items():
        if name in content:
            rows = [_row(row, keys) for row in _rows(content[name])[:MOST_ROWS]]
            told.sections[name] = (rows[0] if rows else {}) if name in ONE else [row for row in rows if row]
    if "softwares" in content:
        _tell_software(told, _rows(content["softwares"])[:MOST_SOFTWARE])
    provider = next(iter(_rows(content.get("versionprovider"))), {})
    told.agent = f"{_text(provider.get('name'))} {_text(provider.get('version'))}".strip()
    for account in _rows(content.get("accountinfo")):
        if _text(account.get("keyname")).upper() == "TAG":
            told.tag = _text(account.get("keyvalue"))
    return told


def _rows(said: Any) -> list[dict[str, Any]]:
    return [row for row in (said if isinstance(said, list) else [said]) if isinstance(row, dict)]


def _row(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    named = {RENAMED.get(key, key): value for key, value in row.items() if isinstance(key, str)}
    found: dict[str, Any] = {key: _text(named.get(key)) for key in keys if key != "databases"}
    if "databases" in keys:
        inner = _rows(named.get("databases"))[:MOST_ROWS]
        found["databases"] = [
            _row(each, ("name", "size", "is_active", "is_onbackup", "last_backup_date")) for each in inner
        ]
    return {key: value for key, value in found.items() if value}


def _tell_software(told: Told, rows: list[dict[str, Any]]) -> None:
    """Programs, each once; updates of Windows stand apart, for they are what security asks for."""
    programs: dict[tuple[str, str, str], list[str]] = {}
    updates: list[tuple[str, str]] = []
    for row in (_row(each, SOFTWARE) for each in rows):
        name = row.get("name") or row.get("guid", "")
        installed = date_of(row.get("install_date", ""))
        if row.get("system_category", "") in UPDATES or re.fullmatch(r"KB\d{5,8}", name):
            updates.append((installed, name))
        elif name:
            key = (name, row.get("version", ""), row.get("publisher", ""))
            programs[key] = [*key, installed, row.get("arch", "")]
    told.software = list(programs.values())
    updates.sort(reverse=True)
    newest = next((day for day, _name in updates if day), "")
    named = [[name, day] for day, name in updates[:MOST_UPDATES]]
    told.updates = {"count": len(updates), "newest": newest, "names": named}


def _text(said: Any) -> str:
    """One line of text without what moves or hides other text; "" for what is no text at all."""
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, list) and said and all(isinstance(each, str | int) for each in said):
        said = ", ".join(str(each)[:MOST_TEXT] for each in said[:20])
    if not isinstance(said, str | int | float):
        return ""
    text = " ".join(str(said)[: MOST_TEXT * 4].split())
    return "".join(c for c in text if unicodedata.category(c)[0] != "C" and c != "\ufffd")[:MOST_TEXT].strip()


def date_of(said: str) -> str:
    """The day as YYYY-MM-DD, "" where none can be read."""
    if match := _DATE.search(said):
        year, month, day = match.groups()
    elif match := _TURNED.search(said):
        day, month, year = match.groups()
    else:
        return ""
    if not (1990 <= int(year) <= 2100 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return ""
    return f"{year}-{int(month):02}-{int(day):02}"


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """One question of the parent."""
    return asdict(read(Path(asked["path"]), limit=asked["limit"]))


if __name__ == "__main__":
    aside.serve(answer, seconds=SECONDS, memory=MEMORY)
