"""`manage.py seed_demo`: a lively group to look at. All of it or nothing; a second run changes nothing."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import actions as accounts
from accounts.actions import robot
from accounts.models import Branch, Team, User, office_date
from clocks import actions as clocks
from clocks import indonesia
from core import locks
from devflow.enums import EnvironmentKind
from devflow.models import Environment, System
from events import actions as events
from inventory import actions as inventory
from inventory.models import Asset, AssetType
from notifications import actions as notifications
from portal.management.demo import copies, developments, hands
from portal.management.demo.desk import CANNED, TEAMS
from portal.management.demo.guides import GUIDES
from portal.management.demo.inventory import PLANS, PROGRAMS, RENEWABLES, ROOMS, TABLE, THINGS, TYPES
from portal.management.demo.people import BRANCHES, MORE_ROLES, PEOPLE, SUBSTITUTIONS, SYSTEMS
from portal.management.demo.play import STAGES, Player
from portal.management.demo.requests import DATA_UPDATES, DEVELOPMENTS, TROUBLESHOOTING, Ask
from tickets.enums import Kind
from tickets.models import CannedAnswer, Guide

DOMAIN = "kumala.example"
LATEST = 6  # so many requests are news to everybody


class Command(BaseCommand):
    """Fills an empty installation of the demo."""

    help = "Make the demo group: branches, people, systems and some eighty requests in all states."

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
    developments.describe(systems, people, DOMAIN)
    _calendar()
    _guides()
    _desk(people)
    copies.put_on_register(
        people["it.manager"].branch or next(iter(Branch.objects.open())), people["it.manager"]
    )
    _play(_asks()[:-LATEST], people, systems)
    _deliver()
    for person in people.values():  # a bell with a few messages says more than one with hundreds
        notifications.read_all(by=person)
    _play(_asks()[-LATEST:], people, systems)
    developments.enliven(people, systems)
    _substitutions(people)
    _inventory(people)
    return True


def _inventory(people: dict[str, User]) -> None:
    """Computers, printers and routers of every branch, their maintenance, and a stock-take that has begun."""
    by = people["it.manager"]
    types = {
        key: inventory.keep_type(type=AssetType(name=n, prefix=p, fields=f), fields=["name"], by=by)
        for key, (n, p, f) in TYPES.items()
    }
    branches = list(Branch.objects.open())
    for number, branch in enumerate(branches):
        rooms = [inventory.keep_room(branch=branch, name=name, by=by) for name in ROOMS]
        for key, maker, model, room in THINGS:
            thing = inventory.register(
                type=types[key], branch=branch, by=by, maker=maker, model=model, room=rooms[room],
                serial=f"{branch.code}{number:02d}{key.upper()}{len(model)}{room}", name=f"{key}-{branch.code}".lower(),
            )  # fmt: skip
            inventory.move_state(asset=thing, move="put_in_use", reason="Pemasangan awal.", by=by)
    workers = [people[name] for name in ("agent", "agung.pratama", "yusuf.maulana", "nadia.permata")]
    for key, (name, lines) in PLANS.items():
        inventory.keep_plan(
            name=name, type=types[key], branch=None, times_a_month=1, lines=lines, workers=workers, by=by
        )  # fmt: skip
    inventory.plan_ahead()
    inventory.open_take(branch=branches[0], room=None, by=by)
    hands.fill(people, next(branch for branch in branches if branch.code == "BDG"))
    _registers(people)


def _registers(people: dict[str, User]) -> None:
    """Programs on the computers, what runs out, and a file of assets with something wrong in it."""
    by = people["it.manager"]
    for number, thing in enumerate(Asset.objects.filter(type__prefix="PC").order_by("pk")):
        programs = [
            (name, publisher, versions[number % len(versions)], "") for name, publisher, versions in PROGRAMS
        ]
        inventory.tell_software(asset=thing, programs=programs, seen_at=timezone.now(), by=robot("agents"))
    for kind, name, partner, days, facts in RENEWABLES:
        ends = timezone.localdate() + timedelta(days=days)
        inventory.keep_renewable(
            kind=kind, name=name, partner=partner, ends_date=ends, responsible=people["agent"], by=by, **facts
        )
    inventory.count_seats()
    file = io.BytesIO(TABLE.format(code=next(iter(Branch.objects.open())).code).encode())
    job = inventory.upload(name="aset-gudang.csv", file=file, by=by)
    inventory.ask_check(job=job, mapping=job.mapping, by=by)


def _calendar() -> None:
    """Office hours that a policy may name; the promises of the demo count round the clock, as the SOP says."""
    week = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
    year = timezone.localdate().year
    days = [day for y in (year, year + 1) for day in indonesia.days_off(y)]
    clocks.open_calendar(
        name="Jam kantor", segments=week, holidays=days, note="Senin sampai Jumat", by=robot("demo")
    )


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
    for number, (name, p) in enumerate(PEOPLE.items(), start=1):
        user = accounts.enrol(
            email=f"{name}@{DOMAIN}", name=p.name, branch=branches[p.branch],
            password=settings.DEMO_PASSWORD, job_title=p.title, language=p.language,
            phone=f"0812-7700-{1000 + 7 * number}",
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


def _guides() -> None:
    for kind, *both in GUIDES:
        for language, (title, text) in zip(("id", "en"), both, strict=True):
            row = Guide(kind=kind, language=language, title=title, text=text)
            events.keep_reference(row=row, fields=["kind", "language", "title", "text"], by=robot("demo"))


def _desk(people: dict[str, User]) -> None:
    by = robot("demo")
    for name, (purpose, members) in TEAMS.items():
        team, experts = Team(name=name, purpose=purpose), [people[m] for m in members]
        accounts.keep_team(team=team, members=experts, fields=["name", "purpose", "people"], by=by)
    for title, text in CANNED:
        events.keep_reference(row=CannedAnswer(title=title, text=text), fields=["title", "text"], by=by)


def _substitutions(people: dict[str, User]) -> None:
    """After the requests: who was asked for whom is then as it was while they were played."""
    for absent, substitute, first, last, reason in SUBSTITUTIONS:
        accounts.name_substitute(
            absent=people[absent], substitute=people[substitute], first=office_date() + timedelta(days=first),
            last=office_date() + timedelta(days=last), reason=reason, by=people[absent],
        )  # fmt: skip
