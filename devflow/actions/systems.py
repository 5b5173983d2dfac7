"""What changes the applications of the group: their owners, their servers, who may deploy there."""

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.enums import IT_STAFF
from accounts.models import User
from core.errors import NotPossible
from devflow import rules
from devflow.enums import EnvironmentKind, SystemEvent
from devflow.models import Deployer, Environment, System, SystemOwner
from events import actions as events
from events.enums import Audience

STAFF = Audience.STAFF


@transaction.atomic
def keep_system(*, system: System, owners: Iterable[User], fields: list[str], by: User) -> System:
    """Save a system, new or changed, with exactly these owners; the ledger says which fields changed.

    Raises PermissionDenied for anyone but the IT Manager and administrators, NotPossible without an owner from IT.
    """
    rules.keepers_only(system, by)
    people = list(owners)
    if not any(person.holds_anywhere(*IT_STAFF) for person in people):
        raise NotPossible(_("Name at least one owner who works in IT."), rule="SOP-B5")
    is_new = system.pk is None
    if not is_new:
        System.objects.lock(system)
    system.save()
    if _exactly(SystemOwner, people, system=system) and not is_new:
        fields = [*fields, "owners"]
    if is_new:
        events.record(SystemEvent.ADDED, system, by=by, audience=STAFF, system=system.name)
    elif fields:
        changed = ", ".join(dict.fromkeys(fields))
        events.record(SystemEvent.CHANGED, system, by=by, audience=STAFF, system=system.name, fields=changed)
    return system


@transaction.atomic
def keep_server(
    *, system: System, kind: EnvironmentKind, deployers: Iterable[User], by: User, **facts: Any
) -> Environment:
    """Save the server of this kind with exactly these deployers; `facts` are name, address and version_address.

    Raises PermissionDenied for anyone but the IT Manager and administrators, NotPossible for a person named on
    Production: there the IT Manager releases (SOP-A6).
    """
    rules.keepers_only(system, by)
    people = list(deployers)
    if kind == EnvironmentKind.PRODUCTION and not all(person.is_robot for person in people):
        raise NotPossible(
            _("The IT Manager releases to Production. Only robots that carry it out are named there."),
            rule="SOP-A6",
        )
    System.objects.lock(system)
    server, changed = _changed_server(system, kind, facts)
    if _exactly(Deployer, people, environment=server):
        changed.append("deployers")
    if changed:
        events.record(
            SystemEvent.SERVER_CHANGED, system, by=by, audience=STAFF, environment=kind, fields=", ".join(changed)
        )  # fmt: skip
    return server


def _changed_server(
    system: System, kind: EnvironmentKind, facts: dict[str, Any]
) -> tuple[Environment, list[str]]:
    """The server with these facts, and the names of those that changed."""
    known = Environment.objects.filter(system=system, kind=kind).first()
    server = known or Environment(system=system, kind=kind)
    changed = [name for name, value in facts.items() if getattr(server, name) != value]
    for name in changed:
        setattr(server, name, facts[name])
    if not server.address:
        raise NotPossible(_("Give the server an address."))
    server.save()
    return server, changed


def _exactly(model: Any, people: Iterable[User], **of: models.Model) -> bool:
    """Let these people, and nobody else, stand beside a row; whether that changed anything."""
    wanted = {person.pk for person in people}
    rows = model.objects.filter(**of)
    there = set(rows.values_list("person_id", flat=True))
    rows.filter(person_id__in=there - wanted).delete()
    model.objects.bulk_create(model(person_id=key, **of) for key in sorted(wanted - there))
    return wanted != there
