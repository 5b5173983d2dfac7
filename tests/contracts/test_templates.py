"""Every template: used, without code of its own, with names and pictures that exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist, engines
from django.urls import get_resolver

ROOT = Path(settings.ROOT)
TEMPLATES = sorted(p for p in (ROOT / "templates").rglob("*") if p.suffix in (".html", ".txt", ".css"))
PAGES = [p for p in TEMPLATES if p.suffix == ".html" and p.parts[-2] not in ("pdf", "mail")]
# Found by their name from packages, not from our code.
FOUND_BY_OTHERS = (
    "account/",
    "mfa/",
    "allauth/",
    "django/",
    "admin/",
    "400.",
    "403.",
    "404.",
    "429.",
    "500.",
    "usersessions/",
)
ICONS = ROOT / "node_modules/@tabler/icons/icons/outline"


each = pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT / "templates")))


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def _source() -> str:
    own = [
        p for p in ROOT.glob("*/**/*.py") if not {".venv", "node_modules", "tests", ".local"} & set(p.parts)
    ]
    return "\n".join(p.read_text(encoding="utf-8") for p in [*own, *TEMPLATES])


@each
def test_compiles(path: Path) -> None:
    try:
        engines["django"].get_template(_name(path))
    except TemplateDoesNotExist as missing:
        pytest.fail(f"{_name(path)} needs {missing}")


def test_every_template_is_used() -> None:
    source = _source()
    unused = [
        _name(p) for p in TEMPLATES
        if not _name(p).startswith(FOUND_BY_OTHERS) and f'"{_name(p)}"' not in source and f"'{_name(p)}'" not in source
        and not re.search(rf'f"{re.escape(_name(p).rpartition("/")[0])}/\{{', source)
    ]  # fmt: skip
    assert unused == []


@each_page
def test_no_code_and_no_style_inside(path: Path) -> None:
    text = re.sub(
        r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "an inline handler"
    assert not re.search(r"<[^>]*\sstyle\s*=", text), "an inline style"
    assert not re.search(r"<style\b", text), "a style sheet inside"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text), "a script inside"
    assert not re.search(r"(href|src|action)=\"(https?:)?//", text), "something from elsewhere"
    escaped = text.replace(
        "field.help_text|safe", ""
    )  # sentences of our own forms; Django's templates do the same
    assert not re.search(r"\|\s*safe\b|autoescape\s+off", escaped), "text that is not escaped"
    assert "javascript:" not in text


@each_page
def test_every_posting_form_has_its_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL):
        assert "csrf_token" in form or "form_marks" in form or "{{ form }}" in form or "{% slot" in form, (
            form[:100]
        )


@each
def test_every_address_has_a_name_that_exists(path: Path) -> None:
    known = set()

    def walk(patterns: list, spaces: tuple[str, ...]) -> None:  # type: ignore[type-arg]
        for found in patterns:
            if hasattr(found, "url_patterns"):
                walk(found.url_patterns, (*spaces, found.namespace) if found.namespace else spaces)
            else:
                known.add(":".join((*spaces, found.name or "")))

    walk(get_resolver().url_patterns, ())
    asked = set(re.findall(r"\{%\s*url\s+[\"']([^\"']+)[\"']", path.read_text(encoding="utf-8")))
    demo = {"gallery"}
    assert asked - known - demo == set()


def test_every_picture_exists() -> None:
    source = _source()
    names = set(re.findall(r"\{%\s*icon\s+[\"']([a-z0-9-]+)[\"']", source)) | set(
        re.findall(r"\bicon=\"([a-z0-9-]+)\"", source)
    )
    assert len(names) > 20
    assert [name for name in sorted(names) if not (ICONS / f"{name}.svg").exists()] == []


def test_every_component_says_what_it_takes() -> None:
    for path in TEMPLATES:
        if path.parent.name == "components":
            assert re.match(
                r"\s*(\{%\s*load [^%]*%\}\s*)*\{%\s*comment|\s*\{#", path.read_text(encoding="utf-8")
            ), _name(path)
