"""`manage.py add_administrator EMAIL NAME`: the first person of a new installation."""

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.enums import Role
from accounts.models import User


class Command(BaseCommand):
    """Enrols somebody who then makes everybody else in the administration."""

    help = "Enrol an administrator; asks for the password, or reads it from standard input with --stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and where the password comes from."""
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses an address that is taken and a password that is too weak."""
        if User.objects.filter(email__iexact=options["email"]).exists():
            raise CommandError(f"Somebody here already has the address {options['email']}.")
        password = input() if options["stdin"] else getpass.getpass("Password: ")
        try:
            validate_password(password, User(email=options["email"], name=options["name"]))
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        user = actions.enrol(email=options["email"], name=options["name"], branch=None, password=password)
        actions.grant_role(user=user, role=Role.ADMINISTRATOR, by=actions.robot("setup"))
        self.stdout.write(f"{user} may sign in and make everybody else.")
