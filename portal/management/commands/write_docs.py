"""`manage.py write_docs [--check]`: the pages that the code writes about itself."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.management.documents.gates import gates
from portal.management.documents.happenings import events
from portal.management.documents.lists import decisions, readme
from portal.management.documents.roles import roles
from portal.management.documents.states import states
from portal.management.documents.words import ROOT

PAGES: dict[str, Callable[[], str]] = {
    "docs/states.md": states,
    "docs/events.md": events,
    "docs/roles.md": roles,
    "docs/gates.md": gates,
    "docs/decisions/README.md": decisions,
    "README.md": readme,
}


class Command(BaseCommand):
    """Writes them, or says which differ."""

    help = "Write the pages of docs/ that follow from the code; --check only compares."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--check`."""
        parser.add_argument("--check", action="store_true", help="write nothing, fail when a page differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every page of the table above."""
        stale = []
        for name, write in PAGES.items():
            path, text = ROOT / name, write()
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(name)
            if not options["check"]:
                path.write_text(text, encoding="utf-8")
        if stale and options["check"]:
            raise CommandError(f"Out of date: {', '.join(stale)}. Run: .venv/bin/python manage.py write_docs")
        self.stdout.write(f"Written: {', '.join(stale)}" if stale else "The pages say what the code says.")
