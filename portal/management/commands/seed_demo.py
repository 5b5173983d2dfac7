"""`manage.py seed_demo`: a lively group to look at. All of it or nothing; a second run changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import actions as accounts
from accounts.actions import robot
from accounts.models import Branch, User, office_date
from clocks import actions as clocks
from core import locks
from devflow.enums import EnvironmentKind
from devflow.models import Environment, System
from events import actions as events
from notifications import actions as notifications
from portal.management.demo.people import BRANCHES, MORE_ROLES, PEOPLE, SUBSTITUTIONS, SYSTEMS
from portal.management.demo.play import STAGES, Player
from portal.management.demo.requests import DATA_UPDATES, DEVELOPMENTS, TROUBLESHOOTING, Ask
from tickets.enums import Kind

DOMAIN = "kumala.example"
LATEST = 6  # so many requests are news to everybody


class Command(BaseCommand):
    """Fills an empty installation of the demo."""

    help = "Make the demo group: branches, people, systems and some sixty requests in all states."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses outside the demo: its accounts share one known password."""
        if not settings.DEMO or not settings.DEMO_PASSWORD:
            raise CommandError(
                "This is not a demo: set DEMO=1 and DEMO_PASSWORD, never on an installation of your own."
            )
        with quick_hashes():
            new = _seed()
        if not new:
            self.stdout.write("The demo data is there already.")
            return
        _deliver()
        self.stdout.write(f"{len(BRANCHES)} branches, {len(PEOPLE)} people, {len(list(_asks()))} requests.")


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Everybody's password is printed by `make up`: hashing it slowly protects nothing. Signing in hashes it anew."""
    usual = PBKDF2PasswordHasher.iterations
    PBKDF2PasswordHasher.iterations = 1000
    try:
        yield
    finally:
        PBKDF2PasswordHasher.iterations = usual


@transaction.atomic
def _seed() -> bool:
    """False when it was done before."""
    locks.wait_for("seed_demo")
    if User.objects.filter(email=f"requester@{DOMAIN}").exists():
        return False
    people, systems = _people(_branches()), _systems()
    _play(_asks()[:-LATEST], people, systems)
    _deliver()
    for person in people.values():  # a bell with a few messages says more than one with hundreds
        notifications.read_all(by=person)
    _play(_asks()[-LATEST:], people, systems)
    _substitutions(people)
    return True


def _play(asks: list[tuple[Kind, Ask]], people: dict[str, User], systems: dict[str, System]) -> None:
    for kind, ask in asks:
        STAGES[ask.stage](Player(kind, ask, people, systems))


def _deliver() -> None:
    """Everybody hears of everything."""
    clocks.sweep()
    while events.deliver():
        pass


def _asks() -> list[tuple[Kind, Ask]]:
    """All requests, in the order in which they were asked."""
    by_kind = {
        Kind.TROUBLESHOOTING: TROUBLESHOOTING,
        Kind.DATA_UPDATE: DATA_UPDATES,
        Kind.DEVELOPMENT: DEVELOPMENTS,
    }
    asks = [(kind, ask) for kind, kept in by_kind.items() for ask in kept]
    return sorted(asks, key=lambda pair: -pair[1].ago)


def _branches() -> dict[str, Branch]:
    made = {}
    for code, (name, city, zone) in BRANCHES.items():
        made[code] = Branch(code=code, name=name, city=city, time_zone=zone)
        events.keep_reference(row=made[code], fields=["code", "name", "city", "time_zone"], by=robot("demo"))
    return made


def _people(branches: dict[str, Branch]) -> dict[str, User]:
    """Everybody with their roles; read again, because roles are remembered by whoever asked for them."""
    for name, p in PEOPLE.items():
        user = accounts.enrol(
            email=f"{name}@{DOMAIN}", name=p.name, branch=branches[p.branch],
            password=settings.DEMO_PASSWORD, job_title=p.title, language=p.language,
        )  # fmt: skip
        accounts.grant_role(user=user, role=p.role, branch=branches.get(p.area), by=robot("demo"))
    for name, role, area in MORE_ROLES:
        user = User.objects.get(email=f"{name}@{DOMAIN}")
        accounts.grant_role(user=user, role=role, branch=branches[area], by=robot("demo"))
    return {name: User.objects.select_related("branch").get(email=f"{name}@{DOMAIN}") for name in PEOPLE}


def _systems() -> dict[str, System]:
    made = {}
    for name, purpose in SYSTEMS.items():
        made[name] = System(name=name, description=purpose)
        events.keep_reference(row=made[name], fields=["name", "description"], by=robot("demo"))
        for kind in EnvironmentKind:
            address = f"https://{kind}.{name.lower().replace(' ', '-')}.{DOMAIN}/"
            server = Environment(system=made[name], kind=kind, address=address)
            events.keep_reference(row=server, fields=["kind", "address"], by=robot("demo"))
    return made


def _substitutions(people: dict[str, User]) -> None:
    """After the requests: who was asked for whom is then as it was while they were played."""
    for absent, substitute, first, last, reason in SUBSTITUTIONS:
        accounts.name_substitute(
            absent=people[absent], substitute=people[substitute], first=office_date() + timedelta(days=first),
            last=office_date() + timedelta(days=last), reason=reason, by=people[absent],
        )  # fmt: skip
