"""The minutes of a stock-take, as approvals seals them."""

from typing import Any

from accounts.models import User
from approvals.casefiles import Contents
from inventory import actions, rules
from inventory.enums import Found
from inventory.models import CountLine, StockTake

# What needs a reader's eye comes first.
_ORDER = (Found.MISSING, Found.UNKNOWN, Found.RETIRED, Found.ELSEWHERE, Found.EXPECTED, Found.FOUND)


def may_have(*, case_id: int, person: User) -> bool:
    """Who counts in the branch, its head, and auditors."""
    take = StockTake.objects.visible_to(person).filter(pk=case_id).first()
    return take is not None and (rules.may_count(take, person) or person.reads_notes(take.branch_id))


def compose(*, case_id: int, person: User) -> Contents:
    """Everything that was counted, as of now."""
    take = StockTake.objects.visible_to(person).with_list_columns().get(pk=case_id)
    lines = list(CountLine.objects.visible_to(person).filter(take=take).with_list_columns().order_by("code"))
    counted = actions.figures(take=take)
    groups: list[dict[str, Any]] = [
        {"label": found.label, "lines": [line for line in lines if line.result == found]} for found in _ORDER
    ]
    return Contents(
        number=take.number,
        title=take.place,
        template="pdf/minutes.html",
        context={
            "take": take,
            "groups": [group for group in groups if group["lines"]],
            "figures": [{"label": found.label, "count": counted[found.value]} for found in _ORDER],
        },
    )
