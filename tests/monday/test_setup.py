"""Making the place: a plan before anything is done, nothing twice, and on from where a run was cut short."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from core.errors import NotPossible, PermissionDenied
from integrations.monday import planning
from integrations.monday.actions import making
from integrations.monday.enums import Field
from integrations.monday.mapping import LABELS
from integrations.monday.models import Connection
from tests.cast import Cast
from tests.fakes.monday import Monday

pytestmark = pytest.mark.django_db
CREATES = ("create_board", "create_group", "create_column", "create_status_column", "update_status_column")


@pytest.fixture(autouse=True)
def _connected(fake: Monday, settings: Any) -> None:
    settings.MONDAY_TOKEN, settings.MONDAY_API_URL, settings.MONDAY_PLAN = fake.token, fake.url, "pro"
    fake.costs = dict.fromkeys(CREATES, 100)


def _run(*words: str) -> str:
    said = io.StringIO()
    call_command("monday_setup", *words, stdout=said)
    return said.getvalue()


def test_a_plan_is_shown_and_nothing_done(fake: Monday) -> None:
    said = _run("--plan")
    assert "a new board “Kumala ITSM”" in said
    assert said.count("  make  ") == len(planning.TYPES) + 2
    assert not fake.world.boards
    assert not fake.writes()


def test_a_board_is_made_once(fake: Monday) -> None:
    _run("--yes", "--on")
    (board,) = fake.world.boards.values()
    connection = Connection.objects.get()
    assert (connection.board_id, connection.is_active) == (board.id, True)
    assert set(connection.columns) == set(planning.TYPES)
    for name, words in LABELS.items():
        texts = {label.id: label.label for label in board.there(connection.columns[name]).labels}
        shown = {word: texts[number] for word, number in connection.labels[name].items()}
        assert shown == words
    assert connection.group_id in board.groups
    with translation.override("id"):
        assert board.there("itsm_priority").title == Field.PRIORITY.label
    fake.journal.clear()
    assert "nothing is to be made" in _run("--yes")
    assert not fake.writes()
    assert Connection.objects.get().columns == connection.columns


@pytest.mark.parametrize("step", [0, 1, 4, 8, 12])
@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_a_run_that_was_cut_short_goes_on(fake: Monday, fault: str, step: int) -> None:
    _fail_at(fake, fault, step)
    with pytest.raises(CommandError):
        _run("--yes")
    words = [] if Connection.objects.get().board_id else [f"--board={board}" for board in fake.world.boards]
    _run("--yes", *words)
    (board,) = fake.world.boards.values()
    ids = [column.id for column in board.columns]
    assert sorted(ids) == sorted(["name", *(planning.PREFIX + name for name in planning.TYPES)])
    assert Connection.objects.get().is_mapped


def _fail_at(fake: Monday, fault: str, step: int) -> None:
    """The write after so many fails."""
    order = [
        "create_board",
        *("create_status_column" if name in LABELS else "create_column" for name in planning.TYPES),
    ]
    field = [*order, "create_group"][step]
    fake.fails(fault, on=field, after=[*order, "create_group"][:step].count(field))


def test_a_board_that_is_there_is_adopted(fake: Monday) -> None:
    world = fake.world
    board = world.make_board("Permintaan TI")
    labels = [
        {"label": "Waiting", "color": "lilac", "index": 0},
        {"label": "Stuck", "color": "teal", "index": 1},
    ]
    world.make_column(board, "status_1", "Status", "status", {"labels": labels})
    with translation.override("id"):
        world.make_column(board, "prio", str(Field.PRIORITY.label), "status", {"labels": []})
        world.make_column(
            board, "text_of_title", str(Field.ESTIMATE.label), "text"
        )  # called so, but no numbers
    said = _run("--board", board.id, "--yes")
    connection = Connection.objects.get()
    assert (connection.columns["status"], connection.columns["priority"]) == ("status_1", "prio")
    assert connection.columns["estimate"] == "itsm_estimate"
    assert "Add labels" in said
    status = board.column("status_1")
    assert status
    assert [(one.id, one.label, one.color) for one in status.labels[:2]] == [
        (0, "Waiting", "lilac"),
        (1, "Stuck", "teal"),
    ]
    assert connection.labels["status"]["waiting"] == 0
    assert len(status.labels) == 5
    assert len({label.id for label in status.labels}) == 5


def test_what_a_person_names_goes_first_and_must_fit(fake: Monday) -> None:
    board = fake.world.make_board("Requests of IT")
    fake.world.make_column(board, "numbers_7", "Effort", "numbers")
    with pytest.raises(CommandError, match="Nothing"):
        _run("--board", board.id, "--column", "status=numbers_7", "--yes")
    with pytest.raises(CommandError, match="Nothing"):
        _run("--board", board.id, "--column", "estimate=nowhere", "--yes")
    assert not fake.writes()
    _run("--board", board.id, "--column", "estimate=numbers_7", "--yes")
    assert Connection.objects.get().columns["estimate"] == "numbers_7"


def test_a_renamed_label_stays_ours_and_a_dead_one_is_made_anew(fake: Monday) -> None:
    _run("--yes")
    (board,) = fake.world.boards.values()
    column, person = board.column("itsm_status"), fake.world.by(fake.integration)
    before = Connection.objects.get().labels["status"]
    assert column
    person.rename_label(column, before["deploy"], "Live")
    person.put_label_away(column, before["waiting"])
    _run("--yes")
    after = Connection.objects.get().labels["status"]
    assert after["deploy"] == before["deploy"]
    assert after["waiting"] != before["waiting"]
    (label,) = [one for one in column.labels if one.id == after["waiting"]]
    assert not label.is_deactivated


def test_what_cannot_be_mirrored_is_said_before(fake: Monday) -> None:
    deep = fake.world.make_board("Deep", hierarchy="multi_level")
    fake.world.make_board(" kumala itsm ")
    for words in (["--board", deep.id], []):
        with pytest.raises(CommandError, match="Nothing"):
            _run("--yes", *words)
    with pytest.raises(CommandError, match="not there"):
        _run("--board", "4711", "--yes")
    assert not fake.writes()


def test_painted_labels_are_left_to_a_person(fake: Monday) -> None:
    board = fake.world.make_board("Painted")
    fake.world.make_column(
        board, "s", "Status", "status", {"labels": [{"label": "Waiting", "color": "#00c875"}]}
    )
    with pytest.raises(CommandError):
        _run("--board", board.id, "--yes")
    assert board.there("s").labels[0].color == "#00c875"


def test_a_new_board_can_follow_one_in_use(fake: Monday) -> None:
    _run("--yes", "--on")
    before = Connection.objects.get().board_id
    _run("--yes", "--new", "--name", "Requests of next year")
    connection = Connection.objects.get()
    assert connection.board_id != before
    assert set(connection.columns) == set(planning.TYPES)
    assert not connection.is_active


def test_without_a_token_it_says_so(fake: Monday, settings: Any) -> None:
    settings.MONDAY_TOKEN = ""
    with pytest.raises(CommandError, match="not connected"):
        _run("--yes")
    assert not fake.journal


def test_only_administrators_make_places(fake: Monday, cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        making.plan_place(by=cast.it_manager)
    planned = making.plan_place(by=cast.administrator)
    with pytest.raises(PermissionDenied):
        making.make_place(by=cast.agent, planned=planned)
    fake.revoke()
    with pytest.raises(NotPossible, match=r"monday\.com says"):
        making.make_place(by=cast.administrator, planned=planned)
