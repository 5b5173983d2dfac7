"""What was answered in the form of a request is searched too; also of requests that are there already, a few at a time."""

from typing import Any

from django.db import migrations, transaction

BATCH = 500

FUNCTION = r"""
CREATE OR REPLACE FUNCTION tickets_write_words(first bigint, last bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO tickets_searchtext (ticket_id, words, internal)
    SELECT ticket.id,
        tickets_vector(concat_ws(' ', 'T', lpad(ticket.id::text, greatest(5, length(ticket.id::text)), '0'), ticket.id,
            ticket.title, person.name, ticket.description, ticket.details->>'place', ticket.details->>'application',
            ticket.details->>'before', ticket.details->>'after', ticket.details->>'benefit', said.aloud)),
        tickets_vector(coalesce(said.among_it, ''))
    FROM tickets_ticket ticket
    JOIN accounts_user person ON person.id = ticket.requester_id
    CROSS JOIN LATERAL (
        SELECT string_agg(comment.text, ' ' ORDER BY comment.id DESC) FILTER (WHERE NOT comment.is_internal) AS aloud,
            string_agg(comment.text, ' ' ORDER BY comment.id DESC) FILTER (WHERE comment.is_internal) AS among_it
        FROM tickets_comment comment WHERE comment.ticket_id = ticket.id
    ) said
    WHERE ticket.id BETWEEN first AND last
    ORDER BY ticket.id
    ON CONFLICT (ticket_id) DO UPDATE SET words = EXCLUDED.words, internal = EXCLUDED.internal
$$;
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Only those with such answers; they are held while their words are read, as when the words were first written."""
    alias = schema_editor.connection.alias
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM tickets_ticket")
        last = cursor.fetchone()[0]
        for first in range(1, last + 1, BATCH):
            with transaction.atomic(using=alias):
                cursor.execute(
                    "SELECT id FROM tickets_ticket WHERE id BETWEEN %s AND %s AND details <> '{}' ORDER BY id FOR UPDATE",
                    [first, first + BATCH - 1],
                )
                for (key,) in cursor.fetchall():
                    cursor.execute("SELECT tickets_write_words(%s, %s)", [key, key])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0018_about_assets")]
    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
