"""`manage.py api_token EMAIL`, or `manage.py api_token --robot NAME`: print a new API token."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.enums import Scope
from accounts.models import User


class Command(BaseCommand):
    """Issues a token; the secret is printed once and kept only as a hash."""

    help = (
        "Issue an API token for the person with this e-mail address, or for a robot that reports deployments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, what for, and how far it reaches."""
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("email", nargs="?", default="")
        whose.add_argument("--robot", default="", help="made on first use; its scope is always deploy")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the secret alone, so that a script can take it."""
        robot, scope = options["robot"], Scope(options["scope"])
        user = self._robot(robot) if robot else self._person(options["email"])
        scope = Scope.DEPLOY if robot else scope
        _token, secret = actions.issue_token(user=user, name=options["name"], by=user, scope=scope)
        self.stdout.write(secret)

    def _person(self, email: str) -> User:
        user: User | None = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {email}.")
        return user

    def _robot(self, name: str) -> User:
        if not re.fullmatch(r"ci-[a-z0-9-]{1,40}", name):
            raise CommandError(
                "Call it ci-something, in small letters: the other names are the product's own."
            )
        return actions.robot(name)
