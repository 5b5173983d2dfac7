"""The fake is what monday.com says it is: its types, its traps, its limits, its webhooks."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema

from integrations.monday import operations
from integrations.monday.client import Client
from integrations.monday.operations import Change, Create
from integrations.monday.troubles import Refused, Trouble, Wait
from tests.fakes.monday import Board, Mistake, Monday
from tests.fakes.monday.answers import SCHEMA
from tests.fakes.monday.hooks import jwt

OFFICIAL = Path(settings.ROOT).parent / "shared" / "monday" / "schema-2026-10.graphql"
CHANGES = operations.WEBHOOK_EVENTS


def test_its_types_are_those_of_monday_com() -> None:
    official = next((path for path in (OFFICIAL, *_beside()) if path.exists()), None)
    if official is None:
        pytest.skip("monday.com's own schema is not on this machine")
    theirs = build_schema(official.read_text(encoding="utf-8"), assume_valid=True).type_map
    for name, ours in SCHEMA.type_map.items():
        if not name.startswith("__"):
            assert name in theirs
            _compare(name, ours, theirs[name])


def _beside() -> list[Path]:
    return [folder / "shared" / "monday" / OFFICIAL.name for folder in Path(settings.ROOT).parents]


def _compare(name: str, ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs), name
    if isinstance(ours, GraphQLObjectType | GraphQLInputObjectType) or hasattr(ours, "fields"):
        for field_name, field in ours.fields.items():
            where = f"{name}.{field_name}"
            assert str(field.type) == str(theirs.fields[field_name].type), where
            assert not theirs.fields[field_name].deprecation_reason, where
            _compare_arguments(
                where, getattr(field, "args", {}), getattr(theirs.fields[field_name], "args", {})
            )
    for value in getattr(ours, "values", {}):
        assert value in theirs.values, name


def _compare_arguments(where: str, ours: Any, theirs: Any) -> None:
    for name, argument in ours.items():
        assert str(argument.type) == str(theirs[name].type), f"{where}({name})"
        assert _default(argument) == _default(theirs[name]), f"{where}({name})"
    needed = [name for name, one in theirs.items() if str(one.type).endswith("!") and not _default(one)]
    assert set(needed) <= set(ours), where


def _default(argument: Any) -> str:
    node = argument.ast_node.default_value
    return str(node.value) if node else ""


def test_traps_of_values(fake: Monday, client: Client, board: Board) -> None:
    item = fake.world.by(fake.integration).add(board, "Printer", {"hours": "4.50", "status": {"index": 1}})

    def change(**values: Any) -> Any:
        return operations.perform(client, board.id, {"a": Change(item.id, values)}, key=str(values))["a"]

    change(hours="")
    assert item.values["hours"] == 0
    change(hours=None)
    assert item.values["hours"] is None
    change(name="")
    assert item.name == "Printer"
    change(who={"personsAndTeams": [{"id": int(fake.integration.id), "kind": "person"}]})
    change(who={"personsAndTeams": []})
    assert item.values["who"] is None
    for wrong in (
        {"hours": "1", "day": {"date": "no"}},
        {"name": "x" * 256},
        {"link": {"url": "kumala.example"}},
    ):
        assert isinstance(change(**wrong), Refused)
    assert item.values["hours"] is None, "all or nothing"


def test_a_label_is_its_id_and_not_its_place(fake: Monday, client: Client, board: Board) -> None:
    item = fake.world.by(fake.integration).add(board, "Printer", {"status": {"index": 2}})
    column = operations.board(client, board.id).column("status")
    assert column
    assert [label.id for label in column.labels if label.text == "Deploy"] == [2]
    fake.world.by(fake.integration).rename_label(board.there("status"), 2, "Live")
    shown = operations.items(client, [item.id], ["status"])[item.id].values["status"]
    assert (shown["index"], shown["label"]) == (2, "Live")


def test_archived_items_leave_pages_and_are_found_by_number(
    fake: Monday, client: Client, board: Board
) -> None:
    person = fake.world.by(fake.person("Budi"))
    item = person.add(board, "Printer", {"key": "T-1"})
    assert operations.find(client, board.id, "key", ["t-1"], ["key"])[0].id == item.id
    person.archive(item)
    assert not operations.first_page(client, board.id, ["key"]).items
    assert not operations.find(client, board.id, "key", ["T-1"], ["key"])
    assert operations.items(client, [item.id], ["key"])[item.id].state == "archived"


def test_search_and_reading_may_lag(fake: Monday, client: Client, board: Board) -> None:
    fake.world.search_lag = fake.world.read_lag = timedelta(seconds=5)
    item = fake.world.by(fake.integration).add(board, "Printer", {"key": "T-1"})
    fake.world.by(fake.integration).set(item, "key", "T-2")
    assert not operations.find(client, board.id, "key", ["T-2"], ["key"])
    assert operations.items(client, [item.id], ["key"])[item.id].values["key"]["text"] == "T-1"
    fake.forward(seconds=6)
    assert operations.find(client, board.id, "key", ["T-2"], ["key"])[0].values["key"]["text"] == "T-2"


def test_its_own_limits_refuse(fake: Monday, client: Client, board: Board) -> None:
    fake.meter.plan.complexity = 60_000
    with pytest.raises(Wait):
        operations.perform(client, board.id, {str(n): Create("x", {}) for n in range(3)}, key="a")
    assert not board.items
    fake.meter.plan.complexity, fake.meter.plan.per_day = 5_000_000, 2
    client.state = client.state.reopened()
    operations.connection(client)
    with pytest.raises(Wait, match="Daily"):
        operations.connection(client)


def test_what_would_pass_there_is_noticed_here(fake: Monday, client: Client, board: Board) -> None:
    client.call('mutation { create_board(board_name: "x", board_kind: private, empty: true) { id } }')
    operations.perform(client, board.id, {"a": Create("x", {})}, key="same")
    operations.perform(client, board.id, {"a": Create("y", {})}, key="same")
    assert fake.misuses == [" without Idempotency-Key", "key same with another body"]
    fake.misuses.clear()


def test_webhooks_prove_the_address_and_tell_of_every_act(fake: Monday, client: Client, board: Board) -> None:
    heard: list[dict[str, Any]] = []

    def listen(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        told = json.loads(body)
        heard.append(told)
        return 200, body

    fake.hooks.receiver = listen
    for event in CHANGES:
        operations.create_webhook(client, board.id, event, "https://itsm.kumala.example/hook/", key=event)
    assert [hook.event for hook in operations.webhooks(client, board.id)] == list(CHANGES)
    assert all(set(told) == {"challenge"} for told in heard)
    heard.clear()
    budi = fake.world.by(fake.person("Budi"))
    item = budi.add(board, "Printer")
    budi.set(item, "status", {"index": 1})
    budi.rename(item, "Plotter")
    budi.say(item, "<b>Hello</b>")
    budi.archive(item)
    budi.restore(item)
    fake.hooks.deliver()
    events = [told["event"] for told in heard]
    kinds = [
        "create_pulse",
        "update_column_value",
        "update_name",
        "create_update",
        "archive_pulse",
        "restore_pulse",
    ]
    assert [event["type"] for event in events] == kinds
    assert "pulseId" not in events[4]
    assert events[4]["itemId"] == int(item.id)
    assert (events[1]["value"]["label"]["index"], events[3]["textBody"]) == (1, "Hello")


def test_an_address_that_does_not_answer_gets_no_webhook(fake: Monday, client: Client, board: Board) -> None:
    fake.hooks.receiver = lambda url, body, headers: (200, b"{}")
    with pytest.raises(Trouble):
        operations.create_webhook(
            client, board.id, "create_item", "https://itsm.kumala.example/hook/", key="h"
        )
    assert not operations.webhooks(client, board.id)


def test_deliveries_are_lost_doubled_shuffled_and_tried_again(
    fake: Monday, client: Client, board: Board
) -> None:
    operations.create_webhook(client, board.id, "create_item", "https://itsm.kumala.example/hook/", key="h")
    heard: list[str] = []
    answers = iter([500, 200, 200, 200])

    def listen(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        event = json.loads(body)["event"]
        heard.append(f"{event['pulseName']} {event['isRetry']}")
        return next(answers), b""

    fake.hooks.receiver = listen
    budi = fake.world.by(fake.person("Budi"))
    budi.add(board, "a")
    fake.hooks.deliver()
    fake.hooks.deliver()
    assert heard == ["a False"]
    fake.forward(minutes=1)
    fake.hooks.deliver()
    fake.hooks.mischief.double = 1.0
    budi.add(board, "b")
    fake.hooks.mischief.drop = 1.0
    budi.add(board, "c")
    fake.hooks.deliver()
    assert heard == ["a False", "a True", "b False", "b False"]


def test_an_app_signs_and_a_person_does_not(board: Board, fake: Monday) -> None:
    assert jwt({"a": 1}, "s").count(".") == 2
    heard: list[dict[str, str]] = []
    with Monday(is_app=True) as of_app:
        for one in (fake, of_app):
            one.hooks.receiver = lambda url, body, headers: (heard.append(headers), (200, body))[1]  # type: ignore[func-returns-value]
            there = one.world.make_board("Signed")
            one.hooks.subscribe(there, "https://itsm.kumala.example/h/", "create_item", one.token, None)
            one.world.by(one.integration).add(there, "Printer")
            one.hooks.deliver()
    assert ["Authorization" in headers for headers in heard] == [False, False, False, True]


def test_multi_level_boards_and_foreign_columns_are_told(fake: Monday, client: Client) -> None:
    deep = fake.world.make_board("Deep", hierarchy="multi_level")
    assert not operations.board(client, deep.id).is_flat
    with pytest.raises(Mistake):
        fake.world.make_column(deep, "NotThis!", "x", "text")


def test_its_board_is_a_page_on_which_people_change_cards(fake: Monday, board: Board) -> None:
    root, somebody = fake.url.removesuffix("v2"), fake.person("Budi <b>")
    post = partial(requests.post, root, timeout=10)
    assert (
        "Done." in post(data={"who": somebody.id, "act": "add", "board": board.id, "value": "Printer"}).text
    )
    (item,) = board.active()
    for column, value in (("status", "0"), ("day", "2026-12-01"), ("hours", "3"), ("who", somebody.id)):
        about = {"who": somebody.id, "act": "set", "item": item.id, "column": column, "value": value}
        assert "Done." in post(data=about).text
    shown = requests.get(root, params={"who": somebody.id}, timeout=10).text
    assert "Printer" in shown
    assert "Budi <b>" not in shown
    assert board.log[-1]["user_id"] == somebody.id
    assert "Not done" in post(data={"who": somebody.id, "act": "set", "item": "1", "value": ""}).text
    post(data={"who": somebody.id, "act": "fail", "value": "429"})
    assert fake.faults
    post(data={"who": somebody.id, "act": "heal"})
    for unknown in ("rename", "say", "remove"):
        assert (
            "Not done" in post(data={"who": somebody.id, "act": unknown, "item": item.id, "value": "x"}).text
        )
    assert (item.name, item.updates, board.active()) == ("Printer", [], [item])
    post(data={"who": somebody.id, "act": "archive", "item": item.id})
    assert (fake.faults, board.active()) == ([], [])
