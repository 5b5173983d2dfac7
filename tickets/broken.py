"""What breaks often: assets and models by the incidents and repairs of a period, and what that cost."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from inventory.models import Asset, Repair
from tickets.enums import Kind
from tickets.models import AboutAsset

MOST = 200  # rows of a report, the worst first
USUAL, LONGEST = 12, 120  # months of the period
_MODEL = ("asset__type__name", "asset__maker", "asset__model")


@dataclass
class Row:
    """One asset, or one model (`asset` is None then), with what happened to it."""

    key: Any
    incidents: int = 0
    repairs: int = 0
    cost: Decimal = Decimal(0)
    asset: Asset | None = None
    count: int = 1  # of how many assets of the model the reader knows

    @property
    def times(self) -> int:
        """By this the report is sorted."""
        return self.incidents + self.repairs


@dataclass(frozen=True)
class Asked:
    """Who asks for which period, and for which branch (None: all that they see)."""

    user: Any
    first: datetime
    last: datetime
    branch: int | None = None

    @classmethod
    def of(cls, user: Any, *, months: int | None, branch: Any, now: datetime) -> "Asked":
        """The last so many months (the usual ones for None, thirty days each), of a branch or of all."""
        first = now - timedelta(days=30 * (months or USUAL))
        return cls(user, first, now, branch.pk if branch else None)


def assets(asked: Asked) -> list[Row]:
    """The assets that broke most often, the worst first; what the reader may see of each."""
    rows = _worst(_counted(asked, ("asset",)))
    known = Asset.objects.visible_to(asked.user).with_list_columns().in_bulk([row.key[0] for row in rows])
    for row in rows:
        row.asset = known.get(row.key[0])
    return [row for row in rows if row.asset is not None]


def models(asked: Asked) -> list[Row]:
    """The same by type, maker and model, with how many assets of each there are."""
    rows = _worst(_counted(asked, _MODEL))
    here = _of_branch(Asset.objects.visible_to(asked.user).kept(), asked, "branch")
    wanted = here.filter(maker__in={row.key[1] for row in rows}, model__in={row.key[2] for row in rows})
    counted: Any = wanted.order_by().values_list("type__name", "maker", "model").annotate(n=Count("pk"))
    counts = {(kind, maker, model): n for kind, maker, model, n in counted}
    for row in rows:
        row.count = counts.get(row.key, 0)
    return rows


def _counted(asked: Asked, by: tuple[str, ...]) -> dict[Any, Row]:
    found: dict[Any, Row] = defaultdict(lambda: Row(key=None))
    about = AboutAsset.objects.visible_to(asked.user).filter(
        ticket__kind=Kind.TROUBLESHOOTING,
        ticket__created_at__gte=asked.first,
        ticket__created_at__lt=asked.last,
    )
    for *key, incidents in (
        _of_branch(about, asked).order_by().values_list(*by).annotate(n=Count("ticket", distinct=True))
    ):
        found[tuple(key)].incidents = incidents
    repairs = Repair.objects.visible_to(asked.user).between(asked.first, asked.last)
    told = _of_branch(repairs, asked).order_by().values_list(*by)
    for *key, times, cost in told.annotate(n=Count("pk"), spent=Sum("cost")):
        found[tuple(key)].repairs, found[tuple(key)].cost = times, cost or Decimal(0)
    for known, row in found.items():
        row.key = known
    return found


def _of_branch(rows: Any, asked: Asked, field: str = "asset__branch") -> Any:
    return rows if asked.branch is None else rows.filter(**{field: asked.branch})


def _worst(found: dict[Any, Row]) -> list[Row]:
    return sorted(found.values(), key=lambda row: (-row.times, -row.cost, str(row.key)))[:MOST]
