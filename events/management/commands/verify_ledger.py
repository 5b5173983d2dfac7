"""`manage.py verify_ledger`: is the ledger what was written?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events.ledger import verify


class Command(BaseCommand):
    """Walks all hash chains; exit code 1 when one is broken."""

    help = "Check every hash chain of the ledger."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each broken place."""
        broken = 0
        for place in verify():
            broken += 1
            self.stdout.write(f"event {place.event_id} ({place.subject} no. {place.seq}): {place.why}")
        if broken:
            raise CommandError(f"{broken} place(s) are not as written.")
        self.stdout.write("The ledger is whole.")
