"""Lists inside hand-written pages: the decisions in their order, and the table of settings in the README."""

import re
from pathlib import Path

from portal.management.documents.words import NOTE, ROOT, table

DECISIONS = ROOT / "docs" / "decisions"
_BEGIN, _END = "<!-- settings: written by manage.py write_docs -->", "<!-- end of settings -->"


def decisions() -> str:
    """docs/decisions/README.md"""
    rows = [_decision(path) for path in sorted(DECISIONS.glob("[0-9]*.md"))]
    introduction = (
        "One page for each choice that somebody will ask about again. A page is never rewritten: a later one replaces"
        " it, and both say so in their status."
    )
    return (
        "\n\n".join(["# Decisions", NOTE, introduction, table(("Number", "Decision", "Status"), rows)]) + "\n"
    )


def _decision(path: Path) -> tuple[str, str, str]:
    text = path.read_text(encoding="utf-8")
    title = text.split("\n", 1)[0].removeprefix("# ").partition(". ")[2]
    status = re.search(r"^## Status\n+(.+)", text, re.MULTILINE)
    return path.name[:4], f"[{title}]({path.name})", status.group(1) if status else "?"


def readme() -> str:
    """README.md with the table of settings as `.env.example` explains them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _begin, rest = text.partition(_BEGIN)
    _old, _end, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{settings()}\n\n{_END}{after}"


def settings() -> str:
    """Name, usual value and explanation of every variable."""
    rows, said = [], ""
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        variable = re.match(r"#?([A-Z_]+)=(.*)", line)
        if variable:
            rows.append((f"`{variable[1]}`", f"`{variable[2]}`" if variable[2] else "", said))
        elif line.startswith("# ") and not line.startswith("# ---"):
            said = f"{said} {line[2:]}".strip() if not rows or rows[-1][2] != said else line[2:]
        else:
            said = ""
    return table(("Variable", "Example", "What it is"), rows)
