"""What is written about the product is true: generated pages are fresh, links lead somewhere, names exist."""

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from events import registry
from kumala_itsm.schedule import SCHEDULE
from portal.management.commands.write_docs import PAGES

ROOT = Path(settings.ROOT)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
GUIDES = sorted(path.name for path in (ROOT / "docs" / "guides").glob("*.md"))
LABELS = {config.label for config in apps.get_app_configs()}
APPS = ("core", "events", "accounts", "notifications", "clocks", "approvals", "tickets", "devflow", "portal")
STATUSES = ("Accepted", "Proposed", "Replaced by ")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
every_decision = pytest.mark.parametrize("path", DECISIONS, ids=lambda p: p.stem)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_says_what_the_code_says(name: str) -> None:
    same = (ROOT / name).read_text(encoding="utf-8") == PAGES[name]()
    assert same, f"{name} is out of date: .venv/bin/python manage.py write_docs"


@every_document
def test_links_lead_somewhere(path: Path) -> None:
    missing = [target for target in _links(path) if not (path.parent / target).exists()]
    assert missing == []


def _links(path: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        file = target.partition("#")[0]
        if (
            file and "://" not in file and "pictures/" not in file
        ):  # a picture is there when its journey was played
            yield file


@every_document
def test_files_that_are_named_exist(path: Path) -> None:
    """`tickets/actions.py` and its like; a name with a place to fill in, or without a folder, is an example."""
    named = re.findall(
        r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|html|js|css|yml|yaml|md|sh|toml))`", path.read_text("utf-8")
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


@every_document
def test_names_of_the_code_exist(path: Path) -> None:
    """`tickets.actions.accept` and its like: something to import, a task, a subscriber, a model or a column."""
    named = re.findall(rf"`((?:{'|'.join(APPS)})(?:\.\w+)+)(?:\([^`]*)?`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not _is_known(name)] == []


def _is_known(name: str) -> bool:
    name = name.replace("events.record", "events.actions.record")  # as actions call it
    tasks = {entry["task"] for entry in SCHEDULE.values()}
    if name in tasks or name in registry.SUBSCRIBERS or _is_model(name):
        return True
    try:
        module, rest = import_module(name.partition(".")[0]), name.split(".")[1:]
        for n, part in enumerate(rest, start=1):
            if not hasattr(module, part):
                import_module(".".join([name.partition(".")[0], *rest[:n]]))
            module = getattr(module, part)
    except (ImportError, AttributeError):
        return False
    return True


def _is_model(name: str) -> bool:
    """`accounts.User`, `tickets.ticket.status`."""
    app, model, *field = name.split(".")
    found = {m.__name__.lower(): m for m in apps.get_app_config(app).get_models()} if app in LABELS else {}
    return model.lower() in found and all(hasattr(found[model.lower()], f) for f in field)


@every_document
def test_pictures_are_made_by_a_journey(path: Path) -> None:
    played = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests" / "journeys").glob("*.py"))
    shown = re.findall(r"pictures/([\w-]+)\.png", path.read_text(encoding="utf-8"))
    # A journey names the file, or what it shows: that is kept as it looks on a desk and on a phone.
    made = [{f'"{name}.png"', f'"{name.removesuffix("-phone")}"'} for name in shown]
    assert [names for names in made if not any(name in played for name in names)] == []


@every_decision
def test_a_decision_has_its_number_and_its_four_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]}\. \S", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Status"]
    assert text.split("## Status")[1].strip().startswith(STATUSES)


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_guide_is_there_in_both_languages() -> None:
    assert GUIDES
    assert sorted(path.name for path in (ROOT / "docs" / "guides" / "id").glob("*.md")) == GUIDES


def test_the_architecture_names_every_sweep_and_every_gate() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    triggers = {
        t.name for m in apps.get_models() for t in getattr(m._meta, "triggers", []) if _keeps_the_sop(t)
    }
    assert [name for name in triggers if f"`{name}`" not in text] == []
    for entry in SCHEDULE.values():
        seconds = entry["schedule"]
        period = f"{seconds / 3600:.0f} h" if seconds >= 3600 else f"{seconds:.0f} s"
        assert re.search(rf"^\| `{re.escape(entry['task'])}` \| {period}\b", text, re.MULTILINE), entry[
            "task"
        ]


def _keeps_the_sop(trigger: object) -> bool:
    return "CONSTRAINT = 'SOP-" in str(getattr(trigger, "func", "") or "")


def test_every_package_has_its_reason() -> None:
    """ARCHITECTURE.md explains exactly the packages that pyproject.toml and package.json ask for."""
    section = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## Packages")[1].split("\n## ")[0]
    explained = {name for line in section.splitlines() if line.startswith("|") for name in _first_cell(line)}
    assert explained == _wanted()


def _first_cell(line: str) -> list[str]:
    return re.findall(r"`([^`]+)`", line.split("|")[1])


def _wanted() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    names = {re.split(r"[\[<>=~! ;]", name)[0] for name in [*project["dependencies"], *extras]}
    front = re.findall(r'"([@\w./-]+)": "[\d.]+"', (ROOT / "package.json").read_text(encoding="utf-8"))
    return names | {name for name in front if name != "version"}
