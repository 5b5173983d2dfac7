"""The words of tickets: how PostgreSQL keeps them, and how a question becomes a condition.

They are those of its title, of its description, of what was answered in its form, of its requester's name and of its
conversation.

A vector holds every word three times: stemmed as Indonesian, stemmed as English, and as it was written. A word of the
question matches by either stem, or as the beginning of a written word. Both sides take punctuation away first, so that
`budi@kumala.example` or `10.1.2.3` are words like any others.
"""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery

MOST_WORDS = 10
LONGEST_WORD = 60
# From here on a search reads the list from its top instead of fetching every match: a common word is found soon.
COMMON = 5000
_NUMBER = re.compile(r"\s*(?:T-|#)0*(\d{1,18})\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
# Words of nearly every request; two lines that share only these do not speak of the same thing.
_EVERYWHERE = frozenset(
    _WORD.findall(
        "ada agar akan anda apa atau bagaimana baru bisa boleh buat dan dapat dari dengan di harus ini itu"
        " jadi juga kalau kami karena ke kita lagi lalu mau minta mohon oleh pada perlu sama sampai saya"
        " sedang semua setelah sudah terus tapi tetapi tetap tidak tolong untuk yang about all and any are but"
        " can cannot could does doesn don for from has have help how its new not please problem that the this"
        " want was what when will with work working would you your"
    )
)

# 100,000 characters make three vectors that always fit into the 1 MB of one: a long case keeps what fits.
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

# Actions save whole rows: that a column was written does not mean that it changed.
ON_TICKET = """
    IF TG_OP = 'INSERT' OR (OLD.title, OLD.description) IS DISTINCT FROM (NEW.title, NEW.description) THEN
        PERFORM tickets_write_words(NEW.id, NEW.id);
    END IF;
    RETURN NULL;
"""
# A new answer adds its words to those that are there; only a changed one makes all of them be read again.
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
ON_GUIDE = "NEW.vector = tickets_vector(concat_ws(' ', NEW.title, NEW.text)); RETURN NEW;"


def number_in(question: str) -> int | None:
    """The ticket that is called by its number, as in `T-00017` or `#17`; None for any other question."""
    found = _NUMBER.fullmatch(question)
    return int(found[1]) if found else None


def words_in(question: str) -> list[str]:
    """The words that are looked for, each once; empty when nothing but punctuation was typed."""
    found = dict.fromkeys(word[:LONGEST_WORD].lower() for word in _WORD.findall(question))
    return list(found)[:MOST_WORDS]


def telling_words(title: str) -> list[str]:
    """The words of a title by which another request, or a guide, may be about the same; the longest first."""
    found = [word for word in words_in(title) if len(word) > 2 and word not in _EVERYWHERE]
    return sorted(found, key=len, reverse=True)


class _Term(SearchQuery):
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.function = "tickets_term"


def term(word: str) -> Any:
    """One word as a query: either of its stems, or the beginning of a written word."""
    return _Term(word)
