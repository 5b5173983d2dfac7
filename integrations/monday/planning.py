"""Making the place on monday.com: what is to be done there, step by step, before anything is done. Plain values only.

`plan` compares what we need with what is there and touches nothing; `carry_out` does its steps, each under a key of its
own and each recognisable afterwards by an id or a title of ours, so that a run that was cut short simply runs again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from integrations.monday import operations
from integrations.monday.client import Client
from integrations.monday.enums import Field
from integrations.monday.mapping import LABELS
from integrations.monday.operations import Board, Column
from integrations.monday.troubles import Drifted

PREFIX = "itsm_"  # of the ids of columns that we make: monday.com takes 20 characters
MOST_LABELS = 40
GREY = 5  # the id under which monday.com keeps the empty label; never one of ours
TYPES: dict[str, tuple[str, ...]] = {
    Field.STATUS: ("status",),
    Field.PRIORITY: ("status",),
    Field.KIND: ("status",),
    Field.ESTIMATE: ("numbers",),
    Field.START: ("date",),
    Field.FINISH: ("date",),
    Field.ASSIGNEE: ("people",),
    Field.REQUESTER: ("text",),
    Field.BRANCH: ("text",),
    Field.LINK: ("link",),
    Field.KEY: ("text",),
}
COLOURS = {
    "waiting": "american_gray", "in_progress": "working_orange", "user_testing": "bright_blue", "deploy": "done_green",
    "high": "stuck_red", "medium": "working_orange", "low": "bright_blue",
}  # fmt: skip
OTHER_COLOURS = ("purple", "river", "aquamarine")
UNIT = {"unit": {"symbol": "custom", "custom_unit": "h", "direction": "right", "precision": 2}}


@dataclass(frozen=True)
class Step:
    """One thing that is to be done at monday.com. `words`: our words that want a label."""

    what: str  # board, group, column, labels
    sentence: str
    name: str = ""  # of the field
    title: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """Which column, label and group is which."""

    columns: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, int]] = field(default_factory=dict)
    group_id: str = ""
    board_id: str = ""


@dataclass(frozen=True)
class Plan:
    """What was found, what is to be done, and what stands in the way: then nothing is done."""

    board: Board | None
    title: str
    found: Found
    adopted: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    obstacles: tuple[str, ...] = ()
    workspace_id: str = ""

    @property
    def mark(self) -> str:
        """The same for the same plan: what somebody saw is what is done, or it is shown again."""
        said = [self.board.id if self.board else "", self.title, self.adopted, self.steps, self.obstacles]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def titles(name: str) -> list[str]:
    """What a column of ours is called: in the language of the installation first, then in the others."""
    languages = [settings.LANGUAGE_CODE, *(code for code, _name in settings.LANGUAGES)]
    found = []
    for code in dict.fromkeys(languages):
        with translation.override(code):
            found.append(str(Field(name).label))
    return found


def group_title() -> str:
    """What the group of new cards is called."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Requests")


def plan(
    board: Board | None,
    *,
    title: str,
    known: Found,
    chosen: Mapping[str, str] | None = None,
    namesakes: Sequence[tuple[str, str]] = (),
    workspace_id: str = "",
) -> Plan:
    """What is to be done so that `board` can be mirrored; None: a new one is made.

    `known`: the mapping so far, which stays where it still fits. `chosen`: columns that a person names, by field.
    `namesakes`: boards that are there already and are called so: none is made beside them.
    """
    if board is None:
        return _plan_of_a_new_board(title, namesakes, workspace_id)
    chosen = chosen or {}
    found, adopted, steps = Found(board_id=board.id), list[str](), list[Step]()
    obstacles, taken = _obstacles(board, chosen), set[str]()
    for name in TYPES:
        column = _column_for(board, name, known, chosen, taken)
        if column is None:
            steps.append(_column_step(name))
            continue
        taken.add(column.id)
        found.columns[name] = column.id
        adopted.append(f"{Field(name).label}: {column.title} ({column.id})")
        if lacking := _labels_of(column, name, known, found) if name in LABELS else ():
            if obstacle := _hinders_labels(column, name, lacking):
                obstacles.append(obstacle)
            else:
                steps.append(_labels_step(column, name, lacking))
    group = known.group_id if known.group_id in board.groups else _group_called(board, group_title())
    if not group:
        steps.append(_group_step())
    found = replace(found, group_id=group)
    return Plan(board, board.name, found, tuple(adopted), tuple(steps), tuple(obstacles), workspace_id)


