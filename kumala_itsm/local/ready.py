"""Runs inside the product, as the owner of its tables: `python -m kumala_itsm.local.ready [--static] [--role NAME]`.

What `manage.py` would do in four starts of Django, in one: tables, the cache table, what the product's role may do,
static files.
"""

import argparse
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main(words: list[str]) -> None:
    """Bring the database up to date; collect static files when asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--static", action="store_true")
    parser.add_argument("--role")
    asked = parser.parse_args(words)
    django.setup()
    if _behind():
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if asked.role:
        call_command("grant_app_role", asked.role)
    if asked.static:
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["redoc"])


def _behind() -> bool:
    """True when a migration waits: asking is ten times quicker than `migrate` with nothing to do."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


if __name__ == "__main__":
    main(sys.argv[1:])
