"""Things that a branch has, made by the actions alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.actions import robot
from accounts.models import User, office_date
from approvals import actions as approvals
from approvals.actions import Given, Ink
from approvals.enums import CONSENT_VERSION, Outcome
from approvals.models import Approval
from inventory import actions as inventory
from inventory.actions import Item
from inventory.models import (
    Asset,
    AssetType,
    Handover,
    MaintenancePlan,
    MaintenanceTask,
    Renewable,
    Room,
    StockTake,
)
from tests.cast import PASSWORD, Cast

PC_FIELDS = [
    {"name": "ram", "label": "RAM (GB)", "kind": "number"},
    {"name": "disk", "label": "Disk", "kind": "choice", "choices": ["SSD", "HDD"]},
    {"name": "leased", "label": "Leased", "kind": "yes_no"},
    {"name": "built", "label": "Built on", "kind": "date"},
]


def kind(cast: Cast, name: str = "Computer", prefix: str = "PC", fields: Any = PC_FIELDS) -> AssetType:
    """A type of asset."""
    known = AssetType.objects.filter(name=name).first()
    made = AssetType(name=name, prefix=prefix, fields=fields)
    return known or inventory.keep_type(type=made, fields=["name"], by=cast.it_manager)


def room(cast: Cast, name: str = "Front office", code: str = "BDG") -> Room:
    """A room of a branch."""
    branch = cast.branch(code)
    assert branch is not None
    known = Room.objects.filter(branch=branch, name=name).first()
    return known or inventory.keep_room(branch=branch, name=name, by=cast.it_manager)


def asset(cast: Cast, code: str = "BDG", **facts: Any) -> Asset:
    """A computer of a branch, in stock."""
    facts = {"type": kind(cast), "branch": cast.branch(code), "by": cast.agent} | facts
    return inventory.register(**facts)


def reports() -> Any:
    """The program that reads agents' reports."""
    return robot("agents")


def handed(cast: Cast, thing: Asset, person: User, by: User | None = None, **facts: Any) -> Handover:
    """It waits for the signature of the one who gets it."""
    return inventory.hand_over(person=person, items=[Item(thing)], by=by or cast.it_manager, **facts)


def decides(made: Handover, by: User, outcome: Outcome = Outcome.APPROVE, reason: str = "") -> Approval:
    """Whoever is asked signs or refuses, with their password."""
    form = Approval.objects.get(pk=made.approval_id)
    return approvals.prove_and_decide(
        approval=form, outcome=outcome, by=by, given=Given(PASSWORD), shown_hash=form.content_hash,
        consent_version=CONSENT_VERSION, reason=reason, ink=Ink(typed_name=by.name),
    )  # fmt: skip


LINES = [
    {"text": "Updates installed"},
    {"text": "Temperature", "kind": "reading", "unit": "°C", "high": "75"},
]
FINE = [{"answer": "ok"}, {"value": "61,5"}]


def plan(cast: Cast, **facts: Any) -> MaintenancePlan:
    """Once a month, by two."""
    facts = {
        "name": "Monthly check", "type": kind(cast), "branch": None, "times_a_month": 1, "lines": LINES,
        "workers": [cast.agent, cast.other_agent], "by": cast.it_manager,
    } | facts  # fmt: skip
    return inventory.keep_plan(**facts)


def task(cast: Cast, thing: Asset | None = None) -> MaintenanceTask:
    """This month's maintenance of a computer."""
    thing = thing or asset(cast)
    if not MaintenancePlan.objects.filter(name="Monthly check").exists():
        plan(cast)
    inventory.plan_ahead()
    return MaintenanceTask.objects.with_list_columns().get(asset=thing)


def take(cast: Cast, **facts: Any) -> StockTake:
    """The head of the branch counts it."""
    return inventory.open_take(**{"branch": cast.bandung, "room": None, "by": cast.branch_head} | facts)


def scan(cast: Cast, counted: StockTake, code: str, **facts: Any) -> Any:
    """A label is read."""
    return inventory.count(**{"take": counted, "key": uuid4(), "code": code, "by": cast.branch_head} | facts)


def signed(cast: Cast, counted: StockTake) -> StockTake:
    """Ended and signed by the head of the branch."""
    counted = inventory.end_count(take=counted, by=cast.branch_head)
    shown = counted.content_hash
    proof = cast.proof("branch_head", shown)
    return inventory.sign_count(
        take=counted, proof=proof, name=cast.branch_head.name, shown=shown, by=cast.branch_head
    )


def registered(cast: Cast, **facts: Any) -> Renewable:
    """A licence of the branch that runs out in two weeks, and a program of it on a computer."""
    thing, number = asset(cast), Renewable.objects.count()
    told(thing, (f"Office {number}", "Vendor", "1.9"))
    facts = {
        "kind": "licence", "name": f"Office {number}", "branch": cast.bandung, "title_words": "Office", "seats": 1,
        "responsible": cast.agent, "ends_date": office_date() + timedelta(days=14), "by": cast.it_manager,
    } | facts  # fmt: skip
    return inventory.keep_renewable(**facts)


def told(thing: Asset, *programs: tuple[str, str, str]) -> None:
    """The agent of the asset reports these programs: name, publisher, version."""
    inventory.tell_software(
        asset=thing, programs=[(*program, "") for program in programs], seen_at=timezone.now(), by=reports()
    )
