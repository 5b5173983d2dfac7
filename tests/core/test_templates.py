"""What every template keeps to, read from the files."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCREENS = [path for path in TEMPLATES if path.relative_to(ROOT / "templates").parts[0] not in ("mail", "pdf")]
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))
ICONS = ROOT / "node_modules/@tabler/icons/icons/outline"


def name(path: Path) -> str:
    """The template's name as Django knows it."""
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", SCREENS, ids=name)
def test_nothing_needs_an_unsafe_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", text), "an inline handler"
    assert not re.search(r"<[a-z][^>]*\sstyle=", text), "an inline style"
    assert "<style" not in text, "an inline style sheet"
    assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))", text), "an inline script"
    assert "hx-on" not in text, "an inline handler of htmx"


@pytest.mark.parametrize("path", COMPONENTS, ids=name)
def test_a_component_says_what_it_takes(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(("{#", "{% comment %}"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_icon_exists(path: Path) -> None:
    wanted = re.findall(
        r'\{% icon "([^"]+)"|(?:icon_name|action_icon)="([^"]+)"', path.read_text(encoding="utf-8")
    )
    missing = [a or b for a, b in wanted if not (ICONS / f"{a or b}.svg").exists()]
    assert not missing


@pytest.mark.parametrize("path", SCREENS, ids=name)
def test_blocks_stand_in_the_fixed_order(path: Path) -> None:
    order = ["title", "head", "header", "content", "scripts"]
    blocks = [b for b in re.findall(r"\{% block (\w+) %\}", path.read_text(encoding="utf-8")) if b in order]
    assert blocks == sorted(blocks, key=order.index)
