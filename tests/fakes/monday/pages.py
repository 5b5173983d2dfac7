"""The board as a page, for people who try the mirror out: whoever one chooses to be changes cards by hand."""

from html import escape
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.monday import cells
from tests.fakes.monday.cells import Column, Mistake
from tests.fakes.monday.world import Board, Item, World

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 1rem; color-scheme: light dark }
div.board { overflow-x: auto }
table { border-collapse: collapse }
td, th { border: 1px solid #8886; padding: .3rem .5rem; text-align: left; vertical-align: top }
form { display: inline-flex; gap: .25rem }
input { width: 8rem }
ul { margin: 0; padding-left: 1rem; width: 20rem }
"""
FAULTS = ("429", "502", "daily", "401", "drop-after", "partial")
SHOWN = 200  # cards


def page(fake: Any, who: str, said: str = "") -> str:
    """Everything on one page."""
    world = fake.world
    boards = [_board(world, board, who) for board in world.boards.values() if board.state == "active"]
    chosen = "".join(_option(p.id, f"{p.name} ({p.email})", who) for p in world.people.values())
    faults = "".join(_option(kind, kind, "") for kind in FAULTS)
    parts = [
        "<!DOCTYPE html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Board</title>",
        f"<style>{STYLE}</style><h1>A fake of monday.com</h1><p role=status>{escape(said)}</p>",
        f"<form><label>I am <select name=who>{chosen}</select></label><button>Be them</button></form>",
        _form(f"<label>5 calls fail: <select name=value>{faults}</select></label>", "Fail", who=who, act="fail"),
        _form("", "Heal", who=who, act="heal"),
        f"<p>{len(fake.journal)} calls so far, {sum(bool(call.fault) for call in fake.journal)} of them failed.</p>",
        *(boards or ["<p>No board yet: make it on the page <i>monday.com</i> of the product.</p>"]),
    ]  # fmt: skip
    return "\n".join(parts)


def act(fake: Any, body: bytes) -> tuple[str, str]:
    """What somebody did with the mouse; who they are, and a sentence."""
    told = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    who = told.get("who", "")
    try:
        with fake.lock:
            _done(fake, fake.world, told)
    except (Mistake, KeyError, ValueError) as problem:
        return who, f"Not done: {problem}"
    return who, "Done."


def _done(fake: Any, world: World, told: dict[str, str]) -> None:
    if told["act"] == "fail":
        fake.fails(told["value"], times=5)
        return
    if told["act"] == "heal":
        fake.heal()
        return
    acts = world.by(world.people[told["who"]])
    if told["act"] == "add":
        acts.add(world.boards[told["board"]], told["value"])
        return
    item = world.where[told["item"]].items[told["item"]]
    if told["act"] == "set":
        column = world.where[item.id].column(told["column"])
        assert column
        acts.set(item, column.id, _typed(column, told["value"]))
    elif told["act"] == "archive":
        acts.archive(item)
    else:
        raise ValueError(f"There is no act {told['act']}.")


def _typed(column: Column, value: str) -> Any:
    if not value:
        return None
    if column.type == "status":
        return {"index": int(value)}
    if column.type == "date":
        return {"date": value}
    return {"personsAndTeams": [{"id": int(value), "kind": "person"}]} if column.type == "people" else value


def _board(world: World, board: Board, who: str) -> str:
    columns = [column for column in board.columns if column.type in cells.TYPES and not column.archived]
    head = "".join(f"<th>{escape(column.title)}" for column in columns)
    rows = "".join(_row(world, item, columns, who) for item in board.active()[-SHOWN:])
    add = _form("<input name=value required>", "New card", who=who, act="add", board=board.id)
    table = f"<table><tr><th>Name{head}<th>Updates{rows}</table>"
    return f"<h2>{escape(board.name)}</h2>{add}<div class=board>{table}</div>"


def _row(world: World, item: Item, columns: list[Column], who: str) -> str:
    shown = {cell["id"]: cell for cell in world.shown_item(item)["column_values"]()}
    made = "".join(f"<td>{_cell(world, item, column, shown[column.id], who)}" for column in columns)
    said = "".join(f"<li>{escape(update['text_body'])}" for update in item.updates)
    away = _form("", "Archive", who=who, act="archive", item=item.id)
    return f"<tr><td>{escape(item.name)} {away}{made}<td><ul>{said}</ul>"


def _cell(world: World, item: Item, column: Column, told: dict[str, Any], who: str) -> str:
    if column.type == "status":
        options, chosen = [(str(label.id), label.label) for label in column.labels], str(told["index"])
    elif column.type == "people":
        options = [(person.id, person.name) for person in world.people.values()]
        chosen = next((str(one["id"]) for one in told["persons_and_teams"] or []), "")
    elif column.type not in ("date", "numbers"):
        return escape(str(told["text"] or ""))
    else:
        options, chosen = [], ""
    inner = "".join(_option(value, text, chosen) for value, text in [("", "–"), *options])
    field = f"<select name=value onchange='this.form.submit()'>{inner}</select>"
    if column.type in ("date", "numbers"):
        kind = "date" if column.type == "date" else "text"
        field = f"<input type={kind} name=value value='{escape(told['text'] or '')}'>"
    return _form(field, "✓", who=who, act="set", item=item.id, column=column.id)


def _form(inner: str, button: str, **facts: str) -> str:
    hidden = "".join(
        f"<input type=hidden name={name} value='{escape(value)}'>" for name, value in facts.items()
    )
    return f"<form method=post>{hidden}{inner}<button>{button}</button></form>"


def _option(value: str, text: str, chosen: str) -> str:
    return f"<option value='{escape(value)}'{' selected' if value == chosen else ''}>{escape(text)}</option>"
