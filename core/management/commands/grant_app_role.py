"""`manage.py grant_app_role NAME`: what the running product may do in the database, and no more."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from psycopg2 import sql

# Tables whose rows are written once. Everything else is guarded by triggers, which the role cannot switch off.
WRITE_ONCE = (
    "events_event",
    "events_sealkey",
    "events_seal",
    "events_sealstamp",
    "accounts_confirmation",
    "approvals_decision",
    "approvals_signature",
    "approvals_policy",
    "approvals_edition",
    "approvals_step",
    "approvals_authority",
    "approvals_revocationlist",
    "devflow_deployment",
    "backups_monthlyreport",
    "backups_acknowledgement",
)
# A session may name triggers in `pgtrigger.ignore`, and every function made by pgtrigger would step aside; a temporary
# table named like one of ours would be read in its place. Both doors are shut: gates hold for whoever is connected.
SHUT = (
    "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN"
    " AS 'SELECT false' LANGUAGE sql IMMUTABLE",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
)


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
            cursor.execute(
                sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}").format(role=role)
            )
            for statement in SHUT:
                database = sql.Identifier(str(connection.settings_dict["NAME"]))
                cursor.execute(sql.SQL(statement).format(database=database))
        self.stdout.write(f"{options['role']} may run the product.")
