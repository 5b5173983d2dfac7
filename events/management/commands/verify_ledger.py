"""`manage.py verify_ledger`: is the ledger what was written?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import anchors
from events.ledger import Look
from events.models import Seal


class Command(BaseCommand):
    """Reads every event and every seal; exit code 1 when something is not as it was written."""

    help = (
        "Check every chain and seal of the ledger, against the anchor outside and against heads from letters."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the anchor lies, and heads that somebody kept."""
        parser.add_argument("--anchor", type=Path, help="directory of the anchor (LEDGER_ANCHOR_DIR)")
        parser.add_argument(
            "--head", action="append", default=[], help="a head from a letter; may be given often"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each place that is wrong: which event of which case, and in which way."""
        if options["anchor"] and not options["anchor"].is_dir():
            raise CommandError(f"{options['anchor']} is no directory.")
        look = Look(anchor=options["anchor"] or anchors.place())
        broken = 0
        for place in look.broken():
            broken += 1
            self.stdout.write(f"event {place.event_id} ({place.subject} no. {place.seq}): {place.why}")
        for head in options["head"]:
            if not Seal.objects.filter(hash=head.strip().lower()).exists():
                broken += 1
                self.stdout.write(f"no seal has the head {head}: the ledger was rewritten or cut")
        if broken:
            raise CommandError(f"{broken} place(s) are not as written.")
        self.stdout.write(self._reached(look))

    def _reached(self, look: Look) -> str:
        seals = Seal.objects.count()
        said = f"The ledger is whole: {look.events} events, {seals} seals"
        return f"{said}, compared with the anchor." if look.anchor else f"{said}; no anchor to compare with."
