"""What we say to monday.com: GraphQL documents, each with the function that sends it and reads its answer.

Reading gives plain values; a Trouble is raised as it comes. Writing is a batch: many changes in one request, which is
one call of the day, each under an alias of its own and judged by itself:

    done = perform(client, board_id, {"17": Create("Printer", values), "18": Change("9001", values)}, key="b-52")
    done["17"]  # Done(item_id=...), or the Trouble of this one

A call that raises concerns the whole batch (Wait: none was done; Unknown: nobody knows).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.monday.client import Client
from integrations.monday.troubles import Expired, Gone, Trouble

PAGE = 500  # items of a page, the most that is given
MOST_IDS = 100  # items that can be asked for by their number
MOST_KEYS = 100  # keys that are looked up at once
MOST_LINES = 1000  # of the log of a board, in one answer
TICKS = 10**7  # of their clock in a second: the log counts them since 1970
COST_OF_WRITING = 30_000  # complexity, as monday.com's own samples show; what it was, the answer says
WEBHOOK_EVENTS = (
    "create_item",
    "change_name",
    "change_column_value",
    "item_archived",
    "item_deleted",
    "item_restored",
    "create_update",
)

_ITEM = """
fragment ItemFacts on Item { id name state updated_at url creator_id group { id } board { id }
  column_values(ids: $cols) { id type text value
    ... on StatusValue { index label updated_at }
    ... on DateValue { date time updated_at }
    ... on NumbersValue { number }
    ... on PeopleValue { persons_and_teams { id kind } updated_at }
    ... on LinkValue { url url_text } } }
