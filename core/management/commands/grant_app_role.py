"""`manage.py grant_app_role NAME`: what the running product may do in the database, and no more."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from psycopg2 import sql

# Tables whose rows are written once. Everything else is guarded by triggers, which the role cannot switch off.
WRITE_ONCE = ("events_event", "approvals_decision", "approvals_signature", "devflow_deployment")


class Command(BaseCommand):
    """Grants to the application's role: rows yes, tables and triggers no, the ledger append-only."""

    help = "Grant the application's database role what it needs to run, after every migration."

    def add_arguments(self, parser: CommandParser) -> None:
        """The role's name."""
        parser.add_argument("role")

    def handle(self, *args: Any, **options: Any) -> None:
        """Grant, then take back what would let the ledger be rewritten."""
        role = sql.Identifier(options["role"])
        known = {model._meta.db_table for model in apps.get_models()}
        with connection.cursor() as cursor:
            for statement in (
                "GRANT USAGE ON SCHEMA public TO {role}",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
                "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            ):
                cursor.execute(sql.SQL(statement).format(role=role))
            for table in known.intersection(WRITE_ONCE):
                cursor.execute(
                    sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}").format(
                        table=sql.Identifier(table), role=role
                    )
                )
            cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}").format(role=role))
        self.stdout.write(f"{options['role']} may run the product.")
