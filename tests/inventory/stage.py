"""Things that a branch has, made by the actions alone."""

from typing import Any

from accounts.actions import robot
from inventory import actions as inventory
from inventory.models import Asset, AssetType, Room
from tests.cast import Cast

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