"""
_COMPLEXITY = "complexity { query after reset_in_x_seconds }"


@dataclass(frozen=True)
class Connection:
    """Who the token is."""

    user_id: str
    user_name: str
    email: str
    account_id: str
    account_slug: str
    tier: str  # of the account's plan, as monday.com calls it
    version: str


@dataclass(frozen=True)
class Label:
    """One label of a status column. `id` is what a write means by "index"; it stays when the text changes."""

    id: int
    text: str
    is_deactivated: bool
    is_done: bool


@dataclass(frozen=True)
class Column:
    """One column of a board; `labels` of a status column alone."""

    id: str
    title: str
    type: str
    is_archived: bool
    revision: str
    settings: Mapping[str, Any]
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Board:
    """What a board is made of. `is_flat`: one level of items, the only kind that can be mirrored."""

    id: str
    name: str
    state: str
    is_flat: bool
    columns: tuple[Column, ...]
    groups: Mapping[str, str]  # id -> title
    url: str = ""

    def column(self, column_id: str) -> Column | None:
        """The column with this id, unless somebody put it away."""
        return next((c for c in self.columns if c.id == column_id and not c.is_archived), None)


@dataclass(frozen=True)
class Item:
    """One item. `values`: column id -> what monday.com tells of it (`text`, `value`, and the fields of its type)."""

    id: str
    name: str
    state: str  # active, archived, deleted
    board_id: str
    group_id: str
    updated_at: str
    url: str
    creator_id: str
    values: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Page:
    """Some items of a walk; `cursor` asks for the next, "" ends it. A cursor lives an hour from the first page."""

    items: tuple[Item, ...]
    cursor: str
    cost: int | None


@dataclass(frozen=True)
class Person:
    """A user of monday.com."""

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Line:
    """One line of the log of a board: who gave a column of an item which value (as a webhook tells it), and when."""

    item_id: str
    column_id: str
    user_id: str
    at: datetime
    value: Any


@dataclass(frozen=True)
class Webhook:
    """A subscription of a board to one kind of event."""

    id: str
    event: str


# Reading ------------------------------------------------------------------------------------------------------------


def connection(client: Client) -> Connection:
    """Who we are there; the cheapest way to try a token."""
    answer = client.call(
        "query Probe { me { id name email } account { id slug tier } version { value } " + _COMPLEXITY + " }"
    )
    me, account, version = answer["me"] or {}, answer["account"] or {}, answer["version"] or {}
    return Connection(
        str(me.get("id", "")), me.get("name", ""), me.get("email", ""), str(account.get("id", "")),
        account.get("slug", ""), account.get("tier") or "", version.get("value", ""),
    )  # fmt: skip


def board(client: Client, board_id: str) -> Board:
    """The board with its columns, labels and groups. Raises Gone when there is none, or when it was put away."""
    answer = client.call(
        "query BoardFacts($ids: [ID!]) { boards(ids: $ids, state: all) { id name state url hierarchy_type "
        "columns { id title type archived settings revision } groups { id title archived deleted } } }",
        {"ids": [board_id]},
    )
    found = answer["boards"] or []
    if not found or not found[0] or found[0]["state"] != "active":
        raise Gone(f"Board {board_id} is not there, or this token does not see it.", code="board")
    return _board(found[0])


def boards(client: Client, *, page: int = 1) -> list[tuple[str, str]]:
    """Id and name of the boards that the token sees, a hundred a page."""
    answer = client.call(
        "query Boards($page: Int!) { boards(limit: 100, page: $page, order_by: used_at) { id name } }",
        {"page": page},
    )
    return [(str(one["id"]), one["name"]) for one in answer["boards"] or [] if one]


def first_page(
    client: Client, board_id: str, columns: Sequence[str], *, limit: int = PAGE, spare: int = 0
) -> Page:
    """The beginning of a walk over the active items of a board."""
    answer = client.call(
        "query FirstPage($board: [ID!], $limit: Int!, $cols: [String!]) { " + _COMPLEXITY +
        " boards(ids: $board) { items_page(limit: $limit) { cursor items { ...ItemFacts } } } }" + _ITEM,
        {"board": [board_id], "limit": limit, "cols": list(columns)}, spare=spare,
    )  # fmt: skip
    found = answer["boards"] or []
    if not found or not found[0]:
        raise Gone(f"Board {board_id} is not there, or this token does not see it.", code="board")
    return _page(found[0]["items_page"], answer.cost)


def next_page(
    client: Client, cursor: str, columns: Sequence[str], *, limit: int = PAGE, spare: int = 0
) -> Page:
    """The next of a walk. Raises Expired when it lasted too long: begin again."""
    answer = client.call(
        "query NextPage($cursor: String!, $limit: Int!, $cols: [String!]) { " + _COMPLEXITY +
        " next_items_page(cursor: $cursor, limit: $limit) { cursor items { ...ItemFacts } } }" + _ITEM,
        {"cursor": cursor, "limit": limit, "cols": list(columns)}, spare=spare,
    )  # fmt: skip
    page = answer["next_items_page"]
    if not page:
        raise Expired("The walk gave nothing.", code="cursor")
    return _page(page, answer.cost)


def items(client: Client, ids: Sequence[str], columns: Sequence[str]) -> dict[str, Item]:
    """At most MOST_IDS items by id, archived and deleted ones as well; who is not in it was never there."""
    assert len(ids) <= MOST_IDS
    answer = client.call(
        f"query ByIds($ids: [ID!], $cols: [String!]) {{ {_COMPLEXITY} items(ids: $ids, limit: {MOST_IDS}) "
        "{ ...ItemFacts } }" + _ITEM,
        {"ids": list(ids), "cols": list(columns)},
    )
    return {item.id: item for item in (_item(told) for told in answer["items"] or [] if told)}


def find(
    client: Client, board_id: str, key_column: str, keys: Sequence[str], columns: Sequence[str]
) -> list[Item]:
    """The active items whose key is one of these (capitals do not count), oldest first. Two of one key are a double.

    May lag behind a write: look twice, with a pause, before believing that there is none. Put the key into `columns`.
    """
    assert len(keys) <= MOST_KEYS
    found: list[Item] = []
    cursor = None
    while True:
        by = [{"column_id": key_column, "column_values": list(keys)}] if cursor is None else None
        answer = client.call(
            "query FindByKey($board: ID!, $by: [ItemsPageByColumnValuesQuery!], $cursor: String, $cols: [String!]) { "
            f"items_page_by_column_values(board_id: $board, limit: {PAGE}, columns: $by, cursor: $cursor) "
            "{ cursor items { ...ItemFacts } } }" + _ITEM,
            {"board": board_id, "by": by, "cursor": cursor, "cols": list(columns)},
        )
        page = _page(answer["items_page_by_column_values"], None)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return sorted(found, key=lambda item: int(item.id))


def said(client: Client, item_id: str) -> list[str]:
    """The words of the newest updates below an item, without their HTML: whether ours is among them."""
    answer = client.call(
        "query Said($ids: [ID!]) { items(ids: $ids, limit: 1) { id updates(limit: 50) { id text_body } } }",
        {"ids": [item_id]},
    )
    return [
        update["text_body"] or ""
        for item in answer["items"] or []
        if item
        for update in item["updates"] or []
    ]


def log(
    client: Client, board_id: str, *, items: Sequence[str], columns: Sequence[str], since: datetime
) -> list[Line]:
    """What was changed in these columns of these items, the newest first. What cannot be read in it is left out.

    monday.com changes this question from version to version: whoever asks it does without an answer as well.
    """
    answer = client.call(
        "query Log($board: [ID!], $items: [ID!], $cols: [String], $since: ISO8601DateTime, $most: Int) { "
        f"{_COMPLEXITY} boards(ids: $board) {{ activity_logs(item_ids: $items, column_ids: $cols, from: $since, "
        "limit: $most) { event user_id created_at data } } }",
        {"board": [board_id], "items": list(items), "cols": list(columns), "most": MOST_LINES,
         "since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")},
        may_be_refused=True,
    )  # fmt: skip
    found = [
        _line(told) for board in answer["boards"] or [] if board for told in board["activity_logs"] or []
    ]
    return [line for line in found if line is not None]


def people(client: Client, *, page: int = 1, limit: int = 500) -> list[Person]:
    """Users of the account, a page of them; fewer than `limit` means it was the last."""
    answer = client.call(
        "query People($page: Int!, $limit: Int!) { users(limit: $limit, page: $page) { id name email } }",
        {"page": page, "limit": limit},
    )
    return _people(answer["users"])


def people_by_id(client: Client, ids: Sequence[str]) -> list[Person]:
    """Users with one of these numbers who are active there, or invited."""
    answer = client.call(
        "query PeopleById($ids: [ID!]) { users(ids: $ids, limit: 200) { id name email } }",
        {"ids": list(ids)},
        may_be_refused=True,
    )
    return _people(answer["users"])


def people_by_email(client: Client, emails: Sequence[str]) -> list[Person]:
    """Users with one of these addresses, at most 200 at once."""
    answer = client.call(
        "query PeopleByEmail($emails: [String!]) { users(emails: $emails, limit: 200) { id name email } }",
        {"emails": list(emails)},
    )
    return _people(answer["users"])


def webhooks(client: Client, board_id: str) -> list[Webhook]:
    """The subscriptions of the board that this token made."""
    answer = client.call(
        "query Hooks($board: ID!) { webhooks(board_id: $board, app_webhooks_only: true) { id event } }",
        {"board": board_id},
    )
    return [Webhook(str(one["id"]), one["event"]) for one in answer["webhooks"] or [] if one]


# Writing in batches -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Create:
    """A new item. `values`: column id -> what that column takes."""

    name: str
    values: Mapping[str, Any]
    group_id: str = ""


@dataclass(frozen=True)
class Change:
    """Columns of an item; its name is the column "name"."""

    item_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Say:
    """An update (comment) under an item; `body` is HTML."""

    item_id: str
    body: str


@dataclass(frozen=True)
class Move:
    """Into another group."""

    item_id: str
    group_id: str


@dataclass(frozen=True)
class Archive:
    """Away, but restorable."""

    item_id: str


Write = Create | Change | Say | Move | Archive


@dataclass(frozen=True)
class Done:
    """One change was made. `id` of the item, or of the update that was said."""

    id: str
    updated_at: str = ""


def perform(
    client: Client, board_id: str, writes: Mapping[str, Write], *, key: str, spare: int = 0
) -> dict[str, Done | Trouble]:
    """Many changes in one request, done in their order; each with its own result. Raises what concerns all of them."""
    assert writes
    batch = _Batch(board_id)
    names = {batch.add(write): name for name, write in writes.items()}
    cost = COST_OF_WRITING * len(writes)
    answer = client.call(batch.document(), batch.variables, key=key, cost=cost, spare=spare)
    return {name: _done(answer, alias) for alias, name in names.items()}


def writes_at_once(client: Client, *, most: int) -> int:
    """How many changes fit into one call, so that a minute's complexity can pay it."""
    return max(1, min(most, client.plan.complexity_per_minute // COST_OF_WRITING))


def _done(answer: Any, alias: str) -> Done | Trouble:
    if alias in answer.troubles:
        trouble: Trouble = answer.troubles[alias]
        return trouble
    told = answer.data.get(alias)
    if not told:
        return Gone("monday.com gave nothing back.", code="empty")
    return Done(str(told["id"]), told.get("updated_at") or "")


@dataclass
class _Batch:
    """A mutation with many fields; every value goes as a variable."""

    board_id: str
    fields: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def add(self, write: Write) -> str:
        """One field more; its alias."""
        alias = f"a{len(self.fields)}"
        name, fields, arguments = _field(write)
        if name in ("create_item", "change_multiple_column_values"):
            arguments = {"board_id": ("ID!", self.board_id), **arguments}
        said = []
        for argument, (kind, value) in arguments.items():
            variable = "board" if argument == "board_id" else f"{alias}_{argument}"
            if variable not in self.variables:
                self.declared.append(f"${variable}: {kind}")
            self.variables[variable] = value
            said.append(f"{argument}: ${variable}")
        labels = ", create_labels_if_missing: false" if "column_values" in arguments else ""
        self.fields.append(f"{alias}: {name}({', '.join(said)}{labels}) {{ {fields} }}")
        return alias

    def document(self) -> str:
        """The whole of it."""
        return f"mutation Batch({', '.join(self.declared)}) {{ {_COMPLEXITY} {' '.join(self.fields)} }}"


def _field(write: Write) -> tuple[str, str, dict[str, tuple[str, Any]]]:
    """Name of the mutation, what it gives back, its arguments with their types."""
    if isinstance(write, Create):
        group = {"group_id": ("String", write.group_id)} if write.group_id else {}
        values = ("JSON", json.dumps(write.values))
        return (
            "create_item",
            "id updated_at",
            {"item_name": ("String!", write.name), "column_values": values, **group},
        )
    if isinstance(write, Change):
        what = {"item_id": ("ID!", write.item_id), "column_values": ("JSON!", json.dumps(write.values))}
        return "change_multiple_column_values", "id updated_at", what
    if isinstance(write, Say):
        return "create_update", "id", {"item_id": ("ID!", write.item_id), "body": ("String!", write.body)}
    if isinstance(write, Move):
        where = {"item_id": ("ID!", write.item_id), "group_id": ("String!", write.group_id)}
        return "move_item_to_group", "id updated_at", where
    return "archive_item", "id updated_at", {"item_id": ("ID!", write.item_id)}


# Making the place ---------------------------------------------------------------------------------------------------


def create_board(client: Client, name: str, *, workspace_id: str = "", key: str) -> str:
    """A private board without items; its id."""
    answer = client.call(
        "mutation MakeBoard($name: String!, $workspace: ID) { create_board(board_name: $name, board_kind: private, "
        "workspace_id: $workspace, empty: true) { id } }",
        {"name": name, "workspace": workspace_id or None}, key=key,
    )  # fmt: skip
    return str(answer["create_board"]["id"])


def create_group(client: Client, board_id: str, name: str, *, key: str) -> str:
    """A group at the end of the board; its id."""
    answer = client.call(
        "mutation MakeGroup($board: ID!, $name: String!) { create_group(board_id: $board, group_name: $name) { id } }",
        {"board": board_id, "name": name}, key=key,
    )  # fmt: skip
    return str(answer["create_group"]["id"])


def create_column(
    client: Client, board_id: str, *, column_id: str, title: str, kind: str, key: str,
    defaults: Mapping[str, Any] | None = None,
) -> Column:  # fmt: skip
    """A column with an id of our choice."""
    answer = client.call(
        "mutation MakeColumn($board: ID!, $id: String, $title: String!, $type: ColumnType!, $defaults: JSON) { "
        "create_column(board_id: $board, id: $id, title: $title, column_type: $type, defaults: $defaults) "
        "{ id title type archived settings revision } }",
        {"board": board_id, "id": column_id, "title": title, "type": kind, "defaults": defaults}, key=key,
    )  # fmt: skip
    return _column(answer["create_column"])


def create_status_column(
    client: Client,
    board_id: str,
    *,
    column_id: str,
    title: str,
    labels: Sequence[Mapping[str, Any]],
    key: str,
) -> Column:
    """A status column; each label has `label`, `color`, `index` (its place) and, if wanted, `is_done`."""
    answer = client.call(
        "mutation MakeStatus($board: ID!, $id: String, $title: String!, $defaults: CreateStatusColumnSettingsInput) { "
        "create_status_column(board_id: $board, id: $id, title: $title, defaults: $defaults) "
        "{ id title type archived settings revision } }",
        {"board": board_id, "id": column_id, "title": title, "defaults": {"labels": list(labels)}}, key=key,
    )  # fmt: skip
    return _column(answer["create_status_column"])


def set_labels(
    client: Client, board_id: str, column: Column, labels: Sequence[Mapping[str, Any]], *, key: str
) -> Column:
    """All labels of a status column anew; those with an `id` stay what they are. `column` as it was read just now."""
    answer = client.call(
        "mutation SetLabels($board: ID!, $id: String!, $revision: String!, "
        "$settings: UpdateStatusColumnSettingsInput) { update_status_column(board_id: $board, id: $id, "
        "revision: $revision, settings: $settings) { id title type archived settings revision } }",
        {"board": board_id, "id": column.id, "revision": column.revision, "settings": {"labels": list(labels)}},
        key=key,
    )  # fmt: skip
    return _column(answer["update_status_column"])


def create_webhook(client: Client, board_id: str, event: str, url: str, *, key: str) -> Webhook:
    """A subscription. monday.com asks `url` at once to prove itself, so the product must be reachable."""
    answer = client.call(
        "mutation Hook($board: ID!, $url: String!, $event: WebhookEventType!) { "
        "create_webhook(board_id: $board, url: $url, event: $event) { id event } }",
        {"board": board_id, "url": url, "event": event}, key=key,
    )  # fmt: skip
    told = answer["create_webhook"]
    return Webhook(str(told["id"]), told["event"])


def delete_webhook(client: Client, webhook_id: str, *, key: str) -> None:
    """The subscription ends. Raises Gone when it had already."""
    client.call("mutation Unhook($id: ID!) { delete_webhook(id: $id) { id } }", {"id": webhook_id}, key=key)[
        "delete_webhook"
    ]


# From JSON ----------------------------------------------------------------------------------------------------------


def _board(told: Mapping[str, Any]) -> Board:
    groups = {
        g["id"]: g["title"] for g in told["groups"] or [] if g and not (g.get("archived") or g.get("deleted"))
    }
    columns = tuple(_column(c) for c in told["columns"] or [] if c)
    is_flat = told.get("hierarchy_type") in (None, "classic")
    return Board(
        str(told["id"]), told["name"], told["state"], is_flat, columns, groups, _address(told.get("url"))
    )


def _address(told: Any) -> str:
    """Something that may stand in a link."""
    return told if isinstance(told, str) and told.startswith(("https://", "http://")) else ""


def _column(told: Mapping[str, Any]) -> Column:
    settings = told.get("settings")
    if isinstance(settings, str):  # JSON comes as text from some versions
        settings = json.loads(settings)
    settings = settings if isinstance(settings, dict) else {}
    labels = settings.get("labels") if told["type"] == "status" else None
    return Column(
        told["id"], told["title"], told["type"], bool(told.get("archived")), told.get("revision") or "", settings,
        tuple(_label(label) for label in labels or [] if isinstance(label, dict)),
    )  # fmt: skip


def _label(told: Mapping[str, Any]) -> Label:
    is_deactivated, is_done = bool(told.get("is_deactivated")), bool(told.get("is_done"))
    return Label(int(told["id"]), told.get("label") or "", is_deactivated, is_done)


def _page(told: Mapping[str, Any], cost: int | None) -> Page:
    found = tuple(_item(one) for one in told["items"] or [] if one)
    return Page(found, told.get("cursor") or "", cost)


def _item(told: Mapping[str, Any]) -> Item:
    values = {value["id"]: value for value in told.get("column_values") or []}
    return Item(
        str(told["id"]), told["name"], told.get("state") or "", str((told.get("board") or {}).get("id", "")),
        (told.get("group") or {}).get("id", ""), told.get("updated_at") or "", _address(told.get("url")),
        str(told.get("creator_id") or ""), values,
    )  # fmt: skip


def _line(told: Mapping[str, Any]) -> Line | None:
    try:
        data, at = json.loads(told["data"]), datetime.fromtimestamp(int(told["created_at"]) / TICKS, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    if told["event"] != "update_column_value" or not isinstance(data, dict):
        return None
    place = str(data.get("pulse_id") or ""), str(data.get("column_id") or "")
    return Line(*place, str(told["user_id"]), at, data.get("value"))


def _people(told: Iterable[Mapping[str, Any]] | None) -> list[Person]:
    return [Person(str(one["id"]), one["name"], one["email"]) for one in told or [] if one]
