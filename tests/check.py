"""`make check`: every static check, each with its name; all of them run, whatever the others say."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
MANAGE = [sys.executable, "manage.py"]
OPENAPI = ROOT / "docs" / "openapi.yaml"
CODE = [
    path.name for path in sorted(ROOT.iterdir()) if (path / "__init__.py").exists() and path.name != "tests"
]
# What `check --deploy` judges: an installation, not this machine.
INSTALLED = {
    "BASE_URL": "https://itsm.kumala.example",
    "DEBUG": "0",
    "DEMO": "0",
    "SECRET_KEY": "k7/" + "aB3#" * 20,
    "SIGNING_KEY": "s9/" + "bC4#" * 20,
}

Check = Callable[[], str]


def program(*command: str | Path, **env: str) -> Check:
    """A check that is a program: it passes when the exit code is 0, and its output says why not."""

    def run() -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout or "failed without a word" if done.returncode else ""

    return run


def translations() -> str:
    """Every sentence of the code is in the Indonesian catalogue, translated, not doubtful, and none is left over."""
    with tempfile.TemporaryDirectory(prefix="kumala-sentences-") as place:
        copy = Path(place) / "kumala"
        aside = shutil.ignore_patterns(
            ".venv", "node_modules", ".git", ".local", "*.mo", "tests", "__pycache__"
        )
        shutil.copytree(ROOT, copy, ignore=aside)
        made = subprocess.run(
            [*MANAGE, "makemessages", "--locale", "id", "--no-wrap"],
            cwd=copy,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if made.returncode:
            return made.stdout
        fresh = polib.pofile(str(copy / "locale/id/LC_MESSAGES/django.po"))
    return "\n".join(_doubtful(fresh))


def _doubtful(catalogue: polib.POFile) -> list[str]:
    found = [f"{e.occurrences[0][0] if e.occurrences else '?'}: not translated: {e.msgid!r}" for e in
             catalogue.untranslated_entries()]  # fmt: skip
    found += [f"{e.occurrences[0][0]}: doubtful (fuzzy): {e.msgid!r}" for e in catalogue.fuzzy_entries()]
    return found + [f"said nowhere any more: {e.msgid!r}" for e in catalogue.obsolete_entries()]


def openapi() -> str:
    """The description of the API in the repository is the one that the code gives."""
    with tempfile.TemporaryDirectory(prefix="kumala-openapi-") as place:
        fresh = Path(place) / "openapi.yaml"
        said = program(
            *MANAGE, "spectacular", "--file", fresh, "--validate", "--fail-on-warn", LANGUAGE="en"
        )()
        if said:
            return said
        if not OPENAPI.exists() or fresh.read_text() != OPENAPI.read_text():
            return f"Out of date: {' '.join(['.venv/bin/python', 'manage.py'])} spectacular --file docs/openapi.yaml"
    return ""


CHECKS: dict[str, Check] = {
    "ruff": program(BIN / "ruff", "check", "--quiet", "."),
    "format": program(BIN / "ruff", "format", "--check", "--quiet", "."),
    "types": program(BIN / "mypy", "--no-error-summary", *CODE),
    "templates": program(BIN / "djlint", "--lint", "--quiet", "templates"),
    "floors and doors": program(BIN / "lint-imports", "--no-cache"),
    "migrations": program(*MANAGE, "makemigrations", "--check", "--dry-run"),
    "deployment": program(*MANAGE, "check", "--deploy", "--fail-level", "WARNING", **INSTALLED),
    "translations": translations,
    "placeholders": program("msgfmt", "--check-format", "-o", os.devnull, "locale/id/LC_MESSAGES/django.po"),
    "openapi": openapi,
    "documents": program(*MANAGE, "write_docs", "--check"),
}


def main(only: list[str]) -> int:
    """Run the checks (or those named); 1 when one of them has something to say."""
    failed = []
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        begun = time.monotonic()
        said = check().strip()
        print(f"{'FAILED' if said else 'ok':<7} {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        if said:
            print(said, flush=True)
            failed.append(name)
    if failed:
        print(f"\n{len(failed)} of {len(CHECKS)} checks failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
