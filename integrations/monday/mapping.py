"""A request in the words of the board, and a card in ours. Pure: rows and JSON go in, plain values come out.

Both sides are brought to one canonical form before they are compared: text or None. A date is ISO, hours are a decimal
without needless zeros, a label is our own word for it, a person is their number on monday.com.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.monday.enums import SHARED, Field, Label
from tickets.enums import Kind, Priority, Status

Values = dict[str, str | None]
LONGEST_NAME = 255
UNKNOWN = "?"  # before the id of a label, or a text, that means nothing to us
LABEL_OF = {
    Status.WAITING: Label.WAITING,
    Status.IN_PROGRESS: Label.IN_PROGRESS,
    Status.USER_TESTING: Label.USER_TESTING,
    Status.DONE: Label.DEPLOY,
}
# What the labels of our columns are called on a board that we make.
LABELS: dict[str, dict[str, str]] = {
    Field.STATUS: {str(label): str(label.label) for label in Label},
    Field.PRIORITY: {Priority.HIGH: "High", Priority.MEDIUM: "Medium", Priority.LOW: "Low"},
    Field.KIND: {
        Kind.TROUBLESHOOTING: "Troubleshooting",
        Kind.DATA_UPDATE: "Data update",
        Kind.DEVELOPMENT: "Development",
    },
}


@dataclass(frozen=True)
class Board:
    """What we know of the board: the column of each field, and the label of each of our words."""

    columns: Mapping[str, str]
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def fields(self) -> list[str]:
        """What this board can show: the name of a card always."""
        return [f for f in Field.values if f == Field.TITLE or self.columns.get(f)]

    def column_ids(self) -> list[str]:
        """The columns that are read."""
        return [self.columns[f] for f in self.fields() if f != Field.TITLE]

    def field_of(self, column_id: str) -> str:
        """Our field for a column; "" for one that is none of ours."""
        return next((f for f, column in self.columns.items() if column == column_id), "")

    def word(self, name: str, label_id: Any) -> str | None:
        """Our word for a label, `?id` for one that we do not know, None for no label."""
        if label_id is None:
            return None
        known = self.labels.get(name, {})
        return next(
            (word for word, number in known.items() if str(number) == str(label_id)), f"{UNKNOWN}{label_id}"
        )


@dataclass(frozen=True)
class Card:
    """An item as it stands there. `people` is the whole cell of the assignee, teams and agents among them."""

    id: str
    name: str
    state: str
    values: Values
    people: list[dict[str, str]]
    changed: dict[str, str]  # our field -> when its column changed, where the column says so
    changed_at: str
    creator_id: str
    url: str

    @property
    def is_there(self) -> bool:
        """Neither archived nor deleted."""
        return self.state in ("", "active")

    @property
    def key(self) -> str | None:
        """The number of the request that it shows, if any."""
        return self.values.get(Field.KEY)


# Ours --------------------------------------------------------------------------------------------------------------


def ours(ticket: Any, *, board: Board, people: Mapping[int, str], base_url: str) -> Values:
    """What the card of `ticket` should show. `people` are numbers on monday.com by the keys of our users."""
    accepted = ticket.accepted_by_id is not None
    shown: Values = {
        Field.TITLE: text(ticket.title),
        Field.STATUS: LABEL_OF.get(ticket.status) if accepted else None,
        Field.PRIORITY: ticket.priority or None,
        Field.ESTIMATE: hours(ticket.estimate_hours),
        Field.START: day(ticket.start_date),
        Field.FINISH: day(ticket.finish_date),
        Field.ASSIGNEE: people.get(ticket.assignee_id or 0),
        Field.REQUESTER: text(str(ticket.requester)),
        Field.BRANCH: text(str(ticket.branch)),
        Field.KIND: ticket.kind,
        Field.LINK: f"{base_url.rstrip('/')}{ticket.url}",
        Field.KEY: ticket.number,
    }
    return {name: shown[Field(name)] for name in board.fields()}


def written(
    values: Mapping[str, str | None], *, board: Board, key: str, people: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """`values` as `change_multiple_column_values` and `create_item` take them, by column; the name under "name".

    `people` is the whole new cell of the assignee: a write replaces everybody in it.
    """
    sent = {}
    for name, value in values.items():
        if name == Field.TITLE:
            sent["name"] = (value or key)[:LONGEST_NAME]
        elif column := board.columns.get(name):
            sent[column] = _cell(name, value, board=board, key=key, people=people)
    return sent


def _cell(
    name: str, value: str | None, *, board: Board, key: str, people: Sequence[Mapping[str, str]]
) -> Any:
    if name == Field.ASSIGNEE:
        cell = [{"id": int(p["id"]), "kind": p["kind"]} for p in people]
        return {"personsAndTeams": cell} if cell else None
    if value is None:
        return None
    if name in board.labels:
        number = board.labels[name].get(value)
        return None if number is None else {"index": int(number)}
    if name in (Field.START, Field.FINISH):
        return {"date": value}
    if name == Field.LINK:
        return {"url": value, "text": key}
    return value


def cell_of(
    person: str | None, *, before: str | None, cell: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """The people of the cell when the assignee becomes `person`: everybody else in it, and teams, stay."""
    kept = [dict(p) for p in cell if not (p["kind"] == "person" and p["id"] in (before, person))]
    return ([{"id": person, "kind": "person"}] if person else []) + kept


# Theirs ------------------------------------------------------------------------------------------------------------


def card(
    item: Any,
    *,
    board: Board,
    base: Mapping[str, str | None] | None = None,
    others: Sequence[Mapping[str, str]] = (),
) -> Card:
    """An item (`operations.Item`) in our words. `base` and `others` say whom we know in the cell of the assignee."""
    cells, base = item.values, base or {}
    values: Values = {}
    changed: dict[str, str] = {}
    people: list[dict[str, str]] = []
    for name in board.fields():
        if name == Field.TITLE:
            values[name] = text(item.name)
            continue
        cell = cells.get(board.columns[name])
        if cell is None:
            continue  # the column is gone: nothing is known of it, so nothing is concluded from it
        if cell.get("updated_at"):
            changed[name] = str(cell["updated_at"])
        if name == Field.ASSIGNEE:
            people = _people(cell)
            values[name] = assignee(people, before=base.get(name), others=others)
        else:
            values[name] = _read(name, cell, board)
    return Card(
        id=item.id, name=item.name, state=item.state, values=values, people=people, changed=changed,
        changed_at=item.updated_at, creator_id=item.creator_id, url=item.url,
    )  # fmt: skip


def _read(name: str, cell: Mapping[str, Any], board: Board) -> str | None:
    if name in board.labels:
        return board.word(name, cell.get("index"))
    if name == Field.ESTIMATE:
        return _number(cell)
    if name in (Field.START, Field.FINISH):
        return day(cell.get("date"))
    if name == Field.LINK:
        return text(cell.get("url"))
    return text(cell.get("text"))


def _number(cell: Mapping[str, Any]) -> str | None:
    told = cell.get("number")
    if told is None:
        return None
    try:
        return hours(Decimal(str(told)))
    except InvalidOperation:
        return f"{UNKNOWN}{told}"


def _people(cell: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"id": str(p["id"]), "kind": str(p.get("kind") or "person")}
        for p in cell.get("persons_and_teams") or []
    ]


UNTOLD = object()  # a message does not say, or not in a way that we know, which value the field got


def told(
    name: str,
    value: Any,
    *,
    board: Board,
    base: Mapping[str, str | None],
    others: Sequence[Mapping[str, str]],
) -> Any:
    """The value that a message says a field got, in our form; UNTOLD where it does not say."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return UNTOLD
    if name in board.labels:
        label = value.get("label")
        return board.word(name, label.get("index")) if isinstance(label, Mapping) else UNTOLD
    if name == Field.ESTIMATE:
        return _number({"number": value["value"]}) if "value" in value else UNTOLD
    if name in (Field.START, Field.FINISH):
        return day(value.get("date"))
    if name == Field.ASSIGNEE:
        cell = _people({"persons_and_teams": value.get("personsAndTeams")})
        return assignee(cell, before=base.get(name), others=others)
    return UNTOLD


