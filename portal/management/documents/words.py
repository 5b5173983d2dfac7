"""What every page is written with: tables, the two languages, and the models with their transitions."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polib
from django.apps import apps
from django.conf import settings
from django.utils import translation
from django_fsm import FSMField

ROOT = Path(settings.ROOT)
NOTE = "<!-- Written by `manage.py write_docs`. Change the code, not this page. -->"
# Pages begin with what people ask for; other apps follow in the order of their names.
_FIRST = ("tickets", "devflow", "approvals")


def page(title: str, introduction: str, *parts: str) -> str:
    """A page: title, who wrote it, what it is, then its parts."""
    return "\n\n".join([f"# {title}", NOTE, introduction, *parts]).strip() + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; a cell is one line and holds no bar."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|") or " "


def english(text: object) -> str:
    """A sentence of the product as it stands in the code."""
    with translation.override("en"):
        return _readable(str(text))


def indonesian(text: object) -> str:
    """The same sentence as the screens say it, from the catalogue itself: no compiled file is needed."""
    with translation.override("en"):
        sentence = str(text)
    return _readable(_catalogue().get(sentence, sentence))


@cache
def _catalogue() -> dict[str, str]:
    entries = polib.pofile(str(ROOT / "locale" / "id" / "LC_MESSAGES" / "django.po"))
    return {entry.msgid: entry.msgstr for entry in entries if entry.msgstr and not entry.obsolete}


def _readable(sentence: str) -> str:
    """`%(hours)s` is a place that a fact fills: ‹hours›."""
    return re.sub(r"%\((\w+)\)[sd]", r"‹\1›", sentence).replace("%%", "%")


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return str(thing.__doc__ or "").strip().split("\n")[0]


def machines() -> Iterator[tuple[Any, Any]]:
    """Every model with states, and the field that holds them."""
    found = [
        (model, field)
        for model in apps.get_models()
        if not model._meta.proxy
        for field in model._meta.get_fields()
        if isinstance(field, FSMField)
    ]
    yield from sorted(found, key=lambda pair: _place(pair[0]))


def _place(model: Any) -> tuple[int, str]:
    label = model._meta.app_label
    return (_FIRST.index(label) if label in _FIRST else len(_FIRST), label)


def transitions(model: Any, field: Any) -> dict[str, list[Any]]:
    """The transitions of a field by name, in the order in which the model declares them."""
    found: dict[str, list[Any]] = {name: [] for name in vars(model)}
    for step in field.get_all_transitions(model):
        found[step.name].append(step)
    return {name: sorted(steps, key=lambda s: str(s.source)) for name, steps in found.items() if steps}


def allowed(model: Any, field: Any) -> list[tuple[str, str]]:
    """The (from, to) pairs that the trigger of PostgreSQL lets through."""
    for trigger in getattr(model._meta, "triggers", []):
        if getattr(trigger, "field", None) == field.name:
            return sorted(trigger.transitions)
    raise LookupError(f"{model.__name__}.{field.name} has no trigger that guards its moves")