def _hinders_labels(column: Column, name: str, lacking: Sequence[str]) -> str:
    """Why these labels cannot be added; "" where they can."""
    if len(column.labels) + len(lacking) > MOST_LABELS:
        return _("%(column)s has no room for more labels.") % {"column": column.title}
    return _by_hand(column, name, lacking) if _has_strange_colours(column) else ""


def _group_step() -> Step:
    return Step("group", _("Make the group “%(title)s”.") % {"title": group_title()}, title=group_title())


def _plan_of_a_new_board(title: str, namesakes: Sequence[tuple[str, str]], workspace_id: str) -> Plan:
    steps = [Step("board", _("Make the private board “%(title)s”.") % {"title": title}, title=title)]
    steps += [_column_step(name) for name in TYPES]
    steps.append(_group_step())
    obstacles = [
        _("There is a board “%(title)s” already: name it (%(number)s) to use it, or choose another name.")
        % {"title": name, "number": number}
        for number, name in namesakes if name.strip().casefold() == title.strip().casefold()
    ]  # fmt: skip
    return Plan(None, title, Found(), (), tuple(steps), tuple(obstacles), workspace_id)


def _obstacles(board: Board, chosen: Mapping[str, str]) -> list[str]:
    found = []
    if not board.is_flat:
        found.append(
            _(
                "This board has items below items; such boards write some columns without effect. Choose another."
            )
        )
    for name, column_id in chosen.items():
        column = board.column(column_id)
        if name not in TYPES:
            found.append(_("There is no field “%(name)s”.") % {"name": name})
        elif column is None:
            found.append(_("The board has no column %(column)s.") % {"column": column_id})
        elif column.type not in TYPES[name]:
            facts = {
                "column": column.title,
                "type": column.type,
                "wanted": TYPES[name][0],
                "name": Field(name).label,
            }
            found.append(_("%(column)s is of the type %(type)s; %(name)s needs %(wanted)s.") % facts)
    return found


def _column_for(
    board: Board, name: str, known: Found, chosen: Mapping[str, str], taken: set[str]
) -> Column | None:
    """The column for a field: the one a person names, the one in use, one of ours, the only one called so."""
    fits = [c for c in board.columns if not c.is_archived and c.type in TYPES[name] and c.id not in taken]
    others = {column for field_name, column in chosen.items() if field_name != name}
    fits = [c for c in fits if c.id not in others]
    for wanted in (chosen.get(name), known.columns.get(name), PREFIX + name):
        for column in fits:
            if column.id == wanted:
                return column
    if name in chosen:
        return None
    called = {title.casefold() for title in titles(name)}
    namesakes = [c for c in fits if c.title.strip().casefold() in called]
    return namesakes[0] if len(namesakes) == 1 else None


def _labels_of(column: Column, name: str, known: Found, found: Found) -> tuple[str, ...]:
    """Fill in the label of each word; the words that have none. A label that was renamed stays ours, by its id."""
    usable = {label.id: label for label in column.labels if not label.is_deactivated}
    by_text = {label.text.strip().casefold(): label.id for label in usable.values()}
    kept = known.labels.get(name, {}) if known.columns.get(name) == column.id else {}
    mapped = found.labels.setdefault(name, {})
    for word, text in LABELS[name].items():
        number = (
            int(kept[word]) if word in kept and int(kept[word]) in usable else by_text.get(text.casefold())
        )
        if number is not None:
            mapped[word] = number
    return tuple(word for word in LABELS[name] if word not in mapped)


def _has_strange_colours(column: Column) -> bool:
    """Whether writing all labels again, as monday.com wants it, would change how somebody painted them."""
    told = column.settings.get("labels")
    return any(
        not re.fullmatch("[a-z_]+", str(one.get("color"))) for one in told or [] if isinstance(one, dict)
    )


def _by_hand(column: Column, name: str, lacking: Sequence[str]) -> str:
    missing = ", ".join(LABELS[name][word] for word in lacking)
    return _("Add these labels to the column %(column)s by hand, then run this again: %(labels)s.") % {
        "column": column.title, "labels": missing,
    }  # fmt: skip


