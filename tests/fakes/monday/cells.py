"""What a column takes and what it gives: the traps of monday.com's column values, each as documented."""

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

TYPES = {
    "status": "StatusValue",
    "date": "DateValue",
    "numbers": "NumbersValue",
    "people": "PeopleValue",
    "link": "LinkValue",
    "text": "TextValue",
    "long_text": "LongTextValue",
    "email": "EmailValue",
    "dropdown": "DropdownValue",
}
EMPTY_LABEL = 5  # the id under which the grey label of an empty status is known


class Mistake(Exception):
    """What monday.com answers instead: its code and its words."""

    def __init__(self, code: str, message: str, *, status: int = 200, **facts: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.facts = code, message, status, facts


@dataclass
class Label:
    """One label of a status or dropdown column; `index` is only its place."""

    id: int
    label: str
    color: str = "american_gray"
    index: int = 0
    is_deactivated: bool = False
    is_done: bool = False


@dataclass
class Column:
    """One column; its revision changes with its labels."""

    id: str
    title: str
    type: str
    description: str = ""
    archived: bool = False
    labels: list[Label] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    changes: int = 0

    @property
    def revision(self) -> str:
        """What whoever changes labels must name."""
        return f"r{self.changes}"

    def told(self) -> dict[str, Any]:
        """As the API tells it."""
        settings = dict(self.settings)
        if self.type in ("status", "dropdown"):
            settings["labels"] = [vars(label) for label in self.labels]
        return {
            "__typename": "Column", "id": self.id, "title": self.title, "description": self.description,
            "type": self.type, "archived": self.archived, "settings": settings, "revision": self.revision,
        }  # fmt: skip

    def label(self, label_id: int | None) -> Label | None:
        """The label with this id."""
        return next((label for label in self.labels if label.id == label_id), None)


def stored(column: Column, raw: Any, people: set[str], *, may_add: bool = False) -> Any:
    """What is kept of a value that somebody writes; None is empty. Raises Mistake."""
    if raw is None:
        return None
    if column.type not in _STORED:
        raise _wrong(column, "This column type cannot be written")
    return _STORED[column.type](column, raw, people, may_add)


def _wrong(column: Column, why: str) -> Mistake:
    return Mistake(
        "ColumnValueException", f"invalid value, {why}", column_id=column.id, column_type=column.type
    )


def _status(column: Column, raw: Any, people: set[str], may_add: bool) -> int | None:
    if not isinstance(raw, dict):
        raise _wrong(column, "a status is an object")
    if not raw:
        return None
    wanted = raw.get("index", raw.get("label"))
    found = None
    if str(wanted).isdigit():  # a label that looks like a number is taken for an id, as there
        found = column.label(int(wanted))
    elif "label" in raw:
        found = next((one for one in column.labels if one.label == wanted and not one.is_deactivated), None)
        if found is None and may_add:
            found = Label(max([one.id for one in column.labels], default=-1) + 1, str(wanted)[:30])
            column.labels.append(found)
            column.changes += 1
    if found is None or found.is_deactivated:
        raise _wrong(column, f"this status label doesn't exist: {wanted}")
    return found.id


def _numbers(column: Column, raw: Any, people: set[str], may_add: bool) -> Decimal | None:
    if raw == "":
        return Decimal(0)  # only null clears
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise _wrong(column, "not a number") from None
    if not number.is_finite():
        raise _wrong(column, "not a number")
    return number


def _date(column: Column, raw: Any, people: set[str], may_add: bool) -> tuple[str, str] | None:
    if not isinstance(raw, dict):
        raise _wrong(column, "a date is an object")
    if not raw.get("date"):
        return None
    try:
        day = date.fromisoformat(raw["date"])
        at = time.fromisoformat(raw["time"]) if raw.get("time") else None
    except (ValueError, TypeError):
        raise _wrong(column, "not a date") from None
    return day.isoformat(), at.isoformat() if at else ""


def _people(column: Column, raw: Any, people: set[str], may_add: bool) -> tuple[tuple[str, str], ...] | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("personsAndTeams", []), list):
        raise _wrong(column, "people are an object")
    found = []
    for one in raw.get("personsAndTeams", []):
        who, kind = str(one.get("id")), one.get("kind", "person")
        if kind not in ("person", "team", "agent") or (kind == "person" and who not in people):
            raise _wrong(column, f"no such user: {who}")
        found.append((who, kind))
    return tuple(dict.fromkeys(found)) or None


def _link(column: Column, raw: Any, people: set[str], may_add: bool) -> tuple[str, str] | None:
    if not isinstance(raw, dict):
        raise _wrong(column, "a link is an object")
    if not raw:
        return None
    if not re.match(r"https?://", str(raw.get("url"))):
        raise _wrong(column, "a link needs its scheme")
    return raw["url"], raw.get("text") or ""


def _text(column: Column, raw: Any, people: set[str], may_add: bool) -> str | None:
    if not isinstance(raw, str):
        raise _wrong(column, "not a text")
    return raw or None


