"""`manage.py api_token EMAIL`: print a new API token for somebody."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.enums import Scope
from accounts.models import User


class Command(BaseCommand):
    """Issues a token; the secret is printed once and kept only as a hash."""

    help = "Issue an API token for the person with this e-mail address."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, what for, and how far it reaches."""
        parser.add_argument("email")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the secret alone, so that a script can take it."""
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        _token, secret = actions.issue_token(
            user=user, name=options["name"], by=user, scope=Scope(options["scope"])
        )
        self.stdout.write(secret)