def _group_called(board: Board, title: str) -> str:
    return next(
        (group for group, called in board.groups.items() if called.casefold() == title.casefold()), ""
    )


def _column_step(name: str) -> Step:
    title = titles(name)[0]
    facts = {"title": title, "type": TYPES[name][0]}
    return Step(
        "column",
        _("Make the column “%(title)s” (%(type)s).") % facts,
        name,
        title,
        tuple(LABELS.get(name, ())),
    )


def _labels_step(column: Column, name: str, lacking: tuple[str, ...]) -> Step:
    facts = {"column": column.title, "labels": ", ".join(LABELS[name][word] for word in lacking)}
    sentence = _("Add labels to the column “%(column)s”: %(labels)s.") % facts
    return Step("labels", sentence, name, column.title, lacking)


# Doing it -----------------------------------------------------------------------------------------------------------


def carry_out(
    client: Client, planned: Plan, *, key: str, made: Callable[[str], None], told: Callable[[str], None]
) -> Found:
    """Do the steps; the whole mapping. `made` keeps the board's id at once; `told` hears each step that is done.

    `key` begins the Idempotency-Key of each step. Raises a Trouble at the first that fails; run again then.
    """
    assert not planned.obstacles
    found = planned.found
    board_id = found.board_id
    for step in planned.steps:
        if step.what == "board":
            board_id = operations.create_board(
                client, step.title, workspace_id=planned.workspace_id, key=f"{key}-board-{step.title}"[:100]
            )
            made(board_id)
        elif step.what == "group":
            found = replace(
                found,
                group_id=operations.create_group(client, board_id, step.title, key=f"{key}-{board_id}-group"),
            )
        elif step.what == "column":
            _keep(found, step.name, _make_column(client, board_id, step, key))
        else:
            _keep(found, step.name, _add_labels(client, board_id, found.columns[step.name], step, key))
        told(step.sentence)
    return replace(found, board_id=board_id)


def _make_column(client: Client, board_id: str, step: Step, key: str) -> Column:
    facts: dict[str, Any] = {
        "column_id": PREFIX + step.name,
        "title": step.title,
        "key": f"{key}-{board_id}-column-{step.name}",
    }
    if step.words:
        return operations.create_status_column(
            client, board_id, labels=labels_for(step.name, step.words), **facts
        )
    kind = TYPES[step.name][0]
    defaults = UNIT if step.name == Field.ESTIMATE else None
    return operations.create_column(client, board_id, kind=kind, defaults=defaults, **facts)


def labels_for(name: str, words: Sequence[str], *, after: int = 0) -> list[dict[str, Any]]:
    """New labels as monday.com takes them; the place 5 is that of the empty one."""
    made = []
    place = after
    for position, word in enumerate(words):
        place += place == GREY
        colour = COLOURS.get(word) or OTHER_COLOURS[position % len(OTHER_COLOURS)]
        made.append(
            {"label": LABELS[name][word], "color": colour, "index": place, "is_done": word == "deploy"}
        )
        place += 1
    return made


def _add_labels(client: Client, board_id: str, column_id: str, step: Step, key: str) -> Column:
    """All labels again, as monday.com wants it, ours behind them; those that are there keep id, text, colour, place."""
    column = operations.board(client, board_id).column(
        column_id
    )  # as it is now: its revision must be the newest
    if column is None:
        raise Drifted(f"The column {column_id} went away.", code="column")
    there = [_as_written(one) for one in column.settings.get("labels") or []]
    after = max((one["index"] for one in there), default=-1) + 1
    labels = [*there, *labels_for(step.name, step.words, after=after)]
    return operations.set_labels(
        client, board_id, column, labels, key=f"{key}-{board_id}-labels-{step.name}-{column.revision}"
    )


def _as_written(told: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "label", "color", "index", "is_done", "is_deactivated")
    return {name: told[name] for name in names if told.get(name) is not None}


def _keep(found: Found, name: str, column: Column) -> None:
    found.columns[name] = column.id
    if name in LABELS:
        by_text = {label.text.casefold(): label.id for label in column.labels if not label.is_deactivated}
        mapped = found.labels.setdefault(name, {})
        for word, text in LABELS[name].items():
            if word not in mapped and text.casefold() in by_text:
                mapped[word] = by_text[text.casefold()]
