"""`manage.py case_file NUMBER FILE`: everything about a request in one sealed PDF."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from approvals import actions
from core.errors import PermissionDenied
from events.subjects import Subject
from tickets.models import Ticket


class Command(BaseCommand):
    """Writes the case file at once, as the person named by `--as` may read the case."""

    help = "Write the case file of a request (its number as in its address) to a PDF."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which request, where to, and for whom."""
        parser.add_argument("ticket", type=int)
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, help="e-mail of the person it is made for")
        parser.add_argument("--language", choices=["id", "en"], default="id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compose, seal, write. Refuses what the person could not have made on the page."""
        person = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody has the address {options['email']}.")
        case = Subject(Ticket._meta.label_lower, options["ticket"])
        try:
            content = actions.hand_over(case=case, by=person, language=options["language"])
        except PermissionDenied:
            raise CommandError(f"{person} may not have this case as a whole.") from None
        options["file"].write_bytes(content)
        self.stdout.write(f"{options['file']}: {len(content)} bytes")
