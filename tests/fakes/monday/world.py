"""What lies at monday.com: boards, items, people; what the API and people do with it, each act an event."""

import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from tests.fakes.monday import cells
from tests.fakes.monday.cells import Column, Label, Mistake, instant

MOST_ITEMS = 10_000  # of a board
CURSOR_LIVES = timedelta(minutes=60)
PAGE_LIMIT, IDS_LIMIT = 500, 100
INTERNAL = {"status": "color", "people": "multiple-person", "numbers": "numeric", "long_text": "long-text"}


@dataclass(frozen=True)
class Person:
    """A user of the account."""

    id: str
    name: str
    email: str


@dataclass
class Item:
    """One item; `values` as `cells.stored` gives them."""

    id: str
    name: str
    group: str
    creator: str
    created_at: datetime
    updated_at: datetime
    state: str = "active"
    values: dict[str, Any] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    previous: "tuple[datetime, str, dict[str, Any]] | None" = None  # as it was before the last change
    shown: dict[str, Any] = field(default_factory=dict)  # cells, made when first asked for


@dataclass
class Board:
    """One board."""

    id: str
    name: str
    state: str = "active"
    hierarchy: str = "classic"
    columns: list[Column] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)  # the oldest first

    def column(self, column_id: str) -> Column | None:
        """The column, unless it was put away."""
        return next((c for c in self.columns if c.id == column_id and not c.archived), None)

    def there(self, column_id: str) -> Column:
        """The column, which is there."""
        found = self.column(column_id)
        assert found
        return found

    def active(self) -> list[Item]:
        """Its items, in their order."""
        return [item for item in self.items.values() if item.state == "active"]


@dataclass
class Hook:
    """A subscription."""

    id: str
    board: str
    url: str
    event: str
    token: str
    config: str | None