def assignee(
    people: Sequence[Mapping[str, str]], *, before: str | None, others: Sequence[Mapping[str, str]]
) -> str | None:
    """Who of a cell is meant: whoever it was before, else the one who was not there; `?` and ids if that is unclear."""
    persons = [p["id"] for p in people if p["kind"] == "person"]
    if before in persons:
        return before
    known = {p["id"] for p in others if p["kind"] == "person"}
    new = [p for p in persons if p not in known]
    if len(new) == 1:
        return new[0]
    if before is None and not new:
        return None  # others stand there, none of whom we put there
    return f"{UNKNOWN}{','.join(sorted(new))}" if new else None


def others_of(people: Sequence[Mapping[str, str]], person: str | None) -> list[dict[str, str]]:
    """Who else is in the cell."""
    return [dict(p) for p in people if not (p["kind"] == "person" and p["id"] == person)]


# As people read it -------------------------------------------------------------------------------------------------


def shown(name: str, value: str | None) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    return LABELS.get(name, {}).get(value, value)


def told_of(name: str, value: str | None) -> str:
    """A value for those who look after the mirror: what is ours alone they need not read, they may see no request."""
    return shown(name, value) if name in SHARED else "…"


# Canonical forms ---------------------------------------------------------------------------------------------------


def text(value: Any) -> str | None:
    """Text as both sides keep it: composed, on one line, cut; None for nothing."""
    plain = " ".join(unicodedata.normalize("NFC", str(value or "")).split())
    return plain[:LONGEST_NAME].rstrip() or None


def hours(value: Any) -> str | None:
    """Hours with at most two places and no needless zeros."""
    if value is None:
        return None
    number = Decimal(value).quantize(Decimal("0.01"))
    return format(number.normalize(), "f") if number else "0"


def day(value: Any) -> str | None:
    """A date in ISO form, None for none; `?` before what is none."""
    if not value:
        return None
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return f"{UNKNOWN}{value}"
