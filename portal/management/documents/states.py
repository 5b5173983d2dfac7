"""The state diagrams, from the same declarations that draw the buttons and refuse the calls."""

from typing import Any

from portal.management.documents.roles import who_may
from portal.management.documents.words import allowed, english, first_line, machines, page, table, transitions


def states() -> str:
    """docs/states.md"""
    introduction = (
        "Where a thing may stand and how it moves. An arrow carries the transition, whoever may take it by role and"
        " part (or the rule that says so) and the SOP clauses of the conditions that say when; one without anybody"
        " follows from another act. A trigger in PostgreSQL lets exactly these arrows through, whoever writes."
    )
    return page("States", introduction, *(_machine(model, field) for model, field in machines()))


def _machine(model: Any, field: Any) -> str:
    labels = {str(value): english(label) for value, label in field.choices}
    steps = transitions(model, field)
    return "\n\n".join(
        [
            f"## {model.__name__}: `{model._meta.label_lower}.{field.name}`",
            first_line(model),
            _diagram(model, labels, steps, allowed(model, field), str(field.default)),
            table(("Transition", "Says", "From", "To", "Who", "When"), _rows(labels, steps, len(labels))),
        ]
    )


def _diagram(
    model: Any, labels: dict[str, str], steps: dict[str, list[Any]], moves: list[tuple[str, str]], first: str
) -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{label}" as {value}' for value, label in labels.items()]
    lines += [f"    [*] --> {first}"]
    lines += [
        f"    {source} --> {target}: {_arrow(model, steps, source, target)}" for source, target in moves
    ]
    lines += [
        f"    {value} --> [*]" for value in labels if value not in {source for source, _target in moves}
    ]
    return "\n".join([*lines, "```"])


def _arrow(model: Any, steps: dict[str, list[Any]], source: str, target: str) -> str:
    """Every transition that goes this way: name (roles), clauses."""
    ways = [
        s for group in steps.values() for s in group if s.target == target and s.source in (source, "*", "+")
    ]
    return " or ".join(dict.fromkeys(" ".join(filter(None, [_who(model, s), _clauses(s)])) for s in ways))


def _who(model: Any, step: Any) -> str:
    """A move that follows from another act asks nobody."""
    rule = step.permission.__name__ if step.permission else "anyone"
    if rule == "anyone":
        return str(step.name)
    return f"{step.name} ({', '.join(who_may(model, step)) or rule})"


def _clauses(step: Any) -> str:
    return ", ".join(dict.fromkeys(c.clause for c in step.conditions if c.clause))


def _rows(labels: dict[str, str], steps: dict[str, list[Any]], most: int) -> list[list[str]]:
    """A row for each transition, and one more for each other target that it has."""
    ways: dict[tuple[str, str], list[Any]] = {}
    for name, group in steps.items():
        for step in group:
            ways.setdefault((name, str(step.target)), []).append(step)
    return [_row(labels, name, group, most) for (name, _target), group in ways.items()]


def _row(labels: dict[str, str], name: str, group: list[Any], most: int) -> list[str]:
    step = group[0]
    places = [value for value in labels if value in {str(s.source) for s in group}]
    come_from = ", ".join(labels[value] for value in places) if 0 < len(places) < most else "any"
    goes_to = labels[str(step.target)] if step.target is not None else "stays"
    when = "; ".join(f"`{c.__name__}`" + (f" ({c.clause})" if c.clause else "") for c in step.conditions)
    who = (
        f"`{step.permission.__name__}`: {first_line(step.permission)}" if step.permission else "by the action"
    )
    return [f"`{name}`", first_line(step.method), come_from, goes_to, who, when or "always"]
