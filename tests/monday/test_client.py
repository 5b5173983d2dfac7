"""The street door: what each answer of monday.com means, what is counted, and that the token stays in."""

import json
import logging
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.monday import limits, operations, troubles
from integrations.monday.client import Client
from integrations.monday.limits import PLANS, State
from integrations.monday.operations import Archive, Change, Create, Done, Say
from integrations.monday.troubles import (
    Blocked,
    Drifted,
    Exhausted,
    Expired,
    Gone,
    Refused,
    Trouble,
    Unknown,
    Wait,
)
from tests.fakes.monday import Board, Monday
from tests.monday.conftest import client_of

SHAPES = {
    "429": (Wait, 7),
    "429-header": (Wait, 11),
    "200-complexity": (Wait, 9),
    "flat": (Wait, 16),
    "daily": (Exhausted, None),
    "423": (Wait, None),
    "conflict": (Wait, 2),
    "401": (Blocked, None),
    "403": (Blocked, None),
    "ip": (Blocked, None),
    "500": (Unknown, None),
    "502": (Unknown, None),
    "503": (Unknown, None),
    "404-gateway": (Unknown, None),
    "redirect": (Unknown, None),
    "drop-before": (Unknown, None),
    "drop-after": (Unknown, None),
    "truncated": (Unknown, None),
    "500-after": (Unknown, None),
}


def _create(client: Client, board: Board, key: str = "k1", **values: Any) -> Any:
    return operations.perform(client, board.id, {"a": Create("Printer", values)}, key=key)["a"]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_an_error_is_one_of_a_few(
    fake: Monday, client: Client, board: Board, shape: str
) -> None:
    kind, seconds = SHAPES[shape]
    fake.fails(shape)
    with pytest.raises(Trouble) as caught:
        _create(client, board)
    assert type(caught.value) is kind
    if seconds:
        assert caught.value.seconds >= seconds
    assert len(fake.journal) == 1, "nothing is tried again in here"


def test_who_only_read_waits_where_a_writer_knows_nothing(fake: Monday, client: Client, board: Board) -> None:
    for shape in ("502", "drop-after"):
        fake.fails(shape)
        with pytest.raises(Wait):
            operations.board(client, board.id)
    assert operations.board(client, board.id).name == "Requests"


def test_silence_is_unknown_and_a_flood_ends(fake: Monday, board: Board) -> None:
    for shape in ("hang-before", "hang-after", "drip"):
        fake.fails(shape)
        with client_of(fake, timeout=(1, 0.4)) as hasty, pytest.raises(Unknown):
            _create(hasty, board, key=shape)
    assert len(board.items) == 2  # hang-after and drip were done


def test_an_answer_without_end_is_left(fake: Monday, client: Client, board: Board, monkeypatch: Any) -> None:
    monkeypatch.setattr("integrations.monday.client.MOST_BYTES", 1_000_000)
    fake.fails("endless")
    with pytest.raises(Unknown, match="bytes"):
        _create(client, board)


def test_nobody_there_means_not_done() -> None:
    with Client("fake-token", url="http://127.0.0.1:9/v2") as client, pytest.raises(Wait):
        client.call("mutation { archive_item(item_id: 1) { id } }", key="k")


def test_the_same_key_gives_the_same_answer_for_half_an_hour(
    fake: Monday, client: Client, board: Board
) -> None:
    fake.fails("drop-after")
    with pytest.raises(Unknown):
        _create(client, board, hours="2")
    again = _create(client, board, hours="2")
    assert list(board.items) == [again.id]
    assert fake.journal[-1].is_replayed
    fake.forward(minutes=31)
    assert _create(client, board, hours="2").id != again.id  # hence the look-up by key


def test_a_batch_is_judged_alias_by_alias(fake: Monday, client: Client, board: Board) -> None:
    item = _create(client, board).id
    writes = {
        "good": Change(item, {"status": {"index": 2}, "name": "Plotter"}),
        "label": Change(item, {"status": {"label": "Nobody made this"}}),
        "column": Change(item, {"gone": "x"}),
        "wrong": Change(item, {"hours": "many"}),
        "away": Archive("4711"),
        "said": Say(item, "<p>Done.</p>"),
    }
    done = operations.perform(client, board.id, writes, key="k2")
    kinds = {name: type(result) for name, result in done.items()}
    assert kinds == {
        "good": Done,
        "label": Drifted,
        "column": Drifted,
        "wrong": Refused,
        "away": Gone,
        "said": Done,
    }
    assert board.items[item].name == "Plotter"
    assert len(fake.journal) == 2
    assert all(one.request_id for one in done.values() if isinstance(one, Trouble))


def test_half_a_page_is_no_page(fake: Monday, client: Client, board: Board) -> None:
    for name in "abcd":
        _create(client, board, key=name)
    fake.fails("half-page")
    with pytest.raises(Trouble):
        operations.first_page(client, board.id, ["key"])
    assert len(operations.first_page(client, board.id, ["key"]).items) == 4


