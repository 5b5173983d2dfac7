"""The gates of the SOP: the rule that draws and refuses, the trigger that refuses everybody, the acts tried."""

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps

from core.rules import Rule
from portal.management.documents.words import (
    ROOT,
    english,
    first_line,
    indonesian,
    machines,
    page,
    table,
    transitions,
)

# In our words; the SOP's own text hangs in the office.
CLAUSES = {
    "SOP-A1": "Every request passes the IT Manager, or the substitute for that day, before anybody works on it.",
    "SOP-A2": "A build runs on Trial, then on Training, and only then on Production.",
    "SOP-A5": "A development of more hours than the policy allows waits for the Director and the Board.",
    "SOP-A6": "Finished means: the user tested and signed a build, and that build is the one in production.",
    "SOP-B4.5": "Before a release it is known what may go wrong, and how it is undone.",
}
_RAISES = re.compile(
    r"RAISE EXCEPTION '((?:[^']|'')*)'\s+USING ERRCODE = 'check_violation', CONSTRAINT = '(SOP-[\w.]+)'"
)


def gates() -> str:
    """docs/gates.md"""
    introduction = (
        "Each gate stands in two places of the code and one table of tests tries it in four ways: by the action, on the"
        " page, through the API, and with SQL as the role that the product runs as. The refusal carries the clause."
    )
    return page("Gates", introduction, *(_clause(clause, says) for clause, says in CLAUSES.items()), _final())


def _clause(clause: str, says: str) -> str:
    parts = [
        f"## {clause}",
        says,
        "**Rules** (`why_not` draws the button, `fire` refuses the call)",
        _rules(clause),
    ]
    parts += ["**Triggers** (PostgreSQL, for everybody)", _triggers(clause)]
    parts += ["**Tried** in `tests/contracts/test_gates.py`", _tried(clause)]
    return "\n\n".join(parts)


def _rules(clause: str) -> str:
    used = _uses()
    rows = [
        (
            f"`{place}`",
            first_line(rule),
            english(rule.message),
            indonesian(rule.message),
            ", ".join(used.get(place, [])),
        )
        for place, rule in _all_rules()
        if rule.clause == clause
    ]
    rows += [
        (f"`{place}`", "said by the action itself", says, "", "") for place, says in _said_by_actions(clause)
    ]
    return table(("Rule", "Is true when", "Refusal", "In Indonesian", "Asked by"), rows)


def _all_rules() -> Iterator[tuple[str, Rule]]:
    for app in apps.get_app_configs():
        try:
            module = importlib.import_module(f"{app.name}.rules")
        except ModuleNotFoundError:
            continue
        for name, rule in vars(module).items():
            if isinstance(rule, Rule) and rule.test.__module__ == module.__name__:
                yield f"{app.label}.rules.{name}", rule


def _uses() -> dict[str, list[str]]:
    """Which transitions ask a rule."""
    found: dict[str, list[str]] = {}
    for model, field in machines():
        for name, steps in transitions(model, field).items():
            for condition in steps[0].conditions:
                place = f"{condition.test.__module__}.{condition.__name__}"
                found.setdefault(place, []).append(f"`{model.__name__}.{name}`")
    return found


def _said_by_actions(clause: str) -> Iterator[tuple[str, str]]:
    """Refusals with a clause that no predicate can foresee: what the act itself would bring."""
    for app in apps.get_app_configs():
        room = ROOT / app.label
        for path in [*room.glob("actions.py"), *sorted(room.glob("actions/*.py"))]:
            for function in ast.parse(path.read_text(encoding="utf-8")).body:
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    if any(k.arg == "rule" and ast.unparse(k.value) == repr(clause) for k in call.keywords):
                        name = getattr(function, "name", "")
                        inside = f".{path.stem}" if path.stem != "actions" and name.startswith("_") else ""
                        yield f"{app.label}.actions{inside}.{name}", _text(call)


def _text(call: ast.Call) -> str:
    """The sentence inside `NotPossible(_("..."), rule=...)`."""
    said = [
        n.value for n in ast.walk(call.args[0]) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]
    return said[0] if said else ""


def _triggers(clause: str) -> str:
    rows = [
        (f"`{model._meta.db_table}`", f"`{trigger.name}`", message)
        for model, trigger in _all_triggers()
        for message, named in dict.fromkeys(_RAISES.findall(str(getattr(trigger, "func", None) or "")))
        if named == clause
    ]
    return table(
        ("Table", "Trigger", "Refuses with"), [(*row[:2], row[2].replace("''", "'")) for row in rows]
    )


def _all_triggers() -> Iterator[tuple[Any, Any]]:
    for model in sorted(apps.get_models(), key=lambda m: m._meta.label_lower):
        for trigger in getattr(model._meta, "triggers", []):
            yield model, trigger


def _tried(clause: str) -> str:
    tree = ast.parse((ROOT / "tests" / "contracts" / "test_gates.py").read_text(encoding="utf-8"))
    acts = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Act"]
    tried = [
        (str(ast.literal_eval(a.args[0])), str(ast.literal_eval(a.args[2])))
        for a in acts
        if _names(a, clause)
    ]
    return "\n".join(f"- {title.replace('_', ' ')} (as {who.replace('_', ' ')})" for title, who in tried)


def _names(act: ast.Call, clause: str) -> bool:
    return len(act.args) > 2 and ast.unparse(act.args[1]) == repr(clause)


def _final() -> str:
    """What no clause names but the proof needs: rows that stay, and moves that are declared."""
    rows = []
    for model, trigger in _all_triggers():
        kind = type(trigger).__name__
        if kind == "Protect":
            rows.append(
                (
                    f"`{model._meta.db_table}`",
                    f"`{trigger.name}`",
                    f"refuses {str(trigger.operation).lower()}",
                )
            )
        elif kind == "FSM":
            rows.append(
                (
                    f"`{model._meta.db_table}`",
                    f"`{trigger.name}`",
                    f"refuses undeclared moves of {trigger.field}",
                )
            )
        elif not _RAISES.search(str(trigger.func or "")):
            rows.append(
                (f"`{model._meta.db_table}`", f"`{trigger.name}`", f"guards {str(trigger.operation).lower()}")
            )
    return "## Rows that stay as they were written\n\n" + table(("Table", "Trigger", "Does"), rows)
