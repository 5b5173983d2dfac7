"""The states as the models declare them, as PostgreSQL lets them through, and as tests have seen them move."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django_fsm import FSMField
from django_fsm.signals import post_transition

from approvals.enums import FORM_MOVES
from approvals.models import Approval
from backups.enums import RESTORE_MOVES, RUN_MOVES
from backups.models import Restore, Run
from clocks.enums import CLOCK_MOVES
from clocks.models import Clock
from core.transitions import pairs
from devflow.enums import BUILD_MOVES, STAGE_MOVES
from devflow.models import Build, DevelopmentRequest
from integrations.agents.enums import MACHINE_MOVES
from integrations.agents.models import Machine
from integrations.mailbox.enums import MESSAGE_MOVES
from integrations.mailbox.models import Message
from inventory.enums import ASSET_MOVES, COUNT_MOVES, IMPORT_MOVES, RENEWABLE_MOVES, TASK_MOVES
from inventory.models import Asset, AssetImport, MaintenanceTask, Renewable, StockTake
from tests.cast import Cast
from tests.everything import everything
from tests.stages import plain
from tickets.enums import TICKET_MOVES
from tickets.models import Ticket

MACHINES = [
    (Ticket, "status", TICKET_MOVES),
    (Approval, "state", FORM_MOVES),
    (DevelopmentRequest, "stage", STAGE_MOVES),
    (Build, "reached", BUILD_MOVES),
    (Message, "state", MESSAGE_MOVES),
    (Clock, "state", CLOCK_MOVES),
    (Machine, "state", MACHINE_MOVES),
    (Asset, "state", ASSET_MOVES),
    (Run, "state", RUN_MOVES),
    (Restore, "state", RESTORE_MOVES),
    (StockTake, "state", COUNT_MOVES),
    (AssetImport, "state", IMPORT_MOVES),
    (Renewable, "state", RENEWABLE_MOVES),
    (MaintenanceTask, "state", TASK_MOVES),
]
# Declared so that the refusal can name its clause; a condition on the state itself always says no.
REFUSED_BY_CONDITION = {
    Build: {("registered", "training"), ("registered", "production"), ("trial", "production")},
}


def _declared(model: Any, field: str) -> set[tuple[str, str]]:
    states = [value for value, _label in model._meta.get_field(field).choices]
    found = set()
    for source, target in pairs(model, field):
        found |= {
            (state, target) for state in (states if source in ("*", "+") else [source]) if state != target
        }
    return found


def _fsm_fields() -> Iterator[tuple[Any, str]]:
    for model in apps.get_models():
        if not model._meta.proxy:
            yield from ((model, f.name) for f in model._meta.get_fields() if isinstance(f, FSMField))


def test_every_state_machine_is_looked_at() -> None:
    assert {(m, f) for m, f, _moves in MACHINES} == set(_fsm_fields())


@pytest.mark.parametrize(("model", "field", "moves"), MACHINES, ids=lambda v: getattr(v, "__name__", ""))
def test_declared_moves_are_those_postgres_lets_through(
    model: Any, field: str, moves: list[tuple[str, str]]
) -> None:
    assert _declared(model, field) - REFUSED_BY_CONDITION.get(model, set()) == set(moves)
    trigger = next(t for t in model._meta.triggers if type(t).__name__ == "FSM")
    assert (trigger.field, sorted(trigger.transitions)) == (field, sorted(moves))


@pytest.mark.parametrize(("model", "field", "moves"), MACHINES, ids=lambda v: getattr(v, "__name__", ""))
def test_a_state_is_never_set_by_hand(model: Any, field: str, moves: list[tuple[str, str]]) -> None:
    assert model._meta.get_field(field).protected


def test_every_transition_is_fired(cast: Cast) -> None:
    fired = set()

    def note(sender: Any, name: str, **_: Any) -> None:
        fired.add((sender, name))

    post_transition.connect(note)
    try:
        everything(cast)
    finally:
        post_transition.disconnect(note)
    declared = {
        (model, step.name)
        for model, field, _moves in MACHINES
        for step in model._meta.get_field(field).get_all_transitions(model)
    }
    # Asked by `why_not`: the act itself opens a form, writes beside, or fires the move to where the work stood.
    asked_only = (
        {(DevelopmentRequest, "open_brm"), (DevelopmentRequest, "resume"), (StockTake, "count")}
        | {(Build, name) for name in ("ask_emergency", "agree_emergency", "review_emergency")}
        | {(DevelopmentRequest, name) for name in ("start_timer", "stop_timer")}
    )
    assert declared - asked_only - fired == set()


def test_every_condition_says_why() -> None:
    for model, field, _moves in MACHINES:
        for step in model._meta.get_field(field).get_all_transitions(model):
            for condition in step.conditions:
                assert str(condition.message), f"{model.__name__}.{step.name}: {condition.__name__}"


@pytest.mark.parametrize(
    ("source", "target"), [("new", "done"), ("waiting", "done"), ("rejected", "waiting")]
)
def test_postgres_refuses_other_moves(cast: Cast, source: str, target: str) -> None:
    case = plain(cast, "accepted" if source == "waiting" else "opened")
    with (
        connection.cursor() as cursor,
        pytest.raises(Exception, match=r"[Tt]ransition|SOP-|accepted|requester says"),
    ):
        if source == "rejected":
            cursor.execute("UPDATE tickets_ticket SET status = 'rejected' WHERE id = %s", [case.pk])
        cursor.execute("UPDATE tickets_ticket SET status = %s WHERE id = %s", [target, case.pk])
