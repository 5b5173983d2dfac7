"""The place on monday.com: what is to be done there is shown first, then done, then kept as the mapping."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotPossible
from integrations.monday import operations, planning
from integrations.monday.actions._parts import client_of, said, token_of
from integrations.monday.actions.connecting import administrators_only, keep_connection, look
from integrations.monday.models import Connection
from integrations.monday.troubles import Trouble

TITLE = "Kumala ITSM"


def plan_place(
    *, by: User, board_id: str = "", title: str = TITLE, chosen: Mapping[str, str] | None = None,
    workspace_id: str = "", anew: bool = False,
) -> planning.Plan:  # fmt: skip
    """What is to be done on the board with this id, or the one in use; without either, or `anew`, on a new one.

    Changes nothing there. Raises PermissionDenied for everybody but administrators, NotPossible without a token, and
    while monday.com does not answer.
    """
    administrators_only(by=by)
    connection = _connection(by)
    wanted = "" if anew else board_id or connection.board_id
    known = _known(connection) if wanted == connection.board_id else planning.Found()
    try:
        with client_of(connection) as client:
            board = operations.board(client, wanted) if wanted else None
            namesakes = [] if board else operations.boards(client)
    except Trouble as problem:
        raise NotPossible(said(problem)) from None
    return planning.plan(
        board, title=title, known=known, chosen=chosen, namesakes=namesakes, workspace_id=workspace_id
    )


def make_place(
    *, by: User, planned: planning.Plan, told: Callable[[str], None] = lambda _sentence: None
) -> Connection:
    """Do what was planned and keep the mapping. May be cut short anywhere: planned anew, it goes on with what is left.

    Raises NotPossible where something stands in the way, or monday.com fails in the middle; what was done stays.
    """
    administrators_only(by=by)
    if planned.obstacles:
        raise NotPossible(" ".join(planned.obstacles))
    connection = _connection(by)
    try:
        with client_of(connection) as client:
            found = planning.carry_out(
                client, planned, key=f"setup-{connection.pk}", told=told,
                made=lambda board_id: _use(board_id, by),
            )  # fmt: skip
    except Trouble as problem:
        raise NotPossible(said(problem)) from None
    facts: dict[str, Any] = {"board_id": found.board_id, "columns": found.columns, "labels": found.labels}
    connection = keep_connection(by=by, **facts, group_id=found.group_id)
    with suppress(Trouble), client_of(connection) as client:
        look(connection=connection, client=client)  # its name and address: the walk finds them as well
    return connection


def make_seen_place(*, by: User, seen: str, **facts: Any) -> tuple[planning.Plan, bool]:
    """Plan, and do it where it is the plan that somebody has seen (its `mark`); the plan, and whether it was done.

    Raises what `plan_place` and `make_place` raise.
    """
    planned = plan_place(by=by, **facts)
    if planned.mark != seen or planned.obstacles:
        return planned, False
    make_place(by=by, planned=planned)
    return planned, True


def _use(board_id: str, by: User) -> None:
    """From now on this board, of which nothing is known yet."""
    keep_connection(by=by, is_active=False, board_id=board_id, columns={}, labels={}, group_id="")


def _connection(by: User) -> Connection:
    connection = Connection.objects.current() or keep_connection(by=by)
    if not token_of(connection):
        raise NotPossible(_("monday.com is not connected: there is no token."))
    return connection


def _known(connection: Connection) -> planning.Found:
    return planning.Found(connection.columns, connection.labels, connection.group_id, connection.board_id)
