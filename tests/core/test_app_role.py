# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What the product's own database role may not do, whatever it says."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from tests.cast import Cast
from tests.harness.refusals import refused_by_postgres
from tests.stages import reach


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_event SET facts = '{}'",
        "DELETE FROM events_event",
        "TRUNCATE events_event CASCADE",
        "UPDATE approvals_decision SET outcome = 'approve'",
        "DELETE FROM approvals_signature",
        "UPDATE devflow_deployment SET result = 'succeeded'",
        "TRUNCATE tickets_ticket CASCADE",
        "ALTER TABLE tickets_ticket DISABLE TRIGGER ALL",
        "DROP TABLE events_delivery",
        "SET session_replication_role = replica",
        "CREATE TEMPORARY TABLE accounts_roleassignment (user_id int, role text, branch_id int)",
        "CREATE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS 'SELECT true' LANGUAGE sql",
        "CREATE TABLE public.mine (id int)",
        "DELETE FROM django_migrations",
    ],
)
def test_the_product_may_not(cast: Cast, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_no_session_setting_opens_a_gate(cast: Cast) -> None:
    case = reach(cast, "opened")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        names = ",".join(row[0] for row in cursor.fetchall())
        cursor.execute("SET LOCAL pgtrigger.ignore = %s", ["{" + names + "}"])
        with refused_by_postgres("SOP-A1"):
            cursor.execute(
                "UPDATE tickets_ticket SET status = 'waiting', priority = 'high', assignee_id = %s, accepted_by_id = %s,"
                " accepted_at = now() WHERE id = %s",
                [cast.agent.pk, cast.agent.pk, case.pk],
            )
