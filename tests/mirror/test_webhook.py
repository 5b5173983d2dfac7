"""The address that monday.com calls: who is let in, what is kept, and how little is believed."""

import json
from typing import Any

import pytest
from django.test import Client

from integrations.monday.models import Connection, Incoming
from tests.fakes.monday.hooks import jwt
from tests.mirror.conftest import Mirror
from tickets.enums import Priority


def _call(mirror: Mirror, told: Any, *, secret: str = "", header: str = "") -> Any:
    path = f"/integrations/monday/webhook/{secret or mirror.connection.webhook_secret}/"
    headers = {"Authorization": header} if header else {}
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Client().post(path, data=body, content_type="application/json", headers=headers)


def _event(mirror: Mirror, **facts: Any) -> dict[str, Any]:
    told = {"type": "update_column_value", "boardId": int(mirror.board.id), "pulseId": 5, "columnId": "priority",
            "userId": int(mirror.there["it_manager"].id), "triggerUuid": "one", "subscriptionId": 7}  # fmt: skip
    return {"event": told | facts}


def test_a_challenge_is_echoed_and_leaves_nothing(mirror: Mirror) -> None:
    answer = _call(mirror, {"challenge": "abc"})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    assert not Incoming.objects.exists()


def test_another_secret_finds_nothing(mirror: Mirror) -> None:
    assert _call(mirror, _event(mirror), secret="x" * 43).status_code == 404
    assert _call(mirror, {"challenge": "abc"}, secret="x" * 43).status_code == 404
    assert not Incoming.objects.exists()


def test_a_message_is_kept_once(mirror: Mirror) -> None:
    for _n in range(3):
        assert _call(mirror, _event(mirror)).status_code == 200
    row = Incoming.objects.get()
    assert (row.trigger, row.item_id, row.column_id, row.is_signed) == ("one", "5", "priority", False)
    assert row.payload["userId"] == int(mirror.there["it_manager"].id)
    assert Connection.objects.get().heard_at == mirror.clock.now


def test_it_is_answered_after_a_few_statements(mirror: Mirror, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        assert _call(mirror, _event(mirror)).status_code == 200
    assert Incoming.objects.waiting().count() == 1, "kept; the work itself comes later"


def test_another_board_is_answered_and_not_kept(mirror: Mirror) -> None:
    assert _call(mirror, _event(mirror, boardId=3)).status_code == 200
    assert not Incoming.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'"x"', 400), (b"[" * 100_000, 413), (b"[" * 3000, 400), (b"{}", 200),
     (json.dumps({"event": {"a": [[[[[[[[[[[[1]]]]]]]]]]]]}}).encode(), 400), (b'{"event": 3}', 200)],
)  # fmt: skip
def test_nonsense_is_refused_and_breaks_nothing(mirror: Mirror, body: bytes, status: int) -> None:
    assert _call(mirror, body).status_code == status
    assert not Incoming.objects.exists()


def test_other_methods_are_not_there(mirror: Mirror) -> None:
    assert (
        Client().get(f"/integrations/monday/webhook/{mirror.connection.webhook_secret}/").status_code == 405
    )


def test_a_message_without_a_change_on_the_board_changes_nothing(mirror: Mirror) -> None:
    """It is only a hint: the card itself is read."""
    case = mirror.case("accepted")
    mirror.turn()
    event = _event(mirror, pulseId=int(mirror.item(case).id), value={"label": {"index": 2}})
    assert _call(mirror, event).status_code == 200
    mirror.turn()
    assert case.ticket.priority == Priority.HIGH


def _claims(mirror: Mirror, **other: Any) -> dict[str, Any]:
    now = int(mirror.clock.now.timestamp())
    return {
        "accountId": int(mirror.fake.account),
        "aud": mirror.address,
        "iat": now,
        "exp": now + 300,
    } | other


def test_where_an_app_signs_nothing_else_is_believed(mirror: Mirror, settings: Any) -> None:
    settings.MONDAY_SIGNING_SECRET = secret = "a-signing-secret-of-some-length-here"
    now = int(mirror.clock.now.timestamp())
    wrong = [
        "", "Bearer", jwt(_claims(mirror), secret + "x"), jwt(_claims(mirror, exp=now - 3600), secret),
        jwt(_claims(mirror, aud="https://elsewhere.example/"), secret), jwt(_claims(mirror, accountId=3), secret),
        jwt({k: v for k, v in _claims(mirror).items() if k != "exp"}, secret), "x" * 5000,
    ]  # fmt: skip
    for header in wrong:
        assert _call(mirror, _event(mirror), header=header).status_code == 401, header[:20]
    assert not Incoming.objects.exists()
    assert Connection.objects.get().refused_at == mirror.clock.now
    for header in (jwt(_claims(mirror), secret), "Bearer " + jwt(_claims(mirror), secret)):
        assert _call(mirror, _event(mirror), header=header).status_code == 200
    assert Incoming.objects.get().is_signed


def test_a_signature_that_is_not_asked_for_is_no_proof_of_anything(mirror: Mirror) -> None:
    assert _call(mirror, _event(mirror), header="nonsense").status_code == 200
    assert not Incoming.objects.get().is_signed
