"""The one text of an event over which its hash is taken, said twice: here and in PL/pgSQL.

A JSON list without blanks, keys in the order of their code points, instants in UTC with microseconds, whole numbers
only: two languages write a fraction in two ways. `tests/events/test_canon.py` compares both over random facts.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from core import locks

FIRST_HASH = "0" * 64
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def text(stated: Any) -> str:
    """JSON that is the same wherever it is written."""
    return _write(stated)


def sha256(said: str) -> str:
    """The hash of a text, 64 hexadecimal digits."""
    return hashlib.sha256(said.encode()).hexdigest()


def instant(at: datetime) -> str:
    """`2026-11-21T06:08:49.000000+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def leaf(event_id: int, hash_: str) -> bytes:
    """What a seal holds of one event: 32 bytes over its number in the ledger and its hash."""
    return hashlib.sha256(f"{event_id}:{hash_}".encode()).digest()


# Facts as `text` writes them. PostgreSQL escapes characters inside strings as Python's encoder does.
FUNCTION = """
CREATE OR REPLACE FUNCTION events_json(fact jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
BEGIN
    CASE jsonb_typeof(fact)
    WHEN 'object' THEN
        RETURN '{' || COALESCE((SELECT string_agg(to_json(k)::text || ':' || events_json(v), ',' ORDER BY k COLLATE "C")
                                  FROM jsonb_each(fact) AS e (k, v)), '') || '}';
    WHEN 'array' THEN
        RETURN '[' || COALESCE((SELECT string_agg(events_json(v), ',' ORDER BY n)
                                  FROM jsonb_array_elements(fact) WITH ORDINALITY AS e (v, n)), '') || ']';
    WHEN 'number' THEN
        IF fact::text ~ '[^0-9-]' THEN
            RAISE EXCEPTION 'A fact of the ledger is a whole number; fractions are text.'
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'event_facts_have_one_text';
        END IF;
        RETURN fact::text;
    ELSE
        RETURN fact::text;
    END CASE;
END
$body$
"""

_STATED = """
    '[' || to_json(NEW.previous_hash)::text || ',' || to_json(NEW.subject_type)::text || ',' || NEW.subject_id
    || ',' || NEW.seq || ',' || to_json(NEW.type)::text || ',' || NEW.actor_id || ',' || to_json(NEW.actor_label)::text
    || ',' || COALESCE(NEW.on_behalf_of_id::text, 'null') || ',' || to_json(NEW.on_behalf_label)::text
    || ',"' || to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00",'
    || to_json(NEW.audience)::text || ',' || events_json(NEW.facts) || ']'"""


HASH = f"encode(sha256(convert_to({_STATED}, 'UTF8')), 'hex')"  # of the row NEW


def _refusal(condition: str, message: str, name: str) -> str:
    return f"""
    IF {condition} THEN
        RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
    END IF;"""


# A row that does not continue its chain, comes late or lies about its hash is refused, however it comes.
CONTINUES = f"""
    SELECT hash, seq, id INTO last_hash, last_seq, last_id FROM events_event
     WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id ORDER BY seq DESC LIMIT 1;
    SELECT last_event_id INTO sealed_id FROM events_seal ORDER BY number DESC LIMIT 1;
    {_refusal(
        "NEW.seq <> COALESCE(last_seq, 0) + 1 OR NEW.previous_hash <> COALESCE(last_hash, repeat('0', 64))",
        "The event does not continue the chain of its subject.", "event_continues_chain",
    )}
    {_refusal(
        "NEW.id <= GREATEST(COALESCE(last_id, 0), COALESCE(sealed_id, 0))",
        "The event stands before others that were written or sealed already.", "event_comes_after_the_others",
    )}
    {_refusal(
        f"NEW.hash <> {HASH}",
        "The hash of the event is not that of what it says.", "event_states_its_hash",
    )}
    RETURN NEW;
"""  # fmt: skip

# Held by whoever writes until the commit. It is taken before a number is drawn, so whoever holds it alone (a seal)
# knows that no smaller number is still on its way.
WRITERS = f"PERFORM pg_advisory_xact_lock_shared({locks.key('ledger')}); RETURN NULL;"

SEAL_CONTINUES = f"""
    SELECT * INTO before FROM events_seal ORDER BY number DESC LIMIT 1;
    {_refusal(
        "NEW.number <> COALESCE(before.number, 0) + 1 OR NEW.previous_hash <> COALESCE(before.hash, repeat('0', 64))"
        " OR NEW.for_date <= COALESCE(before.for_date, '-infinity')"
        " OR NEW.first_event_id <> COALESCE(before.last_event_id, 0)"
        " OR NEW.total <> COALESCE(before.total, 0) + NEW.events OR NEW.last_event_id < NEW.first_event_id",
        "The seal does not continue the seal before it.", "seal_continues_chain",
    )}
    RETURN NEW;
"""  # fmt: skip
