"""Every type of event, with its sentence in both languages and who hears of it."""

from collections.abc import Iterator

from events import registry
from portal.management.documents.words import english, first_line, indonesian, page, table


def events() -> str:
    """docs/events.md"""
    introduction = (
        "One row of the ledger is one thing that happened; its sentence stands on the timeline after the name of"
        " whoever did it. ‹places› are filled from the facts of the event. A subscriber is told at least once, after"
        " the commit, in order; hearing an event twice changes nothing."
    )
    return page("Events", introduction, *_groups(), _silent())


def _groups() -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for name in registry.LABELS:
        groups.setdefault(name.partition(".")[0], []).append(name)
    for group in sorted(groups):
        rows = [_row(name) for name in groups[group]]
        yield f"## {group}\n\n" + table(("Type", "English", "Indonesian", "Who is told, and why"), rows)


def _row(name: str) -> list[str]:
    label = registry.LABELS[name]
    told = [f"`{s.name}`: {first_line(s.handler)}" for s in registry.listeners(name)]
    return [
        f"`{name}`",
        english(label),
        indonesian(label),
        "<br>".join(told) or "nobody; it stands in the ledger",
    ]


def _silent() -> str:
    heard = sum(1 for name in registry.LABELS if registry.listeners(name))
    return f"{len(registry.LABELS)} types, {heard} of them with a subscriber; {len(registry.SUBSCRIBERS)} subscribers."
