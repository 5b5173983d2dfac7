"""What is installed on an asset, as its agent tells it: only what changed is written."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from core.errors import PermissionDenied
from inventory import rules, versions
from inventory.models import Asset, Installation, SoftwareVersion

_NAME, _PUBLISHER, _VERSION = 200, 150, 100  # characters, as the columns are long
# In one order for everybody: two machines with the same new titles must not wait for each other in a circle.
_NEW_TITLES = """
    INSERT INTO inventory_softwaretitle (name, publisher)
    SELECT told.name, told.publisher FROM unnest(%s::text[], %s::text[]) told (name, publisher)
     WHERE NOT EXISTS (SELECT 1 FROM inventory_softwaretitle t
                        WHERE lower(t.name) = lower(told.name) AND lower(t.publisher) = lower(told.publisher))
     ORDER BY lower(told.name), lower(told.publisher)
    ON CONFLICT (lower(name), lower(publisher)) DO NOTHING"""
_TITLES = """
    SELECT told.name, told.publisher, t.id FROM unnest(%s::text[], %s::text[]) told (name, publisher)
      JOIN inventory_softwaretitle t
        ON lower(t.name) = lower(told.name) AND lower(t.publisher) = lower(told.publisher)"""


@transaction.atomic
def tell_software(
    *, asset: Asset, programs: Iterable[tuple[str, str, str, str]], seen_at: datetime, by: User
) -> int:
    """These programs, and no others, are on the asset: name, publisher, version, day of installation ("" if untold).

    The number of rows that were written: none for a report that says what the last one said. What is gone stays, with
    `gone_at`. For our own robots; PermissionDenied for others.
    """
    if not rules.is_our_robot(by):
        raise PermissionDenied
    asset = Asset.objects.lock(asset)
    told = {(n[:_NAME], p[:_PUBLISHER], v[:_VERSION]): day for n, p, v, day in programs if n}
    titles = _title_ids({(name, publisher) for name, publisher, _version in told})
    wanted = {(titles[name, publisher], version): day for (name, publisher, version), day in told.items()}
    return _write(asset, wanted, seen_at)


def _title_ids(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The titles of these names and publishers, new ones where there are none yet."""
    pairs = sorted(names)
    columns = [[name for name, _publisher in pairs], [publisher for _name, publisher in pairs]]
    found = _asked(columns)
    if len(found) < len(pairs):
        with connection.cursor() as cursor:
            cursor.execute(_NEW_TITLES, columns)
        found = _asked(columns)
    return found


def _asked(columns: list[list[str]]) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(_TITLES, columns)
        return {(name, publisher): number for name, publisher, number in cursor.fetchall()}


def _write(asset: Asset, wanted: dict[tuple[int, str], str], seen_at: datetime) -> int:
    known = {(row.title_id, row.version): row for row in Installation.objects.filter(asset=asset)}
    gone = [row.pk for key, row in known.items() if row.gone_at is None and key not in wanted]
    back = [row.pk for key, row in known.items() if row.gone_at is not None and key in wanted]
    Installation.objects.filter(pk__in=gone).update(gone_at=seen_at)
    Installation.objects.filter(pk__in=back).update(gone_at=None)
    new = [
        Installation(asset=asset, title_id=title, version=version, installed_date=_day(day), found_at=seen_at)
        for (title, version), day in wanted.items()
        if (title, version) not in known
    ]
    SoftwareVersion.objects.bulk_create(
        (
            SoftwareVersion(title_id=title, version=version, key=versions.key(version))
            for title, version in sorted({(row.title_id, row.version) for row in new})
        ),
        batch_size=1000, ignore_conflicts=True,
    )  # fmt: skip
    Installation.objects.bulk_create(new, batch_size=1000)
    return len(gone) + len(back) + len(new)


def _day(said: str) -> date | None:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return min(day, timezone.localdate())
