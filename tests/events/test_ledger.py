# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The ledger: written once, in a chain, and every tampering is found."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from events import actions as events
from events.canon import FIRST_HASH
from events.enums import LedgerEvent
from events.ledger import verify
from events.models import Event
from events.subjects import Subject
from tests.cast import Cast
from tests.harness.database import as_owner, unguarded
from tests.harness.refusals import refused_by_postgres
from tests.stages import Case, reach


@pytest.fixture
def case(cast: Cast) -> Case:
    return reach(cast, "started")


def test_each_event_continues_the_one_before(case: Case) -> None:
    chain = list(Event.objects.about(case.ticket))
    assert [e.seq for e in chain] == list(range(1, len(chain) + 1))
    assert [e.previous_hash for e in chain] == [FIRST_HASH, *(e.hash for e in chain[:-1])]
    assert all(e.hash == e.digest() for e in chain)


@pytest.mark.django_db
def test_recording_belongs_inside_an_action(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    person = cast.agent
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    with pytest.raises(AssertionError):
        events.record(LedgerEvent.REFERENCE_CHANGED, Subject("test", 1), by=person)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_event SET actor_label = 'somebody else'",
        "DELETE FROM events_event WHERE seq = 1",
        "TRUNCATE events_event CASCADE",
    ],
)
def test_even_the_owner_of_the_tables_is_refused(case: Case, statement: str) -> None:
    with (
        pytest.raises(Exception, match=r"Cannot update or delete|never emptied"),
        transaction.atomic(),
        as_owner() as cursor,
    ):
        cursor.execute(statement)


def _insert(case: Case, *, seq: int, previous: str, number: str = "nextval('events_event_id_seq')") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_event (id, type, subject_type, subject_id, seq, actor_id, actor_label, on_behalf_label, at,"
            f" audience, facts, previous_hash, hash) VALUES ({number}, 'ticket.done', 'tickets.ticket', %s, %s, %s, 'x', '', now(),"
            " 'everyone', '{}', %s, %s)",
            [case.pk, seq, case.cast.agent.pk, previous, "f" * 64],
        )


def test_an_event_that_does_not_continue_the_chain_is_refused(case: Case) -> None:
    last = Event.objects.about(case.ticket).reverse()[0]
    for seq, previous in (
        (last.seq, last.previous_hash),
        (last.seq + 2, last.hash),
        (last.seq + 1, FIRST_HASH),
    ):
        with refused_by_postgres("event_continues_chain"):
            _insert(case, seq=seq, previous=previous)


def test_an_event_that_lies_about_its_hash_is_refused(case: Case) -> None:
    last = Event.objects.about(case.ticket).reverse()[0]
    with refused_by_postgres("event_states_its_hash"):
        _insert(case, seq=last.seq + 1, previous=last.hash)


def test_an_event_that_brings_an_old_number_is_refused(case: Case) -> None:
    last = Event.objects.about(case.ticket).reverse()[0]
    with refused_by_postgres("event_comes_after_the_others"):
        _insert(case, seq=last.seq + 1, previous=last.hash, number=str(last.pk - 1000))


def test_a_forged_link_at_the_end_is_found(case: Case) -> None:
    last = Event.objects.about(case.ticket).reverse()[0]
    with unguarded("events_event"):
        _insert(case, seq=last.seq + 1, previous=last.hash)
    assert [(b.seq, b.why) for b in verify()] == [(last.seq + 1, "was changed after it was written")]


@pytest.mark.parametrize("column", ["actor_label", "type", "audience", "facts", "at", "on_behalf_label"])
def test_a_change_by_the_owner_is_found(case: Case, column: str) -> None:
    values = {"facts": '\'{"hours": "1"}\'', "at": "at + interval '1 second'", "audience": "'staff'"}
    with unguarded("events_event") as cursor:
        cursor.execute(f"UPDATE events_event SET {column} = {values.get(column, chr(39) + 'x' + chr(39))} WHERE seq = 1"
                       f" AND subject_type = 'tickets.ticket'")  # fmt: skip
    assert [b.why for b in verify()] == ["was changed after it was written"]


def test_a_removal_by_the_owner_is_found(case: Case) -> None:
    with unguarded("events_event") as cursor:
        cursor.execute("DELETE FROM events_delivery")
        cursor.execute("DELETE FROM events_event WHERE seq = 2 AND subject_type = 'tickets.ticket'")
    assert [(b.seq, b.why) for b in verify()] == [(3, "1 event(s) missing before it")]


def test_a_rehashed_change_is_found_by_its_follower(case: Case) -> None:
    """Whoever also writes a new hash breaks the link after it."""
    event = Event.objects.about(case.ticket)[0]
    event.actor_label = "somebody else"
    with unguarded("events_event") as cursor:
        cursor.execute(
            "UPDATE events_event SET actor_label = %s, hash = %s WHERE id = %s",
            [event.actor_label, event.digest(), event.pk],
        )
    assert [(b.seq, b.why) for b in verify()] == [(2, "does not continue the event before it")]


def test_the_command_says_where(case: Case) -> None:
    said = io.StringIO()
    call_command("verify_ledger", stdout=said)
    assert "whole" in said.getvalue()
    with unguarded("events_event") as cursor:
        cursor.execute(
            "UPDATE events_event SET actor_label = 'x' WHERE seq = 1 AND subject_type = 'tickets.ticket'"
        )
    with pytest.raises(CommandError, match="1 place"):
        call_command("verify_ledger", stdout=said)
    assert f"tickets.ticket:{case.pk}" in said.getvalue()


def test_names_stay_as_they_were(case: Case) -> None:
    """The sentence names whoever it was then, also after they changed their name."""
    with as_owner() as cursor:
        cursor.execute("UPDATE accounts_user SET name = 'Ny. Sari' WHERE id = %s", [case.cast.requester.pk])
    assert Event.objects.about(case.ticket)[0].who == "Sari Wulandari"
    assert list(verify()) == []
