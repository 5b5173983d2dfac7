"""`manage.py prove_copy`: does this database hold together, and can somebody sign in to the product that runs over it?

A restore drill asks it of a copy of this product. Whatever is written on the way is rolled back.
"""

import io
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse

from accounts import actions as accounts
from accounts.enums import Role
from portal import invariants
from tickets.models import Ticket

_PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


class Command(BaseCommand):
    """The ledger, what is always true of the data, and the product as a person meets it."""

    help = "Verify the ledger and the invariants of this database, sign in, and read pages. Nothing stays changed."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line of JSON; exit code 1 with what is wrong as its key: `ledger`, `invariants` or `sign_in`."""
        found = {"ledger": _ledger(), "invariants": _invariants()}
        # Whether the looks of the pages were collected on this machine is no question about the data.
        plain = settings.STORAGES | {"staticfiles": _PLAIN}
        with override_settings(STORAGES=plain), transaction.atomic():
            found["pages"] = _pages()
            transaction.set_rollback(True)
        self.stdout.write(json.dumps(found))


def _wrong(what: str, said: str) -> CommandError:
    return CommandError(json.dumps({what: said[:2000]}))


def _ledger() -> str:
    said = io.StringIO()
    try:
        call_command("verify_ledger", stdout=said)
    except CommandError as problem:
        raise _wrong("ledger", f"{problem}\n{said.getvalue()}") from None
    return said.getvalue().strip().splitlines()[-1]


def _invariants() -> int:
    with connection.cursor() as cursor:
        broken = invariants.broken(cursor)
    if broken:
        raise _wrong("invariants", "; ".join(f"{said}: {', '.join(rows)}" for said, rows in broken.items()))
    return len(invariants.INVARIANTS)


def _pages() -> list[str]:
    """The pages that were read by somebody who signed in with a password, as an auditor does."""
    password = secrets.token_urlsafe(24)
    person = accounts.enrol(
        email=f"{secrets.token_hex(8)}@copy.invalid", name="Copy", branch=None, password=password
    )
    accounts.grant_role(user=person, role=Role.AUDITOR, by=accounts.robot("setup"))
    place = urlsplit(settings.BASE_URL)
    browser = Client(SERVER_NAME=place.hostname or "localhost", raise_request_exception=False)
    secure = place.scheme == "https"
    typed = {"login": person.email, "password": password}
    answer = browser.post(reverse(settings.LOGIN_URL), typed, secure=secure)
    if answer.status_code != 302 or settings.SESSION_COOKIE_NAME not in browser.cookies:
        raise _wrong("sign_in", f"{answer.status_code} instead of a session")
    newest = Ticket.objects.visible_to(person).order_by("-pk").first()
    wanted = [reverse("portal:home"), reverse("tickets:list")]
    wanted += [newest.get_absolute_url()] if newest is not None else []
    for address in wanted:
        answer = browser.get(address, secure=secure)
        if answer.status_code != 200:
            raise _wrong("sign_in", f"{address} answers {answer.status_code}")
    return wanted
