"""What was broken, what held and the figures, as a document: `python -m tests.chaos --out FILE`."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.report import conditions

_HEAD = """# Reliability

Written by a whole run of `make chaos`. Each act breaks one kind of thing and then compares: with the
journals of the clients, with the letters that were taken, with a slow reference. R1, S1 and the like are bars: what
must hold, whatever happens.

| Condition | |
|---|---|
{conditions}

{verdict}
"""


@dataclass(frozen=True)
class Played:
    """An act, and what it said."""

    name: str
    about: str
    lines: list[str]
    missed: list[str]
    seconds: float

    def text(self) -> str:
        """As it stands in a terminal."""
        missed = [f"MISSED {what}"[:600] for what in self.missed]
        return "\n".join(
            [f"\n== {self.name}: {self.about}", *self.lines, *missed, f"   {self.seconds:.0f} s"]
        )

    def page(self) -> str:
        """As it stands in the document."""
        lines = [line.strip() for line in self.lines] + [f"**Missed:** {what}"[:600] for what in self.missed]
        return "\n".join([f"## {self.about}", "", *(f"- {line}" for line in lines), ""])


@dataclass
class Report:
    """What was played so far."""

    played: list[Played] = field(default_factory=list)

    def write(self, out: Path, asked: argparse.Namespace, *, minutes: float, order: list[str]) -> None:
        """The page, its acts in the order in which they are listed."""
        missed = sum(len(act.missed) for act in self.played)
        told = {
            name: value for name, value in conditions().items() if name in ("date", "machine", "versions")
        }
        told["sizes"] = ", ".join(
            f"{name.replace('_', ' ')} {value:g}"
            for name, value in vars(asked).items()
            if isinstance(value, int | float)
        )
        verdict = "Every bar was held" if not missed else f"{missed} bars were missed"
        text = _HEAD.format(
            conditions="\n".join(f"| {name} | {value} |" for name, value in told.items()),
            verdict=f"{verdict}, in {minutes:.1f} minutes.",
        )
        acts = sorted(self.played, key=lambda act: order.index(act.name))
        out.write_text("\n".join([text, *(act.page() for act in acts)]).rstrip() + "\n", encoding="utf-8")