def test_a_walk_goes_on_and_an_old_cursor_has_ended(fake: Monday, client: Client, board: Board) -> None:
    for name in "abc":
        _create(client, board, key=name)
    first = operations.first_page(client, board.id, ["key"], limit=2)
    last = operations.next_page(client, first.cursor, ["key"], limit=2)
    assert ([len(first.items), len(last.items)], last.cursor) == ([2, 1], "")
    fake.forward(minutes=61)
    with pytest.raises(Expired):
        operations.next_page(client, first.cursor, ["key"])


def test_a_question_that_the_schema_does_not_know_is_drift(fake: Monday, client: Client) -> None:
    with pytest.raises(Drifted):
        client.call("query { me { photo_small } }")
    assert fake.misuses
    fake.misuses.clear()


def test_the_breaker_sends_nothing(fake: Monday, client: Client, board: Board) -> None:
    fake.fails("429")
    with pytest.raises(Wait):
        _create(client, board)
    with pytest.raises(Wait) as caught:
        _create(client, board)
    assert caught.value.code == "breaker"
    assert len(fake.journal) == 1
    fake.forward(seconds=10)
    assert isinstance(_create(client, board), Done)


@pytest.mark.parametrize(("shape", "kind"), [("403", Refused), ("401", Blocked), ("ip", Blocked)])
def test_a_question_that_may_be_refused_blocks_only_with_its_token(
    fake: Monday, client: Client, board: Board, shape: str, kind: type[Trouble]
) -> None:
    fake.fails(shape, on="Log")
    with pytest.raises(kind):
        operations.log(client, board.id, items=["1"], columns=["status"], since=fake.now())
    assert client.state.is_blocked is (kind is Blocked)


def test_a_revoked_token_blocks_until_somebody_acts(fake: Monday, board: Board) -> None:
    token = fake.token
    fake.revoke()
    with client_of(fake) as client:
        for _attempt in range(3):
            with pytest.raises(Blocked):
                _create(client, board)
        assert len(fake.journal) == 1
        fake.forward(days=2)
        assert isinstance(client.hindrance(), Blocked)
        fake.tokens[token] = fake.integration
        client.state = client.state.reopened()
        assert isinstance(_create(client, board), Done)


def test_an_outage_does_not_eat_the_calls_of_the_day(fake: Monday, client: Client, board: Board) -> None:
    fake.fails("502", times=10**6)
    for _second in range(1800):
        if client.hindrance() is None:
            with pytest.raises(Trouble):
                _create(client, board)
        fake.forward(seconds=1)
    assert len(fake.journal) < 30
    assert client.state.failures >= 8
    fake.heal()
    fake.forward(minutes=5)
    assert isinstance(_create(client, board), Done)
    assert client.state.failures == 0


def test_the_day_ends_at_midnight_there(fake: Monday, board: Board) -> None:
    with client_of(fake, plan=limits.Plan("small", 3, 100, 5_000_000)) as client:
        for key in "abc":
            _create(client, board, key=key)
        with pytest.raises(Exhausted) as caught:
            _create(client, board, key="d")
        left = limits.midnight(fake.now()) - fake.now()
        assert timedelta() <= timedelta(seconds=caught.value.seconds) - left < timedelta(seconds=5)
        assert len(fake.journal) == 3
        fake.forward(seconds=caught.value.seconds + 1)
        assert isinstance(_create(client, board, key="d"), Done)


def test_some_calls_are_left_for_others(fake: Monday, board: Board) -> None:
    plan = limits.Plan("small", 3, 100, 5_000_000)
    with client_of(fake, plan=plan) as client:
        for _call in range(2):
            client.call("query { me { id } }", spare=1)
        with pytest.raises(Exhausted):
            client.call("query { me { id } }", spare=1)
        client.call("query { me { id } }")


def test_a_refused_call_costs_a_tenth(fake: Monday, client: Client, board: Board) -> None:
    fake.fails("429")
    with pytest.raises(Wait):
        _create(client, board)
    assert client.state.calls_today == pytest.approx(0.1)


def test_complexity_is_read_and_waited_for(fake: Monday, client: Client, board: Board) -> None:
    fake.meter.plan.complexity = 70_000
    _create(client, board, key="a")
    assert client.state.complexity_left == 40_000
    _create(client, board, key="b")
    assert isinstance(client.hindrance(cost=30_000), Wait)
    assert client.hindrance(cost=5_000) is None
    fake.forward(seconds=61)
    assert isinstance(_create(client, board, key="c"), Done)


def test_another_version_than_asked_for_is_noticed(fake: Monday, client: Client) -> None:
    operations.connection(client)
    assert client.state.answered_version == "2026-10"
    fake.fails("other-version")
    operations.connection(client)
    assert client.state.answered_version == "2027-01"