def _long_text(column: Column, raw: Any, people: set[str], may_add: bool) -> str | None:
    text = raw.get("text") if isinstance(raw, dict) else raw
    if text is not None and (not isinstance(text, str) or len(text) > 2000):
        raise _wrong(column, "a long text has 2000 characters at the most")
    return text or None


def _email(column: Column, raw: Any, people: set[str], may_add: bool) -> tuple[str, str] | None:
    if not isinstance(raw, dict) or "@" not in str(raw.get("email", "@")):
        raise _wrong(column, "not an e-mail address")
    return (raw["email"], raw.get("text") or raw["email"]) if raw.get("email") else None


def _dropdown(column: Column, raw: Any, people: set[str], may_add: bool) -> tuple[int, ...] | None:
    if not isinstance(raw, dict):
        raise _wrong(column, "a dropdown is an object")
    ids = {int(one) for one in raw.get("ids", [])}
    for text in raw.get("labels", []):
        found = next((one for one in column.labels if one.label == text), None)
        if found is None:
            raise _wrong(column, f"this dropdown label doesn't exist: {text}")
        ids.add(found.id)
    if not ids <= {one.id for one in column.labels}:
        raise _wrong(column, "this dropdown label doesn't exist")
    return tuple(sorted(ids)) or None


_STORED = {
    "status": _status, "date": _date, "numbers": _numbers, "people": _people, "link": _link, "text": _text,
    "long_text": _long_text, "email": _email, "dropdown": _dropdown,
}  # fmt: skip


def told(column: Column, kept: Any, at: datetime | None, names: dict[str, str]) -> dict[str, Any]:
    """One cell as the API tells it."""
    moment = instant(at) if at else None
    cell = {
        "__typename": TYPES.get(column.type, "TextValue"),
        "id": column.id,
        "type": column.type,
        "updated_at": moment,
    }
    text, value, rest = _TOLD[column.type](column, kept, names) if column.type in _TOLD else ("", None, {})
    stamp = {"changed_at": moment} if isinstance(value, dict) else {}
    shown = None if value is None else json.dumps(value | stamp if stamp else value)
    return cell | {"text": text, "value": shown} | rest


def _told_status(column: Column, kept: Any, names: dict[str, str]) -> Any:
    label = column.label(kept)
    rest = {
        "index": kept,
        "label": label.label if label else None,
        "is_done": label.is_done if label else None,
    }
    return rest["label"], None if kept is None else {"index": kept, "post_id": None}, rest


def _told_date(column: Column, kept: Any, names: dict[str, str]) -> Any:
    day, at = kept or ("", "")
    value = {"date": day, "icon": None} | ({"time": at} if at else {}) if kept else None
    return f"{day} {at[:5]}".strip(), value, {"date": day, "time": at}


def _told_numbers(column: Column, kept: Any, names: dict[str, str]) -> Any:
    if kept is None:
        return "", None, {"number": None}
    short = f"{kept.normalize():f}"
    return short, f"{kept:f}", {"number": float(kept)}


def _told_people(column: Column, kept: Any, names: dict[str, str]) -> Any:
    found = [{"__typename": "PeopleEntity", "id": who, "kind": kind} for who, kind in kept or ()]
    value = {"personsAndTeams": [{"id": int(who), "kind": kind} for who, kind in kept]} if kept else None
    return ", ".join(names.get(who, "?") for who, _kind in kept or ()), value, {"persons_and_teams": found}


def _told_link(column: Column, kept: Any, names: dict[str, str]) -> Any:
    url, text = kept or (None, None)
    shown = f"{text} - {url}" if text else url or ""
    return shown, {"url": url, "text": text} if kept else None, {"url": url, "url_text": text}


def _told_text(column: Column, kept: Any, names: dict[str, str]) -> Any:
    return kept or "", kept, {}


def _told_long_text(column: Column, kept: Any, names: dict[str, str]) -> Any:
    return kept or "", {"text": kept} if kept else None, {}


def _told_email(column: Column, kept: Any, names: dict[str, str]) -> Any:
    address, label = kept or (None, None)
    return (
        label or "",
        {"email": address, "text": label} if kept else None,
        {"email": address, "label": label},
    )


def _told_dropdown(column: Column, kept: Any, names: dict[str, str]) -> Any:
    chosen = [column.label(one) for one in kept or ()]
    values = [
        {"__typename": "DropdownValueOption", "id": one.id, "label": one.label} for one in chosen if one
    ]
    text = ", ".join(one["label"] for one in values) or None
    return text, {"ids": list(kept)} if kept else None, {"values": values}


_TOLD = {
    "status": _told_status, "date": _told_date, "numbers": _told_numbers, "people": _told_people, "link": _told_link,
    "text": _told_text, "long_text": _told_long_text, "email": _told_email, "dropdown": _told_dropdown,
}  # fmt: skip


def instant(at: datetime) -> str:
    """An instant as monday.com writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