class World:
    """Everything, behind the lock of the server. `happened(event, board, payload)` is told of each act."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.boards: dict[str, Board] = {}
        self.people: dict[str, Person] = {}
        self.hooks: dict[str, Hook] = {}
        self.where: dict[str, Board] = {}  # item id -> its board
        self.cursors: dict[str, tuple[str, list[str], datetime]] = {}
        self.search_lag = self.read_lag = (
            timedelta()
        )  # search and reading show things as they were so long ago
        self.happened: Callable[[str, Board, dict[str, Any]], None] = lambda event, board, payload: None
        self.automations: list[Callable[[Board, Item, str, str], None]] = []  # (board, item, column, who)
        self._numbers = itertools.count(9_000_000_001, 7)
        self._running = False

    def number(self) -> str:
        """A new id, larger than all before and than 32 bits."""
        return str(next(self._numbers))

    # People and their acts -------------------------------------------------------------------------------------

    def add_person(self, name: str, email: str = "") -> Person:
        """A user of the account."""
        person = Person(str(40_000_000 + len(self.people)), name, email or f"{name.lower()}@kumala.example")
        self.people[person.id] = person
        return person

    def by(self, person: Person) -> "Acts":
        """What this person does at the board itself."""
        return Acts(self, person.id)

    # Reading ----------------------------------------------------------------------------------------------------

    def boards_of(
        self,
        ids: list[str] | None = None,
        limit: int = 25,
        page: int = 1,
        state: str = "active",
        **_order: Any,
    ) -> Any:
        """boards"""
        found = [
            b for b in self.boards.values() if (ids is None or b.id in ids) and state in ("all", b.state)
        ]
        return [self.shown_board(board) for board in found[(page - 1) * limit : page * limit]]

    def shown_board(self, board: Board) -> dict[str, Any]:
        """A board as the API tells it."""

        def columns(ids: list[str] | None = None) -> Any:
            return [c.told() for c in board.columns if not c.archived and (ids is None or c.id in ids)]

        def groups(ids: list[str] | None = None) -> Any:
            shown = [group for group in board.groups if ids is None or group in ids]
            return [shown_group(board, group) for group in shown]

        def items_page(limit: int = 25, cursor: str | None = None, query_params: Any = None) -> Any:
            if cursor:
                return self.next_items_page(cursor, limit)
            return self._walk(board, self._chosen(board, query_params or {}), limit)

        return {
            "__typename": "Board", "id": board.id, "name": board.name, "state": board.state,
            "permissions": "everyone", "hierarchy_type": board.hierarchy, "board_kind": "private",
            "items_count": lambda: len(board.active()), "url": f"https://kumala.monday.com/boards/{board.id}",
            "columns": columns, "groups": groups, "items_page": items_page,
            "activity_logs": lambda **asked: self._logged(board, **asked),
        }  # fmt: skip

    def _logged(
        self,
        board: Board,
        *,
        column_ids: Any = None,
        item_ids: Any = None,
        user_ids: Any = None,
        limit: int = 25,
        page: int = 1,
        **when: Any,
    ) -> Any:
        """Lines of the log, the newest first."""
        since, until = (when.get(name) and datetime.fromisoformat(when[name]) for name in ("from", "to"))
        found = [
            line for line in reversed(board.log)
            if (column_ids is None or line["about"][1] in column_ids)
            and (item_ids is None or line["about"][0] in item_ids)
            and (user_ids is None or line["user_id"] in user_ids)
            and (since is None or line["at"] >= since) and (until is None or line["at"] <= until)
        ]  # fmt: skip
        return found[(page - 1) * limit : page * limit]

    def _chosen(self, board: Board, query: dict[str, Any]) -> list[Item]:
        found = [item for item in board.active() if not query.get("ids") or item.id in query["ids"]]
        for order in query.get("order_by") or []:
            if order["column_id"] != "__last_updated__":
                raise Mistake("InvalidColumnIdException", "Only __last_updated__ is sorted by here.")
            found.sort(key=lambda item: item.updated_at, reverse=order.get("direction") == "desc")
        return found

    def _walk(self, board: Board, found: list[Item], limit: int) -> Any:
        return self._page(board.id, [item.id for item in found], limit, self.now())

    def _page(self, board: str, ids: list[str], limit: int, begun: datetime) -> dict[str, Any]:
        if not 1 <= limit <= PAGE_LIMIT:
            raise Mistake("InvalidArgumentException", f"limit must be between 1 and {PAGE_LIMIT}")
        now, rest, cursor = ids[:limit], ids[limit:], None
        if rest:
            cursor = uuid.uuid4().hex
            self.cursors[cursor] = (board, rest, begun)
        there = self.boards[board].items
        shown = [self.shown_item(there[one]) for one in now if one in there and there[one].state == "active"]
        return {"__typename": "ItemsResponse", "cursor": cursor, "items": shown}

    def next_items_page(self, cursor: str, limit: int = 25) -> Any:
        """next_items_page"""
        board, ids, begun = self.cursors.get(cursor, ("", [], self.now() - CURSOR_LIVES))
        if self.now() - begun >= CURSOR_LIVES:
            raise Mistake(
                "CursorExpiredError", "The cursor provided for pagination has expired. Begin again."
            )
        return self._page(board, ids, limit, begun)

    def by_column_values(
        self, board_id: str, columns: Any = None, cursor: str | None = None, limit: int = 25
    ) -> Any:
        """items_page_by_column_values: whole values, capitals do not count, and a little behind."""
        if cursor and columns:
            raise Mistake("InvalidArgumentException", "columns and cursor cannot be used together")
        if cursor:
            return self.next_items_page(cursor, limit)
        board = self._board(board_id)
        found = [item for item in board.active() if item.created_at <= self.now() - self.search_lag]
        for asked in columns or []:
            column = self._column(board, asked["column_id"])
            wanted = {(value or "").lower() for value in asked["column_values"]}
            found = [item for item in found if (self._text(column, item) or "").lower() in wanted]
        return self._walk(board, found, limit)

    def _text(self, column: Column, item: Item) -> str:
        return str(cells.told(column, item.values.get(column.id), None, {})["text"] or "")

    def items(
        self, ids: list[str] | None = None, limit: int = 25, page: int = 1, exclude_nonactive: bool = False
    ) -> Any:
        """items"""
        if ids is None:
            raise Mistake("InvalidArgumentException", "ids are wanted")
        if len(ids) > IDS_LIMIT:
            raise Mistake("InvalidArgumentException", f"at most {IDS_LIMIT} ids")
        there = [self.where[one].items[one] for one in dict.fromkeys(ids) if one in self.where]
        found = [item for item in there if item.state == "active" or not exclude_nonactive]
        return [self.shown_item(item) for item in found[(page - 1) * limit : page * limit]]

    def shown_item(self, item: Item) -> dict[str, Any]:
        """An item as the API tells it, perhaps as it was a moment ago."""
        board, name, values = self.where[item.id], item.name, item.values
        is_stale = bool(item.previous and self.read_lag and self.now() - item.previous[0] < self.read_lag)
        if is_stale and item.previous:
            name, values = item.previous[1], item.previous[2]

        def column_values(ids: list[str] | None = None) -> Any:
            chosen = [c for c in board.columns if c.type in cells.TYPES and not c.archived]
            chosen = [c for c in chosen if ids is None or c.id in ids]
            return [self._cell(item, column, values, is_stale) for column in chosen]

        def updates(limit: int = 25, page: int = 1) -> Any:
            return list(reversed(item.updates))[(page - 1) * limit : page * limit]

        return {
            "__typename": "Item", "id": item.id, "name": name, "state": item.state,
            "created_at": instant(item.created_at), "updated_at": instant(item.updated_at),
            "url": f"https://kumala.monday.com/boards/{board.id}/pulses/{item.id}", "creator_id": item.creator,
            "column_values": column_values, "updates": updates, "group": shown_group(board, item.group),
            "board": lambda: self.shown_board(board),
        }  # fmt: skip

    def _cell(self, item: Item, column: Column, values: dict[str, Any], is_stale: bool) -> dict[str, Any]:
        key = f"{column.id} {column.revision}"
        if is_stale or key not in item.shown:
            names = {one.id: one.name for one in self.people.values()} if column.type == "people" else {}
            made = cells.told(column, values.get(column.id), item.changed_at.get(column.id), names)
            if is_stale:
                return made
            item.shown[key] = made
        shown: dict[str, Any] = item.shown[key]
        return shown

    def users(self, ids: Any = None, emails: Any = None, limit: int = 200, page: int = 1) -> Any:
        """users"""
        if limit > 1000:
            raise Mistake("InvalidArgumentException", "limit must be 1000 at the most")
        wanted = {address.lower() for address in emails} if emails is not None else None
        found = [
            {"__typename": "User", **vars(one)} for one in self.people.values()
            if (ids is None or one.id in ids) and (wanted is None or one.email.lower() in wanted)
        ]  # fmt: skip
        return found[(page - 1) * limit : page * limit]

    # Finding, or the words of the API ---------------------------------------------------------------------------

    def _board(self, board_id: str) -> Board:
        board = self.boards.get(board_id)
        if board is None or board.state != "active":
            raise Mistake("InvalidBoardIdException", f"Board {board_id} does not exist", board_id=board_id)
        return board

    def _column(self, board: Board, column_id: str) -> Column:
        column = board.column(column_id)
        if column is None:
            raise Mistake(
                "InvalidColumnIdException", f"This column ID doesn't exist: {column_id}", column_id=column_id
            )
        return column

    def _item(self, item_id: str | None, *, board: str | None = None) -> tuple[Board, Item]:
        found = self.where.get(item_id or "")
        if found is None or (board is not None and found.id != board) or found.state != "active":
            raise Mistake("ResourceNotFoundException", f"Item {item_id} not found", item_id=item_id)
        item = found.items[item_id or ""]
        if item.state != "active":
            raise Mistake("ResourceNotFoundException", f"Item {item_id} is {item.state}", item_id=item_id)
        return found, item

    # Writing ----------------------------------------------------------------------------------------------------

    def make_board(self, name: str, *, hierarchy: str = "classic") -> Board:
        """A board with nothing but the column of names and one group."""
        board = Board(self.number(), name, hierarchy=hierarchy)
        board.groups["topics"] = "Group Title"
        board.columns.append(Column("name", "Name", "name"))
        self.boards[board.id] = board
        return board

    def make_column(
        self, board: Board, column_id: str | None, title: str, kind: str, defaults: Any = None, description: str = ""
    ) -> Column:  # fmt: skip
        """A column of this type; labels of a status in `defaults`."""
        if isinstance(defaults, str):
            defaults = json.loads(defaults)
        column_id = column_id or f"{kind}_{uuid.uuid4().hex[:8]}"
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", column_id) or any(
            c.id == column_id for c in board.columns
        ):
            raise Mistake("InvalidColumnIdException", f"Column id {column_id} is taken or has a wrong form")
        column = Column(column_id, title, kind, description)
        column.labels = _labels((defaults or {}).get("labels"), []) if kind in ("status", "dropdown") else []
        column.settings = {name: value for name, value in (defaults or {}).items() if name != "labels"}
        board.columns.append(column)
        return column

    def make_group(self, board: Board, title: str) -> str:
        """A group; its id."""
        group = f"group_{uuid.uuid4().hex[:8]}"
        board.groups[group] = title[:255]
        return group

    def set_labels(self, board: Board, column: Column, revision: str, labels: Any) -> None:
        """All labels anew, by whoever has seen the newest ones."""
        if revision != column.revision:
            raise Mistake(
                "ColumnRevisionMismatch", "The column's revision is not the latest", column_id=column.id
            )
        column.labels = _labels(labels, column.labels)
        column.changes += 1

    def create_item(
        self, who: str, board_id: str, item_name: str, group_id: str | None = None, column_values: Any = None,
        *, may_add: bool,
    ) -> Item:  # fmt: skip
        """A new item."""
        board = self._board(board_id)
        if len(board.items) >= MOST_ITEMS and len(board.active()) >= MOST_ITEMS:
            raise Mistake("ItemsLimitationException", f"A board holds {MOST_ITEMS} items")
        if group_id and group_id not in board.groups:
            raise Mistake("ResourceNotFoundException", f"Group {group_id} not found", status=404)
        if not item_name or len(item_name) > 255:
            raise Mistake("ItemNameTooLongException", "Item name must have 1 to 255 characters")
        kept = self._kept(board, column_values, may_add)
        now = self.now()
        item = Item(self.number(), item_name, group_id or next(iter(board.groups)), who, now, now)
        item.values = {column: value for column, value in kept.items() if column != "name"}
        item.changed_at = dict.fromkeys(item.values, now)
        board.items[item.id] = item
        self.where[item.id] = board
        self._tell("create_item", board, item, who, type="create_pulse", columnValues={})
        return item

    def _kept(self, board: Board, column_values: Any, may_add: bool) -> dict[str, Any]:
        """All values as they are kept: all of them, or Mistake and none."""
        if column_values is None:
            return {}
        if not isinstance(column_values, str):
            raise Mistake("JsonParseException", "column_values is a JSON text, not an object")
        try:
            given = json.loads(column_values)
        except ValueError:
            raise Mistake("JsonParseException", "column_values is not valid JSON") from None
        if not isinstance(given, dict):
            raise Mistake("JsonParseException", "column_values is an object")
        kept = {}
        for column_id, raw in given.items():
            if column_id == "name":
                kept["name"] = _name(raw)
                continue
            column = self._column(board, column_id)
            kept[column_id] = cells.stored(column, raw, set(self.people), may_add=may_add)
        return kept

    def change(
        self,
        who: str,
        board_id: str | None,
        item_id: str | None,
        column_values: Any,
        *,
        may_add: bool = False,
    ) -> Item:
        """change_multiple_column_values"""
        board, item = self._item(item_id, board=board_id)
        kept = self._kept(board, column_values, may_add)
        before = (self.now(), item.name, dict(item.values))
        for column_id, value in kept.items():
            if column_id == "name":
                self._rename(who, board, item, value)
            elif item.values.get(column_id) != value:
                self._set(who, board, item, self._column(board, column_id), value)
        item.previous, item.updated_at = before, self.now()
        return item

    def _rename(self, who: str, board: Board, item: Item, name: str) -> None:
        if not name or name == item.name:
            return
        old, item.name = item.name, name
        told = {"value": {"name": name}, "previousValue": {"name": old}}
        self._tell("change_name", board, item, who, type="update_name", **told)

    def _set(self, who: str, board: Board, item: Item, column: Column, value: Any) -> None:
        old = self._told_cell(column, item)
        item.values[column.id], item.changed_at[column.id] = value, self.now()
        item.shown.clear()
        new = self._told_cell(column, item)
        facts = {
            "columnId": column.id, "columnType": INTERNAL.get(column.type, column.type), "columnTitle": column.title,
            "value": new, "previousValue": old, "changedAt": self.now().timestamp(), "isTopGroup": True,
        }  # fmt: skip
        self._tell("change_column_value", board, item, who, type="update_column_value", **facts)
        self._log(board, item, who, facts)
        if not self._running:  # what an automation writes starts no other
            self._running = True
            try:
                for automation in self.automations:
                    automation(board, item, column.id, who)
            finally:
                self._running = False

    def _told_cell(self, column: Column, item: Item) -> Any:
        shown = cells.told(column, item.values.get(column.id), None, {})
        if column.type == "status" and item.values.get(column.id) is not None:
            label = {
                "index": shown["index"],
                "text": shown["label"],
                "style": {},
                "is_done": shown["is_done"],
            }
            return {"label": label, "post_id": None}
        told = json.loads(shown["value"]) if shown["value"] else None
        if column.type in ("numbers", "text") and told is not None:
            return {"value": float(told), "unit": None} if column.type == "numbers" else {"value": told}
        return told

    def put_away(self, who: str, item_id: str | None, state: str) -> Item:
        """archive_item, delete_item"""
        board, item = self._item(item_id)
        item.state, item.updated_at = state, self.now()
        event = "item_archived" if state == "archived" else "item_deleted"
        kind = "archive_pulse" if state == "archived" else "delete_pulse"
        self.happened(
            event,
            board,
            self._facts(board, who) | {"type": kind, "itemId": int(item.id), "itemName": item.name},
        )
        return item

    def restore(self, who: str, item: Item) -> None:
        """Back on the board."""
        board = self.where[item.id]
        told = {"value": {"state": "active"}, "previousValue": {"state": item.state}}
        item.state, item.updated_at = "active", self.now()
        facts = {"type": "restore_pulse", "itemId": int(item.id), "itemName": item.name, **told}
        self.happened("item_restored", board, self._facts(board, who) | facts)

    def move(self, who: str, item_id: str | None, group_id: str) -> Item:
        """move_item_to_group"""
        board, item = self._item(item_id)
        if group_id not in board.groups:
            raise Mistake("ResourceNotFoundException", f"Group {group_id} not found", status=404)
        source, item.group, item.updated_at = item.group, group_id, self.now()
        facts = {"type": "move_pulse_into_group", "sourceGroupId": source, "destGroupId": group_id}
        self._tell("item_moved_to_any_group", board, item, who, **facts)
        return item

    def say(self, who: str, item_id: str | None, body: str) -> dict[str, Any]:
        """create_update"""
        board, item = self._item(item_id)
        if not body:
            raise Mistake("InvalidArgumentException", "An update has a body")
        text = unescape(re.sub(r"<[^>]*>", "", body))
        update = {
            "__typename": "Update", "id": self.number(), "body": body, "text_body": text, "creator_id": who,
            "created_at": instant(self.now()), "item_id": item.id,
        }  # fmt: skip
        item.updates.append(update)
        item.updated_at = self.now()
        facts = {"body": body, "textBody": text, "updateId": int(update["id"]), "replyId": None}
        self._tell("create_update", board, item, who, type="create_update", **facts)
        return update

    # Telling ----------------------------------------------------------------------------------------------------

    def _facts(self, board: Board, who: str) -> dict[str, Any]:
        return {
            "app": "monday", "triggerTime": self.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"), "isRetry": False,
            "userId": int(who), "originalTriggerUuid": None, "boardId": int(board.id), "triggerUuid": uuid.uuid4().hex,
        }  # fmt: skip

    def _tell(self, event: str, board: Board, item: Item, who: str, **facts: Any) -> None:
        about = {"groupId": item.group, "pulseId": int(item.id), "pulseName": item.name}
        self.happened(event, board, self._facts(board, who) | about | facts)

    def _log(self, board: Board, item: Item, who: str, facts: dict[str, Any]) -> None:
        data = {
            "board_id": int(board.id), "group_id": item.group, "pulse_id": int(item.id), "pulse_name": item.name,
            "column_id": facts["columnId"], "column_type": facts["columnType"], "column_title": facts["columnTitle"],
            "value": facts["value"], "previous_value": facts["previousValue"],
        }  # fmt: skip
        board.log.append({
            "__typename": "ActivityLogType", "id": str(uuid.uuid4()), "account_id": "17001", "user_id": who,
            "event": "update_column_value", "entity": "pulse", "data": json.dumps(data),
            "created_at": str(int(self.now().timestamp() * 10**7)), "at": self.now(),
            "about": (item.id, facts["columnId"]),
        })  # fmt: skip

    # For those who look -----------------------------------------------------------------------------------------

    def all_items(self) -> Iterator[Item]:
        """Every item of every board, in any state."""
        for board in self.boards.values():
            yield from board.items.values()

    def items_by(self, column_id: str, board: Board | None = None) -> dict[str, list[Item]]:
        """Active items by what stands in this column: two under one key are a double."""
        found: dict[str, list[Item]] = {}
        for item in self.all_items():
            if item.state == "active" and (board is None or self.where[item.id] is board):
                found.setdefault(str(item.values.get(column_id) or ""), []).append(item)
        return found


@dataclass
class Acts:
    """What somebody does with the mouse."""

    world: World
    who: str

    def add(self, board: Board, name: str, values: dict[str, Any] | None = None) -> Item:
        """A new item."""
        return self.world.create_item(self.who, board.id, name, None, json.dumps(values or {}), may_add=False)

    def set(self, item: Item, column_id: str, value: Any) -> None:
        """Another value in a cell."""
        self.world.change(self.who, None, item.id, json.dumps({column_id: value}))

    def rename(self, item: Item, name: str) -> None:
        """Another name."""
        self.set(item, "name", name)

    def archive(self, item: Item) -> None:
        """Away."""
        self.world.put_away(self.who, item.id, "archived")

    def delete(self, item: Item) -> None:
        """Away for longer."""
        self.world.put_away(self.who, item.id, "deleted")

    def restore(self, item: Item) -> None:
        """Back again."""
        self.world.restore(self.who, item)

    def move(self, item: Item, group_id: str) -> None:
        """Into another group."""
        self.world.move(self.who, item.id, group_id)

    def say(self, item: Item, body: str) -> None:
        """An update under it."""
        self.world.say(self.who, item.id, body)

    def rename_label(self, column: Column, label_id: int, text: str) -> None:
        """Another text on a label; its id stays."""
        label = column.label(label_id)
        assert label
        label.label = text
        column.changes += 1

    def put_label_away(self, column: Column, label_id: int) -> None:
        """Nobody can choose it any more."""
        label = column.label(label_id)
        assert label
        label.is_deactivated = True
        column.changes += 1

    def delete_column(self, board: Board, column_id: str) -> None:
        """The column with all its values."""
        board.columns = [column for column in board.columns if column.id != column_id]


def shown_group(board: Board, group: str) -> dict[str, Any]:
    """A group as the API tells it."""
    facts = {"id": group, "title": board.groups.get(group, ""), "archived": False, "deleted": False}
    return {"__typename": "Group", **facts}


def _name(raw: Any) -> str:
    """The name, as change_multiple takes it: nothing is silently ignored, too long is an error."""
    if raw is not None and not isinstance(raw, str):
        raise Mistake("ColumnValueException", "invalid value, the name is a text", column_id="name")
    if raw and len(raw) > 255:
        raise Mistake("ItemNameTooLongException", "Item name must have 1 to 255 characters")
    return raw or ""


def _labels(told: Any, former: list[Label]) -> list[Label]:
    """Labels of a column: those with an id stay what they are, new ones get the next free."""
    if isinstance(told, dict):  # the old form: {"0": "Waiting"}
        told = [
            {"id": int(one), "label": text, "index": int(one), "color": "teal"} for one, text in told.items()
        ]
    told = told or []
    if len(told) > 40:
        raise Mistake("ColumnValueException", "A status has 40 labels at the most")
    used = {one["id"] for one in told if one.get("id") is not None} | {one.id for one in former}
    free = (one for one in itertools.count() if one not in used and one != cells.EMPTY_LABEL)
    made = []
    for one in told:
        if not one.get("label") or len(one["label"]) > 30:
            raise Mistake("ColumnValueException", "A label has 1 to 30 characters")
        label_id = one["id"] if one.get("id") is not None else next(free)
        facts = (
            one.get("color", "teal"),
            one.get("index", 0),
            bool(one.get("is_deactivated")),
            bool(one.get("is_done")),
        )
        made.append(Label(label_id, one["label"], *facts))
    return made
