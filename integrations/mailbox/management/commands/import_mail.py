"""`manage.py import_mail FILE.eml|MBOX|DIRECTORY ...`: letters from files, as if they had come to the mailbox."""

import io
import mailbox
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.mailbox import actions
from integrations.mailbox.enums import State
from integrations.mailbox.models import Message
from integrations.mailbox.reading import glance

SOURCE = "import"


class Command(BaseCommand):
    """Reading letters from files. The same letter is never taken in twice."""

    help = "Take in e-mails from .eml files, mbox files, or directories of .eml files (Maildir too)."

    def add_arguments(self, parser: Any) -> None:
        """Where the letters are."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_DIRECTORY")

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep all of them, place all of them, say what became of them."""
        kept: list[int] = []
        known = 0
        for path in options["paths"]:
            for raw in _letters(path):
                message, new = actions.keep(raw=io.BytesIO(raw), mailbox=SOURCE, received_at=_received(raw))
                kept += [message.pk] if new else []
                known += not new
        while actions.settle():
            pass
        self._report(kept, known)

    def _report(self, kept: list[int], known: int) -> None:
        states = Counter(Message.objects.filter(pk__in=kept).values_list("state", flat=True))
        self.stdout.write(f"{len(kept)} new, {known} known already")
        for state in State:
            if states[state]:
                self.stdout.write(f"  {states[state]:6} {state.value}")


def _letters(path: Path) -> Iterator[bytes]:
    """The letters at this place, each as its bytes. Raises CommandError where there is none."""
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".")):
            yield file.read_bytes()
    elif not path.is_file():
        raise CommandError(f"{path} is neither a file nor a directory.")
    elif _is_mbox(path):
        with closing(mailbox.mbox(path, create=False)) as box:
            for key in box.iterkeys():
                yield box.get_bytes(key)
    else:
        yield path.read_bytes()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _received(raw: bytes) -> datetime:
    """When the newest of the servers on its way received it; now, where none says so. Never what its writer says."""
    found = glance(io.BytesIO(raw)).received
    return min(datetime.fromisoformat(found[0]), timezone.now()) if found else timezone.now()
