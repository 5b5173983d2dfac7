# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Runs inside the bench's product: `inventory seed|bare`. Assets with their software, for list, page and search.

They are added when the pages of tickets have been measured: those pages should not read them.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import django
import psycopg2

django.setup()

from django.utils import timezone  # noqa: E402 - Django must be set up first

from accounts.models import Branch, User  # noqa: E402
from integrations.agents import actions as agents  # noqa: E402
from inventory import versions  # noqa: E402
from inventory.models import Asset, AssetType, Installation, Room, SoftwareTitle, SoftwareVersion  # noqa: E402
from tests.bench.copying import Batched, copy  # noqa: E402
from tests.bench.inside import bare  # noqa: E402
from tests.bench.things import COMMON, SERIAL, pages  # noqa: E402

PROGRAMS = 50  # on each asset; the first COMMON are on every one
TITLES = 5000
VERSIONS = [f"{100 + n}.{n * 7 % 20}.{n * 13 % 100}" for n in range(20)]
_TABLES = (
    "inventory_asset",
    "inventory_installation",
    "inventory_softwaretitle",
    "inventory_softwareversion",
)


def main() -> None:
    """Do what was asked and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["seed", "bare"])
    parser.add_argument("--facts", required=True, help="JSON: assets, superuser, keys")
    asked = parser.parse_args()
    facts = json.loads(asked.facts)
    print(
        json.dumps(
            seed(facts)
            if asked.what == "seed"
            else bare(facts["keys"], pages(facts["assets"], facts["title"]))
        )
    )


def seed(facts: dict[str, Any]) -> dict[str, Any]:
    """Write the rows by COPY, without indexes and triggers, and make the indexes again."""
    kind, _made = AssetType.objects.get_or_create(name="Komputer", defaults={"prefix": "PC"})
    branches = list(Branch.objects.order_by("pk").values_list("pk", flat=True)[:20])
    Room.objects.bulk_create(
        (Room(branch_id=branch, name=f"Ruang {n}") for branch in branches for n in range(5)),
        ignore_conflicts=True,
    )
    rooms = {
        branch: list(Room.objects.filter(branch=branch).order_by("pk").values_list("pk", flat=True))
        for branch in branches
    }
    people = list(User.objects.filter(email__startswith="asker").order_by("pk").values_list("pk", flat=True))
    with closing(psycopg2.connect(facts["superuser"])) as link, link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        remade = _dropped(cursor)
        copy(cursor, Asset, _assets(facts["assets"], kind.pk, branches, rooms, people), numbered=True)
        copy(
            cursor,
            SoftwareTitle,
            ({"id": n, "name": _name(n), "publisher": f"Penerbit {n % 300}"} for n in range(1, TITLES + 1)),
            numbered=True,
        )
        copy(cursor, SoftwareVersion, _versions())
        columns = "asset_id, title_id, version, installed_date, found_at, gone_at"
        cursor.copy_expert(
            f"COPY inventory_installation ({columns}) FROM STDIN", Batched(_installed(facts["assets"]))
        )
        for statement in remade:
            cursor.execute(statement)
        for table in _TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
    with closing(psycopg2.connect(facts["superuser"])) as link:
        link.autocommit = True
        link.cursor().execute(f"VACUUM ANALYZE {', '.join(_TABLES)}")
    key, secret = agents.issue_key(
        branch=Branch.objects.get(pk=branches[0]), by=User.objects.get(email="boss@bench.example")
    )
    return {
        "assets": facts["assets"],
        "installations": Installation.objects.count(),
        "title": 1,
        "key": key.username,
        "secret": secret,
    }


def _dropped(cursor: Any) -> list[str]:
    """Take indexes and unique constraints of installations away; the statements that make them again."""
    table = Installation._meta.db_table
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u'",
        [table],
    )
    constraints = cursor.fetchall()
    for name, _definition in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%_pkey'",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    return [
        *(f"ALTER TABLE {table} ADD CONSTRAINT {n} {d}" for n, d in constraints),
        *(d for _n, d in indexes),
    ]


def _name(number: int) -> str:
    return f"Program {number:05d} untuk kantor"


def _assets(
    count: int, kind: int, branches: list[int], rooms: dict[int, list[int]], people: list[int]
) -> Iterator[dict[str, Any]]:
    now = timezone.now()
    for n in range(1, count + 1):
        branch = branches[n % len(branches)]
        tag, serial = f"PC-{n:06d}", f"{SERIAL if n % 1000 == 0 else '5CG'}{n:08d}"
        words = {"pc", f"{n:06d}", tag.replace("-", "").lower(), serial.lower(), "dell", "optiplex", "7010"}
        state = ("in_use", "in_use", "in_use", "in_stock", "retired")[n % 5]
        yield {
            "id": n, "tag": tag, "type_id": kind, "serial": serial, "maker": "Dell", "model": "OptiPlex 7010", "branch_id": branch,
            "room_id": rooms[branch][n % 5], "holder_id": people[n % len(people)] if state == "in_use" else None, "state": state,
            "created_at": now - timezone.timedelta(minutes=count - n), "changed_at": now - timezone.timedelta(minutes=count - n),
            "due_at": now + timezone.timedelta(days=n % 180 + 1), "words": " ".join(f"'{word}'" for word in sorted(words)),
        }  # fmt: skip


def _versions() -> Iterator[dict[str, Any]]:
    for title in range(1, TITLES + 1):
        for version in VERSIONS:
            yield {"title_id": title, "version": version, "key": versions.key(version)}


def _installed(assets: int) -> Iterator[str]:
    """Fifty programs on each: the common ones, and others in turn."""
    found = timezone.now().isoformat()
    rest = TITLES - COMMON
    for asset in range(1, assets + 1):
        for n in range(PROGRAMS):
            title = n + 1 if n < COMMON else COMMON + 1 + (asset * 7919 + n * 101) % rest
            yield f"{asset}\t{title}\t{VERSIONS[(asset * 31 + n) % len(VERSIONS)]}\t\\N\t{found}\t\\N\n"


if __name__ == "__main__":
    sys.exit(main())
