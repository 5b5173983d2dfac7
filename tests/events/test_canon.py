"""The text of an event is the same in Python and in PostgreSQL, whatever its facts are."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import actions as events
from events import canon
from events.enums import LedgerEvent
from events.ledger import verify
from events.models import Event
from events.subjects import Subject
from tests.cast import Cast
from tests.harness.refusals import refused_by_postgres

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
FACTS = st.dictionaries(
    WORDS.filter(lambda name: name not in ("by", "audience", "on_behalf_of")), VALUES, max_size=5
)
SUPPRESSED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=150, deadline=None, suppress_health_check=SUPPRESSED, database=None)
@given(facts=FACTS)
def test_any_facts_are_kept_and_found_whole(cast: Cast, facts: dict[str, Any]) -> None:
    """The trigger would refuse a hash that it computes differently; the verifier computes it a third time."""
    with transaction.atomic():
        entry = events.Entry(LedgerEvent.REFERENCE_CHANGED, Subject("test.facts", 1), facts, by=cast.agent)
        (event,) = events.record_many(entries=[entry])
        kept = Event.objects.get(pk=event.pk)
        assert kept.digest() == kept.hash == event.hash
        assert list(verify()) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT events_json(%s::jsonb)", [json.dumps(kept.facts)])
            assert cursor.fetchone()[0] == canon.text(kept.facts)
        transaction.set_rollback(True)


@pytest.mark.parametrize("number", ["1.5", "1.0", "1e-3", "-0.1"])
def test_fractions_are_refused_by_postgres(cast: Cast, number: str) -> None:
    with refused_by_postgres("event_facts_have_one_text"), connection.cursor() as cursor:
        cursor.execute("SELECT events_json(%s::jsonb)", [f'{{"hours": {number}}}'])


def test_a_fraction_becomes_text(cast: Cast) -> None:
    with transaction.atomic():
        event = events.record(
            LedgerEvent.REFERENCE_CHANGED,
            Subject("test.facts", 2),
            by=cast.agent,
            hours=1.50,
            far=float("inf"),
        )
    assert Event.objects.get(pk=event.pk).facts == {"hours": "1.5", "far": "Infinity"}