def test_a_call_is_counted_before_it_leaves(fake: Monday) -> None:
    kept: list[State] = []
    fake.fails("drop-after")
    with client_of(fake, remember=kept.append) as client, pytest.raises(Wait):
        operations.connection(client)
    assert kept[0].calls_today == 1


def test_the_state_survives_as_json() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    state = State().counted(now).opened(Exhausted("Used up."), now, 60)
    told = json.loads(json.dumps(state.plain() | {"of_another_release": 1}))
    assert State.of(told) == state
    assert State.of(None) == State()


def test_the_token_stays_in(fake: Monday, board: Board, caplog: Any) -> None:
    secret = "fake-very-secret-token"
    fake.tokens[secret] = fake.integration
    shown: list[str] = []
    with (
        Client(secret, url=fake.url, timeout=(1, 0.5), clock=fake.now) as client,
        caplog.at_level(logging.DEBUG),
    ):
        for shape in (*SHAPES, "hang-before", "partial"):
            client.state = State()
            fake.fails(shape, message=f"You said {secret}")
            try:
                shown.append(repr(_create(client, board, key=shape)))
            except Trouble as trouble:
                shown += [*traceback.format_exception(trouble), repr(trouble.__context__)]
        shown += [repr(client), repr(vars(client)["_auth"]), str(client.state.plain()), caplog.text]
    assert len(shown) > len(SHAPES)
    assert not any(secret in text for text in shown)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "Mon, 30 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "soon"}, 0),
        ({"RateLimit": '"minuteRate";r=0;t=38, "concurrency";r=249'}, 38),
        ({"RateLimit": '"minuteRate";r=4;t=38'}, 0),
        ({"RateLimit": 'nonsense "x";r=;t=1'}, 0),
    ],
)
def test_hints_of_headers(headers: dict[str, str], seconds: float) -> None:
    assert troubles.hint(headers, datetime(2026, 11, 30, 12, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"errors": ["Minute limit rate exceeded"]}, Wait),
        ({"errors": [{"message": "x", "extensions": {"code": "maxComplexityExceeded"}}]}, Refused),
        ({"errors": [{"message": "x", "extensions": {"code": "FIELD_MINUTE_RATE_LIMIT_EXCEEDED"}}]}, Wait),
        ({"errors": [{"message": "x", "extensions": {"code": "UserUnauthorizedException"}}]}, Refused),
        ({"errors": [{"message": "x", "extensions": {"code": "API_TEMPORARILY_BLOCKED"}}]}, Blocked),
        ({"errors": [{"message": "Field 'x' doesn't exist", "locations": [{"line": 1}]}]}, Drifted),
        ({"error_code": "InvalidBoardIdException", "error_message": "x", "status_code": 200}, Drifted),
        ({"error_code": "ItemNameTooLongException", "error_message": "x"}, Refused),
        ({"errors": [{"message": "x", "extensions": ["odd"], "path": "odd"}, 7]}, Refused),
        ({"errors": [{"message": "x"}, None]}, Unknown),
    ],
)
def test_words_of_all_ages(body: dict[str, Any], kind: type[Trouble]) -> None:
    assert type(troubles.gravest([troubles.judge(fault, 200) for fault in troubles.faults(body)])) is kind


def test_plans_know_their_limits() -> None:
    assert {name: plan.calls_per_day for name, plan in PLANS.items()} == {
        "free": 200, "standard": 1_000, "pro": 10_000, "enterprise": 25_000,
    }  # fmt: skip


def test_the_log_of_a_board_is_read_as_far_as_it_can_be(fake: Monday, client: Client, board: Board) -> None:
    world, somebody = fake.world, fake.person("Budi")
    item, other = (world.by(somebody).add(board, name) for name in "ab")
    began = fake.now()
    for value in ("2", "3"):
        world.by(somebody).set(item, "hours", value)
    world.by(somebody).set(item, "day", {"date": "2026-12-01"})
    world.by(somebody).set(other, "hours", "4")
    board.log += [
        dict(board.log[0], **wrong) for wrong in ({"data": "{"}, {"created_at": "soon"}, {"event": "other"})
    ]
    lines = operations.log(
        client, board.id, items=[item.id], columns=["hours"], since=began - timedelta(hours=1)
    )
    assert [(line.item_id, line.column_id, line.user_id, line.value["value"]) for line in lines] == [
        (item.id, "hours", somebody.id, 3.0), (item.id, "hours", somebody.id, 2.0),
    ]  # fmt: skip
    assert abs(lines[0].at - fake.now()) < timedelta(seconds=30)
    tomorrow = fake.now() + timedelta(days=1)
    assert operations.log(client, board.id, items=[item.id], columns=["hours"], since=tomorrow) == []
