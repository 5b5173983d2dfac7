"""What PostgreSQL says when it refuses: the gates' triggers raise with the SOP clause as constraint name."""

from django.db import DatabaseError, IntegrityError
from psycopg2 import errors

from core.errors import NotPossible


def refusal_of(problem: IntegrityError) -> NotPossible | None:
    """The refusal that a gate trigger raised (its message, its clause), or None for any other broken constraint."""
    diagnosis = getattr(problem.__cause__, "diag", None)
    clause = getattr(diagnosis, "constraint_name", None) or ""
    if diagnosis is None or not clause.startswith("SOP-"):
        return None
    return NotPossible(diagnosis.message_primary, rule=clause)


def was_overtaken(problem: DatabaseError) -> bool:
    """Whether somebody else was quicker with the same value, or two waited for each other and this one was chosen."""
    return isinstance(problem.__cause__, errors.UniqueViolation | errors.DeadlockDetected)


def gate(clause: str, condition: str, message: str) -> str:
    """One refusal inside a trigger function: `condition` in PL/pgSQL, error 23514 named after the SOP clause."""
    return f"""
        IF {condition} THEN
            RAISE EXCEPTION '{message.replace("'", "''")}' USING ERRCODE = 'check_violation', CONSTRAINT = '{clause}';
        END IF;"""
