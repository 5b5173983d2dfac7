"""The words of tickets and guides: functions, triggers, and the words of what is there already, a few rows at a time."""

from typing import Any

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, transaction

BATCH = 500

FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION tickets_vector(said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT strip(to_tsvector('pg_catalog.indonesian', words))
        || strip(to_tsvector('pg_catalog.english', words))
        || strip(to_tsvector('pg_catalog.simple', words))
    FROM (SELECT translate(left(said, 100000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)) AS words) AS plain
$$;

CREATE OR REPLACE FUNCTION tickets_term(word text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT plainto_tsquery('pg_catalog.indonesian', word)
        || plainto_tsquery('pg_catalog.english', word)
        || CASE WHEN word ~ '^[0-9]+$' OR length(word) < 3 THEN plainto_tsquery('pg_catalog.simple', word)
           ELSE (quote_literal(lower(word)) || ':*')::tsquery END
$$;

CREATE OR REPLACE FUNCTION tickets_write_words(first bigint, last bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO tickets_searchtext (ticket_id, words, internal)
    SELECT ticket.id,
        tickets_vector(concat_ws(' ', 'T', lpad(ticket.id::text, greatest(5, length(ticket.id::text)), '0'), ticket.id,
            ticket.title, person.name, ticket.description, said.aloud)),
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

ON_TICKET = """
    IF TG_OP = 'INSERT' OR (OLD.title, OLD.description) IS DISTINCT FROM (NEW.title, NEW.description) THEN
        PERFORM tickets_write_words(NEW.id, NEW.id);
    END IF;
    RETURN NULL;
"""
ON_COMMENT = """
    IF TG_OP = 'UPDATE' THEN
        IF OLD.text IS DISTINCT FROM NEW.text THEN
            PERFORM tickets_write_words(NEW.ticket_id, NEW.ticket_id);
        END IF;
        RETURN NULL;
    END IF;
    BEGIN
        UPDATE tickets_searchtext SET
            words = CASE WHEN NEW.is_internal THEN words ELSE words || tickets_vector(NEW.text) END,
            internal = CASE WHEN NEW.is_internal THEN internal || tickets_vector(NEW.text) ELSE internal END
        WHERE ticket_id = NEW.ticket_id;
        IF NOT FOUND THEN
            PERFORM tickets_write_words(NEW.ticket_id, NEW.ticket_id);
        END IF;
    EXCEPTION WHEN program_limit_exceeded THEN
        NULL;  -- a vector ends at 1 MB; the answer itself is never refused for that
    END;
    RETURN NULL;
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Tickets of a batch are held while their words are read, so that no answer slips between reading and writing."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_guide SET title = title WHERE vector IS NULL")
        cursor.execute("SELECT coalesce(max(id), 0) FROM tickets_ticket")
        last = cursor.fetchone()[0]
        for first in range(1, last + 1, BATCH):
            part = [first, first + BATCH - 1]
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute(
                    "SELECT FROM tickets_ticket WHERE id BETWEEN %s AND %s ORDER BY id FOR UPDATE", part
                )
                cursor.execute("SELECT tickets_write_words(%s, %s)", part)
        cursor.execute("ANALYZE tickets_searchtext")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0003_indexes")]
    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="comment",
            trigger=pgtrigger.compiler.Trigger(
                name="comment_words_are_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=ON_COMMENT,
                    hash="5efc1dc7f29513dd4a70a679fa9be0b7f891a309",
                    operation='INSERT OR UPDATE OF "text"',
                    pgid="pgtrigger_comment_words_are_kept_0d690",
                    table="tickets_comment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guide",
            trigger=pgtrigger.compiler.Trigger(
                name="guide_words_are_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.vector = tickets_vector(concat_ws(' ', NEW.title, NEW.text)); RETURN NEW;",
                    hash="0f2d8146531f68af66cd2ceb8dd88be31b74a23d",
                    operation='INSERT OR UPDATE OF "title", "text"',
                    pgid="pgtrigger_guide_words_are_kept_b7fae",
                    table="tickets_guide",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ticket",
            trigger=pgtrigger.compiler.Trigger(
                name="ticket_words_are_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=ON_TICKET,
                    hash="6f63d2fc7cf6a193df2d980e8ec4f01015119a58",
                    operation='INSERT OR UPDATE OF "title", "description"',
                    pgid="pgtrigger_ticket_words_are_kept_38e2e",
                    table="tickets_ticket",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
